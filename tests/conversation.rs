//! Whole conversations in memory, compared byte for byte, with a fake in place of the model.

mod common;

use std::io::Cursor;

use common::{chunk, execute, getinfo};
use dnstxtscore::model::{self, Score, Scorer};
use dnstxtscore::splunk::conversation::{Scorers, Settings, Summary, converse};
use dnstxtscore::splunk::error::Error;
use proptest::prelude::*;

/// Scores a text by its length: 10 bytes are 0.1.
struct ByLength;

impl Scorer for ByLength {
    fn score(&mut self, texts: &[&[u8]]) -> Result<Vec<Score>, model::Error> {
        Ok(texts.iter().map(|text| Score::of_model((text.len() as f32 / 100.0).min(1.0))).collect())
    }
}

fn talk_to(
    input: &[u8],
    search_head_only: bool,
    mut open: impl FnMut() -> Result<Box<dyn Scorer>, model::Error>,
) -> (Vec<u8>, Result<Summary, Error>) {
    let settings = Settings { search_head_only, ..Settings::default() };
    let mut output = Vec::new();
    let outcome = converse(&mut Cursor::new(input), &mut output, &settings, &mut |_| open().map(Scorers::of_texts));
    (output, outcome)
}

fn talk(parts: &[Vec<u8>]) -> String {
    let (output, outcome) = talk_to(&parts.concat(), false, || Ok(Box::new(ByLength)));
    outcome.unwrap();
    String::from_utf8(output).unwrap()
}

/// Sets the one number of a reply that differs from run to run, the seconds of the cost, to 0.
fn without_seconds(stream: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut input = stream;
    let mut chunk = dnstxtscore::splunk::chunk::Chunk::default();
    while chunk.read(&mut input).unwrap() {
        let metadata = String::from_utf8(chunk.metadata.clone()).unwrap();
        let metadata = match metadata.split_once("score\":[") {
            Some((head, tail)) => format!("{head}score\":[0{}", &tail[tail.find(',').unwrap()..]),
            None => metadata,
        };
        out.extend(common::chunk(&metadata, &chunk.body));
    }
    out
}

/// The metadata and bodies of all replies, the seconds of the cost set to 0.
fn steady(stream: &[u8]) -> Vec<(String, Vec<u8>)> {
    common::replies(&without_seconds(stream)).into_iter().map(|(metadata, body)| (metadata.to_string(), body)).collect()
}

const INFO: &str = "chunked 1.0,47,0\n{\"type\":\"streaming\",\"required_fields\":[\"text\"]}";

#[test]
fn getinfo_alone_and_nothing_at_all() {
    assert_eq!(talk(&[]), "");
    assert_eq!(talk(&[getinfo(&[])]), INFO);
    assert_eq!(
        talk(&[getinfo(&["answer", "threshold=0.9"])]),
        "chunked 1.0,49,0\n{\"type\":\"streaming\",\"required_fields\":[\"answer\"]}"
    );
}

#[test]
fn explanations_are_of_the_value_that_scores_highest() {
    let body = b"text,__mv_text\n\"v=spf1 -all\nxx\",\"$v=spf1 -all$;$xx$\"\nunknown,\n";
    let replies = common::replies(talk(&[getinfo(&["explain=true"]), execute(true, body)]).as_bytes());
    let rows: Vec<&str> = std::str::from_utf8(&replies[1].1).unwrap().lines().collect();
    assert!(rows[0].ends_with(",pred_is_unknown,txt_type,txt_reason,txt_encoding,txt_decoded,txt_model_score"), "{}", rows[0]);
    assert!(
        rows[2].ends_with(",0.110000,0,spf,\"valid SPF; data could still hide in its host names or IP addresses\",none,,0.110000"),
        "{}",
        rows[2]
    );
    assert!(rows[3].ends_with(",,,,\"no answer to score\",,,"), "{}", rows[3]);
}

#[test]
fn local_and_search_head_are_stateful() {
    let stateful = "chunked 1.0,46,0\n{\"type\":\"stateful\",\"required_fields\":[\"text\"]}";
    assert_eq!(talk(&[getinfo(&["local=true"])]), stateful);
    let (output, _) = talk_to(&getinfo(&[]), true, || Ok(Box::new(ByLength)));
    assert_eq!(String::from_utf8(output).unwrap(), stateful);
}

#[test]
fn rows_as_splunkd_sends_them_with_required_fields() {
    let body =
        b"text,\"_chunked_idx\",\"__mv_text\",\"__mv__chunked_idx\"\n\"v=spf1 -all\",0,,\n\"a\nbcd\",1,\"$a$;$bcd$\",\nunknown,2,,\n";
    let reply = "text,\"_chunked_idx\",\"__mv_text\",\"__mv__chunked_idx\",predicted_is_unknown,pred_is_unknown\n\
                 \"v=spf1 -all\",0,,,0.110000,0\n\"a\nbcd\",1,\"$a$;$bcd$\",,0.030000,0\nunknown,2,,,,\n";
    let replies = talk(&[getinfo(&[]), execute(false, body)]);
    assert_eq!(replies, format!("{INFO}chunked 1.0,18,{}\n{{\"finished\":false}}{reply}", reply.len()));
}

#[test]
fn empty_chunks_header_only_chunks_and_last_chunks_with_rows() {
    let reported =
        |parts: &[Vec<u8>]| steady(&talk_to(&[&[getinfo(&[])], parts].concat().concat(), false, || Ok(Box::new(ByLength))).0)[1..].to_vec();
    let body = |text: &str| text.as_bytes().to_vec();
    let replies = reported(&[execute(false, b""), execute(false, b"text\n"), execute(true, b"text\nab\n")]);
    assert_eq!(replies[0], ("{\"finished\":false}".into(), vec![]));
    assert_eq!(replies[1].1, body("text,predicted_is_unknown,pred_is_unknown\n"));
    assert_eq!(replies[2].1, body("text,predicted_is_unknown,pred_is_unknown\nab,0.020000,0\n"));
    let metadata: serde_json::Value = serde_json::from_str(&replies[2].0).unwrap();
    assert_eq!(metadata["finished"], true);
    assert_eq!(metadata["inspector"]["metric.dnstxtscore.score"], serde_json::json!([0, 3, 1, 1]));
}

#[test]
fn columns_may_change_between_chunks_and_a_missing_field_is_empty() {
    let replies = steady(
        &talk_to(
            &[getinfo(&[]), execute(false, b"a,text\n1,xy\n"), execute(false, b"text,b\nxyz,2\n"), execute(false, b"src\nh\n")].concat(),
            false,
            || Ok(Box::new(ByLength)),
        )
        .0,
    );
    let bodies: Vec<_> = replies[1..].iter().map(|(_, body)| String::from_utf8_lossy(body).lines().nth(1).unwrap().to_owned()).collect();
    assert_eq!(bodies, ["1,xy,0.020000,0", "xyz,2,0.030000,0", "h,,"]);
}

#[test]
fn a_threshold_moves_the_verdict_and_not_the_score() {
    let replies = talk(&[getinfo(&["threshold=0.02"]), execute(false, b"text,n\nab,1\na,2\n")]);
    assert!(replies.ends_with("ab,1,0.020000,1\na,2,0.010000,0\n"), "{replies}");
}

#[test]
fn ten_megabytes_in_another_column_and_a_long_text_come_back() {
    let mut body = b"text,other\nab,\"".to_vec();
    body.extend(std::iter::repeat_n(b'\xff', 10 << 20));
    body.extend(b"\"\n");
    body.extend(std::iter::repeat_n(b'x', dnstxtscore::limits::MAX_TEXT_BYTES + 1));
    body.extend(b",\nab,\n");
    let replies =
        steady(&talk_to(&[getinfo(&[]), execute(false, &body), execute(false, &body)].concat(), false, || Ok(Box::new(ByLength))).0);
    assert!(replies[1].0.contains("\"WARN\"") && replies[1].0.contains("row 2"), "{}", replies[1].0);
    assert!(!replies[2].0.contains("WARN"), "one warning a search");
    assert_eq!(replies[1].1.len(), body.len() + ",predicted_is_unknown,pred_is_unknown".len() + 2 * ",0.020000,0".len() + ",,".len());
}

/// Found by a mutant that no test noticed.
#[test]
fn more_than_ten_million_values_in_a_chunk_are_refused_with_a_sentence() {
    let values = |count: usize| format!("a,{}\n", vec!["$a$"; count].join(";"));
    let half = dnstxtscore::limits::MAX_TEXTS / 2;
    for (counts, refused) in [([half, half], false), ([half - 1, half + 2], true)] {
        let body = counts.iter().fold("text,__mv_text\n".to_owned(), |body, count| body + &values(*count));
        let (output, outcome) = talk_to(&[getinfo(&[]), execute(true, body.as_bytes())].concat(), false, || Ok(Box::new(ByLength)));
        assert_eq!(outcome.is_err(), refused);
        assert_eq!(String::from_utf8_lossy(&output).contains("10000000"), refused);
    }
}

#[test]
fn an_unknown_action_gets_its_rows_back() {
    let replies =
        steady(&talk_to(&[getinfo(&[]), chunk("{\"action\":\"later\"}", b"a\n1\n")].concat(), false, || Ok(Box::new(ByLength))).0);
    assert_eq!(replies[1], ("{\"finished\":false}".into(), b"a\n1\n".to_vec()));
}

#[test]
fn the_scorer_is_opened_once_and_only_for_a_text() {
    let mut opened = 0;
    let input = [getinfo(&[]), execute(false, b"text\n"), execute(false, b"text,n\nunknown,1\n")].concat();
    talk_to(&input, false, || {
        opened += 1;
        Ok(Box::new(ByLength))
    })
    .1
    .unwrap();
    assert_eq!(opened, 0);
    let input = [input, execute(false, b"text\nab\n"), execute(true, b"text\nab\n")].concat();
    talk_to(&input, false, || {
        opened += 1;
        Ok(Box::new(ByLength))
    })
    .1
    .unwrap();
    assert_eq!(opened, 1);
}

/// What the user reads for each kind of error.
#[test]
fn errors_say_what_happened_and_where() {
    let reported = |parts: &[Vec<u8>]| {
        let (output, outcome) = talk_to(&parts.concat(), false, || Ok(Box::new(ByLength)));
        let (metadata, body) = common::replies(&output).pop().unwrap();
        let error = outcome.unwrap_err().to_string();
        assert_eq!(metadata["error"], error.as_str());
        assert_eq!(metadata["inspector"]["messages"][0], serde_json::json!(["ERROR", error]));
        assert!(metadata["finished"] == true && body.is_empty());
        let raw = String::from_utf8_lossy(&output);
        assert!(raw.rfind("inspector") < raw.rfind("\"error\""), "inspector must come before error");
        error
    };
    assert!(reported(&[getinfo(&["treshold=1"])]).starts_with("unknown option \"treshold\"; the options are field=<field>"));
    assert!(reported(&[getinfo(&[]), execute(false, b"a,b\n1\n\"2,3\n")]).starts_with("chunk 2: row 2: a quoted cell"));
    assert!(reported(&[getinfo(&[]), execute(false, b"a,b\n1,2,3\n")]).starts_with("chunk 2: row 1 has more cells than the header"));
    assert!(reported(&[execute(false, b"text\na\n")]).contains("chunked = true"));
    assert!(reported(&[getinfo(&[]), chunk("{\"action\"", b"")]).starts_with("chunk 2: its metadata is not valid JSON"));
    assert!(reported(&[getinfo(&[]), b"GET / HTTP/1.1\n".to_vec()]).starts_with("chunk 2: expected a header"));
    assert!(reported(&[b"chunked 1.0,2,1073741825\n{}".to_vec()]).contains("limit is 1073741824"));
}

/// splunklib 2.1.1 answers the part that arrived as if it were complete.
#[test]
fn an_incomplete_chunk_is_not_answered_in_part() {
    let whole = [getinfo(&[]), execute(true, b"text,n\na,1\nb,2\nc,3\n")].concat();
    let (output, outcome) = talk_to(&whole[..whole.len() - 3], false, || Ok(Box::new(ByLength)));
    assert_eq!(String::from_utf8(output).unwrap(), INFO);
    assert!(outcome.unwrap_err().to_string().starts_with("chunk 2: input ended inside the body: 16 of 19 bytes; "));
}

fn bodies() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let text = prop_oneof![Just("unknown".to_string()), "[a-z =\"\n,$;]{0,40}"];
    prop::collection::vec(prop::collection::vec(text, 0..12), 1..5).prop_map(|chunks| {
        chunks
            .into_iter()
            .map(|texts| {
                let mut body = b"text,n\n".to_vec();
                for (i, text) in texts.iter().enumerate() {
                    dnstxtscore::splunk::rows::write_value(&mut body, text.as_bytes());
                    body.extend(format!(",{i}\n").bytes());
                }
                body
            })
            .collect()
    })
}

/// A reader that hands out the stream in pieces of the given sizes.
struct Pieces<'a>(&'a [u8], std::iter::Cycle<std::vec::IntoIter<usize>>);

impl std::io::Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = self.1.next().unwrap_or(1).min(into.len()).min(self.0.len());
        into[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

proptest! {
    #[test]
    fn byte_splits_do_not_change_the_replies(bodies in bodies(), sizes in prop::collection::vec(1..50usize, 1..8)) {
        let stream: Vec<u8> = [vec![getinfo(&[])], bodies.iter().map(|body| execute(false, body)).collect()].concat().concat();
        let whole = talk_to(&stream, false, || Ok(Box::new(ByLength))).0;
        let mut output = Vec::new();
        let mut input = std::io::BufReader::with_capacity(16, Pieces(&stream, sizes.into_iter().cycle()));
        converse(&mut input, &mut output, &Settings::default(), &mut |_| Ok(Scorers::of_texts(Box::new(ByLength)))).unwrap();
        prop_assert_eq!(output, whole);
    }

    #[test]
    fn chunkings_do_not_change_the_rows(bodies in bodies()) {
        let rows = |chunks: &[Vec<u8>]| -> Vec<u8> {
            let stream = [vec![getinfo(&[])], chunks.iter().map(|body| execute(false, body)).collect()].concat().concat();
            let head = "text,n,predicted_is_unknown,pred_is_unknown\n".len();
            steady(&talk_to(&stream, false, || Ok(Box::new(ByLength))).0)[1..].iter().flat_map(|(_, body)| body[head..].to_vec()).collect()
        };
        let together = [b"text,n\n".to_vec(), bodies.iter().flat_map(|body| body["text,n\n".len()..].to_vec()).collect()].concat();
        prop_assert_eq!(rows(&bodies), rows(&[together]));
    }
}

/// The complete chunks of a recording, as metadata and body. Read here once more, by hand: newlines may come before a header.
fn chunks_of(mut bytes: &[u8]) -> Vec<(serde_json::Value, Vec<u8>)> {
    let mut chunks = Vec::new();
    while let Some(rest) = bytes.trim_ascii_start().strip_prefix(b"chunked 1.0,") {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap();
        let lengths = std::str::from_utf8(&rest[..end]).unwrap().split_once(',').unwrap();
        let (metadata, body): (usize, usize) = (lengths.0.parse().unwrap(), lengths.1.parse().unwrap());
        let rest = &rest[end + 1..];
        let Some(content) = rest.get(..metadata + body) else { break };
        chunks.push((serde_json::from_slice(&content[..metadata]).unwrap(), content[metadata..].to_vec()));
        bytes = &rest[metadata + body..];
    }
    chunks
}

/// What an independent reader of CSV finds in the recordings: every row, in order, with the columns that came in.
#[test]
fn every_reply_holds_every_row() {
    let rows = |body: &[u8]| -> Vec<csv::ByteRecord> {
        let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(body);
        reader.into_byte_records().map(Result::unwrap).collect()
    };
    let ours = [b"predicted_is_unknown".as_slice(), b"pred_is_unknown", b"registered_domain"];
    let mut compared = 0;
    for path in requests() {
        let (request, reply) = (std::fs::read(&path).unwrap(), std::fs::read(path.with_extension("reply")).unwrap());
        for ((_, given), (metadata, got)) in chunks_of(&request).iter().zip(chunks_of(&reply)) {
            let (given, got) = (rows(given), rows(&got));
            if given.is_empty() || metadata.get("error").is_some() {
                continue;
            }
            assert_eq!(given.len(), got.len(), "{}", path.display());
            for (column, name) in
                given[0].iter().enumerate().filter(|(_, name)| !ours.contains(&name.strip_prefix(b"__mv_").unwrap_or(name)))
            {
                let place = got[0].iter().position(|other| other == name).unwrap();
                for (before, after) in given.iter().zip(&got) {
                    assert_eq!(before.get(column).unwrap_or_default(), &after[place], "{}", path.display());
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 80, "{compared} cells");
}

fn requests() -> Vec<std::path::PathBuf> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut requests: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "request")).collect();
    requests.sort();
    requests
}

/// `tests/recordings/*.request` are answered by `*.reply`, byte for byte. The replies were recorded from this program and then read;
/// `tests/recordings/README.md` says what confirmed each. `UPDATE_RECORDINGS=1 cargo test` records them again.
#[test]
fn recorded_conversations() {
    let requests = requests();
    assert!(requests.len() >= 20);
    for request in requests {
        let (output, _) = talk_to(&std::fs::read(&request).unwrap(), false, || Ok(Box::new(ByLength)));
        let (got, recorded) = (without_seconds(&output), request.with_extension("reply"));
        if std::env::var_os("UPDATE_RECORDINGS").is_some() {
            std::fs::write(&recorded, &got).unwrap();
        }
        let expected = std::fs::read(&recorded).unwrap();
        assert_eq!(got.escape_ascii().to_string(), expected.escape_ascii().to_string(), "{}", request.display());
    }
}
