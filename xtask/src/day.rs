//! `cargo xtask day`: a day of a network of 10,000 hosts through the shipped rules, with five tunnels in it. What is found, how soon, and what
//! else is flagged.
//!
//! Channels come from `../shared/named`; hosts, their number per kind of look-up and the times are assumed and printed first, because no
//! measured mix of TXT look-ups per host was found. A rule runs as often as shipped, at full hours, over its window, and is throttled as shipped.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::Path;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;
use test_splunk::searches;
use test_splunk::spl::Row;

use crate::{Result, build, root};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// When the day begins, in seconds since 1970.
const BEGIN: i64 = 1_795_400_000 - 1_795_400_000 % DAY;
const HOSTS: u32 = 10_000;

/// How many hosts have channels of these sources, how many channels each of them has, and what such hosts are.
const MIX: [(usize, usize, &[&str], &str); 6] = [
    (500, 1, &["simulated:mdns"], "hosts that browse for devices, where the sensor sees it"),
    (10, 60, &["simulated:mailserver", "simulated:spamhaus", "simulated:rspamd", "simulated:senderbase"], "mail gateways"),
    (20, 4, &["simulated:acme", "simulated:external-dns", "simulated:dnslink", "simulated:libp2p", "simulated:enrtree"], "servers"),
    (5, 4, &["simulated:bind-chaos", "simulated:zone-audit", "simulated:cymru-asn", "simulated:cymru-mhr"], "monitors and sensors"),
    (40, 1, &["simulated:leak-test"], "people who test their resolver"),
    (108, 1, &["pcap:", "zeeklog:"], "hosts with a channel of a real capture or log"),
];

/// The tunnels, by their source, each on a host of its own. `models/train/left_out.py` makes models that never saw these tools.
const TUNNELS: [&str; 5] =
    ["local:dnscat2-0.07-TXT", "format:chashell", "format:dnstt", "format:DNSDelivery", "format:cobaltstrike-dns-txt"];

const RULES: [(&str, &str, i64, i64); 2] = [
    ("hourly", searches::DETECTION, HOUR, 70 * 60),
    ("channel", "DNSTXT - Detect sustained channel over DNS TXT answers - Rule", 4 * HOUR, 1450 * 60),
];
/// A rule reads no event younger than this.
const LATEST: i64 = 10 * 60;

struct Channel {
    source: String,
    is_ordinary: bool,
    events: Vec<(f64, String, Vec<String>)>,
}

struct Event {
    time: i64,
    src: String,
    query: String,
    answer: String,
}

/// Plays the day through the rules of an app (this checkout, if none is given) and prints what they find.
///
/// # Errors
/// If `../shared` is absent, or a search cannot be run.
pub fn run(app: Option<&Path>) -> Result<()> {
    if app.is_none() {
        build::run()?;
    }
    let app = app.map_or_else(root, Path::to_path_buf);
    let channels = channels()?;
    let mut random = StdRng::seed_from_u64(1);
    let mut events = Vec::new();
    let mut hosts = 0u32;
    let mut host = || {
        hosts += 1;
        format!("10.{}.{}.{}", hosts >> 16, hosts >> 8 & 255, hosts & 255)
    };
    println!("A day of {HOSTS} hosts. Assumed, not measured:");
    for (count, each, sources, what) in MIX {
        let some: Vec<&Channel> = channels
            .iter()
            .filter(|channel| channel.is_ordinary && sources.iter().any(|source| channel.source.starts_with(source)))
            .collect();
        println!("  {count} {what}: {each} channels each, of {} from {}", some.len(), sources.join(", "));
        for _ in 0..count {
            let src = host();
            for _ in 0..each {
                let channel = some.choose(&mut random).ok_or_else(|| format!("no channels of {sources:?}"))?;
                place(channel, &src, BEGIN + random.random_range(0..DAY), &mut events);
            }
        }
    }
    let mut tunnels = BTreeMap::new();
    for source in TUNNELS {
        let channel = channels.iter().find(|channel| channel.source == source).ok_or_else(|| format!("no channel of {source}"))?;
        let (src, start) = (host(), BEGIN + random.random_range(2 * HOUR..20 * HOUR));
        place(channel, &src, start, &mut events);
        tunnels.insert(src, (source, start));
    }
    println!("  the others ask for no TXT record. {} queries and answers in all\n", events.len());

    let mut found: BTreeMap<(String, String), BTreeMap<&str, i64>> = BTreeMap::new();
    for (short, name, every, window) in RULES {
        let (mut now, mut rows_read) = (BEGIN + every, 0);
        while now <= BEGIN + DAY + every {
            let rows = rows(&events, now - window, now - LATEST, short == "channel");
            rows_read += rows.len();
            let mut lookups = searches::empty_lookups(&app)?;
            for row in searches::run(&app, name, rows, &mut lookups, now)?.rows {
                let cell = |name: &str| row.get(name).and_then(|values| values.first()).cloned().unwrap_or_default();
                found.entry((cell("src"), cell("domain"))).or_default().entry(short).or_insert(now);
            }
            now += every;
        }
        println!("{short} rule: {rows_read} rows of tstats in all runs");
    }
    print_findings(&found, &tunnels);
    Ok(())
}

fn print_findings(found: &BTreeMap<(String, String), BTreeMap<&str, i64>>, tunnels: &BTreeMap<String, (&str, i64)>) {
    println!("\n| tunnel | first found by the hourly rule after | by the channel rule after |\n| --- | --- | --- |");
    for (src, (source, start)) in tunnels {
        let after = |rule: &str| {
            let first = found.iter().filter(|((host, _), _)| host == src).filter_map(|(_, rules)| rules.get(rule)).min();
            first.map_or("-".to_owned(), |now| format!("{} min", (now - start) / 60))
        };
        println!("| {source} | {} | {} |", after("hourly"), after("channel"));
    }
    let ordinary: Vec<_> = found.iter().filter(|((src, _), _)| !tunnels.contains_key(src)).collect();
    for (short, ..) in RULES {
        let mine: Vec<_> = ordinary.iter().filter(|(_, rules)| rules.contains_key(short)).collect();
        let domains: BTreeSet<&str> = mine.iter().map(|((_, domain), _)| domain.as_str()).collect();
        let domains = domains.into_iter().collect::<Vec<_>>().join(", ");
        println!("\n{short} rule: {} findings of ordinary channels in the day, once per source and domain. {domains}", mine.len());
    }
}

/// An ordinary channel or a tunnel on a host, from this time on, as far as the day goes.
fn place(channel: &Channel, src: &str, start: i64, events: &mut Vec<Event>) {
    for (after, query, texts) in &channel.events {
        let time = start + *after as i64;
        if time >= BEGIN + DAY {
            break;
        }
        let answers = if texts.is_empty() { &["unknown".to_owned()][..] } else { texts };
        events.extend(answers.iter().map(|answer| Event { time, src: src.to_owned(), query: query.clone(), answer: answer.clone() }));
    }
}

/// The rows that the `tstats` of a rule delivers for a window.
fn rows(events: &[Event], from: i64, to: i64, with_unanswered: bool) -> Vec<Row> {
    let mut groups: BTreeMap<(&str, &str, &str), (u64, i64, i64)> = BTreeMap::new();
    let is_in = |event: &&Event| (from..to).contains(&event.time) && (with_unanswered || event.answer != "unknown");
    for Event { time, src, query, answer } in events.iter().filter(is_in) {
        let (count, first, last) = groups.entry((src, query, answer)).or_insert((0, *time, *time));
        *count += 1;
        *first = (*first).min(*time);
        *last = (*last).max(*time);
    }
    let row = |((src, query, answer), (count, first, last)): ((&str, &str, &str), (u64, i64, i64))| {
        let cells = [
            ("DNS.src", src.to_owned()),
            ("DNS.dest", "10.255.0.53".to_owned()),
            ("DNS.query", query.to_owned()),
            ("DNS.answer", answer.to_owned()),
            ("DNS.record_type", "TXT".to_owned()),
            ("count", count.to_string()),
            ("firstTime", first.to_string()),
            ("lastTime", last.to_string()),
        ];
        cells.map(|(name, value)| (name.to_owned(), vec![value])).into()
    };
    groups.into_iter().map(row).collect()
}

fn channels() -> Result<Vec<Channel>> {
    let path = root().join("../shared/named/channels.jsonl.gz");
    let failed = |e: std::io::Error| format!("{}: {e}; this task needs the channels of ../shared", path.display());
    let mut text = String::new();
    flate2::read::GzDecoder::new(fs::File::open(&path).map_err(failed)?).read_to_string(&mut text).map_err(failed)?;
    let channel = |line: &str| -> Result<Channel> {
        let value: Value = serde_json::from_str(line).map_err(|e| format!("{}: {e}", path.display()))?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let event = |event: &Value| {
            let texts = event[2].as_array().into_iter().flatten().map(text).filter(|text| !text.is_empty()).collect();
            (event[0].as_f64().unwrap_or_default(), text(&event[1]), texts)
        };
        let events = value["events"].as_array().into_iter().flatten().map(event).collect();
        Ok(Channel { source: text(&value["source"]), is_ordinary: value["kind"] == "benign", events })
    };
    text.lines().map(channel).collect()
}
