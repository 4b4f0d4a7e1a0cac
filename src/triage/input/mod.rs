//! Readers: captures, Zeek's and Suricata's logs, tables, lines of JSON and lines of text, compressed or not.
//!
//! In: the bytes of a file. Out: each TXT answer as a [`Record`], and each part that could not be read as a [`ReadError`]. An
//! error does not end the reading unless nothing can follow it. Memory stays flat: a reader holds one record, or as much as
//! the limits of its format allow.
//! This folder must not know the model or how records are shown.
//!
//! `format` recognises a file. `field_names`, `record`, `parse`, `log_time` and the files on JSON are shared by the readers. Every other
//! file reads one format.

mod compression;
mod csv;
mod csv_rows;
mod dns_message;
pub mod field_list;
pub mod field_names;
pub mod format;
mod json;
pub mod json_object;
mod lines;
mod log_time;
mod open_queries;
pub mod parse;
mod pcap;
pub mod record;
mod tool_lines;
mod tool_output;
mod zeek;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use field_names::Chosen;
pub use format::Format;
use lines::LineReader;
pub use record::{Input, Kind, ReadError, Record, RecordReader};
use time::UtcOffset;

/// How to read files.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    pub format: Format,
    /// The columns or JSON keys that the user named.
    pub fields: Chosen,
    /// The zone of times that name none.
    pub timezone: UtcOffset,
    /// Whether records keep the object or the row that held them, for output as JSON. Without it reading is cheaper.
    pub keep_objects: bool,
    /// Set if the reader can go on after the input reported a pause as [`io::ErrorKind::WouldBlock`].
    pub may_pause: Arc<AtomicBool>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { format: Format::Auto, fields: Chosen::default(), timezone: UtcOffset::UTC, keep_objects: true, may_pause: Arc::default() }
    }
}

/// A file whose format is known.
struct Recognised {
    input: Input,
    format: Format,
    /// The first bytes of the input, which are in it too.
    beginning: Vec<u8>,
    is_compressed: bool,
}

fn refused(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

impl Recognised {
    /// Of `name` only the ending is used.
    fn new(input: Input, name: &str, options: &ReadOptions) -> io::Result<Self> {
        let (mut input, is_compressed) = compression::decompress(input)?;
        let beginning = compression::peek(&mut input)?;
        let format = match options.format {
            Format::Auto => format::recognise(&beginning, name, options.fields.is_any()).map_err(refused)?,
            chosen => chosen,
        };
        Ok(Self { input, format, beginning, is_compressed })
    }
}

/// Opens a reader. Of `name` only the ending is used.
///
/// # Errors
/// If the file cannot be read, is of a format that is not supported, or has no field to choose although one was named. The
/// message says what to do.
pub fn open(input: Input, name: &str, options: &ReadOptions) -> io::Result<Box<dyn RecordReader>> {
    let Recognised { input, format, beginning, is_compressed } = Recognised::new(input, name, options)?;
    if options.fields.is_any() && matches!(format, Format::Pcap | Format::Zeek | Format::Tool | Format::Text) && !beginning.is_empty() {
        return Err(refused("it has no fields to choose from; --field and its like are for tables and JSON"));
    }
    // Tables are parsed by a crate that loses what an incomplete row had.
    let spans_lines = format == Format::Json && json::spans_lines(&beginning);
    let may_pause = format != Format::Csv && !spans_lines;
    options.may_pause.store(may_pause && !is_compressed, Ordering::Relaxed);
    Ok(match format {
        Format::Pcap => Box::new(pcap::CaptureReader::new(input)),
        Format::Zeek => Box::new(LineReader::new(input, zeek::LogParser::new(options.timezone))),
        Format::Json => json::open(input, spans_lines, options.fields.clone(), options.timezone, options.keep_objects),
        Format::Tool => Box::new(LineReader::new(input, tool_lines::ToolParser::new(tool_lines::recognise(&beginning), options.timezone))),
        Format::Csv => {
            let mut table = csv::TableReader::new(input, &options.fields, options.timezone, parse::delimiter(&beginning))?;
            table.keep_objects = options.keep_objects;
            table.by_first_line = options.format == Format::Auto && !options.fields.is_any() && !format::is_named_csv(name);
            Box::new(table)
        }
        Format::Text | Format::Auto => Box::new(LineReader::new(input, lines::TextParser::default())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found in review: only the first read was examined, and events after an incomplete line were taken for texts.
    #[test]
    fn a_log_that_was_cut_anywhere_is_a_log() {
        for rest_of_line in ["x\"}}\n".to_owned(), format!("\"payload\":\"{}\"}}\n", "A".repeat(6000))] {
            let event = r#"{"timestamp":"2026-01-01T00:00:00Z","event_type":"dns","dns":{"grouped":{"TXT":["x"]}}}"#;
            let log = Box::new(io::Cursor::new(format!("{rest_of_line}{event}\n{event}\n")));
            let records: Vec<_> = open(log, "-", &ReadOptions::default()).unwrap().collect();
            assert!(records.len() == 3 && records[0].is_err() && records[1].is_ok(), "{records:?}");
        }
    }

    #[test]
    fn an_empty_table_has_no_record_whatever_its_field() {
        let by_field = ReadOptions { fields: Chosen { answer: Some("a".to_owned()), ..Chosen::default() }, ..ReadOptions::default() };
        assert_eq!(open(Box::new(io::empty()), "x.csv", &by_field).unwrap().count(), 0);
    }

    /// Found in review: these were scored as texts, and nine of ten lines were suspicious.
    #[test]
    fn a_file_that_nobody_would_take_for_texts_is_refused() {
        let refused = |bytes: &[u8], options: &ReadOptions| {
            open(Box::new(io::Cursor::new(bytes.to_vec())), "-", options).map(|_| ()).unwrap_err().to_string()
        };
        let row = b"1700000000.5\tC1\t192.0.2.7\t4000\t192.0.2.53\t53\tudp\t1\ta.example\tTXT 1 x\n";
        for grepped in [row.to_vec(), [b"logs/dns.log:", &row[..]].concat(), [b"\n", &row[..]].concat()] {
            assert!(refused(&grepped, &ReadOptions::default()).contains("without its header"));
        }
        let mut archive = b"dns.log".to_vec();
        archive.resize(257, 0);
        archive.extend(b"ustar\x0000");
        assert!(refused(&archive, &ReadOptions::default()).contains("tar archive"));
        assert!(refused(b"\x7fELF\x02\x01\x01\0\0\n", &ReadOptions::default()).contains("not text"));
        let library = [&b"!<arch>\n/               0           0     0     0       4         `\n"[..], &[0, 0, 0, 9, 0xff, 0xfe]].concat();
        assert!(refused(&library, &ReadOptions::default()).contains("not text"));
        assert!(refused(b"1700000000.1\t192.0.2.1\tTXT 1 x\n", &ReadOptions::default()).contains("cut -f"));
        let by_field = ReadOptions { fields: Chosen { answer: Some("answer".to_owned()), ..Chosen::default() }, ..ReadOptions::default() };
        assert!(refused(b"#separator \\x09\n", &by_field).contains("--field"));
        let named = ReadOptions { format: Format::Text, ..ReadOptions::default() };
        assert_eq!(open(Box::new(io::Cursor::new(b"a\0b\n".to_vec())), "-", &named).unwrap().count(), 1);
    }
}
