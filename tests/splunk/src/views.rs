//! The views of the app: their definitions, and the tables that their searches give over the fixture and over the log that the
//! real program writes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::spl::{self, Row, SearchContext, Table};
use crate::{Result, conf, macros, root, searches, splunkd};

/// The views that the app ships.
pub const VIEWS: [&str; 2] = ["dnstxtscore_hunt", "dnstxtscore_health"];

/// The JSON definition in the file of a view.
///
/// # Errors
/// If the file cannot be read or holds no definition.
pub fn definition(view: &str) -> Result<Value> {
    let path = root().join(format!("default/data/ui/views/{view}.xml"));
    let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let inside = text
        .split_once("<![CDATA[")
        .and_then(|(_, rest)| rest.split_once("]]>"))
        .ok_or_else(|| format!("{} holds no definition", path.display()))?;
    serde_json::from_str(inside.0).map_err(|e| format!("{}: {e}", path.display()))
}

/// The whole search of a data source, with the search that it extends.
///
/// # Errors
/// If the definition has no such data source.
pub fn whole_search(definition: &Value, name: &str) -> Result<String> {
    let options = &definition["dataSources"][name]["options"];
    let query = options["query"].as_str().ok_or_else(|| format!("there is no data source {name}"))?;
    Ok(match options["extend"].as_str() {
        Some(base) => format!("{}\n{query}", whole_search(definition, base)?),
        None => query.to_owned(),
    })
}

/// The log that the real program writes below a folder: five runs over the fixture, and one with a wrong argument.
///
/// # Errors
/// If a run fails or the log cannot be read.
pub fn make_log(folder: &Path) -> Result<String> {
    let logs = folder.join("var/log/splunk");
    fs::create_dir_all(&logs).map_err(|e| format!("{}: {e}", logs.display()))?;
    let rows: Vec<Row> = searches::read_rows(&searches::fixture_path())?;
    let table = Table { columns: vec!["DNS.answer".into(), "DNS.query".into()], rows };
    let args = ["field=DNS.answer", "domain=DNS.query", "loglevel=info"].map(str::to_owned);
    let run = |args: &[String]| splunkd::run_with_home(Some(folder), &root().join("bin/dnstxtscore"), args, table.clone());
    for _ in 0..5 {
        run(&args)?;
    }
    if run(&["threshold=high".to_owned()]).is_ok() {
        return Err("the command accepted threshold=high".into());
    }
    fs::read_to_string(logs.join("dnstxtscore.log")).map_err(|e| format!("{}: {e}", logs.display()))
}

/// Lines of the log as events of `_internal`, with the fields of `KV_MODE = auto`. One per hour, so that a chart has a line.
fn events(log: &str) -> Vec<Row> {
    let lines: Vec<&str> = log.lines().collect();
    let event = |(number, line): (usize, &&str)| {
        let time = searches::NOW - 3600 * (lines.len() - number) as i64;
        let pairs = line.split(' ').filter_map(|word| word.split_once('='));
        let fields = pairs.map(|(name, value)| (name, value.trim_matches('"').to_owned()));
        let fields = fields.chain([("_time", time.to_string()), ("_raw", (*line).to_owned()), ("host", "search-head".to_owned())]);
        fields.map(|(name, value)| (name.to_owned(), vec![value])).collect()
    };
    lines.iter().enumerate().map(event).collect()
}

/// The table that a data source of a view shows, with the initial values of its inputs, over the fixture and a log.
///
/// # Errors
/// If its search cannot be run.
pub fn table(definition: &Value, name: &str, log: &str) -> Result<Table> {
    let search = whole_search(definition, name)?.replace("$src|s$", "\"*\"").replace("$threshold|s$", "\"0.5\"");
    if search.starts_with("| tstats") {
        let rows = searches::fixture_for(&root(), &search)?;
        return searches::run_text(&root(), &search, rows, &mut Default::default(), searches::NOW);
    }
    let stages = spl::stages(&macros::expand(&search, &conf::of_app(&root(), "macros.conf")?)?);
    let (first, rest) = stages.split_first().ok_or_else(|| format!("{name} is empty"))?;
    let wanted = first.strip_prefix("index=_internal source=*dnstxtscore.log*").ok_or_else(|| format!("{name} reads `{first}`"))?.trim();
    let rows = events(log).into_iter().filter(|row| match wanted {
        "rows=* milliseconds=*" => row.contains_key("rows") && row.contains_key("milliseconds"),
        _ => wanted.split(['(', ')', '"']).any(|word| word.starts_with('[') && row["_raw"][0].contains(word)),
    });
    let rows: Vec<Row> = rows.collect();
    let columns: BTreeSet<String> = rows.iter().flat_map(|row| row.keys().cloned()).collect();
    let mut world =
        SearchContext { command: &mut |_, _| Err("no command runs here".into()), lookups: Default::default(), now: searches::NOW };
    spl::run(rest, Table { columns: columns.into_iter().collect(), rows }, &mut world)
}
