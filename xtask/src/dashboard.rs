//! `cargo xtask dashboard`: the views through Splunk's own validator, and the hunt as a picture: its searches run over the
//! fixture by the real binary, drawn by Splunk's own dashboard packages in headless Chromium. Those are tools of
//! development from npm; nothing of them ships.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::spl::{Row, Table, iso_time};
use crate::{Result, demo, provide, root};

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

/// The fixture as the hunt's `tstats` gives it: one row an hour.
pub fn rows() -> Result<Vec<Row>> {
    let mut rows = demo::fixture(&root().join("tests/fixtures/dns_txt_rows.jsonl"))?;
    for row in &mut rows {
        let time = row.get("firstTime").cloned().unwrap_or_default();
        row.insert("_time".into(), time);
        row.retain(|name, _| ["_time", "count", "DNS.src", "DNS.dest", "DNS.query", "DNS.answer"].contains(&&**name));
    }
    Ok(rows)
}

/// What a data source of the hunt shows, with its inputs as they are at first.
pub fn shown(definition: &Value, name: &str) -> Result<Table> {
    let search = whole(definition, name)?.replace("$src|s$", "\"*\"").replace("$threshold|s$", "\"0.5\"");
    demo::run_text(&root(), &search, rows()?, &mut Default::default(), demo::NOW)
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
        println!("{}", picture(&folder, "dnstxtscore_hunt")?.display());
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
fn picture(folder: &Path, view: &str) -> Result<PathBuf> {
    let mut definition = definition(view)?;
    let names: Vec<String> = definition["dataSources"].as_object().into_iter().flat_map(|sources| sources.keys().cloned()).collect();
    let whole = definition.clone();
    for name in names {
        let table = shown(&whole, &name)?;
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
