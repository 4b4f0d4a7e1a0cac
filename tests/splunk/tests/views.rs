//! The views: what refers to something refers to what exists, and every search gives the columns that are drawn.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use test_splunk::spl::{self, Lookups, Row, SearchContext, Table};
use test_splunk::views::{self, VIEWS};
use test_splunk::{conf, root, searches};

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
            for event in one["eventHandlers"]
                .as_array()
                .into_iter()
                .flatten()
                .flat_map(|event| event["options"]["tokens"].as_array().into_iter().flatten())
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
        ("channels", "score reason src domain names answers suspicious highest events last first"),
        ("numbers", "answers suspicious sources domains"),
        ("timeline", "_time suspicious"),
        ("scores", "score answers"),
        ("sources", "src answers domains highest"),
        ("domains", "domain answers sources highest"),
        ("rows", "_time score src domain query count text reason decoded text_id"),
        ("ordinary", "ordinary append_to what"),
    ];
    assert_eq!(columns.len() + 1, entries(&definition, "dataSources").len());
    let tables = views::tables(&definition, None, "").unwrap();
    for (name, expected) in columns {
        let table = &tables[name];
        assert_eq!(table.columns.join(" "), expected, "{name}");
        assert!(!table.rows.is_empty(), "{name}");
    }
}

/// What the view says to paste for a source, a domain and an answer keeps exactly these out of the findings.
#[test]
fn what_is_pasted_marks_a_finding_as_ordinary() {
    let app = root();
    let definition = definition("dnstxtscore_hunt");
    // An answer that a learned one may hide: its score is below dnstxtscore_common_score. It is alone in its source and domain.
    let odd = "v=spf1 exp:odlgmbkfhokoioimfdlifhddkopieanibghcjpdiahdjahalchaoolklopkmb exists:%{ir}.%{v}._spf.%{d} -all";
    let mut fixture = searches::read_rows(&searches::fixture_path()).unwrap();
    let mut row = fixture[0].clone();
    for (name, value) in [("DNS.src", "192.0.2.99"), ("DNS.query", "a.odd.example"), ("DNS.answer", odd)] {
        row.insert(name.into(), vec![value.into()]);
    }
    fixture.push(row);
    let rows = &views::tables(&definition, Some(&fixture), "").unwrap()["rows"].rows;
    let detect = |lookups: &mut Lookups| {
        let search = conf::of_app(&app, "savedsearches.conf").unwrap()[searches::DETECTION]["search"].clone();
        let rows = searches::rows_for(&app, &search, fixture.clone()).unwrap();
        searches::run_text(&app, &search, rows, lookups, searches::NOW).unwrap()
    };
    let before = detect(&mut searches::empty_lookups(&app).unwrap());
    let cell = |row: &Row, name: &str| row.get(name).and_then(|values| values.first()).cloned().unwrap_or_default();
    let is_chosen = |row: &Row| cell(row, "src") == "192.0.2.99";
    assert!(before.rows.iter().any(is_chosen));
    let chosen = rows.iter().find(|row| is_chosen(row)).expect("the view shows every finding");

    let mut search = views::whole_search(&definition, "ordinary").unwrap();
    for token in ["src", "domain", "text_id"] {
        search = search.replace(&format!("${token}|s$"), &format!("\"{}\"", cell(chosen, token)));
    }
    let paste: Vec<(String, String)> =
        views::run(&search, None, "").unwrap().rows.iter().map(|row| (cell(row, "append_to"), cell(row, "what"))).collect();
    let macros = conf::of_app(&app, "macros.conf").unwrap();
    let without = before.rows.len() - 1;
    for (place, pasted) in &paste[..2] {
        assert!(macros.contains_key(place), "{place}");
        let mut world = SearchContext { command: &mut |_, table| Ok(table), lookups: Lookups::new(), now: 0, given: Vec::new() };
        let kept = spl::run(&spl::stages(&format!("{}{pasted}", macros[place]["definition"])), before.clone(), &mut world).unwrap();
        assert!(kept.rows.len() == without && !kept.rows.iter().any(is_chosen), "{pasted}");
    }
    for (place, pasted) in &paste[2..4] {
        assert!(macros[place]["definition"] == "\"-\"" && pasted.starts_with(", \"") && pasted.ends_with('"'), "{place}: {pasted}");
    }
    // Nothing that would hide more than was clicked.
    for (src, domain) in [("*", "*"), ("10.*", "*.com"), ("10.0.0.0/8", "(none)"), ("a\\\"", "x|y.com")] {
        let search = views::whole_search(&definition, "ordinary").unwrap();
        let search = [("src", src), ("domain", domain), ("text_id", "*")]
            .iter()
            .fold(search, |search, (token, value)| search.replace(&format!("${token}|s$"), &format!("\"{value}\"")));
        let rows = views::run(&search, None, "").unwrap().rows;
        assert!(rows.iter().all(|row| cell(row, "what").starts_with("click what is ordinary first")), "{rows:?}");
    }
    let mut world = SearchContext {
        command: &mut |_, table| Ok(table),
        lookups: searches::empty_lookups(&app).unwrap(),
        now: searches::NOW,
        given: Vec::new(),
    };
    spl::run(&spl::stages(&paste[4].1), Table::default(), &mut world).unwrap();
    let after = detect(&mut world.lookups);
    assert!(after.rows.len() == without && !after.rows.iter().any(is_chosen), "{}", paste[4].1);
}

/// The lines that the real binary writes, as `KV_MODE = auto` reads them, through the searches of the health view.
#[test]
fn every_search_of_the_health_view_reads_the_log_as_it_is_written() {
    let (definition, home) = (definition("dnstxtscore_health"), tempfile::tempdir().unwrap());
    let log = views::make_log(home.path()).unwrap();
    let tables = views::tables(&definition, None, &log).unwrap();
    let shown = |name: &str| &tables[name];
    let rate = shown("rate");
    assert_eq!((rate.columns.join(" "), rate.rows.len()), ("_time rows_per_second".into(), 5));
    let hosts = shown("hosts");
    assert_eq!(hosts.columns.join(" "), "host model processes rows milliseconds last");
    let row = |name: &str| hosts.rows[0][name][0].as_str();
    assert_eq!((row("model"), row("processes"), row("rows")), (dnstxtscore::model::EMBEDDED_NAME, "5", "1310"));
    let errors = shown("errors");
    assert_eq!((errors.columns.join(" "), errors.rows.len()), ("_time host line".into(), 1));
    assert!(errors.rows[0]["line"][0].contains("threshold"), "{:?}", errors.rows);
    let checks = shown("checks");
    let cells: Vec<[String; 3]> = checks
        .rows
        .iter()
        .map(|row| ["check", "state", "found"].map(|name| row.get(name).map(|values| values.concat()).unwrap_or_default()))
        .collect();
    let expected = [
        ("Data model Network_Resolution exists", "ok", "found"),
        ("It is accelerated", "to do", "not accelerated"),
        ("TXT answers are there, with a source", "ok", "1042 from bro:dns:json, suricata, 0 without a source"),
        (
            "Both rules are enabled",
            "ok",
            "DNSTXT - Detect suspicious DNS TXT records using pretrained model - Rule; DNSTXT - Detect sustained channel over DNS TXT answers - Rule",
        ),
        ("They ran in this time", "ok", "30 runs, 0 skipped or failed, at most 2 findings in one run, last 2026-11-24T06:00:00"),
        ("The baseline has learned", "to do", "0 of 0 entries, last answer: never"),
        ("The command wrote no errors", "to do", "1 errors and warnings in 6 lines"),
    ];
    assert_eq!(cells, expected.map(|(check, state, found)| [check, state, found].map(str::to_owned)));
    assert!(checks.rows.iter().all(|row| (row["state"][0] == "ok") == row["what_to_do"].concat().is_empty()));
    let daily = shown("daily");
    assert_eq!((daily.columns.join(" "), daily.rows.len()), ("day savedsearch_name runs findings_in_one_run slowest_seconds".into(), 4));
    assert_eq!(entries(&definition, "dataSources").len(), 6);
}

/// What the hunt's two base searches keep: at most a thousand channels, and aggregates with a thousand texts.
/// `cargo xtask dashboard --rows 1000000` prints it for a million rows.
#[test]
fn the_hunt_keeps_aggregates() {
    let rows = views::many_rows(5_000).unwrap();
    let tables = views::tables(&definition("dnstxtscore_hunt"), Some(&rows), "").unwrap();
    for name in ["channels", "answers"] {
        let table = &tables[name];
        let texts = table.rows.iter().filter(|row| row.get("text").is_some_and(|text| !text.concat().is_empty())).count();
        assert!(texts <= 1000 && (name != "channels" || table.rows.len() <= 1000), "{name}");
    }
}
