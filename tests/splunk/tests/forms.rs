//! The forms in which add-ons deliver a TXT answer, as the table under *Data* in `docs/splunk.md` names them, through the shipped rules.

mod common;

use common::{rise, row};
use test_splunk::searches;

const PAYLOAD: &str = "JABjAD0ATgBlAHcALQBPAGIAagBlAGMAdAAgAE4AZQB0AC4AVwBlAGIAQwBsAGkAZQBuAHQA";

fn score(answer: &[&str]) -> Option<f64> {
    let mut one = row("192.0.2.7", "a.example.net", "");
    one.insert("DNS.answer".into(), answer.iter().map(|value| (*value).to_owned()).collect());
    rise(searches::DETECTION, vec![one]).first().map(|row| row["is_suspicious_score"][0].parse().unwrap())
}

#[test]
fn one_payload_scores_the_same_in_each_form() {
    let (start, end) = PAYLOAD.split_at(36);
    let expected = score(&[PAYLOAD]);
    assert!(expected > Some(0.9));
    for answer in [
        format!("TXT 72 {PAYLOAD}"),            // Zeek
        format!("TXT 36 {start} TXT 36 {end}"), // Zeek, two strings
        format!("\"{PAYLOAD}\""),               // a zone file
        format!("\"{start}\" \"{end}\""),
    ] {
        assert_eq!(score(&[&answer]), expected, "{answer}");
    }
}

#[test]
fn a_whole_record_and_a_list_of_values_are_found_too() {
    for answer in [&[&*format!("b.example. 3600 IN TXT \"{PAYLOAD}\"")][..], &["v=spf1 -all", PAYLOAD], &[&*format!("{PAYLOAD};")]] {
        assert!(score(answer) > Some(0.9), "{answer:?}");
    }
}

#[test]
fn what_is_no_answer_raises_nothing() {
    for answer in ["unknown", "null", "-", "(empty)", ""] {
        assert_eq!(score(&[answer]), None, "{answer}");
    }
}

/// BIND's and Umbrella's logs: queries alone.
#[test]
fn the_channel_rule_judges_queries_without_answers() {
    let rule = "DNSTXT - Detect sustained channel over DNS TXT answers - Rule";
    let rows = common::tunnel("192.0.2.7", "t.example.net", 30).into_iter().enumerate().map(|(number, mut row)| {
        let data = row["DNS.answer"][0].replace(['+', '/'], "x");
        row.insert("DNS.query".into(), vec![format!("{}.{number:x}.t.example.net", &data[..50])]);
        row.insert("DNS.answer".into(), vec!["unknown".into()]);
        row
    });
    assert_eq!(rise(rule, rows.collect())[0]["domain"], ["example.net"]);
}
