//! What `score` and `report` do: sources read one after the other, judged, and shown.

use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;

use crate::cli::{Error, Outcome, ReportArgs, ScoreArgs, SourceArgs, Terminal};
use crate::groups::Groups;
use crate::imported::Original;
use crate::report::{MARK, Report};
use crate::safe::shown;
use crate::scorer::{Model, Remembering, Score};
use crate::session::{self, Session};
use crate::show::Writer;
use crate::source::{self, Broken, Input, Reading};
use crate::triage::{self, Highest, Judge, Judged, Order, Tally};
use crate::{library, text};

/// Broken parts of one source that are named; of more, their number is.
const NAMED: u64 = 5;

pub(crate) fn score(args: &ScoreArgs, terminal: &mut Terminal<'_>) -> Result<Outcome, Error> {
    let Terminal { input, output, notes, width, bar } = terminal;
    let holds_all = args.group_by.is_some() || args.top.is_some() || args.sort.is_some();
    let mut notes = Notes { notes: &mut **notes, bar, show_bar: !args.source.quiet && (holds_all || width.is_none()) };
    let mut writer = Writer::new(&mut **output, args.output, args.explain, args.source.threshold, *width);
    let wanted = |judged: &Judged| args.min_score.is_none_or(|least| judged.reaches(least));
    let (read, written) = if let Some(by) = args.group_by {
        let mut groups = Groups::new(by, args.source.threshold);
        let read = read(&args.source, *input, &mut notes, &mut |judged| {
            if wanted(&judged) {
                groups.add(&judged);
            }
            Ok(())
        })?;
        let mut sorted = groups.sorted();
        sorted.truncate(args.top.unwrap_or(usize::MAX));
        (read, writer.groups(by, &sorted))
    } else if holds_all {
        let mut highest = Highest::new(args.top);
        let read = read(&args.source, *input, &mut notes, &mut |judged| {
            if wanted(&judged) {
                highest.add(judged);
            }
            Ok(())
        })?;
        let mut sorted = highest.sorted(args.sort.unwrap_or(Order::Score)).into_iter();
        (read, sorted.try_for_each(|judged| writer.record(&judged)).and_then(|()| writer.end()))
    } else {
        let each = &mut |judged: Judged| if wanted(&judged) { writer.record(&judged) } else { Ok(()) };
        (read(&args.source, *input, &mut notes, each)?, writer.end())
    };
    match written {
        // A reader who has seen enough is no fault.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(read.outcome()),
    }
}

pub(crate) fn report(args: &ReportArgs, terminal: &mut Terminal<'_>) -> Result<Outcome, Error> {
    let Terminal { input, output, notes, bar, .. } = terminal;
    let of_output = |error| Error::File(args.output.clone(), error);
    // Before hours of reading: a place that cannot be written to says so now.
    let page_file = if args.output.as_os_str() == "-" { None } else { Some(beside(&args.output).map_err(of_output)?) };
    let imported = args.source.model.as_ref().map(|folder| {
        let name = folder.canonicalize().ok().and_then(|folder| folder.file_name().map(|name| name.to_string_lossy().into_owned()));
        shown(&name.unwrap_or_default())
    });
    let mut report = Report::new(args.source.threshold, args.top, imported);
    let mut notes = Notes { notes: &mut **notes, bar, show_bar: !args.source.quiet };
    let read = read(&args.source, *input, &mut notes, &mut |judged| {
        report.add(judged);
        Ok(())
    })?;
    let page = report.page(&read.sources, &read.failed, &read.tally).map_err(io::Error::other)?;
    match page_file {
        None => output.write_all(page.as_bytes())?,
        Some((mut file, path)) => {
            file.write_all(page.as_bytes()).map_err(of_output)?;
            file.persist(path).map_err(|error| of_output(error.error))?;
        }
    }
    Ok(read.outcome())
}

/// A file beside the one that a report becomes, so that an earlier report stands until this one is whole; and that one's path. A
/// forgotten name behind -o (`-o *.pcap`) must not write over what was captured: only a report is written over.
fn beside(path: &Path) -> io::Result<(tempfile::NamedTempFile, PathBuf)> {
    let refused = |kind, words: &str| Err(io::Error::new(kind, words));
    let earlier = match path.metadata() {
        Ok(about) => Some(about),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let mut target = path.to_owned();
    if let Some(about) = &earlier {
        if !about.is_file() {
            return refused(io::ErrorKind::InvalidInput, "it is no file; name one, or - for standard output");
        }
        let mut beginning = Vec::new();
        File::open(path)?.take(4096).read_to_end(&mut beginning)?;
        if !beginning.is_empty() && memchr::memmem::find(&beginning, MARK.as_bytes()).is_none() {
            return refused(io::ErrorKind::AlreadyExists, "it is there and is no report; name another file for it");
        }
        target = path.canonicalize()?; // what a link leads to is written, and the link stays
    }
    let mut file = tempfile::Builder::new();
    file.prefix(".dnstxtscore-report-");
    #[cfg(unix)]
    file.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // as any file: what the user's mask leaves of it
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The crate's words name a file that nobody asked for.
    let file =
        file.tempfile_in(folder).map_err(|error| io::Error::new(error.kind(), format!("its folder takes no file: {}", error.kind())))?;
    if let Some(about) = earlier {
        file.as_file().set_permissions(about.permissions())?; // who could not read the earlier one cannot read this one
    }
    Ok((file, target))
}

/// Where people are told what could not be read, and the bar that must not be written over.
struct Notes<'a> {
    notes: &'a mut dyn Write,
    bar: &'a ProgressBar,
    show_bar: bool,
}

impl Notes<'_> {
    /// Says a line. Where nobody can be told, nobody is: the exit status stands.
    fn say(&mut self, name: &str, words: &str) {
        let _ = self.bar.suspend(|| writeln!(self.notes, "dnstxtscore: {name}: {words}"));
    }
}

/// What came of reading sources.
struct Read {
    tally: Tally,
    /// Names of the sources that were read, as they were given.
    sources: Vec<String>,
    /// And of those that could not be opened, or not be read at all.
    failed: Vec<String>,
}

impl Read {
    /// A file that could not be read comes before what was found: nobody knows what it holds.
    fn outcome(&self) -> Outcome {
        if !self.failed.is_empty() {
            Outcome::Failed
        } else if self.tally.suspicious > 0 {
            Outcome::Found
        } else {
            Outcome::Clean
        }
    }
}

/// Reads all sources and hands each judged record on.
fn read(
    args: &SourceArgs,
    standard_input: fn() -> Input,
    notes: &mut Notes<'_>,
    each: &mut dyn FnMut(Judged) -> io::Result<()>,
) -> Result<Read, Error> {
    let reading = Reading { format: args.format, field: args.field.clone() };
    let library = library::path().map_err(session::Error::from)?;
    let (model, reads): (Box<dyn Score>, text::Reads) = match &args.model {
        None => (Box::new(Model::new(Session::open(&library)?)), text::answer),
        Some(folder) => (Box::new(Original::open(&library, folder)?), text::as_it_is),
    };
    let mut judge = Judge { scorer: Remembering::new(model), reads, threshold: args.threshold };
    let mut read = Read { tally: Tally::default(), sources: Vec::new(), failed: Vec::new() };
    for path in &args.files {
        let is_input = path.as_os_str() == "-";
        let name = if is_input { "standard input".into() } else { shown(&path.display().to_string()) };
        let opened = if is_input { Ok(standard_input()) } else { open(path, notes) };
        let mut source = match opened.and_then(|input| source::open(input, &path.to_string_lossy(), &reading)) {
            Ok(source) => source,
            Err(error) => {
                notes.say(&name, &shown(&error.to_string()));
                read.failed.push(name);
                continue;
            }
        };
        let before = read.tally.clone();
        let mut named = 0;
        let mut name_it = |part: &Broken| {
            named += 1;
            if named <= NAMED && !args.quiet {
                notes.say(&name, &shown(&part.to_string()));
            }
        };
        let judged = judge.read(&mut *source, &mut read.tally, &mut name_it, each);
        let (broken, records) = (read.tally.broken - before.broken, read.tally.records - before.records);
        let (good, unit) = source.good();
        if broken > 0 {
            notes.say(&name, &format!("{broken} {} could not be read", if broken == 1 { "part" } else { "parts" }));
        }
        // Silence would mean nothing suspicious, another kind of file and traffic of other protocols alike.
        if records == 0 && !args.quiet && judged.is_ok() {
            let unit = if good == 1 { unit.trim_end_matches('s') } else { unit };
            notes.say(&name, &format!("no TXT answer in {good} {unit}"));
        }
        if broken > 0 && good == 0 {
            read.failed.push(name)
        } else {
            read.sources.push(name)
        }
        match judged {
            // Whoever reads has seen enough (`| head`): what was found until then counts.
            Err(triage::Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => break,
            other => other?,
        }
    }
    notes.bar.finish_and_clear();
    Ok(read)
}

/// Opens a file; the bar follows how much of it was read.
fn open(path: &Path, notes: &Notes<'_>) -> io::Result<Input> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    if about.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder; name the files in it"));
    }
    if !notes.show_bar {
        return Ok(Box::new(file));
    }
    notes.bar.inc_length(about.len());
    Ok(Box::new(notes.bar.wrap_read(file)))
}
