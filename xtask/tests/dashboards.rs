//! The views: what refers to something refers to what exists, and every search gives the columns that are drawn.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use xtask::dashboard::{self, VIEWS};
use xtask::root;
use xtask::spl::{self, Table};

fn definition(view: &str) -> Value {
    dashboard::definition(view).unwrap()
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
                used.extend(tokens(&dashboard::whole(&definition, source.as_str().unwrap()).unwrap()));
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
        ("rows", "_time src domain query text count score"),
    ];
    assert_eq!(columns.len() + 1, entries(&definition, "dataSources").len());
    for (name, expected) in columns {
        let table = dashboard::shown(&definition, name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(table.columns.join(" "), expected, "{name}");
        assert!(!table.rows.is_empty(), "{name}");
    }
}

/// The log's own lines, as `KV_MODE = auto` reads them, through the searches of the health view.
#[test]
fn the_health_view_reads_the_log_line_as_it_is_written() {
    let definition = definition("dnstxtscore_health");
    let source = std::fs::read_to_string(root().join("src/main.rs")).unwrap();
    let line = source.lines().find(|line| line.contains("unique_texts={}")).unwrap();
    let fields: BTreeSet<&str> = line.trim().trim_matches(['"', ',']).split(' ').map(|pair| pair.split('=').next().unwrap()).collect();
    let search = dashboard::whole(&definition, "hosts").unwrap();
    let stages = spl::stages(&spl::expand(&search, &xtask::conf::read(&root().join("default/macros.conf")).unwrap()).unwrap());
    assert!(stages[0].starts_with("index=_internal source=*dnstxtscore.log*"), "{}", stages[0]);
    let mut table = Table::default();
    let row = fields.iter().map(|name| ((*name).to_owned(), vec!["7".to_owned()]));
    table.rows.push(row.chain([("host".into(), vec!["sh1".into()]), ("_time".into(), vec!["0".into()])]).collect());
    table.columns = table.rows[0].keys().cloned().collect();
    let mut world = spl::World { command: &mut |_, _| Err("no command runs here".into()), lookups: BTreeMap::new(), now: 0 };
    let shown = spl::run(&stages[1..], table, &mut world).unwrap();
    assert_eq!(shown.columns.join(" "), "host model processes rows milliseconds last");
    assert!(shown.rows[0].values().all(|values| !values.is_empty()), "{:?}", shown.rows);
}
