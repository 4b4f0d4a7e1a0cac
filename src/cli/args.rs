//! The arguments of the program. Doc comments here are the text of `--help`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::columns;
use crate::splunk::options;
use crate::triage::groups::GroupBy;
use crate::triage::input::Format;
use crate::triage::output::OutputFormat;
use crate::triage::ranking::Order;

/// Score DNS TXT answers: the probability of a payload, command or tunnel answer.
///
/// Without arguments (or with --search-head only) it speaks Splunk's chunked protocol on standard input and output.
#[derive(Parser)]
#[command(name = "dnstxtscore", version = VERSION, after_help = options::as_help(), disable_help_subcommand = true, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// Tell splunkd that the command runs on the search head only (set by command.arg.1 in commands.conf)
    #[arg(long)]
    pub search_head: bool,
    #[command(subcommand)]
    pub task: Option<Task>,
}

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (model dnstxt_v2)");

#[derive(Subcommand)]
pub enum Task {
    /// Score the TXT answers in captures, logs, tables and texts
    ///
    /// Reads pcap, pcapng, Zeek's dns.log (TSV and JSON), Suricata's EVE, CSV, JSON lines and one text per line, each plain or
    /// compressed with gzip or zstd. A part that cannot be read is reported on standard error and counted; the rest is read.
    ///
    /// Exit status: 0 no score reaches the threshold; 3 at least one does; 1 the command failed, or a file could not be opened
    /// or read; 2 the arguments are wrong.
    #[command(verbatim_doc_comment)]
    Score(ScoreArgs),
    /// Write a report to read offline and to share: one HTML file that needs no network
    Report(ReportArgs),
    /// Check the library, the model and two known scores, and say how to fix what fails
    Doctor,
    /// Print completions for a shell
    Completions {
        /// The shell to complete for
        shell: clap_complete::Shell,
    },
}

/// What to read, and how to score it.
#[derive(Args)]
pub struct SourceArgs {
    /// Files to read; - is standard input
    #[arg(default_value = "-")]
    pub files: Vec<PathBuf>,
    /// The format of the files
    #[arg(long, value_enum, default_value = "auto")]
    pub format: Format,
    /// The column or JSON key that holds the answer [default: text, else answer]
    #[arg(long, value_name = "NAME")]
    pub field: Option<String>,
    /// Minimum score for a record to count as suspicious, 0 to 1
    #[arg(long, default_value_t = columns::DEFAULT_THRESHOLD, value_parser = probability)]
    pub threshold: f64,
    /// The folder of an imported model to score with; it scores the answer unchanged
    #[arg(long, value_name = "FOLDER")]
    pub model: Option<PathBuf>,
    /// Hide the progress bar, and report only how many records could not be read
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Args)]
pub struct ScoreArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    /// The format of the results
    #[arg(long, value_enum, default_value = "table")]
    pub output: OutputFormat,
    /// Explain each text: record type, reason, encoding, decoded content
    #[arg(long)]
    pub explain: bool,
    /// Show only records with at least this score
    #[arg(long, value_name = "SCORE", value_parser = probability)]
    pub min_score: Option<f64>,
    /// Show only the N records with the highest scores
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Sort the records, which keeps all of them in memory. Without it they are printed as they are read
    #[arg(long, value_enum)]
    pub sort: Option<Order>,
    /// One row per domain or client, those with the most different suspicious texts first: shows channels rather than single odd answers
    #[arg(long, value_enum, conflicts_with_all = ["sort", "explain"])]
    pub group_by: Option<GroupBy>,
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn version_names_the_embedded_model() {
        assert!(VERSION.contains(crate::model::EMBEDDED_NAME));
    }

    #[test]
    fn clap_accepts_the_definitions() {
        Cli::command().debug_assert();
    }
}
