//! The risk that Enterprise Security gives for the rows of a detection.
//!
//! Versions 7 and 8 read other keys of the same stanza, after the comments of contentctl-ng 1.1.1, `objects/searches/detection.py`:
//! - 7 writes an event for each risk object of `action.risk.param._risk`, with the message of `action.risk.param._risk_message`.
//!   It does not know `action.notable.param._entities`.
//! - 8 reads the message of each risk object (`risk_message` in it), ignores the key of 7, and gives the score of `_entities` to
//!   the entity of the finding besides.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::Result;
use crate::spl::{Row, Table};

/// Which version reads the stanza.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnterpriseSecurity {
    V7,
    V8,
}

/// A risk event as Enterprise Security would write it.
#[derive(Debug, PartialEq, Eq)]
pub struct RiskEvent {
    pub risk_object: String,
    pub risk_object_type: String,
    pub risk_score: u64,
    pub risk_message: String,
    /// Types and values.
    pub threat_objects: Vec<(String, String)>,
}

impl RiskEvent {
    /// As in `index=risk`.
    pub fn to_json(&self) -> Value {
        let threats: Vec<Value> =
            self.threat_objects.iter().map(|(kind, value)| json!({"threat_object": value, "threat_object_type": kind})).collect();
        json!({
            "risk_object": self.risk_object, "risk_object_type": self.risk_object_type, "risk_score": self.risk_score,
            "risk_message": self.risk_message, "threat_objects": threats,
        })
    }
}

/// The events of each row that give a score: for its risk objects, and in version 8 for the entity of its finding.
///
/// # Errors
/// If the stanza lacks a key, or a list in it is malformed.
pub fn events(stanza: &BTreeMap<String, String>, table: &Table, version: EnterpriseSecurity) -> Result<Vec<RiskEvent>> {
    let objects = list(stanza, "action.risk.param._risk")?.ok_or("the search has no action.risk.param._risk")?;
    let entities = match version {
        EnterpriseSecurity::V8 => list(stanza, "action.notable.param._entities")?.unwrap_or_default(),
        EnterpriseSecurity::V7 => Vec::new(),
    };
    let mut events = Vec::new();
    for row in &table.rows {
        let (threats, risks): (Vec<_>, Vec<_>) = objects.iter().partition(|object| object.get("threat_object_field").is_some());
        let mut threat_objects = Vec::new();
        for threat in threats {
            let (field, kind) = (text(threat, "threat_object_field")?, text(threat, "threat_object_type")?);
            threat_objects.extend(row.get(field).into_iter().flatten().map(|value| (kind.to_owned(), value.clone())));
        }
        for (object, is_entity) in risks.into_iter().map(|object| (object, false)).chain(entities.iter().map(|entity| (entity, true))) {
            let message = match version {
                _ if is_entity => stanza.get("action.notable.param.rule_title").map(String::as_str),
                EnterpriseSecurity::V7 => stanza.get("action.risk.param._risk_message").map(String::as_str),
                EnterpriseSecurity::V8 => object["risk_message"].as_str(),
            };
            let event = RiskEvent {
                risk_object: value(row, text(object, "risk_object_field")?),
                risk_object_type: text(object, "risk_object_type")?.to_owned(),
                risk_score: object["risk_score"].as_u64().ok_or_else(|| format!("no risk_score in {object}"))?,
                risk_message: filled(message.unwrap_or_default(), row),
                threat_objects: threat_objects.clone(),
            };
            if event.risk_score > 0 {
                events.push(event);
            }
        }
    }
    Ok(events)
}

/// The JSON list in a key of a stanza.
fn list(stanza: &BTreeMap<String, String>, key: &str) -> Result<Option<Vec<Value>>> {
    stanza.get(key).map(|text| serde_json::from_str(text).map_err(|e| format!("{key}: {e}"))).transpose()
}

fn text<'o>(object: &'o Value, key: &str) -> Result<&'o str> {
    object[key].as_str().ok_or_else(|| format!("no {key} in {object}"))
}

/// All values of a field.
fn value(row: &Row, field: &str) -> String {
    row.get(field).map(|values| values.join(", ")).unwrap_or_default()
}

/// A text with `$field$` replaced by the row's value.
fn filled(text: &str, row: &Row) -> String {
    row.keys().fold(text.to_owned(), |text, name| text.replace(&format!("${name}$"), &value(row, name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stanza(risk: &str) -> BTreeMap<String, String> {
        [
            ("action.risk.param._risk", risk),
            ("action.risk.param._risk_message", "seven saw $src$ , $missing$"),
            ("action.notable.param._entities", r#"[{"risk_object_field": "src", "risk_object_type": "system", "risk_score": 7}]"#),
            ("action.notable.param.rule_title", "title of $src$"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
    }

    #[test]
    fn each_version_takes_its_own_message_and_only_version_8_scores_the_entity() {
        let row: Row = [("src", "h1"), ("text", "t")].map(|(name, value)| (name.to_owned(), vec![value.to_owned()])).into();
        let table = Table { columns: vec!["src".into(), "text".into()], rows: vec![row] };
        let risk = r#"[{"risk_object_field": "src", "risk_object_type": "system", "risk_score": 45, "risk_message": "eight saw $src$"},
            {"threat_object_field": "text", "threat_object_type": "domain"}]"#;
        let told = |version| {
            let events = events(&stanza(risk), &table, version).unwrap();
            assert!(events.iter().all(|event| event.threat_objects == [("domain".to_owned(), "t".to_owned())]));
            events.iter().map(|event| format!("{} {} {}", event.risk_object, event.risk_score, event.risk_message)).collect::<Vec<_>>()
        };
        assert_eq!(told(EnterpriseSecurity::V7), ["h1 45 seven saw h1 , $missing$"]);
        assert_eq!(told(EnterpriseSecurity::V8), ["h1 45 eight saw h1", "h1 7 title of h1"]);
        assert!(events(&stanza("[{}]"), &table, EnterpriseSecurity::V7).is_err());
    }
}
