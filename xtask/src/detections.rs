//! The detections as YAML in contentctl's form, for teams that keep content so: `detections/*.yml`, made from savedsearches.conf,
//! where the SPL stands.
//!
//! contentctl derives the filter macro, and the name of the file, from the name of a detection. So the names here are those of the
//! macros that users have set.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use test_splunk::conf;

use crate::{Result, dataset, root};

/// Stanzas and the names of their detections.
pub const NAMES: [(&str, &str); 2] = [
    (
        "DNSTXT - Detect suspicious DNS TXT records using pretrained model - Rule",
        "Detect suspicious DNS TXT records using pretrained model in DSDL",
    ),
    ("DNSTXT - Detect sustained channel over DNS TXT answers - Rule", "dnstxtscore sustained channel"),
];

/// A type of threat objects that contentctl-ng 1.1.1 has and contentctl 5.6.2 refuses.
const NG_TYPE: &str = "dns_query";

/// The name of the file, and of the filter macro without its end, as contentctl derives them.
pub fn stem(name: &str) -> String {
    name.replace([' ', '-', '.', '/'], "_").to_lowercase()
}

/// Each file and its text.
///
/// # Errors
/// If a stanza lacks a key.
pub fn rendered() -> Result<Vec<(PathBuf, String)>> {
    let stanzas = conf::read(&root().join("default/savedsearches.conf"))?;
    NAMES
        .iter()
        .map(|(stanza, name)| {
            let keys = stanzas.get(*stanza).ok_or_else(|| format!("savedsearches.conf has no [{stanza}]"))?;
            Ok((root().join(format!("detections/{}.yml", stem(name))), yaml(name, keys).map_err(|e| format!("[{stanza}]: {e}"))?))
        })
        .collect()
}

/// The YAML of a detection. Status experimental: contentctl wants recorded attack data for production.
///
/// # Errors
/// If the stanza lacks a key.
pub fn yaml(name: &str, keys: &BTreeMap<String, String>) -> Result<String> {
    let key = |key: &str| keys.get(key).map(String::as_str).ok_or_else(|| format!("no {key}"));
    let json = |name: &str| serde_json::from_str::<Value>(key(name)?).map_err(|e| format!("{name}: {e}"));
    let (annotations, metadata) = (json("action.correlationsearch.annotations")?, json("action.correlationsearch.metadata")?);
    let risk = json("action.risk.param._risk")?;
    let objects = |kind: &str, score: bool| {
        let of_kind = |object: &&Value| object.get(format!("{kind}_field")).is_some() && object[format!("{kind}_type")] != NG_TYPE;
        let line = |object: &Value| {
            let score = if score { format!(", score: {}", object["risk_score"]) } else { String::new() };
            format!("    - {{field: {}, type: {}{score}}}\n", object[format!("{kind}_field")], object[format!("{kind}_type")])
        };
        risk.as_array().into_iter().flatten().filter(of_kind).map(line).collect::<String>()
    };
    let drilldowns: String = json("action.notable.param.drilldown_searches")?
        .as_array()
        .into_iter()
        .flatten()
        .map(|drilldown| {
            let search = literal(drilldown["search"].as_str().unwrap_or_default(), 6);
            let (name, earliest, latest) = (&drilldown["name"], &drilldown["earliest_offset"], &drilldown["latest_offset"]);
            format!("  - name: {name}\n    search: {search}    earliest_offset: {earliest}\n    latest_offset: {latest}\n")
        })
        .collect();
    let fields: Vec<&str> = key("alert.suppress.fields")?.split(',').collect();
    let notable = match keys.contains_key("action.notable") {
        true => {
            let text = |name: &str| Ok::<_, String>(Value::from(key(&format!("action.notable.param.{name}"))?));
            let fields: Vec<&str> = key("action.notable.param.nes_fields")?.split(',').collect();
            let (title, description) = (text("rule_title")?, text("rule_description")?);
            format!("    notable: {{rule_title: {title}, rule_description: {description}, nes_fields: {fields:?}}}\n")
        }
        false => String::new(),
    };
    let tests = dataset::tests_yaml();
    Ok(format!(
        "# Written by `cargo xtask docs` from default/savedsearches.conf, where the SPL stands.\n\
         name: {name}\n\
         id: {}\n\
         version: {}\n\
         date: \"{}\"\n\
         author: The dnstxtscore developers\n\
         status: experimental\n\
         type: {}\n\
         description: {}\
         data_source: {}\n\
         search: {}\
         how_to_implement: {}\
         known_false_positives: {}\
         references: {}\n\
         drilldown_searches:\n{drilldowns}\
         rba:\n  message: {}  risk_objects:\n{}  threat_objects:\n{}\
         tags:\n  analytic_story: {}\n  asset_type: Endpoint\n  mitre_attack_id: {}\n  product: {}\n  security_domain: network\n  \
         throttling: {{fields: {fields:?}, period: {}}}\n\
         deployment:\n  scheduling: {{cron_schedule: {:?}, earliest_time: {:?}, latest_time: {:?}, schedule_window: {}}}\n  alert_action:\n{notable}    \
         rba: {{enabled: true}}\n\
         {tests}",
        metadata["detection_id"].as_str().unwrap_or_default(),
        metadata["detection_version"].as_str().unwrap_or_default(),
        key("action.escu.modification_date")?,
        annotations["type"].as_str().unwrap_or_default(),
        folded(key("description")?, 2),
        annotations["data_source"],
        literal(key("search")?, 2),
        folded(key("action.escu.how_to_implement")?, 2),
        folded(key("action.escu.known_false_positives")?, 2),
        json("action.escu.references")?,
        folded(key("action.risk.param._risk_message")?, 4),
        objects("risk_object", true),
        objects("threat_object", false),
        annotations["analytic_story"],
        annotations["mitre_attack"],
        json("action.escu.product")?,
        key("alert.suppress.period")?,
        key("cron_schedule")?,
        key("dispatch.earliest_time")?,
        key("dispatch.latest_time")?,
        key("schedule_window")?,
    ))
}

/// A text as a block whose lines YAML joins by spaces.
fn folded(text: &str, indent: usize) -> String {
    const WIDTH: usize = 120;
    let (mut block, mut width) = (String::from(">-"), WIDTH);
    for word in text.split(' ') {
        if width + word.len() >= WIDTH {
            block += &format!("\n{:indent$}", "");
            width = indent;
        } else {
            block.push(' ');
        }
        block += word;
        width += word.len() + 1;
    }
    block + "\n"
}

/// A text as a block whose lines YAML keeps. Spaces at their ends go: a search has none that count.
fn literal(text: &str, indent: usize) -> String {
    let lines = text.lines().map(|line| format!("{:indent$}{}\n", "", line.trim_end()));
    format!("|-\n{}", lines.collect::<String>())
}
