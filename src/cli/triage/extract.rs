//! `dnstxtscore report --extract FOLDER`: what channels carried, as files. They are never overwritten, linked files are never followed,
//! and none can be run: the names end in `.bin`, and only their owner may read and write them.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use crate::cli::terminal::Error;
use crate::cli::triage::sources::{Messages, name_of};
use crate::digest;
use crate::triage::carried::Carried;

/// Characters of a client or a domain in the name of a file.
const MAX_NAME_CHARS: usize = 60;

/// Makes the folder, before hours of reading.
///
/// # Errors
/// If it cannot be made, or is something else.
pub(super) fn make(folder: &Path) -> Result<(), Error> {
    let failed = |error| Error::File(folder.to_owned(), error);
    if folder.exists() && !folder.is_dir() {
        return Err(failed(io::Error::new(io::ErrorKind::AlreadyExists, "it is a file; name a folder")));
    }
    fs::create_dir_all(folder).map_err(failed)
}

/// Writes each content, and returns it with the name of its file. What cannot be written is shown and has none.
pub(super) fn write(folder: &Path, carried: Vec<Carried>, messages: &mut Messages<'_>) -> Vec<(Carried, Option<String>)> {
    let write_one = |one: Carried| {
        if one.bytes.is_empty() {
            return (one, None);
        }
        let name = format!("{}_{}_{}_{}.bin", in_a_name(&one.domain), in_a_name(&one.client), in_a_name(one.kind), one.sha256);
        let path = folder.join(&name);
        let file = match write_whole(&path, folder, &one) {
            Ok(()) => Some(name),
            Err(error) => {
                messages.show(&name_of(&path), &format!("it is not written: {error}"));
                None
            }
        };
        (one, file)
    };
    carried.into_iter().map(write_one).collect()
}

/// Writes a file in whole or not at all. One that is there with the same content counts as written; any other is left as it is.
fn write_whole(path: &Path, folder: &Path, one: &Carried) -> io::Result<()> {
    // Asked first: a process that writes beyond the limit of its user is ended by a signal.
    #[cfg(unix)]
    if rustix::process::getrlimit(rustix::process::Resource::Fsize).current.is_some_and(|max| max < one.bytes.len() as u64) {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than this user's files may be; raise `ulimit -f`"));
    }
    // Only its owner may read and write it.
    let mut file =
        tempfile::Builder::new().prefix(".dnstxtscore-carried-").tempfile_in(folder).map_err(|error| io::Error::from(error.kind()))?;
    file.write_all(&one.bytes)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            let is_file = path.symlink_metadata()?.is_file();
            let is_same = is_file && digest::sha256_of(File::open(path)?)?.1 == one.sha256;
            if is_same {
                Ok(())
            } else {
                Err(io::Error::new(io::ErrorKind::AlreadyExists, "something else has this name and is left as it is"))
            }
        }
        Err(error) => Err(error.error),
    }
}

/// A name of an attacker as part of a file's name: letters, digits, dots and hyphens, beginning with none of the latter.
fn in_a_name(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c.to_ascii_lowercase() } else { '-' };
    let name: String = text.chars().map(plain).take(MAX_NAME_CHARS).collect();
    let name = name.trim_matches(['.', '-']);
    if name.is_empty() { "unknown".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_an_attacker_leads_nowhere_else() {
        assert_eq!(in_a_name("../../etc/passwd"), "etc-passwd");
        assert_eq!(in_a_name("T.Example"), "t.example");
        assert_eq!(in_a_name("\u{202e}\n"), "unknown");
        assert_eq!(in_a_name(&"a".repeat(300)).len(), 60);
    }
}
