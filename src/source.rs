//! What responders have, as records: captures, Zeek's and Suricata's logs, tables, lines of JSON, lines of text; packed with
//! gzip or zstd or not.
//!
//! A reader gives each TXT answer as a [`Record`], and each part that it could not read as [`Broken`]: counted and named by who
//! asks, never the end of what follows it, unless nothing can follow. Memory stays flat: a reader holds one record, or what the
//! limits of its file allow.

mod capture;
mod dns;
mod frames;
mod json;
mod lines;
mod packed;
mod packets;
mod streams;
mod table;
mod zeek;

use std::io::{self, Read};
use std::rc::Rc;

use lines::ByLine;
use serde_json::Value;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::{explain, verdict};

/// One TXT answer, with what its source says of it. What the source does not say is empty. What the answers of one event have
/// in common they share: an event of 64 KiB may have thousands.
#[derive(Debug, Default, PartialEq)]
pub struct Record {
    /// When the answer was seen.
    pub time: Option<OffsetDateTime>,
    /// Who asked.
    pub client: Rc<str>,
    /// Who was asked.
    pub server: Rc<str>,
    /// The queried name.
    pub query: Rc<str>,
    /// The answer as the source shows it: plain, quoted, or with Zeek's lengths. `text::answer` takes that off.
    pub answer: Vec<u8>,
    /// The JSON object that the record came as, byte for byte; of a table's row or a line, one that holds its cells.
    pub object: Option<Rc<str>>,
    /// Whether that object has several answers, so that a row has to say which one it is.
    pub one_of_many: bool,
}

/// Something in a source that is no record.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Broken {
    /// Where: `line 7`, `packet 12`.
    pub place: String,
    pub what: String,
}

impl Broken {
    fn line(number: u64, what: impl Into<String>) -> Self {
        Self { place: format!("line {number}"), what: what.into() }
    }
}

/// A source, read record by record.
pub trait Source: Iterator<Item = Result<Record, Broken>> {
    /// How much was read well so far, whether it held an answer or not, and what that counts: lines, rows, packets.
    fn good(&self) -> (u64, &'static str);
}

/// Where bytes come from: a file, standard input, a test.
pub type Input = Box<dyn Read + Send>;

/// What a source is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// By its first bytes; a table by the name .csv or by --field
    #[default]
    Auto,
    /// One answer a line
    Text,
    /// A table with a header
    Csv,
    /// One JSON object a line: Zeek's dns.log, Suricata's EVE, or any with --field
    Json,
    /// Zeek's dns.log as tab-separated values
    Zeek,
    /// A capture, pcap or pcapng
    Pcap,
}

/// How to read sources.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    pub format: Format,
    /// The column or member that holds the answer.
    pub field: Option<String>,
}

/// Names of a column or member that holds the answer, where none is asked for: the first that is there.
const ANSWER: [&str; 2] = ["text", "answer"];
/// Names, in Splunk's CIM and elsewhere, of what else a table or an object may say; the first that is there counts.
const TIME: [&str; 5] = ["time", "_time", "timestamp", "ts", "firstTime"];
const CLIENT: [&str; 5] = ["client", "src", "src_ip", "id.orig_h", "id_orig_h"];
const SERVER: [&str; 5] = ["server", "dest", "dest_ip", "id.resp_h", "id_resp_h"];
const QUERY: [&str; 3] = ["query", "rrname", "qname"];

/// Opens a source. `name` is asked for its ending alone.
pub fn open(input: Input, name: &str, reading: &Reading) -> io::Result<Box<dyn Source>> {
    let mut input = packed::unpacked(input)?;
    let beginning = packed::peek(&mut input)?;
    let format = match reading.format {
        Format::Auto => recognise(&beginning, name, reading.field.as_deref()),
        chosen => Ok(chosen),
    };
    let refused = |words: &str| io::Error::new(io::ErrorKind::InvalidData, words);
    let format = format.map_err(refused)?;
    if reading.field.is_some() && matches!(format, Format::Pcap | Format::Zeek | Format::Text) && !beginning.is_empty() {
        return Err(refused("it has no fields to choose from: --field is for tables and lines of JSON"));
    }
    Ok(match format {
        Format::Pcap => Box::new(capture::Capture::new(input)),
        Format::Zeek => Box::new(ByLine::new(input, zeek::Log::new())),
        Format::Json => Box::new(ByLine::new(input, json::Objects { field: reading.field.clone() })),
        Format::Csv => Box::new(table::Table::new(input, reading.field.clone(), table::delimiter(&beginning))?),
        Format::Text | Format::Auto => Box::new(ByLine::new(input, lines::Texts)),
    })
}

/// What a source is, by its beginning. A line of text may begin with anything, so what is not surely something else is text;
/// but not what nobody would take for texts, since nearly all of it would be suspicious.
fn recognise(beginning: &[u8], name: &str, field: Option<&str>) -> Result<Format, &'static str> {
    const TAR_MARK: std::ops::Range<usize> = 257..262;
    if beginning.is_empty() {
        return Ok(Format::Text); // nothing to read is no fault, whatever the file is called
    }
    if capture::is_one(beginning) {
        return Ok(Format::Pcap);
    }
    if beginning.get(TAR_MARK) == Some(b"ustar") {
        return Err("it is a tar archive; unpack it with `tar -xO`");
    }
    let mut lines = beginning.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let line = lines.next().unwrap_or_default();
    if zeek::is_header(line) {
        return Ok(Format::Zeek);
    }
    if zeek::is_row(line) {
        return Err("it looks like a log of Zeek without its header; keep the lines that begin with #, without a file's name before them");
    }
    // Over several lines, or a list: no line of it is a text, and the reader says what to do.
    let packed: Vec<u8> = line.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(2).collect();
    let goes_on = packed == b"{\"" && (line.trim_ascii_end().ends_with(b",") || memchr::memmem::find(line, b"}{\"").is_some());
    if matches!(&*packed, b"{" | b"[" | b"[{") || line.trim_ascii() == b"[]" || goes_on {
        return Ok(Format::Json);
    }
    // Of an object longer than what is looked at, the beginning has to do.
    let cut = line.len() == beginning.len() && beginning.len() >= packed::PEEKED;
    if line.trim_ascii_start().starts_with(b"{") && (cut || serde_json::from_slice::<serde_json::Map<String, Value>>(line).is_ok()) {
        return Ok(Format::Json);
    }
    let name = name.to_ascii_lowercase();
    let name = [".gz", ".zst"].iter().fold(&*name, |name, ending| name.strip_suffix(ending).unwrap_or(name));
    if field.is_some() || name.ends_with(".csv") || table::is_header(line) {
        return Ok(Format::Csv);
    }
    if is_binary(beginning) {
        return Err("it is no text and of no kind that is read; --format text reads its lines nevertheless");
    }
    // A log that was cut anywhere begins with the rest of an object. A text that is an object would have few members.
    let is_log = |line: &[u8]| serde_json::from_slice::<serde_json::Map<String, Value>>(line).is_ok_and(|members| members.len() > 2);
    if line.trim_ascii_end().ends_with(b"}") && lines.next().is_some_and(is_log) {
        return Ok(Format::Json);
    }
    if line.starts_with(b"; <<>> DiG") {
        return Err("it is all that dig says; `dig +short` prints the answers alone");
    }
    if line.iter().filter(|byte| **byte == b'\t').count() > 1 {
        return Err(
            "its first line holds tabs, as a table's does: name the column with --field, or take it out with `cut -f`; --format text reads whole lines",
        );
    }
    Ok(Format::Text)
}

/// Whether a beginning is of a program or an archive: zeros, and many of them or among what is no UTF-8. A text may have one.
fn is_binary(beginning: &[u8]) -> bool {
    let zeros = memchr::memchr_iter(0, beginning).count();
    zeros * 20 > beginning.len() || zeros > 0 && std::str::from_utf8(beginning).is_err_and(|error| error.error_len().is_some())
}

/// A time as logs write it: seconds since 1970 as a number, milli-, micro- or nanoseconds, or ISO 8601; without an offset it is UTC.
fn time(shown: &str) -> Option<OffsetDateTime> {
    use time::format_description::well_known::Iso8601;
    let shown = shown.trim();
    if let Ok(number) = shown.parse::<f64>() {
        // By their size: 1e11 seconds are the year 5138, 1e11 milliseconds 1973.
        let unit = [(1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (1e20, 1e-3)].into_iter().find(|(most, _)| (0.0..*most).contains(&number))?.1;
        return OffsetDateTime::from_unix_timestamp_nanos((number * unit).round() as i128 * 1000).ok();
    }
    let shown = shown.strip_suffix("UTC").unwrap_or(shown).trim_end().replacen(' ', "T", 1).replace(' ', "");
    let with_offset = OffsetDateTime::parse(&shown, &Iso8601::PARSING).ok();
    let time = with_offset.or_else(|| PrimitiveDateTime::parse(&shown, &Iso8601::PARSING).ok().map(PrimitiveDateTime::assume_utc));
    time.map(|time| time.to_offset(time::UtcOffset::UTC))
}

/// An address in its short form, so that the same host has one name in every source; anything else as it is.
fn address(shown: &str) -> Rc<str> {
    shown.parse::<std::net::IpAddr>().map_or_else(|_| name(shown), |address| address.to_string().into())
}

/// Writes the members of a JSON object, in order, as its text.
pub(crate) fn object<'a>(members: impl IntoIterator<Item = (&'a str, Value)>) -> String {
    let members = members.into_iter().map(|(name, value)| format!("{}:{value}", Value::from(name)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// The members of one object's text, then those of another's.
pub(crate) fn joined(first: &str, second: &str) -> String {
    let inside = |object: &str| {
        let object = object.trim();
        object.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default().trim_end().to_owned()
    };
    let (first, second) = (inside(first), inside(second));
    let comma = if first.trim().is_empty() || second.is_empty() { "" } else { "," };
    format!("{{{first}{comma}{second}}}")
}

/// The name of the member that says which of an object's answers a row is.
pub(crate) const ONE_OF_MANY: &str = "txt_answer";

/// Whether a member of an object has a name that the output adds.
fn is_ours(name: &str) -> bool {
    name == ONE_OF_MANY || verdict::COLUMNS.contains(&name) || explain::COLUMNS.contains(&name)
}

/// A name or an address of a record. What is longer than any name can be, four characters for each byte, is cut.
fn name(shown: &str) -> Rc<str> {
    const LONGEST: usize = 4 * 255;
    match shown.char_indices().nth(LONGEST) {
        Some((end, _)) => [shown.get(..end).unwrap_or_default(), "…"].concat().into(),
        None => shown.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_recognised_by_its_beginning() {
        let of = |beginning: &[u8]| recognise(beginning, "file", None).unwrap();
        assert_eq!(of(b"v=spf1 -all\n"), Format::Text);
        assert_eq!(of(b"{\"text\":\"a\"}\n"), Format::Json);
        assert_eq!(of(b"\n{ \"text\":\"a\"}"), Format::Json);
        assert_eq!(of(b"{not json}\n"), Format::Text);
        assert_eq!(of(b"#separator \\x09\n"), Format::Zeek);
        assert_eq!(of(&[&0xa1b2_c3d4u32.to_le_bytes()[..], &[0; 20]].concat()), Format::Pcap);
        assert_eq!(of(b""), Format::Text);
        assert_eq!(recognise(b"a,b\n", "x.CSV.gz", None), Ok(Format::Csv));
        let by_field = Reading { field: Some("a".to_owned()), ..Reading::default() };
        assert_eq!(open(Box::new(io::empty()), "x.csv", &by_field).unwrap().count(), 0);
        assert_eq!(recognise(b"a,b\n", "-", Some("a")), Ok(Format::Csv));
        // Found in review: header and rows were scored as texts.
        assert_eq!(of(b"_time,src,query,text\n1,2,3,4\n"), Format::Csv);
        assert_eq!(of(b"v=DMARC1; p=none, text\n"), Format::Text);
        assert_eq!(of(b"[{\"text\":\"a\"}]\n"), Format::Json);
        assert_eq!(of(b"{\n \"text\": 1}\n"), Format::Json);
        assert_eq!(of(b"\n#separator \\x09\n"), Format::Zeek);
        assert_eq!(of(b"ns\",\"rdata\":\"x\"}}\n{\"timestamp\":1,\"event_type\":\"dns\",\"dns\":{}}\n"), Format::Json);
        assert_eq!(of(b"{x}\n{\"a\":1}\n"), Format::Text);
        // Found in review: lists and objects over several lines with spaces, and headers without the answer's usual name.
        assert_eq!(of(b"  [ {\"text\":\"a\"} ]\n"), Format::Json);
        assert!(of(b"[]\n") == Format::Json && of(b"[] is a text\n") == Format::Text);
        assert_eq!(of(b"{ \"text\":\"a\",\n \"x\":1}\n"), Format::Json);
        assert_eq!(of(b"{\"text\":\"a\"}{\"text\":\"b\"}\n"), Format::Json);
        assert_eq!(of(b"timestamp,src_ip,rrname,rdata\n"), Format::Csv);
        assert_eq!(of(b"src,text\n1,a\0b\n"), Format::Csv);
        assert_eq!(of(b"a\0b\nv=spf1 -all and a text of ordinary length\n"), Format::Text);
    }

    /// Found in review: only what one read gave was looked at, and events behind a torn line were texts.
    #[test]
    fn a_log_that_was_cut_anywhere_is_a_log() {
        for torn in ["x\"}}\n".to_owned(), format!("\"payload\":\"{}\"}}\n", "A".repeat(6000))] {
            let event = r#"{"timestamp":"2026-01-01T00:00:00Z","event_type":"dns","dns":{"grouped":{"TXT":["x"]}}}"#;
            let log = Box::new(io::Cursor::new(format!("{torn}{event}\n{event}\n")));
            let records: Vec<_> = open(log, "-", &Reading::default()).unwrap().collect();
            assert!(records.len() == 3 && records[0].is_err() && records[1].is_ok(), "{records:?}");
        }
    }

    /// Found in review: these were scored as texts, and nine of ten lines were suspicious.
    #[test]
    fn what_nobody_would_take_for_texts_is_refused() {
        let refused = |bytes: &[u8], reading: &Reading| {
            open(Box::new(io::Cursor::new(bytes.to_vec())), "-", reading).map(|_| ()).unwrap_err().to_string()
        };
        let row = b"1700000000.5\tC1\t192.0.2.7\t4000\t192.0.2.53\t53\tudp\t1\ta.example\tTXT 1 x\n";
        for grepped in [row.to_vec(), [b"logs/dns.log:", &row[..]].concat(), [b"\n", &row[..]].concat()] {
            assert!(refused(&grepped, &Reading::default()).contains("without its header"));
        }
        let mut archive = b"dns.log".to_vec();
        archive.resize(257, 0);
        archive.extend(b"ustar\x0000");
        assert!(refused(&archive, &Reading::default()).contains("tar archive"));
        assert!(refused(b"\x7fELF\x02\x01\x01\0\0\n", &Reading::default()).contains("no text"));
        assert!(refused(b"1700000000.1\t192.0.2.1\tTXT 1 x\n", &Reading::default()).contains("cut -f"));
        assert!(refused(b"; <<>> DiG 9.18 <<>> a.example TXT\n", &Reading::default()).contains("+short"));
        let by_field = Reading { field: Some("answer".to_owned()), ..Reading::default() };
        assert!(refused(b"#separator \\x09\n", &by_field).contains("--field"));
        let named = Reading { format: Format::Text, field: None };
        assert_eq!(open(Box::new(io::Cursor::new(b"a\0b\n".to_vec())), "-", &named).unwrap().count(), 1);
    }

    /// Found in review: 300 names of megabytes took 4 GB.
    #[test]
    fn a_name_is_no_longer_than_names_are() {
        assert_eq!((&*name("a.example"), name(&"é".repeat(5000)).chars().count()), ("a.example", 1021));
    }

    #[test]
    fn objects_are_joined_as_text() {
        assert_eq!(joined(r#" { "a" : 1.0 } "#, r#"{"b":2}"#), r#"{ "a" : 1.0,"b":2}"#);
        assert_eq!(joined("{ }", r#"{"b":2}"#), r#"{"b":2}"#);
        assert_eq!(object([("a", "x\"y".into()), ("b", Value::Null)]), r#"{"a":"x\"y","b":null}"#);
    }

    #[test]
    fn an_address_has_one_form() {
        assert_eq!(&*address("2001:0db8:0000:0000:0000:0000:0000:0001"), "2001:db8::1");
        assert_eq!(&*address("mail.example.com"), "mail.example.com");
    }

    #[test]
    fn times_of_logs() {
        let shown = |text: &str| time(text).map(|time| time.unix_timestamp_nanos() / 1000);
        assert_eq!(shown("1700000000.123456"), Some(1_700_000_000_123_456));
        assert_eq!(shown("2023-11-14T22:13:20.123456Z"), Some(1_700_000_000_123_456));
        assert_eq!(shown("2023-11-14T23:13:20.123456+0100"), Some(1_700_000_000_123_456));
        // Found in review: these had no time, and a timeline was empty.
        assert_eq!(shown("1700000000123"), Some(1_700_000_000_123_000));
        assert_eq!(shown("1700000000123456789"), Some(1_700_000_000_123_457));
        for same in [
            "2023-11-14T22:13:20",
            "2023-11-14 22:13:20",
            "2023-11-14 22:13:20 UTC",
            "2023-11-14 22:13:20.000+00:00",
            "2023-11-14 22:13:20 +0000",
        ] {
            assert_eq!(shown(same), Some(1_700_000_000_000_000), "{same}");
        }
        for none in ["", "-", "yesterday", "NaN", "-1", "1e30", "inf"] {
            assert_eq!(shown(none), None, "{none}");
        }
    }
}
