//! Lines, the reader of formats with one or more records per line, and the format with one answer per line.

use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use crate::triage::input::record::{Input, Item, Kind, ReadError, Record, RecordReader};

/// Bytes of a line. A text above 1 MiB gets no score, and JSON may write a byte as six.
const MAX_LINE_BYTES: usize = 8 << 20;

/// Lines without their line ends, numbered from 1. A line that is too long is an error, and the next one is read.
pub(super) struct Lines {
    input: BufReader<Input>,
    number: u64,
    ended: bool,
    /// The line that was not complete at a pause.
    partial: Vec<u8>,
}

impl Lines {
    pub(super) fn new(input: Input) -> Self {
        Self { input: BufReader::new(input), number: 0, ended: false, partial: Vec::new() }
    }

    fn read(&mut self) -> std::io::Result<Option<Result<Vec<u8>, ReadError>>> {
        let room = (MAX_LINE_BYTES as u64).saturating_add(1).saturating_sub(self.partial.len() as u64);
        if self.input.by_ref().take(room).read_until(b'\n', &mut self.partial)? == 0 && self.partial.is_empty() {
            return Ok(None);
        }
        let mut line = std::mem::take(&mut self.partial);
        self.number = self.number.saturating_add(1);
        if line.pop_if(|byte| *byte == b'\n').is_none() && line.len() > MAX_LINE_BYTES {
            self.skip_line()?;
            return Ok(Some(Err(ReadError::in_line(self.number, format!("it is longer than {} MiB", MAX_LINE_BYTES >> 20)))));
        }
        line.pop_if(|byte| *byte == b'\r');
        Ok(Some(Ok(line)))
    }

    /// Skips the rest of a line.
    fn skip_line(&mut self) -> std::io::Result<()> {
        loop {
            let buffer = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue, // the next read waits
                buffer => buffer?,
            };
            let (used, found) = match memchr::memchr(b'\n', buffer) {
                Some(end) => (end.saturating_add(1), true),
                None => (buffer.len(), buffer.is_empty()),
            };
            self.input.consume(used);
            if found {
                return Ok(());
            }
        }
    }
}

impl Iterator for Lines {
    type Item = Result<(u64, Vec<u8>), ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.read() {
            Ok(line) => line.map(|line| line.map(|line| (self.number, line))),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Some(Err(ReadError::pause())),
            Err(error) => {
                self.ended = true;
                Some(Err(ReadError::in_line(self.number.saturating_add(1), format!("the rest cannot be read: {error}"))))
            }
        }
    }
}

/// Parses the lines of a format.
pub(super) trait LineParser {
    /// Appends the records of a line, the last one first. Returns whether the line was more than blank or a header.
    ///
    /// # Errors
    /// Why the line cannot be read.
    fn parse(&mut self, line: &[u8], records: &mut Vec<Record>) -> Result<bool, String>;

    /// Appends the records that were kept back for lines that might follow, the last one first: none came for a while.
    fn flush(&mut self, _: &mut Vec<Record>) {}

    /// The next record that was kept back for lines that might follow. Called after the last one, until there is none.
    fn next_at_end(&mut self) -> Option<Record> {
        None
    }

    /// What is to be said about the lines that were read. Called once, after that.
    fn remarks(&self) -> Vec<(Kind, String)> {
        Vec::new()
    }
}

/// A reader of a format with lines.
pub(super) struct LineReader<P> {
    lines: Lines,
    parser: P,
    /// Records of the line just read that are not returned yet, the last one first.
    waiting: Vec<Record>,
    /// Whether a pause is to be told after the records that wait.
    has_paused: bool,
    lines_read: u64,
    item: Item,
    /// What is left to say after the last line, once it was read.
    remarks: Option<Vec<(Kind, String)>>,
}

impl<P> LineReader<P> {
    pub(super) fn new(input: Input, parser: P) -> Self {
        Self { lines: Lines::new(input), parser, waiting: Vec::new(), has_paused: false, lines_read: 0, item: Item::Line, remarks: None }
    }

    /// A reader of lines that are the values of a file: they are numbered as objects.
    pub(super) fn of_values(input: Input, parser: P) -> Self {
        Self { item: Item::Object, ..Self::new(input, parser) }
    }
}

impl<P: LineParser> Iterator for LineReader<P> {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.waiting.pop() {
                return Some(Ok(record));
            }
            if std::mem::take(&mut self.has_paused) {
                return Some(Err(ReadError::pause()));
            }
            let (number, line) = match self.lines.next() {
                Some(Ok(line)) => line,
                Some(Err(error)) => {
                    if error.kind == Kind::Pause {
                        self.parser.flush(&mut self.waiting);
                        if let Some(record) = self.waiting.pop() {
                            self.has_paused = true;
                            return Some(Ok(record));
                        }
                    }
                    return Some(Err(error));
                }
                None => {
                    if let Some(record) = self.parser.next_at_end() {
                        return Some(Ok(record));
                    }
                    let (kind, remark) = self.remarks.get_or_insert_with(|| self.parser.remarks()).pop()?;
                    return Some(Err(ReadError { kind, ..self.item.error(self.lines.number, remark) }));
                }
            };
            match self.parser.parse(&line, &mut self.waiting) {
                Ok(counts) => self.lines_read = self.lines_read.saturating_add(u64::from(counts)),
                Err(message) => return Some(Err(self.item.error(number, message))),
            }
        }
    }
}

impl<P: LineParser> RecordReader for LineReader<P> {
    fn items_read(&self) -> (u64, Item) {
        (self.lines_read, self.item)
    }
}

/// One answer per line.
#[derive(Default)]
pub(super) struct TextParser {
    /// The client, server and query of every line.
    nothing: Rc<str>,
}

impl LineParser for TextParser {
    fn parse(&mut self, line: &[u8], records: &mut Vec<Record>) -> Result<bool, String> {
        let [client, server, query] = [&self.nothing; 3].map(Rc::clone);
        let answer = line.to_vec();
        records.push(Record {
            time: None,
            client,
            server,
            query,
            answer,
            object: None,
            is_line: true,
            one_of_many: false,
            is_query: false,
        });
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_named_and_the_next_one_is_read() {
        let bytes = [&b"one\r\n"[..], &vec![b'x'; MAX_LINE_BYTES + 5], b"\n\nlast"].concat();
        let mut lines = Lines::new(Box::new(Cursor::new(bytes)));
        assert_eq!(lines.next(), Some(Ok((1, b"one".to_vec()))));
        assert_eq!(lines.next().unwrap().unwrap_err().to_string(), "line 2: it is longer than 8 MiB");
        assert_eq!(lines.next(), Some(Ok((3, Vec::new()))));
        assert_eq!(lines.next(), Some(Ok((4, b"last".to_vec()))));
        assert_eq!(lines.next(), None);
    }
}
