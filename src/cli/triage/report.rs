//! `dnstxtscore report`: the report as a file. It overwrites only an older report, and never leaves half a file.

use std::fs::{File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::cli::terminal::{Error, Outcome, Terminal};
use crate::cli::triage::args::ReportArgs;
use crate::cli::triage::extract;
use crate::cli::triage::sources::{Messages, judge, name_of, read_all};
use crate::digest;
use crate::escape::escape_for_display;
use crate::triage::report::{Findings, GENERATOR_TAG, InputFile, Report, verdict};
use crate::triage::scoring::Step;

pub(in crate::cli) fn run(args: &ReportArgs, terminal: &mut Terminal<'_>) -> Result<Outcome, Error> {
    if args.source.follow {
        let message = "--follow is for score: a report is written when all is read, and a log that grows has no end";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message).into());
    }
    let Terminal { input, output, messages, bar, .. } = terminal;
    let output_error = |error| Error::File(args.output.clone(), error);
    // Checked first, so that a path that cannot be written is reported before hours of reading.
    let target = if args.output.as_os_str() == "-" { None } else { Some(Target::check(&args.output).map_err(output_error)?) };
    args.extract.as_deref().map_or(Ok(()), extract::make)?;
    let imported_model = args.source.model.as_ref().map(|folder| {
        let name = folder.canonicalize().ok().and_then(|folder| folder.file_name().map(|name| name.to_string_lossy().into_owned()));
        escape_for_display(&name.unwrap_or_default())
    });
    let mut report = Report::new(args.source.threshold, args.top, imported_model);
    let mut messages = Messages { messages: &mut **messages, bar, show_bar: !args.source.quiet };
    let summary = read_all(&args.source, false, *input, &mut messages, &mut |step| {
        match step {
            Step::Record(scored) => report.add(scored),
            Step::Query(query) => report.add_query(&query),
            Step::Pause => {}
        }
        Ok(())
    })?;
    let channels = judge(report.take_channels(), &args.source)?;
    let carried = report.carried(&channels);
    let carried = match &args.extract {
        None => carried.into_iter().map(|one| (one, None)).collect(),
        Some(folder) => extract::write(folder, carried, &mut messages),
    };
    let is_lost = args.extract.is_some() && carried.iter().any(|(one, file)| file.is_none() && !one.bytes.is_empty());
    let inputs: Vec<InputFile> = summary.sources.iter().map(|path| input_file(path)).collect();
    let findings = Findings { inputs: &inputs, failed: &summary.failed, tally: &summary.tally, channels: &channels, carried: &carried };
    let verdict = verdict(&findings, args.source.threshold);
    let page = report.page(&findings).map_err(io::Error::other)?;
    match target {
        None => output.write_all(page.as_bytes())?,
        Some(target) => {
            target.write(page.as_bytes()).map_err(output_error)?;
            if !args.source.quiet {
                messages.show(&name_of(&args.output), &format!("the report is written. {verdict}"));
            }
        }
    }
    Ok(match summary.outcome_with(&channels, args.source.threshold) {
        _ if is_lost => Outcome::Failed,
        Outcome::Found if args.exit_zero => Outcome::Clean,
        outcome => outcome,
    })
}

/// A file with its size and its SHA-256, read once more for it. Standard input has none.
fn input_file(path: &Path) -> InputFile {
    let fingerprint = || digest::sha256_of(File::open(path)?);
    let is_file = path.as_os_str() != "-" && path.is_file();
    InputFile { name: name_of(path), fingerprint: if is_file { fingerprint().ok() } else { None } }
}

/// Where the report goes.
struct Target {
    path: PathBuf,
}

/// Whether a file begins like a report: the mark must stand where a report has it, because the texts of a capture may hold it.
fn is_report(beginning: &[u8]) -> bool {
    const MAX_BYTES_BEFORE: usize = 200;
    beginning.starts_with(b"<!doctype html>")
        && memchr::memmem::find(beginning, GENERATOR_TAG.as_bytes()).is_some_and(|at| at <= MAX_BYTES_BEFORE)
}

fn refused<T>(kind: io::ErrorKind, message: &str) -> io::Result<T> {
    Err(io::Error::new(kind, message))
}

/// What is at the place of the report: an older report, an empty file, or nothing. Any other file is refused, because
/// `-o *.pcap` must not overwrite a capture.
fn older_report(path: &Path) -> io::Result<Option<Metadata>> {
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_symlink() => {
            return refused(io::ErrorKind::NotFound, "it is a link to a file that does not exist; name that file");
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !metadata.is_file() {
        return refused(io::ErrorKind::InvalidInput, "it is not a regular file; name one, or - for standard output");
    }
    let mut beginning = Vec::new();
    File::open(path)?.take(4096).read_to_end(&mut beginning)?;
    if !beginning.is_empty() && !is_report(&beginning) {
        return refused(io::ErrorKind::AlreadyExists, "the file exists and is not a report; name another file");
    }
    Ok(Some(metadata))
}

impl Target {
    /// Checks that a report can be written.
    fn check(path: &Path) -> io::Result<Self> {
        let path = match older_report(path)? {
            Some(_) => path.canonicalize()?, // writes the target of a link, and keeps the link
            None => path.to_owned(),
        };
        let target = Self { path };
        target.temporary()?; // removed at once
        Ok(target)
    }

    /// A temporary file in the folder of the report. It exists only while a page is written, so that a signal leaves nothing.
    fn temporary(&self) -> io::Result<NamedTempFile> {
        let mut file = tempfile::Builder::new();
        file.prefix(".dnstxtscore-report-");
        #[cfg(unix)]
        file.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // the user's umask applies, as for any new file
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // The crate's own message names the temporary file, which means nothing to the user.
        file.tempfile_in(folder).map_err(|error| {
            let why = match error.kind() {
                io::ErrorKind::NotFound => format!("the folder {} does not exist", folder.display()),
                kind => format!("the folder {} cannot be written to: {kind}", folder.display()),
            };
            io::Error::new(error.kind(), why)
        })
    }

    /// Writes the page in whole or not at all. Until then an older report stays.
    fn write(self, page: &[u8]) -> io::Result<()> {
        // A process that writes beyond the limit of its user is ended by a signal, and would leave the temporary file.
        #[cfg(unix)]
        if rustix::process::getrlimit(rustix::process::Resource::Fsize).current.is_some_and(|max| max < page.len() as u64) {
            return refused(io::ErrorKind::FileTooLarge, "the report is larger than this user's files may be; raise `ulimit -f`");
        }
        let mut file = self.temporary()?;
        file.write_all(page)?;
        // Asked again: a file may have appeared there while others were read.
        match older_report(&self.path)? {
            Some(metadata) => {
                file.as_file().set_permissions(metadata.permissions())?; // the new report is no more readable than the older one
                file.persist(&self.path)
            }
            None => file.persist_noclobber(&self.path),
        }
        .map(|_| ())
        .map_err(|error| error.error)
    }
}
