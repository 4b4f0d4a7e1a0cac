//! The command line for people: `score`, `report`, `doctor`, `completions`, `--help`, `--version`. splunkd never uses it.
//!
//! In: parsed arguments and a [`terminal::Terminal`]. Out: what the terminal shows, and a [`terminal::Outcome`].
//! This folder must not know Splunk's protocol, except the table of options that `--help` shows.
//!
//! [`args`] is the definition of all arguments. Each command has a file of its own. Without the feature `triage`, as in the
//! packages for Splunk, `texts` stands in for the commands in `triage`.

pub mod args;
mod bundle;
mod doctor;
pub mod terminal;
#[cfg(not(feature = "triage"))]
mod texts;
#[cfg(feature = "triage")]
pub mod triage;

use args::Task;
use terminal::{Error, Outcome, Terminal};

/// Printed when a person starts the program without arguments, because it would wait for splunkd silently.
pub const GREETING: &str = "dnstxtscore: waiting for splunkd on standard input; for other uses: dnstxtscore --help";

/// Runs a task.
///
/// # Errors
/// If a file cannot be read or written, or the model fails.
pub fn run(task: Task, terminal: &mut Terminal<'_>) -> Result<Outcome, Error> {
    match task {
        Task::Doctor { bundle } => {
            let (report, passed) = doctor::examine();
            terminal.output.write_all(report.as_bytes())?;
            if let Some(path) = bundle {
                let names = bundle::write(&path, &report, terminal.splunk_home.take())?;
                writeln!(terminal.output, "{} holds {}; read it before you send it", path.display(), names.join(", "))?;
            }
            Ok(if passed { Outcome::Clean } else { Outcome::Failed })
        }
        #[cfg(feature = "triage")]
        Task::Completions { shell } => {
            let mut script = Vec::new(); // the crate panics if it cannot write
            clap_complete::generate(shell, &mut <args::Cli as clap::CommandFactory>::command(), "dnstxtscore", &mut script);
            terminal.output.write_all(&script)?;
            Ok(Outcome::Clean)
        }
        #[cfg(feature = "triage")]
        Task::Score(args) => triage::score(&args, terminal),
        #[cfg(feature = "triage")]
        Task::Report(args) => triage::report(&args, terminal),
        #[cfg(not(feature = "triage"))]
        Task::Score(args) => texts::score(&args, terminal),
        #[cfg(not(feature = "triage"))]
        Task::Report(_) => Err(Error::LeftOut(texts::LeftOut::MESSAGE)),
    }
}
