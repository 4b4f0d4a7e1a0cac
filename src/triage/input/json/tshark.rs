//! Packets as `tshark -T json` writes them: a tree by protocol, in which a name comes again for each record and each string. The
//! other forms of tshark are found by the names of their fields.
//!
//! Source: <https://www.wireshark.org/docs/man-pages/tshark.html>, option `-T`.

use serde_json::Value;

use crate::triage::input::field_names::is_txt;
use crate::triage::input::json::members::{Members, first, member, values};
use crate::triage::input::record::Answer;

/// Protocols whose messages are those of DNS.
const PROTOCOLS: [&str; 3] = ["dns", "mdns", "llmnr"];

/// The messages of a packet.
fn messages(members: &Members) -> impl Iterator<Item = &Members> {
    let layers = member(members, "layers").and_then(Value::as_object);
    PROTOCOLS.iter().filter_map(move |name| layers?.get(*name)).flat_map(objects)
}

/// An object, or the objects of a list: what has the same name is a list.
fn objects(value: &Value) -> impl Iterator<Item = &Members> {
    let (one, several) = match value {
        Value::Array(list) => (None, &list[..]),
        other => (other.as_object(), &[][..]),
    };
    one.into_iter().chain(several.iter().filter_map(Value::as_object))
}

/// The trees of a message that have a member: a tree for each of its sections, in it one for each record.
fn records<'m>(message: &'m Members, has: &'static str) -> impl Iterator<Item = &'m Members> {
    message.values().flat_map(objects).flat_map(Members::values).flat_map(objects).filter(move |record| record.contains_key(has))
}

/// The TXT answers of a packet, and the number of records of other types. `None` if it is no packet of this form.
pub(super) fn txt_answers(members: &Members) -> Option<(Vec<Answer>, u64)> {
    let mut found = None;
    for record in messages(members).flat_map(|message| records(message, "dns.resp.type")) {
        let (answers, others): &mut (Vec<Answer>, u64) = found.get_or_insert_default();
        match values(record.get("dns.txt")) {
            Some(strings) => {
                let owner = Some(first(record, &[("dns.resp.name", "")])).filter(|owner| !owner.is_empty());
                answers.push(Answer { text: strings.concat(), owner });
            }
            None => *others = others.saturating_add(1),
        }
    }
    found
}

fn question(members: &Members) -> Option<&Members> {
    messages(members).flat_map(|message| records(message, "dns.qry.name")).next()
}

/// The first name that a packet asks for.
pub(super) fn query(members: &Members) -> Option<String> {
    question(members).map(|question| first(question, &[("dns.qry.name", "")]))
}

/// Whether a packet asks for TXT, or answers that.
pub(super) fn asks_for_txt(members: &Members) -> bool {
    question(members).is_some_and(|question| is_txt(&first(question, &[("dns.qry.type", "")])))
}
