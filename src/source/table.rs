//! A table with a header: CSV as Splunk, spreadsheets and scripts write it.

use std::cell::Cell;
use std::io::Read;
use std::rc::Rc;

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::{ANSWER, Broken, CLIENT, Input, QUERY, Record, SERVER, TIME, address, is_ours, object, time};

/// Whether a first line can be nothing but a header: plain names, and among them one that holds answers.
pub(super) fn is_header(line: &[u8]) -> bool {
    let delimiter = delimiter(line);
    let unquoted = |cell: &'_ [u8]| -> Vec<u8> {
        let cell = cell.trim_ascii();
        cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell).to_vec()
    };
    let cells: Vec<Vec<u8>> = line.trim_ascii().split(|byte| *byte == delimiter).map(unquoted).collect();
    cells.len() > 1 && cells.iter().all(|cell| is_name(cell)) && ANSWER.iter().any(|name| cells.iter().any(|cell| cell == name.as_bytes()))
}

fn is_name(cell: &[u8]) -> bool {
    const LONGEST: usize = 60;
    (1..=LONGEST).contains(&cell.len()) && cell.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_. ".contains(byte))
}

/// What stands between cells: the most frequent of comma, semicolon and tab in the first line.
pub(super) fn delimiter(beginning: &[u8]) -> u8 {
    let line = beginning.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

/// Bytes of the longest row: one that is longer is mostly a quote that is not closed, and would hold the rest of a file.
const LONGEST_ROW: usize = 8 << 20;

/// Counts quotes on the way: an odd number says that one was not closed; and bytes of a row.
struct Quotes {
    input: Input,
    odd: Rc<Cell<bool>>,
    /// Bytes since the row that was read last: the table sets it back.
    row: Rc<Cell<usize>>,
}

impl Read for Quotes {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(out)?;
        let bytes = out.get(..read).unwrap_or_default();
        self.row.set(self.row.get() + read);
        let quotes = memchr::memchr_iter(b'"', bytes).count();
        self.odd.set(self.odd.get() ^ (quotes % 2 == 1));
        if self.row.get() > LONGEST_ROW {
            let words = format!("a row is longer than {} MiB; a quote in it may not be closed", LONGEST_ROW >> 20);
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, words));
        }
        Ok(read)
    }
}

pub(super) struct Table {
    rows: Reader<Quotes>,
    odd_quotes: Rc<Cell<bool>>,
    row_bytes: Rc<Cell<usize>>,
    /// Where the row that was read last begins and ends.
    last: (u64, u64),
    header: Vec<String>,
    /// Where the columns lie.
    answer: usize,
    columns: [Option<usize>; 4],
    ended: bool,
}

impl Table {
    /// Reads the header. Without the column that holds the answer there is nothing to read.
    pub(super) fn new(input: Input, field: Option<String>, delimiter: u8) -> std::io::Result<Self> {
        let (odd_quotes, row) = (Rc::default(), Rc::default());
        let quotes = Quotes { input, odd: Rc::clone(&odd_quotes), row: Rc::clone(&row) };
        let mut rows = ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(quotes);
        let header: Vec<String> = rows.byte_headers()?.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        let place = |names: &[&str]| names.iter().find_map(|name| header.iter().position(|column| column == name));
        let answer = field.as_deref().map_or_else(|| place(&ANSWER), |field| place(&[field])).ok_or_else(|| {
            let wanted = field.unwrap_or_else(|| ANSWER.join(" or "));
            // What is no header may be a text, and no text stands in an error.
            let names: Vec<&str> =
                header.iter().map(|name| if is_name(name.as_bytes()) { &**name } else { "(no name)" }).take(20).collect();
            let has = names.join(", ");
            std::io::Error::new(
                std::io::ErrorKind::InvalidData,
                format!("its header has no column {wanted}; it has {has}; name the one that holds the answer with --field"),
            )
        })?;
        if header.iter().filter(|name| Some(*name) == header.get(answer)).count() > 1 {
            let words = "its header names the column of the answer twice; name them apart";
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, words));
        }
        let columns = [place(&TIME), place(&CLIENT), place(&SERVER), place(&QUERY)];
        Ok(Self { rows, odd_quotes, row_bytes: row, last: (0, 0), header, answer, columns, ended: false })
    }
}

impl Iterator for Table {
    type Item = Result<Record, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let mut row = ByteRecord::new();
        match self.rows.read_byte_record(&mut row) {
            Ok(false) => {
                self.ended = true;
                let (from, to) = self.last;
                let unclosed = self.odd_quotes.get() && to > from;
                unclosed.then(|| Err(Broken::line(from, "a quote is not closed, and what follows it was read as one row".to_owned())))
            }
            Ok(true) => {
                self.row_bytes.set(0);
                self.last = (row.position().map_or(0, csv::Position::line), self.rows.position().line().saturating_sub(1));
                let cell = |place: Option<usize>| place.and_then(|place| row.get(place)).unwrap_or_default();
                let shown = |place| String::from_utf8_lossy(cell(place)).into_owned();
                let (has, wants) = (row.len(), self.header.len());
                // A comma in a text without quotes would end it: what stands before it is not the answer.
                if has > wants || row.get(self.answer).is_none() {
                    return Some(Err(Broken::line(self.last.0, format!("it has {has} cells where the header names {wants} columns"))));
                }
                let [at, client, server, query] = self.columns;
                let members = self.header.iter().enumerate().filter(|(_, name)| !is_ours(name));
                Some(Ok(Record {
                    time: time(&shown(at)),
                    client: address(shown(client)),
                    server: address(shown(server)),
                    query: shown(query).into(),
                    answer: cell(Some(self.answer)).to_vec(),
                    object: Some(object(members.map(|(place, name)| (&**name, shown(Some(place)).into()))).into()),
                    one_of_many: None,
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
        assert_eq!(rows[1].as_ref().unwrap_err().to_string(), "line 3: it has 1 cells where the header names 5 columns");
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
        assert_eq!(unclosed[1..], [Err("line 2: a quote is not closed, and what follows it was read as one row".into())]);
        assert_eq!(said(b"src,text\n1,\"two\nlines\"\n"), [Ok(b"two\nlines".to_vec())]);
        assert_eq!(said(b"src;text\n1;v=spf1 -all\n"), [Ok(b"v=spf1 -all".to_vec())]);
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
        assert_eq!(error, "its header has no column text or answer; it has a, b; name the one that holds the answer with --field");
        assert_eq!(table(b"a,b\n1,2\n", Some("b")).unwrap()[0].as_ref().unwrap().answer, b"2");
    }
}
