//! The shipped searches over rows as `tstats` delivers them, through the real binary.

use std::collections::BTreeSet;

use serde_json::Value;
use xtask::spl::{Lookups, Row};
use xtask::{conf, demo, root};

const SUSTAINED: &str = "DNSTXT - Detect sustained channel over DNS TXT answers - Rule";
const HUNT: &str = "DNSTXT - Hunt suspicious DNS TXT answers row by row";
const BASELINE: &str = "DNSTXT - Baseline of common DNS TXT answers";
const DAY: i64 = 86_400;

fn fixture() -> (Vec<Row>, Vec<Value>) {
    let path = root().join("tests/fixtures/dns_txt_rows.jsonl");
    let notes = std::fs::read_to_string(&path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (demo::fixture(&path).unwrap(), notes)
}

fn row(src: &str, query: &str, answer: &str) -> Row {
    let cells = [
        ("DNS.src", src),
        ("DNS.dest", "198.51.100.53"),
        ("DNS.query", query),
        ("DNS.answer", answer),
        ("DNS.record_type", "TXT"),
        ("count", "1"),
        ("firstTime", "1795490000"),
        ("lastTime", "1795493600"),
    ];
    cells.map(|(name, value)| (name.to_owned(), vec![value.to_owned()])).into()
}

/// Answers as a tunnel gives them: base64 of noise, each another.
fn tunnel(src: &str, domain: &str, count: u64) -> Vec<Row> {
    let mut state = domain.bytes().fold(88_172_645_463_325_252u64, |state, byte| state.rotate_left(7) ^ u64::from(byte));
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut one = |i: u64| {
        let answer: String = (0..150).map(|_| char::from(ALPHABET[(noise() >> 20) as usize % 64])).collect();
        row(src, &format!("{i:x}.{:x}.{domain}", noise()), &answer)
    };
    (0..count).map(&mut one).collect()
}

fn rise(name: &str, rows: Vec<Row>) -> Vec<Row> {
    demo::search(&root(), name, rows, &mut demo::empty_lookups(&root()).unwrap(), demo::NOW).unwrap().rows
}

/// The app with macros as an admin would set them.
fn with_macros(set: impl Fn(&str) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root().join("bin"), folder.path().join("bin")).unwrap();
    std::fs::create_dir(folder.path().join("default")).unwrap();
    for file in ["savedsearches.conf", "transforms.conf", "macros.conf"] {
        let shipped = std::fs::read_to_string(root().join("default").join(file)).unwrap();
        let text = if file == "macros.conf" { set(&shipped) } else { shipped.clone() };
        assert_eq!(text != shipped, file == "macros.conf");
        std::fs::write(folder.path().join("default").join(file), text).unwrap();
    }
    folder
}

fn sources(rows: &[Row]) -> BTreeSet<String> {
    rows.iter().map(|row| row["src"][0].clone()).collect()
}

#[test]
fn benign_rows_are_silent_and_payloads_rise_once_a_source_and_domain() {
    let (rows, notes) = fixture();
    assert!(rows.len() >= 200 && notes.iter().all(|note| !note["origin"].as_str().unwrap().is_empty()));
    let expected: BTreeSet<String> =
        notes.iter().filter(|note| note["expect"] == "suspicious").map(|note| note["DNS.src"].as_str().unwrap().into()).collect();
    let (table, events) = demo::detect(&root(), rows).unwrap();
    let columns =
        "src domain threat_domain dest external_dest text record_type query count unique_texts firstTime lastTime is_suspicious_score";
    assert_eq!(table.columns.join(" "), columns);
    assert_eq!(events.len(), table.rows.len());
    assert!(sources(&table.rows).is_subset(&expected), "a benign source rose: {:?}", sources(&table.rows));
    assert!(sources(&table.rows).len() * 10 >= expected.len() * 9, "{} of {} sources rose", sources(&table.rows).len(), expected.len());
    let pairs: BTreeSet<_> = table.rows.iter().map(|row| (&row["src"], &row["domain"])).collect();
    assert_eq!(pairs.len(), table.rows.len());
    let event = &events[0];
    assert_eq!((event.risk_object_type.as_str(), event.risk_score), ("system", 45));
    assert_eq!(event.risk_message, format!("A suspicious DNS TXT response was detected on host {} , kindly review.", event.risk_object));
    assert_eq!(event.threat_objects, [("domain".to_owned(), table.rows[0]["threat_domain"][0].clone())]);
}

#[test]
fn ten_thousand_answers_of_one_tunnel_are_one_risk_event() {
    let (table, events) = demo::detect(&root(), tunnel("192.0.2.77", "t.exfil-test.co.uk", 10_000)).unwrap();
    assert_eq!(events.len(), 1);
    let one = &table.rows[0];
    assert_eq!((one["src"][0].as_str(), one["domain"][0].as_str()), ("192.0.2.77", "exfil-test.co.uk"));
    let unique: u64 = one["unique_texts"][0].parse().unwrap();
    assert!(unique > 9_900, "{unique} of 10000 were suspicious");
    assert_eq!((one["firstTime"][0].as_str(), one["lastTime"][0].as_str()), ("2026-11-24T03:13:20", "2026-11-24T04:13:20"));
}

/// Found in review: a name that hid its registered domain made each query a finding of its own.
#[test]
fn a_strange_query_name_does_not_split_a_finding() {
    let mut rows = tunnel("192.0.2.76", "evil.example.com", 400);
    for (i, row) in rows.iter_mut().enumerate() {
        let strange = [
            format!("x{i}..evil.example.com"),
            format!("{i}.\u{fffd}.example.com.."),
            format!("localhost{i}"),
            format!("192.0.2.{}", i % 256),
        ];
        row.insert("DNS.query".into(), vec![strange[i % 4].clone()]);
    }
    let domains: Vec<String> = rise(demo::DETECTION, rows).iter().map(|row| row["domain"][0].clone()).collect();
    assert_eq!((domains.len(), domains.into_iter().collect()), (2, BTreeSet::from(["(none)".to_owned(), "example.com".to_owned()])));
}

#[test]
fn rows_without_a_source_and_excluded_sources_raise_nothing() {
    let nobody = ["", "null", "unknown", "NULL", "Unknown"].iter().flat_map(|src| tunnel(src, "t.example.com", 3)).collect();
    assert_eq!(rise(demo::DETECTION, nobody), []);

    let folder = with_macros(|macros| {
        macros
            .replace("[dnstxtscore_excluded_src]\ndefinition = \"-\"", "[dnstxtscore_excluded_src]\ndefinition = \"10.9.0.0/16\", \"mx*\"")
    });
    let rows = ["10.9.1.2", "MX3.example.com", "10.8.1.2"].iter().flat_map(|src| tunnel(src, "t.example.com", 3)).collect();
    let (table, _) = demo::detect(folder.path(), rows).unwrap();
    assert_eq!(sources(&table.rows), ["10.8.1.2".to_owned()].into());
}

#[test]
fn what_an_attacker_wrote_stays_one_cell() {
    let evil = "x\" | delete $src$ `nope` [search *] \\ $text|s$ ";
    let mut rows = tunnel("192.0.2.78", "example.net", 1);
    let payload = rows[0]["DNS.answer"][0].clone();
    rows[0].insert("DNS.answer".into(), vec![format!("{evil}{payload}")]);
    rows[0].insert("DNS.query".into(), vec!["a\"|$x$.example.net".into()]);
    let (table, events) = demo::detect(&root(), rows).unwrap();
    assert_eq!(table.rows[0]["text"], [format!("{evil}{payload}")]);
    assert_eq!(table.rows[0]["domain"], ["example.net"]);
    assert_eq!(events[0].risk_message, "A suspicious DNS TXT response was detected on host 192.0.2.78 , kindly review.");
}

#[test]
fn long_texts_and_many_servers_are_cut_in_the_finding() {
    let mut rows = tunnel("192.0.2.79", "example.net", 20);
    for (i, row) in rows.iter_mut().enumerate() {
        let answer = row["DNS.answer"][0].repeat(20);
        row.insert("DNS.answer".into(), vec![answer]);
        row.insert("DNS.dest".into(), vec![format!("198.51.100.{i}")]);
    }
    let found = rise(demo::DETECTION, rows);
    assert_eq!((found[0]["text"][0].len(), found[0]["dest"].len()), (1000, 10));
}

#[test]
fn the_hunting_search_shows_every_suspicious_answer() {
    let rows = rise(HUNT, tunnel("192.0.2.80", "example.net", 30));
    assert!(rows.len() >= 29, "{}", rows.len());
    assert_eq!(rows[0].keys().filter(|name| !rows[0][*name].is_empty()).count(), 10);
}

#[test]
fn a_sustained_channel_needs_many_texts() {
    let mut rows = tunnel("192.0.2.81", "channel.example.com", 60);
    rows.extend(tunnel("192.0.2.82", "few.example.com", 5));
    let (fixture, notes) = fixture();
    rows.extend(fixture.into_iter().zip(notes).filter(|(_, note)| note["expect"] == "benign").map(|(row, _)| row));
    let table = demo::search(&root(), SUSTAINED, rows, &mut demo::empty_lookups(&root()).unwrap(), demo::NOW).unwrap();
    assert_eq!(sources(&table.rows), ["192.0.2.81".to_owned()].into());
    let stanza = conf::read(&root().join("default/savedsearches.conf")).unwrap().remove(SUSTAINED).unwrap();
    let events = demo::risk_events(&stanza, &table).unwrap();
    assert_eq!((events.len(), events[0].risk_score), (1, 80));
    let unique = &table.rows[0]["unique_texts"][0];
    assert_eq!(
        events[0].risk_message,
        format!("192.0.2.81 received {unique} different suspicious DNS TXT answers from example.com within 60 minutes.")
    );
}

/// Found in review: a new domain an answer made a finding an answer.
#[test]
fn a_tunnel_that_changes_its_domain_every_time_is_one_finding_and_one_channel() {
    let several =
        |count: u64, each: u64| -> Vec<Row> { (0..count).flat_map(|i| tunnel("192.0.2.83", &format!("d{i}.net"), each)).collect() };
    let (table, events) = demo::detect(&root(), several(10_000, 1)).unwrap();
    assert_eq!((events.len(), table.rows[0]["domain"][0].as_str()), (1, "(many)"));
    // Ten of its domains are threat objects, and what is no domain is none.
    assert_eq!(events[0].threat_objects.len(), 10);
    assert!(events[0].threat_objects.iter().all(|(_, domain)| domain.ends_with(".net")), "{:?}", events[0].threat_objects);
    assert_eq!(rise(demo::DETECTION, several(20, 2)).len(), 20);

    let channel = rise(SUSTAINED, several(6, 6));
    assert_eq!((channel.len(), channel[0]["domain"][0].as_str()), (1, "(several)"));
    // A resolver's clients: many domains with an odd answer each are no channel.
    assert_eq!(rise(SUSTAINED, several(60, 2)), []);
}

#[test]
fn what_is_no_domain_is_never_a_threat_object() {
    let mut rows = tunnel("192.0.2.84", "t.example.com", 4);
    for (row, query) in rows.iter_mut().zip(["unknown", "null", "co.uk", ""]) {
        row.insert("DNS.query".into(), vec![query.to_owned()]);
    }
    let (table, events) = demo::detect(&root(), rows).unwrap();
    assert_eq!((events.len(), table.rows[0]["domain"][0].as_str()), (1, "(none)"));
    assert_eq!(events[0].threat_objects, []);
}

/// The advice in the description of `dnstxtscore_external_dest`, taken.
#[test]
fn an_outside_server_becomes_a_threat_object_where_the_macro_says_so() {
    let macros = std::fs::read_to_string(root().join("default/macros.conf")).unwrap();
    let advice = macros.lines().find_map(|line| line.split_once("ask the outside directly: ")).unwrap().1;
    let advice = advice.split(", with your own networks.").next().unwrap();
    let app = with_macros(|macros| macros.replace("definition = null()\n", &format!("definition = {advice}\n")));
    let mut rows = tunnel("192.0.2.85", "t.example.com", 3);
    for (row, dest) in rows.iter_mut().zip(["10.0.0.53", "198.51.100.9", "resolver.example.com"]) {
        row.insert("DNS.dest".into(), vec![dest.to_owned()]);
    }
    let (_, events) = demo::detect(app.path(), rows).unwrap();
    let threats: Vec<_> = events[0].threat_objects.iter().map(|(kind, value)| format!("{kind} {value}")).collect();
    assert_eq!(threats, ["domain example.com", "ip_address 198.51.100.9"]);
}

/// What the baseline's `tstats` gives: one row a day.
fn asked(src: &str, query: &str, answer: &str, day: i64) -> Row {
    let time = (demo::NOW / DAY * DAY - day * DAY).to_string();
    [("DNS.src", src), ("DNS.query", query), ("DNS.answer", answer), ("_time", &time), ("count", "1")]
        .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
        .into()
}

/// Runs the baseline at a time; what it has learned: (domain, text).
fn learn(rows: Vec<Row>, lookups: &mut Lookups, now: i64) -> Vec<(String, String)> {
    demo::search(&root(), BASELINE, rows, lookups, now).unwrap();
    let learned = lookups["dnstxtscore_common"].rows.iter().filter(|row| row["learned"][0] == "1");
    learned.map(|row| (row["domain"][0].clone(), row["text"][0].clone())).collect()
}

fn asked_by(sources: std::ops::Range<u32>, query: &str, answer: &str, day: i64) -> Vec<Row> {
    sources.map(|host| asked(&format!("192.0.2.{host}"), query, answer, day)).collect()
}

/// An answer that the model flags without being sure, and one that it is sure of: the discount is for the first. Found by
/// their scores, as each model has others.
fn unsure_and_sure() -> (String, String) {
    let mut candidates = tunnel("192.0.2.1", "x.example.org", 60);
    for (i, row) in candidates.iter_mut().enumerate() {
        let cut = row["DNS.answer"][0][..20 + i].to_owned();
        row.insert("DNS.answer".into(), vec![cut]);
    }
    let found = rise(HUNT, candidates);
    let score = |row: &Row| row["is_suspicious_score"][0].parse::<f64>().unwrap();
    let unsure = found.iter().find(|row| score(row) < 0.9).expect("no score between 0.5 and 0.9");
    assert!(score(&found[0]) >= 0.9);
    (unsure["text"][0].clone(), found[0]["text"][0].clone())
}

#[test]
fn the_baseline_learns_over_a_month_what_many_ask_for_and_never_one_beaconing_host() {
    let (odd, sure) = unsure_and_sure();
    let mut lookups = demo::empty_lookups(&root()).unwrap();
    let mut first_learned = Vec::new();
    for night in 0..30 {
        let day = 1 - night; // yesterday of that night
        let mut rows = vec![asked("192.0.2.66", "c2.example.org", &odd, day)]; // one host, every day, scored below 0.9
        rows.extend((0..20).map(|i| asked(&format!("2001:db8:1:2:{i:x}::7"), "v6.example.com.au", &odd, day))); // its many addresses
        rows.extend(asked_by(0..6, "settings.example.com", &odd, day));
        rows.extend(asked_by(0..6, "bad.example.info", &sure, day)); // many, but scored high
        rows.extend(asked_by(0..4, "four.example.edu", &odd, day)); // too few sources
        rows.extend(asked_by(0..6, "unknown", &odd, day)); // of no domain
        if night % 4 == 0 {
            rows.extend(asked_by(0..6, "seldom.example.net", &odd, day)); // 4 of 14 days at most
        }
        let learned = learn(rows, &mut lookups, demo::NOW + night * DAY);
        if !learned.is_empty() && first_learned.is_empty() {
            first_learned = vec![night];
        }
        let expected = [("example.com".to_owned(), "*".to_owned()), ("example.com".into(), odd.clone())];
        assert!(learned.is_empty() || learned == expected, "night {night}: {learned:?}");
    }
    assert_eq!(first_learned, [4], "the fifth common day teaches");
    // What is remembered is small: the learned, what may be, and the domain that scored high.
    let kept: Vec<_> = lookups["dnstxtscore_common"].rows.iter().map(|row| row["domain"][0].as_str()).collect();
    assert_eq!(kept.iter().filter(|domain| ["example.org", "example.edu", "example.com.au", "(none)"].contains(domain)).count(), 0);

    // It stays for 30 days after the last common one, and goes.
    assert_eq!(learn(Vec::new(), &mut lookups, demo::NOW + 57 * DAY).len(), 2);
    assert_eq!(learn(Vec::new(), &mut lookups, demo::NOW + 59 * DAY).len(), 0);
    assert_eq!(lookups["dnstxtscore_common"].rows, [] as [Row; 0]);
}

#[test]
fn what_was_learned_is_discounted_unless_it_scores_high_or_makes_a_channel() {
    let (odd, sure) = unsure_and_sure();
    let mut lookups = demo::empty_lookups(&root()).unwrap();
    // Fourteen days in one run, as an admin starts with.
    let rows = (1..=14).flat_map(|day| asked_by(0..6, "settings.example.com", &odd, day)).collect();
    assert_eq!(learn(rows, &mut lookups, demo::NOW).len(), 2);

    let rows = vec![
        row("192.0.2.9", "other.example.com", &odd),
        row("192.0.2.9", "settings.example.com", &sure),
        row("192.0.2.9", "settings.example.edu", &odd),
    ];
    let found = |name: &str, rows: Vec<Row>, lookups: &mut Lookups| -> Vec<(String, String)> {
        let rows = demo::search(&root(), name, rows, lookups, demo::NOW).unwrap().rows;
        rows.iter().map(|row| (row["domain"][0].clone(), row["unique_texts"][0].clone())).collect()
    };
    let pairs = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect::<Vec<_>>();
    let sorted = |mut rows: Vec<(String, String)>| {
        rows.sort();
        rows
    };
    let mut nothing_learned = demo::empty_lookups(&root()).unwrap();
    assert_eq!(sorted(found(demo::DETECTION, rows.clone(), &mut nothing_learned)), pairs(&[("example.com", "2"), ("example.edu", "1")]));
    assert_eq!(sorted(found(demo::DETECTION, rows, &mut lookups)), pairs(&[("example.com", "1"), ("example.edu", "1")]));

    // A domain that gave a sure payload yesterday is no longer discounted as a whole; its common text still is.
    let channel = |count| tunnel("192.0.2.9", "new.example.com", count);
    assert_eq!(found(SUSTAINED, channel(60), &mut lookups).len(), 1);
    let mut night = channel(1);
    night = vec![asked("192.0.2.9", "new.example.com", &night[0]["DNS.answer"][0], 1)];
    assert_eq!(learn(night, &mut lookups, demo::NOW), [("example.com".to_owned(), odd.clone())]);
}
