//! The command line for people: `score`, `report`, `doctor`, `completions`, `--help`, `--version`. splunkd never uses it.
//!
//! In: parsed arguments and a [`terminal::Terminal`]. Out: what the terminal shows, and a [`terminal::Outcome`].
//! This folder must not know Splunk's protocol, except the table of options that `--help` shows.
//!
//! [`args`] is the definition of all arguments. Each command has a file of its own; `score` and `report` read files
//! through `sources`.

pub mod args;
mod doctor;
mod report;
mod score;
mod sources;
pub mod terminal;

use args::{Cli, Task};
use clap::CommandFactory;
use terminal::{Error, Outcome, Terminal};

/// Printed when a person starts the program without arguments, because it would wait for splunkd silently.
pub const GREETING: &str = "dnstxtscore: waiting for splunkd on standard input; for other uses: dnstxtscore --help";

/// Runs a task.
///
/// # Errors
/// If a file cannot be read or written, or the model fails.
pub fn run(task: Task, terminal: &mut Terminal<'_>) -> Result<Outcome, Error> {
    match task {
        Task::Doctor => {
            let (report, passed) = doctor::examine();
            terminal.output.write_all(report.as_bytes())?;
            Ok(if passed { Outcome::Clean } else { Outcome::Failed })
        }
        Task::Completions { shell } => {
            let mut script = Vec::new(); // the crate panics if it cannot write
            clap_complete::generate(shell, &mut Cli::command(), "dnstxtscore", &mut script);
            terminal.output.write_all(&script)?;
            Ok(Outcome::Clean)
        }
        Task::Score(args) => score::run(&args, terminal),
        Task::Report(args) => report::run(&args, terminal),
    }
}
