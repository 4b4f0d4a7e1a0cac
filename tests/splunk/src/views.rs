//! The views of the app: their definitions, and the tables that their searches give over the fixture and over the log that the
//! real program writes.

use std::collections::{BTreeMap, BTreeSet};
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

/// The table of each data source of a view with the initial values of its inputs, over rows of `tstats` (the fixture, if none are given)
/// and a log. A search that others extend runs once, as on a dashboard.
///
/// # Errors
/// If a search cannot be run.
pub fn tables(definition: &Value, rows: Option<&[Row]>, log: &str) -> Result<BTreeMap<String, Table>> {
    let sources = definition["dataSources"].as_object().ok_or("the view has no data sources")?;
    let mut tables = BTreeMap::new();
    let (bases, extending): (Vec<_>, Vec<_>) = sources.iter().partition(|(_, source)| source["options"]["extend"].is_null());
    for (name, source) in bases.into_iter().chain(extending) {
        let options = &source["options"];
        let search = with_initial_values(definition, options["query"].as_str().ok_or_else(|| format!("{name} has no query"))?);
        let table = match options["extend"].as_str() {
            None => run(&search, rows, log),
            Some(base) => {
                let base: &Table = tables.get(base).ok_or_else(|| format!("{name} extends {base}, which extends another"))?;
                run_stages(&search, base.clone(), log)
            }
        };
        tables.insert(name.clone(), table.map_err(|error| format!("{name}: {error}"))?);
    }
    Ok(tables)
}

fn with_initial_values(definition: &Value, search: &str) -> String {
    let mut search = search.to_owned();
    for input in definition["inputs"].as_object().into_iter().flat_map(|inputs| inputs.values()) {
        let options = &input["options"];
        if let (Some(token), Some(value)) = (options["token"].as_str(), options["defaultValue"].as_str()) {
            search = search.replace(&format!("${token}|s$"), &format!("\"{value}\""));
        }
    }
    search
}

/// What a search of a view shows.
///
/// # Errors
/// If it cannot be run.
pub fn run(search: &str, rows: Option<&[Row]>, log: &str) -> Result<Table> {
    let app = root();
    if search.starts_with("| tstats") {
        let rows = match rows {
            Some(rows) => searches::rows_for(&app, search, rows.to_vec())?,
            None => searches::fixture_for(&app, search)?,
        };
        return searches::run_text(&app, search, rows, &mut searches::empty_lookups(&app)?, searches::NOW);
    }
    run_stages(search, Table::default(), log)
}

fn run_stages(search: &str, table: Table, log: &str) -> Result<Table> {
    let app = root();
    let mut world = SearchContext {
        command: &mut |args, table| splunkd::run(&app.join("bin/dnstxtscore"), args, table),
        lookups: searches::empty_lookups(&app)?,
        now: searches::NOW,
        given: given(log)?,
    };
    spl::run(&spl::stages(&macros::expand(search, &conf::of_app(&app, "macros.conf")?)?), table, &mut world)
}

/// Rows of a large network: the fixture's records under many names, three in ten suspicious, and a tunnel of every hundredth row.
///
/// # Errors
/// If the fixture cannot be read.
pub fn many_rows(count: usize) -> Result<Vec<Row>> {
    let fixture = searches::read_rows(&searches::fixture_path())?;
    let row = |number: usize| {
        let mut row = fixture[number % fixture.len()].clone();
        let mut set = |name: &str, value: String| row.insert(name.into(), vec![value]);
        set("DNS.src", format!("10.0.{}.{}", number / 250 % 40, number % 250));
        set("DNS.query", format!("host{}.site{}.example", number % 97, number % 20_011));
        if number.is_multiple_of(100) {
            set("DNS.src", "203.0.113.7".into());
            set("DNS.query", format!("{number:x}.t.example.net"));
            set("DNS.answer", format!("{:064x}{:064x}", number * 7_919_919, number * 104_729_104_729));
        }
        row
    };
    Ok((0..count).map(row).collect())
}

/// What the searches of the health view read: the log, the fixture, and what splunkd would say of a search head on which the two rules are
/// enabled and the data model is not accelerated.
fn given(log: &str) -> Result<Vec<(String, Table)>> {
    let table = |columns: &[&str], rows: &[&[&str]]| Table {
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        rows: rows
            .iter()
            .map(|row| {
                let cells = columns.iter().zip(*row).filter(|(_, value)| !value.is_empty());
                cells.map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect()
            })
            .collect(),
    };
    let rules = [searches::DETECTION, "DNSTXT - Detect sustained channel over DNS TXT answers - Rule"];
    let runs: Vec<[String; 5]> = (0..30)
        .map(|hour: i64| {
            let time = (searches::NOW - 3600 * hour).to_string();
            let rule = rules[usize::from(hour % 4 == 0)].to_owned();
            [time, rule, "success".to_owned(), (hour % 3).to_string(), "2.1".to_owned()]
        })
        .collect();
    let runs: Vec<Vec<&str>> = runs.iter().map(|run| run.iter().map(String::as_str).collect()).collect();
    let runs: Vec<&[&str]> = runs.iter().map(Vec::as_slice).collect();
    let mut answers = searches::read_rows(&searches::fixture_path())?;
    for (number, row) in answers.iter_mut().enumerate() {
        row.retain(|name, _| name == "DNS.src" || name == "count");
        row.insert("sourcetype".into(), vec![["suricata", "bro:dns:json"][usize::from(number % 9 == 0)].into()]);
    }
    Ok(vec![
        ("datamodel/model".to_owned(), table(&["title"], &[&["Network_Resolution"]])),
        ("admin/summarization".to_owned(), table(&["title", "summary.complete"], &[])),
        (
            "saved/searches".to_owned(),
            table(
                &["title", "is_scheduled", "disabled"],
                &[&[rules[0], "1", "0"], &[rules[1], "1", "0"], &["DNSTXT - Slow channels of the last week", "1", "1"]],
            ),
        ),
        ("sourcetype=scheduler".to_owned(), table(&["_time", "savedsearch_name", "status", "result_count", "run_time"], &runs)),
        ("BY sourcetype DNS.src".to_owned(), Table { columns: vec!["sourcetype".into(), "DNS.src".into(), "count".into()], rows: answers }),
        ("rows=*".to_owned(), log_events(log, "rows=* milliseconds=*")),
        ("[INFO]".to_owned(), log_events(log, "[INFO] [ERROR] [WARN]")),
        ("[ERROR]".to_owned(), log_events(log, "[ERROR] [WARN]")),
    ])
}

/// The lines of the log that a search for these terms reads.
fn log_events(log: &str, wanted: &str) -> Table {
    let rows = events(log).into_iter().filter(|row| match wanted {
        "rows=* milliseconds=*" => row.contains_key("rows") && row.contains_key("milliseconds"),
        _ => wanted.split(' ').any(|word| row["_raw"][0].contains(word)),
    });
    let rows: Vec<Row> = rows.collect();
    let columns: BTreeSet<String> = rows.iter().flat_map(|row| row.keys().cloned()).collect();
    Table { columns: columns.into_iter().collect(), rows }
}
