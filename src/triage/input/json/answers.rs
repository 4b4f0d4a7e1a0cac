//! Where a JSON object holds its TXT answers.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::columns;
use crate::triage::input::dns_message::{self, Expect};
use crate::triage::input::field_names::{
    ANSWER, DNSX_QUERY, MESSAGE, RECORD_DATA, RECORD_OWNER, RECORD_STRINGS, RECORD_TYPE, RECORDS, TYPE, ZONE_LINES, is_other_type,
    is_record_type, is_txt, other_types,
};
use crate::triage::input::json::members::{Members, first, has, known, scalar, values, values_but_null};
use crate::triage::input::json::{eve, tshark};
use crate::triage::input::parse::is_column_name;
use crate::triage::input::record::{Answer, join_full_strings};
use crate::triage::input::tool_lines::ZoneLine;
use crate::triage::input::zeek;

/// The answers of an object.
pub(super) struct Answers {
    pub answers: Vec<Answer>,
    /// Whether an output line has to say which answer it is about, as for events and for several answers.
    pub one_of_many: bool,
}

/// What an object holds.
pub(super) enum Found {
    Answers(Answers),
    /// A TXT query, or a response to one, without a TXT answer.
    Unanswered,
    /// Answers of other types only, or an event of another kind.
    Nothing,
}

impl Found {
    fn answers_or(found: Option<Answers>, asks_for_txt: bool) -> Self {
        match found {
            Some(answers) => Self::Answers(answers),
            None if asks_for_txt => Self::Unanswered,
            None => Self::Nothing,
        }
    }
}

/// What was not scored, over all objects of a file.
#[derive(Default)]
pub(super) struct Counts {
    /// Bare answers that may be the target of a CNAME.
    pub passed_over: u64,
    /// Answers of other record types.
    pub other_types: u64,
    /// TXT records and queries in which no answer was found.
    pub without_answer: u64,
}

fn plain(texts: Vec<String>) -> Answers {
    let one_of_many = texts.len() > 1;
    Answers { answers: texts.into_iter().map(|text| Answer { text, owner: None }).collect(), one_of_many }
}

fn of_event(texts: Vec<String>) -> Answers {
    Answers { one_of_many: true, ..plain(texts) }
}

fn of_message(answers: Vec<Answer>) -> Answers {
    Answers { answers, one_of_many: true }
}

/// The answers of an object.
///
/// # Errors
/// If nothing says where the answer is.
pub(super) fn txt_answers(members: &Members, type_field: Option<&str>, counts: &mut Counts) -> Result<Found, String> {
    if let Some(message) = eve::message(members) {
        let answers = Some(eve::txt_answers(message)).filter(|answers| !answers.is_empty());
        return Ok(Found::answers_or(answers.map(of_message), eve::asks_for_txt(members)));
    }
    if let Some((answers, others)) = tshark::txt_answers(members) {
        counts.other_types = counts.other_types.saturating_add(others);
        return Ok(Found::answers_or((!answers.is_empty()).then(|| of_message(answers)), tshark::asks_for_txt(members)));
    }
    let kinds = asked_types(members, type_field);
    let kind = kinds.join(" ");
    let has_any = |names: &[&str]| names.iter().any(|name| members.contains_key(*name));
    let mut records: Vec<&Members> = known(members, &RECORDS).filter_map(|(_, value)| objects(value)).flatten().collect();
    if has_any(&RECORD_STRINGS) {
        records.push(members); // the object is a record itself
    }
    if !records.is_empty() {
        let found = of_records(records, &kind, counts);
        // Some pipelines put the text next to them.
        if found.is_some() || !has(members, &ANSWER) {
            return Ok(Found::answers_or(found, is_txt(&kind)));
        }
    }
    if let Some(answers) =
        members.get("answers").filter(|list| objects(list).is_none() && has_any(&["qtype_name", "qtype", "query", "id.orig_h"]))
    {
        let asks_for_txt = is_txt(&kind) || first(members, &[("qtype", "")]) == "16";
        let Some(answers) = values_but_null(answers) else {
            return if asks_for_txt { Err("its key answers does not hold strings".to_owned()) } else { Ok(Found::Nothing) };
        };
        let (texts, passed_over) = zeek::txt_answers(answers.iter().map(String::as_bytes).collect(), asks_for_txt);
        counts.passed_over = counts.passed_over.saturating_add(passed_over);
        if !texts.is_empty() {
            return Ok(Found::Answers(of_event(texts.into_iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect())));
        }
        // Some pipelines put the text next to it.
        if !has(members, &ANSWER) {
            return Ok(Found::answers_or(None, asks_for_txt));
        }
    }
    if let Some(message) = known(members, &MESSAGE).find_map(|(_, value)| BASE64_STANDARD.decode(value.as_str()?).ok()) {
        let response = dns_message::read(&message, Expect::FromServer).unwrap_or_default();
        let answers = response.texts.into_iter().map(|(owner, text)| Answer { text, owner: Some(owner.to_string()) }).collect::<Vec<_>>();
        return Ok(Found::answers_or((!answers.is_empty()).then(|| of_message(answers)), is_txt(&kind)));
    }
    if let Some((name, texts)) = known(members, &ANSWER).find_map(|(name, value)| Some((name, values(Some(value))?))) {
        // tshark -e: strings of TXT records only, whatever types are named beside them.
        if name.starts_with("layers.") {
            return Ok(Found::Answers(plain(join_full_strings(texts.into_iter()))));
        }
        let owner = (name == "txt").then(|| first(members, &[(DNSX_QUERY, "")]));
        let number = texts.len();
        let is_other = other_types(kinds.iter().map(String::as_str).collect(), number);
        let mut found = plain(texts);
        let mut place = 0..number;
        found.answers.retain(|_| !place.next().is_some_and(&is_other));
        found.answers.iter_mut().for_each(|answer| answer.owner.clone_from(&owner));
        let left_out = number.saturating_sub(found.answers.len());
        counts.other_types = counts.other_types.saturating_add(left_out as u64);
        return Ok(Found::answers_or(Some(found).filter(|found| left_out == 0 || !found.answers.is_empty()), false));
    }
    if let Some(lines) = known(members, &ZONE_LINES).find_map(|(_, value)| values(Some(value))) {
        return Ok(Found::answers_or(of_zone_lines(&lines, &kind, counts), is_txt(&kind)));
    }
    // Another event of Suricata or Zeek, or a query that Zeek logged without an answer.
    if has_any(&["event_type", "uid", "_path", "qtype_name"]) {
        return Ok(Found::answers_or(None, is_txt(&kind)));
    }
    if !kind.is_empty() {
        counts.without_answer = counts.without_answer.saturating_add(u64::from(is_txt(&kind)));
        return Ok(Found::answers_or(None, is_txt(&kind)));
    }
    // A packet of tshark without a record, the first object of dnsrecon, and the lines that name an index of Elasticsearch.
    if tshark::is_raw(members) {
        return Err("it is tshark's JSON of raw bytes; write it with `-T json` or `-T ek`".to_owned());
    }
    if members.contains_key("layers")
        || members.get("type").is_some_and(|kind| kind == "ScanInfo")
        || has_any(&["index"]) && members.len() == 1
    {
        return Ok(Found::answers_or(None, tshark::asks_for_txt(members)));
    }
    Err(format!(
        "it is not an event that this program knows and has no member text or answer with a text; {}; name a member with --field, or read \
         lines as texts with --format text",
        names_of(members)
    ))
}

/// The first names of an object, for a message.
fn names_of(members: &Members) -> String {
    const MAX_NAMES: usize = 12;
    let names: Vec<&str> = members.keys().filter(|name| is_column_name(name.as_bytes())).take(MAX_NAMES).map(|name| &**name).collect();
    let more = if members.len() > names.len() { ", …; --list-fields shows all" } else { "" };
    if names.is_empty() { "it has none with a plain name".to_owned() } else { format!("it has {}{more}", names.join(", ")) }
}

/// The answers in a field that the user named. It leads through objects and lists: `dns.answers.data` is one text of each answer.
/// A record whose type is another one is left out, and so is everything if another type was asked for.
pub(super) fn in_field(members: &Members, name: &str, type_field: Option<&str>, counts: &mut Counts) -> Result<Found, String> {
    let missing = || format!("its key {name} is missing or is not a string; {}", names_of(members));
    let mut left_out = 0;
    let texts = field(members, name, &mut left_out);
    counts.other_types = counts.other_types.saturating_add(left_out);
    let texts = match texts {
        None if left_out > 0 => return Ok(Found::Nothing),
        texts => texts.ok_or_else(missing)?,
    };
    if left_out == 0 && is_other_type(&asked_types(members, type_field).join(" ")) && !TYPE.iter().any(|(own, _)| *own == name) {
        counts.other_types = counts.other_types.saturating_add(texts.len() as u64);
        return Ok(Found::Nothing);
    }
    Ok(Found::Answers(plain(texts)))
}

/// The texts in a field that the user named, of all types.
pub(super) fn texts_of(members: &Members, name: &str) -> Vec<String> {
    field(members, name, &mut 0).unwrap_or_default()
}

fn asked_types(members: &Members, type_field: Option<&str>) -> Vec<String> {
    // An object that is a record itself. Other events have a type too, and a number among them may mean anything.
    let has_owner = || RECORD_OWNER.iter().any(|(name, _)| members.contains_key(*name));
    let own = || Some(first(members, &RECORD_TYPE)).filter(|kind| has_owner() || kind.parse::<u16>().is_err());
    let named = || known(members, &TYPE).find_map(|(_, value)| values(Some(value)));
    let any = || named().or_else(|| Some(vec![own().filter(|kind| is_record_type(kind))?])).unwrap_or_default();
    type_field.map_or_else(any, |name| texts_of(members, name))
}

/// Whether an object has the field that the user named.
pub(super) fn has_field(members: &Members, name: &str) -> bool {
    let mut left_out = 0;
    field(members, name, &mut left_out).is_some() || left_out > 0
}

/// The answer of an object that was scored before: it has one line per answer, which names the answer.
pub(super) fn scored_before(members: &Members) -> Option<Answers> {
    let answer = members.get(columns::ANSWER).filter(|_| members.contains_key(columns::SCORE[0])).and_then(scalar)?;
    Some(of_event(vec![answer]))
}

/// A list of objects, and nothing else in it.
fn objects(value: &Value) -> Option<Vec<&Members>> {
    let list = value.as_array().filter(|list| !list.is_empty())?;
    list.iter().filter(|one| !one.is_null()).map(Value::as_object).collect()
}

/// The TXT records of a list. A record without a type has that of the query.
fn of_records(records: Vec<&Members>, asked: &str, counts: &mut Counts) -> Option<Answers> {
    let mut answers = Vec::new();
    for record in records {
        let own = first(record, &RECORD_TYPE);
        let kind = if own.is_empty() { asked } else { &own };
        if !is_txt(kind) {
            counts.other_types = counts.other_types.saturating_add(1);
            continue;
        }
        // The strings of one record.
        let text = known(record, &RECORD_DATA).find_map(|(_, value)| values(Some(value))).map(|strings| strings.concat());
        let owner = Some(first(record, &RECORD_OWNER)).filter(|owner| !owner.is_empty());
        match text {
            Some(text) => answers.push(Answer { text, owner }),
            None => counts.without_answer = counts.without_answer.saturating_add(1),
        }
    }
    (!answers.is_empty()).then_some(Answers { answers, one_of_many: true })
}

/// Records as in a zone file. A line of another form is data alone.
fn of_zone_lines(lines: &[String], asked: &str, counts: &mut Counts) -> Option<Answers> {
    let mut answers = Vec::new();
    for line in lines.iter().flat_map(|lines| lines.lines()) {
        let (text, owner, kind) = match ZoneLine::with_seconds(line) {
            Some(record) => (record.data, Some(record.owner.to_owned()), record.kind),
            None => (line.trim(), None, asked),
        };
        if is_txt(kind) {
            answers.push(Answer { text: text.to_owned(), owner });
        } else {
            counts.other_types = counts.other_types.saturating_add(1);
        }
    }
    (!answers.is_empty()).then(|| of_message(answers))
}

/// The texts of a field. Of a list's records with another type only their number is taken.
fn field(members: &Members, name: &str, left_out: &mut u64) -> Option<Vec<String>> {
    if let Some(member) = members.get(name) {
        return values(Some(member));
    }
    let (outer, inner) = name.split_once('.')?;
    match members.get(outer)? {
        Value::Object(members) => field(members, inner, left_out),
        Value::Array(list) => {
            let mut texts = Vec::new();
            for one in list.iter().filter_map(Value::as_object) {
                let Some(found) = field(one, inner, left_out) else { continue };
                if is_other_type(&first(one, &RECORD_TYPE)) {
                    *left_out = left_out.saturating_add(found.len() as u64);
                } else {
                    texts.extend(found);
                }
            }
            (!texts.is_empty()).then_some(texts)
        }
        _ => None,
    }
}
