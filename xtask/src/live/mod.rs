//! `cargo xtask live`: every shipped search on a real Splunk, over the rows of the fixture, beside what the runner of `tests/splunk` says.
//!
//! Nothing is written to the instance: the rows travel within the search (`given.rs`), stages that write a lookup are left out, and no
//! alert action runs. No Splunk was at hand when this was written; its requests follow Splunk's REST API Reference, and a local server
//! that answers as its pages show plays splunkd in the tests.

mod client;
mod compare;
mod given;
mod instance;

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use test_splunk::spl::Row;
use test_splunk::{conf, searches};

use crate::{Result, app, root};
use client::Client;
pub use instance::Instance;

/// Runs all and prints one line per search, then what differs.
///
/// # Errors
/// If the instance cannot be asked, the app is not installed there, or a search fails or gives other rows than the runner.
pub fn run(instance: &Instance) -> Result<()> {
    let client = Client::new(instance)?;
    let info = client.get("/services/server/info")?;
    let installed = client.get(&format!("/services/apps/local/{}", app::NAME)).map_err(|e| format!("{e}; install the app there first"))?;
    println!("Splunk {}, {} {}", content(&info, "version"), app::NAME, content(&installed, "version"));
    println!("alert actions, risk events and the views are not tried here; searches are, without the stages that write lookups\n");

    let mut differences = changed_macros(&client)?;
    let theirs = searches_of(&client)?;
    for (name, stanza) in conf::of_app(&root(), "savedsearches.conf")? {
        let shipped = stanza.get("search").ok_or_else(|| format!("[{name}] has no search"))?;
        let Some(search) = theirs.get(&name) else {
            differences.push(format!("{name}: the instance does not have it"));
            continue;
        };
        if search.trim() != shipped.trim() {
            differences.push(format!("{name}: its search is another one there; that one is run"));
        }
        match compare_one(&client, search) {
            Ok((line, None)) => println!("as expected  {name}: {line}"),
            Ok((line, Some(difference))) => {
                println!("DIFFERS      {name}: {line}");
                differences.push(format!("{name}: {difference}"));
            }
            Err(why) => {
                println!("FAILS        {name}");
                differences.push(format!("{name}: {why}"));
            }
        }
    }
    if differences.is_empty() {
        println!("\nnothing differs");
        return Ok(());
    }
    println!();
    for difference in &differences {
        println!("- {difference}");
    }
    Err(format!("{} things differ from what this checkout expects", differences.len()))
}

/// Runs a search as it is over the last hour, and over the fixture: one line of what came, and how that differs from the runner's rows.
fn compare_one(client: &Client, search: &str) -> Result<(String, Option<String>)> {
    let search = given::without_writing(search);
    let begun = Instant::now();
    let as_it_is = client.search(&given::whole(&search), "-60m")?;
    let seconds = begun.elapsed().as_secs_f64();

    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|e| e.to_string())?.as_secs() as i64;
    let mut rows = searches::fixture_for(&root(), &search)?;
    shift_times(&mut rows, now - searches::NOW);
    let there = client.search(&given::with_rows(&search, &rows)?, "-24h")?;
    let here = searches::run_text(&root(), &search, rows, &mut searches::empty_lookups(&root())?, now)?;
    let line = format!("{} rows of the fixture; over the last hour {} rows in {seconds:.1} s", there.rows.len(), as_it_is.rows.len());
    Ok((line, compare::difference(&here, &there)))
}

/// Moves the fixture's times to the present: some searches leave out what is too old.
fn shift_times(rows: &mut [Row], by: i64) {
    for row in rows {
        for name in ["_time", "firstTime", "lastTime"] {
            for time in row.get_mut(name).into_iter().flatten() {
                if let Ok(seconds) = time.parse::<i64>() {
                    *time = (seconds + by).to_string();
                }
            }
        }
    }
}

/// The searches that the app has there, by name.
fn searches_of(client: &Client) -> Result<BTreeMap<String, String>> {
    let list = client.get(&format!("/servicesNS/nobody/{}/saved/searches?count=0", app::NAME))?;
    let of_app = entries(&list).filter(|entry| entry["acl"]["app"] == app::NAME);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Ok(of_app.filter_map(|entry| Some((text(&entry["name"])?, text(&entry["content"]["search"])?))).collect())
}

/// Macros whose definition is another there. Only their names: one of them is the salt.
fn changed_macros(client: &Client) -> Result<Vec<String>> {
    let list = client.get(&format!("/servicesNS/nobody/{}/configs/conf-macros?count=0", app::NAME))?;
    let theirs: BTreeMap<&str, &str> =
        entries(&list).filter_map(|entry| Some((entry["name"].as_str()?, entry["content"]["definition"].as_str()?))).collect();
    let mut changed = Vec::new();
    for (name, stanza) in conf::of_app(&root(), "macros.conf")? {
        let shipped = stanza.get("definition").map_or("", String::as_str).trim();
        match theirs.get(&*name) {
            None => changed.push(format!("the macro {name} is not there")),
            Some(definition) if definition.trim() != shipped => {
                changed.push(format!("the macro {name} is set otherwise there, so other rows may be right"));
            }
            Some(_) => {}
        }
    }
    Ok(changed)
}

fn entries(reply: &Value) -> impl Iterator<Item = &Value> {
    reply["entry"].as_array().into_iter().flatten()
}

fn content<'r>(reply: &'r Value, name: &str) -> &'r str {
    reply["entry"][0]["content"][name].as_str().unwrap_or("of unknown version")
}
