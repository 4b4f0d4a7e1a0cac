//! The files of the app agree with the code, with each other, and with what Splunk reads.

use std::collections::BTreeSet;

mod common;

use serde_json::Value;
use test_splunk::conf::{self, Conf};
use test_splunk::root;

fn read(name: &str) -> Conf {
    conf::read(&root().join("default").join(name)).unwrap()
}

#[test]
fn every_command_in_shipped_text_parses_with_the_commands_own_parser() {
    let mut texts: Vec<(String, String)> = searches();
    for file in [
        "README.md",
        "docs/splunk.md",
        "default/searchbnf.conf",
        "default/data/ui/views/dnstxtscore_hunt.xml",
        "default/data/ui/views/dnstxtscore_health.xml",
    ] {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        texts.push((file.into(), text.replace("\\\\|", "|").replace("\\n", "\n").replace("\\\"", "\"")));
    }
    let mut seen = std::collections::BTreeMap::new();
    for (place, text) in texts {
        for command in text.split("| dnstxtscore").skip(1) {
            let words = command.split(['|', '`', '\n']).next().unwrap();
            if words.contains('[') {
                continue; // the syntax line
            }
            let args: Vec<&str> = words.split_whitespace().collect();
            dnstxtscore::splunk::options::Options::parse(&args).unwrap_or_else(|error| panic!("{place}: {error}"));
            *seen.entry(place.clone()).or_insert(0) += 1;
        }
    }
    assert!(seen["README.md"] >= 1 && seen["docs/splunk.md"] >= 2 && seen["default/searchbnf.conf"] == 3 && seen.len() >= 9, "{seen:?}");
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
        dnstxtscore::splunk::options::OPTIONS.iter().find(|spec| spec.name == "threshold").unwrap().default
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

/// Macros that other apps define; the CIM app is a declared dependency.
const EXTERNAL_MACROS: [&str; 1] = ["drop_dm_object_name(1)"];

/// Every search that this app ships, drilldowns included, with the name of its stanza.
fn searches() -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (name, stanza) in read("savedsearches.conf") {
        for drilldown in json(&stanza, "action.notable.param.drilldown_searches").as_array().into_iter().flatten() {
            out.push((format!("{name}, drilldown"), drilldown["search"].as_str().unwrap().to_owned()));
        }
        out.push((name, stanza["search"].clone()));
    }
    out
}

fn json(stanza: &std::collections::BTreeMap<String, String>, key: &str) -> Value {
    stanza.get(key).map_or(Value::Null, |text| serde_json::from_str(text).unwrap_or_else(|error| panic!("{key}: {error}")))
}

/// The names of macros that a text calls, as their stanzas are named.
fn macros_in(text: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(|call| match call.split_once('(') {
            Some((name, args)) => format!("{name}({})", args.split(',').count()),
            None => call.to_owned(),
        })
        .collect()
}

#[test]
fn every_macro_is_defined_here_or_by_a_declared_dependency_and_every_own_one_is_used() {
    let macros = read("macros.conf");
    let mut used = BTreeSet::new();
    let definitions = macros.iter().map(|(name, keys)| (name.clone(), keys["definition"].clone()));
    for (place, text) in searches().into_iter().chain(definitions) {
        assert_eq!(text.matches('`').count() % 2, 0, "{place}");
        for name in macros_in(&text) {
            assert!(macros.contains_key(&name) || EXTERNAL_MACROS.contains(&&*name), "{place} calls `{name}`, which nobody defines");
            used.insert(name);
        }
    }
    let unused: Vec<_> = macros.keys().filter(|name| !used.contains(*name)).collect();
    assert!(unused.is_empty(), "{unused:?}");
    assert!(macros.values().all(|keys| keys["description"].len() > 20));
}

#[test]
fn every_search_has_a_filter_macro_of_its_own() {
    let mut filters = BTreeSet::new();
    let by_hand = ["DNSTXT - Learn ", "DNSTXT - Show ", "DNSTXT - Slow ", "DNSTXT - Alert ", "DNSTXT - What "]; // searches of others, and a count
    for (name, stanza) in read("savedsearches.conf").into_iter().filter(|(name, _)| !by_hand.iter().any(|begin| name.starts_with(begin))) {
        let own: Vec<_> = macros_in(&stanza["search"]).into_iter().filter(|name| name.ends_with("_filter")).collect();
        assert_eq!(own.len(), 1, "{name}");
        assert!(filters.insert(own[0].clone()), "{} is used twice", own[0]);
    }
}

#[test]
fn no_search_has_a_number_that_a_macro_holds() {
    for (name, text) in searches() {
        assert!(!text.contains("is_suspicious_score > 0") && !text.contains("0.5") && !text.contains("0.9"), "{name}");
        assert!(!text.contains("message_type"), "{name}: tstats ignores case, what stands behind a pipe does not");
    }
}

/// The baseline never learned, because a macro stood in quotes.
#[test]
fn no_macro_stands_in_quotes_and_nothing_is_explained_before_it_was_filtered() {
    let macros = read("macros.conf");
    let mut texts = searches();
    for view in test_splunk::views::VIEWS {
        let definition = test_splunk::views::definition(view).unwrap();
        for name in definition["dataSources"].as_object().unwrap().keys() {
            texts.push((format!("{view}, {name}"), test_splunk::views::whole_search(&definition, name).unwrap()));
        }
    }
    let mut explaining = 0;
    for (place, text) in &texts {
        let expanded = test_splunk::macros::expand(text, &macros).unwrap_or_else(|error| panic!("{place}: {error}"));
        let stages = test_splunk::spl::stages(&expanded);
        for (number, _) in stages.iter().enumerate().filter(|(_, stage)| stage.contains("explain=true")) {
            explaining += 1;
            let scored = stages.iter().position(|stage| stage.starts_with("dnstxtscore")).unwrap();
            let is_filter = |stage: &String| stage.starts_with("where is_suspicious_score >") || stage.starts_with("where is_hit = 1");
            assert!(stages[scored..number].iter().any(is_filter), "{place}");
        }
    }
    assert_eq!(explaining, 5, "two hunts, two drilldowns, and the rows of the view");
    for (name, keys) in macros.iter().filter(|(_, keys)| keys["definition"].contains('"')) {
        let quoted = keys["definition"].split('"').skip(1).step_by(2).any(|quoted| quoted.contains('`'));
        assert!(!quoted, "{name}");
    }
    for file in ["README.md", "docs/splunk.md", "docs/tuning.md", "default/searchbnf.conf"] {
        assert!(!std::fs::read_to_string(root().join(file)).unwrap().contains("\"`dnstxtscore"), "{file}");
    }
}

/// Who enabled the baseline of 0.1.0 goes on learning at night.
#[test]
fn a_baseline_that_was_enabled_stays_enabled_and_nightly() {
    let name = "DNSTXT - Baseline of common DNS TXT answers";
    let app = common::with_local("savedsearches.conf", &format!("[{name}]\ndisabled = 0\n"));
    let merged = conf::of_app(app.path(), "savedsearches.conf").unwrap();
    let keys = ["disabled", "enableSched", "cron_schedule", "dispatch.earliest_time", "dispatch.latest_time"];
    assert_eq!(keys.map(|key| merged[name][key].as_str()), ["0", "1", "17 2 * * *", "-1d@d", "@d"]);
    let by_hand = &merged["DNSTXT - Learn the baseline from the last 14 days"];
    assert_eq!(keys.map(|key| by_hand.get(key).map_or("", String::as_str)), ["false", "0", "", "-14d@d", "@d"]);
    assert_eq!(by_hand["search"], merged[name]["search"]);
}

/// What contentctl 5.6.2 writes for an anomaly with risk, and for what raises a notable besides.
const DETECTION_KEYS: &str = "action.correlationsearch.annotations action.correlationsearch.detection_type action.correlationsearch.enabled \
    action.correlationsearch.label action.correlationsearch.metadata action.escu action.escu.analytic_story action.escu.confidence \
    action.escu.creation_date action.escu.data_models action.escu.eli5 action.escu.enabled action.escu.how_to_implement \
    action.escu.known_false_positives action.escu.mappings action.escu.modification_date action.escu.product \
    action.escu.providing_technologies action.escu.search_type action.notable.param.drilldown_searches action.risk action.risk.param._risk \
    action.risk.param._risk_message action.risk.param._risk_score action.risk.param.verbose alert.digest_mode alert.suppress \
    alert.suppress.fields alert.suppress.period allow_skew counttype cron_schedule description disabled dispatch.earliest_time \
    dispatch.latest_time enableSched is_visible quantity realtime_schedule relation schedule_window search";
const NOTABLE_KEYS: &str = "action.notable action.notable.param._entities action.notable.param.nes_fields action.notable.param.next_steps \
    action.notable.param.rule_description action.notable.param.rule_title action.notable.param.security_domain action.notable.param.severity";
/// Ours beside them.
const OWN_KEYS: &str = "action.escu.references";

#[test]
fn detections_have_the_keys_that_enterprise_security_reads() {
    let mut seen = 0;
    for (name, stanza) in read("savedsearches.conf") {
        assert!(name.len() + "Network -  - Rule".len() <= 99, "{name} is too long for a copy in Enterprise Security");
        if !name.ends_with(" - Rule") {
            assert!(!stanza.keys().any(|key| key.starts_with("action.")), "{name}");
            continue;
        }
        seen += 1;
        let notable = if stanza.contains_key("action.notable") { NOTABLE_KEYS } else { "" };
        let wanted: BTreeSet<&str> = [DETECTION_KEYS, notable, OWN_KEYS].iter().flat_map(|keys| keys.split_whitespace()).collect();
        let keys: BTreeSet<&str> = stanza.keys().map(String::as_str).collect();
        assert_eq!(keys, wanted, "{name}");
        assert_eq!((stanza["disabled"].as_str(), stanza["action.risk"].as_str(), stanza["realtime_schedule"].as_str()), ("true", "1", "0"));
        // One finding per source, domain and day.
        assert_eq!(
            ["alert.suppress", "alert.suppress.fields", "alert.suppress.period", "alert.digest_mode"].map(|key| stanza[key].as_str()),
            ["1", "src,domain", "86400s", "1"]
        );
        let severity = stanza.get("action.notable.param.severity").map(String::as_str);
        assert_eq!(severity, stanza.get("action.notable").map(|_| "high"), "{name}");
        assert_eq!(stanza["action.correlationsearch.label"], name);
        let annotations = json(&stanza, "action.correlationsearch.annotations");
        assert_eq!(annotations["analytic_story"], json(&stanza, "action.escu.analytic_story"));
        assert_eq!(annotations["mitre_attack"], json(&stanza, "action.escu.mappings")["mitre_attack"]);
        assert!(["Anomaly", "TTP"].contains(&annotations["type"].as_str().unwrap()));
        assert_eq!(annotations["type"] == "TTP", stanza.contains_key("action.notable"));
        let metadata = json(&stanza, "action.correlationsearch.metadata");
        let keys: Vec<&String> = metadata.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["deprecated", "detection_id", "detection_version", "publish_time"]);
        for object in json(&stanza, "action.risk.param._risk").as_array().unwrap() {
            let keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
            assert!(
                keys == ["risk_message", "risk_object_field", "risk_object_type", "risk_score"]
                    || keys == ["threat_object_field", "threat_object_type"],
                "{keys:?}"
            );
        }
    }
    assert_eq!(seen, 2);
    let detection = &read("savedsearches.conf")[test_splunk::searches::DETECTION];
    assert_eq!(json(detection, "action.correlationsearch.metadata")["detection_id"], "92f65c3a-968c-11ed-a1eb-0242ac120002");
    assert_eq!(
        ["cron_schedule", "dispatch.earliest_time", "dispatch.latest_time", "schedule_window"].map(|key| detection[key].as_str()),
        ["0 * * * *", "-70m@m", "-10m@m", "auto"]
    );
}

#[test]
fn each_search_looks_at_its_own_time() {
    let searches = read("savedsearches.conf");
    let times = |name: &str| {
        ["cron_schedule", "dispatch.earliest_time", "dispatch.latest_time"].map(|key| searches[name].get(key).map_or("", String::as_str))
    };
    assert_eq!(times("DNSTXT - Detect sustained channel over DNS TXT answers - Rule"), ["20 */4 * * *", "-1450m@m", "-10m@m"]);
    // A day at a time, each day once: what is learned is counted in days.
    assert_eq!(times("DNSTXT - Baseline of common DNS TXT answers"), ["17 2 * * *", "-1d@d", "@d"]);
    assert_eq!(searches["DNSTXT - Baseline of common DNS TXT answers"]["realtime_schedule"], "0");
    let hunting = searches.iter().filter(|(name, _)| name.starts_with("DNSTXT - Hunt"));
    assert!(hunting.clone().count() == 3 && hunting.into_iter().all(|(_, stanza)| stanza["enableSched"] == "0"));
}

/// What `tstats` would hand over: TXT answers, in whatever case the data says so, and those of Zeek, which names no type.
#[test]
fn the_scope_takes_answers_and_nothing_else() {
    let stage =
        test_splunk::macros::expand(&read("savedsearches.conf")[test_splunk::searches::DETECTION]["search"], &read("macros.conf")).unwrap();
    let stage = &test_splunk::spl::stages(&stage)[0];
    let kept = |message_type: &[&str], record_type: &str, answer: &str| {
        let cells = [("DNS.message_type", message_type), ("DNS.record_type", &[record_type]), ("DNS.answer", &[answer])];
        let row = cells.map(|(name, values)| (name.to_owned(), values.iter().map(|value| (*value).to_owned()).collect())).into();
        test_splunk::spl::tstats_keeps(stage, &row).unwrap()
    };
    for message_type in [&["Response"][..], &["RESPONSE"], &["unknown"], &[]] {
        assert!(
            kept(message_type, "TXT", "v=spf1 -all") && kept(message_type, "txt", "x") && kept(message_type, "16", "x"),
            "{message_type:?}"
        );
        assert!(!kept(message_type, "A", "192.0.2.1") && !kept(message_type, "TXT", "unknown") && !kept(message_type, "161", "x"));
    }
    assert!(!kept(&["Query"], "TXT", "x") && !kept(&["query"], "TXT", "x"));
    // Splunk Stream writes one event for both, and NOT drops an event with any such value.
    assert!(kept(&["QUERY", "RESPONSE"], "TXT", "x"));
}

/// `$name$` and `$name|s$` in a text.
fn tokens(text: &str) -> Vec<String> {
    text.split('$').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn tokens_name_fields_of_the_result_and_drilldowns_hold_nothing_that_an_attacker_wrote() {
    for (name, stanza) in read("savedsearches.conf").iter().filter(|(name, _)| name.ends_with(" - Rule")) {
        let table = stanza["search"].lines().find_map(|line| line.trim().strip_prefix("| table ")).unwrap();
        let fields: BTreeSet<&str> = table.split([',', ' ']).filter(|word| !word.is_empty()).collect();
        let risk = json(stanza, "action.risk.param._risk");
        let named = risk
            .as_array()
            .unwrap()
            .iter()
            .map(|o| o.get("risk_object_field").or(o.get("threat_object_field")).unwrap().as_str().unwrap().to_owned());
        let texts = ["action.risk.param._risk_message", "action.notable.param.rule_title", "action.notable.param.rule_description"];
        let texts = texts.iter().filter_map(|key| stanza.get(*key)).flat_map(|text| tokens(text));
        let lists = ["alert.suppress.fields", "action.notable.param.nes_fields"].iter().filter_map(|key| stanza.get(*key));
        let lists = lists.flat_map(|list| list.split(',').map(str::to_owned));
        for field in named.chain(texts).chain(lists) {
            assert!(fields.contains(&*field), "{name}: {field} is no field of the result");
        }
        for drilldown in json(stanza, "action.notable.param.drilldown_searches").as_array().unwrap() {
            for token in tokens(drilldown["search"].as_str().unwrap()) {
                assert_eq!(token, "src|s", "{name}");
            }
            assert_eq!(
                (drilldown["earliest_offset"].as_str(), drilldown["latest_offset"].as_str()),
                (Some("$info_min_time$"), Some("$info_max_time$"))
            );
        }
    }
}

#[test]
fn the_drilldown_of_a_detection_runs_and_shows_its_rows() {
    let stanza = &read("savedsearches.conf")[test_splunk::searches::DETECTION];
    let drilldown =
        json(stanza, "action.notable.param.drilldown_searches")[0]["search"].as_str().unwrap().replace("$src|s$", "\"192.0.2.9\"");
    let rows = test_splunk::searches::read_rows(&root().join("tests/fixtures/dns_txt_rows.jsonl")).unwrap();
    let (_, events) = test_splunk::searches::detect(&root(), rows.clone()).unwrap();
    let source = &events[0].risk_object;
    let shown =
        test_splunk::searches::run_text(&root(), &drilldown.replace("192.0.2.9", source), rows, &mut Default::default(), 0).unwrap();
    assert!(!shown.rows.is_empty() && shown.rows.iter().all(|row| row["src"] == [source.as_str()] && !row["text"].is_empty()));
}

#[test]
fn what_exists_is_exported_and_the_lookup_is_the_collections() {
    let meta = conf::read(&root().join("metadata/default.meta")).unwrap();
    assert_eq!(meta[""]["access"], "read : [ * ], write : [ admin, sc_admin ]");
    assert!(meta.iter().all(|(name, keys)| name.is_empty() || keys["export"] == "system"), "{meta:?}");
    assert!(meta.values().all(|keys| keys.get("owner").is_none_or(|owner| owner == "nobody")), "{meta:?}");
    let exported: BTreeSet<String> = meta.into_keys().filter(|name| !name.is_empty()).collect();
    let files: BTreeSet<String> = std::fs::read_dir(root().join("default"))
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".conf").map(str::to_owned)
        })
        .collect();
    let kept_inside: BTreeSet<String> = ["app".to_owned(), "server".to_owned()].into();
    let views: BTreeSet<String> = ["views".to_owned(), "nav".to_owned()].into();
    assert_eq!(&exported - &views, &files - &kept_inside);
    let (transforms, collections) = (read("transforms.conf"), read("collections.conf"));
    let lookup = &transforms["dnstxtscore_common"];
    let collection = &collections[&lookup["collection"]];
    assert_eq!((collection["replicate"].as_str(), collection["enforceTypes"].as_str()), ("false", "false"));
    let fields: BTreeSet<String> = lookup["fields_list"].split(", ").filter(|field| *field != "_key").map(str::to_owned).collect();
    let typed: BTreeSet<String> = collection.keys().filter_map(|key| key.strip_prefix("field.").map(str::to_owned)).collect();
    assert_eq!(fields, typed);
    assert!(collection.keys().all(|key| key.starts_with("field.")
        || key.starts_with("accelerated_fields.")
        || ["replicate", "enforceTypes"].contains(&key.as_str())));
}

#[test]
fn stories_name_our_searches_with_their_words_and_no_story_of_another_app() {
    let (stories, searches) = (read("analyticstories.conf"), read("savedsearches.conf"));
    let detections: BTreeSet<String> =
        searches.keys().filter(|name| name.ends_with(" - Rule")).map(|name| format!("savedsearch://{name}")).collect();
    assert_eq!(stories.keys().cloned().collect::<BTreeSet<_>>(), detections);
    for (name, story) in stories {
        let search = &searches[name.strip_prefix("savedsearch://").unwrap()];
        assert_eq!(
            [&story["explanation"], &story["how_to_implement"], &story["known_false_positives"], &story["annotations"]],
            [
                &search["description"],
                &search["action.escu.how_to_implement"],
                &search["action.escu.known_false_positives"],
                &search["action.escu.mappings"]
            ]
        );
    }
}

#[test]
fn the_command_line_and_the_channel_search_want_as_many_exchanges() {
    let macros = read("macros.conf");
    assert_eq!(macros["dnstxtscore_channel_exchanges"]["definition"], dnstxtscore::channel::exchanges::MIN_EXCHANGES.to_string());
    let bounded = &macros["dnstxtscore_bounded_exchanges"]["definition"];
    assert!(bounded.contains(&format!("place <= {}", dnstxtscore::channel::exchanges::MAX_EXCHANGES + 1)), "{bounded}");
}

/// Without Enterprise Security nothing has to be edited: the alerts run the searches of the rules.
#[test]
fn the_alerts_run_the_searches_of_the_rules_and_need_no_enterprise_security() {
    let searches = read("savedsearches.conf");
    for (alert, rule) in [
        ("DNSTXT - Alert on suspicious DNS TXT answers", "DNSTXT - Detect suspicious DNS TXT records using pretrained model - Rule"),
        ("DNSTXT - Alert on channels over DNS TXT answers", "DNSTXT - Detect sustained channel over DNS TXT answers - Rule"),
        ("DNSTXT - Slow channels of the last week", "DNSTXT - Detect sustained channel over DNS TXT answers - Rule"),
    ] {
        let (alert, rule) = (&searches[alert], &searches[rule]);
        assert_eq!(alert["search"], rule["search"]);
        assert!(!alert.keys().any(|key| key.starts_with("action.")));
        let key = |name: &str| alert[name].as_str();
        assert_eq!((key("disabled"), key("enableSched"), key("alert.track"), key("alert.suppress")), ("true", "1", "1", "1"));
        assert_eq!(key("alert.suppress.fields"), rule["alert.suppress.fields"]);
        if key("dispatch.earliest_time") != "-7d@d" {
            for same in ["cron_schedule", "dispatch.earliest_time", "dispatch.latest_time", "alert.suppress.period"] {
                assert_eq!(alert[same], rule[same], "{same}");
            }
        }
    }
}
