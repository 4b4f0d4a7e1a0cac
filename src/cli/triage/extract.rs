//! `dnstxtscore report --extract FOLDER`: what channels carried, as files. They are never overwritten, linked files are never followed,
//! and none can be run: the names end in `.bin`, and only their owner may read and write them.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::cli::terminal::Error;
use crate::cli::triage::sources::{Messages, name_of};
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

/// Writes each content, and returns it with the name of its file. What cannot be written is shown and has none; a file that exists is left as
/// it is, since its name says that it holds the same.
pub(super) fn write(folder: &Path, carried: Vec<Carried>, messages: &mut Messages<'_>) -> Vec<(Carried, Option<String>)> {
    let write_one = |one: Carried| {
        let name = format!("{}_{}_{}_{}.bin", in_a_name(&one.domain), in_a_name(&one.client), in_a_name(one.kind), one.sha256);
        let path = folder.join(&name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true); // also refuses a link
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&path).and_then(|mut file| file.write_all(&one.bytes));
        let file = match written {
            Ok(()) => Some(name),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                messages.show(&name_of(&path), "it exists and is left as it is");
                Some(name)
            }
            Err(error) => {
                messages.show(&name_of(&path), &format!("it could not be written: {error}"));
                None
            }
        };
        (one, file)
    };
    carried.into_iter().map(write_one).collect()
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
