//! What the crate for CSV does not tell: the bytes of each row, and whether its quotes are closed.

use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

use crate::triage::input::record::Input;

/// Bytes of a row. A longer one usually has a quote that is never closed, and would hold the rest of the file.
pub(super) const MAX_ROW_BYTES: usize = 8 << 20;

/// Records the bytes of the current row, because the crate accepts quotes anywhere and does not report misplaced ones.
pub(super) struct RecordingReader {
    pub input: Input,
    pub recorded: Rc<RefCell<Recorded>>,
}

/// Bytes of rows that are not complete yet, and some before them.
#[derive(Default)]
pub(super) struct Recorded {
    /// The offset in the file of the first byte that is kept.
    start: u64,
    bytes: Vec<u8>,
    /// How many of the bytes belong to complete rows. They are removed when more is read: for each row it cost more than the row.
    used: usize,
}

impl Recorded {
    /// The bytes before an offset in the file, which are used then.
    pub(super) fn use_until(&mut self, offset: u64) -> &[u8] {
        let end = usize::try_from(offset.saturating_sub(self.start)).unwrap_or(usize::MAX).min(self.bytes.len());
        let begin = std::mem::replace(&mut self.used, end);
        self.bytes.get(begin..end).unwrap_or_default()
    }
}

impl Read for RecordingReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(out)?;
        let mut recorded = self.recorded.borrow_mut();
        let used = std::mem::take(&mut recorded.used);
        recorded.bytes.drain(..used);
        recorded.start = recorded.start.saturating_add(used as u64);
        recorded.bytes.extend_from_slice(out.get(..read).unwrap_or_default());
        if recorded.bytes.len() > MAX_ROW_BYTES {
            return Err(invalid(format!("a row is longer than {} MiB; perhaps a quote in it is never closed", MAX_ROW_BYTES >> 20)));
        }
        Ok(read)
    }
}

pub(super) fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.into())
}

/// Whether every quoted cell of a row ends with a quote before a delimiter or the end of the row (RFC 4180).
pub(super) fn quotes_are_closed(row: &[u8], delimiter: u8) -> bool {
    // Blank lines before a row belong to it.
    let blank = row.iter().take_while(|byte| b"\r\n".contains(byte)).count();
    let mut rest = row.get(blank..).unwrap_or_default().trim_ascii_end();
    loop {
        if let Some(quoted) = rest.strip_prefix(b"\"") {
            rest = quoted;
            loop {
                let Some(quote) = memchr::memchr(b'"', rest) else { return false };
                rest = rest.get(quote..).and_then(|quoted| quoted.get(1..)).unwrap_or_default();
                match rest.strip_prefix(b"\"") {
                    Some(after) => rest = after,
                    None => break,
                }
            }
            if !rest.is_empty() && !rest.starts_with(&[delimiter]) {
                return false;
            }
        }
        let Some(end) = memchr::memchr(delimiter, rest) else { return true };
        rest = rest.get(end..).and_then(|after| after.get(1..)).unwrap_or_default();
    }
}
