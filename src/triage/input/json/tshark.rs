//! Packets as `tshark -T json` and `-T ek` write them. In the first, a name comes again for each record and each string; in the second,
//! the strings of all records are one list. What the option `-e` chooses is found by its names.
//!
//! Source: <https://www.wireshark.org/docs/man-pages/tshark.html>, option `-T`.

use serde_json::Value;

use crate::triage::input::field_names::{Name, is_txt};
use crate::triage::input::json::members::{Members, first, member, values};
use crate::triage::input::record::{Answer, join_full_strings};

/// Protocols whose messages are those of DNS.
const PROTOCOLS: [&str; 3] = ["dns", "mdns", "llmnr"];
const QUERY: [Name; 2] = [("dns.qry.name", "-T json"), ("dns_dns_qry_name", "-T ek")];
const QUERY_TYPE: [Name; 2] = [("dns.qry.type", "-T json"), ("dns_dns_qry_type", "-T ek")];
const OWNER: [Name; 2] = [("dns.resp.name", "-T json"), ("dns_dns_resp_name", "-T ek")];
const IS_RESPONSE: [Name; 3] =
    [("dns.flags.response", "-T json"), ("dns_dns_flags_response", "-T ek"), ("dns_flags_dns_flags_response", "-T ek, since 3.0")];

fn layers(members: &Members) -> Option<&Members> {
    member(members, "layers").and_then(Value::as_object)
}

/// The messages of a packet.
fn messages(members: &Members) -> impl Iterator<Item = &Members> {
    // An error of ICMP quotes a message, and has the addresses of the error.
    let layers = layers(members).filter(|layers| !layers.contains_key("icmp") && !layers.contains_key("icmpv6"));
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

fn present(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// The question of a message: in `-T json` a tree, in `-T ek` the message itself.
fn question(message: &Members) -> Option<&Members> {
    let is_listed = message.contains_key("dns_dns_qry_name");
    records(message, "dns.qry.name").next().or(Some(message).filter(|_| is_listed))
}

fn asked_name(message: &Members) -> Option<String> {
    question(message).and_then(|question| present(first(question, &QUERY)))
}

/// The TXT answers of a packet, and the number of records of other types. `None` if it is no packet with records.
pub(super) fn txt_answers(members: &Members) -> Option<(Vec<Answer>, u64)> {
    let mut found = None;
    for message in messages(members) {
        let asked = asked_name(message);
        for record in records(message, "dns.resp.type") {
            let (answers, others): &mut (Vec<Answer>, u64) = found.get_or_insert_default();
            match values(record.get("dns.txt")) {
                Some(strings) => {
                    answers.push(Answer { text: strings.concat(), owner: asked.clone().or_else(|| present(first(record, &OWNER))) })
                }
                None => *others = others.saturating_add(1),
            }
        }
        if let Some(strings) = values(message.get("dns_dns_txt")) {
            let (answers, _) = found.get_or_insert_default();
            let owner = asked.or_else(|| present(first(message, &OWNER)));
            let texts = by_record(message, &strings).unwrap_or_else(|| join_full_strings(strings.into_iter()));
            answers.extend(texts.into_iter().map(|text| Answer { text, owner: owner.clone() }));
        } else if message.contains_key("dns_dns_resp_type") {
            let (_, others) = found.get_or_insert_default();
            *others = others.saturating_add(1);
        }
    }
    found
}

/// The strings of all TXT records of a message in `-T ek`, joined by record: the lengths of records and strings say which belong
/// together. `None` if they do not fit.
fn by_record(message: &Members, strings: &[String]) -> Option<Vec<String>> {
    let list = |name: &str| values(message.get(name));
    let numbers = |name: &str| list(name)?.iter().map(|number| number.parse::<usize>().ok()).collect::<Option<Vec<_>>>();
    let (types, records, lengths) = (list("dns_dns_resp_type")?, numbers("dns_dns_resp_len")?, numbers("dns_dns_txt_length")?);
    if types.len() != records.len() || lengths.len() != strings.len() {
        return None;
    }
    let (mut texts, mut next) = (Vec::new(), strings.iter().zip(lengths));
    for (_, record) in types.iter().zip(records).filter(|(kind, _)| is_txt(kind)) {
        let (mut text, mut rest) = (String::new(), record);
        while rest > 0 {
            let (string, length) = next.next()?;
            text.push_str(string);
            rest = rest.checked_sub(length.checked_add(1)?)?;
        }
        texts.push(text);
    }
    next.next().is_none().then_some(texts)
}

/// The queried name of a packet with one message. With several, each answer has its own name.
pub(super) fn query(members: &Members) -> Option<String> {
    let mut messages = messages(members);
    let only = messages.next().filter(|_| messages.next().is_none())?;
    asked_name(only)
}

/// Whether a packet asks for TXT, or answers that.
pub(super) fn asks_for_txt(members: &Members) -> bool {
    messages(members).filter_map(question).any(|question| is_txt(&first(question, &QUERY_TYPE)))
}

/// Whether a packet is a query. The names of addresses are those of responses, so client and server change places.
pub(super) fn is_query(members: &Members) -> bool {
    messages(members).next().is_some_and(|message| {
        let flags = message.get("dns.flags_tree").and_then(Value::as_object).unwrap_or(message);
        ["0", "false", "False"].contains(&&*first(flags, &IS_RESPONSE))
    })
}

/// Whether a packet is written as `tshark -T jsonraw` does: as the bytes of its fields, which are not read.
pub(super) fn is_raw(members: &Members) -> bool {
    layers(members).is_some_and(|layers| layers.contains_key("frame_raw") && !layers.contains_key("frame"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn texts(message: Value) -> Vec<String> {
        let packet = json!({"layers": {"dns": message}});
        txt_answers(packet.as_object().unwrap()).unwrap().0.into_iter().map(|answer| answer.text).collect()
    }

    /// Found by attack: the second string of a record was counted as an answer of another type, or as an answer.
    #[test]
    fn strings_are_joined_by_the_lengths_of_their_records() {
        let message = json!({"dns_dns_resp_type": ["5", "16", "16", "41"], "dns_dns_resp_len": ["2", "7", "2", "0"],
            "dns_dns_txt_length": ["2", "3", "1"], "dns_dns_txt": ["ab", "cde", "f"]});
        assert_eq!(texts(message), ["abcde", "f"]);
        let one = json!({"dns_dns_resp_type": "16", "dns_dns_resp_len": "3", "dns_dns_txt_length": "2", "dns_dns_txt": "ab"});
        assert_eq!(texts(one), ["ab"]);
        let unfit =
            json!({"dns_dns_resp_type": ["16"], "dns_dns_resp_len": ["9"], "dns_dns_txt_length": ["2", "1"], "dns_dns_txt": ["ab", "c"]});
        assert_eq!(texts(unfit), ["ab", "c"]);
    }

    #[test]
    fn queries_and_names() {
        let packet = json!({"layers": {"dns": {"dns.flags_tree": {"dns.flags.response": "0"}, "Queries": {"a: type TXT": {"dns.qry.name": "a", "dns.qry.type": "16"}}}}});
        let members = packet.as_object().unwrap();
        assert!(is_query(members) && asks_for_txt(members) && query(members).as_deref() == Some("a") && txt_answers(members).is_none());
        let ek = json!({"layers": {"dns": {"dns_dns_flags_response": true, "dns_dns_qry_name": "a", "dns_dns_qry_type": "16"}}});
        let members = ek.as_object().unwrap();
        assert!(!is_query(members) && asks_for_txt(members) && query(members).as_deref() == Some("a"));
    }
}
