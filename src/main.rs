//! The front door: the only file that touches standard input, output, error and the environment.

use std::io::{self, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use dnstxtscore::cli::{self, Cli};
use dnstxtscore::scorer::{Model, Score};
use dnstxtscore::session::Session;
use dnstxtscore::{command, library, logging, model};

/// Most of a chunk comes in reads of this size: the size of a Linux pipe.
const PIPE: usize = 64 << 10;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.task {
        None => converse(cli.search_head),
        Some(task) => {
            let mut output = BufWriter::new(io::stdout().lock());
            match cli::run(task, &mut output).and_then(|well| Ok(output.flush().map(|()| well)?)) {
                Ok(true) => ExitCode::SUCCESS,
                Ok(false) => ExitCode::FAILURE,
                Err(cli::Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
                Err(error) => fail(&error),
            }
        }
    }
}

/// Speaks with splunkd. Errors have reached the user as replies; only a torn stream, which nobody waits for an answer
/// to, is said on stderr and so in search.log.
fn converse(search_head: bool) -> ExitCode {
    if let Some(greeting) = cli::greeting() {
        let _ = writeln!(io::stderr(), "{greeting}");
    }
    let splunk_home = std::env::var_os("SPLUNK_HOME").map(PathBuf::from);
    let mut open = || Ok(Box::new(Model::new(Session::open(&library::path()?)?)) as Box<dyn Score>);
    let outcome = command::converse(
        &mut BufReader::with_capacity(PIPE, io::stdin().lock()),
        &mut io::stdout().lock(),
        search_head,
        &mut open,
        &mut |options| logging::start(splunk_home.as_deref(), options.log_level),
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
                    model::NAME
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
