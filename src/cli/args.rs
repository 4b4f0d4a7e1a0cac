//! The arguments of the program. Doc comments here are the text of `--help`.

use clap::{Parser, Subcommand};

use crate::cli::terminal::for_shell;
#[cfg(not(feature = "triage"))]
use crate::cli::texts::{LeftOut, TextArgs};
#[cfg(feature = "triage")]
use crate::cli::triage::args::{ReportArgs, ScoreArgs};
use crate::splunk::options;

/// Score DNS TXT answers: the probability of a payload, command or tunnel answer.
///
/// Without arguments (or with --search-head only) it speaks Splunk's chunked protocol on standard input and output.
#[derive(Parser)]
#[command(name = "dnstxtscore", version = VERSION, after_help = after_help(), args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// Tell splunkd that the command runs on the search head only (set by command.arg.1 in commands.conf)
    #[arg(long)]
    pub search_head: bool,
    #[command(subcommand)]
    pub task: Option<Task>,
}

/// Two examples, and the options of the search command.
fn after_help() -> String {
    format!("{}\n\n{}", examples::PROGRAM, options::as_help())
}

/// What `--help` shows at its end.
mod examples {
    pub(super) const PROGRAM: &str = "Examples:\n  dnstxtscore score capture.pcapng\n  dnstxtscore report capture.pcapng -o report.html";
    #[cfg(not(feature = "triage"))]
    pub(super) const SCORE: &str = "Examples:\n  dnstxtscore score texts.txt\n  dig +short TXT example.com | dnstxtscore score --explain -";
    #[cfg(feature = "triage")]
    pub(super) const SCORE: &str =
        "Examples:\n  dnstxtscore score --group-by channel capture.pcapng\n  dig +short TXT example.com | dnstxtscore score --explain -";
    #[cfg(feature = "triage")]
    pub(super) const REPORT: &str = "Examples:\n  dnstxtscore report capture.pcapng -o report.html\n  dnstxtscore report --exit-zero /var/log/zeek -o report.html && xdg-open report.html";
    pub(super) const DOCTOR: &str = "Examples:\n  dnstxtscore doctor\n  dnstxtscore doctor --bundle for-support.tar";
    #[cfg(feature = "triage")]
    pub(super) const COMPLETIONS: &str = "Examples:\n  dnstxtscore completions bash > ~/.local/share/bash-completion/completions/dnstxtscore\n  dnstxtscore completions zsh > ~/.zfunc/_dnstxtscore";
}

/// What to run instead, if a file stands where a command is expected.
pub fn hint_for(error: &clap::Error, first: Option<&std::ffi::OsStr>) -> Option<String> {
    let is_about_it = matches!(error.kind(), clap::error::ErrorKind::InvalidSubcommand | clap::error::ErrorKind::UnknownArgument);
    let path = std::path::Path::new(first.filter(|_| is_about_it)?);
    (path.exists() || path == std::path::Path::new("-")).then(|| format!("to score it: dnstxtscore score {}", for_shell(path)))
}

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (model dnstxt_v3)");

#[derive(Subcommand)]
pub enum Task {
    /// Score texts, one per line
    ///
    /// Exit status: 0 no score reaches the threshold; 3 at least one does; 1 the command failed, or a file could not be read;
    /// 2 the arguments are wrong.
    #[cfg(not(feature = "triage"))]
    #[command(verbatim_doc_comment, after_help = format!("{}\n\n{}", examples::SCORE, LeftOut::MESSAGE))]
    Score(TextArgs),
    /// Not in the app's program
    #[cfg(not(feature = "triage"))]
    #[command(hide = true, disable_help_flag = true)]
    Report(LeftOut),
    /// Score the TXT answers in captures, logs, tables and texts
    ///
    /// Reads pcap, pcapng, Zeek's dns.log (TSV and JSON), Suricata's EVE, exports of other products, CSV, JSON and one text per
    /// line, each plain or compressed with gzip, zstd, xz or bzip2. A part that cannot be read is reported on standard error and counted; the rest is read.
    ///
    /// Exit status: 0 no score reaches the threshold; 3 at least one does; 1 the command failed, or a file could not be opened
    /// or read; 2 the arguments are wrong.
    #[cfg(feature = "triage")]
    #[command(verbatim_doc_comment, after_help = examples::SCORE)]
    Score(ScoreArgs),
    /// Write a report to read offline and to share: one HTML file that needs no network
    ///
    /// Exit status: as that of score; 3 also if a channel is found.
    #[cfg(feature = "triage")]
    #[command(after_help = examples::REPORT)]
    Report(ReportArgs),
    /// Check the library, the model and two known scores, and say how to fix what fails
    #[command(after_help = examples::DOCTOR)]
    Doctor {
        /// Also write an archive (tar) for whoever helps: versions, checks, the files of the app, what local/ sets, the end of the log.
        /// It holds no scored text, no session key and no salt. Read it before you send it
        #[arg(long, value_name = "FILE")]
        bundle: Option<std::path::PathBuf>,
    },
    /// Print completions for a shell
    #[cfg(feature = "triage")]
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// The shell to complete for
        shell: clap_complete::Shell,
    },
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
