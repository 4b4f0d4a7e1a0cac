//! Zeek's dns.log as tab-separated values. Its header names separators and columns; a log may have several headers, one
//! behind the other, where files were joined.
//!
//! Answers keep Zeek's form (`TXT 5 hello`) and its escapes: `text::answer` takes them off.

use std::rc::Rc;

use super::lines::Line;
use super::{Record, address, name, time};

pub(super) struct Log {
    header: Header,
}

/// What a log's header says.
struct Header {
    separator: Vec<u8>,
    set_separator: Vec<u8>,
    /// What stands where there is no value, and where there is an empty one.
    unset: Vec<u8>,
    empty: Vec<u8>,
    fields: Vec<Vec<u8>>,
}

impl Header {
    fn place(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field == name.as_bytes())
    }
}

/// Whether a line is of a header, or the end, of a log of Zeek.
pub(super) fn is_header(beginning: &[u8]) -> bool {
    const WORDS: [&[u8]; 9] =
        [b"separator", b"set_separator", b"empty_field", b"unset_field", b"path", b"open", b"fields", b"types", b"close"];
    let word = beginning.strip_prefix(b"#").and_then(|rest| rest.split(|byte| b" \t\r".contains(byte)).next());
    word.is_some_and(|word| WORDS.contains(&word))
}

/// Whether a line is a row of a log whose header was cut off, as `grep` does, perhaps behind a file's name: a time and many cells
/// behind tabs.
pub(super) fn is_row(line: &[u8]) -> bool {
    let mut cells = line.split(|byte| *byte == b'\t');
    let time = |cell: &[u8]| std::str::from_utf8(cell).ok()?.rsplit(':').next()?.parse::<f64>().ok();
    let is_time = cells.next().and_then(time).is_some_and(|time| time > 1e8);
    is_time && cells.count() >= 8
}

/// The TXT answers among those of a query. Zeek's form of one begins with `TXT `. Old versions and some pipelines write them
/// bare: what cannot be the name of a host, which a CNAME leads to, is one as well.
pub(super) fn texts(answers: Vec<&[u8]>, asks_for_txt: bool) -> Vec<&[u8]> {
    let is_txt = |answer: &[u8]| answer.starts_with(b"TXT ") || answer.starts_with(b"SPF ");
    let is_bare = |answer: &[u8]| asks_for_txt && !is_host(answer) && !crate::text::is_no_answer(answer);
    answers.into_iter().filter(|answer| is_txt(answer) || is_bare(answer)).collect()
}

/// Whether bytes can be the name of a host: labels as DNS has them, and a last one as registries have it.
fn is_host(answer: &[u8]) -> bool {
    let is_label =
        |label: &[u8]| (1..=63).contains(&label.len()) && label.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    let labels: Vec<&[u8]> = answer.strip_suffix(b".").unwrap_or(answer).split(|byte| *byte == b'.').collect();
    let last = labels.last().copied().unwrap_or_default();
    let is_last = (2..=24).contains(&last.len()) && (last.iter().all(u8::is_ascii_alphabetic) || last.starts_with(b"xn--"));
    answer.len() <= 254 && labels.len() > 1 && is_last && labels.into_iter().all(is_label)
}

impl Log {
    pub(super) fn new() -> Self {
        let [separator, set_separator, unset, empty] = [&b"\t"[..], b",", b"-", b"(empty)"].map(<[u8]>::to_vec);
        Self { header: Header { separator, set_separator, unset, empty, fields: Vec::new() } }
    }

    /// Takes what a line of the header says.
    fn learn(&mut self, line: &[u8]) {
        if let Some(shown) = line.strip_prefix(b"#separator ") {
            // `\x09`: the one line that is not split by the separator that it names.
            self.header.separator = crate::text::normalise(shown).into_owned();
            if self.header.separator.is_empty() {
                self.header.separator = b"\t".to_vec();
            }
            return;
        }
        let mut parts = split(line, &self.header.separator).into_iter();
        match parts.next() {
            Some(b"#set_separator") => {
                let separator = crate::text::normalise(parts.next().unwrap_or_default()).into_owned();
                self.header.set_separator = if separator.is_empty() { b",".to_vec() } else { separator };
            }
            Some(b"#unset_field") => self.header.unset = parts.next().unwrap_or_default().to_vec(),
            Some(b"#empty_field") => self.header.empty = parts.next().unwrap_or_default().to_vec(),
            Some(b"#fields") => self.header.fields = parts.map(<[u8]>::to_vec).collect(),
            _ => (),
        }
    }

    fn row(&self, line: &[u8], records: &mut Vec<Record>) -> Result<(), String> {
        let header = &self.header;
        if header.fields.is_empty() {
            return Err("no #fields line stands before it".to_owned());
        }
        let Some(answers) = header.place("answers") else {
            return Err("this log has no column answers: it is no dns.log".to_owned());
        };
        let cells = split(line, &header.separator);
        if cells.len() != header.fields.len() {
            let (has, wants) = (cells.len(), header.fields.len());
            return Err(format!("it has {has} cells where the header names {wants} columns"));
        }
        let cell = |place: Option<usize>| {
            let cell = place.and_then(|place| cells.get(place)).copied().unwrap_or_default();
            if cell == header.unset || cell == header.empty { String::new() } else { String::from_utf8_lossy(cell).into_owned() }
        };
        let of = |name| cell(header.place(name));
        let mut answers = split(cells.get(answers).copied().unwrap_or_default(), &header.set_separator);
        answers.retain(|answer| *answer != header.unset && *answer != header.empty);
        let (time, client, server) = (time(&of("ts")), address(&of("id.orig_h")), address(&of("id.resp_h")));
        let query = name(&of("query"));
        for answer in texts(answers, of("qtype_name") == "TXT" || of("qtype") == "16").into_iter().rev() {
            let (client, server, query) = (Rc::clone(&client), Rc::clone(&server), Rc::clone(&query));
            records.push(Record { time, client, server, query, answer: answer.to_vec(), ..Record::default() });
        }
        Ok(())
    }
}

impl Line for Log {
    fn take(&mut self, line: &[u8], records: &mut Vec<Record>) -> Result<bool, String> {
        if line.starts_with(b"#") {
            self.learn(line);
            return Ok(false);
        }
        if line.is_empty() { Ok(false) } else { self.row(line, records).map(|()| true) }
    }
}

/// The parts of a line between separators of one or more bytes.
fn split<'a>(line: &'a [u8], separator: &[u8]) -> Vec<&'a [u8]> {
    let (mut parts, mut from) = (Vec::new(), 0);
    for at in memchr::memmem::find_iter(line, separator) {
        parts.push(line.get(from..at).unwrap_or_default());
        from = at + separator.len();
    }
    parts.push(line.get(from..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::source::lines::ByLine;

    const LOG: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n\
        #fields\tts\tuid\tid.orig_h\tid.resp_h\tquery\tanswers\n#types\ttime\tstring\taddr\taddr\tstring\tvector[string]\n\
        1700000000.5\tC1\t192.0.2.7\t192.0.2.53\ta.example\tb.example,TXT 11 v=spf1 -all,TXT 4 a\\x2cbc\n\
        1700000001.5\tC2\t192.0.2.7\t-\tb.example\t-\n\
        torn\tline\n\
        #close\t2023\n";

    #[test]
    fn txt_answers_are_taken_and_a_torn_line_is_named() {
        let records: Vec<_> = ByLine::new(Box::new(Cursor::new(LOG)), Log::new()).collect();
        assert_eq!(records.len(), 3);
        let first = records[0].as_ref().unwrap();
        assert_eq!((&*first.client, &*first.server, &*first.query), ("192.0.2.7", "192.0.2.53", "a.example"));
        assert_eq!((first.time.unwrap().unix_timestamp(), &*first.answer), (1_700_000_000, &b"TXT 11 v=spf1 -all"[..]));
        let second = records[1].as_ref().unwrap();
        assert_eq!(crate::text::answer(&second.answer).as_deref(), Some(&b"a,bc"[..]));
        assert_eq!(records[2].as_ref().unwrap_err().to_string(), "line 10: it has 2 cells where the header names 6 columns");
    }

    /// Found in review: answers without Zeek's lengths were passed over without a word.
    #[test]
    fn bare_answers_count_where_txt_was_asked_for() {
        let log = "#fields\tqtype_name\tanswers\nTXT\tb.example,v=spf1 -all\nA\tb.example,192.0.2.1\nTXT\t-\n";
        let records: Vec<_> = ByLine::new(Box::new(Cursor::new(log)), Log::new()).map(|record| record.unwrap().answer).collect();
        assert_eq!(records, [b"v=spf1 -all"]);
    }

    /// Found in review: whoever answered chose which of its answers were looked at.
    #[test]
    fn an_answer_does_not_hide_another_one() {
        let taken = |answers: &[&'static str]| texts(answers.iter().map(|answer| answer.as_bytes()).collect(), true).len();
        assert_eq!(taken(&["TXT 1 x", "payload"]), 2);
        assert_eq!(taken(&["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"]), 1);
        assert_eq!(taken(&["192.0.2.1.5", "a b.example", "-"]), 2);
        assert_eq!(taken(&["b.example", "_x.b-c.example.com.", "TXT 1 x"]), 1);
    }

    /// Found in review: with a separator of its own two answers were one, and what stands for no answer was scored.
    #[test]
    fn a_log_has_the_words_that_its_header_names() {
        let log = "#set_separator\t\\x7c\n#unset_field\tNULL\n#empty_field\tEMPTY\n#fields\tquery\tqtype_name\tanswers\n\
            NULL\tTXT\tTXT 1 a|TXT 1 b|a b\nx\tTXT\tEMPTY\nx\tTXT\tNULL\n";
        let records: Vec<_> = ByLine::new(Box::new(Cursor::new(log)), Log::new()).map(Result::unwrap).collect();
        let answers: Vec<&[u8]> = records.iter().map(|record| &*record.answer).collect();
        assert_eq!(answers, [&b"TXT 1 a"[..], b"TXT 1 b", b"a b"]);
        assert_eq!(&*records[0].query, "");
        assert!(is_header(b"#close\t2023") && is_header(b"#open\t2023") && !is_header(b"#fieldsome") && !is_header(b"# open"));
    }

    #[test]
    fn another_log_is_named() {
        let records: Vec<_> = ByLine::new(Box::new(Cursor::new("#fields\tts\tuid\n1\t2\n")), Log::new()).collect();
        assert_eq!(records[0].as_ref().unwrap_err().to_string(), "line 2: this log has no column answers: it is no dns.log");
        let records: Vec<_> = ByLine::new(Box::new(Cursor::new("1\t2\n")), Log::new()).collect();
        assert_eq!(records[0].as_ref().unwrap_err().to_string(), "line 1: no #fields line stands before it");
    }
}
