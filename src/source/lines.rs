//! Lines, and the source that is one answer a line.

use std::io::{BufRead, BufReader, Read};

use super::{Broken, Input, Record, Source, object};

/// Bytes of the longest line. A text above 1 MiB gets no score, and JSON may write a byte as six.
const LONGEST: usize = 8 << 20;

/// Lines without their ends, numbered from 1. One that is too long is broken, and the next one is read.
pub(super) struct Lines {
    input: BufReader<Input>,
    number: u64,
    ended: bool,
}

impl Lines {
    pub(super) fn new(input: Input) -> Self {
        Self { input: BufReader::new(input), number: 0, ended: false }
    }

    fn read(&mut self) -> std::io::Result<Option<Result<Vec<u8>, Broken>>> {
        let mut line = Vec::new();
        if self.input.by_ref().take(LONGEST as u64 + 1).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if line.pop_if(|byte| *byte == b'\n').is_none() && line.len() > LONGEST {
            self.skip()?;
            return Ok(Some(Err(Broken::line(self.number, format!("it is longer than {} MiB", LONGEST >> 20)))));
        }
        line.pop_if(|byte| *byte == b'\r');
        Ok(Some(Ok(line)))
    }

    /// Goes on behind the end of this line.
    fn skip(&mut self) -> std::io::Result<()> {
        loop {
            let read = self.input.fill_buf()?;
            let (past, found) = match memchr::memchr(b'\n', read) {
                Some(end) => (end + 1, true),
                None => (read.len(), read.is_empty()),
            };
            self.input.consume(past);
            if found {
                return Ok(());
            }
        }
    }
}

impl Iterator for Lines {
    type Item = Result<(u64, Vec<u8>), Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.read() {
            Ok(line) => line.map(|line| line.map(|line| (self.number, line))),
            Err(error) => {
                self.ended = true;
                Some(Err(Broken::line(self.number + 1, format!("the rest cannot be read: {error}"))))
            }
        }
    }
}

/// What the lines of a source are.
pub(super) trait Line {
    /// Adds the records of a line, the last one first, or says why it cannot be read. Whether it was more than a blank line or a
    /// header.
    fn take(&mut self, line: &[u8], records: &mut Vec<Record>) -> Result<bool, String>;
}

/// A source that is read line by line.
pub(super) struct ByLine<L> {
    lines: Lines,
    format: L,
    /// Records of the line just read that wait, the last one first.
    waiting: Vec<Record>,
    good: u64,
}

impl<L> ByLine<L> {
    pub(super) fn new(input: Input, format: L) -> Self {
        Self { lines: Lines::new(input), format, waiting: Vec::new(), good: 0 }
    }
}

impl<L: Line> Iterator for ByLine<L> {
    type Item = Result<Record, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.waiting.pop() {
                return Some(Ok(record));
            }
            let (number, line) = match self.lines.next()? {
                Ok(line) => line,
                Err(broken) => return Some(Err(broken)),
            };
            match self.format.take(&line, &mut self.waiting) {
                Ok(counts) => self.good += u64::from(counts),
                Err(what) => return Some(Err(Broken::line(number, what))),
            }
        }
    }
}

impl<L: Line> Source for ByLine<L> {
    fn good(&self) -> (u64, &'static str) {
        (self.good, "lines")
    }
}

/// One answer a line.
pub(super) struct Texts;

impl Line for Texts {
    fn take(&mut self, line: &[u8], records: &mut Vec<Record>) -> Result<bool, String> {
        let object = Some(object([("text", String::from_utf8_lossy(line).into())]).into());
        records.push(Record { object, answer: line.to_vec(), ..Record::default() });
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_named_and_the_next_one_read() {
        let bytes = [&b"one\r\n"[..], &vec![b'x'; LONGEST + 5], b"\n\nlast"].concat();
        let mut lines = Lines::new(Box::new(Cursor::new(bytes)));
        assert_eq!(lines.next(), Some(Ok((1, b"one".to_vec()))));
        assert_eq!(lines.next().unwrap().unwrap_err().to_string(), "line 2: it is longer than 8 MiB");
        assert_eq!(lines.next(), Some(Ok((3, Vec::new()))));
        assert_eq!(lines.next(), Some(Ok((4, b"last".to_vec()))));
        assert_eq!(lines.next(), None);
    }
}
