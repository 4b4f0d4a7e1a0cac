//! The shipped detections over rows as `tstats` delivers them, through the real binary.

mod common;

use std::collections::BTreeSet;

use common::{HUNT, SUSTAINED, rise, row, tunnel, with_local};
use serde_json::Value;
use test_splunk::risk::{self, EnterpriseSecurity};
use test_splunk::spl::Row;
use test_splunk::{conf, root, searches};

fn fixture() -> (Vec<Row>, Vec<Value>) {
    let path = root().join("tests/fixtures/dns_txt_rows.jsonl");
    let notes = std::fs::read_to_string(&path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (searches::read_rows(&path).unwrap(), notes)
}

fn sources(rows: &[Row]) -> BTreeSet<String> {
    rows.iter().map(|row| row["src"][0].clone()).collect()
}

#[test]
fn benign_rows_are_silent_and_payloads_rise_once_per_source_and_domain() {
    let (rows, notes) = fixture();
    assert!(rows.len() >= 200 && notes.iter().all(|note| !note["origin"].as_str().unwrap().is_empty()));
    let expected: BTreeSet<String> =
        notes.iter().filter(|note| note["expect"] == "suspicious").map(|note| note["DNS.src"].as_str().unwrap().into()).collect();
    let (table, events) = searches::detect(&root(), rows).unwrap();
    let columns = "src domain threat_domain threat_query dest external_dest text record_type query count unique_texts answer_count query_count reply_code_id firstTime lastTime is_suspicious_score channel_score channel_reason";
    assert_eq!(table.columns.join(" "), columns);
    assert_eq!(events.len(), table.rows.len());
    assert!(sources(&table.rows).is_subset(&expected), "a benign source rose: {:?}", sources(&table.rows));
    assert_eq!(sources(&table.rows), expected);
    let pairs: BTreeSet<_> = table.rows.iter().map(|row| (&row["src"], &row["domain"])).collect();
    assert_eq!(pairs.len(), table.rows.len());
    let event = &events[0];
    assert_eq!((event.risk_object_type.as_str(), event.risk_score), ("system", 45));
    assert_eq!(event.risk_message, format!("A suspicious DNS TXT response was detected on host {} , kindly review.", event.risk_object));
    let of = |kind: &str, field: &str| (kind.to_owned(), table.rows[0][field][0].clone());
    assert_eq!(event.threat_objects, [of("domain", "threat_domain"), of("dns_query", "threat_query")]);
}

/// As `cargo xtask demo --all` prints it.
#[test]
fn every_shipped_search_runs_over_the_fixture_and_no_benign_source_rises() {
    let (_, notes) = fixture();
    let benign: BTreeSet<&str> =
        notes.iter().filter(|note| note["expect"] == "benign").map(|note| note["DNS.src"].as_str().unwrap()).collect();
    let suspicious: BTreeSet<&str> =
        notes.iter().filter(|note| note["expect"] == "suspicious").map(|note| note["DNS.src"].as_str().unwrap()).collect();
    let all = searches::run_all(&root()).unwrap();
    assert_eq!(all.len(), 12);
    for (name, table, events) in all {
        assert!(!table.columns.is_empty(), "{name}");
        assert_eq!(events.len(), if name.ends_with(" - Rule") { table.rows.len() } else { 0 }, "{name}");
        let only_benign = |event: &risk::RiskEvent| benign.contains(&*event.risk_object) && !suspicious.contains(&*event.risk_object);
        assert!(!events.iter().any(only_benign), "{name}: {events:?}");
        assert!(!name.ends_with(" - Rule") || events.len() >= 2, "{name} found nothing");
    }
}

/// The sizing search counts, at the threshold that is set, the findings that the rules raise.
#[test]
fn what_would_fire_is_what_fires() {
    let all = searches::run_all(&root()).unwrap();
    let rows = |name: &str| &all.iter().find(|(other, ..)| other == name).unwrap().1.rows;
    let pairs = |rows: &[Row], keep: &dyn Fn(&Row) -> bool| -> BTreeSet<(String, String)> {
        rows.iter().filter(|row| keep(row)).map(|row| (row["src"][0].clone(), row["domain"][0].clone())).collect()
    };
    let (sum, counted) = rows("DNSTXT - What would fire").split_first().unwrap();
    let is_one = |column: &'static str| move |row: &Row| row[column][0] != "0";
    let hourly = pairs(rows(searches::DETECTION), &|_| true);
    assert_eq!(pairs(counted, &is_one("at_50")), hourly);
    let by_score = |row: &Row| row["channel_score"][0].parse::<f64>().unwrap() >= 0.5;
    assert_eq!(pairs(counted, &is_one("channel_50")), pairs(rows(SUSTAINED), &by_score));
    assert_eq!((sum["src"][0].as_str(), sum["at_50"][0].parse().unwrap()), ("(all, per day)", hourly.len()));
    let at = |column: &str| sum[column][0].parse::<f64>().unwrap();
    assert!(at("at_50") >= at("at_70") && at("at_70") >= at("at_90") && at("at_90") >= at("at_99"));

    let hunted = rows("DNSTXT - Hunt suspicious DNS TXT answers of the last 90 days");
    assert_eq!(pairs(hunted, &|_| true), hourly);
    assert!(hunted.iter().all(|row| row["is_suspicious_score"][0].len() == 8 && !row["text"][0].starts_with(' ')));
}

/// Found in review: Suricata 8 logs an answer in the direction of its packet, so the resolver got the risk of all its clients.
#[test]
fn an_answer_whose_source_is_the_server_counts_for_the_client() {
    let swapped = |dest_port: &str| {
        let turn = |mut row: Row| {
            let [src, dest] = ["DNS.src", "DNS.dest"].map(|name| row.remove(name).unwrap());
            let cells = [("DNS.src", dest), ("DNS.dest", src), ("src_port", vec!["53".into()]), ("dest_port", vec![dest_port.into()])];
            row.extend(cells.map(|(name, values)| (name.to_owned(), values)));
            row
        };
        tunnel("192.0.2.77", "exfil-test.example", 200).into_iter().map(turn).collect::<Vec<_>>()
    };
    for name in [searches::DETECTION, SUSTAINED] {
        let found = rise(name, swapped("40000"));
        assert!(found.len() == 1 && found[0]["src"] == ["192.0.2.77"] && found[0]["dest"] == ["198.51.100.53"], "{name}: {found:?}");
        // Some resolvers ask from port 53 too.
        assert_eq!(rise(name, swapped("53"))[0]["src"], ["198.51.100.53"], "{name}");
    }
}

#[test]
fn ten_thousand_answers_of_one_tunnel_are_one_risk_event() {
    let (table, events) = searches::detect(&root(), tunnel("192.0.2.77", "t.exfil-test.co.uk", 10_000)).unwrap();
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
    let domains: Vec<String> = rise(searches::DETECTION, rows).iter().map(|row| row["domain"][0].clone()).collect();
    assert_eq!((domains.len(), domains.into_iter().collect()), (2, BTreeSet::from(["(none)".to_owned(), "example.com".to_owned()])));
}

#[test]
fn rows_without_a_source_and_excluded_sources_raise_nothing() {
    let nobody = ["", "null", "unknown", "NULL", "Unknown"].iter().flat_map(|src| tunnel(src, "t.example.com", 3)).collect();
    assert_eq!(rise(searches::DETECTION, nobody), []);

    let excluded = "\"10.9.0.0/16\", \"mx*.corp.*\", \"2001:db8:9::/48\"";
    let folder = with_local("macros.conf", &format!("[dnstxtscore_excluded_src]\ndefinition = {excluded}\n"));
    let rows =
        ["10.9.1.2", "MX3.corp.example", "2001:db8:9::2", "10.8.1.2"].iter().flat_map(|src| tunnel(src, "t.example.com", 3)).collect();
    let (table, _) = searches::detect(folder.path(), rows).unwrap();
    assert_eq!(sources(&table.rows), ["10.8.1.2".to_owned()].into());
}

#[test]
fn what_an_attacker_wrote_stays_one_cell() {
    let evil = "x\" | delete $src$ `nope` [search *] \\ $text|s$ ";
    let mut rows = tunnel("192.0.2.78", "example.net", 1);
    let payload = rows[0]["DNS.answer"][0].clone();
    rows[0].insert("DNS.answer".into(), vec![format!("{evil}{payload}")]);
    rows[0].insert("DNS.query".into(), vec!["a\"|$x$.example.net".into()]);
    let (table, events) = searches::detect(&root(), rows).unwrap();
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
    let found = rise(searches::DETECTION, rows);
    assert_eq!((found[0]["text"][0].len(), found[0]["dest"].len()), (1000, 10));
}

/// Found in review: only sources were counted, and four of them had all the suspicious answers.
#[test]
fn the_hunting_search_shows_the_suspicious_answers_of_the_fixture_and_no_other() {
    let (rows, notes) = fixture();
    let answers = |expect: &str| -> BTreeSet<String> {
        let picked = rows.iter().zip(&notes).filter(|(_, note)| note["expect"] == expect);
        picked.flat_map(|(row, _)| row["DNS.answer"].clone()).collect()
    };
    let (suspicious, benign) = (answers("suspicious"), answers("benign"));
    let rows = rise(HUNT, rows.clone());
    let shown = |most: usize| -> BTreeSet<String> {
        rows.iter().map(|row| &row["text"]).filter(|text| text.len() <= most).flatten().cloned().collect()
    };
    // A payload beside an ordinary answer brings that along: one row has both.
    assert_eq!(shown(1).intersection(&benign).collect::<Vec<_>>(), [""; 0]);
    let shown = shown(usize::MAX);
    let found = shown.intersection(&suspicious).count();
    assert!(found * 10 >= suspicious.len() * 9, "{found} of {} were found", suspicious.len());
}

#[test]
fn the_hunting_search_shows_every_answer_of_a_tunnel() {
    let rows = rise(HUNT, tunnel("192.0.2.80", "example.net", 30));
    assert!(rows.len() >= 29, "{}", rows.len());
    assert_eq!(rows[0].keys().filter(|name| !rows[0][*name].is_empty()).count(), 12); // all but txt_type: no known type
}

/// Found in review: answers that look ordinary one by one raised nothing anywhere.
#[test]
fn a_tunnel_of_ordinary_looking_answers_is_found_by_counting() {
    let rows: Vec<Row> = (0..2000)
        .map(|i| {
            let text = dnstxtscore::digest::sha256(format!("{i}").as_bytes());
            let mut row = row("192.0.2.86", &format!("q{i}.digest.example.com"), &text);
            row.retain(|name, _| !["DNS.dest", "DNS.record_type"].contains(&&**name));
            row
        })
        .collect();
    let found = rise("DNSTXT - Hunt domains that give one source many different DNS TXT answers", rows);
    assert_eq!((found.len(), found[0]["domain"][0].as_str(), found[0]["unique_texts"][0].as_str()), (1, "example.com", "2000"));
}

/// Found in review: an antivirus product that looks files up over TXT made a finding on each host.
#[test]
fn an_excluded_domain_is_no_finding() {
    let app = with_local("macros.conf", "[dnstxtscore_excluded_domain]\ndefinition = \"av-vendor.com\"\n");
    let rows: Vec<Row> = (0..30).flat_map(|host| tunnel(&format!("192.0.2.{host}"), "l.av-vendor.com", 30)).collect();
    for name in [searches::DETECTION, SUSTAINED] {
        assert_eq!(rise(name, rows.clone()).len(), 30, "{name}");
        let found =
            searches::run(app.path(), name, rows.clone(), &mut searches::empty_lookups(app.path()).unwrap(), searches::NOW).unwrap();
        assert_eq!(found.rows, [], "{name}");
    }
}

/// Found in review: the threat objects of `(many)` were the first ten by their letters.
#[test]
fn decoys_do_not_push_the_best_scored_domain_out_of_the_threat_objects() {
    let one = |domain: &str, text: &str| row("192.0.2.87", &format!("x.{domain}"), text);
    let texts = tunnel("192.0.2.87", "x", 40);
    let scored = rise(HUNT, texts.clone());
    let (best, rest) = (scored[0]["text"][0].clone(), scored[scored.len() - 30..].to_vec());
    let mut rows: Vec<Row> = rest.iter().enumerate().map(|(i, row)| one(&format!("a{i:02}.net"), &row["text"][0])).collect();
    rows.push(one("zz-c2.net", &best));
    let (table, events) = searches::detect(&root(), rows).unwrap();
    assert_eq!((table.rows.len(), table.rows[0]["domain"][0].as_str()), (1, "(many)"));
    assert_eq!(events[0].threat_objects[0], ("domain".to_owned(), "zz-c2.net".to_owned()));
}

/// Found in review: the same text under many names, or from many servers, counted each time.
#[test]
fn the_same_texts_under_many_names_count_once() {
    let texts: Vec<String> = tunnel("192.0.2.88", "x", 12).iter().map(|row| row["DNS.answer"][0][..80].to_owned()).collect();
    let rows: Vec<Row> =
        texts.iter().flat_map(|text| (0..9).map(move |name| row("192.0.2.88", &format!("n{name}.example.com"), text))).collect();
    assert!(rise(HUNT, rows.clone()).len() > 90);
    let found = rise(SUSTAINED, rows);
    let cell = |name: &str| found[0][name][0].as_str();
    assert_eq!((found.len(), cell("unique_texts"), cell("bytes"), cell("exchanges")), (1, "12", "960", "12"));
}

#[test]
fn a_channel_is_a_finding_and_two_answers_are_not() {
    let mut rows = tunnel("192.0.2.81", "channel.example.com", 60);
    rows.extend(tunnel("192.0.2.82", "few.example.com", 2));
    let (fixture, notes) = fixture();
    rows.extend(fixture.into_iter().zip(notes).filter(|(_, note)| note["expect"] == "benign").map(|(row, _)| row));
    let table = searches::run(&root(), SUSTAINED, rows, &mut searches::empty_lookups(&root()).unwrap(), searches::NOW).unwrap();
    assert_eq!(sources(&table.rows), ["192.0.2.81".to_owned()].into());
    let stanza = conf::read(&root().join("default/savedsearches.conf")).unwrap().remove(SUSTAINED).unwrap();
    let [score, unique, said] = ["channel_score", "unique_texts", "channel_reason"].map(|name| table.rows[0][name][0].clone());
    let message = format!(
        "DNS TXT queries from 192.0.2.81 for example.com look like a tunnel or a staged payload (channel score {score}, {unique} different suspicious answers, 60 different exchanges within 60 minutes): {said}"
    );
    // The finding names the source as its entity, and its risk counts once in either version.
    for version in [EnterpriseSecurity::V7, EnterpriseSecurity::V8] {
        let events = risk::events(&stanza, &table, version).unwrap();
        assert_eq!((events.len(), events[0].risk_score, &events[0].risk_message), (1, 80, &message), "{version:?}");
    }
    let entity: Value = serde_json::from_str(&stanza["action.notable.param._entities"]).unwrap();
    assert_eq!((entity[0]["risk_object_field"].as_str(), entity[0]["risk_score"].as_u64()), (Some("src"), Some(0)));
}

/// What an analyst asks first, where the data model has it.
#[test]
fn findings_carry_the_counts_and_the_code_of_the_answers() {
    let mut rows = tunnel("192.0.2.83", "t.example.com", 60);
    for (number, row) in rows.iter_mut().enumerate().take(50) {
        let cells = [("answer_count", 1 + number % 2), ("query_count", 1), ("reply_code_id", 0)];
        row.extend(cells.map(|(name, value)| (name.to_owned(), vec![value.to_string()])));
    }
    for rule in [searches::DETECTION, SUSTAINED] {
        let found = rise(rule, rows.clone());
        let cell = |name: &str| found[0][name].join(" ");
        assert_eq!((cell("answer_count"), cell("query_count"), cell("reply_code_id")), ("1 2".into(), "1".into(), "0".into()), "{rule}");
        assert_eq!(rise(rule, tunnel("192.0.2.83", "t.example.com", 60)).len(), 1, "{rule}: a source without them");
    }
}

/// An event may have a field of our names: what it claims is replaced, in the first pass and in the one that explains.
#[test]
fn a_score_that_the_event_claims_is_not_believed() {
    let macros = conf::of_app(&root(), "macros.conf").unwrap();
    let hunt = conf::of_app(&root(), "savedsearches.conf").unwrap().remove(HUNT).unwrap().remove("search").unwrap();
    let stages = test_splunk::spl::stages(&test_splunk::macros::expand(&hunt, &macros).unwrap());
    let commands: Vec<&String> = stages.iter().filter(|stage| stage.starts_with("dnstxtscore")).collect();
    assert_eq!((commands.len(), commands[1].as_str()), (2, "dnstxtscore field=text explain=true"));
    assert!(stages.iter().position(|stage| stage == commands[1]) > stages.iter().position(|stage| stage.starts_with("where")));

    let payload = tunnel("192.0.2.86", "t.example.com", 1)[0]["DNS.answer"][0].clone();
    for text in [payload.as_str(), "v=spf1 -all"] {
        let claimed = [("text", text), ("predicted_is_unknown", "0.123456"), ("pred_is_unknown", "0"), ("txt_reason", "ordinary")];
        let row: Row = claimed.map(|(name, value)| (name.to_owned(), vec![value.to_owned()])).into();
        let columns = claimed.map(|(name, _)| name.to_owned()).to_vec();
        let table = test_splunk::spl::Table { columns, rows: vec![row] };
        let args = ["field=text", "explain=true"].map(str::to_owned);
        let scored = test_splunk::splunkd::run(&root().join("bin/dnstxtscore"), &args, table).unwrap().rows;
        let score: f64 = scored[0]["predicted_is_unknown"][0].parse().unwrap();
        assert_eq!(score > 0.9, text == payload, "{scored:?}");
        assert_ne!(scored[0]["txt_reason"], ["ordinary"]);
    }
}

/// Found in review: a tunnel that used a new domain for each answer raised a finding for each answer.
#[test]
fn a_tunnel_that_changes_its_domain_every_time_is_one_finding_and_one_channel() {
    let several =
        |count: u64, each: u64| -> Vec<Row> { (0..count).flat_map(|i| tunnel("192.0.2.83", &format!("d{i}.net"), each)).collect() };
    let (table, events) = searches::detect(&root(), several(10_000, 1)).unwrap();
    assert_eq!((events.len(), table.rows[0]["domain"][0].as_str()), (1, "(many)"));
    // Ten of its domains are threat objects and one query, and what is no domain is none.
    assert_eq!(events[0].threat_objects.len(), 11);
    assert!(events[0].threat_objects.iter().all(|(_, domain)| domain.ends_with(".net")), "{:?}", events[0].threat_objects);
    assert_eq!(rise(searches::DETECTION, several(20, 2)).len(), 20);

    assert_eq!(rise(SUSTAINED, several(6, 6)).len(), 6);
    let channel = rise(SUSTAINED, several(60, 6));
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
    let (table, events) = searches::detect(&root(), rows).unwrap();
    assert_eq!((events.len(), table.rows[0]["domain"][0].as_str()), (1, "(none)"));
    assert_eq!(events[0].threat_objects, []);
}

/// The advice in the description of `dnstxtscore_external_dest`, taken.
#[test]
fn an_outside_server_becomes_a_threat_object_where_the_macro_says_so() {
    let macros = std::fs::read_to_string(root().join("default/macros.conf")).unwrap();
    let advice = macros.lines().find_map(|line| line.split_once("ask the outside directly: ")).unwrap().1;
    let advice = advice.split(", with your own networks.").next().unwrap();
    let app = with_local("macros.conf", &format!("[dnstxtscore_external_dest(1)]\ndefinition = {advice}\n"));
    let mut rows = tunnel("192.0.2.85", "t.example.com", 3);
    for (row, dest) in rows.iter_mut().zip(["10.0.0.53", "198.51.100.9", "resolver.example.com"]) {
        row.insert("DNS.dest".into(), vec![dest.to_owned()]);
    }
    let (_, events) = searches::detect(app.path(), rows).unwrap();
    let threats: Vec<_> = events[0].threat_objects.iter().map(|(kind, value)| format!("{kind} {value}")).collect();
    assert_eq!([&threats[0], &threats[2]], ["domain example.com", "ip_address 198.51.100.9"]);
}

/// The rows of a channel as `tstats` delivers them: (name, answer), of which an empty one is none.
fn channel(src: &str, exchanges: impl Iterator<Item = (String, String)>) -> Vec<Row> {
    let answered = |answer: String| if answer.is_empty() { "unknown".to_owned() } else { answer };
    exchanges.map(|(name, answer)| row(src, &name, &answered(answer))).collect()
}

/// Bytes that nobody chose, in hex.
fn noise(seed: &str, digits: usize) -> String {
    dnstxtscore::digest::sha256(seed.as_bytes())[..digits].to_owned()
}

/// Answers of an idle tunnel score near 0, each by itself, and must.
#[test]
fn an_idle_tunnel_and_one_that_only_sends_are_found_as_channels() {
    let idle = (0..12).map(|i| {
        let (sent, got) = (noise(&format!("s{i}"), 4), noise(&format!("g{i}"), 4));
        (format!("{sent}01a4f5{i:04x}8890.relay.example.net"), format!("{got}01a4f5{i:04x}9d21"))
    });
    let upload = (0..12).map(|i| (format!("{}.{}.u.example.org", noise(&format!("a{i}"), 60), noise(&format!("b{i}"), 44)), String::new()));
    let mut rows = channel("192.0.2.90", idle);
    rows.extend(channel("192.0.2.91", upload));
    assert_eq!(rise(searches::DETECTION, rows.clone()), []);
    let found = rise(SUSTAINED, rows);
    assert_eq!(sources(&found), ["192.0.2.90", "192.0.2.91"].map(str::to_owned).into());
    for row in &found {
        assert!(row["channel_score"][0].parse::<f64>().unwrap() > 0.5 && row["unique_texts"] == ["0"], "{row:?}");
    }
}

/// What mail gateways, monitors and registries ask for, whole days of it.
#[test]
fn look_ups_of_ordinary_services_are_no_channels() {
    let digit = |i: usize, place: usize| usize::from(noise(&format!("{i} {place}"), 2).as_bytes()[0]) * 3 % 256;
    let reversed = |i: usize| format!("{}.{}.{}.{}", digit(i, 0), digit(i, 1), digit(i, 2), digit(i, 3));
    let listed = |i: usize| if i.is_multiple_of(9) { format!("https://www.spamhaus.org/query/ip/{}", reversed(i)) } else { String::new() };
    let services: [(&str, Vec<(String, String)>); 5] = [
        ("192.0.2.92", (0..300).map(|i| (format!("{}.zen.spamhaus.org", reversed(i)), listed(i))).collect()),
        (
            "192.0.2.93",
            (0..300)
                .map(|i| {
                    (
                        format!("{}.origin.asn.cymru.com", reversed(i)),
                        format!("{} | 192.0.2.0/24 | NL | ripencc | 2001-02-0{}", 3000 + i, i % 9 + 1),
                    )
                })
                .collect(),
        ),
        // Browsing for services by the networks of an office (RFC 6763, section 11).
        (
            "192.0.2.103",
            (0..24)
                .map(|i| (format!("{}._dns-sd._udp.0.{}.0.192.in-addr.arpa", ["b", "db", "lb", "cf"][i % 4], i / 4), String::new()))
                .collect(),
        ),
        ("192.0.2.94", (0..40).map(|_| ("version.bind".to_owned(), "9.18.28".to_owned())).collect()),
        (
            "192.0.2.95",
            ["", "_dmarc.", "selector1._domainkey.", "www."]
                .map(|name| (format!("{name}example.com"), "v=spf1 include:_spf.example.com ~all".to_owned()))
                .to_vec(),
        ),
    ];
    let rows = services.into_iter().flat_map(|(src, exchanges)| channel(src, exchanges.into_iter())).collect();
    let found = rise(SUSTAINED, rows);
    assert_eq!(found, [], "{found:?}");
}

/// The same exchanges through the search and on the command line.
#[test]
fn a_channel_of_many_exchanges_is_judged_by_as_many_as_on_the_command_line() {
    let rows =
        channel("192.0.2.96", (0..1000).map(|i| (format!("{}.t.example.net", noise(&format!("n{i}"), 30)), noise(&format!("t{i}"), 40))));
    let found = rise(SUSTAINED, rows);
    assert!(found[0]["exchanges"] == ["1000"] && found[0]["channel_reason"][0].starts_with("200 different answers"), "{found:?}");
}

/// Made, not captured: an idle tunnel that asks once in ten hours. A day holds two or three of its exchanges, a week seventeen.
#[test]
fn a_channel_that_is_stretched_over_a_week_is_found_by_the_weekly_search() {
    let exchange = |i: usize| {
        let (sent, got) = (noise(&format!("s{i}"), 4), noise(&format!("g{i}"), 4));
        (format!("{sent}01a4f5{i:04x}8890.relay.example.net"), format!("{got}01a4f5{i:04x}9d21"))
    };
    let week = rise("DNSTXT - Slow channels of the last week", channel("192.0.2.97", (0..17).map(exchange)));
    assert!(week.len() == 1 && week[0]["channel_score"][0].parse::<f64>().unwrap() > 0.5, "{week:?}");
    assert_eq!(rise(SUSTAINED, channel("192.0.2.97", (0..2).map(exchange))), []);
}

/// Found in review: one look-up as a query and an answer, and in two spellings, was three exchanges.
#[test]
fn one_name_in_several_spellings_is_one_name() {
    let rows = ["mail.example.com", "Mail.example.com", "MAIL.example.com."].map(|name| (name.to_owned(), "ok".to_owned()));
    let asked = [("mail.example.com".to_owned(), String::new())];
    assert_eq!(rise(SUSTAINED, channel("192.0.2.98", rows.into_iter().chain(asked))), []);
}

/// Found in review: what stood behind a | in a queried name was read as the answer.
#[test]
fn a_bar_in_a_queried_name_stays_in_the_name() {
    let exchanges =
        (0..12).map(|i| (format!("www.spamhaus.org|{}.t.example.net", noise(&format!("p{i}"), 50)), noise(&format!("q{i}"), 44)));
    let found = rise(SUSTAINED, channel("192.0.2.99", exchanges));
    let said = &found[0]["channel_reason"][0];
    assert!(found[0]["domain"] == ["example.net"] && said.contains("12 different names") && !said.contains("Spamhaus"), "{found:?}");
}

/// Found in review: counts and codes of ordinary answers stood in the finding of a suspicious one.
#[test]
fn a_finding_has_the_counts_of_suspicious_answers_only() {
    let mut rows = tunnel("192.0.2.100", "t.example.com", 1);
    rows.push(row("192.0.2.100", "example.com", "v=spf1 -all"));
    for (row, count) in rows.iter_mut().zip(["1", "7"]) {
        row.insert("answer_count".into(), vec![count.into()]);
    }
    assert_eq!(rise(searches::DETECTION, rows)[0]["answer_count"], ["1"]);
}

/// The search of docs/splunk.md that judges channels.
#[test]
fn the_search_of_the_page_judges_channels() {
    let page = std::fs::read_to_string(root().join("docs/splunk.md")).unwrap();
    let (_, rest) = page.split_once("### Channels").unwrap();
    let search = rest.split("```").nth(1).unwrap().trim();
    let exchanges = (0..9).map(|i| (format!("{}.t.example.net", noise(&format!("n{i}"), 40)), noise(&format!("t{i}"), 44)));
    let mut rows = channel("192.0.2.101", exchanges);
    rows.extend(channel("192.0.2.102", [("example.com".to_owned(), "v=spf1 -all".to_owned())].into_iter()));
    rows.iter_mut().for_each(|row| row.retain(|name, _| ["DNS.src", "DNS.query", "DNS.answer", "count"].contains(&&**name)));
    let table = searches::run_text(&root(), search, rows, &mut searches::empty_lookups(&root()).unwrap(), searches::NOW).unwrap();
    let scores: Vec<f64> = table.rows.iter().map(|row| row["channel_score"][0].parse().unwrap()).collect();
    assert!(scores.len() == 2 && scores[0] > 0.9 && scores[1] < 0.1, "{:?}", table.rows);
}
