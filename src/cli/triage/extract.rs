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

/// Writes each content, and returns it with the name of its file.
///
/// # Errors
/// If the folder cannot be made or written to. A file that exists is left as it is: its name says that it holds the same.
pub(super) fn write(folder: &Path, carried: Vec<Carried>, messages: &mut Messages<'_>) -> Result<Vec<(Carried, Option<String>)>, Error> {
    let failed = |path: &Path, error| Error::File(path.to_owned(), error);
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let mut written = Vec::new();
    for one in carried {
        let name = format!("{}_{}_{}_{}.bin", in_a_name(&one.domain), in_a_name(&one.client), in_a_name(one.kind), one.sha256);
        let path = folder.join(&name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true); // also refuses a link
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path).and_then(|mut file| file.write_all(&one.bytes)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => messages.show(&name_of(&path), "it exists and is left as it is"),
            Err(error) => return Err(failed(&path, error)),
        }
        written.push((one, Some(name)));
    }
    Ok(written)
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
