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
    /// Where that object has several answers: the name of a member that says which one this is.
    pub one_of_many: Option<&'static str>,
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
pub type Records = Box<dyn Iterator<Item = Result<Record, Broken>>>;

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
pub fn open(input: Input, name: &str, reading: &Reading) -> io::Result<Records> {
    let mut input = packed::unpacked(input)?;
    let beginning = packed::peek(&mut input)?;
    if reading.format == Format::Auto && zeek::is_row(&beginning) {
        let words = "it looks like a log of Zeek without its header; keep the lines that begin with #";
        return Err(io::Error::new(io::ErrorKind::InvalidData, words));
    }
    let format = match reading.format {
        Format::Auto => recognise(&beginning, name, reading.field.as_deref()),
        chosen => chosen,
    };
    Ok(match format {
        Format::Pcap => Box::new(capture::Capture::new(input)),
        Format::Zeek => Box::new(ByLine::new(input, zeek::Log::new())),
        Format::Json => Box::new(ByLine::new(input, json::Objects { field: reading.field.clone() })),
        Format::Csv => Box::new(table::Table::new(input, reading.field.clone(), table::delimiter(&beginning))?),
        Format::Text | Format::Auto => Box::new(ByLine::new(input, lines::Texts)),
    })
}

/// What a source is, by its beginning. A line of text may begin with anything, so what is not surely something else is text.
fn recognise(beginning: &[u8], name: &str, field: Option<&str>) -> Format {
    if capture::is_one(beginning) {
        return Format::Pcap;
    }
    if zeek::is_header(beginning) {
        return Format::Zeek;
    }
    let line = beginning.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    // Over several lines, or a list: no line of it is a text, and the reader says what to do.
    if matches!(line.trim_ascii(), b"{" | b"[") || line.trim_ascii_start().starts_with(b"[{") {
        return Format::Json;
    }
    // Of an object longer than what is looked at, the beginning has to do.
    let cut = line.len() == beginning.len() && beginning.len() >= packed::PEEKED;
    if line.trim_ascii_start().starts_with(b"{") && (cut || serde_json::from_slice::<serde_json::Map<String, Value>>(line).is_ok()) {
        return Format::Json;
    }
    let name = name.to_ascii_lowercase();
    let name = [".gz", ".zst"].iter().fold(&*name, |name, ending| name.strip_suffix(ending).unwrap_or(name));
    if field.is_some() || name.ends_with(".csv") || table::is_header(line) { Format::Csv } else { Format::Text }
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
    let shown = shown.strip_suffix("UTC").unwrap_or(shown).trim_end().replacen(' ', "T", 1);
    let with_offset = OffsetDateTime::parse(&shown, &Iso8601::PARSING).ok();
    let time = with_offset.or_else(|| PrimitiveDateTime::parse(&shown, &Iso8601::PARSING).ok().map(PrimitiveDateTime::assume_utc));
    time.map(|time| time.to_offset(time::UtcOffset::UTC))
}

/// An address in its short form, so that the same host has one name in every source; anything else as it is.
fn address(shown: String) -> Rc<str> {
    shown.parse::<std::net::IpAddr>().map_or(shown, |address| address.to_string()).into()
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

/// Whether a member of an object has a name that the output adds.
fn is_ours(name: &str) -> bool {
    verdict::COLUMNS.contains(&name) || explain::COLUMNS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_recognised_by_its_beginning() {
        let of = |beginning: &[u8]| recognise(beginning, "file", None);
        assert_eq!(of(b"v=spf1 -all\n"), Format::Text);
        assert_eq!(of(b"{\"text\":\"a\"}\n"), Format::Json);
        assert_eq!(of(b"\n{ \"text\":\"a\"}"), Format::Json);
        assert_eq!(of(b"{not json}\n"), Format::Text);
        assert_eq!(of(b"#separator \\x09\n"), Format::Zeek);
        assert_eq!(of(&[&0xa1b2_c3d4u32.to_le_bytes()[..], &[0; 20]].concat()), Format::Pcap);
        assert_eq!(of(b""), Format::Text);
        assert_eq!(recognise(b"a,b\n", "x.CSV.gz", None), Format::Csv);
        assert_eq!(recognise(b"a,b\n", "-", Some("a")), Format::Csv);
        // Found in review: header and rows were scored as texts.
        assert_eq!(of(b"_time,src,query,text\n1,2,3,4\n"), Format::Csv);
        assert_eq!(of(b"v=DMARC1; p=none, text\n"), Format::Text);
        assert_eq!(of(b"[{\"text\":\"a\"}]\n"), Format::Json);
        assert_eq!(of(b"{\n \"text\": 1}\n"), Format::Json);
    }

    /// Found in review: rows that `grep` took from a dns.log were scored as texts, and nine of ten were suspicious.
    #[test]
    fn a_log_without_its_header_is_named() {
        let row = "1700000000.5\tC1\t192.0.2.7\t4000\t192.0.2.53\t53\tudp\t1\ta.example\tTXT 1 x\n";
        let refused = open(Box::new(io::Cursor::new(row)), "-", &Reading::default()).err().unwrap().to_string();
        assert!(refused.contains("without its header"), "{refused}");
    }

    #[test]
    fn objects_are_joined_as_text() {
        assert_eq!(joined(r#" { "a" : 1.0 } "#, r#"{"b":2}"#), r#"{ "a" : 1.0,"b":2}"#);
        assert_eq!(joined("{ }", r#"{"b":2}"#), r#"{"b":2}"#);
        assert_eq!(object([("a", "x\"y".into()), ("b", Value::Null)]), r#"{"a":"x\"y","b":null}"#);
    }

    #[test]
    fn an_address_has_one_form() {
        assert_eq!(&*address("2001:0db8:0000:0000:0000:0000:0000:0001".into()), "2001:db8::1");
        assert_eq!(&*address("mail.example.com".into()), "mail.example.com");
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
        for same in ["2023-11-14T22:13:20", "2023-11-14 22:13:20", "2023-11-14 22:13:20 UTC", "2023-11-14 22:13:20.000+00:00"] {
            assert_eq!(shown(same), Some(1_700_000_000_000_000), "{same}");
        }
        for none in ["", "-", "yesterday", "NaN", "-1", "1e30", "inf"] {
            assert_eq!(shown(none), None, "{none}");
        }
    }
}
