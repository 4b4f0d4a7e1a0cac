//! The log file `$SPLUNK_HOME/var/log/splunk/dnstxtscore.log`, which Splunk indexes into `_internal`.
//!
//! Each line is one write to a file opened for appending, so that lines of concurrent processes never mix. The file is opened
//! at the first line, so that the getinfo calls of a search leave no trace. If it cannot be written, nothing is logged: a
//! search must not fail because of its log. No text of a row and no session key is ever passed to a log macro.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use simplelog::{ConfigBuilder, LevelFilter, WriteLogger};
use time::macros::format_description;

const FILE_NAME: &str = "dnstxtscore.log";
/// A larger file is renamed to `dnstxtscore.log.1`.
const ROTATE_ABOVE_BYTES: u64 = 10 << 20;

/// What a process may still want to write to its log: a limit on the size of files below that leaves no log.
#[cfg(unix)]
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Starts logging below `$SPLUNK_HOME`, if its log folder exists. A second call changes nothing.
pub fn start(splunk_home: Option<&Path>, level: LevelFilter) {
    let Some(folder) = splunk_home.map(|home| home.join("var/log/splunk")).filter(|folder| folder.is_dir()) else {
        return;
    };
    let config = ConfigBuilder::new()
        // The format that default/props.conf expects: always six digits.
        .set_time_format_custom(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z"))
        .set_thread_level(LevelFilter::Off)
        .set_target_level(LevelFilter::Off)
        .set_location_level(LevelFilter::Off)
        .build();
    // This fails only if a logger is already set.
    let _ = WriteLogger::init(level, config, LogFile::Closed(folder.join(FILE_NAME)));
}

/// A file that is opened at its first line and gets each line in one write.
enum LogFile {
    Closed(PathBuf),
    /// The file, and the part of a line that is not written yet.
    Open(File, Vec<u8>),
    Failed,
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let LogFile::Closed(path) = self {
            *self = match open(path) {
                Ok(file) => LogFile::Open(file, Vec::new()),
                Err(_) => LogFile::Failed,
            };
        }
        if let LogFile::Open(file, line) = self
            && append(file, line, bytes).is_err()
        {
            *self = LogFile::Failed;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Collects a line and writes it when it is complete. The buffer grows with the line: a fixed 64 KiB was once requested at
/// the moment when memory had run out, which was the very thing to log.
fn append(file: &mut File, line: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
    const MAX_LINE_BYTES: usize = 64 << 10;
    if line.len().saturating_add(bytes.len()) > MAX_LINE_BYTES || line.try_reserve(bytes.len()).is_err() {
        file.write_all(line)?;
        line.clear();
        return file.write_all(bytes);
    }
    line.extend_from_slice(bytes);
    if line.ends_with(b"\n") {
        file.write_all(line)?;
        line.clear();
    }
    Ok(())
}

fn open(path: &Path) -> io::Result<File> {
    let open_for_append = || {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        // A pipe under this name would wait for a reader.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NONBLOCK.bits() as i32);
        options.open(path)
    };
    let file = open_for_append()?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the log is not a regular file"));
    }
    // A process that writes beyond the limit of its user is ended by a signal.
    #[cfg(unix)]
    if rustix::process::getrlimit(rustix::process::Resource::Fsize)
        .current
        .is_some_and(|max| max < metadata.len().saturating_add(MAX_FILE_BYTES))
    {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the limit of this user is too small for the log"));
    }
    if metadata.len() <= ROTATE_ABOVE_BYTES {
        return Ok(file);
    }
    // If many processes reach this point at once, the first one renames and the others find a small file under the name.
    // A process that holds the lock for long does not delay a search: the file just grows until another process rotates it.
    if file.try_lock().is_err() {
        return Ok(file);
    }
    if fs::metadata(path).is_ok_and(|now| now.len() > ROTATE_ABOVE_BYTES) {
        // If the file may not be renamed, the open one is used.
        if fs::rename(path, path.with_extension("log.1")).is_err() {
            return Ok(file);
        }
    }
    open_for_append()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log_file() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        (folder, path)
    }

    #[test]
    fn nothing_is_created_before_the_first_line() {
        let (_folder, path) = log_file();
        let mut log = LogFile::Closed(path.clone());
        assert!(!path.exists());
        log.write_all(b"one\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\n");
    }

    #[test]
    fn a_line_in_pieces_is_one_write() {
        let (_folder, path) = log_file();
        let mut log = LogFile::Closed(path.clone());
        for piece in ["a", " ", "b"] {
            log.write_all(piece.as_bytes()).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"");
        }
        log.write_all(b"\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"a b\n");
    }

    #[test]
    fn a_large_file_is_kept_as_dot_1() {
        let (folder, path) = log_file();
        File::create(&path).unwrap().set_len(ROTATE_ABOVE_BYTES + 1).unwrap();
        LogFile::Closed(path.clone()).write_all(b"new\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new\n");
        assert_eq!(fs::metadata(folder.path().join("dnstxtscore.log.1")).unwrap().len(), ROTATE_ABOVE_BYTES + 1);
    }

    /// Found by attack: a pipe under the log's name made a search wait for a reader of it.
    #[test]
    #[cfg(unix)]
    fn a_log_that_is_a_pipe_or_a_device_is_not_written() {
        let (_folder, path) = log_file();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        for path in [path, PathBuf::from("/dev/null")] {
            let mut log = LogFile::Closed(path);
            log.write_all(b"lost\n").unwrap();
            assert!(matches!(log, LogFile::Failed));
        }
    }

    #[test]
    fn a_log_that_cannot_be_written_is_silent() {
        let (folder, _) = log_file();
        let mut log = LogFile::Closed(folder.path().join("missing/x.log"));
        log.write_all(b"lost\n").unwrap();
        assert!(matches!(log, LogFile::Failed));
    }
}
