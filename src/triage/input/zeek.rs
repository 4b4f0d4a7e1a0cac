//! Zeek's dns.log as tab-separated values. Its header names separators and columns. Joined logs have several headers.
//!
//! Answers keep Zeek's presentation format (`TXT 5 hello`) and its escapes; `text::scorable_text` removes them.

use std::rc::Rc;

use time::UtcOffset;

use crate::text;
use crate::triage::input::lines::LineParser;
use crate::triage::input::log_time::LogTimes;
use crate::triage::input::parse::{address, for_each, name};
use crate::triage::input::record::{Kind, Record};

/// The field of the answers. The others have names in `field_names`.
pub(super) const OWN_FIELDS: [(&str, &str); 1] = [("answers", "answer")];

/// Parses the lines of a log, by the header that came last.
pub(super) struct LogParser {
    header: Header,
    times: LogTimes,
    /// Bare answers that were not scored.
    passed_over: u64,
}

/// What a header says.
struct Header {
    separator: Vec<u8>,
    set_separator: Vec<u8>,
    /// The words for a missing value and for an empty one.
    unset: Vec<u8>,
    empty: Vec<u8>,
    fields: Vec<Vec<u8>>,
}

impl Header {
    fn column(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field == name.as_bytes())
    }
}

/// Whether a line begins a Zeek log. Not every header's line does: a text may be `#fields` and a tab, and would hide the texts
/// after it.
pub(super) fn is_header(line: &[u8]) -> bool {
    let begins = |word: &[u8]| line.strip_prefix(word).is_some_and(|rest| rest.starts_with(b" ") || rest.starts_with(b"\t"));
    let names: Vec<&[u8]> = line.trim_ascii_end().split(|byte| *byte == b'\t').skip(1).collect();
    begins(b"#separator") || begins(b"#fields") && names.contains(&&b"ts"[..]) && names.len() > 2
}

/// Whether a line is a row of a log whose header was cut off, as `grep` does, perhaps after a file name: a time, then many
/// cells separated by tabs.
pub(super) fn is_row(line: &[u8]) -> bool {
    let mut cells = line.split(|byte| *byte == b'\t');
    let time = |cell: &[u8]| std::str::from_utf8(cell).ok()?.rsplit(':').next()?.parse::<f64>().ok();
    let is_time = cells.next().and_then(time).is_some_and(|time| time > 1e8);
    is_time && cells.count() >= 8
}

/// The TXT answers among the answers to a query. In Zeek's form they begin with `TXT `. Old versions and some pipelines write
/// them bare: then every answer counts that cannot be a host name, because a CNAME leads to a host name. If all of them can be
/// one, the last counts: found by attack, two words of base64 and `.com` hid a payload, and a name that is scored costs little.
///
/// Also returns how many bare answers were passed over because they can be host names.
pub(super) fn txt_answers(answers: Vec<&[u8]>, asks_for_txt: bool) -> (Vec<&[u8]>, u64) {
    let is_txt = |answer: &[u8]| answer.starts_with(b"TXT ") || answer.starts_with(b"SPF ");
    let is_bare = |answer: &[u8]| asks_for_txt && !is_host_name(answer) && !text::is_no_answer(answer);
    let last = answers.last().copied().filter(|answer| asks_for_txt && is_host_name(answer));
    let has_form = answers.iter().any(|answer| is_txt(answer));
    let host_names = if asks_for_txt && !has_form { answers.iter().filter(|answer| is_host_name(answer)).count() } else { 0 };
    let texts: Vec<&[u8]> = answers.into_iter().filter(|answer| is_txt(answer) || is_bare(answer)).collect();
    match last.filter(|_| texts.is_empty()) {
        Some(last) => (vec![last], (host_names as u64).saturating_sub(1)),
        None => (texts, host_names as u64),
    }
}

/// What is said at the end about answers that [`txt_answers`] passed over.
pub(super) fn passed_over_remark(count: u64) -> Option<String> {
    let (answers, were) = if count == 1 { ("answer", "was") } else { ("answers", "were") };
    let why = "taken for the target of a CNAME record, because the log names no types";
    (count > 0).then(|| format!("up to here, {count} bare {answers} that can be a host name {were} not scored: {why}"))
}

/// Whether bytes can be a host name: labels as in DNS, the last one as registries allow it.
fn is_host_name(answer: &[u8]) -> bool {
    let is_label =
        |label: &[u8]| (1..=63).contains(&label.len()) && label.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    let labels: Vec<&[u8]> = answer.strip_suffix(b".").unwrap_or(answer).split(|byte| *byte == b'.').collect();
    let last = labels.last().copied().unwrap_or_default();
    let is_top_level = (2..=24).contains(&last.len()) && (last.iter().all(u8::is_ascii_alphabetic) || last.starts_with(b"xn--"));
    answer.len() <= 254 && labels.len() > 1 && is_top_level && labels.into_iter().all(is_label)
}

impl LogParser {
    pub(super) fn new(zone: UtcOffset) -> Self {
        let [separator, set_separator, unset, empty] = [&b"\t"[..], b",", b"-", b"(empty)"].map(<[u8]>::to_vec);
        Self { header: Header { separator, set_separator, unset, empty, fields: Vec::new() }, times: LogTimes::new(zone), passed_over: 0 }
    }

    fn parse_header_line(&mut self, line: &[u8]) {
        if let Some(escaped) = line.strip_prefix(b"#separator ") {
            // `\x09`: the only line that is not split by the separator it names.
            self.header.separator = text::normalise(escaped).into_owned();
            if self.header.separator.is_empty() {
                self.header.separator = b"\t".to_vec();
            }
            return;
        }
        let mut parts = split(line, &self.header.separator).into_iter();
        match parts.next() {
            Some(b"#set_separator") => {
                let separator = text::normalise(parts.next().unwrap_or_default()).into_owned();
                self.header.set_separator = if separator.is_empty() { b",".to_vec() } else { separator };
            }
            Some(b"#unset_field") => self.header.unset = parts.next().unwrap_or_default().to_vec(),
            Some(b"#empty_field") => self.header.empty = parts.next().unwrap_or_default().to_vec(),
            Some(b"#fields") => self.header.fields = parts.map(<[u8]>::to_vec).collect(),
            _ => (),
        }
    }

    fn parse_row(&mut self, line: &[u8], records: &mut Vec<Record>) -> Result<(), String> {
        let header = &self.header;
        if header.fields.is_empty() {
            return Err("there is no #fields line before it".to_owned());
        }
        let Some(answers) = header.column("answers") else {
            return Err("this log has no column answers: it is not a dns.log".to_owned());
        };
        let cells = split(line, &header.separator);
        if cells.len() != header.fields.len() {
            let (has, wants) = (cells.len(), header.fields.len());
            return Err(format!("it has {has} cells, but the header names {wants} columns"));
        }
        let value = |name| {
            let cell = header.column(name).and_then(|column| cells.get(column)).copied().unwrap_or_default();
            if cell == header.unset || cell == header.empty { String::new() } else { String::from_utf8_lossy(cell).into_owned() }
        };
        let mut answers = split(cells.get(answers).copied().unwrap_or_default(), &header.set_separator);
        answers.retain(|answer| *answer != header.unset && *answer != header.empty);
        let (time, client, server) = (self.times.read(&value("ts")), address(&value("id.orig_h")), address(&value("id.resp_h")));
        let query = name(&value("query"));
        let asks_for_txt = value("qtype_name") == "TXT" || value("qtype") == "16";
        let (texts, passed_over) = txt_answers(answers, asks_for_txt);
        self.passed_over = self.passed_over.saturating_add(passed_over);
        if texts.is_empty() && asks_for_txt {
            records.push(Record { time, client, server, query, is_query: true, ..Record::default() });
            return Ok(());
        }
        let [client, server, query] = [client, server, query].map(|name| for_each(name, texts.len()));
        for answer in texts.into_iter().rev() {
            let (client, server, query) = (Rc::clone(&client), Rc::clone(&server), Rc::clone(&query));
            records.push(Record { time, client, server, query, answer: answer.to_vec(), ..Record::default() });
        }
        Ok(())
    }
}

impl LineParser for LogParser {
    fn parse(&mut self, line: &[u8], records: &mut Vec<Record>) -> Result<bool, String> {
        if line.starts_with(b"#") {
            self.parse_header_line(line);
            return Ok(false);
        }
        // `tail` names each file of several.
        let is_name = line.starts_with(b"==> ") && line.trim_ascii_end().ends_with(b" <==");
        if line.is_empty() || is_name { Ok(false) } else { self.parse_row(line, records).map(|()| true) }
    }

    fn remarks(&self) -> Vec<(Kind, String)> {
        let passed_over = passed_over_remark(self.passed_over).map(|remark| (Kind::Lenient, remark));
        passed_over.into_iter().chain(self.times.remark()).collect()
    }
}

/// The parts of a line between separators of one or more bytes.
fn split<'a>(line: &'a [u8], separator: &[u8]) -> Vec<&'a [u8]> {
    let (mut parts, mut start) = (Vec::new(), 0);
    for at in memchr::memmem::find_iter(line, separator) {
        parts.push(line.get(start..at).unwrap_or_default());
        start = at.saturating_add(separator.len());
    }
    parts.push(line.get(start..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::triage::input::lines::LineReader;

    const LOG: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n\
        #fields\tts\tuid\tid.orig_h\tid.resp_h\tquery\tanswers\n#types\ttime\tstring\taddr\taddr\tstring\tvector[string]\n\
        1700000000.5\tC1\t192.0.2.7\t192.0.2.53\ta.example\tb.example,TXT 11 v=spf1 -all,TXT 4 a\\x2cbc\n\
        1700000001.5\tC2\t192.0.2.7\t-\tb.example\t-\n\
        incomplete\tline\n\
        #close\t2023\n";

    #[test]
    fn txt_answers_are_taken_and_an_incomplete_line_is_named() {
        let records: Vec<_> = LineReader::new(Box::new(Cursor::new(LOG)), LogParser::new(UtcOffset::UTC)).collect();
        assert_eq!(records.len(), 3);
        let first = records[0].as_ref().unwrap();
        assert_eq!((&*first.client, &*first.server, &*first.query), ("192.0.2.7", "192.0.2.53", "a.example"));
        assert_eq!((first.time.unwrap().unix_timestamp(), &*first.answer), (1_700_000_000, &b"TXT 11 v=spf1 -all"[..]));
        let second = records[1].as_ref().unwrap();
        assert_eq!(text::scorable_text(&second.answer).as_deref(), Some(&b"a,bc"[..]));
        assert_eq!(records[2].as_ref().unwrap_err().to_string(), "line 10: it has 2 cells, but the header names 6 columns");
    }

    /// Found in review: answers without Zeek's lengths were ignored silently.
    #[test]
    fn bare_answers_count_where_txt_was_asked_for() {
        let log = "#fields\tqtype_name\tanswers\nTXT\tb.example,v=spf1 -all\nA\tb.example,192.0.2.1\nTXT\t-\n";
        let records: Vec<_> = LineReader::new(Box::new(Cursor::new(log)), LogParser::new(UtcOffset::UTC)).collect();
        assert_eq!(records[0].as_ref().unwrap().answer, b"v=spf1 -all");
        assert!(records[1].as_ref().unwrap().is_query, "the last row has no answer");
        let remark = records[2].as_ref().unwrap_err();
        assert!(remark.kind == Kind::Lenient && remark.message.contains("1 bare answer that can be a host name") && records.len() == 3);
    }

    /// Found in review: an attacker chose which of its answers were read.
    #[test]
    fn an_answer_does_not_hide_another_one() {
        let taken = |answers: &[&'static str]| txt_answers(answers.iter().map(|answer| answer.as_bytes()).collect(), true).0.len();
        assert_eq!(taken(&["TXT 1 x", "payload"]), 2);
        assert_eq!(taken(&["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"]), 1);
        assert_eq!(taken(&["192.0.2.1.5", "a b.example", "-"]), 2);
        assert_eq!(taken(&["b.example", "_x.b-c.example.com.", "TXT 1 x"]), 1);
        let payload = b"Y3VybCBodHRwOi8v.MTkyLjAuMi4x.com";
        assert_eq!(txt_answers(vec![b"b.example", payload], true), (vec![&payload[..]], 1));
        assert_eq!(txt_answers(vec![b"b.example", b"a text"], true), (vec![&b"a text"[..]], 1));
        assert_eq!(txt_answers(vec![b"b.example", b"TXT 1 a"], true).1, 0, "the log names types");
        assert!(txt_answers(vec![b"b.example"], false).0.is_empty());
    }

    /// Found in review: with a custom separator two answers became one, and the word for no answer was scored.
    #[test]
    fn the_separators_and_words_of_the_header_are_used() {
        let log = "#set_separator\t\\x7c\n#unset_field\tNULL\n#empty_field\tEMPTY\n#fields\tquery\tqtype_name\tanswers\n\
            NULL\tTXT\tTXT 1 a|TXT 1 b|a b\nx\tTXT\tEMPTY\nx\tTXT\tNULL\n";
        let records: Vec<_> = LineReader::new(Box::new(Cursor::new(log)), LogParser::new(UtcOffset::UTC)).map(Result::unwrap).collect();
        let answers: Vec<_> = records.iter().map(|record| (&*record.answer, record.is_query)).collect();
        assert_eq!(answers, [(&b"TXT 1 a"[..], false), (b"TXT 1 b", false), (b"a b", false), (b"", true), (b"", true)]);
        assert_eq!(&*records[0].query, "");
        assert!(is_header(b"#separator \\x09") && is_header(b"#fields\tts\tuid\tanswers") && !is_header(b"#fields\tanswers"));
    }

    #[test]
    fn another_log_is_named() {
        let records: Vec<_> = LineReader::new(Box::new(Cursor::new("#fields\tts\tuid\n1\t2\n")), LogParser::new(UtcOffset::UTC)).collect();
        assert_eq!(records[0].as_ref().unwrap_err().to_string(), "line 2: this log has no column answers: it is not a dns.log");
        let records: Vec<_> = LineReader::new(Box::new(Cursor::new("1\t2\n")), LogParser::new(UtcOffset::UTC)).collect();
        assert_eq!(records[0].as_ref().unwrap_err().to_string(), "line 1: there is no #fields line before it");
    }
}
