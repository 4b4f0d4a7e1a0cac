//! The shipped files: the detection over the committed fixture, and conf files that agree with the code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use xtask::{conf, demo, root, spl};

fn fixture() -> (Vec<spl::Row>, Vec<Value>) {
    let path = root().join("tests/fixtures/dns_txt_rows.jsonl");
    let notes = std::fs::read_to_string(&path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (demo::fixture(&path).unwrap(), notes)
}

#[test]
fn benign_rows_are_silent_and_payloads_rise() {
    let (rows, notes) = fixture();
    assert!(rows.len() >= 200 && notes.iter().all(|note| !note["origin"].as_str().unwrap().is_empty()));
    let queries: BTreeMap<String, String> =
        notes.iter().map(|note| (note["firstTime"].as_str().unwrap().into(), note["expect"].as_str().unwrap().into())).collect();
    let expected = notes.iter().filter(|note| note["expect"] == "suspicious").count();
    assert_eq!(queries.len(), rows.len(), "firstTime tells the rows of the fixture apart");

    let (mut table, events) = demo::detect(&root(), rows).unwrap();
    assert_eq!(table.columns, ["src", "dest", "text", "record_type", "query", "count", "firstTime", "lastTime", "is_suspicious_score"]);
    assert_eq!(events.len(), table.rows.len());
    let sources: BTreeSet<_> = table.rows.iter().map(|row| row["src"][0].clone()).collect();
    assert!(sources.iter().all(|src| src.starts_with("203.0.113.")), "a benign source rose: {sources:?}");
    let long = table.rows.iter().filter(|row| row["text"].iter().any(|text| text.len() >= 60)).count();
    assert!(long * 100 >= expected * 95, "{long} of {expected} payloads rose");
    table.rows.truncate(1);
    let event = &events[0];
    assert_eq!((event.risk_object_type.as_str(), event.risk_score), ("system", 45));
    assert_eq!(event.risk_message, format!("A suspicious DNS TXT response was detected on host {} , kindly review.", event.risk_object));
    assert_eq!(event.risk_object, table.rows[0]["src"][0]);
}

#[test]
fn every_command_in_shipped_text_parses_with_the_commands_own_parser() {
    let searches = conf::read(&root().join("default/savedsearches.conf")).unwrap();
    let macros = conf::read(&root().join("default/macros.conf")).unwrap();
    let mut seen = 0;
    for (name, stanza) in &searches {
        for stage in spl::stages(&spl::expand(&stanza["search"], &macros).unwrap()) {
            if let Some(args) = stage.strip_prefix("dnstxtscore") {
                let args: Vec<&str> = args.split_whitespace().collect();
                dnstxtscore::options::Options::parse(&args).unwrap_or_else(|error| panic!("{name}: {error}"));
                seen += 1;
            }
        }
    }
    assert!(seen > 0);
}

#[test]
fn commands_conf_names_the_program_and_has_only_keys_that_count() {
    let commands = conf::read(&root().join("default/commands.conf")).unwrap();
    let stanza = &commands["dnstxtscore"];
    assert_eq!((stanza["chunked"].as_str(), stanza["filename"].as_str()), ("true", "dnstxtscore"));
    let counting = ["chunked", "is_risky", "maxwait", "maxchunksize", "filename", "command.arg.1", "run_in_preview"];
    assert!(stanza.keys().all(|key| counting.contains(&key.as_str())), "{stanza:?}");
}

#[test]
fn no_macro_of_another_app_is_defined_and_ours_bear_our_prefix() {
    let macros = conf::read(&root().join("default/macros.conf")).unwrap();
    let filter = "detect_suspicious_dns_txt_records_using_pretrained_model_in_dsdl_filter";
    assert!(macros.contains_key(filter));
    assert!(macros.keys().all(|name| name.starts_with("dnstxtscore_") || name == filter), "{macros:?}");
    assert_eq!(
        macros["dnstxtscore_threshold"]["definition"],
        dnstxtscore::options::OPTIONS.iter().find(|spec| spec.name == "threshold").unwrap().default
    );
}

#[test]
fn versions_agree_everywhere() {
    let app = conf::read(&root().join("default/app.conf")).unwrap();
    let manifest: Value = serde_json::from_str(&std::fs::read_to_string(root().join("app.manifest")).unwrap()).unwrap();
    let version = &app["launcher"]["version"];
    assert_eq!(version, &app["id"]["version"]);
    assert_eq!(manifest["info"]["id"]["version"], version.as_str());
    assert!(std::fs::read_to_string(root().join("Cargo.toml")).unwrap().contains(&format!("\nversion = \"{version}\"\n")));
    assert!(std::fs::read_to_string(root().join("CHANGELOG.md")).unwrap().contains(&format!("\n## {version} ")));
    assert_eq!((app["package"]["id"].as_str(), app["id"]["name"].as_str()), ("SA-dnstxtscore", "SA-dnstxtscore"));
}

#[test]
fn rendered_files_are_what_the_options_table_says() {
    xtask::docs::check().unwrap();
}

#[test]
fn the_interpreter_stays_small() {
    let lines = std::fs::read_to_string(root().join("xtask/src/spl.rs")).unwrap().lines().count();
    assert!(lines <= 500, "{lines} lines: the interpreter is for the shipped searches alone");
}
