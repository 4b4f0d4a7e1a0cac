//! What splunkd sends: chunks, conversations and their rows.

use dnstxtscore::channel::features::COUNT;
use dnstxtscore::channel::scorer::ScoreChannels;
use dnstxtscore::model::{self, Score, Scorer};
use dnstxtscore::splunk::chunk::Chunk;
use dnstxtscore::splunk::conversation::{Scorers, Settings, converse};
use dnstxtscore::splunk::multivalue;
use dnstxtscore::splunk::rows::{self, Field, Layout, Rows, Texts};
use dnstxtscore::{columns, text};

use crate::{fake_score, table};

/// A stream of chunks: what was read is written and read again.
pub fn chunk(mut input: &[u8]) {
    let (mut chunk, mut again) = (Chunk::default(), Chunk::default());
    while let Ok(true) = chunk.read(&mut input) {
        let mut written = Vec::new();
        Chunk::write(&mut written, &chunk.metadata, &chunk.body).unwrap();
        assert!(again.read(&mut &written[..]).unwrap());
        assert_eq!((&again.metadata, &again.body), (&chunk.metadata, &chunk.body));
    }
}

/// Scores as `fake_score` does.
struct Fake;

impl Scorer for Fake {
    fn score(&mut self, texts: &[&[u8]]) -> Result<Vec<Score>, model::Error> {
        Ok(texts.iter().map(|text| Score::of_model(fake_score(text))).collect())
    }
}

/// Arguments of the command that a conversation may have.
const ARGS: [&[&str]; 11] = [
    &[],
    &["field=text"],
    &["a"],
    &["domain=query"],
    &["field=a", "domain=a"],
    &["field=text", "threshold=0.1", "local=t"],
    &["field=__mv_text"],
    &["threshold=2"],
    &["explain=t", "domain=query"],
    &["field=a", "channel=t"],
    &["text", "channel=t", "explain=t"],
];
/// Scores every channel alike.
struct FakeChannels;

impl ScoreChannels for FakeChannels {
    fn score(&mut self, channels: &[[f32; COUNT]]) -> Result<Vec<f32>, model::Error> {
        assert!(channels.iter().flatten().all(|feature| feature.is_finite()));
        Ok(vec![0.5; channels.len()])
    }
}

fn scorers() -> Scorers {
    Scorers { texts: Box::new(Fake), channels: Some(Box::new(FakeChannels)) }
}

/// Stands between the bodies of a conversation that is made here.
const SEPARATOR: &[u8] = b"\n====\n";

/// A whole conversation. The first byte chooses arguments, or that the rest is a stream as it is; else the rest is bodies
/// with `SEPARATOR` between them. Every row comes back, in order, other columns as they were, a score in 0..1 or none.
pub fn conversation(input: &[u8]) {
    let Some((choice, rest)) = input.split_first() else { return };
    if *choice >= 0x80 {
        let _ = converse(&mut &rest[..], &mut Vec::new(), &Settings::default(), &mut |_| Ok(scorers()));
        return;
    }
    let args = ARGS[usize::from(*choice) % ARGS.len()];
    let bodies = split(rest);
    let mut stream = Vec::new();
    let getinfo = serde_json::json!({"action": "getinfo", "searchinfo": {"args": args, "sid": "1", "app": "search"}});
    Chunk::write(&mut stream, getinfo.to_string().as_bytes(), b"").unwrap();
    for body in &bodies {
        Chunk::write(&mut stream, br#"{"action":"execute","finished":false}"#, body).unwrap();
    }
    let mut output = Vec::new();
    let outcome = converse(&mut &stream[..], &mut output, &Settings::default(), &mut |_| Ok(scorers()));
    let (mut replies, mut reply, mut count) = (&output[..], Chunk::default(), 0);
    while reply.read(&mut replies).expect("a reply that cannot be read") {
        let said: serde_json::Value = serde_json::from_slice(&reply.metadata).expect("metadata that is no JSON");
        if count > 0 && said.get("error").is_none() {
            compare(bodies[count - 1], &reply.body, args);
        }
        if said.get("error").is_some() && count > 0 {
            assert!(table(bodies[count - 1]).is_err(), "refused though a table: {said}");
        }
        assert_eq!(said.get("error").is_some(), outcome.is_err() && replies.is_empty(), "{said}");
        count += 1;
    }
    let bad_args = args.contains(&"threshold=2") || args.contains(&"field=__mv_text");
    assert_eq!(outcome.is_err(), bad_args || bodies.iter().any(|body| table(body).is_err()));
    assert!(outcome.is_err() || count == bodies.len() + 1, "{count} replies");
}

fn split(mut rest: &[u8]) -> Vec<&[u8]> {
    let mut bodies = Vec::new();
    while let Some(at) = rest.windows(SEPARATOR.len()).position(|part| part == SEPARATOR) {
        bodies.push(&rest[..at]);
        rest = &rest[at + SEPARATOR.len()..];
    }
    bodies.push(rest);
    bodies
}

fn threshold(args: &[&str]) -> f64 {
    args.iter().find_map(|arg| arg.strip_prefix("threshold=")).map_or(0.5, |value| value.parse().unwrap())
}

/// What a row must score: the highest of its values, each for itself; those of the twin where it holds a list.
fn score_of(header: &[Vec<u8>], row: &[Vec<u8>], args: &[&str]) -> Option<f32> {
    let bare = args.iter().find(|arg| !arg.contains('='));
    let field = args.iter().find_map(|arg| arg.strip_prefix("field=")).or(bare.copied()).unwrap_or("text");
    let cell = |name: String| header.iter().position(|column| *column == name.as_bytes()).and_then(|column| row.get(column));
    let values = cell(format!("__mv_{field}")).and_then(|twin| multivalue::decode(twin));
    let values = values.unwrap_or_else(|| cell(field.to_owned()).into_iter().map(|cell| (&cell[..]).into()).collect());
    let answer = |value: &[u8]| -> Vec<u8> {
        match value.iter().position(|byte| *byte == b'|') {
            _ if !args.contains(&"channel=t") => value.to_vec(),
            Some(at) => value[at + 1..].to_vec(),
            None => Vec::new(),
        }
    };
    let values: Vec<Vec<u8>> = values.iter().map(|value| answer(value)).collect();
    values.iter().filter_map(|value| text::scorable_text(value)).map(|value| fake_score(&value)).reduce(f32::max)
}

/// A reply's rows are the request's, in order: all other columns, then ours.
fn compare(request: &[u8], reply: &[u8], args: &[&str]) {
    let (asked, answered) = (table(request).expect("answered though no table"), table(reply).expect("a reply that is no table"));
    assert_eq!(asked.len(), answered.len(), "rows");
    let Some(header) = asked.first() else { return };
    let mut ours = columns::SCORE.to_vec();
    ours.extend(args.iter().any(|arg| arg.starts_with("domain=")).then_some(columns::REGISTERED_DOMAIN));
    ours.extend(columns::EXPLANATION.into_iter().filter(|_| args.contains(&"explain=t")));
    ours.extend(columns::CHANNEL.into_iter().filter(|_| args.contains(&"channel=t")));
    let is_ours = |name: &Vec<u8>| {
        let plain = name.strip_prefix(multivalue::PREFIX.as_bytes()).unwrap_or(name);
        ours.iter().any(|own| own.as_bytes() == plain)
    };
    let kept: Vec<usize> = (0..header.len()).filter(|column| !is_ours(&header[*column])).collect();
    for (number, (row, answer)) in asked.iter().zip(&answered).enumerate() {
        if number > 0 && row.len() == 1 && row[0].is_empty() && answer.len() == 1 {
            continue; // an empty line goes back as it came
        }
        assert_eq!(answer.len(), kept.len() + ours.len(), "cells of row {number}");
        for (cell, column) in answer.iter().zip(&kept) {
            assert_eq!(cell, row.get(*column).map_or(&[][..], |cell| cell), "row {number}, column {column}");
        }
        if number == 0 {
            assert_eq!(
                answer[kept.len()..kept.len() + ours.len()].iter().map(|name| std::str::from_utf8(name).unwrap()).collect::<Vec<_>>(),
                ours
            );
            continue;
        }
        let mut expected = Vec::new();
        columns::write_score_cells(&mut expected, score_of(header, row, args), threshold(args));
        let added = [&b","[..], &answer[kept.len()], b",", &answer[kept.len() + 1]].concat();
        assert_eq!(String::from_utf8_lossy(&added), String::from_utf8_lossy(&expected), "row {number}");
    }
}

/// A body: what its cells say, written as splunkd writes, is read as the same; twins are read as they were written.
pub fn rows(body: &[u8]) {
    if let Ok(read) = table(body) {
        let mut written = Vec::new();
        for row in &read {
            for (i, cell) in row.iter().enumerate() {
                written.extend((i > 0).then_some(b','));
                // Not every reader takes an empty line for a row with one empty cell, so the cell is quoted.
                if cell.is_empty() && row.len() == 1 { written.extend(b"\"\"") } else { rows::write_value(&mut written, cell) }
            }
            written.push(b'\n');
        }
        assert_eq!(table(&written).unwrap(), read);
        let mut cells = Vec::new();
        let mut rows = Rows::new(body);
        if let Ok(Some(header)) = rows.next(&mut cells) {
            let (layout, field) = (Layout::new(body, &cells, &["a", "b"]), Field::find(body, &cells, "text"));
            let mut reply = Vec::new();
            layout.write(&mut reply, body, header, b",a,b").unwrap();
            while let Ok(Some(row)) = rows.next(&mut cells) {
                layout.write(&mut reply, body, row, b",0,0").unwrap();
                if let Texts::Many(values) = field.texts(body, &cells) {
                    assert!(!values.is_empty());
                }
            }
        }
    }
    if let Some(values) = multivalue::decode(body) {
        assert_eq!(multivalue::encode(&values), body);
    }
    let values: Vec<&[u8]> = body.split(|byte| *byte == b'\n').collect();
    assert_eq!(multivalue::decode(&multivalue::encode(&values)).unwrap(), values);
}
