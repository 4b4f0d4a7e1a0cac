//! `cargo xtask demo`: fixture rows through the shipped detection and the real binary, to the rows and risk events that an
//! analyst would see.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};

use crate::spl::{self, Lookups, Row, Table, World};
use crate::{Result, conf, provide, root, sha256, splunkd};

/// The correlation search of this app.
pub const DETECTION: &str = "DNSTXT - Detect suspicious DNS TXT records using pretrained model - Rule";

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
    /// As it stands in `index=risk`.
    fn to_json(&self) -> Value {
        let threats: Vec<Value> =
            self.threat_objects.iter().map(|(kind, value)| json!({"threat_object": value, "threat_object_type": kind})).collect();
        json!({
            "risk_object": self.risk_object, "risk_object_type": self.risk_object_type, "risk_score": self.risk_score,
            "risk_message": self.risk_message, "threat_objects": threats,
        })
    }
}

pub fn run(args: &[&str]) -> Result<()> {
    let data = match args {
        [] => None,
        ["--all"] => return run_all(),
        ["--data", folder] => Some(Path::new(*folder)),
        _ => return Err("demo takes nothing, --all, or --data FOLDER with *.jsonl or *.jsonl.gz: rows like tests/fixtures/dns_txt_rows.jsonl, or {\"text\", \"source\"}".into()),
    };
    provide::build()?;
    let files = match data {
        None => vec![root().join("tests/fixtures/dns_txt_rows.jsonl")],
        Some(folder) => {
            let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
            let mut files: Vec<_> = entries
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| [".jsonl", ".jsonl.gz"].iter().any(|end| path.to_string_lossy().ends_with(end)))
                .collect();
            files.sort();
            files
        }
    };
    let mut rows = Vec::new();
    for file in &files {
        rows.extend(fixture(file)?);
    }
    if rows.is_empty() {
        return Err(format!("no rows: {} holds no *.jsonl or *.jsonl.gz", data.unwrap_or(Path::new("tests/fixtures")).display()));
    }
    let sent = rows.len();
    let (table, events) = detect(&root(), rows)?;
    const MOST_SHOWN: usize = 100;
    let mut head = table.clone();
    head.rows.truncate(MOST_SHOWN);
    print!("{}", shown(&head));
    if table.rows.len() > MOST_SHOWN {
        println!("… and {} more", table.rows.len() - MOST_SHOWN);
    }
    println!("\nRisk events ({}), as Enterprise Security would raise them:", events.len());
    let mut grouped: BTreeMap<(&str, u64, &str), usize> = BTreeMap::new();
    for event in &events {
        *grouped.entry((&event.risk_object, event.risk_score, &event.risk_message)).or_default() += 1;
    }
    for ((object, score, message), times) in grouped {
        println!("  {times:>3} x risk_object={object} risk_score={score} risk_message=\"{message}\"");
    }
    let texts: f64 = table.rows.iter().filter_map(|row| row.get("unique_texts")?.first()?.parse::<f64>().ok()).sum();
    println!("\n{sent} rows went through the shipped search \"{DETECTION}\": {} findings, of {texts} different answers.", table.rows.len());
    println!("Your own captures, logs or texts:   bin/dnstxtscore score --explain FILE");
    println!("Your own rows (JSON lines like tests/fixtures/dns_txt_rows.jsonl):   cargo xtask demo --data FOLDER");
    Ok(())
}

/// Every shipped search over the fixture, with the risk events of those that raise any, as JSON; and the detection over
/// ten thousand answers of one tunnel.
fn run_all() -> Result<()> {
    provide::build()?;
    const MOST_SHOWN: usize = 5;
    let print = |name: &str, sent: usize, table: &Table, events: &[RiskEvent]| {
        println!("== {name}\n{sent} rows in, {} out, {} risk events", table.rows.len(), events.len());
        let mut head = table.clone();
        head.rows.truncate(MOST_SHOWN);
        print!("{}", shown(&head));
        events.iter().take(MOST_SHOWN).for_each(|event| println!("{}", event.to_json()));
        println!();
    };
    let sent = fixture(&root().join("tests/fixtures/dns_txt_rows.jsonl"))?.len();
    for (name, table, events) in all(&root())? {
        print(&name, sent, &table, &events);
    }
    let rows = one_tunnel(10_000);
    let sent = rows.len();
    let (table, events) = detect(&root(), rows)?;
    print(&format!("{DETECTION}: one tunnel"), sent, &table, &events);
    Ok(())
}

/// What each shipped search makes of the fixture: its rows, and its risk events.
pub fn all(app: &Path) -> Result<Vec<(String, Table, Vec<RiskEvent>)>> {
    let stanzas = conf::read(&app.join("default/savedsearches.conf"))?;
    let one = |(name, stanza): (String, BTreeMap<String, String>)| {
        let text = stanza.get("search").ok_or_else(|| format!("[{name}] has no search"))?;
        let table = run_text(app, text, fixture_for(app, text)?, &mut empty_lookups(app)?, NOW)?;
        let events = if stanza.contains_key("action.risk") { risk_events(&stanza, &table)? } else { Vec::new() };
        Ok((name, table, events))
    };
    stanzas.into_iter().map(one).collect()
}

/// Different answers of one source's tunnel, as `tstats` gives them to the detection.
fn one_tunnel(count: u32) -> Vec<Row> {
    let row = |i: u32| {
        let answer = [0, 1, 2].map(|part| sha256(format!("{part} {i}").as_bytes())).concat();
        let cells = [("DNS.src", "192.0.2.77"), ("DNS.dest", "198.51.100.53"), ("DNS.record_type", "TXT"), ("count", "1")];
        let cells = cells.map(|(name, value)| (name.to_owned(), vec![value.to_owned()]));
        let times = [("firstTime", NOW - 3600), ("lastTime", NOW)].map(|(name, time)| (name.to_owned(), vec![time.to_string()]));
        let texts =
            [("DNS.query", format!("{i:x}.t.example.co.uk")), ("DNS.answer", answer)].map(|(name, text)| (name.to_owned(), vec![text]));
        cells.into_iter().chain(times).chain(texts).collect()
    };
    (0..count).map(row).collect()
}

/// The fixture as a search's `tstats` gives it: the columns that it asks for, and a time for each row.
pub fn fixture_for(app: &Path, search: &str) -> Result<Vec<Row>> {
    let stage = spl::stages(&spl::expand(search, &conf::read(&app.join("default/macros.conf"))?)?).swap_remove(0);
    let columns = spl::tstats_columns(&stage)?;
    let mut rows = fixture(&root().join("tests/fixtures/dns_txt_rows.jsonl"))?;
    for row in &mut rows {
        let time = row.get("firstTime").cloned().unwrap_or_default();
        row.insert("_time".into(), time);
        row.retain(|name, _| columns.contains(name));
    }
    Ok(rows)
}

/// Runs the shipped detection of the app in `app` over rows as `tstats` would deliver them.
pub fn detect(app: &Path, rows: Vec<Row>) -> Result<(Table, Vec<RiskEvent>)> {
    let table = search(app, DETECTION, rows, &mut empty_lookups(app)?, NOW)?;
    let events = risk_events(&stanza(app, DETECTION)?, &table)?;
    Ok((table, events))
}

/// The time at which a search is run here.
pub const NOW: i64 = 1_795_500_000;

/// The lookups of the app, as they are after installation.
pub fn empty_lookups(app: &Path) -> Result<Lookups> {
    let empty = |keys: BTreeMap<String, String>| {
        let fields = keys.get("fields_list").map_or("", String::as_str).split(',').map(|field| field.trim().to_owned());
        Table { columns: fields.filter(|field| field != "_key").collect(), rows: Vec::new() }
    };
    Ok(conf::read(&app.join("default/transforms.conf"))?.into_iter().map(|(name, keys)| (name, empty(keys))).collect())
}

fn stanza(app: &Path, name: &str) -> Result<BTreeMap<String, String>> {
    conf::read(&app.join("default/savedsearches.conf"))?.remove(name).ok_or_else(|| format!("savedsearches.conf has no [{name}]"))
}

/// Runs a shipped search over rows as its `tstats` would deliver them.
pub fn search(app: &Path, name: &str, rows: Vec<Row>, lookups: &mut Lookups, now: i64) -> Result<Table> {
    let search = stanza(app, name)?.remove("search").ok_or_else(|| format!("[{name}] has no search"))?;
    run_text(app, &search, rows, lookups, now)
}

/// Runs the text of a search that begins with `tstats`.
pub fn run_text(app: &Path, search: &str, rows: Vec<Row>, lookups: &mut Lookups, now: i64) -> Result<Table> {
    let macros = conf::read(&app.join("default/macros.conf"))?;
    let stages = spl::stages(&spl::expand(search, &macros)?);
    let (first, rest) = stages.split_first().ok_or("the search is empty")?;
    let columns = spl::tstats_columns(first)?;
    for (number, row) in rows.iter().enumerate() {
        if let Some(strange) = row.keys().find(|name| !columns.contains(name)) {
            return Err(format!("row {}: {strange} is no column of the search's tstats ({})", number + 1, columns.join(", ")));
        }
    }
    let binary = app.join("bin/dnstxtscore");
    let mut world = World { command: &mut |args, table| splunkd::run(&binary, args, table), lookups: std::mem::take(lookups), now };
    let table = spl::run(rest, Table { columns, rows }, &mut world);
    *lookups = world.lookups;
    table
}

/// One event for each risk object of each row, with its threat objects; `$field$` in the message is the row's value.
pub fn risk_events(stanza: &BTreeMap<String, String>, table: &Table) -> Result<Vec<RiskEvent>> {
    let key = |name: &str| stanza.get(name).ok_or_else(|| format!("the search has no {name}"));
    let (risk, message) = (key("action.risk.param._risk")?, key("action.risk.param._risk_message")?);
    let objects: Vec<Value> = serde_json::from_str(risk).map_err(|e| format!("action.risk.param._risk: {e}"))?;
    let mut events = Vec::new();
    for row in &table.rows {
        let value = |field: &str| row.get(field).map(|values| values.join(", ")).unwrap_or_default();
        let (mut risks, mut threats) = (Vec::new(), Vec::new());
        for object in &objects {
            let text = |key: &str| object[key].as_str().ok_or_else(|| format!("action.risk.param._risk: no {key} in {object}"));
            if object.get("threat_object_field").is_some() {
                let kind = text("threat_object_type")?;
                threats.extend(row.get(text("threat_object_field")?).into_iter().flatten().map(|value| (kind.to_owned(), value.clone())));
            } else {
                let score = object["risk_score"].as_u64().ok_or("action.risk.param._risk: no risk_score")?;
                risks.push((value(text("risk_object_field")?), text("risk_object_type")?.to_owned(), score));
            }
        }
        let risk_message = row.keys().fold(message.clone(), |text, name| text.replace(&format!("${name}$"), &value(name)));
        events.extend(risks.into_iter().map(|(risk_object, risk_object_type, risk_score)| RiskEvent {
            risk_object,
            risk_object_type,
            risk_score,
            risk_message: risk_message.clone(),
            threat_objects: threats.clone(),
        }));
    }
    Ok(events)
}

/// Rows of a file: JSON lines of `tstats` columns; an array is a multivalue field; other keys are notes. A line with
/// `text` and `source`, as a training corpus holds them, becomes an answer that the source got.
pub fn fixture(path: &Path) -> Result<Vec<Row>> {
    let failed = |e: std::io::Error| format!("{}: {e}", path.display());
    let file = File::open(path).map_err(failed)?;
    let mut text = String::new();
    let mut reader: Box<dyn Read> =
        if path.extension().is_some_and(|e| e == "gz") { Box::new(flate2::read::GzDecoder::new(file)) } else { Box::new(file) };
    reader.read_to_string(&mut text).map_err(failed)?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            let mut row: BTreeMap<String, Value> =
                serde_json::from_str(line).map_err(|e| format!("{}, line {}: {e}", path.display(), number + 1))?;
            if let Some(text) = row.remove("text") {
                let source = row.remove("source").unwrap_or(Value::Null);
                row = [("DNS.answer", text), ("DNS.src", source), ("DNS.record_type", "TXT".into())].map(|(k, v)| (k.to_owned(), v)).into();
            }
            const NOTES: [&str; 2] = ["origin", "expect"];
            Ok(row.into_iter().filter(|(name, _)| !NOTES.contains(&&**name)).map(|(name, value)| (name, values(value))).collect())
        })
        .collect()
}

fn values(value: Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.into_iter().flat_map(self::values).collect(),
        Value::Null => Vec::new(),
        Value::String(text) => vec![text],
        other => vec![other.to_string()],
    }
}

/// A table for a terminal; long cells are cut, control characters escaped.
fn shown(table: &Table) -> String {
    const WIDEST: usize = 44;
    let cell = |row: &Row, column: &String| {
        let text: String = row
            .get(column)
            .map(|values| values.join(" ¶ "))
            .unwrap_or_default()
            .chars()
            .flat_map(|c| if c.is_control() { c.escape_unicode().collect::<Vec<_>>() } else { vec![c] })
            .collect();
        if text.chars().count() > WIDEST { text.chars().take(WIDEST - 1).chain(['…']).collect() } else { text }
    };
    let lines: Vec<Vec<String>> = [table.columns.clone()]
        .into_iter()
        .chain(table.rows.iter().map(|row| table.columns.iter().map(|c| cell(row, c)).collect()))
        .collect();
    let widths: Vec<usize> =
        (0..table.columns.len()).map(|c| lines.iter().map(|line| line[c].chars().count()).max().unwrap_or(0)).collect();
    lines.iter().fold(String::new(), |mut out, line| {
        for (text, width) in line.iter().zip(&widths) {
            out.push_str(text);
            out.extend(std::iter::repeat_n(' ', width + 2 - text.chars().count()));
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(src: &str, text: &str) -> Table {
        let row = [("src", src), ("text", text)].map(|(name, value)| (name.to_owned(), vec![value.to_owned()])).into();
        Table { columns: vec!["src".into(), "text".into()], rows: vec![row] }
    }

    #[test]
    fn what_an_attacker_wrote_is_cut_and_escaped() {
        let shown = shown(&table("h1", &format!("\x1b[31m{}", "x".repeat(100))));
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0], "src  text");
        assert!(lines[1].starts_with("h1   \\u{1b}[31mxxx") && lines[1].ends_with("x…") && lines[1].chars().count() == 5 + 44, "{shown}");
    }

    #[test]
    fn a_risk_event_takes_object_and_message_from_its_row() {
        let risk = r#"[{"risk_object_field": "src", "risk_object_type": "system", "risk_score": 45}, {"threat_object_field": "text", "threat_object_type": "domain"}]"#;
        let stanza = |risk: &str| {
            [("action.risk.param._risk", risk), ("action.risk.param._risk_message", "seen on $src$ , $missing$")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into()
        };
        let events = risk_events(&stanza(risk), &table("h1", "t")).unwrap();
        let expected = RiskEvent {
            risk_object: "h1".into(),
            risk_object_type: "system".into(),
            risk_score: 45,
            risk_message: "seen on h1 , $missing$".into(),
            threat_objects: vec![("domain".into(), "t".into())],
        };
        assert_eq!(events, [expected]);
        assert!(risk_events(&stanza("[{}]"), &table("h1", "t")).is_err());
    }
}
