//! One JSON object per line: Suricata's EVE, Zeek's dns.log, or any object with a member that holds the answer. Each object is
//! recognised by itself, so joined files are read as well.
//!
//! An object is kept byte for byte, except for members whose names the output adds: scoring twice would write them twice.

mod answers;
mod eve;
mod events;
mod members;
mod tshark;
mod values;
mod wrappers;

use std::borrow::Cow;
use std::rc::Rc;

use time::UtcOffset;

use crate::columns;
use crate::triage::input::field_names::{ANSWER, CLIENT, Chosen, Name, QUERY, RECORDS, SERVER, TIME};
use crate::triage::input::lines::{LineParser, LineReader, Lines};
use crate::triage::input::log_time::LogTimes;
use crate::triage::input::open_queries::OpenQueries;
use crate::triage::input::parse::{address, for_each, is_kept, name, other_types_remark, replaced_remark};
use crate::triage::input::record::{Input, Kind, Record, RecordReader};
use crate::triage::input::zeek;
use answers::{Answers, Counts, Found, has_field, in_field, scored_before, texts_of, txt_answers};
pub(super) use events::events;
use events::{apart, listed, without_added_members};
use members::{Members, first, has, parse};
pub(super) use values::spans_lines;
use wrappers::unwrapped;
pub(super) use wrappers::without_header;

/// Answers of one line. A DNS message of 64 KiB holds at most half as many strings.
const MAX_ANSWERS: usize = 64 << 10;

/// Opens a reader of objects: one per line or, as `spans_lines` says, a list or objects over several lines.
pub(super) fn open(input: Input, spans_lines: bool, fields: Chosen, zone: UtcOffset, keep_objects: bool) -> Box<dyn RecordReader> {
    let parser = ObjectParser::new(fields, zone, keep_objects);
    match spans_lines {
        true => Box::new(LineReader::of_values(Box::new(values::OneValuePerLine::new(input)), parser)),
        false => Box::new(LineReader::new(input, parser)),
    }
}

/// The objects of a file as lines.
pub(super) fn lines(input: Input, spans_lines: bool) -> Lines {
    Lines::new(if spans_lines { Box::new(values::OneValuePerLine::new(input)) } else { input })
}

/// Fields that are read as in Suricata's events and tshark's, by name.
pub(super) const OWN_FIELDS: [(&str, &str); 8] = [
    ("dns.grouped.TXT", "answer"),
    ("dns.answers.rdata", "answer"),
    ("dns.rdata", "answer"),
    ("mdns.answers.txt", "answer"),
    ("dns.rrname", "query"),
    ("dns.queries.rrname", "query"),
    ("dns.rrtype", "type"),
    ("dns.queries.rrtype", "type"),
];

/// What the names of fields in tshark's tree end with, by what they are read as.
pub(super) const LAST_PARTS: [(&str, &str); 7] = [
    (".dns.txt", "answer"),
    (".dns_dns_txt", "answer"),
    (".dns.qry.name", "query"),
    (".dns_dns_qry_name", "query"),
    (".dns.qry.type", "type"),
    (".dns_dns_qry_type", "type"),
    (".dns.resp.type", "type of the answer"),
];

/// Parses the objects of a file.
pub(super) struct ObjectParser {
    fields: Chosen,
    keep_objects: bool,
    times: LogTimes,
    counts: Counts,
    queries: OpenQueries,
    /// Lines that hold bytes that are not UTF-8.
    replaced: u64,
}

impl ObjectParser {
    pub(super) fn new(fields: Chosen, zone: UtcOffset, keep_objects: bool) -> Self {
        Self { fields, keep_objects, times: LogTimes::new(zone), counts: Counts::default(), queries: OpenQueries::default(), replaced: 0 }
    }
}

impl LineParser for ObjectParser {
    fn parse(&mut self, line: &[u8], records: &mut Vec<Record>) -> Result<bool, String> {
        if line.trim_ascii().is_empty() {
            return Ok(false);
        }
        // One wrong byte must not hide the answers of a line.
        let text = String::from_utf8_lossy(line);
        self.replaced = self.replaced.saturating_add(u64::from(matches!(text, Cow::Owned(_))));
        let text = without_header(text.trim());
        match listed(text) {
            // One event that cannot be read does not hide those before it.
            Some((events, beside)) => {
                // An answer beside the list must not be hidden by it.
                if has(&beside, &ANSWER) || has(&beside, &RECORDS) {
                    self.parse_object(text, records)?;
                }
                let failed: Vec<String> = events.iter().rev().filter_map(|event| self.parse_object(event.get(), records).err()).collect();
                match failed.last() {
                    Some(first) => Err(format!("{} of its {} events cannot be read; of the first, {first}", failed.len(), events.len())),
                    None => Ok(true),
                }
            }
            None => self.parse_object(text, records).map(|()| true),
        }
    }

    fn next_at_end(&mut self) -> Option<Record> {
        self.queries.next_unanswered()
    }

    fn remarks(&self) -> Vec<(Kind, String)> {
        let replaced = replaced_remark(self.replaced);
        let passed_over = zeek::passed_over_remark(self.counts.passed_over).map(|remark| (Kind::Lenient, remark));
        let others = other_types_remark(self.counts.other_types);
        let unanswered = self.counts.without_answer;
        let message =
            format!("up to here, no answer was found in {unanswered} TXT queries or records; if they have one, name it with --field");
        let unanswered = (unanswered > 0).then_some((Kind::LeftOut, message));
        [passed_over, replaced, self.times.remark(), others, unanswered].into_iter().flatten().collect()
    }
}

impl ObjectParser {
    /// Appends the records of an object, the last one first.
    fn parse_object(&mut self, text: &str, records: &mut Vec<Record>) -> Result<(), String> {
        let whole = parse(text).map_err(|error| not_an_object(&error))?;
        let mut failed = None;
        let wrapped = apart(whole)?;
        let is_one = wrapped.len() == 1;
        for whole in wrapped.into_iter().rev() {
            let before = scored_before(&whole);
            let is_event = before.is_some() || self.fields.answer.as_ref().is_some_and(|field| has_field(&whole, field));
            let (event, around) = if is_event { (whole, Vec::new()) } else { unwrapped(whole) };
            let events = apart(event)?;
            let is_one = is_one && events.len() == 1;
            for event in events.into_iter().rev() {
                failed = self.parse_event(text, event, &around, is_one, records).err().or(failed);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Appends the records of an event, the last one first. The text is that of its object, which may hold others.
    fn parse_event(
        &mut self,
        text: &str,
        members: Members,
        around: &[Members],
        is_one: bool,
        records: &mut Vec<Record>,
    ) -> Result<(), String> {
        let has_added = around.first().unwrap_or(&members).keys().any(|name| columns::is_added(name));
        let found = match (scored_before(&members), &self.fields.answer) {
            (Some(before), _) => Found::Answers(before),
            (None, Some(field)) => in_field(&members, field, self.fields.kind.as_deref(), &mut self.counts)?,
            (None, None) => txt_answers(&members, self.fields.kind.as_deref(), &mut self.counts)?,
        };
        let found = match found {
            Found::Nothing => return Ok(()),
            Found::Unanswered => None,
            Found::Answers(Answers { answers, .. }) if answers.len() > MAX_ANSWERS => {
                return Err(format!("it has more than {MAX_ANSWERS} answers"));
            }
            Found::Answers(answers) => Some(answers),
        };
        // What the event does not say, the object around it may.
        let known = |chosen: &Option<String>, names: &'static [Name]| {
            let of = |members: &Members| match chosen {
                Some(name) => texts_of(members, name).into_iter().next().unwrap_or_default(),
                None => first(members, names),
            };
            std::iter::once(&members).chain(around.iter().rev()).map(of).find(|found| !found.is_empty()).unwrap_or_default()
        };
        let fields = &self.fields;
        let (mut client, mut server) = (address(&known(&fields.client, &CLIENT)), address(&known(&fields.server, &SERVER)));
        if (eve::source_is_server(&members) || tshark::is_query(&members)) && fields.client.is_none() && fields.server.is_none() {
            std::mem::swap(&mut client, &mut server);
        }
        let own_query = || eve::query(&members).or_else(|| tshark::query(&members));
        let query = own_query().filter(|_| fields.query.is_none()).unwrap_or_else(|| known(&fields.query, &QUERY));
        let (query, at) = (name(&query), known(&fields.time, &TIME));
        let time = self.times.read(&at);
        let Some(Answers { answers, mut one_of_many }) = found else {
            let open = Record { time, client, server, query, is_query: true, ..Record::default() };
            records.extend(self.queries.asked(open));
            return Ok(());
        };
        one_of_many |= !is_one;
        self.queries.answered(&client, &server, &query);
        let [client, server, query] = [client, server, query].map(|name| for_each(name, answers.len()));
        let object: Option<Rc<str>> = match !self.keep_objects || !is_kept(text.len(), answers.len()) {
            true => None,
            false if has_added => Some(without_added_members(text).into()),
            false => Some(text.into()),
        };
        for answer in answers.into_iter().rev() {
            let query = match answer.owner {
                Some(owner) if query.is_empty() => name(&owner),
                _ => Rc::clone(&query),
            };
            records.push(Record {
                time,
                client: Rc::clone(&client),
                server: Rc::clone(&server),
                query,
                answer: answer.text.into_bytes(),
                object: object.clone(),
                one_of_many,
                is_line: false,
                is_query: false,
            });
        }
        Ok(())
    }
}

/// Why a line is not an object. serde_json's own message may quote the text.
fn not_an_object(error: &serde_json::Error) -> String {
    if error.to_string().contains("recursion limit") {
        return "its objects and lists are nested too deep: more than 127".into();
    }
    let column = error.column();
    let remedy = "write one object per line with `jq -c .` or `jq -c '.[]'`; for a list of texts use --format text";
    format!("it is not a JSON object (column {column}); {remedy}")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::triage::input::lines::LineReader;
    use crate::triage::input::record::{Kind, ReadError};

    fn read(text: &str, field: Option<&str>) -> Vec<Result<Record, ReadError>> {
        let parser = ObjectParser::new(Chosen { answer: field.map(str::to_owned), ..Chosen::default() }, UtcOffset::UTC, true);
        LineReader::new(Box::new(Cursor::new(text.as_bytes().to_vec())), parser).collect()
    }

    fn cells(text: &str) -> Vec<[String; 4]> {
        let records =
            read(text, None).into_iter().filter(|part| !part.as_ref().is_err_and(|error| error.kind != Kind::Lost)).map(Result::unwrap);
        let answers = records.filter(|record| !record.is_query);
        answers.map(|r| [r.client.to_string(), r.server.to_string(), r.query.to_string(), String::from_utf8(r.answer).unwrap()]).collect()
    }

    #[test]
    fn events_of_suricata_in_three_versions() {
        let answer = ["192.0.2.7", "192.0.2.53", "a.example", "v=spf1 -all"].map(str::to_owned);
        let one = r#"{"event_type":"dns","src_ip":"192.0.2.53","src_port":53,"dest_ip":"192.0.2.7","dest_port":4000,"dns":{"type":"answer","rrname":"a.example","rrtype":"TXT","rdata":"v=spf1 -all"}}"#;
        assert_eq!(cells(one), std::slice::from_ref(&answer));
        let two = r#"{"event_type":"dns","src_ip":"192.0.2.53","src_port":53,"dest_ip":"192.0.2.7","dest_port":4000,"dns":{"version":2,"type":"answer","rrname":"a.example","rrtype":"TXT","answers":[{"rrname":"a.example","rrtype":"CNAME","rdata":"b"},{"rrname":"b","rrtype":"TXT","rdata":"v=spf1 -all"}],"grouped":{"TXT":["v=spf1 -all"]}}}"#;
        assert_eq!(cells(two), std::slice::from_ref(&answer));
        let three = r#"{"event_type":"dns","src_ip":"192.0.2.53","src_port":5300,"dest_ip":"192.0.2.7","dest_port":4000,"dns":{"version":3,"type":"response","queries":[{"rrname":"a.example","rrtype":"TXT"}],"grouped":{"TXT":["v=spf1 -all"]}}}"#;
        assert_eq!(cells(three), [answer]);
        let (full, rest) = ("a".repeat(255), "b".repeat(9));
        let split = format!(r#"{{"event_type":"dns","dns":{{"grouped":{{"TXT":["x","{full}","{rest}","y"]}}}}}}"#);
        assert_eq!(cells(&split).into_iter().map(|[.., text]| text).collect::<Vec<_>>(), ["x".into(), full + &rest, "y".into()]);
        assert!(cells(r#"{"event_type":"alert","dns":{"grouped":{"TXT":["x"]}}}"#).is_empty());
        assert!(cells(r#"{"event_type":"dns","dns":{"type":"query","rrname":"a.example","rrtype":"TXT"}}"#).is_empty());
    }

    #[test]
    fn a_query_of_suricata_and_its_response_count_once() {
        let query = r#"{"event_type":"dns","src_ip":"192.0.2.7","dest_ip":"192.0.2.53","dns":{"type":"query","rrname":"a.example","rrtype":"TXT"}}"#;
        let answer = r#"{"event_type":"dns","src_ip":"192.0.2.7","dest_ip":"192.0.2.53","dns":{"version":2,"type":"answer","rrname":"a.example","grouped":{"TXT":["x"]}}}"#;
        let gone = query.replace("a.example", "b.example");
        let of = |lines: &[&str]| read(&lines.join("\n"), None).into_iter().flatten().map(|record| record.is_query).collect::<Vec<_>>();
        assert_eq!(of(&[query, answer, &gone, query, answer]), [false, false, true]);
        assert_eq!(of(&[query]), [true]);
    }

    #[test]
    fn zeek_and_any_object() {
        let zeek = r#"{"ts":1700000000.5,"id.orig_h":"192.0.2.7","id.resp_h":"192.0.2.53","query":"a.example","qtype_name":"TXT","answers":["b.example","TXT 3 abc","TXT 2 de"]}"#;
        assert_eq!(cells(zeek).iter().map(|row| row[3].clone()).collect::<Vec<_>>(), ["TXT 3 abc", "TXT 2 de"]);
        let records = read("{\"n\":1,\"note\":[\"a\",\"b\"]}\n{\"n\":2}\n[1]\n\n{\"note\":null}\n", Some("note"));
        assert_eq!(records.len(), 5);
        assert_eq!(records[1].as_ref().unwrap().answer, b"b");
        assert_eq!(records[2].as_ref().unwrap_err().to_string(), "line 2: its key note is missing or is not a string; it has n");
        assert!(records[3].as_ref().unwrap_err().to_string().starts_with("line 3: it is not a JSON object"));
        assert_eq!(records[4].as_ref().unwrap().answer, b"");
    }

    /// Found in review: these were ignored silently, or not read.
    #[test]
    fn objects_of_other_pipelines() {
        let text = |line: &str| cells(line).into_iter().map(|[client, .., text]| [client, text]).collect::<Vec<_>>();
        let one = [["192.0.2.7".to_owned(), "v=spf1 -all".to_owned()]];
        for line in [
            r#"{"preview":false,"offset":0,"result":{"src":"192.0.2.7","answer":"v=spf1 -all"}}"#,
            r#"{"event_type":"DnsRequest","src":"192.0.2.7","text":"v=spf1 -all"}"#,
            r#"{"qtype_name":"TXT","src":"192.0.2.7","answer":"v=spf1 -all"}"#,
            r#"{"id":{"orig_h":"192.0.2.7"},"qtype":16,"answers":["v=spf1 -all"]}"#,
            r#"{"src":"192.0.2.7","uid":"C","qtype":"TXT","answers":["v=spf1 -all"]}"#,
            r#"{"src":"192.0.2.7","qtype_name":"txt","qtype":16,"answers":["v=spf1 -all"]}"#,
            r#"{"id_orig_h":"192.0.2.7","query":"a.example","qtype_name":"TXT","answers":["b.example","v=spf1 -all"]}"#,
            r#"{"event_type":"dns","src_ip":"192.0.2.7","dns":{"answers":[],"grouped":{"TXT":["v=spf1 -all"]}}}"#,
        ] {
            assert_eq!(text(line), one, "{line}");
        }
        assert!(text(r#"{"uid":"C1","id.orig_h":"192.0.2.7","query":"a.example"}"#).is_empty());
        assert_eq!(read(r#"{"a":{"b":"x"}}"#, Some("a.b"))[0].as_ref().unwrap().answer, b"x");
        let of_each = read(r#"{"dns":{"answers":[{"type":"CNAME"},{"data":"x"},{"data":["y"]}]}}"#, Some("dns.answers.data"));
        assert_eq!(of_each.into_iter().map(|record| record.unwrap().answer).collect::<Vec<_>>(), [b"x", b"y"]);
        assert!(read(r#"{"dns":{"answers":[{"data":"x"}]}}"#, Some("dns.answers"))[0].is_err());
        let many = read(r#"{"text":["a","b"]}"#, None);
        assert!(many.len() == 2 && many[1].as_ref().unwrap().one_of_many);
        // Found in review: the message quoted a line of text.
        let named = read("\"secretpayload\"", None)[0].as_ref().unwrap_err().to_string();
        assert!(named.contains("not a JSON object") && !named.contains("secret"), "{named}");
        assert!(read("[", None)[0].as_ref().unwrap_err().to_string().contains("jq -c"));
    }

    /// Found in review: two rows became four, numbers lost digits, members their order, and another member its value.
    #[test]
    fn a_second_scoring_changes_nothing() {
        let scored = r#"{"z":1.0,"text":"keep","note":["a","b"],"big":123456789012345678901,"txt_answer":"b","predicted_is_unknown":0.1}"#;
        let export = r#"{"preview":false,"result":{"text":["a","b"]},"txt_answer":"b","predicted_is_unknown":0.1}"#;
        assert_eq!(read(export, None).len(), 1);
        for field in [None, Some("note")] {
            let again = read(scored, field);
            let record = again[0].as_ref().unwrap();
            assert_eq!((again.len(), &*record.answer, record.one_of_many), (1, &b"b"[..], true));
            let kept = r#"{"z":1.0,"text":"keep","note":["a","b"],"big":123456789012345678901}"#;
            assert_eq!(record.object.as_deref(), Some(kept));
        }
    }

    /// Found in review: an event was written once for each of its answers, whose number an attacker chooses: 288 KB became 1.1 GB.
    #[test]
    fn an_event_of_very_many_answers_is_not_kept_with_each() {
        let event =
            |answers: usize| format!(r#"{{"event_type":"dns","dns":{{"grouped":{{"TXT":["x"{}]}}}}}}"#, r#","x""#.repeat(answers - 1));
        let kept = |answers| read(&event(answers), None).into_iter().filter(|record| record.as_ref().unwrap().object.is_some()).count();
        assert_eq!((kept(64), kept(65), kept(4000)), (64, 0, 0));
        assert!(read(&event(MAX_ANSWERS + 1), None)[0].is_err());
        let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(2 << 20));
        assert!(read(&long, None)[0].as_ref().unwrap().object.is_some());
    }

    /// Found in review: each of these was ignored silently.
    #[test]
    fn answers_in_every_section_and_kind_of_event_count() {
        let txt = r#"[{"rrname":"a","rrtype":"TXT","rdata":"x"}]"#;
        for event in [
            format!(r#"{{"event_type":"dns","dns":{{"version":3,"answers":[],"additionals":{txt}}}}}"#),
            format!(r#"{{"event_type":"dns","dns":{{"version":3,"authorities":{txt}}}}}"#),
            format!(r#"{{"event_type":"mdns","mdns":{{"answers":{txt}}}}}"#),
        ] {
            assert_eq!(cells(&event)[0][3], "x", "{event}");
        }
        for without_text in [r#"{"qtype_name":"TXT","answers":{"a":1}}"#, r#"{"text":[["x"]]}"#, r#"{"text":[{"a":1}]}"#, r#"{"text":{}}"#]
        {
            assert!(read(without_text, None)[0].is_err(), "{without_text}");
        }
    }

    /// Found by attack: a `null` beside answers, or one byte that is not UTF-8, hid them.
    #[test]
    fn what_is_wrong_in_a_line_does_not_hide_its_answers() {
        let zeek = r#"{"uid":"C1","qtype_name":"TXT","query":"a.example","answers":[null,"TXT 1 x",null]}"#;
        assert_eq!(cells(zeek).len(), 1);
        let line = [&b"{\"src\":\"\xff\",\"text\":\"v=spf1 -all\"}"[..]].concat();
        let parser = ObjectParser::new(Chosen::default(), UtcOffset::UTC, true);
        let read: Vec<_> = LineReader::new(Box::new(Cursor::new(line)), parser).collect();
        let record = read[0].as_ref().unwrap();
        assert_eq!((&*record.answer, &*record.client), (&b"v=spf1 -all"[..], "\u{fffd}"));
        assert!(read[1].as_ref().is_err_and(|error| error.kind == Kind::Lenient && error.message.contains("not UTF-8")) && read.len() == 2);
    }

    #[test]
    fn an_object_is_kept_byte_for_byte_but_for_members_that_come_again() {
        let text = r#"{ "z": 1.0, "a": 12345678901234567890123, "text" : "x" }"#;
        assert_eq!(read(text, None)[0].as_ref().unwrap().object.as_deref(), Some(text));
        let scored = r#"{"text":"x","pred_is_unknown":1}"#;
        assert_eq!(read(scored, None)[0].as_ref().unwrap().object.as_deref(), Some(r#"{"text":"x"}"#));
    }
}
