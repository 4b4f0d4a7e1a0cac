//! Channels: features and scores compared with an independent Python implementation, and whole conversations with channels.

mod common;

use std::collections::BTreeMap;

use common::{execute, getinfo};
use dnstxtscore::channel::features::{COUNT, Name, Text, features};
use dnstxtscore::channel::scorer::{ChannelScorer, ScoreChannels};
use dnstxtscore::model::{self, Score, Scorer};
use dnstxtscore::splunk::conversation::{Scorers, Settings, converse};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    /// Names and texts in Latin-1.
    names: BTreeMap<String, bool>,
    texts: BTreeMap<String, f32>,
    features: Vec<f32>,
    score: f32,
}

fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(c).unwrap()).collect()
}

impl Vector {
    fn computed(&self) -> [f32; COUNT] {
        let names: Vec<_> = self.names.iter().map(|(name, answered)| (latin_1(name), *answered)).collect();
        let texts: Vec<_> = self.texts.iter().map(|(text, score)| (latin_1(text), *score)).collect();
        let names: Vec<_> = names.iter().map(|(below, is_answered)| Name { below, is_answered: *is_answered }).collect();
        let texts: Vec<_> = texts.iter().map(|(part, score)| Text { part, bytes: part.len(), score: *score }).collect();
        features(&names, &texts)
    }
}

fn vectors() -> Vec<Vector> {
    let lines = include_str!("../models/channel_v1/reference.jsonl").lines();
    let vectors: Vec<Vector> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(vectors.len() >= 40);
    vectors
}

#[test]
fn features_are_those_of_the_python_implementation() {
    for (number, vector) in vectors().iter().enumerate() {
        for (place, (own, theirs)) in vector.computed().iter().zip(&vector.features).enumerate() {
            assert!((own - theirs).abs() < 2e-5, "channel {number}, feature {place}: {own} instead of {theirs}");
        }
    }
}

#[test]
fn scores_are_those_of_the_python_implementation_and_depend_on_the_channel_alone() {
    let mut model = ChannelScorer::open(&common::library()).unwrap();
    let all: Vec<_> = vectors().iter().map(Vector::computed).collect();
    let together = model.score(&all).unwrap();
    for ((score, vector), features) in together.iter().zip(vectors()).zip(&all) {
        assert!((score - vector.score).abs() < 1e-4, "{score} instead of {}", vector.score);
        let alone = model.score(std::slice::from_ref(features)).unwrap();
        assert!((alone[0] - score).abs() < 1e-6, "{} alone, {score} with others", alone[0]);
    }
    assert!(model.score(&[]).unwrap().is_empty());
}

/// Scores a text by its length.
struct ByLength;

impl Scorer for ByLength {
    fn score(&mut self, texts: &[&[u8]]) -> Result<Vec<Score>, model::Error> {
        Ok(texts.iter().map(|text| Score::of_model((text.len() as f32 / 100.0).min(1.0))).collect())
    }
}

/// Scores a channel by the share of its names without an answer.
struct ByUnanswered;

impl ScoreChannels for ByUnanswered {
    fn score(&mut self, channels: &[[f32; COUNT]]) -> Result<Vec<f32>, model::Error> {
        const UNANSWERED: usize = 26;
        Ok(channels.iter().map(|features| features[UNANSWERED]).collect())
    }
}

fn reply(args: &[&str], body: &str) -> String {
    let mut output = Vec::new();
    let input = [getinfo(args), execute(true, body.as_bytes())].concat();
    let open = &mut |options: &dnstxtscore::splunk::options::Options| {
        let channels = options.channel.then(|| Box::new(ByUnanswered) as Box<dyn ScoreChannels>);
        Ok(Scorers { texts: Box::new(ByLength), channels })
    };
    converse(&mut &input[..], &mut output, &Settings::default(), open).unwrap();
    let text = String::from_utf8(output).unwrap();
    text[text.find("src,").unwrap()..].to_owned()
}

#[test]
fn each_row_is_a_channel_and_gets_its_score_and_sentence() {
    let body = "src,exchange,__mv_exchange\n\
                a,,\"$0.t.example.com|abcdefghij$;$1.t.example.com|$;$2.t.example.com|x|y$\"\n\
                b,zone.example.com|,\n\
                c,,\n\
                d,www.example.net|v=spf1 -all,\n";
    assert_eq!(
        reply(&["field=exchange", "channel=true"], body),
        "src,exchange,__mv_exchange,predicted_is_unknown,pred_is_unknown,channel_score,channel_reason\n\
         a,,\"$0.t.example.com|abcdefghij$;$1.t.example.com|$;$2.t.example.com|x|y$\",0.100000,0,0.333333,\"2 different answers of 3 to 10 bytes, mostly plain text; 3 different names below the domain, of 3 characters; 1 of these names got no answer\"\n\
         b,zone.example.com|,,,,1.000000,\"no answers; one name queried\"\n\
         c,,,,,,\n\
         d,www.example.net|v=spf1 -all,,0.110000,0,0.000000,\"one answer of 11 bytes, plain text; one name queried\"\n"
    );
}

#[test]
fn known_services_are_named_and_their_score_stays() {
    let body = "src,exchange\na,2.0.0.127.zen.spamhaus.org|\n";
    let out = reply(&["exchange", "channel=t"], body);
    assert!(out.ends_with("1.000000,\"the domain of Spamhaus; no answers; one name queried\"\n"), "{out}");
}

#[test]
fn columns_of_an_older_channel_search_are_replaced() {
    let body = "src,exchange,channel_score,channel_reason\na,q.example.com|,0.9,old\n";
    let out = reply(&["exchange", "channel=t"], body);
    assert!(out.starts_with("src,exchange,predicted_is_unknown,pred_is_unknown,channel_score,channel_reason\n"), "{out}");
    assert!(!out.contains("old"), "{out}");
}

#[test]
fn the_order_of_exchanges_changes_nothing() {
    let (mut forth, mut back) = (Vec::new(), Vec::new());
    for number in 0..500 {
        forth.push(format!("${number:x}.t.example.com|{}$", number * 7919));
    }
    back.extend(forth.iter().rev().cloned());
    let body = format!("src,exchange,__mv_exchange\na,,\"{}\"\na,,\"{}\"\n", forth.join(";"), back.join(";"));
    let out = reply(&["exchange", "channel=t"], &body);
    let added: Vec<&str> = out.lines().skip(1).map(|line| line.rsplit_once("$\"").unwrap().1).collect();
    assert!(added.len() == 2 && added[0] == added[1] && added[0].contains("only some of its exchanges were examined"), "{added:?}");
}

#[test]
fn a_chunk_without_an_option_has_no_channel_columns() {
    assert!(!reply(&["exchange"], "src,exchange\na,x\n").contains("channel_score"));
}
