//! The generators that the model is trained on, checked by the table of record types: their known records are valid, their
//! disguises are not, and no simple feature of a text gives its label away.

use std::io::Write;
use std::process::Command;

use dnstxtscore::evidence::record_types::{self, FreePart};
use dnstxtscore::text;
use serde_json::Value;
use xtask::label;

/// Rows of `models/train/generate.py`, with each text as the model sees it.
fn generated(what: &str, count: usize) -> Vec<(Value, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("samples.jsonl");
    let mut file = std::fs::File::create(&path).unwrap();
    for one in label::sampled() {
        for text in label::samples(one, 60, 5).unwrap() {
            writeln!(file, "{}", serde_json::json!({"type": one.name, "group": one.group.name(), "text": text})).unwrap();
        }
    }
    let script = xtask::root().join("models/train/generate.py");
    let count = count.to_string();
    let done = Command::new("python3").arg(script).args([what, "--count", &count, "--seed", "9", "--samples"]).arg(&path).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let lines = String::from_utf8(done.stdout).unwrap();
    lines
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            let value = text::normalise(row["text"].as_str().unwrap().as_bytes()).into_owned();
            (row, value)
        })
        .collect()
}

#[test]
fn every_type_is_generated_and_each_generated_record_is_of_its_type() {
    let rows = generated("known", 6000);
    for one in record_types::all().filter(|one| one.name != "verification:other") {
        assert!(rows.iter().any(|(row, _)| row["type"] == one.name), "nothing generates {}", one.name);
    }
    for (row, value) in rows {
        let found = record_types::classify(&value).map(|one| one.name);
        assert_eq!(found, row["type"].as_str(), "{}", String::from_utf8_lossy(&value));
    }
}

/// Found in review: a module was split, and training took names from where they no longer were. Training itself is too slow here.
#[test]
fn every_name_that_training_imports_is_defined() {
    let root = xtask::root();
    let output = Command::new("python3").arg(root.join("xtask/tests/names.py")).arg(root.join("models/train")).output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
}

/// A disguised payload breaks the format around it, or the format names a free part for it.
#[test]
fn a_disguise_breaks_its_format_or_the_format_names_a_free_part() {
    let rows = generated("disguised", 6000);
    let kept: Vec<_> = rows.iter().filter_map(|(_, value)| record_types::classify(value).map(|one| (one, value))).collect();
    for (one, value) in &kept {
        assert_ne!(one.free_part, FreePart::Nothing, "{} says that it has no free part for {}", one.name, String::from_utf8_lossy(value));
    }
    assert!(kept.len() * 5 < rows.len(), "{} of {} disguises are valid records", kept.len(), rows.len());
}

/// Disguises that are held out for evaluation: if training wrote one of them, the figure would say nothing.
#[test]
fn training_writes_none_of_the_forms_that_judge() {
    let disguised = generated("disguised", 20_000);
    for (form, _) in generated("unseen", 1) {
        let [before, after] = ["before", "after"].map(|end| form[end].as_str().unwrap().trim().as_bytes());
        assert!(before.len() + after.len() >= 5, "{form} says too little to look for");
        for (_, text) in &disguised {
            assert!(!(text.starts_with(before) && text.ends_with(after)), "{form} is in {}", String::from_utf8_lossy(text));
        }
    }
}

#[test]
fn training_meets_every_known_type() {
    let met: std::collections::HashSet<_> =
        generated("benign", 40_000).iter().filter_map(|(_, text)| record_types::classify(text)).map(|one| one.name).collect();
    let missing: Vec<_> = record_types::all().map(|one| one.name).filter(|name| !met.contains(name)).collect();
    assert!(missing.len() <= 3, "{missing:?}"); // of some, one in 30,000 texts
}

/// A sign of the surface, and whether a text bears it.
type Sign = (&'static str, fn(&[u8]) -> bool);

const SIGNS: [Sign; 20] = [
    ("ends in =", |text| text.ends_with(b"=")),
    ("holds =", |text| text.contains(&b'=')),
    ("length is a multiple of 4", |text| text.len() % 4 == 0),
    ("length is odd", |text| text.len() % 2 == 1),
    ("holds a dot", |text| text.contains(&b'.')),
    ("holds a quote", |text| text.contains(&b'"') || text.contains(&b'\'')),
    ("holds a space", |text| text.contains(&b' ')),
    ("holds a slash", |text| text.contains(&b'/')),
    ("holds a plus", |text| text.contains(&b'+')),
    ("holds a semicolon", |text| text.contains(&b';')),
    ("starts with v=", |text| text.starts_with(b"v=")),
    ("no uppercase letter", |text| !text.iter().any(u8::is_ascii_uppercase)),
    ("no lowercase letter", |text| !text.iter().any(u8::is_ascii_lowercase)),
    ("no digit", |text| !text.iter().any(u8::is_ascii_digit)),
    ("beyond ASCII", |text| !text.is_ascii()),
    ("not UTF-8", |text| std::str::from_utf8(text).is_err()),
    ("holds a backslash", |text| text.contains(&b'\\')),
    ("holds a dollar", |text| text.contains(&b'$')),
    ("hexadecimal digits only", |text| text.iter().all(u8::is_ascii_hexdigit)),
    ("letters and digits only", |text| text.iter().all(u8::is_ascii_alphanumeric)),
];

/// Lengths between which each label must be found often enough that length alone says little. Shorter suspicious texts are
/// left out of training on purpose: they say too little.
const LENGTHS: [usize; 9] = [22, 34, 48, 70, 100, 160, 300, 600, 4000];

/// Rates may differ by this factor: no more than what a single weak sign should say.
const FACTOR: f64 = 6.0;

#[test]
fn no_sign_on_the_surface_gives_the_label_away() {
    let ordinary: Vec<_> = generated("benign", 6000).into_iter().map(|(_, value)| value).collect();
    let mut suspicious: Vec<_> = generated("suspicious", 3000).into_iter().map(|(_, value)| value).collect();
    suspicious.extend(generated("disguised", 3000).into_iter().map(|(_, value)| value));
    let rate = |texts: &[Vec<u8>], sign: &dyn Fn(&[u8]) -> bool| texts.iter().filter(|text| sign(text)).count() as f64 / texts.len() as f64;
    let mut given_away = Vec::new();
    let mut compare = |name: &str, sign: &dyn Fn(&[u8]) -> bool| {
        let (a, b) = (rate(&ordinary, sign), rate(&suspicious, sign));
        if a.max(b) > FACTOR * a.min(b) {
            given_away.push(format!("{name}: {:.1} % of ordinary texts, {:.1} % of suspicious ones", 100.0 * a, 100.0 * b));
        }
    };
    for (name, sign) in SIGNS {
        compare(name, &|text| sign(text));
    }
    for pair in LENGTHS.windows(2) {
        compare(&format!("{} to {} bytes", pair[0], pair[1] - 1), &|text| (pair[0]..pair[1]).contains(&text.len()));
    }
    assert!(given_away.is_empty(), "{}", given_away.join("\n"));
}
