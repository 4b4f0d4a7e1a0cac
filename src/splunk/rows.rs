//! The body of a chunk: CSV as splunkd writes it, split into rows and cells without copying.
//!
//! A reply is the request's bytes plus the added cells at the end of each row. So every other column comes back byte for
//! byte, including quoting, invalid UTF-8, NUL and embedded line breaks. Cells are left out only if the request already
//! holds a column that is added (`| dnstxtscore | dnstxtscore`). This file knows no model and no JSON.
//!
//! The dialect, from 2.5 million recorded cells without an exception: `,` between cells, `"` doubled inside quotes, rows end
//! in LF. CRLF is accepted as well. A quote inside an unquoted cell is an ordinary character.

use std::borrow::Cow;
use std::ops::Range;

use crate::limits;
use crate::splunk::multivalue;

/// Why a body is not a table. Row 0 is the header.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("row {row}: a quoted cell does not end before the chunk does; {}", limits::REMEDY_REPORT)]
    EndsInQuotes { row: u32 },
    #[error("row {row} has more cells than the header, which has {columns}; {}", limits::REMEDY_REPORT)]
    TooManyCells { row: u32, columns: usize },
    #[error("the header has more than {} columns; keep fewer with `| fields` before this command", limits::MAX_COLUMNS)]
    TooManyColumns,
    #[error("it has more than {} rows; {}", limits::MAX_ROWS, limits::REMEDY_REPORT)]
    TooManyRows,
    #[error("row {row}: not enough memory for the reply; {}", limits::REMEDY_MORE_MEMORY)]
    NoMemory { row: u32 },
    #[error("row {row}: the reply exceeds {} bytes; keep fewer columns with `| fields` before this command", limits::MAX_REPLY_BYTES)]
    ReplyTooLarge { row: u32 },
}

/// The rows of one body, header first.
pub struct Rows<'b> {
    body: &'b [u8],
    at: usize,
    next_row: u32,
    /// How many cells a row may have: as many as the header.
    columns: usize,
}

/// The position of a row in its body. `limits` keeps every offset within 32 bits.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// 0 is the header, 1 the first row.
    pub number: u32,
    start: u32,
    /// After the last cell.
    end: u32,
    /// After the line end, which is `\n`, `\r\n` or nothing (the last row may lack it).
    next: u32,
    cells: u32,
}

const _: () = assert!(limits::MAX_BODY_BYTES < u32::MAX as usize);

/// A part of a body. The ranges used here were made from the same body, so the part exists; with any other range the result
/// is empty instead of a panic.
fn part(body: &[u8], range: Range<usize>) -> &[u8] {
    body.get(range).unwrap_or_default()
}

impl Row {
    fn bytes(self, body: &[u8]) -> &[u8] {
        part(body, self.start as usize..self.end as usize)
    }

    fn line_end(self, body: &[u8]) -> &[u8] {
        part(body, self.end as usize..self.next as usize)
    }
}

impl<'b> Rows<'b> {
    /// The rows of a body, of which the first is the header.
    pub fn new(body: &'b [u8]) -> Self {
        Self { body, at: 0, next_row: 0, columns: limits::MAX_COLUMNS }
    }

    /// The next row. Its cells replace the contents of `cells`, as ranges of the body. `None` after the last row.
    ///
    /// # Errors
    /// If a quoted cell has no end, or a row or the body exceeds a limit.
    pub fn next(&mut self, cells: &mut Vec<Range<usize>>) -> Result<Option<Row>, Error> {
        cells.clear();
        if self.at == self.body.len() {
            return Ok(None);
        }
        let (start, number) = (self.at, self.next_row);
        self.next_row = self.next_row.saturating_add(1);
        if number > limits::MAX_ROWS as u32 {
            return Err(Error::TooManyRows);
        }
        let mut at = start;
        loop {
            let cell = at;
            if self.body.get(at) == Some(&b'"') {
                at = end_of_quotes(self.body, at.saturating_add(1)).ok_or(Error::EndsInQuotes { row: number })?;
            }
            at = at.saturating_add(self.body.get(at..).unwrap_or_default().iter().take_while(|byte| !matches!(byte, b',' | b'\n')).count());
            if self.body.get(at) == Some(&b',') {
                cells.push(cell..at);
                // At least one more cell follows.
                if cells.len() >= self.columns {
                    let columns = self.columns;
                    return Err(if number == 0 { Error::TooManyColumns } else { Error::TooManyCells { row: number, columns } });
                }
                at = at.saturating_add(1);
                continue;
            }
            let ends_in_cr = at < self.body.len() && part(self.body, cell..at).ends_with(b"\r");
            let end = if ends_in_cr { at.saturating_sub(1) } else { at };
            cells.push(cell..end);
            self.at = at.saturating_add(1).min(self.body.len());
            if number == 0 {
                self.columns = cells.len();
            }
            let [start, end, next, cells] = [start, end, self.at, cells.len()].map(|place| place as u32); // within `limits`
            return Ok(Some(Row { number, start, end, next, cells }));
        }
    }
}

/// The position after the quote that closes a cell; doubled quotes do not close it.
fn end_of_quotes(body: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at = at.saturating_add(memchr::memchr(b'"', body.get(at..)?)?).saturating_add(1);
        if body.get(at) != Some(&b'"') {
            return Some(at);
        }
        at = at.saturating_add(1);
    }
}

/// The value of a cell: quotes removed, doubled quotes undone. Borrowed unless something has to be undone.
pub fn value(cell: &[u8]) -> Cow<'_, [u8]> {
    let Some(rest) = cell.strip_prefix(b"\"") else {
        return Cow::Borrowed(cell);
    };
    let end = end_of_quotes(cell, 1).unwrap_or(cell.len().saturating_add(1));
    let (inside, after) = (part(rest, 0..end.saturating_sub(2)), part(cell, end.min(cell.len())..cell.len()));
    if after.is_empty() && memchr::memchr(b'"', inside).is_none() {
        return Cow::Borrowed(inside);
    }
    let mut plain = Vec::with_capacity(cell.len());
    let mut bytes = inside.iter();
    while let Some(byte) = bytes.next() {
        plain.push(*byte);
        if *byte == b'"' {
            bytes.next();
        }
    }
    plain.extend_from_slice(after);
    Cow::Owned(plain)
}

/// Appends a cell that holds `value`, quoted as splunkd quotes: unless it is all letters and digits.
pub fn write_value(out: &mut Vec<u8>, value: &[u8]) {
    if value.iter().all(u8::is_ascii_alphanumeric) {
        return out.extend_from_slice(value);
    }
    out.push(b'"');
    for byte in value {
        out.push(*byte);
        if *byte == b'"' {
            out.push(b'"');
        }
    }
    out.push(b'"');
}

/// Appends `,<value>` for each value.
pub fn write_cells(out: &mut Vec<u8>, values: &[&str]) {
    for value in values {
        out.push(b',');
        write_value(out, value.as_bytes());
    }
}

/// What a header means for a reply: which of its columns the added ones replace.
pub struct Layout {
    columns: usize,
    /// Columns to leave out, in order; nearly always none.
    replaced: Vec<usize>,
}

impl Layout {
    /// Reads the header row. `added` are the names of the columns that a reply adds.
    pub fn new(body: &[u8], header: &[Range<usize>], added: &[&str]) -> Self {
        let is_added = |name: &[u8]| added.iter().any(|own| own.as_bytes() == name);
        let twin_of_added = |name: &[u8]| name.strip_prefix(multivalue::PREFIX.as_bytes()).is_some_and(is_added);
        let replaced = header.iter().enumerate().filter(|(_, cell)| {
            let name = value(part(body, (*cell).clone()));
            is_added(&name) || twin_of_added(&name)
        });
        Self { columns: header.len(), replaced: replaced.map(|(column, _)| column).collect() }
    }

    /// Appends a row followed by `added` (`,a,b`). A short row is padded with empty cells first; an empty line stays empty.
    ///
    /// # Errors
    /// If the reply exceeds its limit or memory.
    pub fn write(&self, out: &mut Vec<u8>, body: &[u8], row: Row, added: &[u8]) -> Result<(), Error> {
        let (bytes, line_end) = (row.bytes(body), row.line_end(body));
        // Everything appended below: the row, commas for missing cells, the added cells, a line end.
        let needed = [bytes.len(), self.columns, added.len(), line_end.len().max(1)].into_iter().fold(0, usize::saturating_add);
        if needed > limits::MAX_REPLY_BYTES.saturating_sub(out.len()) {
            return Err(Error::ReplyTooLarge { row: row.number });
        }
        out.try_reserve(needed).map_err(|_| Error::NoMemory { row: row.number })?;
        if bytes.is_empty() && row.number > 0 {
            // CSV readers disagree whether this is a row, and it holds no text: it is returned as it came.
            out.extend_from_slice(line_end);
            return Ok(());
        }
        let start = out.len();
        if self.replaced.is_empty() {
            out.extend_from_slice(bytes);
            out.resize(self.columns.saturating_sub(row.cells as usize).saturating_add(out.len()), b',');
        } else {
            // Rare: the row is split again.
            let (mut again, mut cells) =
                (Rows { body, at: row.start as usize, next_row: row.number, columns: limits::MAX_COLUMNS }, Vec::new());
            again.next(&mut cells)?;
            let kept = (0..self.columns).filter(|column| self.replaced.binary_search(column).is_err());
            for (i, column) in kept.enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                out.extend_from_slice(cells.get(column).map_or(&[][..], |range| part(body, range.clone())));
            }
        }
        let all_replaced = self.replaced.len() == self.columns;
        debug_assert!(!all_replaced || out.len() == start);
        out.extend_from_slice(if all_replaced { part(added, 1..added.len()) } else { added });
        out.extend_from_slice(if line_end.is_empty() { b"\n" } else { line_end });
        Ok(())
    }
}

/// The columns of a field: the plain one and its multivalue twin, the first of each name.
pub struct Field {
    plain: Option<usize>,
    twin: Option<usize>,
}

impl Field {
    /// The columns of a field in a header: its own and its twin's, each if it is there.
    pub fn find(body: &[u8], header: &[Range<usize>], name: &str) -> Self {
        let column = |wanted: &str| header.iter().position(|cell| *value(part(body, cell.clone())) == *wanted.as_bytes());
        Self { plain: column(name), twin: column(&[multivalue::PREFIX, name].concat()) }
    }

    /// The values of a row: those of the twin if it holds a list, else the plain cell, which is empty if it is missing.
    pub fn texts<'b>(&self, body: &'b [u8], cells: &[Range<usize>]) -> Texts<'b> {
        let cell = |column: Option<usize>| {
            column.and_then(|c| cells.get(c)).map_or(Cow::Borrowed(&[][..]), |range| value(part(body, range.clone())))
        };
        let values = match cell(self.twin) {
            Cow::Borrowed(twin) => multivalue::decode(twin),
            // A quote in one of the values.
            Cow::Owned(twin) => {
                multivalue::decode(&twin).map(|values| values.into_iter().map(|value| Cow::Owned(value.into_owned())).collect())
            }
        };
        values.map_or_else(|| Texts::One(cell(self.plain)), Texts::Many)
    }
}

/// The values of one field of one row.
#[derive(Debug, PartialEq, Eq)]
pub enum Texts<'b> {
    One(Cow<'b, [u8]>),
    Many(Vec<Cow<'b, [u8]>>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows of cells of bytes.
    type Cells = Vec<Vec<Vec<u8>>>;

    fn split(body: &[u8]) -> Result<Cells, Error> {
        let (mut rows, mut cells, mut out) = (Rows::new(body), Vec::new(), Vec::new());
        while rows.next(&mut cells)?.is_some() {
            out.push(cells.iter().map(|range| value(&body[range.clone()]).into_owned()).collect());
        }
        Ok(out)
    }

    /// The reply body to a request body, with `,S,P` added to every row.
    fn reply(body: &[u8], field: &str) -> Result<(Vec<u8>, Cells), Error> {
        let (mut rows, mut cells, mut out, mut texts) = (Rows::new(body), Vec::new(), Vec::new(), Vec::new());
        let header = rows.next(&mut cells)?.unwrap();
        let (layout, field) = (Layout::new(body, &cells, &["score", "pred"]), Field::find(body, &cells, field));
        layout.write(&mut out, body, header, b",score,pred")?;
        while let Some(row) = rows.next(&mut cells)? {
            layout.write(&mut out, body, row, b",S,P")?;
            texts.push(match field.texts(body, &cells) {
                Texts::One(text) => vec![text.into_owned()],
                Texts::Many(texts) => texts.into_iter().map(Cow::into_owned).collect(),
            });
        }
        Ok((out, texts))
    }

    fn text_of(body: &str) -> Vec<Vec<String>> {
        let (_, texts) = reply(body.as_bytes(), "text").unwrap();
        texts.into_iter().map(|row| row.into_iter().map(|t| String::from_utf8(t).unwrap()).collect()).collect()
    }

    #[test]
    fn rows_come_back_byte_for_byte_with_two_cells_more() {
        let body = b"text,\"_chunked_idx\",\"__mv_text\",\"__mv__chunked_idx\"\n\"a \"\"b\"\",\nc\",0,,\n\xff\0\xc3,1,,\r\n\"x\",2,,";
        let (out, texts) = reply(body, "text").unwrap();
        assert_eq!(out, b"text,\"_chunked_idx\",\"__mv_text\",\"__mv__chunked_idx\",score,pred\n\"a \"\"b\"\",\nc\",0,,,S,P\n\xff\0\xc3,1,,,S,P\r\n\"x\",2,,,S,P\n");
        assert_eq!(texts, [[&b"a \"b\",\nc"[..]], [b"\xff\0\xc3"], [b"x"]]);
    }

    #[test]
    fn a_filled_twin_wins_and_a_broken_one_does_not() {
        assert_eq!(text_of("text,__mv_text\n\"a\nb\",\"$a$;$b$\"\n"), [["a", "b"]]);
        assert_eq!(text_of("text,__mv_text\nplain,$a\n"), [["plain"]]);
        assert_eq!(text_of("__mv_text,text\n\"$a$$$;$$\",x\n"), [["a$", ""]]);
    }

    #[test]
    fn a_missing_column_and_a_short_row_are_empty_text() {
        assert_eq!(text_of("src,dest\na,b\n"), [[""]]);
        assert_eq!(text_of("src,text,n\na\n"), [[""]]);
        assert_eq!(reply(b"src,text,n\na\n", "text").unwrap().0, b"src,text,n,score,pred\na,,,S,P\n");
    }

    #[test]
    fn an_empty_line_goes_back_as_it_came() {
        assert_eq!(reply(b"text\na\n\nb\n", "text").unwrap().0, b"text,score,pred\na,S,P\n\nb,S,P\n");
    }

    #[test]
    fn added_columns_are_replaced_wherever_they_are() {
        let out = |body: &str| String::from_utf8(reply(body.as_bytes(), "text").unwrap().0).unwrap();
        assert_eq!(out("pred,text,score,n,__mv_score\n0,t,\"9,9\",1,\n"), "text,n,score,pred\nt,1,S,P\n");
        assert_eq!(out("score\n0.5\n"), "score,pred\nS,P\n");
    }

    #[test]
    fn a_body_that_is_not_a_table_is_reported_with_its_row() {
        assert_eq!(split(b"a,b\n1,2\n\"3,4\n").unwrap_err(), Error::EndsInQuotes { row: 2 });
        assert_eq!(reply(b"a,b\n1,2\n1,2,3\n", "text").unwrap_err(), Error::TooManyCells { row: 2, columns: 2 });
        assert_eq!(split(&vec![b','; limits::MAX_COLUMNS]).unwrap_err(), Error::TooManyColumns);
        assert!(split(&vec![b','; limits::MAX_COLUMNS - 1]).is_ok());
    }

    /// Found by mutation, each.
    #[test]
    fn rare_line_ends_are_read_literally() {
        assert_eq!(split(b"a,b\n1,2\r").unwrap()[1], [b"1".to_vec(), b"2\r".to_vec()], "without a line feed it does not end a line");
        assert_eq!(&*value(b"\"abc"), b"abc", "quotes without an end, which no row has");
        assert_eq!(&*value(b"\""), b"");
        assert_eq!(reply(b"\nx\n", "text").unwrap().0, b",score,pred\nx,S,P\n", "a header of one name, which is empty");
    }

    /// Found by mutation: no test checked the limit of rows.
    #[test]
    fn a_row_beyond_the_limit_is_refused_and_the_last_one_within_is_not() {
        let body = vec![b'\n'; 2 + limits::MAX_ROWS];
        let (mut rows, mut cells, mut seen) = (Rows::new(&body), Vec::new(), 0);
        let error = loop {
            match rows.next(&mut cells) {
                Ok(row) => seen += usize::from(row.is_some()),
                Err(error) => break error,
            }
        };
        assert_eq!((seen, error), (1 + limits::MAX_ROWS, Error::TooManyRows));
    }

    /// Found in review: a row of commas took sixteen times its size in memory before it was refused.
    #[test]
    fn a_row_wider_than_the_header_is_refused_at_the_first_cell_too_many() {
        let body = [b"text\n".to_vec(), vec![b','; 1 << 20]].concat();
        let (mut rows, mut cells) = (Rows::new(&body), Vec::new());
        rows.next(&mut cells).unwrap();
        assert!(rows.next(&mut cells).is_err());
        assert_eq!(cells.len(), 1);
    }

    #[test]
    fn a_quote_inside_an_unquoted_cell_and_text_behind_quotes_are_kept() {
        assert_eq!(split(b"a\"b,\"c\"d\"\n").unwrap(), [[b"a\"b".to_vec(), b"cd\"".to_vec()]]);
    }

    fn table() -> impl Strategy<Value = Cells> {
        let byte = prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), Just(b'$'), any::<u8>()];
        (2..5usize).prop_flat_map(move |columns| {
            prop::collection::vec(prop::collection::vec(prop::collection::vec(byte.clone(), 0..12), columns), 1..12)
        })
    }

    fn written(table: &[Vec<Vec<u8>>]) -> Vec<u8> {
        let mut body = Vec::new();
        for row in table {
            for (i, cell) in row.iter().enumerate() {
                if i > 0 {
                    body.push(b',');
                }
                write_value(&mut body, cell);
            }
            body.push(b'\n');
        }
        body
    }

    proptest! {
        #[test]
        fn what_splunkd_writes_is_read_back(table in table()) {
            prop_assert_eq!(split(&written(&table)).unwrap(), table);
        }

        #[test]
        fn a_reply_read_by_the_csv_crate_is_the_request_and_our_cells(table in table()) {
            let body = written(&table);
            let (out, _) = reply(&body, "text").unwrap();
            let read = csv::ReaderBuilder::new().has_headers(false).from_reader(&out[..]).into_byte_records().map(|r| r.unwrap()).collect::<Vec<_>>();
            prop_assert_eq!(read.len(), table.len());
            for (row, (got, sent)) in read.iter().zip(&table).enumerate() {
                let got: Vec<Vec<u8>> = got.iter().map(<[u8]>::to_vec).collect();
                let added: [&[u8]; 2] = if row == 0 { [b"score", b"pred"] } else { [b"S", b"P"] };
                prop_assert_eq!(&got[..sent.len()], &sent[..]);
                prop_assert_eq!(&got[sent.len()..], &added.map(<[u8]>::to_vec)[..]);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(body: Vec<u8>) {
            if !body.is_empty() {
                let _ = reply(&body, "text");
            }
        }
    }
}
