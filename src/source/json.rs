//! One JSON object a line: Suricata's EVE (versions 1 to 3 of its DNS events), Zeek's dns.log, or any object with a member that
//! holds the answer. Which one is seen at each object, so joined files are read as well.
//!
//! An object is kept byte for byte, unless it has members of the names that the output adds: a second scoring would write
//! them twice.

use std::rc::Rc;

use serde_json::{Map, Value};

use crate::{text, verdict};

use super::lines::Line;
use super::{ANSWER, CLIENT, QUERY, Record, SERVER, TIME, address, is_ours, object, time, zeek};

pub(super) struct Objects {
    /// The member that holds the answer, where one is asked for.
    pub field: Option<String>,
}

type Members = Map<String, Value>;

impl Line for Objects {
    fn take(&mut self, line: &[u8], records: &mut Vec<Record>) -> Result<(), String> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let text = std::str::from_utf8(line).map_err(|_| "it is no UTF-8".to_owned())?.trim();
        // serde_json's own words may quote the text.
        let whole: Members = serde_json::from_str(text).map_err(|error| {
            let column = error.column();
            format!("it is no JSON object (column {column}); one on each line is read, as `jq -c .` or `jq -c '.[]'` writes them")
        })?;
        // Splunk exports each row inside an object that counts them.
        let members = whole.get("result").and_then(Value::as_object).filter(|_| whole.contains_key("preview")).unwrap_or(&whole);
        let Some((answers, is_event)) = self.answers(members)? else { return Ok(()) };
        // Of several answers each row says which one it is.
        let name = if is_event || !members.contains_key("answer") { "answer" } else { "text" };
        let one_of_many = (is_event || answers.len() > 1).then_some(name);
        let (mut client, mut server) = (address(first(members, &CLIENT)), address(first(members, &SERVER)));
        // Version 2 of Suricata's DNS events names the client first, version 3 who sent the answer.
        let dns = members.get("dns");
        let is_reply = dns.and_then(|dns| dns.get("version")?.as_u64()) >= Some(3)
            && dns.and_then(|dns| dns.get("type")?.as_str()) == Some("response");
        if is_reply || port(members, "src_port") == Some(53) && port(members, "dest_port") != Some(53) {
            std::mem::swap(&mut client, &mut server);
        }
        let query: Rc<str> = eve_query(members).unwrap_or_else(|| first(members, &QUERY)).into();
        let time = time(&first(members, &TIME));
        // What comes again, or is said again, must not stand twice.
        let stands_twice = |name: &str| is_ours(name) || one_of_many == Some(name);
        let object: Rc<str> = if whole.keys().any(|name| stands_twice(name)) {
            object(whole.iter().filter(|(name, _)| !stands_twice(name)).map(|(name, value)| (&**name, value.clone()))).into()
        } else {
            text.into()
        };
        for answer in answers.into_iter().rev() {
            records.push(Record {
                time,
                client: Rc::clone(&client),
                server: Rc::clone(&server),
                query: Rc::clone(&query),
                answer: answer.into_bytes(),
                object: Some(Rc::clone(&object)),
                one_of_many,
            });
        }
        Ok(())
    }
}

impl Objects {
    /// The answers of an object, and whether it is an event; nothing where it is one of another kind.
    fn answers(&self, members: &Members) -> Result<Option<(Vec<String>, bool)>, String> {
        if let Some(field) = &self.field {
            let answers = values(member(members, field)).ok_or_else(|| format!("it has no text in a member {field}"))?;
            return Ok(Some((answers, false)));
        }
        // An event that was scored before has a row for each answer, which it names.
        if members.contains_key(verdict::COLUMNS[0])
            && (members.contains_key("answers") || members.contains_key("dns"))
            && let Some(answer) = members.get("answer").and_then(shown)
        {
            return Ok(Some((vec![answer], true)));
        }
        if members.get("event_type").is_some_and(|kind| kind == "dns") && members.get("dns").is_some_and(Value::is_object) {
            return Ok(Some((eve(members), true)));
        }
        if let Some(answers) = members.get("answers").and_then(|answers| values(Some(answers)))
            && ["qtype_name", "qtype", "query", "id.orig_h"].iter().any(|name| members.contains_key(*name))
        {
            let asks_for_txt = first(members, &["qtype_name"]) == "TXT" || first(members, &["qtype"]) == "16";
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
            return Ok(Some((answers, false)));
        }
        // Another event of Suricata, or a query of Zeek's that nobody answered.
        if ["event_type", "qtype_name", "qtype", "uid"].iter().any(|name| members.contains_key(*name)) {
            return Ok(None);
        }
        Err("it is no event of Zeek or Suricata and has no member text or answer; name one with --field".to_owned())
    }
}

/// The texts of a member that holds one or several; `null` holds none.
fn values(member: Option<&Value>) -> Option<Vec<String>> {
    match member? {
        Value::Null => Some(vec![String::new()]),
        Value::Array(values) => Some(values.iter().filter_map(shown).collect()),
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
fn eve(members: &Members) -> Vec<String> {
    let Some(dns) = members.get("dns") else { return Vec::new() };
    let is_txt = |record: &Value| record.get("rrtype") == Some(&"TXT".into());
    if let Some(answers) = dns.get("answers").and_then(Value::as_array) {
        let texts = whole(answers.iter().filter(|answer| is_txt(answer)).filter_map(|answer| shown(answer.get("rdata")?)));
        if !texts.is_empty() {
            return texts;
        }
    }
    if let Some(grouped) = dns.get("grouped") {
        return whole(values(grouped.get("TXT")).unwrap_or_default().into_iter());
    }
    if is_txt(dns) { dns.get("rdata").and_then(shown).into_iter().collect() } else { Vec::new() }
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
    let dns = members.get("dns")?;
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
        assert_eq!(records[2].as_ref().unwrap_err().to_string(), "line 2: it has no text in a member note");
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
            r#"{"id_orig_h":"192.0.2.7","query":"a.example","qtype_name":"TXT","answers":["b.example","v=spf1 -all"]}"#,
            r#"{"event_type":"dns","src_ip":"192.0.2.7","dns":{"answers":[],"grouped":{"TXT":["v=spf1 -all"]}}}"#,
        ] {
            assert_eq!(text(line), one, "{line}");
        }
        assert!(text(r#"{"uid":"C1","id.orig_h":"192.0.2.7","query":"a.example"}"#).is_empty());
        assert_eq!(read(r#"{"a":{"b":"x"}}"#, Some("a.b"))[0].as_ref().unwrap().answer, b"x");
        let many = read(r#"{"text":["a","b"]}"#, None);
        assert_eq!(many[1].as_ref().unwrap().one_of_many, Some("answer"));
        let again = read(r#"{"event_type":"dns","answer":"b","dns":{"grouped":{"TXT":["a","b"]}},"predicted_is_unknown":0.1}"#, None);
        assert_eq!((again.len(), &*again[0].as_ref().unwrap().answer), (1, &b"b"[..]), "one row stays one row");
        assert!(!again[0].as_ref().unwrap().object.as_ref().unwrap().contains("\"answer\""));
        // Found in review: a line of text stood in the message.
        let named = read("\"secretpayload\"", None)[0].as_ref().unwrap_err().to_string();
        assert!(named.contains("no JSON object") && !named.contains("secret"), "{named}");
        assert!(read("[", None)[0].as_ref().unwrap_err().to_string().contains("jq -c"));
    }

    #[test]
    fn an_object_is_kept_byte_for_byte_but_for_members_that_come_again() {
        let text = r#"{ "z": 1.0, "a": 12345678901234567890123, "text" : "x" }"#;
        assert_eq!(read(text, None)[0].as_ref().unwrap().object.as_deref(), Some(text));
        let scored = r#"{"text":"x","pred_is_unknown":1}"#;
        assert_eq!(read(scored, None)[0].as_ref().unwrap().object.as_deref(), Some(r#"{"text":"x"}"#));
    }
}
