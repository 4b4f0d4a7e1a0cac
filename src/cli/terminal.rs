//! What a task may use of the process that it runs in, and how it ends.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::escape::{escape_for_display, needs_escaping};
use crate::model;

/// Standard input and output, and messages for the user. `main` holds the real ones.
pub struct Terminal<'a> {
    /// Opens standard input. Its reader sets the flag if it can go on after a pause, which is an error then.
    pub input: fn(Arc<AtomicBool>) -> Box<dyn Read + Send>,
    /// Whether a person types what is read.
    pub input_is_terminal: bool,
    pub output: &'a mut dyn Write,
    /// Where messages about unreadable records go.
    pub messages: &'a mut dyn Write,
    /// `$SPLUNK_HOME`, if Splunk set it.
    pub splunk_home: Option<PathBuf>,
    /// Columns of the terminal that shows the output, if it is one.
    #[cfg(feature = "triage")]
    pub width: Option<usize>,
    /// Draws nothing without a terminal.
    #[cfg(feature = "triage")]
    pub bar: indicatif::ProgressBar,
}

/// A file's name as a shell takes it, in a command to paste: quoted if it needs it, and never an option. A name that cannot be shown as it is becomes
/// `FILE`.
pub fn for_shell(path: &Path) -> String {
    let Some(name) = path.to_str().filter(|name| !name.is_empty() && !name.chars().any(needs_escaping)) else { return "FILE".to_owned() };
    let name = if name.starts_with('-') && name != "-" { format!("./{name}") } else { name.to_owned() };
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '-' | '+' | ':' | ',' | '@' | '%'));
    if is_plain { name } else { format!("'{}'", name.replace('\'', r"'\''")) }
}

/// Why a task failed, in words for the user.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Output(#[from] io::Error),
    #[error("{}: {}", escape_for_display(&.0.display().to_string()), .1)]
    File(PathBuf, io::Error),
    #[error(transparent)]
    Model(#[from] model::Error),
    /// The task needs a program that was built with the feature `triage`.
    #[cfg(not(feature = "triage"))]
    #[error("{0}")]
    LeftOut(&'static str),
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Clean,
    /// `doctor` found a fault, or a file could not be read.
    Failed,
    /// A record reaches the threshold.
    Found,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found by attack: a command to paste held `x;id;#`.
    #[test]
    fn a_name_in_a_command_to_paste_is_one_word() {
        for (name, word) in [
            ("a/b-1.pcap", "a/b-1.pcap"),
            ("x;id;#", "'x;id;#'"),
            ("it's a", r"'it'\''s a'"),
            ("$(id)", "'$(id)'"),
            ("-z", "./-z"),
            ("-", "-"),
            ("a\u{1b}[31m", "FILE"),
        ] {
            assert_eq!(for_shell(Path::new(name)), word);
            let echoed = std::process::Command::new("sh").args(["-c", &format!("printf %s {word}")]).output().unwrap().stdout;
            assert!(word == "FILE" || String::from_utf8(echoed).unwrap().trim_start_matches("./") == name, "{word}");
        }
    }
}
