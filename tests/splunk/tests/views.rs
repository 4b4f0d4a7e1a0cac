//! The views: what refers to something refers to what exists, and every search gives the columns that are drawn.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use test_splunk::root;
use test_splunk::views::{self, VIEWS};

fn definition(view: &str) -> Value {
    views::definition(view).unwrap()
}

fn entries<'a>(definition: &'a Value, key: &str) -> BTreeMap<&'a str, &'a Value> {
    definition[key].as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value)).collect()
}

/// Tokens that stand in a text: `$name$`, `$name.earliest$`, `$name|s$`.
fn tokens(text: &str) -> BTreeSet<String> {
    text.split('$').skip(1).step_by(2).map(|token| token.split(['.', '|']).next().unwrap().to_owned()).collect()
}

#[test]
fn sources_tokens_and_places_refer_to_what_exists() {
    for view in VIEWS {
        let text = std::fs::read_to_string(root().join(format!("default/data/ui/views/{view}.xml"))).unwrap();
        assert!(text.starts_with("<dashboard version=\"2\""), "AppInspect wants a version, and Splunk takes 2 for Dashboard Studio");
        let definition = definition(view);
        let inputs = entries(&definition, "inputs");
        let set: BTreeSet<String> = inputs.values().map(|input| input["options"]["token"].as_str().unwrap().to_owned()).collect();
        let (mut drawn, mut used) = (BTreeSet::new(), BTreeSet::new());
        for (name, one) in entries(&definition, "visualizations") {
            for source in one["dataSources"].as_object().into_iter().flat_map(|sources| sources.values()) {
                drawn.insert(source.as_str().unwrap().to_owned());
                used.extend(tokens(&views::whole_search(&definition, source.as_str().unwrap()).unwrap()));
            }
            for event in
                one["eventHandlers"].as_array().into_iter().flatten().flat_map(|event| event["options"]["tokens"].as_array().unwrap())
            {
                assert!(set.contains(event["token"].as_str().unwrap()), "{view}, {name} sets a token that no input has");
            }
        }
        used.extend(tokens(&definition["dataSources"].to_string()));
        assert_eq!(used, set, "{view}");
        for (name, source) in entries(&definition, "dataSources") {
            let is_base = entries(&definition, "dataSources").values().any(|other| other["options"]["extend"] == name);
            assert!(drawn.contains(name) || is_base, "{view}: nobody draws {name}");
            assert_eq!(source["type"] == "ds.chain", source["options"].get("extend").is_some(), "{view}, {name}");
        }
        let placed: BTreeSet<&str> =
            definition["layout"]["structure"].as_array().unwrap().iter().map(|place| place["item"].as_str().unwrap()).collect();
        assert_eq!(placed, entries(&definition, "visualizations").into_keys().collect::<BTreeSet<_>>(), "{view}");
        let shown: BTreeSet<&str> =
            definition["layout"]["globalInputs"].as_array().unwrap().iter().map(|input| input.as_str().unwrap()).collect();
        assert_eq!(shown, inputs.into_keys().collect::<BTreeSet<_>>(), "{view}");
    }
}

#[test]
fn nothing_that_somebody_wrote_enters_a_search_unquoted() {
    for view in VIEWS {
        for (name, source) in entries(&definition(view), "dataSources") {
            let query = source["options"]["query"].as_str().unwrap();
            for token in query.split('$').skip(1).step_by(2) {
                assert!(token.ends_with("|s"), "{view}, {name}: ${token}$");
            }
        }
    }
}

#[test]
fn the_navigation_names_views_that_exist() {
    let nav = std::fs::read_to_string(root().join("default/data/ui/nav/default.xml")).unwrap();
    let named: Vec<&str> = nav.split("<view name=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    // Every app shows these two of Splunk's own.
    let own: Vec<&str> = named.iter().copied().filter(|name| !["search", "reports"].contains(name)).collect();
    assert_eq!(own, VIEWS);
    let files = std::fs::read_dir(root().join("default/data/ui/views")).unwrap().count();
    assert_eq!(files, VIEWS.len());
}

#[test]
fn every_search_of_the_hunt_runs_and_gives_what_is_drawn() {
    let definition = definition("dnstxtscore_hunt");
    let columns = [
        ("total", "answers texts"),
        ("numbers", "answers sources domains"),
        ("timeline", "_time suspicious"),
        ("scores", "score answers"),
        ("sources", "src answers texts domains highest"),
        ("domains", "domain answers texts sources highest"),
        ("rows", "_time score src domain text reason decoded query count"),
    ];
    assert_eq!(columns.len() + 1, entries(&definition, "dataSources").len());
    for (name, expected) in columns {
        let table = views::table(&definition, name, "").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(table.columns.join(" "), expected, "{name}");
        assert!(!table.rows.is_empty(), "{name}");
    }
}

/// The lines that the real binary writes, as `KV_MODE = auto` reads them, through the searches of the health view.
#[test]
fn every_search_of_the_health_view_reads_the_log_as_it_is_written() {
    let (definition, home) = (definition("dnstxtscore_health"), tempfile::tempdir().unwrap());
    let log = views::make_log(home.path()).unwrap();
    let shown = |name: &str| views::table(&definition, name, &log).unwrap_or_else(|error| panic!("{name}: {error}"));
    let rate = shown("rate");
    assert_eq!((rate.columns.join(" "), rate.rows.len()), ("_time rows_per_second".into(), 5));
    let hosts = shown("hosts");
    assert_eq!(hosts.columns.join(" "), "host model processes rows milliseconds last");
    let row = |name: &str| hosts.rows[0][name][0].as_str();
    assert_eq!((row("model"), row("processes"), row("rows")), (dnstxtscore::model::EMBEDDED_NAME, "5", "1310"));
    let errors = shown("errors");
    assert_eq!((errors.columns.join(" "), errors.rows.len()), ("_time host _raw".into(), 1));
    assert!(errors.rows[0]["_raw"][0].contains("threshold"), "{:?}", errors.rows);
    assert_eq!(shown("nobody").columns.join(" "), "what answers");
    assert_eq!(entries(&definition, "dataSources").len(), 5);
}
