//! `cargo xtask dashboard`: the views through Splunk's own validator, and as pictures: their searches run over the fixture by
//! the real binary and over the log that it writes, drawn by Splunk's own dashboard packages in headless Chromium. Those
//! are tools of development from npm; nothing of them ships.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::spl::{self, Row, Table, iso_time};
use crate::{Result, conf, demo, provide, root, splunkd};

/// The views that the app ships.
pub const VIEWS: [&str; 2] = ["dnstxtscore_hunt", "dnstxtscore_health"];

/// The definition in a view's file.
pub fn definition(view: &str) -> Result<Value> {
    let path = root().join(format!("default/data/ui/views/{view}.xml"));
    let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let inside = text
        .split_once("<![CDATA[")
        .and_then(|(_, rest)| rest.split_once("]]>"))
        .ok_or_else(|| format!("{} holds no definition", path.display()))?;
    serde_json::from_str(inside.0).map_err(|e| format!("{}: {e}", path.display()))
}

/// The whole search behind a data source, its base first.
pub fn whole(definition: &Value, name: &str) -> Result<String> {
    let options = &definition["dataSources"][name]["options"];
    let query = options["query"].as_str().ok_or_else(|| format!("there is no data source {name}"))?;
    Ok(match options["extend"].as_str() {
        Some(base) => format!("{}\n{query}", whole(definition, base)?),
        None => query.to_owned(),
    })
}

/// The log that the real binary writes in a folder: five runs over the fixture, and one that cannot be.
pub fn log(folder: &Path) -> Result<String> {
    let logs = folder.join("var/log/splunk");
    fs::create_dir_all(&logs).map_err(|e| format!("{}: {e}", logs.display()))?;
    let rows: Vec<Row> = demo::fixture(&root().join("tests/fixtures/dns_txt_rows.jsonl"))?;
    let table = Table { columns: vec!["DNS.answer".into(), "DNS.query".into()], rows };
    let args = ["field=DNS.answer", "domain=DNS.query", "loglevel=info"].map(str::to_owned);
    let run = |args: &[String]| splunkd::run_in(Some(folder), &root().join("bin/dnstxtscore"), args, table.clone());
    for _ in 0..5 {
        run(&args)?;
    }
    if run(&["threshold=high".to_owned()]).is_ok() {
        return Err("the command took threshold=high".into());
    }
    fs::read_to_string(logs.join("dnstxtscore.log")).map_err(|e| format!("{}: {e}", logs.display()))
}

/// Lines of the log as events of `_internal`, with the fields of `KV_MODE = auto`, one an hour so that a line can be drawn.
fn events(log: &str) -> Vec<Row> {
    let lines: Vec<&str> = log.lines().collect();
    let event = |(number, line): (usize, &&str)| {
        let time = demo::NOW - 3600 * (lines.len() - number) as i64;
        let pairs = line.split(' ').filter_map(|word| word.split_once('='));
        let fields = pairs.map(|(name, value)| (name, value.trim_matches('"').to_owned()));
        let fields = fields.chain([("_time", time.to_string()), ("_raw", (*line).to_owned()), ("host", "search-head".to_owned())]);
        fields.map(|(name, value)| (name.to_owned(), vec![value])).collect()
    };
    lines.iter().enumerate().map(event).collect()
}

/// What a data source of a view shows, with its inputs as they are at first, over the fixture and a log.
pub fn shown(definition: &Value, name: &str, log: &str) -> Result<Table> {
    let search = whole(definition, name)?.replace("$src|s$", "\"*\"").replace("$threshold|s$", "\"0.5\"");
    if search.starts_with("| tstats") {
        return demo::run_text(&root(), &search, demo::fixture_for(&root(), &search)?, &mut Default::default(), demo::NOW);
    }
    let stages = spl::stages(&spl::expand(&search, &conf::read(&root().join("default/macros.conf"))?)?);
    let (first, rest) = stages.split_first().ok_or_else(|| format!("{name} is empty"))?;
    let wanted = first.strip_prefix("index=_internal source=*dnstxtscore.log*").ok_or_else(|| format!("{name} reads `{first}`"))?.trim();
    let rows = events(log).into_iter().filter(|row| match wanted {
        "rows=* milliseconds=*" => row.contains_key("rows") && row.contains_key("milliseconds"),
        _ => wanted.split(['(', ')', '"']).any(|word| word.starts_with('[') && row["_raw"][0].contains(word)),
    });
    let rows: Vec<Row> = rows.collect();
    let columns: std::collections::BTreeSet<String> = rows.iter().flat_map(|row| row.keys().cloned()).collect();
    let mut world = spl::World { command: &mut |_, _| Err("no command runs here".into()), lookups: Default::default(), now: demo::NOW };
    spl::run(rest, Table { columns: columns.into_iter().collect(), rows }, &mut world)
}

pub fn run(args: &[&str]) -> Result<()> {
    let draw = match args {
        [] => true,
        ["--check"] => false,
        _ => return Err("dashboard takes nothing, or --check: only validate".into()),
    };
    let folder = root().join("target/dashboard");
    install(&folder)?;
    let mut paths = Vec::new();
    for view in VIEWS {
        paths.push(write(&folder.join(format!("{view}.json")), definition(view)?.to_string())?);
    }
    tool(&folder, Command::new("node").arg("validate.mjs").args(&paths))?;
    if draw {
        provide::build()?;
        tool(&folder, Command::new("node").arg("build.mjs"))?;
        let home = folder.join("splunk-home");
        let _ = fs::remove_dir_all(&home);
        let log = log(&home)?;
        for view in VIEWS {
            println!("{}", picture(&folder, view, &log)?.display());
        }
    }
    Ok(())
}

fn write(path: &Path, text: String) -> Result<PathBuf> {
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(path.into())
}

/// Copies the scripts and installs the locked packages, once.
fn install(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let own = root().join("xtask/dashboard");
    let lock = |folder: &Path| fs::read(folder.join("package-lock.json")).ok();
    let installed = folder.join("node_modules").is_dir() && lock(folder) == lock(&own);
    for file in ["package.json", "package-lock.json", "validate.mjs", "build.mjs", "page.jsx"] {
        fs::copy(own.join(file), folder.join(file)).map_err(|e| format!("{}: {e}", own.join(file).display()))?;
    }
    if installed {
        return Ok(());
    }
    println!("installing Splunk's dashboard packages from npm (550 MB)");
    tool(folder, Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel", "error"]))
}

fn tool(folder: &Path, command: &mut Command) -> Result<()> {
    match command.current_dir(folder).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("{} failed; its words are above", command.get_program().display())),
        Err(error) => Err(format!("{} did not start ({error}); install Node.js with npm, and Chromium", command.get_program().display())),
    }
}

/// Draws a view with its data as it is at first.
fn picture(folder: &Path, view: &str, log: &str) -> Result<PathBuf> {
    let mut definition = definition(view)?;
    let names: Vec<String> = definition["dataSources"].as_object().into_iter().flat_map(|sources| sources.keys().cloned()).collect();
    let whole = definition.clone();
    for name in names {
        let table = shown(&whole, &name, log)?;
        let cell = |row: &Row, column: &String| match column.as_str() {
            "_time" => row
                .get(column)
                .and_then(|values| values.first())
                .and_then(|time| time.parse().ok())
                .map_or(Value::Null, |time: f64| json!(iso_time(time as i64) + "+00:00")),
            _ => row.get(column).map_or(Value::Null, |values| json!(values.join(" "))),
        };
        let columns: Vec<Vec<Value>> =
            table.columns.iter().map(|column| table.rows.iter().map(|row| cell(row, column)).collect()).collect();
        let fields: Vec<Value> = table.columns.iter().map(|name| json!({"name": name})).collect();
        definition["dataSources"][name] =
            json!({"type": "ds.test", "options": {"data": {"fields": fields, "columns": columns}, "meta": {}}});
    }
    // No `</script>` of an answer may end the script.
    let text = definition.to_string().replace('<', "\\u003c");
    let page = format!(
        "<!doctype html><meta charset=utf-8><style>html,body,#root{{height:100%;margin:0}}</style><div id=root></div><script>window.definition={text}</script><script src=page.js></script>"
    );
    let page = write(&folder.join(format!("{view}.html")), page)?;
    let (image, profile) = (folder.join(format!("{view}.png")), folder.join("profile"));
    let _ = fs::remove_file(&image);
    let chromium = std::env::var_os("CHROMIUM").unwrap_or("chromium".into());
    let mut command = Command::new(chromium);
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]);
    command.args(["--allow-file-access-from-files", "--hide-scrollbars", "--window-size=1280,1480", "--virtual-time-budget=20000"]);
    command
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--screenshot={}", image.display()))
        .arg(format!("file://{}", page.display()));
    // It talks of buses and of the network that a page from a file does not need.
    tool(folder, command.env("TZ", "UTC").stderr(std::process::Stdio::null()))?;
    if image.exists() { Ok(image) } else { Err("chromium drew nothing".into()) }
}
