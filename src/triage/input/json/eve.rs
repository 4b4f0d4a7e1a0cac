//! Suricata's EVE events of DNS messages, in versions 1 to 3.

use serde_json::Value;

use crate::triage::input::json::members::{Members, scalar, values};
use crate::triage::input::record::{Answer, join_full_strings};

/// Event types that hold a DNS message, in a member of the same name.
pub(super) const EVENT_TYPES: [&str; 3] = ["dns", "mdns", "llmnr"];

/// The DNS message of an event; `None` for other events and objects.
pub(super) fn message(members: &Members) -> Option<&Value> {
    // A name that comes twice is a list.
    let names = members.get("event_type").into_iter().flat_map(|name| name.as_array().map_or(std::slice::from_ref(name), |names| names));
    let kind = EVENT_TYPES.into_iter().find(|kind| names.clone().any(|name| name == kind))?;
    members.get(kind).filter(|message| message.is_object())
}

/// Whether the source of an event is the server. Version 2 names the client first; version 3 names the sender of the message.
pub(super) fn source_is_server(members: &Members) -> bool {
    let dns = message(members);
    let is_response =
        dns.and_then(|dns| dns.get("version")?.as_u64()) >= Some(3) && dns.and_then(|dns| dns.get("type")?.as_str()) == Some("response");
    let port = |name: &str| members.get(name).and_then(Value::as_u64);
    is_response || port("src_port") == Some(53) && port("dest_port") != Some(53)
}

/// The queried name of an event.
pub(super) fn query(members: &Members) -> Option<String> {
    let dns = message(members)?;
    dns.get("rrname").or_else(|| dns.get("queries")?.get(0)?.get("rrname")).and_then(scalar)
}

/// Whether an event is about a question for TXT. In the other protocols everybody hears it, and nobody is its server.
pub(super) fn asks_for_txt(members: &Members) -> bool {
    let is_txt = |one: &Value| one.get("rrtype") == Some(&"TXT".into());
    let dns = members.get(EVENT_TYPES[0]);
    dns.is_some_and(|dns| is_txt(dns) || dns.get("queries").and_then(|queries| queries.get(0)).is_some_and(is_txt))
}

/// The TXT answers of a message. Version 1 writes one event per answer; versions 2 and 3 write a list, or texts grouped by
/// type if the setting `formats` asks for it. In mDNS events version 8 writes the strings of a record as a list `txt`, without
/// a type.
///
/// Elsewhere Suricata writes each character string separately and no border between records. A string of 255 bytes is full and
/// continues in the next one; whether shorter strings belong together is not recorded.
pub(super) fn txt_answers(dns: &Value) -> Vec<Answer> {
    let is_txt = |record: &Value| record.get("rrtype") == Some(&"TXT".into());
    let bare = |texts: Vec<String>| texts.into_iter().map(|text| Answer { text, owner: None });
    let records = |section: &str| dns.get(section).and_then(Value::as_array).into_iter().flatten();
    let listed =
        |section: &str| bare(join_full_strings(records(section).filter(|one| is_txt(one)).filter_map(|one| scalar(one.get("rdata")?))));
    let with_strings = |section: &str| {
        let owner = |record: &Value| record.get("rrname").and_then(scalar);
        let of = |record: &Value| Some(Answer { text: values(record.get("txt"))?.concat(), owner: owner(record) });
        records(section).filter_map(of).collect::<Vec<_>>()
    };
    let mut answers: Vec<Answer> = listed("answers").collect();
    if answers.is_empty() {
        let grouped = dns.get("grouped").and_then(|grouped| values(grouped.get("TXT"))).unwrap_or_default();
        answers.extend(bare(join_full_strings(grouped.into_iter())));
    }
    if answers.is_empty() && is_txt(dns) {
        answers.extend(bare(dns.get("rdata").and_then(scalar).into_iter().collect()));
    }
    answers.extend(with_strings("answers"));
    // As in captures: a client that reads the other sections is answered there.
    for section in ["authorities", "additionals"] {
        answers.extend(listed(section).chain(with_strings(section)));
    }
    answers
}
