//! `dnstxtscore score` in the app's program, which is built without the feature `triage`: texts, one per line.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::cli::terminal::{Error, Outcome, Terminal};
use crate::escape::{escape_bytes_for_display, escape_for_display};
use crate::evidence::explanation::explain;
use crate::model::{self, CachedScorer};
use crate::{columns, limits, text};

#[derive(Args)]
pub struct TextArgs {
    /// Files with one text per line; - is standard input
    #[arg(default_value = "-")]
    pub files: Vec<PathBuf>,
    /// Minimum score for a text to count as suspicious, 0 to 1
    #[arg(long, default_value_t = columns::DEFAULT_THRESHOLD, value_parser = columns::threshold)]
    pub threshold: f64,
    /// Explain each text: record type, reason, encoding, decoded content
    #[arg(long)]
    pub explain: bool,
}

/// The arguments of what only the whole program can do.
#[derive(Args)]
pub struct LeftOut {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    pub args: Vec<OsString>,
}

impl LeftOut {
    pub const MESSAGE: &str = concat!(
        "This is the program inside the Splunk app: it scores texts, one per line. Captures, logs, tables and reports need the \
         program for the command line, which is beside the app's packages: dnstxtscore-",
        env!("CARGO_PKG_VERSION"),
        "-linux-<CPU>.tar.gz"
    );
}

/// How many lines are scored at once.
const MAX_BATCH_LINES: usize = 1024;

/// Scores files of texts.
pub(super) fn score(args: &TextArgs, terminal: &mut Terminal<'_>) -> Result<Outcome, Error> {
    let mut scorer = CachedScorer::new(model::open(None)?);
    let (mut has_found, mut has_failed) = (false, false);
    for path in &args.files {
        match score_file(path, args, &mut scorer, terminal) {
            Ok(found) => has_found |= found,
            Err(Error::File(path, error)) => {
                let _ = writeln!(terminal.messages, "dnstxtscore: {}: {error}", escape_for_display(&path.display().to_string()));
                has_failed = true;
            }
            Err(other) => return Err(other),
        }
    }
    Ok(match (has_failed, has_found) {
        (true, _) => Outcome::Failed,
        (false, true) => Outcome::Found,
        (false, false) => Outcome::Clean,
    })
}

/// Scores a file, and says whether a text in it is suspicious.
fn score_file(path: &Path, args: &TextArgs, scorer: &mut CachedScorer, terminal: &mut Terminal<'_>) -> Result<bool, Error> {
    let failed = |error| Error::File(path.to_owned(), error);
    let input: Box<dyn Read> =
        if path.as_os_str() == "-" { (terminal.input)(Arc::default()) } else { Box::new(File::open(path).map_err(failed)?) };
    let (mut lines, mut has_found) = (Lines { input: BufReader::new(input), number: 0 }, false);
    lines.refuse_other_formats().map_err(failed)?;
    while let Some(batch) = lines.next_batch().map_err(failed)? {
        has_found |= write_batch(&batch, scorer, args, terminal.output)?;
    }
    Ok(has_found)
}

struct Lines {
    input: BufReader<Box<dyn Read>>,
    number: u64,
}

impl Lines {
    /// Refuses what nobody would take for texts, because nearly every line of it would be suspicious.
    fn refuse_other_formats(&mut self) -> io::Result<()> {
        const PACKED: [&[u8]; 4] = [&[0x1f, 0x8b], &[0x28, 0xb5, 0x2f, 0xfd], b"BZh", b"\xfd7zXZ"];
        let beginning = self.input.fill_buf()?;
        let line = beginning.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
        let is_log = line.starts_with(b"{\"") || line.starts_with(b"[{") || line.starts_with(b"#separator");
        let is_name = |cell: &[u8]| {
            let begins = cell.first().is_some_and(|byte| byte.is_ascii_alphabetic() || b"_\"".contains(byte));
            begins && cell.len() < 40 && cell.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.-\"".contains(byte))
        };
        let is_header = |separator: u8| {
            let mut cells = line.split(|byte| *byte == separator);
            cells.clone().count() > 2 && cells.all(is_name)
        };
        if beginning.contains(&0)
            || PACKED.iter().any(|magic| beginning.starts_with(magic))
            || is_log
            || is_header(b',')
            || is_header(b'\t')
        {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it is not one text per line. {}", LeftOut::MESSAGE)));
        }
        Ok(())
    }

    /// The next lines; `None` at the end.
    fn next_batch(&mut self) -> io::Result<Option<Vec<Vec<u8>>>> {
        let (mut batch, mut bytes) = (Vec::new(), 0usize);
        while batch.len() < MAX_BATCH_LINES && bytes < limits::MAX_TEXT_BYTES {
            let (mut line, max) = (Vec::new(), (limits::MAX_TEXT_BYTES as u64).saturating_add(2));
            if self.input.by_ref().take(max).read_until(b'\n', &mut line)? == 0 {
                break;
            }
            self.number = self.number.saturating_add(1);
            if line.pop_if(|byte| *byte == b'\n').is_none() && line.len() > limits::MAX_TEXT_BYTES {
                let message =
                    format!("line {} is longer than {} MiB; nothing after it was read", self.number, limits::MAX_TEXT_BYTES >> 20);
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            line.pop_if(|byte| *byte == b'\r');
            bytes = bytes.saturating_add(line.len());
            if !line.trim_ascii().is_empty() {
                batch.push(line);
            }
        }
        Ok(Some(batch).filter(|_| bytes > 0))
    }
}

/// Writes a line per text as `score` of the whole program does, and says whether one is suspicious.
fn write_batch(lines: &[Vec<u8>], scorer: &mut CachedScorer, args: &TextArgs, output: &mut dyn Write) -> Result<bool, Error> {
    let texts: Vec<_> = lines.iter().map(|line| text::scorable_text(line)).collect();
    let (scores, _) = scorer.score(&texts.iter().flatten().collect::<Vec<_>>())?;
    let (mut scores, mut has_found) = (scores.iter().map(|score| columns::round_score(score.value)), false);
    for (line, text) in lines.iter().zip(&texts) {
        let score = text.as_ref().and_then(|_| scores.next());
        let is_suspicious = score.is_some_and(|score| columns::is_suspicious(score, args.threshold));
        has_found |= is_suspicious;
        let [cell, _] = columns::score_cells(score, args.threshold);
        let shown = escape_bytes_for_display(text.as_deref().unwrap_or(line));
        writeln!(output, "{cell:>8}  {:10}  {shown}", if is_suspicious { "suspicious" } else { "" })?;
        if args.explain {
            let explanation = explain(text.as_deref());
            for words in [&explanation.reason, &explanation.decoded].into_iter().filter(|words| !words.is_empty()) {
                writeln!(output, "{:22}{words}", "")?;
            }
        }
    }
    Ok(has_found)
}
