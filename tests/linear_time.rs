//! Crafted input costs in proportion to its size: four times the bytes take about four times the CPU time, for every stage and
//! for repeated units that are hard for parsers and patterns. The figures are ratios of CPU time, the best of several.
#![cfg(unix)]

use std::hint::black_box;

use dnstxtscore::evidence::explanation::explain;
use dnstxtscore::evidence::record_types;
use dnstxtscore::model::{Score, features};
use dnstxtscore::splunk::multivalue;
use dnstxtscore::splunk::rows::{Field, Rows};
use dnstxtscore::triage::input::{self, ReadOptions};
use dnstxtscore::triage::output::{OutputFormat, Writer};
use dnstxtscore::triage::scoring::ScoredRecord;
use dnstxtscore::{domain, text};

/// What is repeated.
const UNITS: [&str; 30] = [
    "a",
    " ",
    "\"",
    "\\",
    "\\\"",
    "\" \"",
    "\\065",
    "\\x00",
    "TXT 1 a ",
    "TXT 99999 ",
    "$",
    "$$",
    "$a$;",
    ",",
    "\n",
    "\r\n",
    "\"\"",
    "\",\"",
    "include:%{i}.a ",
    "ip4:1.2.3.4/24 ",
    "k=a; ",
    "p=AAAA",
    "a.",
    "=",
    "/",
    "-",
    "4d 5a ",
    "QUJD/",
    "txtvers=1",
    "\u{e9}",
];
/// What comes before it, so that a parser continues.
const STARTS: [&str; 10] =
    ["", "\"", "TXT 9 ", "$", "v=spf1 ", "v=DKIM1; k=rsa; p=", "v=DMARC1; p=none; ", "google-site-verification=", "txtvers=1", "DNSC"];

/// What is measured.
type Stage<'s> = &'s dyn Fn(&[u8]) -> usize;

const SMALL: usize = 24 << 10;
/// Explanations read 64 KiB of a text, so larger texts cost no more.
const EXPLAINED: usize = 4 << 10;
const TIMES: usize = 4;

fn seconds(stage: Stage, input: &[u8]) -> f64 {
    let now = || {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    };
    let begun = now();
    black_box(stage(black_box(input)));
    now() - begun
}

/// How many times longer `TIMES` the bytes take: the best of several, because another process may disturb a measurement.
fn growth(stage: Stage, of: &dyn Fn(usize) -> Vec<u8>, small: usize) -> f64 {
    let (small, large) = (of(small), of(small * TIMES));
    let (mut one, mut many) = (f64::MAX, f64::MAX);
    for _ in 0..8 {
        (one, many) = (one.min(seconds(stage, &small)), many.min(seconds(stage, &large)));
        if many < TIMES as f64 * 1.5 * one {
            break;
        }
    }
    // Below some microseconds the first touch of memory dominates.
    if many < 150e-6 { 0.0 } else { many / one }
}

/// A step, such as the allocator's from its heap to separate pages, appears at one size only; quadratic growth appears at the next
/// size too. Found in CI: 8.0 times, once.
fn is_linear(stage: Stage, of: &dyn Fn(usize) -> Vec<u8>, small: usize) -> bool {
    [small, small * TIMES].iter().any(|small| growth(stage, of, *small) < TIMES as f64 * 2.0)
}

fn rows(body: &[u8]) -> usize {
    let (mut rows, mut cells, mut seen) = (Rows::new(body), Vec::new(), 0);
    let Ok(Some(_)) = rows.next(&mut cells) else { return 0 };
    // The field is the first column, or its twin, whatever their names.
    let field = Field::find(b"a,__mv_a", &[0..1, 2..8], "a");
    while let Ok(Some(_)) = rows.next(&mut cells) {
        black_box(field.texts(body, &cells));
        seen += 1;
    }
    seen
}

fn source(bytes: &[u8]) -> usize {
    let input = Box::new(std::io::Cursor::new(bytes.to_vec()));
    input::open(input, "file", &ReadOptions::default()).map_or(0, Iterator::count)
}

/// An event with as many answers as fit, written as lines of JSON: an attacker chooses their number.
fn answers(bytes: &[u8]) -> usize {
    let list = vec!["\"x\""; bytes.len() / 4].join(",");
    let event = format!("{{\"event_type\":\"dns\",\"dns\":{{\"grouped\":{{\"TXT\":[{list}]}}}}}}\n");
    let input = Box::new(std::io::Cursor::new(event.into_bytes()));
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out, OutputFormat::Jsonl, false, 0.5, None);
    for record in input::open(input, "file", &ReadOptions::default()).unwrap() {
        writer.record(&ScoredRecord::new(record.unwrap(), Some(Score::of_model(0.25)), text::scorable_text)).unwrap();
    }
    out.len()
}

#[test]
fn four_times_the_bytes_take_about_four_times_the_time() {
    let stages: [(&str, Stage, usize); 8] = [
        ("text", &|input| text::scorable_text(input).map_or(0, |value| value.len()), SMALL),
        ("features", &|input| features::windows(input).map(|window| window.bucket()).sum(), SMALL),
        ("rows", &rows, SMALL),
        ("multivalue", &|input| multivalue::decode(input).map_or(0, |values| values.len()), SMALL),
        ("domain", &|input| domain::registered_domain(input).map_or(0, |name| name.len()), SMALL),
        ("explanation", &|input| explain(Some(input)).reason.len(), EXPLAINED),
        ("record type", &|input| record_types::classify(input).map_or(0, |one| one.name.len()), SMALL),
        // Found in review: a long first line took 16 seconds to be recognised.
        ("source", &source, SMALL),
    ];
    // Found in review: an event was written once for each of its answers.
    assert!(is_linear(&answers, &|size| vec![b'x'; size], SMALL));
    let mut slow = Vec::new();
    for (name, stage, small) in stages {
        stage(b"v=spf1 -all"); // patterns are compiled at the first call
        for start in STARTS {
            for unit in UNITS {
                let of = |size: usize| [start, &unit.repeat(size / unit.len())].concat().into_bytes();
                if !is_linear(stage, &of, small) {
                    slow.push(format!("{name} on {start:?} and {unit:?}"));
                }
            }
        }
    }
    assert!(slow.is_empty(), "{slow:#?}");
}
