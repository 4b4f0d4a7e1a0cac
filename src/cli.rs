//! The command line for people: `score`, `doctor`, `--help`, `--version`. splunkd never comes here.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use serde_json::json;

use crate::options::{self, Options};
use crate::scorer::{Model, Remembering};
use crate::session::Session;
use crate::{decode, doctor, explain, library, limits, text, verdict};

/// Score DNS TXT answers: the probability of a payload, command or tunnel answer.
///
/// Without arguments (or with --search-head alone) it speaks Splunk's chunked protocol on standard input and output.
#[derive(Parser)]
#[command(name = "dnstxtscore", version = VERSION, after_help = options::as_help(), disable_help_subcommand = true)]
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
    /// Score one text a line
    Score {
        /// The file to read; - is standard input
        #[arg(default_value = "-")]
        file: PathBuf,
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
        /// Say what each text is: known type, reason, encoding, what it decodes to
        #[arg(long)]
        explain: bool,
    },
    /// Check library, model and two known scores, and say what to mend
    Doctor,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Output {
    /// score, verdict and text for reading
    Table,
    /// one JSON object a line: text, predicted_is_unknown, pred_is_unknown
    Jsonl,
}

/// Why a task failed, in words for the person who ran it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}: {1}")]
    Input(PathBuf, io::Error),
    #[error(transparent)]
    Output(#[from] io::Error),
    #[error(transparent)]
    Session(#[from] crate::session::Error),
}

/// Runs a task. The result is whether all was well.
pub fn run(task: Task, output: &mut dyn Write) -> Result<bool, Error> {
    match task {
        Task::Doctor => {
            let (report, well) = doctor::examine();
            output.write_all(report.as_bytes())?;
            Ok(well)
        }
        Task::Score { file, output: form, explain } => score(&file, form, explain, output).map(|()| true),
    }
}

fn score(file: &PathBuf, form: Output, explained: bool, output: &mut dyn Write) -> Result<(), Error> {
    const AT_ONCE: usize = 4096;
    let unreadable = |error| Error::Input(file.clone(), error);
    let mut input: Box<dyn BufRead> = if file.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(file).map_err(unreadable)?))
    };
    let threshold = Options::default().threshold;
    let model = Model::new(Session::open(&library::path().map_err(crate::session::Error::from)?)?);
    let mut scorer = Remembering::new(Box::new(model));
    loop {
        let mut lines = Vec::new();
        while lines.len() < AT_ONCE {
            let mut line = Vec::new();
            if input.read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
                break;
            }
            line.pop_if(|byte| *byte == b'\n');
            line.pop_if(|byte| *byte == b'\r');
            lines.push(line);
        }
        if lines.is_empty() {
            return Ok(());
        }
        let texts: Vec<_> = lines.iter().map(|line| text::answer(line).filter(|_| line.len() <= limits::TEXT_BYTES)).collect();
        let (scores, _) = scorer.score(&texts.iter().flatten().collect::<Vec<_>>())?;
        let mut scores = scores.iter().copied();
        for (line, answer) in lines.iter().zip(&texts) {
            let score = answer.as_ref().and_then(|_| scores.next());
            let mut cells = Vec::new();
            verdict::write_cells(&mut cells, score, threshold);
            let cells = String::from_utf8_lossy(&cells);
            let (probability, verdict) = cells.trim_start_matches(',').split_once(',').unwrap_or_default();
            let text = String::from_utf8_lossy(line);
            let said = explained.then(|| explain::explain(answer.as_deref()));
            match form {
                Output::Table => {
                    let mark = if verdict == "1" { "suspicious" } else { "" };
                    writeln!(output, "{probability:>8}  {mark:<10}  {}", shown(&text))?;
                    if let Some(said) = said {
                        let decoded = if said.decoded.is_empty() { String::new() } else { format!("\n{:22}{}", "", said.decoded) };
                        writeln!(output, "{:22}{}{decoded}", "", said.reason)?;
                    }
                }
                Output::Jsonl => {
                    let number = |cell: &str| cell.parse::<f64>().ok();
                    let mut object = json!({"text": text, verdict::COLUMNS[0]: number(probability), verdict::COLUMNS[1]: number(verdict).map(|v| v as u8)});
                    if let (Some(said), Some(object)) = (said, object.as_object_mut()) {
                        object.extend(explain::COLUMNS.into_iter().zip(said.cells()).map(|(name, cell)| (name.to_owned(), cell.into())));
                    }
                    writeln!(output, "{object}")?;
                }
            }
        }
        output.flush()?;
    }
}

/// A text that an attacker may have written, fit for a terminal: control, ANSI and direction characters escaped.
fn shown(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if decode::is_hostile(c) {
            out.extend(c.escape_unicode())
        } else {
            out.push(c)
        }
        out
    })
}

/// Said once to a person who starts the command by hand, since it would wait for splunkd without a word.
pub fn greeting() -> Option<&'static str> {
    io::stdin().is_terminal().then_some("dnstxtscore: waiting for splunkd on standard input; for people: dnstxtscore --help")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_are_escaped() {
        assert_eq!(shown("a\x1b[31m\u{202e}b\tc\u{9b}é"), r"a\u{1b}[31m\u{202e}b\u{9}c\u{9b}é");
    }

    #[test]
    fn version_names_the_embedded_model() {
        assert!(VERSION.contains(crate::model::NAME));
    }
}
