//! The part of the bench that runs in this process: the command without its model, and the csv crate on the same bytes.

use std::fs;
use std::hint::black_box;
use std::io::BufReader;

use dnstxtscore::channel::exchanges::Exchanges;
use dnstxtscore::channel::reason::reason;
use dnstxtscore::channel::scorer::{ChannelScorer, ScoreChannels};
use dnstxtscore::evidence::signs;
use dnstxtscore::model::batches::Batches;
use dnstxtscore::model::embedded;
use dnstxtscore::model::{self, Score, Scorer, runtime};
use dnstxtscore::splunk::chunk::Chunk;
use dnstxtscore::splunk::conversation::{Scorers, Settings, converse};
use serde_json::json;

use super::statistics::median;
use super::texts::bodies;
use crate::{Result, root};

/// Everything but the model: each row of a batch has the same score.
struct WithoutModel(Batches);

impl Scorer for WithoutModel {
    fn score(&mut self, texts: &[&[u8]]) -> std::result::Result<Vec<Score>, model::Error> {
        let scores = self.0.score(texts, &mut |batch, scores| {
            scores.extend(std::iter::repeat_n(0.25, black_box(batch).dim().0));
            Ok(())
        })?;
        Ok(scores.into_iter().map(Score::of_model).collect())
    }
}

/// The same score for every text, without making ids.
struct Constant;

impl Scorer for Constant {
    fn score(&mut self, texts: &[&[u8]]) -> std::result::Result<Vec<Score>, model::Error> {
        Ok(vec![Score::of_model(0.25); texts.len()])
    }
}

/// Microseconds of CPU per row, several measurements of each, alternating: everything but the run of the model, from a file and
/// without output; rows only, with a constant score; the csv crate reading and writing the same bytes; a copy of them.
///
/// Each is the median over the chunks after the first, in which memory is touched for the first time.
pub(super) fn outside_the_model(texts: &[Vec<u8>], times: usize) -> Result<[Vec<f64>; 4]> {
    let path = root().join("target/bench.chunks");
    let written = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut file = fs::File::create(&path).map_err(written)?;
    let getinfo = json!({"action": "getinfo", "searchinfo": {"args": [], "sid": "1", "app": "search"}}).to_string();
    Chunk::write(&mut file, getinfo.as_bytes(), b"").map_err(written)?;
    // The same texts with another last letter, so that the cache holds none.
    let more = (b'a'..b'd').map(|letter| texts.iter().map(|text| [&text[..], &[letter]].concat()).collect::<Vec<_>>());
    let bodies: Vec<_> = more.flat_map(|texts| bodies(&texts)).collect();
    for (body, _) in &bodies {
        Chunk::write(&mut file, br#"{"action":"execute","finished":false}"#, body).map_err(written)?;
    }
    let per_row = |ends: Vec<f64>| {
        let chunks = ends.windows(2).zip(&bodies[1..]);
        median(chunks.map(|(ends, (_, rows))| (ends[1] - ends[0]) * 1e6 / *rows as f64).collect())
    };
    let run = |open: &dyn Fn() -> Box<dyn Scorer>| -> Result<f64> {
        let (mut input, mut output) = (BufReader::new(fs::File::open(&path).map_err(written)?), Ends(Vec::new()));
        converse(&mut input, &mut output, &Settings::default(), &mut |_| Ok(Scorers::of_texts(open()))).map_err(|e| e.to_string())?;
        Ok(per_row(output.0[1..].to_vec())) // the first reply is getinfo's
    };
    let by_csv = || -> Result<f64> {
        let (mut ends, mut out) = (Vec::new(), Vec::new());
        for (body, _) in &bodies {
            out.clear();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&body[..]);
            let (mut writer, mut row) = (csv::Writer::from_writer(&mut out), csv::ByteRecord::new());
            while reader.read_byte_record(&mut row).map_err(|e| e.to_string())? {
                writer.write_byte_record(&row).map_err(|e| e.to_string())?;
            }
            writer.flush().map_err(|e| e.to_string())?;
            drop(writer);
            black_box(&out);
            ends.push(thread_cpu());
        }
        Ok(per_row(ends))
    };
    let by_copy = || {
        let (mut ends, mut out) = (Vec::new(), Vec::new());
        for (body, _) in &bodies {
            out.clear();
            out.extend_from_slice(black_box(body));
            black_box(&out);
            ends.push(thread_cpu());
        }
        per_row(ends)
    };
    let mut all: [Vec<f64>; 4] = Default::default();
    for _ in 0..times.min(9) {
        all[0].push(run(&|| Box::new(WithoutModel(Batches::new(embedded::table().expect("the model opened")))))?);
        all[1].push(run(&|| Box::new(Constant))?);
        all[2].push(by_csv()?);
        all[3].push(by_copy());
    }
    let _ = fs::remove_file(&path);
    Ok(all)
}

/// Microseconds of CPU per text to look for signs, and how many texts of the measured ones have one.
pub(super) fn signs_per_text(texts: &[Vec<u8>], times: usize) -> (Vec<f64>, usize) {
    // One after the other, as they stand in a chunk.
    let chunk = texts.concat();
    let mut rest = &*chunk;
    let texts: Vec<&[u8]> = texts
        .iter()
        .map(|text| {
            let (text, after) = rest.split_at(text.len());
            rest = after;
            text
        })
        .collect();
    let mut found = 0;
    let measured = (0..times.max(3)).map(|_| {
        let begun = thread_cpu();
        found = texts.iter().filter(|text| signs::strongest(black_box(text)).is_some()).count();
        (thread_cpu() - begun) * 1e6 / texts.len() as f64
    });
    (measured.collect(), found)
}

/// Exchanges of a channel that is measured.
pub(super) const EXCHANGES: usize = 50;

/// Microseconds of CPU per channel of so many different queries and answers, whose scores are given: from the exchanges to the score and
/// the sentence.
pub(super) fn channel(texts: &[Vec<u8>], times: usize) -> Result<Vec<f64>> {
    let mut scorer = ChannelScorer::open(&root().join("bin").join(runtime::FILE_NAME)).map_err(|e| e.to_string())?;
    let channels: Vec<Vec<(String, &[u8])>> = texts
        .chunks_exact(EXCHANGES)
        .map(|texts| {
            texts
                .iter()
                .enumerate()
                .map(|(number, text)| (format!("{number:x}a7.{:x}.t.example.com", text.len() * 7919), &text[..]))
                .collect()
        })
        .collect();
    let mut measured = Vec::new();
    for _ in 0..times.max(3) {
        let begun = thread_cpu();
        // As in a search: one channel after the other, and the network for all of a group.
        let (mut features, mut said) = (Vec::new(), Vec::new());
        for exchanges in &channels {
            let mut channel = Exchanges::default();
            exchanges.iter().for_each(|(name, text)| channel.add(name.as_bytes(), Some((text, 0.25))));
            let parts = channel.parts();
            features.push(parts.features());
            said.push(reason(&parts, None));
        }
        black_box((scorer.score(&features).map_err(|e| e.to_string())?, said));
        measured.push((thread_cpu() - begun) * 1e6 / channels.len().max(1) as f64);
    }
    Ok(measured)
}

/// An output that only records when each reply was complete.
struct Ends(Vec<f64>);

impl std::io::Write for Ends {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Ok(black_box(bytes).len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.push(thread_cpu());
        Ok(())
    }
}

/// CPU seconds of this thread.
fn thread_cpu() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_increases() {
        let begun = thread_cpu();
        let mut sum = 0u64;
        for i in 0..20_000_000u64 {
            sum = sum.wrapping_add(black_box(i));
        }
        assert!(black_box(sum) > 0 && thread_cpu() > begun);
    }
}
