//! The original's tokens and an imported model, with small weights made by `tests/fixtures/original/make.py`, an independent
//! implementation of tokens and network. `xtask/tests/import.rs` uses the real weights.

mod common;

use std::path::{Path, PathBuf};

use common::{Installed, execute, getinfo, replies};
use dnstxtscore::model::Scorer;
use dnstxtscore::model::dsdl::DsdlModel;
use dnstxtscore::text;
use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/original").join(name)
}

/// Texts, their tokens, and the score of those that have one.
fn reference() -> Vec<(String, Vec<i32>, Option<f64>)> {
    let lines = std::fs::read_to_string(fixture("reference.jsonl")).unwrap();
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(rows.len() > 20);
    let ids = |row: &Value| row["token_ids"].as_array().unwrap().iter().map(|id| id.as_i64().unwrap() as i32).collect();
    rows.iter().map(|row| (row["text"].as_str().unwrap().to_owned(), ids(row), row["score"].as_f64())).collect()
}

/// Everything that needs the session, in one test, so that the model is opened once.
#[test]
fn tokens_and_scores_are_those_of_the_other_implementation_and_depend_on_the_text_alone() {
    let mut original = DsdlModel::open(&common::library(), &fixture("tiny")).unwrap();
    let reference = reference();
    for (text, ids, score) in &reference {
        assert_eq!(original.tokens(text.as_bytes()), *ids, "{text:?}");
        assert_eq!(text::raw_text(text.as_bytes()).is_some(), score.is_some(), "{text:?}");
    }
    let texts: Vec<&[u8]> = reference.iter().map(|(text, ..)| text.as_bytes()).collect();
    let together = original.score(&texts).unwrap();
    for ((text, _, wanted), score) in reference.iter().zip(&together) {
        assert_eq!(original.score(&[text.as_bytes()]).unwrap()[0], *score, "alone and with others: {text:?}");
        assert!(wanted.is_none_or(|wanted| (wanted - f64::from(score.value)).abs() < 1e-4), "{text:?}: {wanted:?}, {score:?}");
    }
    let many: Vec<&[u8]> = texts.iter().cycle().take(2000).copied().collect();
    assert_eq!(original.score(&many).unwrap()[1990..], together[(1990 % texts.len())..][..10]);
    assert!(original.score(&[]).unwrap().is_empty());
}

fn with_tiny() -> Installed {
    let installed = Installed::new();
    let folder = installed.app().join("models/tiny");
    std::fs::create_dir_all(&folder).unwrap();
    for file in ["model.onnx", "config.json"] {
        std::fs::copy(fixture("tiny").join(file), folder.join(file)).unwrap();
    }
    installed
}

#[test]
fn a_search_runs_an_imported_model_on_the_search_head_and_reads_cells_as_they_are() {
    let installed = with_tiny();
    let reference = reference();
    let cells: Vec<_> = reference.iter().map(|(text, ..)| format!("\"{}\"\n", text.replace('"', "\"\""))).collect();
    let input = [getinfo(&["model=tiny"]), execute(true, format!("text\n{}", cells.concat()).as_bytes())].concat();
    let output = installed.run(&[], &input);
    assert!(output.status.success(), "{output:?}");
    let replies = replies(&output.stdout);
    assert_eq!(replies[0].0["type"], "stateful");
    let mut table = csv::Reader::from_reader(&replies[1].1[..]);
    let rows: Vec<csv::ByteRecord> = table.byte_records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), reference.len());
    for (row, (text, _, wanted)) in rows.iter().zip(&reference) {
        let score = std::str::from_utf8(&row[1]).unwrap();
        match wanted {
            Some(wanted) => assert!((score.parse::<f64>().unwrap() - wanted).abs() < 1e-4, "{text:?}: {score}, {wanted}"),
            None => assert_eq!((score, &row[2]), ("", &b""[..]), "{text:?} has no token and so no score"),
        }
    }
}

#[test]
fn a_model_that_cannot_be_used_is_named_with_what_to_do() {
    let installed = with_tiny();
    let reported = |name: &str| {
        let output = installed.run(&[], &[getinfo(&[&format!("model={name}")]), execute(true, b"text\nabc\n")].concat());
        assert_eq!(output.status.code(), Some(1), "{name}");
        replies(&output.stdout).last().unwrap().0["error"].as_str().unwrap().to_owned()
    };
    let missing = reported("other");
    assert!(missing.starts_with("there is no model other in ") && missing.contains("/models; import one with"), "{missing}");
    assert!(reported("../tiny").contains("option model cannot be"));
    let config = installed.app().join("models/tiny/config.json");
    let whole = std::fs::read_to_string(&config).unwrap();
    for (what, words) in [
        (whole.replace("\"dsdl\"", "\"bert\""), "its kind is"),
        (whole.replace("\"padding\"", "\"pudding\""), "config.json"),
        (whole.replace("\"padding\": 160", "\"padding\": 9"), "not below the padding id"),
        (String::new(), "config.json"),
    ] {
        std::fs::write(&config, what).unwrap();
        assert!(reported("tiny").contains(words), "{words}: {}", reported("tiny"));
    }
    std::fs::write(&config, &whole).unwrap();
    std::fs::write(installed.app().join("models/tiny/model.onnx"), "no model").unwrap();
    assert!(reported("tiny").contains("does not match its model_sha256"), "{}", reported("tiny"));
    use dnstxtscore::digest::sha256;
    let own = std::fs::read(fixture("tiny").join("model.onnx")).unwrap();
    std::fs::write(&config, whole.replace(&sha256(&own), &sha256(b"no model"))).unwrap();
    assert!(reported("tiny").contains("model.onnx is not a model that this program can run"), "{}", reported("tiny"));
}

#[test]
fn the_embedded_model_has_a_name_too() {
    let output = Installed::new().run(&[], &[getinfo(&["model=dnstxt_v3"]), execute(true, b"text\nv=spf1 -all\n")].concat());
    let replies = replies(&output.stdout);
    assert_eq!(replies[0].0["type"], "streaming");
    assert!(String::from_utf8_lossy(&replies[1].1).contains(",0.0"), "{replies:?}");
}

#[test]
fn people_name_a_folder() {
    let folder = fixture("tiny");
    let output = Installed::new().run(&["score", "--output", "csv", "--model", folder.to_str().unwrap()], b"unknown\n\n\"'\n");
    let out = String::from_utf8(output.stdout).unwrap();
    let scores: Vec<&str> = out.lines().skip(1).map(|line| line.rsplit(',').nth(1).unwrap()).collect();
    let wanted = reference().into_iter().find(|(text, ..)| text == "unknown").unwrap().2.unwrap();
    assert!((scores[0].parse::<f64>().unwrap() - wanted).abs() < 1e-4 && scores[1..] == ["", ""], "{out}");
    let output = Installed::new().run(&["score", "--model", "/no/such/folder"], b"a\n");
    assert!(
        output.status.code() == Some(1) && String::from_utf8_lossy(&output.stderr).contains("/no/such/folder/config.json cannot be read")
    );
}

/// Found in use: with an imported model, explanations read the cell as it came, and Zeek's and captures' forms are of no type.
#[test]
fn an_imported_model_changes_no_explanation() {
    let installed = with_tiny();
    let types = |file: &str, model: &[&str]| -> Vec<String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/triage").join(file);
        let args = ["score", "--output", "jsonl", "--explain"];
        let output = installed.command(&args).args(model).arg(path).output().unwrap();
        let lines = String::from_utf8(output.stdout).unwrap();
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["txt_type"].as_str().unwrap().to_owned()).collect()
    };
    let folder = fixture("tiny");
    for file in ["tunnels.pcap.gz", "tunnels.zeek.log.gz", "tunnels.zeek.json.zst", "tunnels.eve3.json.gz"] {
        let [embedded, imported] = [types(file, &[]), types(file, &["--model", folder.to_str().unwrap()])];
        assert_eq!(embedded, imported, "{file}");
        if file == "tunnels.pcap.gz" {
            assert_eq!((imported.len(), imported.iter().filter(|name| !name.is_empty()).count()), (244, 97));
        }
    }
}
