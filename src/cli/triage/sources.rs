//! Reads files one after the other, and tells the user what could not be read.

use std::fs::File;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::ProgressBar;

use crate::channel::scorer::ChannelScorer;
use crate::cli::terminal::{Error, Outcome};
use crate::cli::triage::args::SourceArgs;
use crate::escape::escape_for_display;
use crate::model::{self, CachedScorer};
use crate::text::{self, ExtractText};
use crate::triage::channels::{Channels, JudgedChannel};
use crate::triage::input::{self, Input, ReadError, ReadOptions, Record, RecordReader};
use crate::triage::scoring::{self, RecordScorer, Step, Tally};

impl From<scoring::Error> for Error {
    fn from(error: scoring::Error) -> Self {
        match error {
            scoring::Error::Model(error) => Self::Model(error),
            scoring::Error::Output(error) => Self::Output(error),
        }
    }
}

/// Read errors of one file that are shown; of more, only their number.
const MAX_ERRORS_SHOWN: u64 = 5;

/// Opens standard input. Its reader sets the flag if it can go on after a pause.
pub(super) type OpenInput = fn(Arc<AtomicBool>) -> Input;

/// Messages for the user, and the progress bar that they must not overwrite.
pub(super) struct Messages<'a> {
    pub messages: &'a mut dyn Write,
    pub bar: &'a ProgressBar,
    pub show_bar: bool,
}

impl Messages<'_> {
    /// Shows a line about a file. If it cannot be shown, the exit status still tells.
    pub(super) fn show(&mut self, name: &str, message: &str) {
        let _ = self.bar.suspend(|| writeln!(self.messages, "dnstxtscore: {name}: {message}"));
    }
}

/// What was read.
pub(super) struct ReadSummary {
    pub tally: Tally,
    /// The files that were read, as the user gave them.
    pub sources: Vec<PathBuf>,
    /// Names of those that could not be opened or read.
    pub failed: Vec<String>,
}

impl ReadSummary {
    /// A file that could not be read is reported before anything that was found, because its contents are unknown.
    pub(super) fn outcome_with(&self, channels: &[JudgedChannel], threshold: f64) -> Outcome {
        match self.outcome() {
            Outcome::Clean if channels.iter().any(|channel| channel.is_found(threshold)) => Outcome::Found,
            outcome => outcome,
        }
    }

    /// The same without a look at channels.
    pub(super) fn outcome(&self) -> Outcome {
        if !self.failed.is_empty() {
            Outcome::Failed
        } else if self.tally.suspicious > 0 {
            Outcome::Found
        } else {
            Outcome::Clean
        }
    }
}

/// The verdicts on channels, the highest first. None with an imported model: the channel model has learned from the scores of the
/// embedded one.
///
/// # Errors
/// If the model cannot be used.
pub(super) fn judge(channels: Channels, args: &SourceArgs) -> Result<Vec<JudgedChannel>, Error> {
    if args.model.is_some() {
        return Ok(Vec::new());
    }
    let mut scorer = ChannelScorer::open_beside_program().map_err(Error::Model)?;
    channels.judge(&mut scorer).map_err(Error::Model)
}

/// Reads all files and passes each scored record to `handle`, with its object if that is asked for.
///
/// # Errors
/// If the model or the output fails. A file that cannot be read is in the summary.
pub(super) fn read_all(
    args: &SourceArgs,
    keep_objects: bool,
    standard_input: OpenInput,
    messages: &mut Messages<'_>,
    handle: &mut dyn FnMut(Step) -> io::Result<()>,
) -> Result<ReadSummary, Error> {
    let options = read_options(args, keep_objects);
    let extract: ExtractText = if args.model.is_some() { text::raw_text } else { text::scorable_text };
    let scorer = CachedScorer::new(model::open_folder(args.model.as_deref())?);
    let mut scorer = RecordScorer { scorer, extract, threshold: args.threshold };
    let (paths, failed) = all_paths(args, messages);
    let mut summary = ReadSummary { tally: Tally::default(), sources: Vec::new(), failed };
    if args.follow && paths.len() > 1 {
        let message = "one file can be followed, because the first never ends";
        return Err(Error::Output(io::Error::new(io::ErrorKind::InvalidInput, message)));
    }
    for path in &paths {
        let is_input = is_standard_input(path);
        let name = name_of(path);
        options.may_pause.store(false, Ordering::Relaxed);
        let opened = match args.follow && !is_input {
            true => follow(path, &options.may_pause),
            false => open(path, standard_input, &options, messages),
        };
        let mut reader = match opened.and_then(|input| input::open(input, &path.to_string_lossy(), &options)) {
            Ok(reader) => reader,
            Err(error) => {
                messages.show(&name, &escape_for_display(&error.to_string()));
                summary.failed.push(name);
                continue;
            }
        };
        if args.follow && !is_input && !options.may_pause.load(Ordering::Relaxed) {
            messages.show(&name, "it cannot be followed: tables, JSON over several lines and compressed files are read as they are");
            summary.failed.push(name);
            continue;
        }
        if let Some(taken_for) = reader.taken_for().filter(|_| !args.quiet) {
            messages.show(&name, taken_for);
        }
        let before = summary.tally.clone();
        let mut errors_seen = 0u64;
        let mut report = |error: &ReadError| {
            errors_seen = errors_seen.saturating_add(1);
            if errors_seen <= MAX_ERRORS_SHOWN && !args.quiet {
                messages.show(&name, &escape_for_display(&error.to_string()));
            }
        };
        let scored = scorer.score_all(&mut Guarded { reader: &mut *reader, ended: false }, &mut summary.tally, &mut report, handle);
        let since = |count: fn(&Tally) -> u64| count(&summary.tally).saturating_sub(count(&before));
        let (errors, remarks, records) = (since(|tally| tally.errors), since(|tally| tally.remarks), since(|tally| tally.records));
        let (items, item) = reader.items_read();
        if errors > 0 {
            messages.show(&name, &format!("{errors} {} could not be read", if errors == 1 { "record" } else { "records" }));
        }
        if remarks > 0 {
            messages.show(&name, &format!("{remarks} {} read leniently", if remarks == 1 { "record was" } else { "records were" }));
        }
        // Silence would be ambiguous: nothing suspicious, another kind of file, or traffic without TXT answers.
        if records == 0 && !args.quiet && scored.is_ok() {
            let queries = match since(|tally| tally.queries) {
                0 => String::new(),
                1 => ", only a TXT query without one".to_owned(),
                queries => format!(", only {queries} TXT queries without one"),
            };
            messages.show(&name, &format!("no TXT answer in {items} {}{queries}", item.name(items)));
        }
        if errors > 0 && items == 0 {
            summary.failed.push(name)
        } else {
            summary.sources.push(path.clone())
        }
        match scored {
            // The output is closed (`| head`): what was found until then counts.
            Err(scoring::Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => break,
            other => other?,
        }
    }
    messages.bar.finish_and_clear();
    Ok(summary)
}

/// A reader whose faults end one file and not the run.
struct Guarded<'a> {
    reader: &'a mut dyn RecordReader,
    ended: bool,
}

impl Iterator for Guarded<'_> {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        // The reader is left in any state: after this only its count of items is asked for.
        catch_unwind(AssertUnwindSafe(|| self.reader.next())).unwrap_or_else(|_| {
            self.ended = true;
            Some(Err(ReadError::new("the rest", "it cannot be read because of a fault in this program; please report it with the file")))
        })
    }
}

/// The files in a folder, by name, without hidden ones; with those of its folders if that is asked for. And the folders that could
/// not be read, with the reason: they do not end the reading of others.
fn files_in(path: &Path, recursive: bool) -> (Vec<PathBuf>, Vec<(PathBuf, String)>) {
    let (mut files, mut failed, mut folders) = (Vec::new(), Vec::new(), vec![path.to_owned()]);
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                failed.push((folder, error.to_string()));
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    failed.push((folder.clone(), error.to_string()));
                    break;
                }
            };
            // A link to a folder is not followed: it may lead back.
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            match (is_hidden, is_folder) {
                (false, true) if recursive => folders.push(entry.path()),
                (false, false) if entry.path().is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files.sort();
    if files.is_empty() && failed.is_empty() {
        let remedy = if recursive { "it has no file" } else { "it has no file; --recursive reads the folders in it" };
        failed.push((path.to_owned(), remedy.into()));
    }
    (files, failed)
}

#[cfg(unix)]
fn follow(path: &Path, may_pause: &Arc<AtomicBool>) -> io::Result<Input> {
    Ok(Box::new(crate::cli::triage::live::FollowedFile::open(path.to_owned(), Arc::clone(may_pause))?))
}

#[cfg(not(unix))]
fn follow(_: &Path, _: &Arc<AtomicBool>) -> io::Result<Input> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "files cannot be followed on this system"))
}

/// Whether standard input is among the files.
pub(super) fn reads_standard_input(args: &SourceArgs) -> bool {
    args.files.iter().any(|path| is_standard_input(path))
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The name of a file for messages.
pub(super) fn name_of(path: &Path) -> String {
    if is_standard_input(path) { "standard input".into() } else { escape_for_display(&path.display().to_string()) }
}

pub(super) fn read_options(args: &SourceArgs, keep_objects: bool) -> ReadOptions {
    ReadOptions { format: args.format, fields: args.fields.chosen(), timezone: args.timezone, keep_objects, may_pause: Arc::default() }
}

/// The files to read, and the names of what could not be read, which were shown.
pub(super) fn all_paths(args: &SourceArgs, messages: &mut Messages<'_>) -> (Vec<PathBuf>, Vec<String>) {
    let (mut paths, mut not_read) = (Vec::new(), Vec::new());
    for path in &args.files {
        if !path.is_dir() {
            paths.push(path.clone());
            continue;
        }
        let (files, failed) = files_in(path, args.recursive);
        paths.extend(files);
        for (folder, why) in failed {
            let name = name_of(&folder);
            messages.show(&name, &why);
            not_read.push(name);
        }
    }
    (paths, not_read)
}

/// Opens standard input, or a file, which the progress bar follows.
pub(super) fn open(path: &Path, standard_input: OpenInput, options: &ReadOptions, messages: &Messages<'_>) -> io::Result<Input> {
    if is_standard_input(path) {
        return Ok(standard_input(Arc::clone(&options.may_pause)));
    }
    let file = File::open(path)?;
    if !messages.show_bar {
        return Ok(Box::new(file));
    }
    messages.bar.inc_length(file.metadata()?.len());
    Ok(Box::new(messages.bar.wrap_read(file)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::input::record::Item;

    struct Faulty(u64);

    impl Iterator for Faulty {
        type Item = Result<Record, ReadError>;

        fn next(&mut self) -> Option<Self::Item> {
            self.0 += 1;
            assert!(self.0 < 3, "a fault");
            Some(Ok(Record::default()))
        }
    }

    impl RecordReader for Faulty {
        fn items_read(&self) -> (u64, Item) {
            (self.0, Item::Line)
        }
    }

    /// Found by attack: a date ended the run, and 99 other answers and all later files were not read.
    #[test]
    fn a_panic_in_a_reader_ends_its_file_only() {
        let read: Vec<_> = Guarded { reader: &mut Faulty(0), ended: false }.collect();
        assert!(read.len() == 3 && read[1].is_ok() && read[2].as_ref().unwrap_err().message.contains("report it"), "{read:?}");
    }
}
