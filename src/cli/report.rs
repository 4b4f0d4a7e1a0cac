//! `dnstxtscore report`: the report as a file. It overwrites only an older report, and never leaves half a file.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::cli::args::ReportArgs;
use crate::cli::sources::{Messages, read_all};
use crate::cli::terminal::{Error, Outcome, Terminal};
use crate::escape::escape_for_display;
use crate::triage::report::{GENERATOR_TAG, Report};

pub(super) fn run(args: &ReportArgs, terminal: &mut Terminal<'_>) -> Result<Outcome, Error> {
    let Terminal { input, output, messages, bar, .. } = terminal;
    let output_error = |error| Error::File(args.output.clone(), error);
    // Opened first, so that a path that cannot be written is reported before hours of reading.
    let page_file = if args.output.as_os_str() == "-" { None } else { Some(temp_file_next_to(&args.output).map_err(output_error)?) };
    let imported_model = args.source.model.as_ref().map(|folder| {
        let name = folder.canonicalize().ok().and_then(|folder| folder.file_name().map(|name| name.to_string_lossy().into_owned()));
        escape_for_display(&name.unwrap_or_default())
    });
    let mut report = Report::new(args.source.threshold, args.top, imported_model);
    let mut messages = Messages { messages: &mut **messages, bar, show_bar: !args.source.quiet };
    let summary = read_all(&args.source, *input, &mut messages, &mut |scored| {
        report.add(scored);
        Ok(())
    })?;
    let page = report.page(&summary.sources, &summary.failed, &summary.tally).map_err(io::Error::other)?;
    match page_file {
        None => output.write_all(page.as_bytes())?,
        Some((mut file, path)) => {
            file.write_all(page.as_bytes()).map_err(output_error)?;
            file.persist(path).map_err(|error| output_error(error.error))?;
        }
    }
    Ok(summary.outcome())
}

/// A temporary file in the folder of the report, and the path that it is renamed to when the report is complete. Until then an
/// older report stays. Any other existing file is refused, because `-o *.pcap` must not overwrite a capture.
fn temp_file_next_to(path: &Path) -> io::Result<(NamedTempFile, PathBuf)> {
    let refused = |kind, message: &str| Err(io::Error::new(kind, message));
    let older = match path.metadata() {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let mut target = path.to_owned();
    if let Some(metadata) = &older {
        if !metadata.is_file() {
            return refused(io::ErrorKind::InvalidInput, "it is not a regular file; name one, or - for standard output");
        }
        let mut beginning = Vec::new();
        File::open(path)?.take(4096).read_to_end(&mut beginning)?;
        if !beginning.is_empty() && memchr::memmem::find(&beginning, GENERATOR_TAG.as_bytes()).is_none() {
            return refused(io::ErrorKind::AlreadyExists, "the file exists and is not a report; name another file");
        }
        target = path.canonicalize()?; // writes the target of a link, and keeps the link
    }
    let mut file = tempfile::Builder::new();
    file.prefix(".dnstxtscore-report-");
    #[cfg(unix)]
    file.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // the user's umask applies, as for any new file
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The crate's own message names the temporary file, which means nothing to the user.
    let file = file.tempfile_in(folder).map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::NotFound => format!("the folder {} does not exist", folder.display()),
            kind => format!("the folder {} cannot be written to: {kind}", folder.display()),
        };
        io::Error::new(error.kind(), why)
    })?;
    if let Some(metadata) = older {
        file.as_file().set_permissions(metadata.permissions())?; // the new report is no more readable than the older one
    }
    Ok((file, target))
}
