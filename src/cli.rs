//! The command line for people: `score`, `report`, `doctor`, `completions`, `--help`, `--version`. splunkd never comes here.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand};
use indicatif::ProgressBar;

use crate::groups::By;
use crate::options::{self, Options};
use crate::show::Form;
use crate::source::{self, Input};
use crate::triage::{self, Order};
use crate::{doctor, session, tasks};

/// Score DNS TXT answers: the probability of a payload, command or tunnel answer.
///
/// Without arguments (or with --search-head alone) it speaks Splunk's chunked protocol on standard input and output.
#[derive(Parser)]
#[command(name = "dnstxtscore", version = VERSION, after_help = options::as_help(), disable_help_subcommand = true, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// Answer splunkd that the command runs on the search head only (set by command.arg.1 in commands.conf)
    #[arg(long)]
    pub search_head: bool,
    #[command(subcommand)]
    pub task: Option<Task>,
}

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (model dnstxt_v2)");

#[derive(Subcommand)]
pub enum Task {
    /// Score the TXT answers of captures, logs, tables and texts
    ///
    /// Reads pcap, pcapng, Zeek's dns.log (TSV and JSON), Suricata's EVE, CSV, JSON lines and one text a line, packed with gzip
    /// or zstd or not. What cannot be read is counted and named on standard error, and the rest is read.
    ///
    /// Exit status: 0 nothing at or above the threshold; 3 something was; 1 it failed, or a file could not be opened or
    /// nothing in it could be read; 2 the command line has a fault.
    #[command(verbatim_doc_comment)]
    Score(ScoreArgs),
    /// Write a report to read and to hand on: one HTML file that needs no network
    Report(ReportArgs),
    /// Check library, model and two known scores, and say what to mend
    Doctor,
    /// Print completions for a shell
    Completions {
        /// The shell that they are for
        shell: clap_complete::Shell,
    },
}

/// What to read, and how to judge it.
#[derive(Args)]
pub struct SourceArgs {
    /// Files to read; - is standard input
    #[arg(default_value = "-")]
    pub files: Vec<PathBuf>,
    /// What the files are
    #[arg(long, value_enum, default_value = "auto")]
    pub format: source::Format,
    /// The column or member that holds the answer [default: text, else answer]
    #[arg(long, value_name = "NAME")]
    pub field: Option<String>,
    /// The score from which on a record is suspicious, 0 to 1
    #[arg(long, default_value_t = Options::default().threshold, value_parser = probability)]
    pub threshold: f64,
    /// The folder of an imported model to score with; it reads the text as it is
    #[arg(long, value_name = "FOLDER")]
    pub model: Option<PathBuf>,
    /// No progress bar, and of what could not be read only the count
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Args)]
pub struct ScoreArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    /// How to write results
    #[arg(long, value_enum, default_value = "table")]
    pub output: Form,
    /// Say what each text is: known type, reason, encoding, what it decodes to
    #[arg(long)]
    pub explain: bool,
    /// Show only what scores at least this
    #[arg(long, value_name = "SCORE", value_parser = probability)]
    pub min_score: Option<f64>,
    /// Show only the N that score highest
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Sort, which holds all records in memory; without it they come as they are read, some thousands at a time
    #[arg(long, value_enum)]
    pub sort: Option<Order>,
    /// One row for each domain or client, those with most different suspicious texts first: a channel, not one odd answer
    #[arg(long, value_enum, conflicts_with_all = ["sort", "explain"])]
    pub group_by: Option<By>,
}

#[derive(Args)]
pub struct ReportArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    /// The file to write; - is standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// How many records to list
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub top: usize,
}

fn probability(word: &str) -> Result<f64, String> {
    word.parse().ok().filter(|number| (0.0..=1.0).contains(number)).ok_or_else(|| "it takes a number from 0 to 1".to_owned())
}

/// What a task may use of the process that it runs in; `main` holds the real things.
pub struct Terminal<'a> {
    pub input: fn() -> Input,
    pub output: &'a mut dyn Write,
    /// Where people are told what could not be read.
    pub notes: &'a mut dyn Write,
    /// Columns of the terminal that the output goes to, if it is one.
    pub width: Option<usize>,
    /// Draws nothing where there is no terminal to draw on.
    pub bar: ProgressBar,
}

/// Why a task failed, in words for the person who ran it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Output(#[from] io::Error),
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    #[error(transparent)]
    Session(#[from] session::Error),
}

impl From<triage::Error> for Error {
    fn from(error: triage::Error) -> Self {
        match error {
            triage::Error::Session(error) => Self::Session(error),
            triage::Error::Output(error) => Self::Output(error),
        }
    }
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Clean,
    /// `doctor` found a fault, or a file could not be read.
    Failed,
    /// A record reaches the threshold.
    Found,
}

/// Runs a task.
pub fn run(task: Task, terminal: &mut Terminal<'_>) -> Result<Outcome, Error> {
    match task {
        Task::Doctor => {
            let (report, well) = doctor::examine();
            terminal.output.write_all(report.as_bytes())?;
            Ok(if well { Outcome::Clean } else { Outcome::Failed })
        }
        Task::Completions { shell } => {
            let mut words = Vec::new(); // the crate panics where it cannot write
            clap_complete::generate(shell, &mut Cli::command(), "dnstxtscore", &mut words);
            terminal.output.write_all(&words)?;
            Ok(Outcome::Clean)
        }
        Task::Score(args) => tasks::score(&args, terminal),
        Task::Report(args) => tasks::report(&args, terminal),
    }
}

/// Said once to a person who starts the command by hand, since it would wait for splunkd without a word.
pub const GREETING: &str = "dnstxtscore: waiting for splunkd on standard input; for people: dnstxtscore --help";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_names_the_embedded_model() {
        assert!(VERSION.contains(crate::model::NAME));
    }

    #[test]
    fn definitions_are_sound() {
        Cli::command().debug_assert();
    }
}
