//! A table with a header: CSV as Splunk, spreadsheets and scripts write it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::io;
use std::rc::Rc;

use csv::{ByteRecord, Reader, ReaderBuilder, Trim};
use time::UtcOffset;

use crate::columns;
use crate::triage::input::csv_rows::{Recorded, RecordingReader, invalid, quotes_are_closed};
use crate::triage::input::field_names::{ANSWER, CLIENT, Chosen, EVENT_COLUMNS, Name, QUERY, SERVER, TIME, TYPE, other_types};
use crate::triage::input::json::{ObjectParser, without_header};
use crate::triage::input::json_object::ObjectWriter;
use crate::triage::input::lines::LineParser;
use crate::triage::input::log_time::LogTimes;
use crate::triage::input::parse::{address, for_each, is_column_name, is_kept, name, other_types_remark};
use crate::triage::input::record::{Input, Item, ReadError, Record, RecordReader};

/// Answers of one row, each a line of its cell.
const MAX_ANSWERS: usize = 64 << 10;
/// Reads the rows of a table.
pub(super) struct TableReader {
    rows: Reader<RecordingReader>,
    delimiter: u8,
    recorded: Rc<RefCell<Recorded>>,
    /// What is to be said before the next row.
    messages: Vec<ReadError>,
    rows_read: u64,
    header: Vec<String>,
    /// The names of the header as JSON; `None` for columns that the output adds.
    members: Vec<Option<Vec<u8>>>,
    /// The column of the answer, and those of time, client, server, query and type.
    answer: usize,
    columns: [Option<usize>; 5],
    times: LogTimes,
    /// Answers of other record types.
    other_types: u64,
    /// Records of the row just read that are not returned yet, the last one first.
    waiting: Vec<Record>,
    ended: bool,
    /// Whether the first line alone made this a table.
    pub(super) by_first_line: bool,
    /// Whether records keep their row as an object.
    pub(super) keep_objects: bool,
    /// Reads rows whose answer stands in an event in one of their cells, such as Splunk's `_raw`; and the column of that cell.
    events: Option<(usize, ObjectParser)>,
    /// Whether empty answers are no rows: tshark writes one for each packet.
    leaves_out_empty: bool,
    /// Whether the answers are those of a Zeek log, which name their type.
    of_zeek: bool,
    /// The current row and its object, used again for the next one.
    row: ByteRecord,
    object: ObjectWriter,
    /// The client, server and query of the row before, and its object: they often come again.
    last: [Last; 3],
    last_object: Rc<str>,
}

/// As `String::from_utf8_lossy`, which looks at each character where this compares whole words.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// A cell and what it was read as.
#[derive(Default)]
struct Last {
    cell: String,
    value: Option<Rc<str>>,
}

impl Last {
    /// What a cell is read as.
    fn of(&mut self, cell: &str, read: fn(&str) -> Rc<str>) -> Rc<str> {
        // Empty cells are not compared: with AVX-512 the C library takes a tenth of a microsecond to compare nothing at no address.
        let is_same = self.cell.len() == cell.len() && (cell.is_empty() || self.cell == cell);
        match &self.value {
            Some(value) if is_same => Rc::clone(value),
            _ => {
                let value = read(cell);
                self.cell.clear();
                self.cell.push_str(cell);
                self.value = Some(Rc::clone(&value));
                value
            }
        }
    }
}

impl TableReader {
    /// Reads the header.
    ///
    /// # Errors
    /// If reading fails, or the header has no column for the answer, or two.
    pub(super) fn new(input: Input, fields: &Chosen, zone: UtcOffset, delimiter: u8) -> io::Result<Self> {
        let recorded = Rc::default();
        let input = RecordingReader { input, recorded: Rc::clone(&recorded) };
        let mut rows = ReaderBuilder::new().flexible(true).delimiter(delimiter).trim(Trim::Headers).from_reader(input);
        let mut header: Vec<String> = rows.byte_headers()?.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        recorded.borrow_mut().use_until(rows.position().byte());
        let of_name = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
        let column = |names: &[Name]| names.iter().find_map(|(name, _)| of_name(name));
        // A name that the user chose must be there.
        let choose = |chosen: &Option<String>, names: &[Name]| match chosen {
            None => Ok(column(names)),
            Some(name) => of_name(name).map(Some).ok_or_else(|| invalid(missing_column(&header, Some(name)))),
        };
        let events = column(&EVENT_COLUMNS).filter(|_| fields.answer.is_none());
        let Some(answer) = choose(&fields.answer, &ANSWER)?.or(events) else {
            return Err(invalid(missing_column(&header, None)));
        };
        let events = events.map(|event| (event, ObjectParser::new(fields.clone(), zone, true)));
        let named = header.get(answer).cloned().unwrap_or_default();
        let (leaves_out_empty, of_zeek) = (named.eq_ignore_ascii_case("dns.txt"), named.eq_ignore_ascii_case("answers{}"));
        if header.iter().filter(|name| name.eq_ignore_ascii_case(&named)).count() > 1 {
            return Err(invalid("its header has more than one column with the name of the answer; rename all but one"));
        }
        let columns = [
            choose(&fields.time, &TIME)?,
            choose(&fields.client, &CLIENT)?,
            choose(&fields.server, &SERVER)?,
            choose(&fields.query, &QUERY)?,
            choose(&fields.kind, &TYPE)?,
        ];
        // An object must not have a member twice.
        let mut seen = HashSet::new();
        for (number, name) in header.iter_mut().enumerate() {
            const MAX_NAME_CHARS: usize = 200; // a name is written again for each row
            if let Some((end, _)) = name.char_indices().nth(MAX_NAME_CHARS) {
                name.truncate(end);
                name.push('…');
            }
            if !seen.insert(name.clone()) {
                *name = format!("{name} (column {})", number.saturating_add(1));
            }
        }
        let members =
            header.iter().map(|name| (!columns::is_added(name)).then(|| serde_json::Value::from(&**name).to_string().into_bytes()));
        let members = members.collect();
        let (row, object, last) = Default::default();
        Ok(Self {
            rows,
            delimiter,
            recorded,
            messages: Vec::new(),
            rows_read: 0,
            header,
            members,
            answer,
            columns,
            times: LogTimes::new(zone),
            other_types: 0,
            waiting: Vec::new(),
            ended: false,
            by_first_line: false,
            keep_objects: true,
            events,
            leaves_out_empty,
            of_zeek,
            row,
            object,
            last,
            last_object: Rc::from(""),
        })
    }
}

/// Why the answer was not found in a header. Its names are shown only if it is a header: it may be a line of texts, and no text
/// is shown in an error.
fn missing_column(header: &[String], field: Option<&str>) -> String {
    let wanted = field.unwrap_or("text or answer");
    let has = |names: &[Name]| names.iter().any(|(name, _)| header.iter().any(|column| column.eq_ignore_ascii_case(name)));
    let is_header = [&TIME[..], &CLIENT, &SERVER, &QUERY].iter().any(|names| has(names));
    let names: Vec<&str> = header.iter().filter(|name| is_header && is_column_name(name.as_bytes())).map(|name| &**name).take(20).collect();
    let found = match (header.len(), &names[..]) {
        (0, _) => "it is empty".to_owned(),
        (number, []) => {
            format!("none of the {number} in its first line has that name; name the column that holds the answer with --field")
        }
        _ => format!("it has {}; name the column that holds the answer with --field", names.join(", ")),
    };
    format!("its header has no column {wanted}: {found}")
}

impl Iterator for TableReader {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.waiting.pop() {
                return Some(Ok(record));
            }
            if let Some(message) = self.messages.pop() {
                return Some(Err(message));
            }
            if self.ended {
                return None;
            }
            match self.rows.read_byte_record(&mut self.row) {
                Ok(true) => {
                    if let Some(one) = self.read_row().transpose() {
                        return Some(one);
                    }
                }
                Ok(false) => {
                    self.ended = true;
                    let line = self.rows.position().line().saturating_sub(1);
                    let mut events = self.events.take().map(|(_, events)| events);
                    self.waiting.extend(std::iter::from_fn(|| events.as_mut()?.next_at_end()));
                    self.waiting.reverse();
                    let of_events = events.map(|events| events.remarks()).unwrap_or_default();
                    let said = other_types_remark(self.other_types).into_iter().chain(self.times.remark()).chain(of_events);
                    self.messages.extend(said.map(|(kind, message)| ReadError { kind, ..ReadError::in_line(line, message) }));
                }
                Err(error) => {
                    self.ended = true;
                    let line = self.rows.position().line();
                    return Some(Err(ReadError::in_line(line, format!("the rest cannot be read: {error}"))));
                }
            }
        }
    }
}

impl TableReader {
    /// Makes the record of the row that was read. If its answer has several lines, as Splunk writes several values, the records of
    /// each of them wait; none is made if it is of another type.
    fn read_row(&mut self) -> Result<Option<Record>, ReadError> {
        let row = &self.row;
        let (line, next_line) = (row.position().map_or(0, csv::Position::line), self.rows.position().line());
        let mut recorded = self.recorded.borrow_mut();
        let written = recorded.use_until(self.rows.position().byte());
        // Only a quote turns several lines into one row, and then its position matters.
        let is_merged = next_line > line.saturating_add(1) && !quotes_are_closed(written, self.delimiter);
        if is_merged {
            let last = next_line.saturating_sub(1);
            let message = format!("a quote is misplaced or never closed: lines {line} to {last} were read as one row");
            self.messages.push(ReadError::in_line(line, message));
        }
        let cell = |column: Option<usize>| column.and_then(|column| row.get(column)).unwrap_or_default();
        let value = |column| match cell(column) {
            b"" => Cow::Borrowed(""),
            bytes => lossy(bytes),
        };
        let (has, wants) = (row.len(), self.header.len());
        // A comma in an unquoted text would end it, and the rest of the text would be lost.
        if has > wants || row.get(self.answer).is_none() {
            let cells = if has == 1 { "cell" } else { "cells" };
            return Err(ReadError::in_line(line, format!("it has {has} {cells}, but the header names {wants} columns")));
        }
        self.rows_read = self.rows_read.saturating_add(1);
        let mut row_object = || {
            // Only cells that the row has: found by attack, a wide header over short rows took its width for each of them.
            self.object.clear();
            for (column, name) in self.members.iter().take(has).enumerate() {
                if let Some(name) = name {
                    self.object.string_named(name, &value(Some(column)));
                }
            }
            let object = lossy(self.object.end());
            if *object != *self.last_object {
                self.last_object = Rc::from(&*object);
            }
            Rc::clone(&self.last_object)
        };
        if let Some((event, events)) = &mut self.events
            && (*event == self.answer || cell(Some(self.answer)).is_empty() && without_header(value(Some(*event)).trim()).starts_with('{'))
        {
            let read = events.parse(row_object().as_bytes(), &mut self.waiting);
            self.rows_read = self.rows_read.saturating_sub(u64::from(read.is_err()));
            return read.map(|_| None).map_err(|message| ReadError::in_line(line, message));
        }
        if self.leaves_out_empty && cell(Some(self.answer)).is_empty() {
            return Ok(None);
        }
        let [at, client, server, query, kind] = self.columns;
        let answer = cell(Some(self.answer));
        let lines =
            || answer.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).filter(|line| !line.is_empty());
        let is_list = !is_merged && memchr::memchr(b'\n', answer).is_some();
        let count = if is_list { lines().take(MAX_ANSWERS).count().max(1) } else { 1 };
        // Splunk writes the types of several answers as lines too.
        let kinds = if kind == Some(self.answer) { Cow::Borrowed("") } else { value(kind) };
        let is_other_kind = other_types(if kinds.is_empty() { Vec::new() } else { kinds.lines().collect() }, count);
        // Zeek's answers to one query may be of several types, of which TXT names itself.
        let is_txt = |line: &[u8]| line.starts_with(b"TXT ");
        let zeek: Vec<bool> = if self.of_zeek { lines().take(count).map(is_txt).collect() } else { Vec::new() };
        let names_types = zeek.contains(&true);
        let is_other = |place: usize| is_other_kind(place) || names_types && zeek.get(place) == Some(&false);
        let left_out = (0..count).filter(|place| is_other(*place)).count();
        self.other_types = self.other_types.saturating_add(left_out as u64);
        if left_out == count {
            return Ok(None);
        }
        let object = self.keep_objects.then(row_object);
        let object = object.filter(|object| is_kept(object.len(), count));
        let time = self.times.read(&value(at));
        let [client, server, query] = [client, server, query].map(value);
        let [last_client, last_server, last_query] = &mut self.last;
        let (client, server, query) = (last_client.of(&client, address), last_server.of(&server, address), last_query.of(&query, name));
        let [client, server, query] = [client, server, query].map(|name| for_each(name, count));
        let record = |answer: &[u8]| Record {
            time,
            client: Rc::clone(&client),
            server: Rc::clone(&server),
            query: Rc::clone(&query),
            answer: answer.to_vec(),
            object: object.clone(),
            is_line: false,
            one_of_many: count > 1,
            is_query: false,
        };
        if count == 1 {
            return Ok(Some(record(if is_list { lines().next().unwrap_or_default() } else { answer })));
        }
        let answers = lines().take(MAX_ANSWERS).enumerate().filter(|(place, _)| !is_other(*place));
        self.waiting.extend(answers.map(|(_, answer)| record(answer)));
        self.waiting.reverse();
        if lines().nth(MAX_ANSWERS).is_some() {
            return Err(ReadError::in_line(line, format!("it has more than {MAX_ANSWERS} answers; the others are left out")));
        }
        Ok(None)
    }
}

impl RecordReader for TableReader {
    fn items_read(&self) -> (u64, Item) {
        (self.rows_read, Item::Row)
    }

    fn taken_for(&self) -> Option<&'static str> {
        self.by_first_line
            .then_some("read as a table, because its first line names columns; `--format text` reads each line as a text, `--format csv` hides this line")
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::triage::input::csv_rows::MAX_ROW_BYTES;
    use crate::triage::input::parse::{delimiter, is_table_header};
    use crate::triage::input::record::Kind;

    fn table(bytes: &[u8], field: Option<&str>) -> std::io::Result<Vec<Result<Record, ReadError>>> {
        let fields = Chosen { answer: field.map(str::to_owned), ..Chosen::default() };
        Ok(TableReader::new(Box::new(Cursor::new(bytes.to_vec())), &fields, UtcOffset::UTC, delimiter(bytes))?.collect())
    }

    #[test]
    fn cells_are_found_by_their_column() {
        let bytes = b"_time,src,query,answer,pred_is_unknown\n1700000000,192.0.2.7,a.example,\"v=spf1, x\",1\nshort\n,,,,\n";
        let rows = table(bytes, None).unwrap();
        let row = rows[0].as_ref().unwrap();
        assert_eq!((&*row.client, &*row.query, &*row.answer), ("192.0.2.7", "a.example", &b"v=spf1, x"[..]));
        assert_eq!(row.time.unwrap().unix_timestamp(), 1_700_000_000);
        assert_eq!(row.object.as_deref(), Some(r#"{"_time":"1700000000","src":"192.0.2.7","query":"a.example","answer":"v=spf1, x"}"#));
        assert_eq!(rows[1].as_ref().unwrap_err().to_string(), "line 3: it has 1 cell, but the header names 5 columns");
        assert_eq!(rows[2].as_ref().unwrap().answer, b"");
    }

    /// Found in review: a text was cut at its comma, the rest of a file became one row, and other delimiters were not recognised.
    #[test]
    fn a_row_with_misplaced_quotes_or_extra_cells_is_named() {
        let reported = |bytes: &[u8]| {
            table(bytes, None)
                .unwrap()
                .into_iter()
                .map(|row| row.map(|row| row.answer).map_err(|error| error.to_string()))
                .collect::<Vec<_>>()
        };
        assert_eq!(reported(b"src,text\n1,v=spf1,payload\n"), [Err("line 2: it has 3 cells, but the header names 2 columns".into())]);
        let unclosed = reported(b"src,text\n1,\"ab\nc,d\ne,f\n");
        assert_eq!(unclosed[0].as_ref().unwrap(), b"ab\nc,d\ne,f\n");
        assert_eq!(unclosed[1..], [Err("line 2: a quote is misplaced or never closed: lines 2 to 4 were read as one row".into())]);
        // Two quotes that are not closed, and a quote in a plain cell before a legal row of two lines.
        assert_eq!(reported(b"text,src\n\n\"a,\"\" b\",1\n2,3\n"), [Ok(b"a,\" b".to_vec()), Ok(b"2".to_vec())]);
        let merged = reported(b"src,text\n1,\"payload1\n2,\"payload2\"\n3,ok\n");
        assert!(merged.len() == 3 && merged[2] == Ok(b"ok".to_vec()), "{merged:?}");
        assert_eq!(merged[1], Err("line 2: a quote is misplaced or never closed: lines 2 to 3 were read as one row".into()));
        assert_eq!(
            reported(b"src,text\n1,5\" pipe\n2,\"two \"\"\nlines\"\r\n"),
            [Ok(b"5\" pipe".to_vec()), Ok(b"two \"".to_vec()), Ok(b"lines".to_vec())]
        );
        assert_eq!(reported(b"src,text\n1,\"two\nlines\"\n"), [Ok(b"two".to_vec()), Ok(b"lines".to_vec())]);
        assert_eq!(reported(b"\nsrc;text\n1;v=spf1 -all\n"), [Ok(b"v=spf1 -all".to_vec())]);
        assert_eq!(reported(b"src, text\n1, v=spf1 -all\n"), [Ok(b" v=spf1 -all".to_vec())]);
        assert_eq!(reported(b"src\ttext\n1\ta,b;c\n"), [Ok(b"a,b;c".to_vec())]);
        assert!(table(b"src,text,text\n1,a,b\n", None).unwrap_err().to_string().contains("more than one column"));
        assert!(
            is_table_header(b"\"_time\",\"src\",\"text\"")
                && is_table_header(b"time;src;answer\r")
                && !is_table_header(b"text")
                && !is_table_header(b"text, v=spf1")
        );
    }

    /// Found by a responder: several values of a cell, which Splunk writes as lines, were one text and suspicious; addresses and keys
    /// were scored as TXT answers.
    #[test]
    fn lines_of_a_cell_are_answers_and_other_types_are_left_out() {
        let bytes = b"_time,src,record_type,answer\n1700000000,a,TXT,\"one\ntwo\r\n\nthree\"\n,a,A,192.0.2.1\n,a,DNSKEY,\"x\ny\"\n,a,16,four\n,a,,five\n";
        let rows = table(bytes, None).unwrap();
        let answers: Vec<_> = rows.iter().flatten().map(|row| (&*row.answer, row.one_of_many)).collect();
        let several = [&b"one"[..], b"two", b"three"].map(|answer| (answer, true));
        assert_eq!(answers, [&several[..], &[(b"four", false), (b"five", false)]].concat());
        let message = rows.last().unwrap().as_ref().unwrap_err();
        assert!(
            rows.len() == 6 && message.kind == Kind::LeftOut && message.message.contains("3 answers of other record types"),
            "{message}"
        );
        let many = format!("text\n\"{}\"\n", "x\n".repeat(MAX_ANSWERS + 5));
        let rows = table(many.as_bytes(), None).unwrap();
        assert!(rows.iter().filter(|row| row.is_ok()).all(|row| row.as_ref().unwrap().object.is_none()));
        assert!(rows.len() == MAX_ANSWERS + 1 && rows.iter().any(|row| row.as_ref().is_err_and(|error| error.kind == Kind::Lost)));
    }

    /// Found by a responder: a table with Splunk's raw events was refused.
    #[test]
    fn an_event_in_a_cell_is_read() {
        let bytes = b"_time,host,_raw\n1768171584,h,\"{\"\"event_type\"\":\"\"dns\"\",\"\"src_ip\"\":\"\"192.0.2.7\"\",\"\"dns\"\":{\"\"grouped\"\":{\"\"TXT\"\":[\"\"x\"\",\"\"y\"\"]}}}\"\n1768171584,h,no event\n";
        let rows = table(bytes, None).unwrap();
        let answers: Vec<_> = rows.iter().flatten().map(|row| (&*row.client, &*row.answer, row.time.is_some())).collect();
        assert_eq!(answers, [("192.0.2.7", &b"x"[..], true), ("192.0.2.7", b"y", true)]);
        assert!(rows.len() == 3 && rows[2].as_ref().unwrap_err().to_string().starts_with("line 3: it is not an event"), "{rows:?}");
    }

    /// Found by attack: an empty answer hid the event beside it, tshark's packets without TXT were answers, and so was the target of
    /// a CNAME among Zeek's answers.
    #[test]
    fn answers_in_other_places_and_of_other_types() {
        let answers = |bytes: &[u8]| {
            table(bytes, None).unwrap().into_iter().flatten().map(|row| String::from_utf8(row.answer).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(
            answers(b"src,answer,_raw\na,,\"{\"\"text\"\":\"\"x\"\"}\"\na,y,\"{\"\"text\"\":\"\"z\"\"}\"\na,,no event\n"),
            ["x", "y", ""]
        );
        assert_eq!(answers(b"ip.src,ip.dst,dns.txt\na,b,\na,b,x\n"), ["x"]);
        assert_eq!(answers(b"_time,src,answers{}\n1,a,\"b.example\nTXT 3 abc\"\n1,a,\"x\ny\"\n"), ["TXT 3 abc", "x", "y"]);
    }

    #[test]
    fn tables_of_tshark_and_splunk() {
        let of = |bytes: &[u8]| {
            let rows = table(bytes, None).unwrap();
            let row = rows[0].as_ref().unwrap();
            (row.client.to_string(), row.server.to_string(), row.query.to_string(), String::from_utf8(row.answer.clone()).unwrap())
        };
        let expected = ("192.0.2.7".to_owned(), "192.0.2.53".to_owned(), "a.example".to_owned(), "x".to_owned());
        assert_eq!(of(b"frame.time_epoch,ip.src,ip.dst,dns.qry.name,dns.txt\n1700000000.5,192.0.2.53,192.0.2.7,a.example,x\n"), expected);
        assert_eq!(of(b"DNS.src,DNS.dest,DNS.query,DNS.answer,DNS.record_type\n192.0.2.7,192.0.2.53,a.example,x,TXT\n"), expected);
        assert!(is_table_header(b"\"_time\",\"id.orig_h\",\"id.resp_h\",query,\"qtype_name\",\"answers{}\""));
    }

    /// Found by attack: 84 KB of a wide header and short rows took 12 seconds, and became 130 MB of JSON.
    #[test]
    fn a_wide_header_costs_nothing_for_each_row() {
        let bytes = format!("text,{}\n{}", "a,".repeat(10_000) + &"b".repeat(10_000), "x\n".repeat(1000));
        let rows = table(bytes.as_bytes(), None).unwrap();
        assert!(rows.len() == 1000 && rows.iter().all(|row| row.as_ref().unwrap().object.as_deref() == Some(r#"{"text":"x"}"#)));
        let bytes = format!("text,{}\nx,y\n", "b".repeat(10_000));
        assert!(table(bytes.as_bytes(), None).unwrap()[0].as_ref().unwrap().object.as_ref().unwrap().len() < 250);
    }

    /// Found in review: one quote made the rest of a file one row, which took 2.5 GiB.
    #[test]
    fn a_row_without_an_end_is_named() {
        let mut bytes = b"src,text\n1,\"a\"\n1,\"".to_vec();
        bytes.resize(bytes.len() + 2 * MAX_ROW_BYTES, b'x');
        let rows = table(&bytes, None).unwrap();
        assert_eq!(rows.len(), 2);
        let named = rows[1].as_ref().unwrap_err().to_string();
        assert!(named.contains("a row is longer than 8 MiB"), "{named}");
    }

    /// Found in review: a quote inside a plain cell, which is an ordinary character, ended the reading 8 MiB later.
    #[test]
    fn a_quote_in_a_plain_cell_is_an_ordinary_character() {
        let mut bytes = b"src,text\n1,5\" pipe\n".to_vec();
        let rows = 2 * MAX_ROW_BYTES / 8;
        bytes.extend(b"1,abcde\n".repeat(rows));
        let read = table(&bytes, None).unwrap();
        assert!(read.len() == rows + 1 && read.iter().all(Result::is_ok), "{}", read.len());
    }

    #[test]
    fn a_header_without_the_answer_says_what_there_is() {
        let error = table(b"a,b\n1,2\n", None).unwrap_err().to_string();
        let expected = "its header has no column text or answer: none of the 2 in its first line has that name; name the column that holds the answer with --field";
        assert_eq!(error, expected, "found in review: a line that was not a header was shown, and may be texts");
        let error = table(b"src,b\n1,2\n", None).unwrap_err().to_string();
        assert!(error.contains("it has src, b;"), "{error}");
        assert!(table(b"", None).unwrap_err().to_string().ends_with("it is empty"));
        assert_eq!(table(b"Src|Text\n1|x\n", None).unwrap()[0].as_ref().unwrap().answer, b"x");
        assert_eq!(table(b"a,b\n1,2\n", Some("b")).unwrap()[0].as_ref().unwrap().answer, b"2");
    }
}
