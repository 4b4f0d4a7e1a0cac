//! What every reader produces.

use std::io::Read;
use std::rc::Rc;

use time::OffsetDateTime;

use crate::text;

/// One TXT answer, with what its file says about it. What the file does not say is empty. The answers of one event share what
/// they have in common, because an event of 64 KiB may hold thousands of answers.
#[derive(Debug, Default, PartialEq)]
pub struct Record {
    /// When the answer was seen, in UTC.
    pub time: Option<OffsetDateTime>,
    /// Who asked.
    pub client: Rc<str>,
    /// Who answered.
    pub server: Rc<str>,
    /// The queried name.
    pub query: Rc<str>,
    /// The answer in the presentation format of its file: plain, quoted, or with Zeek's lengths. `text::scorable_text` removes
    /// that.
    pub answer: Vec<u8>,
    /// The JSON object that held the record, byte for byte. For a row of a table, an object of its cells.
    pub object: Option<Rc<str>>,
    /// Whether the record is a line of text and nothing else.
    pub is_line: bool,
    /// Whether that object holds several answers, so that an output line has to say which one it is about.
    pub one_of_many: bool,
    /// Whether it is no answer but a TXT query that got none, as far as the file shows. Only groups count these.
    pub is_query: bool,
}

/// A TXT answer, and the name that it belongs to if the answer itself says so.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub text: String,
    pub owner: Option<String>,
}

/// Strings of which the file does not say where a record ends: each full one is joined to the next.
pub fn join_full_strings(strings: impl Iterator<Item = String>) -> Vec<String> {
    const FULL: usize = 255;
    let (mut texts, mut continues): (Vec<String>, bool) = (Vec::new(), false);
    for string in strings {
        let is_full = text::normalise(string.as_bytes()).len() == FULL || string.len() == FULL;
        match texts.last_mut().filter(|_| continues) {
            Some(text) => text.push_str(&string),
            None => texts.push(string),
        }
        continues = is_full;
    }
    texts
}

/// What a user is told about a part of a file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{location}: {message}")]
pub struct ReadError {
    /// `line 7`, `packet 12`.
    pub location: String,
    pub message: String,
    pub kind: Kind,
}

/// What happened to a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It could not be read.
    Lost,
    /// It was read although it is not as it should be.
    Lenient,
    /// None: nothing has come for a while, and what was read is to be scored.
    Pause,
    /// It was read and holds no TXT answer, where a user may expect one.
    LeftOut,
}

impl ReadError {
    /// A part that could not be read.
    pub fn new(location: impl Into<String>, message: impl Into<String>) -> Self {
        Self { location: location.into(), message: message.into(), kind: Kind::Lost }
    }

    /// An error in a line, counted from 1.
    pub fn in_line(number: u64, message: impl Into<String>) -> Self {
        Self::new(format!("line {number}"), message)
    }

    /// That nothing has come for a while.
    pub fn pause() -> Self {
        Self { kind: Kind::Pause, ..Self::new("", "") }
    }

    /// The same, but nothing is lost.
    pub fn lenient(self) -> Self {
        Self { kind: Kind::Lenient, ..self }
    }
}

/// Reads a file record by record.
pub trait RecordReader: Iterator<Item = Result<Record, ReadError>> {
    /// How many items were read without an error so far, whether they held an answer or not, and the plural of their name:
    /// lines, rows, packets.
    fn items_read(&self) -> (u64, Item);

    /// What the file was taken for, if its first line alone decided: an attacker may have written it.
    fn taken_for(&self) -> Option<&'static str> {
        None
    }
}

/// What a reader counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    Line,
    Row,
    Packet,
    Object,
}

impl Item {
    /// An error in an item, counted from 1.
    pub fn error(self, number: u64, message: impl Into<String>) -> ReadError {
        ReadError::new(format!("{} {number}", self.name(1)), message)
    }

    /// The word for so many of them.
    pub fn name(self, count: u64) -> &'static str {
        match (self, count) {
            (Self::Line, 1) => "line",
            (Self::Line, _) => "lines",
            (Self::Row, 1) => "row",
            (Self::Row, _) => "rows",
            (Self::Packet, 1) => "packet",
            (Self::Packet, _) => "packets",
            (Self::Object, 1) => "object",
            (Self::Object, _) => "objects",
        }
    }
}

/// The bytes of a file, of standard input, or of a test.
pub type Input = Box<dyn Read + Send>;
