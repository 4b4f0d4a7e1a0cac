//! From sources to judged records: read, scored in batches, and chosen.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;

use crate::scorer::Remembering;
use crate::source::{Broken, Record};
use crate::{domain, limits, session, text, verdict};

/// Records that are scored at once, and bytes of them.
const AT_ONCE: usize = 4096;
const BYTES_AT_ONCE: usize = 8 << 20;

/// A record and its probability, as it is printed; `None` without an answer, or with one above 1 MiB.
#[derive(Debug)]
pub struct Judged {
    pub record: Record,
    pub score: Option<f64>,
    /// How the model reads an answer.
    pub reads: text::Reads,
}

impl Judged {
    /// Whether it reaches a threshold.
    pub fn reaches(&self, threshold: f64) -> bool {
        self.score.is_some_and(|score| verdict::is_suspicious(score, threshold))
    }

    /// The text that was scored.
    pub fn text(&self) -> Option<Cow<'_, [u8]>> {
        (self.reads)(&self.record.answer)
    }

    /// The registered domain of the queried name, or the name itself where it has none, in lower case.
    pub fn domain(&self) -> String {
        let query = &self.record.query;
        domain::registered(query.as_bytes()).unwrap_or_else(|| query.trim_end_matches('.').to_lowercase())
    }
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub records: u64,
    /// Records at or above the threshold.
    pub suspicious: u64,
    pub broken: u64,
}

/// Why judging ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Session(#[from] session::Error),
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// What judges records.
pub struct Judge {
    pub scorer: Remembering,
    /// How the model reads an answer.
    pub reads: text::Reads,
    pub threshold: f64,
}

impl Judge {
    /// Judges every record of a source, in order, and counts. What is broken is handed on, and the rest is read.
    pub fn read(
        &mut self,
        source: &mut dyn Iterator<Item = Result<Record, Broken>>,
        tally: &mut Tally,
        broken: &mut dyn FnMut(&Broken),
        each: &mut dyn FnMut(Judged) -> io::Result<()>,
    ) -> Result<(), Error> {
        loop {
            let batch = batch(source, tally, broken);
            if batch.is_empty() {
                return Ok(());
            }
            let texts: Vec<_> =
                batch.iter().map(|record| (self.reads)(&record.answer).filter(|_| record.answer.len() <= limits::TEXT_BYTES)).collect();
            let (scores, _) = self.scorer.score(&texts.iter().flatten().collect::<Vec<_>>())?;
            let mut scores = scores.iter().copied().map(verdict::printed);
            let scores: Vec<Option<f64>> = texts.iter().map(|text| text.as_ref().and_then(|_| scores.next())).collect();
            drop(texts);
            // Counted first: what was scored counts, even where nobody reads on.
            tally.records += batch.len() as u64;
            tally.suspicious += scores.iter().flatten().filter(|score| verdict::is_suspicious(**score, self.threshold)).count() as u64;
            batch.into_iter().zip(scores).try_for_each(|(record, score)| each(Judged { record, score, reads: self.reads }))?;
        }
    }
}

/// The next records of a source, as many as are scored at once; none where it has ended.
fn batch(source: &mut dyn Iterator<Item = Result<Record, Broken>>, tally: &mut Tally, broken: &mut dyn FnMut(&Broken)) -> Vec<Record> {
    let (mut batch, mut bytes): (Vec<Record>, usize) = (Vec::new(), 0);
    let mut say = |part: Broken| {
        tally.broken += 1;
        broken(&part);
    };
    while batch.len() < AT_ONCE
        && bytes < BYTES_AT_ONCE
        && let Some(record) = source.next()
    {
        match record {
            Ok(record) => {
                bytes += record.answer.len() + record.object.as_ref().map_or(0, |object| object.len());
                bytes += record.query.len() + record.client.len() + record.server.len();
                if record.answer.len() > limits::TEXT_BYTES {
                    let place = format!("answer {}", tally.records + batch.len() as u64 + 1);
                    say(Broken { place, what: format!("it is longer than {} MiB and gets no score", limits::TEXT_BYTES >> 20) });
                }
                batch.push(record);
            }
            Err(part) => say(part),
        }
    }
    batch
}

/// An order of records that are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Order {
    /// The highest score first
    Score,
    /// The earliest first; without a time last
    Time,
}

/// Keeps the records with the highest scores, of equal ones those that came first; all of them without a limit.
pub struct Highest {
    limit: Option<usize>,
    kept: BinaryHeap<Reverse<Ranked>>,
    seen: u64,
}

struct Ranked(Judged, u64);

impl Ranked {
    /// Scores are millionths, and below all of them stands a record without one.
    fn rank(&self) -> (i64, Reverse<u64>) {
        (self.0.score.map_or(-1, |score| (score * 1e6).round() as i64), Reverse(self.1))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl Highest {
    pub fn new(limit: Option<usize>) -> Self {
        Self { limit, kept: BinaryHeap::new(), seen: 0 }
    }

    pub fn add(&mut self, judged: Judged) {
        self.seen += 1;
        self.kept.push(Reverse(Ranked(judged, self.seen)));
        if self.limit.is_some_and(|limit| self.kept.len() > limit) {
            self.kept.pop();
        }
    }

    /// What was kept, in an order.
    pub fn sorted(self, order: Order) -> Vec<Judged> {
        let mut kept: Vec<Ranked> = self.kept.into_iter().map(|Reverse(ranked)| ranked).collect();
        match order {
            Order::Score => kept.sort_by_key(|ranked| Reverse(ranked.rank())),
            Order::Time => kept.sort_by_key(|ranked| (ranked.0.record.time.is_none(), ranked.0.record.time, ranked.1)),
        }
        kept.into_iter().map(|ranked| ranked.0).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::scorer::Score;

    /// A judged record, for tests of what shows them.
    pub(crate) fn judged(query: &str, client: &str, answer: &str, score: Option<f64>) -> Judged {
        let (query, client) = (query.into(), client.into());
        Judged { record: Record { query, client, answer: answer.into(), ..Record::default() }, score, reads: text::answer }
    }

    struct ByLength;

    impl Score for ByLength {
        fn score(&mut self, texts: &[&[u8]]) -> Result<Vec<f32>, session::Error> {
            Ok(texts.iter().map(|text| text.len() as f32 / 10.0).collect())
        }
    }

    fn by_length() -> Judge {
        Judge { scorer: Remembering::new(Box::new(ByLength)), reads: text::answer, threshold: 0.5 }
    }

    #[test]
    fn every_record_comes_out_in_order_and_broken_parts_are_handed_on() {
        let record = |answer: &str| Ok(Record { answer: answer.into(), ..Record::default() });
        let broken = || Err(Broken { place: "line 2".into(), what: "torn".into() });
        let mut parts = vec![record("\"aaaaa\""), broken(), record("unknown"), record("b")];
        parts.extend((0..AT_ONCE).map(|_| record("cccccccccc")));
        let (mut tally, mut named, mut out) = (Tally::default(), Vec::new(), Vec::new());
        let each = &mut |judged: Judged| {
            out.push(judged.score);
            Ok(())
        };
        by_length().read(&mut parts.into_iter(), &mut tally, &mut |part| named.push(part.to_string()), each).unwrap();
        assert_eq!(named, ["line 2: torn"]);
        assert_eq!(tally, Tally { records: 3 + AT_ONCE as u64, suspicious: 1 + AT_ONCE as u64, broken: 1 });
        assert_eq!((&out[..3], out.len()), (&[Some(0.5), None, Some(0.1)][..], 3 + AT_ONCE));
    }

    /// Found in review: a text that is too long was passed over without a word, and a batch had any size.
    #[test]
    fn a_text_that_is_too_long_is_named_and_batches_are_bounded() {
        let long = || Ok(Record { answer: vec![b'x'; limits::TEXT_BYTES + 1], ..Record::default() });
        let (mut tally, mut named, mut out) = (Tally::default(), Vec::new(), 0);
        let each = &mut |judged: Judged| {
            out += usize::from(judged.score.is_none());
            Ok(())
        };
        by_length().read(&mut (0..20).map(|_| long()), &mut tally, &mut |part| named.push(part.to_string()), each).unwrap();
        assert_eq!((named.len(), out, tally.records, tally.broken), (20, 20, 20, 20));
        assert_eq!(named[19], "answer 20: it is longer than 1 MiB and gets no score");
    }

    #[test]
    fn the_highest_are_kept_and_of_equal_ones_the_first() {
        let mut highest = Highest::new(Some(3));
        for (answer, score) in [("a", Some(0.5)), ("b", None), ("c", Some(0.9)), ("d", Some(0.5)), ("e", Some(0.5))] {
            highest.add(judged("", "", answer, score));
        }
        let kept: Vec<_> = highest.sorted(Order::Score).into_iter().map(|one| String::from_utf8(one.record.answer).unwrap()).collect();
        assert_eq!(kept, ["c", "a", "d"]);
    }
}
