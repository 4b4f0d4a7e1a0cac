//! A table with a header: CSV as Splunk, spreadsheets and scripts write it.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::Read;
use std::rc::Rc;

use csv::{ByteRecord, Reader, ReaderBuilder, Trim};

use super::{ANSWER, Broken, CLIENT, Input, QUERY, Record, SERVER, Source, TIME, address, is_ours, name, object, time};

/// Whether a first line can be nothing but a header: plain names, and among them one that holds answers, or two that say who asked
/// whom, when and for what.
pub(super) fn is_header(line: &[u8]) -> bool {
    let delimiter = delimiter(line);
    let unquoted = |cell: &'_ [u8]| -> Vec<u8> {
        let cell = cell.trim_ascii();
        cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell).to_vec()
    };
    let cells: Vec<Vec<u8>> = line.trim_ascii().split(|byte| *byte == delimiter).map(unquoted).collect();
    let has = |names: &[&str]| names.iter().any(|name| cells.iter().any(|cell| cell.eq_ignore_ascii_case(name.as_bytes())));
    let others = [&TIME[..], &CLIENT, &SERVER, &QUERY].iter().filter(|names| has(names)).count();
    cells.len() > 1 && cells.iter().all(|cell| is_name(cell)) && (has(&ANSWER) || others > 1)
}

fn is_name(cell: &[u8]) -> bool {
    const LONGEST: usize = 60;
    (1..=LONGEST).contains(&cell.len()) && cell.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_. ".contains(byte))
}

/// What stands between cells: the most frequent of comma, semicolon, tab and bar in the first line that is not blank.
pub(super) fn delimiter(beginning: &[u8]) -> u8 {
    let line = beginning.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

/// Bytes of the longest row: one that is longer is mostly a quote that is not closed, and would hold the rest of a file.
const LONGEST_ROW: usize = 8 << 20;

/// Keeps the bytes of the row at hand: the crate takes quotes as they come and says nothing of those that are out of place.
struct Watched {
    input: Input,
    row: Rc<RefCell<Row>>,
}

/// What was read and is not yet of a row that was taken.
#[derive(Default)]
struct Row {
    begins_at: u64,
    bytes: Vec<u8>,
}

impl Row {
    /// Takes the bytes off that stand before a place in the file.
    fn take(&mut self, until: u64) -> Vec<u8> {
        let length = usize::try_from(until.saturating_sub(self.begins_at)).unwrap_or(usize::MAX).min(self.bytes.len());
        self.begins_at = until;
        self.bytes.drain(..length).collect()
    }
}

impl Read for Watched {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(out)?;
        let mut row = self.row.borrow_mut();
        row.bytes.extend_from_slice(out.get(..read).unwrap_or_default());
        if row.bytes.len() > LONGEST_ROW {
            let words = format!("a row is longer than {} MiB; perhaps a quote in it is never closed", LONGEST_ROW >> 20);
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, words));
        }
        Ok(read)
    }
}

/// Whether every quoted cell of a row ends with a quote that a delimiter or the end follows (RFC 4180).
fn quotes_are_closed(row: &[u8], delimiter: u8) -> bool {
    // Blank lines before a row belong to it.
    let blank = row.iter().take_while(|byte| b"\r\n".contains(byte)).count();
    let mut rest = row.get(blank..).unwrap_or_default().trim_ascii_end();
    loop {
        if let Some(quoted) = rest.strip_prefix(b"\"") {
            rest = quoted;
            loop {
                let Some(quote) = memchr::memchr(b'"', rest) else { return false };
                rest = rest.get(quote + 1..).unwrap_or_default();
                match rest.strip_prefix(b"\"") {
                    Some(behind) => rest = behind,
                    None => break,
                }
            }
            if !rest.is_empty() && !rest.starts_with(&[delimiter]) {
                return false;
            }
        }
        let Some(end) = memchr::memchr(delimiter, rest) else { return true };
        rest = rest.get(end + 1..).unwrap_or_default();
    }
}

pub(super) struct Table {
    rows: Reader<Watched>,
    delimiter: u8,
    row: Rc<RefCell<Row>>,
    /// What is said of the row that was given last.
    doubt: Option<Broken>,
    good: u64,
    header: Vec<String>,
    /// Where the columns lie.
    answer: usize,
    columns: [Option<usize>; 4],
    ended: bool,
}

impl Table {
    /// Reads the header. Without the column that holds the answer there is nothing to read.
    pub(super) fn new(input: Input, field: Option<String>, delimiter: u8) -> std::io::Result<Self> {
        let row = Rc::default();
        let watched = Watched { input, row: Rc::clone(&row) };
        let mut rows = ReaderBuilder::new().flexible(true).delimiter(delimiter).trim(Trim::Headers).from_reader(watched);
        let mut header: Vec<String> = rows.byte_headers()?.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        row.borrow_mut().take(rows.position().byte());
        let place = |names: &[&str]| names.iter().find_map(|name| header.iter().position(|column| column.eq_ignore_ascii_case(name)));
        let answer = field.as_deref().map_or_else(|| place(&ANSWER), |field| place(&[field])).ok_or_else(|| {
            let wanted = field.unwrap_or_else(|| ANSWER.join(" or "));
            // What is no header may be texts, and no text stands in an error.
            let is_header = [&TIME[..], &CLIENT, &SERVER, &QUERY].iter().any(|names| place(names).is_some());
            let names: Vec<&str> =
                header.iter().filter(|name| is_header && is_name(name.as_bytes())).map(|name| &**name).take(20).collect();
            let has = match (header.len(), &names[..]) {
                (0, _) => "it is empty".to_owned(),
                (number, []) => {
                    format!("of {number} in its first line none has that name; name the one that holds the answer with --field")
                }
                _ => format!("it has {}; name the one that holds the answer with --field", names.join(", ")),
            };
            std::io::Error::new(std::io::ErrorKind::InvalidData, format!("its header has no column {wanted}: {has}"))
        })?;
        let named = header.get(answer).cloned().unwrap_or_default();
        if header.iter().filter(|name| name.eq_ignore_ascii_case(&named)).count() > 1 {
            let words = "its header names the column of the answer twice; name them apart";
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, words));
        }
        let columns = [place(&TIME), place(&CLIENT), place(&SERVER), place(&QUERY)];
        // An object has no member twice.
        let mut seen = HashSet::new();
        for (number, name) in header.iter_mut().enumerate() {
            if !seen.insert(name.clone()) {
                *name = format!("{name} (column {})", number + 1);
            }
        }
        Ok(Self { rows, delimiter, row, doubt: None, good: 0, header, answer, columns, ended: false })
    }
}

impl Iterator for Table {
    type Item = Result<Record, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(doubt) = self.doubt.take() {
            return Some(Err(doubt));
        }
        if self.ended {
            return None;
        }
        let mut row = ByteRecord::new();
        match self.rows.read_byte_record(&mut row) {
            Ok(false) => {
                self.ended = true;
                None
            }
            Ok(true) => {
                let (from, behind) = (row.position().map_or(0, csv::Position::line), self.rows.position().line());
                let written = self.row.borrow_mut().take(self.rows.position().byte());
                // Only a quote makes one row of several lines, and then its place matters.
                if behind > from + 1 && !quotes_are_closed(&written, self.delimiter) {
                    let what = format!("a quote is out of place or never closed: lines {from} to {} were read as one row", behind - 1);
                    self.doubt = Some(Broken::line(from, what));
                }
                let cell = |place: Option<usize>| place.and_then(|place| row.get(place)).unwrap_or_default();
                let shown = |place| String::from_utf8_lossy(cell(place)).into_owned();
                let (has, wants) = (row.len(), self.header.len());
                // A comma in a text without quotes would end it: what stands before it is not the answer.
                if has > wants || row.get(self.answer).is_none() {
                    let cells = if has == 1 { "cell" } else { "cells" };
                    return Some(Err(Broken::line(from, format!("it has {has} {cells} where the header names {wants} columns"))));
                }
                self.good += 1;
                let [at, client, server, query] = self.columns;
                let members = self.header.iter().enumerate().filter(|(_, name)| !is_ours(name));
                Some(Ok(Record {
                    time: time(&shown(at)),
                    client: address(&shown(client)),
                    server: address(&shown(server)),
                    query: name(&shown(query)),
                    answer: cell(Some(self.answer)).to_vec(),
                    object: Some(object(members.map(|(place, name)| (&**name, shown(Some(place)).into()))).into()),
                    one_of_many: false,
                }))
            }
            Err(error) => {
                self.ended = true;
                let line = self.rows.position().line();
                Some(Err(Broken::line(line, format!("the rest cannot be read: {error}"))))
            }
        }
    }
}

impl Source for Table {
    fn good(&self) -> (u64, &'static str) {
        (self.good, "rows")
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn table(bytes: &[u8], field: Option<&str>) -> std::io::Result<Vec<Result<Record, Broken>>> {
        Ok(Table::new(Box::new(Cursor::new(bytes.to_vec())), field.map(str::to_owned), delimiter(bytes))?.collect())
    }

    #[test]
    fn cells_are_found_by_their_column() {
        let bytes = b"_time,src,query,answer,pred_is_unknown\n1700000000,192.0.2.7,a.example,\"v=spf1, x\",1\nshort\n,,,,\n";
        let rows = table(bytes, None).unwrap();
        let row = rows[0].as_ref().unwrap();
        assert_eq!((&*row.client, &*row.query, &*row.answer), ("192.0.2.7", "a.example", &b"v=spf1, x"[..]));
        assert_eq!(row.time.unwrap().unix_timestamp(), 1_700_000_000);
        assert_eq!(row.object.as_deref(), Some(r#"{"_time":"1700000000","src":"192.0.2.7","query":"a.example","answer":"v=spf1, x"}"#));
        assert_eq!(rows[1].as_ref().unwrap_err().to_string(), "line 3: it has 1 cell where the header names 5 columns");
        assert_eq!(rows[2].as_ref().unwrap().answer, b"");
    }

    /// Found in review: a text was cut at its comma, the rest of a file was one row, and other delimiters were not seen.
    #[test]
    fn a_row_that_is_not_what_it_seems_is_named() {
        let said = |bytes: &[u8]| {
            table(bytes, None)
                .unwrap()
                .into_iter()
                .map(|row| row.map(|row| row.answer).map_err(|broken| broken.to_string()))
                .collect::<Vec<_>>()
        };
        assert_eq!(said(b"src,text\n1,v=spf1,payload\n"), [Err("line 2: it has 3 cells where the header names 2 columns".into())]);
        let unclosed = said(b"src,text\n1,\"ab\nc,d\ne,f\n");
        assert_eq!(unclosed[0].as_ref().unwrap(), b"ab\nc,d\ne,f\n");
        assert_eq!(unclosed[1..], [Err("line 2: a quote is out of place or never closed: lines 2 to 4 were read as one row".into())]);
        // Two that are not closed, and quotes that are nothing but quotes before a legal row of two lines.
        assert_eq!(said(b"text,src\n\n\"a,\"\" b\",1\n2,3\n"), [Ok(b"a,\" b".to_vec()), Ok(b"2".to_vec())]);
        let merged = said(b"src,text\n1,\"payload1\n2,\"payload2\"\n3,ok\n");
        assert!(merged.len() == 3 && merged[2] == Ok(b"ok".to_vec()), "{merged:?}");
        assert_eq!(merged[1], Err("line 2: a quote is out of place or never closed: lines 2 to 3 were read as one row".into()));
        assert_eq!(said(b"src,text\n1,5\" pipe\n2,\"two \"\"\nlines\"\r\n"), [Ok(b"5\" pipe".to_vec()), Ok(b"two \"\nlines".to_vec())]);
        assert_eq!(said(b"src,text\n1,\"two\nlines\"\n"), [Ok(b"two\nlines".to_vec())]);
        assert_eq!(said(b"\nsrc;text\n1;v=spf1 -all\n"), [Ok(b"v=spf1 -all".to_vec())]);
        assert_eq!(said(b"src, text\n1, v=spf1 -all\n"), [Ok(b" v=spf1 -all".to_vec())]);
        assert_eq!(said(b"src\ttext\n1\ta,b;c\n"), [Ok(b"a,b;c".to_vec())]);
        assert!(table(b"src,text,text\n1,a,b\n", None).unwrap_err().to_string().contains("twice"));
        assert!(
            is_header(b"\"_time\",\"src\",\"text\"")
                && is_header(b"time;src;answer\r")
                && !is_header(b"text")
                && !is_header(b"text, v=spf1")
        );
    }

    /// Found in review: one quote made the rest of a file one row, in 2.5 GiB.
    #[test]
    fn a_row_without_end_is_named() {
        let mut bytes = b"src,text\n1,\"a\"\n1,\"".to_vec();
        bytes.resize(bytes.len() + 2 * LONGEST_ROW, b'x');
        let rows = table(&bytes, None).unwrap();
        assert_eq!(rows.len(), 2);
        let named = rows[1].as_ref().unwrap_err().to_string();
        assert!(named.contains("a row is longer than 8 MiB"), "{named}");
    }

    /// Found in review: a quote inside a plain cell, which is nothing but a quote, ended the reading 8 MiB later.
    #[test]
    fn a_quote_in_a_plain_cell_is_a_quote() {
        let mut bytes = b"src,text\n1,5\" pipe\n".to_vec();
        let rows = 2 * LONGEST_ROW / 8;
        bytes.extend(b"1,abcde\n".repeat(rows));
        let read = table(&bytes, None).unwrap();
        assert!(read.len() == rows + 1 && read.iter().all(Result::is_ok), "{}", read.len());
    }

    #[test]
    fn a_header_without_the_answer_says_what_there_is() {
        let error = table(b"a,b\n1,2\n", None).unwrap_err().to_string();
        let expected = "its header has no column text or answer: of 2 in its first line none has that name; name the one that holds the answer with --field";
        assert_eq!(error, expected, "found in review: what is no header was shown, and may be texts");
        let error = table(b"src,b\n1,2\n", None).unwrap_err().to_string();
        assert!(error.contains("it has src, b;"), "{error}");
        assert!(table(b"", None).unwrap_err().to_string().ends_with("it is empty"));
        assert_eq!(table(b"Src|Text\n1|x\n", None).unwrap()[0].as_ref().unwrap().answer, b"x");
        assert_eq!(table(b"a,b\n1,2\n", Some("b")).unwrap()[0].as_ref().unwrap().answer, b"2");
    }
}
