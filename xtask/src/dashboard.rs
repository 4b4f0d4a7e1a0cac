//! `cargo xtask dashboard`: validates the views with Splunk's own validator, and draws them. Their searches run over the fixture
//! and over the log that the real program writes, and Splunk's dashboard packages draw the results in headless Chromium. These
//! packages come from npm, are used in development only, and do not ship. The pictures of the documentation are made here, that of a
//! report as well.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};
use test_splunk::spl::{Row, iso_time};
use test_splunk::views::{self, VIEWS};

use crate::{Result, build, root};

/// Pixels of the picture of the hunt.
const HUNT_SIZE: &str = "1280,2180";

/// Validates the views, and draws them unless `check_only`. With `rows`, the hunt is drawn from so many rows, below `target/dashboard`, and
/// what its searches keep is printed.
///
/// # Errors
/// If a view is invalid or cannot be drawn.
pub fn run(check_only: bool, rows: Option<usize>) -> Result<()> {
    let folder = root().join("target/dashboard");
    install(&folder)?;
    let mut paths = Vec::new();
    for view in VIEWS {
        paths.push(write(&folder.join(format!("{view}.json")), views::definition(view)?.to_string())?);
    }
    tool(&folder, Command::new("node").arg("validate.mjs").args(&paths))?;
    if !check_only {
        build::run()?;
        tool(&folder, Command::new("node").arg("build.mjs"))?;
        let home = folder.join("splunk-home");
        let _ = fs::remove_dir_all(&home);
        let log = views::make_log(&home)?;
        if let Some(count) = rows {
            let (page, image) = (page(&folder, "dnstxtscore_hunt", Some(count), &log)?, folder.join(format!("hunt_{count}.png")));
            screenshot(&folder, &page, HUNT_SIZE, &image)?;
            println!("drawn into {}", image.display());
            return Ok(());
        }
        let images = root().join("docs/images");
        fs::create_dir_all(&images).map_err(|e| format!("{}: {e}", images.display()))?;
        for view in VIEWS {
            let page = page(&folder, view, None, &log)?;
            // The documentation shows the hunt alone.
            let (image, size) = match view {
                "dnstxtscore_hunt" => (images.join("hunt.png"), HUNT_SIZE),
                _ => (folder.join(format!("{view}.png")), "1280,1500"),
            };
            screenshot(&folder, &page, size, &image)?;
        }
        screenshot(&folder, &report(&folder)?, "1280,1900", &images.join("report.png"))?;
        println!("drawn into {} and {}", images.display(), folder.display());
    }
    Ok(())
}

/// The report of the capture in the fixtures.
fn report(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("report.html");
    let _ = fs::remove_file(&path);
    let mut command = Command::new(root().join("bin/dnstxtscore"));
    let status = command.current_dir(root()).args(["report", "--quiet", "tests/fixtures/triage/tunnels.pcap.gz", "-o"]).arg(&path).status();
    status.map_err(|e| format!("the program did not start: {e}"))?;
    if path.exists() { Ok(path) } else { Err("the program wrote no report".into()) }
}

fn write(path: &Path, text: String) -> Result<PathBuf> {
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(path.into())
}

/// Copies the scripts, and installs the locked packages if they are missing.
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
        Ok(_) => Err(format!("{} failed; see its output above", command.get_program().display())),
        Err(error) => Err(format!("{} did not start ({error}); install Node.js with npm, and Chromium", command.get_program().display())),
    }
}

/// The page of a view with the initial values of its inputs, over the fixture or so many rows.
fn page(folder: &Path, view: &str, count: Option<usize>, log: &str) -> Result<PathBuf> {
    let mut definition = views::definition(view)?;
    let rows = count.map(views::many_rows).transpose()?;
    let begun = Instant::now();
    let tables = views::tables(&definition, rows.as_deref(), log)?;
    if let Some(count) = count {
        println!("{count} rows: {} s in the runner, which is not Splunk", begun.elapsed().as_secs());
    }
    for (name, table) in tables {
        if count.is_some() {
            let bytes: usize = table.rows.iter().flatten().flat_map(|(_, values)| values).map(String::len).sum();
            println!("{name}: {} rows, {bytes} bytes", table.rows.len());
        }
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
    // So that a `</script>` in an answer cannot end the script.
    let text = definition.to_string().replace('<', "\\u003c");
    let page = format!(
        "<!doctype html><meta charset=utf-8><style>html,body,#root{{height:100%;margin:0}}</style><div id=root></div><script>window.definition={text}</script><script src=page.js></script>"
    );
    write(&folder.join(format!("{view}.html")), page)
}

/// Draws a page into a picture, so many pixels wide and high.
fn screenshot(folder: &Path, page: &Path, size: &str, image: &Path) -> Result<()> {
    let profile = folder.join("profile");
    let _ = fs::remove_file(image);
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
    command.args(["--allow-file-access-from-files", "--hide-scrollbars", "--virtual-time-budget=20000"]);
    command
        .arg(format!("--window-size={size}"))
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--screenshot={}", image.display()))
        .arg(format!("file://{}", page.display()));
    // Its stderr is about buses and a network, which a page from a file does not need.
    tool(folder, command.env("TZ", "UTC").stderr(std::process::Stdio::null()))?;
    if image.exists() { Ok(()) } else { Err("chromium drew nothing".into()) }
}
