//! The entry point, and the only file that uses standard input, output, error and the environment.

use std::io::{self, BufReader, BufWriter, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Parser;
use dnstxtscore::channel::scorer::{ChannelScorer, ScoreChannels};
use dnstxtscore::cli;
use dnstxtscore::cli::args::{self, Cli, Task};
use dnstxtscore::cli::terminal::{Error, Outcome, Terminal};
use dnstxtscore::model;
use dnstxtscore::splunk::conversation::{self, Scorers, Settings};
use dnstxtscore::splunk::options::Options;

/// The exit status if a record reaches the threshold.
const EXIT_FOUND: u8 = 3;
/// The size of a Linux pipe: most of a chunk arrives in pieces of this size.
const PIPE_BYTES: usize = 64 << 10;

fn main() -> ExitCode {
    if let Err(error) = restart_without_library_path() {
        let _ = writeln!(
            io::stderr(),
            "dnstxtscore: cannot restart without LD_LIBRARY_PATH ({error}); continuing with it, so ONNX Runtime may not load"
        );
    }
    disable_core_dumps();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return explain_usage(&error),
    };
    match cli.task {
        None => run_conversation(cli.search_head),
        Some(task) => run_cli(task),
    }
}

/// Prints help, or why the arguments are wrong.
fn explain_usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if let Some(hint) = args::hint_for(error, std::env::args_os().nth(1).as_deref()) {
        let _ = writeln!(io::stderr(), "\ndnstxtscore: {hint}");
    }
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

fn run_cli(task: Task) -> ExitCode {
    let mut output = BufWriter::new(io::stdout().lock());
    let mut terminal = Terminal {
        input: standard_input,
        input_is_terminal: io::stdin().is_terminal(),
        output: &mut output,
        messages: &mut io::stderr(),
        splunk_home: splunk_home(),
        #[cfg(feature = "triage")]
        width: io::stdout().is_terminal().then(|| usize::from(console::Term::stdout().size().1)),
        #[cfg(feature = "triage")]
        bar: progress_bar(),
    };
    let outcome = cli::run(task, &mut terminal).and_then(|outcome| match output.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(outcome),
    });
    match outcome {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::FAILURE,
        Ok(Outcome::Found) => ExitCode::from(EXIT_FOUND),
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn splunk_home() -> Option<PathBuf> {
    std::env::var_os("SPLUNK_HOME").map(PathBuf::from)
}

#[cfg(all(feature = "triage", unix))]
fn standard_input(may_pause: Arc<AtomicBool>) -> Box<dyn Read + Send> {
    use std::os::fd::AsFd;
    // Without the buffer of `Stdin`, which would hide from a poll what it holds.
    match io::stdin().as_fd().try_clone_to_owned() {
        Ok(pipe) => Box::new(cli::triage::live::LivePipe::new(std::fs::File::from(pipe), may_pause)),
        Err(_) => Box::new(io::stdin()),
    }
}

#[cfg(not(all(feature = "triage", unix)))]
fn standard_input(_: Arc<AtomicBool>) -> Box<dyn Read + Send> {
    Box::new(io::stdin())
}

#[cfg(feature = "triage")]
fn progress_bar() -> indicatif::ProgressBar {
    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// splunkd sets `LD_LIBRARY_PATH` to its own libraries, and ONNX Runtime must not load its C++ library from there. The loader
/// reads the variable only when a program starts. So the program replaces itself, in the same process and before it reads
/// input, by a copy that starts without the variable. The libraries that the first start needed (libc) were loaded by then:
/// this keeps wrong libraries away, but does not protect against whoever controls the environment, who can run programs as
/// this user anyway.
#[cfg(unix)]
fn restart_without_library_path() -> io::Result<()> {
    use std::os::unix::process::CommandExt;
    const NAME: &str = "LD_LIBRARY_PATH";
    if std::env::var_os(NAME).is_none() {
        return Ok(());
    }
    let mut args = std::env::args_os();
    let mut again = std::process::Command::new(std::env::current_exe()?);
    again.arg0(args.next().unwrap_or_default()).args(args).env_remove(NAME);
    Err(again.exec())
}

#[cfg(not(unix))]
fn restart_without_library_path() -> io::Result<()> {
    Ok(())
}

/// A core dump would hold texts and the session key. The limit is 1 byte and not 0, because Linux ignores a limit of 0 if
/// dumps are piped to a collector, and with a limit of 1 it makes none (`core(5)`, fs/coredump.c). If the limit may not be
/// changed, the process is marked as not dumpable. That comes second, because it also hides parts of `/proc` from monitoring.
fn disable_core_dumps() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
        if setrlimit(Resource::Core, Rlimit { current: Some(1), maximum: Some(1) }).is_err() {
            let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
        }
    }
}

/// Talks to splunkd. The user sees errors as replies. Only an incomplete stream, whose reply nobody would read, is reported on
/// stderr and so in search.log.
fn run_conversation(search_head_only: bool) -> ExitCode {
    if io::stdin().is_terminal() {
        let _ = writeln!(io::stderr(), "{}", cli::GREETING);
    }
    let settings = Settings { search_head_only, splunk_home: splunk_home() };
    let outcome = conversation::converse(
        &mut BufReader::with_capacity(PIPE_BYTES, io::stdin().lock()),
        &mut io::stdout().lock(),
        &settings,
        &mut open_scorers,
    );
    match outcome {
        Ok(summary) => {
            summary.log();
            ExitCode::SUCCESS
        }
        // The search was cancelled, or a later `head` has enough rows: not worth a message.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            settings.log_error(&error);
            if error.can_be_answered() { ExitCode::FAILURE } else { fail(&error) }
        }
    }
}

fn open_scorers(options: &Options) -> Result<Scorers, model::Error> {
    let texts = model::open(options.model.as_deref())?;
    let channels = if options.channel { Some(Box::new(ChannelScorer::open_beside_program()?) as Box<dyn ScoreChannels>) } else { None };
    Ok(Scorers { texts, channels })
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    let _ = writeln!(io::stderr(), "dnstxtscore: {error}");
    ExitCode::FAILURE
}
