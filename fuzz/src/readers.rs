//! Files: each format by itself, and any of them as the program recognises it.

use dnstxtscore::model::Score;
use dnstxtscore::triage::input::field_list::{self, FieldList};
use dnstxtscore::triage::input::field_names::Chosen;
use dnstxtscore::triage::input::{self, Format, ReadOptions};
use dnstxtscore::triage::output::{OutputFormat, Writer};
use dnstxtscore::triage::scoring::ScoredRecord;
use dnstxtscore::triage::screen::Screen;
use dnstxtscore::{columns, escape, text};

use crate::{fake_score, table};

/// A file of an unknown format, compressed or not. The first byte chooses whether a field is named.
pub fn input(bytes: &[u8]) {
    with_choice(Format::Auto, bytes);
}

/// A table. The first byte chooses whether a column is named.
pub fn csv(bytes: &[u8]) {
    with_choice(Format::Csv, bytes);
}

/// Lines of JSON. The first byte chooses whether a key is named.
pub fn json(bytes: &[u8]) {
    with_choice(Format::Json, bytes);
}

/// Zeek's log as tab-separated values.
pub fn zeek(bytes: &[u8]) {
    read(Format::Zeek, None, bytes);
}

/// Output of tools with a record per line.
pub fn tool(bytes: &[u8]) {
    read(Format::Tool, None, bytes);
}

/// The fields of a file, whose format the first byte chooses: names and examples are safe to display and bounded.
pub fn fields(bytes: &[u8]) {
    const FORMATS: [Format; 3] = [Format::Json, Format::Csv, Format::Zeek];
    let Some((choice, rest)) = bytes.split_first() else { return };
    let options = ReadOptions { format: FORMATS[usize::from(*choice) % FORMATS.len()], ..ReadOptions::default() };
    let Ok(list) = field_list::list(Box::new(std::io::Cursor::new(rest.to_vec())), "file", &options) else { return };
    let FieldList { fields, .. } = list.expect("its format has fields");
    for (name, field) in fields {
        assert!(!name.chars().chain(field.example.chars()).any(escape::needs_escaping), "{name:?} {field:?}");
        assert!(name.chars().count() <= 210 && field.example.chars().count() <= 70, "{name:?} {field:?}");
    }
}

/// Lines of text.
pub fn lines(bytes: &[u8]) {
    read(Format::Text, None, bytes);
}

fn with_choice(format: Format, bytes: &[u8]) {
    let Some((choice, rest)) = bytes.split_first() else { return };
    read(format, (*choice >= 0x80).then_some("text"), rest);
}

/// Each record is whole, and is shown in every form: a line of JSON that is an object, a table that moves no cursor. There are no
/// more records than bytes.
pub(crate) fn read(format: Format, field: Option<&str>, bytes: &[u8]) {
    let input = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let Ok(records) = input::open(
        input,
        "file",
        &ReadOptions { format, fields: Chosen { answer: field.map(str::to_owned), ..Chosen::default() }, ..ReadOptions::default() },
    ) else {
        return;
    };
    // A compression makes much of little: gzip, zstd with its empty frames, xz and bzip2.
    let is_packed = matches!(
        bytes,
        [0x1f, 0x8b, ..]
            | [0x28, 0xb5, 0x2f, 0xfd, ..]
            | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]
            | [0xfd, b'7', b'z', ..]
            | [b'B', b'Z', b'h', ..]
    );
    for (number, record) in records.enumerate() {
        if is_packed && number == 10_000 {
            return;
        }
        assert!(is_packed || number <= bytes.len(), "more records than bytes");
        match record {
            // A query has no answer, and is not shown.
            Ok(record) if record.is_query => assert!(record.answer.is_empty() && record.object.is_none()),
            Ok(record) => {
                if format == Format::Pcap {
                    // Quoted as dig prints it: all of it is quotes, and each byte that is hidden comes back.
                    assert!(record.answer.iter().all(|byte| (b' '..=b'~').contains(byte)) && record.answer.starts_with(b"\""));
                    assert!(!text::normalise(&record.answer).starts_with(b"\"") || record.answer.contains(&b'\\'));
                }
                let score = text::scorable_text(&record.answer).map(|text| Score::of_model(fake_score(&text)));
                show(&ScoredRecord::new(record, score, text::scorable_text));
            }
            Err(error) => assert!(!error.location.is_empty() && !error.message.is_empty()),
        }
    }
}

fn show(scored: &ScoredRecord) {
    for format in [OutputFormat::Jsonl, OutputFormat::Csv, OutputFormat::Table, OutputFormat::Stix] {
        let mut out = Vec::new();
        Writer::new(&mut out, format, true, 0.5, None).record(scored).unwrap();
        match format {
            OutputFormat::Jsonl => {
                let line = std::str::from_utf8(&out).unwrap().strip_suffix('\n').unwrap();
                assert!(!line.contains('\n'), "{line:?}");
                let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).expect("no object");
                assert!(object.contains_key(columns::SCORE[0]) && object.contains_key(columns::EXPLANATION[1]));
            }
            OutputFormat::Csv => assert!(table(&out).is_ok_and(|rows| rows.len() == 2 && rows[0].len() == rows[1].len())),
            OutputFormat::Table => {
                let shown = std::str::from_utf8(&out).unwrap();
                assert!(shown.lines().count() <= 3 && !shown.replace('\n', "").chars().any(escape::needs_escaping), "{shown:?}");
            }
            OutputFormat::Stix => assert!(out.is_empty(), "it has no records"),
        }
    }
    let mut out = Vec::new();
    Screen::new(&mut out, 80, 0.5, true).row(scored, 2).unwrap();
    let shown = std::str::from_utf8(&out).unwrap();
    assert!(shown.lines().count() <= 7 && !shown.replace('\n', "").chars().any(escape::needs_escaping), "{shown:?}");
}
