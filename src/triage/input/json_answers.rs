//! Where a JSON object holds its TXT answers.

use serde_json::Value;

use crate::columns;
use crate::triage::input::field_names::{
    ANSWER, DNSX_QUERY, Name, RECORD_DATA, RECORD_TYPE, RECORDS, TYPE, ZONE_LINES, is_other_at, is_other_type, is_txt,
};
use crate::triage::input::json_members::{Members, first, has, member, scalar, values, values_but_null};
use crate::triage::input::record::Answer;
use crate::triage::input::{eve, zeek};

/// The answers of an object.
pub(super) struct Answers {
    pub answers: Vec<Answer>,
    /// Whether an output line has to say which answer it is about, as for events and for several answers.
    pub one_of_many: bool,
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

/// The answers of an object; `None` if it is an event of another kind, or has answers of other types only.
///
/// # Errors
/// If nothing says where the answer is.
pub(super) fn txt_answers(members: &Members, type_field: Option<&str>, counts: &mut Counts) -> Result<Option<Answers>, String> {
    if let Some(message) = eve::message(members) {
        return Ok(Some(Answers { answers: eve::txt_answers(message), one_of_many: true }));
    }
    let kinds = asked_types(members, type_field);
    let kind = kinds.join(" ");
    let has_any = |names: &[&str]| names.iter().any(|name| members.contains_key(*name));
    let records: Vec<&Members> = RECORDS.iter().filter_map(|(name, _)| objects(member(members, name)?)).flatten().collect();
    if !records.is_empty() {
        let found = of_records(records, &kind, counts);
        // Some pipelines put the text next to them.
        if found.is_some() || !has(members, &ANSWER) {
            return Ok(found);
        }
    }
    if let Some(answers) =
        members.get("answers").filter(|list| objects(list).is_none() && has_any(&["qtype_name", "qtype", "query", "id.orig_h"]))
    {
        let asks_for_txt = is_txt(&kind) || first(members, &[("qtype", "")]) == "16";
        let Some(answers) = values_but_null(answers) else {
            return if asks_for_txt { Err("its key answers does not hold strings".to_owned()) } else { Ok(None) };
        };
        let (texts, passed_over) = zeek::txt_answers(answers.iter().map(String::as_bytes).collect(), asks_for_txt);
        counts.passed_over = counts.passed_over.saturating_add(passed_over);
        if !texts.is_empty() {
            return Ok(Some(of_event(texts.into_iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect())));
        }
        // Some pipelines put the text next to it.
        if !has(members, &ANSWER) {
            return Ok(None);
        }
    }
    if let Some((name, texts)) = ANSWER.iter().find_map(|(name, _)| Some((*name, values(member(members, name))?))) {
        let owner = (name == "txt").then(|| first(members, &[(DNSX_QUERY, "")]));
        let number = texts.len();
        let is_other = |place: usize| is_other_at(place, number, kinds.iter().map(String::as_str));
        let mut found = plain(texts);
        let mut place = 0..number;
        found.answers.retain(|_| !place.next().is_some_and(is_other));
        found.answers.iter_mut().for_each(|answer| answer.owner.clone_from(&owner));
        let left_out = number.saturating_sub(found.answers.len());
        counts.other_types = counts.other_types.saturating_add(left_out as u64);
        return Ok(Some(found).filter(|found| left_out == 0 || !found.answers.is_empty()));
    }
    if let Some(lines) = ZONE_LINES.iter().find_map(|(name, _)| values(member(members, name))) {
        return Ok(of_zone_lines(&lines, &kind, counts));
    }
    // Another event of Suricata or Zeek, or a query that Zeek logged without an answer.
    if has_any(&["event_type", "uid", "_path", "qtype_name"]) {
        return Ok(None);
    }
    if !kind.is_empty() {
        counts.without_answer = counts.without_answer.saturating_add(u64::from(is_txt(&kind)));
        return Ok(None);
    }
    Err("it is not an event that this program knows and has no member text or answer with a text; name a member with --field, or read \
         lines as texts with --format text"
        .to_owned())
}

/// The answers in a field that the user named. It leads through objects and lists: `dns.answers.data` is one text of each answer.
/// A record whose type is another one is left out, and so is everything if another type was asked for.
pub(super) fn in_field(members: &Members, name: &str, type_field: Option<&str>, counts: &mut Counts) -> Result<Option<Answers>, String> {
    let missing = || format!("its key {name} is missing or is not a string");
    let mut left_out = 0;
    let texts = field(members, name, &mut left_out);
    counts.other_types = counts.other_types.saturating_add(left_out);
    let texts = match texts {
        None if left_out > 0 => return Ok(None),
        texts => texts.ok_or_else(missing)?,
    };
    if left_out == 0 && is_other_type(&asked_types(members, type_field).join(" ")) && !TYPE.iter().any(|(own, _)| *own == name) {
        counts.other_types = counts.other_types.saturating_add(texts.len() as u64);
        return Ok(None);
    }
    Ok(Some(plain(texts)))
}

/// The texts in a field that the user named, of all types.
pub(super) fn texts_of(members: &Members, name: &str) -> Vec<String> {
    field(members, name, &mut 0).unwrap_or_default()
}

fn asked_types(members: &Members, type_field: Option<&str>) -> Vec<String> {
    let known = || TYPE.iter().find_map(|(name, _)| values(member(members, name))).unwrap_or_default();
    type_field.map_or_else(known, |name| texts_of(members, name))
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

fn plain_names<const N: usize>(names: [&'static str; N]) -> [Name; N] {
    names.map(|name| (name, ""))
}

/// The TXT records of a list. A record without a type has that of the query.
fn of_records(records: Vec<&Members>, asked: &str, counts: &mut Counts) -> Option<Answers> {
    let mut answers = Vec::new();
    for record in records {
        let own = first(record, &plain_names(RECORD_TYPE));
        let kind = if own.is_empty() { asked } else { &own };
        if !is_txt(kind) {
            counts.other_types = counts.other_types.saturating_add(1);
            continue;
        }
        // The strings of one record.
        let text = RECORD_DATA.iter().find_map(|name| values(record.get(*name))).map(|strings| strings.concat());
        let owner = Some(first(record, &[("name", ""), ("rrname", "")])).filter(|owner| !owner.is_empty());
        match text {
            Some(text) => answers.push(Answer { text, owner }),
            None => counts.without_answer = counts.without_answer.saturating_add(1),
        }
    }
    (!answers.is_empty()).then_some(Answers { answers, one_of_many: true })
}

/// Records as in a zone file: owner, seconds, class, type, data. A line of another form is data alone.
fn of_zone_lines(lines: &[String], asked: &str, counts: &mut Counts) -> Option<Answers> {
    let mut answers = Vec::new();
    for line in lines.iter().flat_map(|lines| lines.lines()) {
        let mut rest = line.trim();
        let mut words = [""; 4];
        for word in &mut words {
            let (next, after) = rest.split_once(|c: char| c.is_whitespace()).unwrap_or((rest, ""));
            (*word, rest) = (next, after.trim_start());
        }
        let [owner, seconds, _, kind] = words;
        if seconds.is_empty() || seconds.parse::<u32>().is_err() {
            if is_txt(asked) {
                answers.push(Answer { text: line.trim().to_owned(), owner: None });
            } else {
                counts.other_types = counts.other_types.saturating_add(1);
            }
        } else if is_txt(kind) {
            answers.push(Answer { text: rest.to_owned(), owner: Some(owner.to_owned()) });
        } else {
            counts.other_types = counts.other_types.saturating_add(1);
        }
    }
    (!answers.is_empty()).then_some(Answers { answers, one_of_many: true })
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
                if is_other_type(&first(one, &plain_names(RECORD_TYPE))) {
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
