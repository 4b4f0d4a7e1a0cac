//! What was found as a STIX 2.1 bundle (OASIS, 10 June 2021): an indicator per domain, and what was observed of each channel.
//!
//! Identifiers follow from their contents (UUID version 5), so that two runs over a capture name the same things alike.

use std::collections::HashSet;
use std::net::IpAddr;

use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain;
use crate::model;
use crate::triage::groups::Group;
use crate::triage::times::milliseconds;

/// STIX 2.1, 2.9: the namespace of identifiers of observables.
const OBSERVABLES: Uuid = Uuid::from_u128(0x00ab_edb4_aa42_466c_9c01_fed2_3315_a9b7);
/// Our own, of everything else.
const OWN: Uuid = Uuid::from_u128(0x8d2c_1f0e_4b5a_4c6d_9e7f_1a2b_3c4d_5e6f);
/// STIX 2.1, 4.14: the most that `number_observed` takes.
const MAX_OBSERVED: u64 = 999_999_999;

/// A bundle of the channels that reach the threshold. `now` is when it was made.
pub fn bundle(channels: &[Group], threshold: f64, now: OffsetDateTime) -> Value {
    let made = milliseconds(now);
    let identity = own_id("identity", "dnstxtscore");
    let mut objects = vec![json!({
        "type": "identity", "spec_version": "2.1", "id": identity, "created": made, "modified": made, "identity_class": "system",
        "name": "dnstxtscore", "description": format!("dnstxtscore {}, model {}", env!("CARGO_PKG_VERSION"), model::EMBEDDED_NAME),
    })];
    let mut known = HashSet::new();
    // Adds an object unless it is there, and returns its identifier.
    let mut add = |object: Value| {
        let id = object.get("id").cloned().unwrap_or_default();
        if known.insert(id.to_string()) {
            objects.push(object);
        }
        id
    };
    for group in channels {
        let Some(channel) = group.channel.as_ref().filter(|channel| channel.is_found(threshold)) else { continue };
        if domain::registered_domain(group.domain.as_bytes()).is_none() {
            continue; // an address, or the names that end in data: nothing to block by name
        }
        let mut seen = vec![add(observable("domain-name", &group.domain))];
        if let Ok(address) = group.name.parse::<IpAddr>() {
            seen.push(add(observable(if address.is_ipv4() { "ipv4-addr" } else { "ipv6-addr" }, &address.to_string())));
        }
        let [first, last] = [group.first, group.last].map(|time| time.map_or_else(|| made.clone(), milliseconds));
        let indicator = own_id("indicator", &group.domain);
        let observed = own_id("observed-data", &format!("{} {} {first} {last} {}", group.name, group.domain, group.answers));
        add(json!({
            "type": "indicator", "spec_version": "2.1", "id": indicator, "created": made, "modified": made, "created_by_ref": identity,
            "name": format!("Channel over DNS TXT answers of {}", group.domain),
            "description": format!("Channel score {:.6}, which ranks and is no probability: {}", channel.score, channel.reason),
            "indicator_types": ["anomalous-activity"], "pattern_type": "stix", "valid_from": first,
            "pattern": format!("[domain-name:value = '{}']", group.domain.replace('\\', "\\\\").replace('\'', "\\'")),
        }));
        add(json!({
            "type": "observed-data", "spec_version": "2.1", "id": observed, "created": made, "modified": made, "created_by_ref": identity,
            "first_observed": first, "last_observed": last, "number_observed": group.answers.saturating_add(group.unanswered).clamp(1, MAX_OBSERVED),
            "object_refs": seen,
        }));
        add(json!({
            "type": "relationship", "spec_version": "2.1", "id": own_id("relationship", &format!("{indicator} {observed}")), "created": made,
            "modified": made, "created_by_ref": identity, "relationship_type": "based-on", "source_ref": indicator, "target_ref": observed,
        }));
    }
    json!({"type": "bundle", "id": own_id("bundle", &format!("{made} {}", objects.len())), "objects": objects})
}

fn own_id(kind: &str, name: &str) -> String {
    format!("{kind}--{}", Uuid::new_v5(&OWN, format!("{kind} {name}").as_bytes()))
}

/// A name or an address; its identifier follows from the canonical JSON of its value.
fn observable(kind: &str, value: &str) -> Value {
    let id = Uuid::new_v5(&OBSERVABLES, json!({ "value": value }).to_string().as_bytes());
    json!({"type": kind, "spec_version": "2.1", "id": format!("{kind}--{id}"), "value": value})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::channels::JudgedChannel;
    use time::macros::datetime;

    #[test]
    fn what_was_found_is_an_indicator_with_what_was_seen() {
        let group = |client: &str, domain: &str, score| {
            let mut group = Group::default();
            let reason = "16 answers".into();
            (group.name, group.domain, group.answers) = (client.into(), domain.into(), 16);
            group.first = Some(datetime!(2026-11-24 22:01:07.5 UTC));
            group.last = Some(datetime!(2026-11-24 22:01:15 UTC));
            group.channel = Some(JudgedChannel { client: client.into(), domain: domain.into(), score, reason, can_be_found: true });
            group
        };
        let groups = [
            group("192.0.2.10", "t.example", 0.98),
            group("2001:db8::1", "t.example", 0.9),
            group("host", "(none)", 0.9),
            group("192.0.2.10", "example.com", 0.1),
        ];
        let of = |now| bundle(&groups, 0.5, now)["objects"].as_array().unwrap().clone();
        let objects = of(datetime!(2026-11-28 12:00 UTC));
        let kinds: Vec<&str> = objects.iter().map(|object| object["type"].as_str().unwrap()).collect();
        let expected = "identity domain-name ipv4-addr indicator observed-data relationship ipv6-addr observed-data relationship";
        assert_eq!(kinds.join(" "), expected);
        assert_eq!(objects[3]["pattern"], "[domain-name:value = 't.example']");
        assert_eq!(objects[3]["valid_from"], "2026-11-24T22:01:07.500Z");
        assert_eq!((&objects[4]["number_observed"], objects[4]["object_refs"].as_array().unwrap().len()), (&json!(16), 2));
        // A later run names the same things alike.
        let ids = |objects: &[Value]| objects.iter().map(|object| object["id"].clone()).collect::<Vec<_>>();
        assert_eq!(ids(&objects), ids(&of(datetime!(2026-11-29 12:00 UTC))));
    }
}
