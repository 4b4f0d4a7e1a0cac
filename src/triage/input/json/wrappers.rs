//! What stands around an event: a syslog header before it, or an object that holds it as an object or as a text.

use serde_json::Value;

use crate::triage::input::field_names::{ANSWER, RECORDS, WRAPPERS, ZONE_LINES};
use crate::triage::input::json::members::{Members, has, parse};

/// Wrappers inside one another that are removed.
const MAX_DEPTH: usize = 4;

/// A line without what stands before its object: the header of syslog, a file name, a number.
pub(in crate::triage::input) fn without_header(line: &str) -> &str {
    const MAX_HEADER_BYTES: usize = 512;
    match line.find("{\"") {
        Some(at) if at <= MAX_HEADER_BYTES && !line.starts_with(['{', '[', '"']) => line.get(at..).unwrap_or(line),
        _ => line,
    }
}

/// The event that an object holds, and the objects around it, the innermost last.
pub(super) fn unwrapped(whole: Members) -> (Members, Vec<Members>) {
    let (mut members, mut around) = (whole, Vec::new());
    for _ in 0..MAX_DEPTH {
        let is_event =
            has(&members, &ANSWER) || has(&members, &RECORDS) || has(&members, &ZONE_LINES) || members.contains_key("event_type");
        let Some(inner) = (!is_event).then(|| WRAPPERS.iter().find_map(|(name, _)| take(&mut members, name))).flatten() else { break };
        around.push(std::mem::replace(&mut members, inner));
    }
    (members, around)
}

/// Takes the event out of a member, if it holds one.
fn take(members: &mut Members, name: &str) -> Option<Members> {
    match members.get(name)? {
        // Elastic's events have an object of this name that describes them.
        Value::Object(_) if name == "event" && members.contains_key("@timestamp") => None,
        Value::Object(_) => match members.remove(name)? {
            Value::Object(inner) => Some(inner),
            _ => None,
        },
        Value::String(text) => {
            let text = without_header(text.trim());
            text.starts_with('{').then(|| parse(text).ok()).flatten()
        }
        _ => None,
    }
}
