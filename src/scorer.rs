//! From texts to probabilities: known texts from the cache, equal ones once, windows in length buckets, the highest window
//! of a text decides.

use hashbrown::HashTable;
use ndarray::ArrayView2;

use crate::cache::Cache;
use crate::features::{self, BUCKETS, Window};
use crate::session::{self, Session};

/// Whatever can score texts. The command knows only this; the model is one, the tests' fake another.
pub trait Score {
    /// The probability of each normalised text, in order: as many as texts. It depends on nothing but that text.
    fn score(&mut self, texts: &[&[u8]]) -> Result<Vec<f32>, session::Error>;
}

/// Ids of one run of the session. Batches of this size stay in the cache: measured in tokens a run, 8,000 was the best.
const IDS_A_RUN: usize = 8192;

/// The embedded model as a scorer.
pub struct Model {
    session: Session,
    ids: Vec<i32>,
}

impl Model {
    pub fn new(session: Session) -> Self {
        Self { session, ids: Vec::with_capacity(IDS_A_RUN) }
    }
}

impl Score for Model {
    fn score(&mut self, texts: &[&[u8]]) -> Result<Vec<f32>, session::Error> {
        let Self { session, ids } = self;
        in_batches(texts, ids, &mut |ids, scores| session.run(ids, scores))
    }
}

/// Scores a batch of ids: adds one for each row.
pub type Run<'a> = &'a mut dyn FnMut(ArrayView2<'_, i32>, &mut Vec<f32>) -> Result<(), session::Error>;

/// Gives texts to a model batch by batch, each of one bucket, and each text the highest score of its windows.
pub fn in_batches(texts: &[&[u8]], ids: &mut Vec<i32>, run: Run<'_>) -> Result<Vec<f32>, session::Error> {
    let mut buckets: [Vec<(usize, Window<'_>)>; BUCKETS.len()] = Default::default();
    for (place, text) in texts.iter().enumerate() {
        for window in features::windows(text) {
            buckets[window.bucket()].push((place, window));
        }
    }
    let mut best = vec![0.0f32; texts.len()];
    let mut scores = Vec::new();
    for (bucket, windows) in BUCKETS.into_iter().zip(&buckets) {
        for batch in windows.chunks(IDS_A_RUN / bucket) {
            ids.resize(batch.len() * bucket, features::PAD);
            for ((_, window), row) in batch.iter().zip(ids.chunks_exact_mut(bucket)) {
                window.write_ids(row);
            }
            let ids = ArrayView2::from_shape((batch.len(), bucket), ids).map_err(|error| session::Error::Run(error.to_string()))?;
            scores.clear();
            run(ids, &mut scores)?;
            for ((place, _), score) in batch.iter().zip(&scores) {
                best[*place] = best[*place].max(*score);
            }
        }
    }
    Ok(best)
}

/// A scorer that remembers: what it has scored and still knows is not scored again.
pub struct Remembering {
    scorer: Box<dyn Score>,
    cache: Cache,
}

impl Remembering {
    pub fn new(scorer: Box<dyn Score>) -> Self {
        Self { scorer, cache: Cache::default() }
    }

    /// The scores of texts, in order, and how many of them had to be scored.
    pub fn score(&mut self, texts: &[&[u8]]) -> Result<(Vec<f32>, usize), session::Error> {
        let mut scores = Vec::with_capacity(texts.len());
        // Texts that the cache does not know, each once with its hash; and for each row that waits, which of them it has.
        let expected = texts.len().min(1 << 16); // a chunk has 50,000 rows
        let (mut unknown, mut hashes, mut waiting) =
            (Vec::with_capacity(expected), Vec::with_capacity(expected), Vec::with_capacity(expected));
        let mut places: HashTable<u32> = HashTable::with_capacity(expected);
        for (row, text) in texts.iter().enumerate() {
            let hash = self.cache.hash(text);
            scores.push(match self.cache.get(hash, text) {
                Some(score) => score,
                None => {
                    let entry = places.entry(hash, |place| unknown[*place as usize] == *text, |place| hashes[*place as usize]);
                    let place = *entry.or_insert(unknown.len() as u32).get(); // at most `limits::TEXTS`
                    if place as usize == unknown.len() {
                        unknown.push(*text);
                        hashes.push(hash);
                    }
                    waiting.push((row, place));
                    f32::NAN
                }
            });
        }
        let new = self.scorer.score(&unknown)?;
        for (row, place) in waiting {
            scores[row] = new[place as usize];
        }
        for ((text, hash), score) in unknown.iter().zip(hashes).zip(new) {
            self.cache.put(hash, text, score);
        }
        Ok((scores, unknown.len()))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    /// Scores by length, and writes down what it was given.
    struct Noting(Rc<RefCell<Vec<Vec<u8>>>>);

    impl Score for Noting {
        fn score(&mut self, texts: &[&[u8]]) -> Result<Vec<f32>, session::Error> {
            self.0.borrow_mut().extend(texts.iter().map(|text| text.to_vec()));
            Ok(texts.iter().map(|text| text.len() as f32).collect())
        }
    }

    #[test]
    fn a_text_is_scored_once_in_a_chunk_and_once_in_all_chunks() {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let mut scorer = Remembering::new(Box::new(Noting(Rc::clone(&seen))));
        assert_eq!(scorer.score(&[b"aa", b"b", b"aa"]).unwrap(), (vec![2.0, 1.0, 2.0], 2));
        assert_eq!(scorer.score(&[b"b", b"ccc", b"aa", b""]).unwrap(), (vec![1.0, 3.0, 2.0, 0.0], 2));
        assert_eq!(scorer.score(&[]).unwrap(), (vec![], 0));
        assert_eq!(seen.borrow().iter().map(Vec::as_slice).collect::<Vec<_>>(), [&b"aa"[..], b"b", b"ccc", b""]);
    }
}
