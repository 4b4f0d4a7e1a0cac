//! The searches of the app over rows in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use crate::risk::{self, EnterpriseSecurity, RiskEvent};
use crate::spl::{self, Lookup, Lookups, Row, SearchContext, Table};
use crate::{Result, conf, macros, root, splunkd};

/// The correlation search of this app.
pub const DETECTION: &str = "DNSTXT - Detect suspicious DNS TXT records using pretrained model - Rule";

/// The time at which searches are run here, in seconds since 1970.
pub const NOW: i64 = 1_795_500_000;

/// The file of the fixture.
pub fn fixture_path() -> std::path::PathBuf {
    root().join("tests/fixtures/dns_txt_rows.jsonl")
}

/// Every search of the app over the fixture: its name, its rows, and its risk events.
///
/// # Errors
/// If a search cannot be run.
pub fn run_all(app: &Path) -> Result<Vec<(String, Table, Vec<RiskEvent>)>> {
    let stanzas = conf::of_app(app, "savedsearches.conf")?;
    let run = |(name, stanza): (String, BTreeMap<String, String>)| {
        let text = stanza.get("search").ok_or_else(|| format!("[{name}] has no search"))?;
        let table = run_text(app, text, fixture_for(app, text)?, &mut empty_lookups(app)?, NOW)?;
        let events = if stanza.contains_key("action.risk") { risk::events(&stanza, &table, EnterpriseSecurity::V8)? } else { Vec::new() };
        Ok((name, table, events))
    };
    stanzas.into_iter().map(run).collect()
}

/// The fixture as the `tstats` of a search delivers it: the columns that it asks for, and a time for each row.
///
/// # Errors
/// If the fixture or the search cannot be read.
pub fn fixture_for(app: &Path, search: &str) -> Result<Vec<Row>> {
    rows_for(app, search, read_rows(&fixture_path())?)
}

/// Rows as the `tstats` of a search delivers them: the columns that it asks for, and a time for each row.
///
/// # Errors
/// If the search cannot be read.
pub fn rows_for(app: &Path, search: &str, mut rows: Vec<Row>) -> Result<Vec<Row>> {
    let stage = spl::stages(&macros::expand(search, &conf::of_app(app, "macros.conf")?)?).swap_remove(0);
    let columns = spl::tstats_columns(&stage)?;
    for row in &mut rows {
        let time = row.get("firstTime").cloned().unwrap_or_default();
        row.insert("_time".into(), time);
        row.retain(|name, _| columns.contains(name));
    }
    Ok(rows)
}

/// The detection of the app in `app` over rows as `tstats` would deliver them: its rows, and its risk events.
///
/// # Errors
/// If the detection cannot be run.
pub fn detect(app: &Path, rows: Vec<Row>) -> Result<(Table, Vec<RiskEvent>)> {
    let table = run(app, DETECTION, rows, &mut empty_lookups(app)?, NOW)?;
    let events = risk::events(&stanza(app, DETECTION)?, &table, EnterpriseSecurity::V8)?;
    Ok((table, events))
}

/// The lookups of the app as they are after installation.
///
/// # Errors
/// If transforms.conf or collections.conf cannot be read.
pub fn empty_lookups(app: &Path) -> Result<Lookups> {
    let collections = conf::of_app(app, "collections.conf")?;
    let empty = |(name, keys): (String, BTreeMap<String, String>)| {
        if let Some(file) = keys.get("filename") {
            return Ok((name, shipped_lookup(&app.join("lookups").join(file))?));
        }
        let fields = keys.get("fields_list").map_or("", String::as_str).split(',').map(|field| field.trim().to_owned());
        let collection =
            keys.get("collection").and_then(|name| collections.get(name)).ok_or_else(|| format!("[{name}] has no collection"))?;
        let numbers = collection.iter().filter(|(_, kind)| *kind == "number").filter_map(|(key, _)| key.strip_prefix("field."));
        let numbers = numbers.map(str::to_owned).collect();
        let enforces_types = collection.get("enforceTypes").is_some_and(|value| value == "true");
        Ok((name, Lookup { columns: fields.filter(|field| field != "_key").collect(), numbers, enforces_types, ..Lookup::default() }))
    };
    conf::of_app(app, "transforms.conf")?.into_iter().map(empty).collect()
}

/// A lookup that the app ships as a CSV file.
fn shipped_lookup(path: &Path) -> Result<Lookup> {
    let failed = |e: csv::Error| format!("{}: {e}", path.display());
    let mut reader = csv::Reader::from_path(path).map_err(failed)?;
    let columns: Vec<String> = reader.headers().map_err(failed)?.iter().map(str::to_owned).collect();
    let row = |record: csv::StringRecord| -> Row { columns.iter().cloned().zip(record.iter().map(|cell| vec![cell.to_owned()])).collect() };
    let rows = reader.records().map(|record| record.map(row).map_err(failed)).collect::<Result<Vec<Row>>>()?;
    Ok(Lookup { columns, rows, ..Lookup::default() })
}

fn stanza(app: &Path, name: &str) -> Result<BTreeMap<String, String>> {
    conf::of_app(app, "savedsearches.conf")?.remove(name).ok_or_else(|| format!("savedsearches.conf has no [{name}]"))
}

/// Runs a search of the app over rows as its `tstats` would deliver them.
///
/// # Errors
/// If the search cannot be run.
pub fn run(app: &Path, name: &str, rows: Vec<Row>, lookups: &mut Lookups, now: i64) -> Result<Table> {
    let search = stanza(app, name)?.remove("search").ok_or_else(|| format!("[{name}] has no search"))?;
    run_text(app, &search, rows, lookups, now)
}

/// Runs the text of a search that begins with `tstats`.
///
/// # Errors
/// If the search cannot be run, or a row has a column that its `tstats` does not deliver.
pub fn run_text(app: &Path, search: &str, rows: Vec<Row>, lookups: &mut Lookups, now: i64) -> Result<Table> {
    let macros = conf::of_app(app, "macros.conf")?;
    let stages = spl::stages(&macros::expand(search, &macros)?);
    let (first, rest) = stages.split_first().ok_or("the search is empty")?;
    let columns = spl::tstats_columns(first)?;
    for (number, row) in rows.iter().enumerate() {
        if let Some(unknown) = row.keys().find(|name| !columns.contains(name)) {
            let number = number + 1;
            return Err(format!("row {number}: {unknown} is not a column of the search's tstats ({})", columns.join(", ")));
        }
    }
    let program = app.join("bin/dnstxtscore");
    let mut world = SearchContext {
        command: &mut |args, table| splunkd::run(&program, args, table),
        lookups: std::mem::take(lookups),
        now,
        given: Vec::new(),
    };
    let table = spl::run(rest, Table { columns, rows }, &mut world);
    *lookups = world.lookups;
    table
}

/// The rows of a file of JSON lines. Keys are `tstats` columns, an array is a multivalue field, notes are ignored. A line with
/// `text` and `source`, as in a training corpus, and perhaps `query`, becomes an answer to that source.
///
/// # Errors
/// If the file cannot be read or a line is not an object.
pub fn read_rows(path: &Path) -> Result<Vec<Row>> {
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
                let query = row.remove("query").unwrap_or(Value::Null);
                row = [("DNS.answer", text), ("DNS.src", source), ("DNS.query", query), ("DNS.record_type", "TXT".into())]
                    .map(|(k, v)| (k.to_owned(), v))
                    .into();
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
