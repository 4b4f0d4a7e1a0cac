//! One JSON object a line: Suricata's EVE (versions 1 to 3 of its DNS events), Zeek's dns.log, or any object with a member that
//! holds the answer. Which one is seen at each object, so joined files are read as well.
//!
//! An object is kept byte for byte, but for members of the names that the output adds: a second scoring would write them twice.

use std::rc::Rc;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::{text, verdict};

use super::lines::Line;
use super::{ANSWER, CLIENT, ONE_OF_MANY, QUERY, Record, SERVER, TIME, address, is_ours, name, time, zeek};

/// Answers of one line: a DNS message of 64 KiB holds half as many strings.
const MOST_ANSWERS: usize = 64 << 10;
/// Bytes up to which an object is kept with each of its answers: whoever answers chooses how many there are.
const MOST_KEPT: usize = 1 << 20;
/// Suricata's events that hold DNS messages, in a member of the same name.
const EVENTS: [&str; 3] = ["dns", "mdns", "llmnr"];

pub(super) struct Objects {
    /// The member that holds the answer, where one is asked for.
    pub field: Option<String>,
}

type Members = Map<String, Value>;

impl Line for Objects {
    fn take(&mut self, line: &[u8], records: &mut Vec<Record>) -> Result<bool, String> {
        if line.trim_ascii().is_empty() {
            return Ok(false);
        }
        let text = std::str::from_utf8(line).map_err(|_| "it is no UTF-8".to_owned())?.trim();
        // serde_json's own words may quote the text.
        let whole: Members = serde_json::from_str(text).map_err(|error| {
            let column = error.column();
            let reads = "one on each line is read, as `jq -c .` or `jq -c '.[]'` writes them; a list of texts needs --format text";
            format!("it is no JSON object (column {column}); {reads}")
        })?;
        // Splunk exports each row inside an object that counts them.
        let members = whole.get("result").and_then(Value::as_object).filter(|_| whole.contains_key("preview")).unwrap_or(&whole);
        let Some((answers, one_of_many)) = self.answers(&whole, members)? else { return Ok(true) };
        if answers.len() > MOST_ANSWERS {
            return Err(format!("it has more than {MOST_ANSWERS} answers"));
        }
        let (mut client, mut server) = (address(&first(members, &CLIENT)), address(&first(members, &SERVER)));
        // Version 2 of Suricata's DNS events names the client first, version 3 who sent the answer.
        let dns = message(members);
        let is_reply = dns.and_then(|dns| dns.get("version")?.as_u64()) >= Some(3)
            && dns.and_then(|dns| dns.get("type")?.as_str()) == Some("response");
        if is_reply || port(members, "src_port") == Some(53) && port(members, "dest_port") != Some(53) {
            std::mem::swap(&mut client, &mut server);
        }
        let query = name(&eve_query(members).unwrap_or_else(|| first(members, &QUERY)));
        let time = time(&first(members, &TIME));
        let object: Option<Rc<str>> = match text.len().saturating_mul(answers.len()) > MOST_KEPT.max(text.len()) {
            true => None,
            false if whole.keys().any(|name| is_ours(name)) => Some(without_ours(text).into()),
            false => Some(text.into()),
        };
        for answer in answers.into_iter().rev() {
            records.push(Record {
                time,
                client: Rc::clone(&client),
                server: Rc::clone(&server),
                query: Rc::clone(&query),
                answer: answer.into_bytes(),
                object: object.clone(),
                one_of_many,
            });
        }
        Ok(true)
    }
}

/// An object's members as they are written, in order.
struct Written<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Written<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Written<'de>;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
                let mut written = Vec::new();
                while let Some(member) = members.next_entry()? {
                    written.push(member);
                }
                Ok(Written(written))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// An object's text without the members that the output adds.
fn without_ours(text: &str) -> String {
    let written = serde_json::from_str::<Written>(text).map_or_else(|_| Vec::new(), |written| written.0);
    let kept = written.iter().filter(|(name, _)| !is_ours(name)).map(|(name, value)| format!("{}:{value}", Value::from(&**name)));
    format!("{{{}}}", kept.collect::<Vec<_>>().join(","))
}

impl Objects {
    /// The answers of an object, and whether a row has to say which one it is: of an event, and of several. Nothing where it is
    /// an event of another kind.
    fn answers(&self, whole: &Members, members: &Members) -> Result<Option<(Vec<String>, bool)>, String> {
        // What was scored before has a row for each answer, which it names.
        if whole.contains_key(verdict::COLUMNS[0])
            && let Some(answer) = whole.get(ONE_OF_MANY).and_then(shown)
        {
            return Ok(Some((vec![answer], true)));
        }
        let plain = |answers: Vec<String>| {
            let several = answers.len() > 1;
            Ok(Some((answers, several)))
        };
        if let Some(name) = &self.field {
            return plain(field(members, name).ok_or_else(|| format!("its member {name} holds no text, or is not there"))?);
        }
        if let Some(message) = message(members) {
            return Ok(Some((eve(message), true)));
        }
        let kind = first(members, &["qtype_name", "qtype"]);
        let asks_for_txt = kind.eq_ignore_ascii_case("TXT") || kind == "16" || first(members, &["qtype"]) == "16";
        if let Some(answers) =
            members.get("answers").filter(|_| ["qtype_name", "qtype", "query", "id.orig_h"].iter().any(|name| members.contains_key(*name)))
        {
            let Some(answers) = values(Some(answers)) else {
                return if asks_for_txt { Err("its member answers holds no texts".to_owned()) } else { Ok(None) };
            };
            let texts = zeek::texts(answers.iter().map(String::as_bytes).collect(), asks_for_txt);
            if !texts.is_empty() {
                return Ok(Some((texts.into_iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect(), true)));
            }
            // Some pipelines put the text beside it.
            if !ANSWER.iter().any(|name| members.contains_key(*name)) {
                return Ok(None);
            }
        }
        if let Some(answers) = ANSWER.iter().find_map(|name| values(members.get(*name))) {
            return plain(answers);
        }
        // Another event of Suricata, or a query of Zeek's that nobody answered.
        if ["event_type", "qtype_name", "qtype", "uid"].iter().any(|name| members.contains_key(*name)) {
            return Ok(None);
        }
        Err("it is no event of Zeek or Suricata, and no member text or answer holds a text; name one with --field, or read lines as texts with --format text".to_owned())
    }
}

/// The message of one of Suricata's DNS events.
fn message(members: &Members) -> Option<&Value> {
    let kind = EVENTS.into_iter().find(|kind| members.get("event_type").is_some_and(|name| name == kind))?;
    members.get(kind).filter(|message| message.is_object())
}

/// The texts of a member that holds one or several, and nothing else; `null` holds none.
fn values(member: Option<&Value>) -> Option<Vec<String>> {
    match member? {
        Value::Null => Some(vec![String::new()]),
        Value::Array(values) => values.iter().map(shown).collect(),
        value => Some(vec![shown(value)?]),
    }
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// A member by its name; by a name with dots one inside others, unless there is one of that very name.
fn member<'m>(members: &'m Members, name: &str) -> Option<&'m Value> {
    members.get(name).or_else(|| {
        let (outer, inner) = name.split_once('.')?;
        member(members.get(outer)?.as_object()?, inner)
    })
}

/// The texts of a field that somebody asked for. A name with dots goes through lists: `dns.answers.data` is one of each answer.
fn field(members: &Members, name: &str) -> Option<Vec<String>> {
    if let Some(member) = members.get(name) {
        return values(Some(member));
    }
    let (outer, inner) = name.split_once('.')?;
    match members.get(outer)? {
        Value::Object(members) => field(members, inner),
        Value::Array(list) => {
            let texts: Vec<String> = list.iter().filter_map(|one| field(one.as_object()?, inner)).flatten().collect();
            (!texts.is_empty()).then_some(texts)
        }
        _ => None,
    }
}

fn first(members: &Members, names: &[&str]) -> String {
    names.iter().find_map(|name| shown(member(members, name)?)).unwrap_or_default()
}

fn port(members: &Members, name: &str) -> Option<u64> {
    members.get(name)?.as_u64()
}

/// The TXT answers of a DNS event of EVE. Version 1 has an event for each answer, 2 and 3 a list,
/// or, where `formats` says so, texts grouped by type.
///
/// Suricata writes each character string apart and no border between records. A string that is full, at 255 bytes, goes on in
/// the next one; where shorter strings are parts of one record nothing tells.
fn eve(dns: &Value) -> Vec<String> {
    let is_txt = |record: &Value| record.get("rrtype") == Some(&"TXT".into());
    let listed = |section: &str| {
        let records = dns.get(section).and_then(Value::as_array).into_iter().flatten();
        whole(records.filter(|record| is_txt(record)).filter_map(|record| shown(record.get("rdata")?)))
    };
    let mut texts = listed("answers");
    if texts.is_empty() {
        texts = whole(dns.get("grouped").and_then(|grouped| values(grouped.get("TXT"))).unwrap_or_default().into_iter());
    }
    if texts.is_empty() && is_txt(dns) {
        texts.extend(dns.get("rdata").and_then(shown));
    }
    // As in captures: whoever listens to them is answered there.
    texts.into_iter().chain(listed("authorities")).chain(listed("additionals")).collect()
}

/// Strings, those that are full joined with the next one.
fn whole(strings: impl Iterator<Item = String>) -> Vec<String> {
    const FULL: usize = 255;
    let (mut texts, mut goes_on): (Vec<String>, bool) = (Vec::new(), false);
    for string in strings {
        let full = text::normalise(string.as_bytes()).len() == FULL || string.len() == FULL;
        match texts.last_mut().filter(|_| goes_on) {
            Some(text) => text.push_str(&string),
            None => texts.push(string),
        }
        goes_on = full;
    }
    texts
}

/// The queried name of an EVE event.
fn eve_query(members: &Members) -> Option<String> {
    let dns = message(members)?;
    dns.get("rrname").or_else(|| dns.get("queries")?.get(0)?.get("rrname")).and_then(shown)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::source::Broken;
    use crate::source::lines::ByLine;

    fn read(text: &str, field: Option<&str>) -> Vec<Result<Record, Broken>> {
        let objects = Objects { field: field.map(str::to_owned) };
        ByLine::new(Box::new(Cursor::new(text.as_bytes().to_vec())), objects).collect()
    }

    fn said(text: &str) -> Vec<[String; 4]> {
        let records = read(text, None).into_iter().map(Result::unwrap);
        records.map(|r| [r.client.to_string(), r.server.to_string(), r.query.to_string(), String::from_utf8(r.answer).unwrap()]).collect()
    }

    #[test]
    fn events_of_suricata_in_three_versions() {
        let answer = ["192.0.2.7", "192.0.2.53", "a.example", "v=spf1 -all"].map(str::to_owned);
        let one = r#"{"event_type":"dns","src_ip":"192.0.2.53","src_port":53,"dest_ip":"192.0.2.7","dest_port":4000,"dns":{"type":"answer","rrname":"a.example","rrtype":"TXT","rdata":"v=spf1 -all"}}"#;
        assert_eq!(said(one), std::slice::from_ref(&answer));
        let two = r#"{"event_type":"dns","src_ip":"192.0.2.53","src_port":53,"dest_ip":"192.0.2.7","dest_port":4000,"dns":{"version":2,"type":"answer","rrname":"a.example","rrtype":"TXT","answers":[{"rrname":"a.example","rrtype":"CNAME","rdata":"b"},{"rrname":"b","rrtype":"TXT","rdata":"v=spf1 -all"}],"grouped":{"TXT":["v=spf1 -all"]}}}"#;
        assert_eq!(said(two), std::slice::from_ref(&answer));
        let three = r#"{"event_type":"dns","src_ip":"192.0.2.53","src_port":5300,"dest_ip":"192.0.2.7","dest_port":4000,"dns":{"version":3,"type":"response","queries":[{"rrname":"a.example","rrtype":"TXT"}],"grouped":{"TXT":["v=spf1 -all"]}}}"#;
        assert_eq!(said(three), [answer]);
        let (full, rest) = ("a".repeat(255), "b".repeat(9));
        let split = format!(r#"{{"event_type":"dns","dns":{{"grouped":{{"TXT":["x","{full}","{rest}","y"]}}}}}}"#);
        assert_eq!(said(&split).into_iter().map(|[.., text]| text).collect::<Vec<_>>(), ["x".into(), full + &rest, "y".into()]);
        assert!(said(r#"{"event_type":"alert","dns":{"grouped":{"TXT":["x"]}}}"#).is_empty());
        assert!(said(r#"{"event_type":"dns","dns":{"type":"query","rrname":"a.example","rrtype":"TXT"}}"#).is_empty());
    }

    #[test]
    fn zeek_and_any_object() {
        let zeek = r#"{"ts":1700000000.5,"id.orig_h":"192.0.2.7","id.resp_h":"192.0.2.53","query":"a.example","qtype_name":"TXT","answers":["b.example","TXT 3 abc","TXT 2 de"]}"#;
        assert_eq!(said(zeek).iter().map(|cells| cells[3].clone()).collect::<Vec<_>>(), ["TXT 3 abc", "TXT 2 de"]);
        let records = read("{\"n\":1,\"note\":[\"a\",\"b\"]}\n{\"n\":2}\n[1]\n\n{\"note\":null}\n", Some("note"));
        assert_eq!(records.len(), 5);
        assert_eq!(records[1].as_ref().unwrap().answer, b"b");
        assert_eq!(records[2].as_ref().unwrap_err().to_string(), "line 2: its member note holds no text, or is not there");
        assert!(records[3].as_ref().unwrap_err().to_string().starts_with("line 3: it is no JSON object"));
        assert_eq!(records[4].as_ref().unwrap().answer, b"");
    }

    /// Found in review: these were passed over without a word, or not read.
    #[test]
    fn objects_of_other_pipelines() {
        let text = |line: &str| said(line).into_iter().map(|[client, .., text]| [client, text]).collect::<Vec<_>>();
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
        // Found in review: a line of text stood in the message.
        let named = read("\"secretpayload\"", None)[0].as_ref().unwrap_err().to_string();
        assert!(named.contains("no JSON object") && !named.contains("secret"), "{named}");
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

    /// Found in review: an event was written once for each of its answers, which whoever answered chose: 288 KB became 1.1 GB.
    #[test]
    fn an_event_of_very_many_answers_is_not_kept_with_each() {
        let event =
            |answers: usize| format!(r#"{{"event_type":"dns","dns":{{"grouped":{{"TXT":["x"{}]}}}}}}"#, r#","x""#.repeat(answers - 1));
        let kept = |answers| read(&event(answers), None).into_iter().filter(|record| record.as_ref().unwrap().object.is_some()).count();
        assert_eq!((kept(400), kept(4000)), (400, 0));
        assert!(read(&event(MOST_ANSWERS + 1), None)[0].is_err());
        let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(2 * MOST_KEPT));
        assert!(read(&long, None)[0].as_ref().unwrap().object.is_some());
    }

    /// Found in review: each of these was passed over without a word.
    #[test]
    fn answers_in_every_section_and_kind_of_event_count() {
        let txt = r#"[{"rrname":"a","rrtype":"TXT","rdata":"x"}]"#;
        for event in [
            format!(r#"{{"event_type":"dns","dns":{{"version":3,"answers":[],"additionals":{txt}}}}}"#),
            format!(r#"{{"event_type":"dns","dns":{{"version":3,"authorities":{txt}}}}}"#),
            format!(r#"{{"event_type":"mdns","mdns":{{"answers":{txt}}}}}"#),
        ] {
            assert_eq!(said(&event)[0][3], "x", "{event}");
        }
        for no_text in [r#"{"qtype_name":"TXT","answers":{"a":1}}"#, r#"{"text":[["x"]]}"#, r#"{"text":[{"a":1}]}"#, r#"{"text":{}}"#] {
            assert!(read(no_text, None)[0].is_err(), "{no_text}");
        }
    }

    #[test]
    fn an_object_is_kept_byte_for_byte_but_for_members_that_come_again() {
        let text = r#"{ "z": 1.0, "a": 12345678901234567890123, "text" : "x" }"#;
        assert_eq!(read(text, None)[0].as_ref().unwrap().object.as_deref(), Some(text));
        let scored = r#"{"text":"x","pred_is_unknown":1}"#;
        assert_eq!(read(scored, None)[0].as_ref().unwrap().object.as_deref(), Some(r#"{"text":"x"}"#));
    }
}
