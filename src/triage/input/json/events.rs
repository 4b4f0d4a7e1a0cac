//! The events that an object holds, and its members as they are written.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::columns;
use crate::triage::input::field_names::WRAPPERS;
use crate::triage::input::json::eve;
use crate::triage::input::json::members::{Members, parse};
use crate::triage::input::json::wrappers::{unwrapped, without_header};

/// The events of a line as they are read: each with the objects around it after it.
pub(in crate::triage::input) fn events(line: &str) -> Vec<Vec<Members>> {
    let text = without_header(line.trim());
    let objects = listed(text).map_or_else(|| vec![text], |(events, _)| events.into_iter().map(RawValue::get).collect());
    let unwrapped = objects.into_iter().filter_map(|object| parse(object).ok()).map(unwrapped);
    unwrapped.map(|(event, around)| [event].into_iter().chain(around).collect()).collect()
}

/// The events of an answer to a query, in Splunk's `results`, Elasticsearch's `hits.hits`, CloudTrail's `Records`, AdGuard Home's
/// `data` or Microsoft Graph's `value`; and the members beside them.
pub(super) fn listed(text: &str) -> Option<(Vec<&RawValue>, Members)> {
    const LISTS: [&str; 4] = ["results", "Records", "data", "value"];
    // Nearly no line has one of them: looking for them costs less than reading it twice. The last two
    // are frequent, but not as lists.
    let has_list = |name: &str| {
        let mut after = text.match_indices(name).filter_map(|(at, name)| text.get(at..)?.get(name.len()..));
        after.any(|after| after.trim_start().strip_prefix(':').is_some_and(|value| value.trim_start().starts_with('[')))
    };
    if !["\"results\"", "\"hits\"", "\"Records\""].iter().any(|name| text.contains(name)) && !has_list("\"data\"") && !has_list("\"value\"")
    {
        return None;
    }
    let (mut events, mut beside): (Vec<&RawValue>, Members) = (Vec::new(), Members::new());
    for (name, value) in serde_json::from_str::<RawMembers>(text).ok()?.0 {
        let hits = || serde_json::from_str::<RawMembers>(value.get()).ok()?.0.into_iter().find(|(name, _)| name == "hits");
        let list = match &*name {
            "hits" => hits().map(|(_, list)| list),
            name => LISTS.contains(&name).then_some(value),
        };
        match list.and_then(|list| serde_json::from_str::<Vec<&RawValue>>(list.get()).ok()) {
            Some(list) if !list.is_empty() && list.iter().all(|event| event.get().starts_with('{')) => events.extend(list),
            _ => {
                beside.insert(name, serde_json::from_str(value.get()).ok()?);
            }
        }
    }
    (!events.is_empty()).then_some((events, beside))
}

/// Splits an object in which a member that holds an event comes up to four times, into one event for each: a reader that takes one
/// of them hides the others.
///
/// # Errors
/// If it comes more often, because each event is a copy of the object.
pub(super) fn apart(mut whole: Members) -> Result<Vec<Members>, String> {
    const MAX_EVENTS: usize = 4;
    let is_event = |value: &Value| value.is_object() || value.as_str().is_some_and(|text| without_header(text.trim()).starts_with('{'));
    let is_list = |value: &Value| value.as_array().is_some_and(|list| list.len() > 1 && list.iter().all(is_event));
    let holds_events = |name: &str| eve::EVENT_TYPES.contains(&name) || WRAPPERS.iter().any(|(wrapper, _)| *wrapper == name);
    let Some(name) = whole.iter().find(|(name, value)| is_list(value) && holds_events(name)).map(|(name, _)| name.clone()) else {
        return Ok(vec![whole]);
    };
    let events = match whole.remove(&name) {
        Some(Value::Array(events)) if events.len() <= MAX_EVENTS => events,
        _ => return Err(format!("it holds more than {MAX_EVENTS} events in {name}; write one object per event")),
    };
    let with_one = |one: Value| {
        let mut event = whole.clone();
        event.insert(name.clone(), one);
        event
    };
    Ok(events.into_iter().map(with_one).collect())
}

/// The members of an object as they are written, in order.
struct RawMembers<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for RawMembers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = RawMembers<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
                let mut raw = Vec::new();
                while let Some(member) = members.next_entry()? {
                    raw.push(member);
                }
                Ok(RawMembers(raw))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

/// The text of an object without the members whose names the output adds.
pub(super) fn without_added_members(text: &str) -> String {
    let raw = serde_json::from_str::<RawMembers>(text).map_or_else(|_| Vec::new(), |raw| raw.0);
    let kept = raw.iter().filter(|(name, _)| !columns::is_added(name)).map(|(name, value)| format!("{}:{value}", Value::from(&**name)));
    format!("{{{}}}", kept.collect::<Vec<_>>().join(","))
}
