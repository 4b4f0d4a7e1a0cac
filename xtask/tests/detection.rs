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
    let mut state = 88_172_645_463_325_252u64;
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
    let columns = "src domain dest external_dest text record_type query count unique_texts firstTime lastTime is_suspicious_score";
    assert_eq!(table.columns.join(" "), columns);
    assert_eq!(events.len(), table.rows.len());
    assert!(sources(&table.rows).is_subset(&expected), "a benign source rose: {:?}", sources(&table.rows));
    assert!(sources(&table.rows).len() * 10 >= expected.len() * 9, "{} of {} sources rose", sources(&table.rows).len(), expected.len());
    let pairs: BTreeSet<_> = table.rows.iter().map(|row| (&row["src"], &row["domain"])).collect();
    assert_eq!(pairs.len(), table.rows.len());
    let event = &events[0];
    assert_eq!((event.risk_object_type.as_str(), event.risk_score), ("system", 45));
    assert_eq!(event.risk_message, format!("A suspicious DNS TXT response was detected on host {} , kindly review.", event.risk_object));
    assert_eq!(event.threat_objects, [("domain".to_owned(), table.rows[0]["domain"][0].clone())]);
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
    assert_eq!(domains, ["(none)", "example.com"]);
}

#[test]
fn rows_without_a_source_and_excluded_sources_raise_nothing() {
    let nobody = ["", "null", "unknown", "NULL", "Unknown"].iter().flat_map(|src| tunnel(src, "t.example.com", 3)).collect();
    assert_eq!(rise(demo::DETECTION, nobody), []);

    // The macro as an admin would set it.
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root().join("bin"), folder.path().join("bin")).unwrap();
    std::fs::create_dir(folder.path().join("default")).unwrap();
    for file in ["savedsearches.conf", "transforms.conf", "macros.conf"] {
        let text = std::fs::read_to_string(root().join("default").join(file)).unwrap();
        let set = text
            .replace("[dnstxtscore_excluded_src]\ndefinition = \"-\"", "[dnstxtscore_excluded_src]\ndefinition = \"10.9.0.0/16\", \"mx*\"");
        assert_eq!(set != text, file == "macros.conf");
        std::fs::write(folder.path().join("default").join(file), set).unwrap();
    }
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

/// What the baseline's `tstats` gives: one row a day.
fn asked(src: &str, query: &str, answer: &str, day: i64) -> Row {
    let time = (demo::NOW / DAY * DAY - day * DAY).to_string();
    [("DNS.src", src), ("DNS.query", query), ("DNS.answer", answer), ("_time", &time), ("count", "1")]
        .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
        .into()
}

fn learn(rows: Vec<Row>, lookups: &mut Lookups, now: i64) -> Vec<(String, String)> {
    demo::search(&root(), BASELINE, rows, lookups, now).unwrap();
    lookups["dnstxtscore_common"].iter().map(|row| (row["domain"][0].clone(), row["text"][0].clone())).collect()
}

#[test]
fn the_baseline_learns_what_many_ask_for_and_never_one_beaconing_host() {
    // An answer that the model flags without being sure: the discount is for those. Found by its score, as each model has others.
    let candidates = tunnel("192.0.2.1", "x.example.org", 60).into_iter().enumerate().map(|(i, mut row)| {
        let cut = row["DNS.answer"][0][..20 + i].to_owned();
        row.insert("DNS.answer".into(), vec![cut]);
        row
    });
    let unsure = rise(HUNT, candidates.collect());
    let unsure =
        unsure.iter().find(|row| row["is_suspicious_score"][0].parse::<f64>().unwrap() < 0.9).expect("no score between 0.5 and 0.9");
    let odd = unsure["text"][0].as_str();
    let beacon = tunnel("192.0.2.66", "x.example.org", 1)[0]["DNS.answer"][0].clone();
    let mut rows = Vec::new();
    for day in 1..=14 {
        rows.push(asked("192.0.2.66", "c2.example.org", odd, day)); // one host, every day, scored below 0.9
        if day <= 6 {
            rows.extend((0..6).map(|host| asked(&format!("192.0.2.{host}"), "settings.example.com", odd, day)));
            rows.extend((0..6).map(|host| asked(&format!("192.0.2.{host}"), "bad.example.info", &beacon, day))); // many, but scored high
        }
        if day <= 4 {
            rows.extend((0..6).map(|host| asked(&format!("192.0.2.{host}"), "new.example.net", odd, day))); // too few days
        }
        rows.extend((0..4).map(|host| asked(&format!("192.0.2.{host}"), "four.example.edu", odd, day))); // too few sources
    }
    let mut lookups = demo::empty_lookups(&root()).unwrap();
    let learned = learn(rows, &mut lookups, demo::NOW);
    assert_eq!(learned, [("example.com".to_owned(), "*".to_owned()), ("example.com".into(), odd.into())]);

    // What was learned is discounted, unless it scores high.
    let mut rows = vec![row("192.0.2.9", "other.example.com", odd), row("192.0.2.9", "settings.example.com", &beacon)];
    rows.push(row("192.0.2.9", "settings.example.edu", odd));
    let unlearned = rise(demo::DETECTION, rows.clone());
    let found = demo::search(&root(), demo::DETECTION, rows, &mut lookups, demo::NOW).unwrap().rows;
    let domains = |rows: &[Row]| rows.iter().map(|row| (row["domain"][0].clone(), row["unique_texts"][0].clone())).collect::<Vec<_>>();
    assert!(domains(&unlearned).contains(&("example.com".into(), "2".into())), "{:?}", domains(&unlearned));
    assert_eq!(domains(&found), [("example.com".to_owned(), "1".to_owned()), ("example.edu".into(), "1".into())]);

    // It stays for 30 days and goes after them.
    assert_eq!(learn(Vec::new(), &mut lookups, demo::NOW + 28 * DAY).len(), 2);
    assert_eq!(learn(Vec::new(), &mut lookups, demo::NOW + 31 * DAY).len(), 0);
}
