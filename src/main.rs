//! The front door: the only file that touches standard input, output, error and the environment.

use std::cell::RefCell;
use std::io::{self, BufReader, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use dnstxtscore::cli::{self, Cli, Outcome, Task, Terminal};
use dnstxtscore::scorer::{Model, Score};
use dnstxtscore::session::{self, Session};
use dnstxtscore::{command, imported, library, logging, model};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The exit status where a record reaches the threshold.
const FOUND: u8 = 3;
/// Most of a chunk comes in reads of this size: the size of a Linux pipe.
const PIPE: usize = 64 << 10;

fn main() -> ExitCode {
    if let Err(error) = start_without_library_path() {
        let _ = writeln!(io::stderr(), "dnstxtscore: cannot start itself again without LD_LIBRARY_PATH ({error}); it goes on with it");
    }
    leave_no_core_dump();
    let cli = Cli::parse();
    match cli.task {
        None => converse(cli.search_head),
        Some(task) => work_for_people(task),
    }
}

fn work_for_people(task: Task) -> ExitCode {
    let mut output = BufWriter::new(io::stdout().lock());
    let mut terminal = Terminal {
        input: || Box::new(io::stdin()),
        output: &mut output,
        notes: &mut io::stderr(),
        width: io::stdout().is_terminal().then(|| usize::from(console::Term::stdout().size().1)),
        bar: ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_style(bar_style()),
    };
    let outcome = cli::run(task, &mut terminal).and_then(|outcome| match output.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(outcome),
    });
    match outcome {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::FAILURE,
        Ok(Outcome::Found) => ExitCode::from(FOUND),
        Err(cli::Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn bar_style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}").unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// splunkd sets `LD_LIBRARY_PATH` to its own libraries, and ONNX Runtime must not get its C++ library from there. The loader
/// reads the variable only when a program starts: so this one starts once more without it, in the same process, before a
/// byte of standard input is read. What the first start itself needs (libc) was taken by then: this keeps other libraries
/// out of the way, and is no wall against whoever sets the environment, who runs programs as this user anyway.
#[cfg(unix)]
fn start_without_library_path() -> io::Result<()> {
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
fn start_without_library_path() -> io::Result<()> {
    Ok(())
}

/// A core dump would hold texts and the session key. A limit of 1 byte, since Linux gives a dump that goes through a pipe
/// to a collector even where the limit is 0, and none at all where it is 1 (`core(5)`, fs/coredump.c). Where the limit in force
/// is 0 already and may not be raised, the process is marked as one that is not to be dumped; that also hides parts of its
/// `/proc` from monitoring, so it comes second.
fn leave_no_core_dump() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
        if setrlimit(Resource::Core, Rlimit { current: Some(1), maximum: Some(1) }).is_err() {
            let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
        }
    }
}

/// Speaks with splunkd. Errors have reached the user as replies; only a torn stream, which nobody waits for an answer
/// to, is said on stderr and so in search.log.
fn converse(search_head: bool) -> ExitCode {
    if io::stdin().is_terminal() {
        let _ = writeln!(io::stderr(), "{}", cli::GREETING);
    }
    let splunk_home = std::env::var_os("SPLUNK_HOME").map(PathBuf::from);
    let model = RefCell::new(model::NAME.to_owned());
    let mut open = || -> Result<Box<dyn Score>, session::Error> {
        Ok(match &*model.borrow() {
            name if name == model::NAME => Box::new(Model::new(Session::open(&library::path()?)?)),
            name => Box::new(imported::open(name)?),
        })
    };
    let outcome = command::converse(
        &mut BufReader::with_capacity(PIPE, io::stdin().lock()),
        &mut io::stdout().lock(),
        search_head,
        &mut open,
        &mut |options| {
            model.replace(options.model.as_deref().unwrap_or(model::NAME).to_owned());
            logging::start(splunk_home.as_deref(), options.log_level);
        },
    );
    match outcome {
        Ok(summary) => {
            if summary.calls > 0 {
                let rows_per_second = summary.rows as f64 / summary.seconds.max(1e-9);
                log::info!(
                    "sid={:?} app={:?} rows={} unique_texts={} milliseconds={:.0} rows_per_second={rows_per_second:.0} model={}",
                    summary.sid,
                    summary.app,
                    summary.rows,
                    summary.unique_texts,
                    summary.seconds * 1e3,
                    model.borrow()
                );
            }
            ExitCode::SUCCESS
        }
        // A cancelled search, or `head` further down: not worth a word.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            // Before getinfo was read no level is known, so the default is in force.
            logging::start(splunk_home.as_deref(), log::LevelFilter::Warn);
            log::error!("{error}");
            if error.can_be_answered() { ExitCode::FAILURE } else { fail(&error) }
        }
    }
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    let _ = writeln!(io::stderr(), "dnstxtscore: {error}");
    ExitCode::FAILURE
}
