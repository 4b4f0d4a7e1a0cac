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
    batches: Batches,
}

impl Model {
    pub fn new(session: Session) -> Self {
        Self { session, batches: Batches::default() }
    }
}

impl Score for Model {
    fn score(&mut self, texts: &[&[u8]]) -> Result<Vec<f32>, session::Error> {
        let Self { session, batches } = self;
        batches.score(texts, &mut |ids, scores| session.run(ids, scores))
    }
}

/// Scores a batch of ids: adds one for each row.
pub type Run<'a> = &'a mut dyn FnMut(ArrayView2<'_, i32>, &mut Vec<f32>) -> Result<(), session::Error>;

/// Gives texts to a model batch by batch, each of one bucket. Its memory is used again.
#[derive(Default)]
pub struct Batches {
    /// Windows by bucket, each with the place of its text. Empty between calls.
    buckets: [Vec<(usize, Window<'static>)>; BUCKETS.len()],
    ids: Vec<i32>,
    scores: Vec<f32>,
}

impl Batches {
    /// The highest score of each text's windows.
    pub fn score(&mut self, texts: &[&[u8]], run: Run<'_>) -> Result<Vec<f32>, session::Error> {
        let Self { buckets, ids, scores } = self;
        let mut filled = std::mem::take(buckets).map(emptied);
        for (place, text) in texts.iter().enumerate() {
            for window in features::windows(text) {
                // A window is never longer than the last bucket.
                if let Some(windows) = filled.get_mut(window.bucket()) {
                    windows.try_reserve(1)?;
                    windows.push((place, window));
                }
            }
        }
        let mut best = Vec::new();
        best.try_reserve(texts.len())?;
        best.resize(texts.len(), 0.0f32);
        for (bucket, windows) in BUCKETS.into_iter().zip(&filled) {
            for batch in windows.chunks(IDS_A_RUN / bucket) {
                ids.resize(batch.len() * bucket, features::PAD);
                for ((_, window), row) in batch.iter().zip(ids.chunks_exact_mut(bucket)) {
                    window.write_ids(row);
                }
                let ids = ArrayView2::from_shape((batch.len(), bucket), ids).map_err(|error| session::Error::Run(error.to_string()))?;
                scores.clear();
                run(ids, scores)?;
                for ((place, _), score) in batch.iter().zip(&*scores) {
                    if let Some(best) = best.get_mut(*place) {
                        *best = best.max(*score);
                    }
                }
            }
        }
        *buckets = filled.map(emptied);
        Ok(best)
    }
}

/// A vector's memory without what was in it, for things of the same size: above all, the same things with another
/// lifetime. The standard library collects in place; where it would not, this is an ordinary empty vector.
pub fn emptied<T, U>(mut vector: Vec<T>) -> Vec<U> {
    vector.clear();
    vector.into_iter().map_while(|_| None).collect()
}

/// A scorer that remembers: what it has scored and still knows is not scored again.
pub struct Remembering {
    scorer: Box<dyn Score>,
    cache: Cache,
    work: Work,
}

/// Memory that is used again from chunk to chunk: to touch it for the first time costs more than to fill it.
#[derive(Default)]
struct Work {
    scores: Vec<f32>,
    /// Texts that the cache does not know, each once, in order, and the hash of each. Empty between calls.
    unknown: Vec<&'static [u8]>,
    hashes: Vec<u64>,
    /// Where a text lies in `unknown`.
    places: HashTable<u32>,
    /// Rows that wait for a score, and which of `unknown` they have.
    waiting: Vec<(usize, u32)>,
}

impl Remembering {
    pub fn new(scorer: Box<dyn Score>) -> Self {
        Self { scorer, cache: Cache::default(), work: Work::default() }
    }

    /// The scores of texts, in order, and how many of them had to be scored.
    pub fn score(&mut self, texts: &[impl AsRef<[u8]>]) -> Result<(&[f32], usize), session::Error> {
        let Self { scorer, cache, work: Work { scores, unknown: kept, hashes, places, waiting } } = self;
        let mut unknown: Vec<&[u8]> = emptied(std::mem::take(kept));
        scores.clear();
        hashes.clear();
        places.clear();
        waiting.clear();
        scores.try_reserve(texts.len())?;
        for (row, text) in texts.iter().map(AsRef::as_ref).enumerate() {
            let hash = cache.hash(text);
            scores.push(match cache.get(hash, text) {
                Some(score) => score,
                None => {
                    if places.try_reserve(1, |place| hashes.get(*place as usize).copied().unwrap_or_default()).is_err() {
                        return Err(session::Error::Memory);
                    }
                    let entry = places.entry(
                        hash,
                        |place| unknown.get(*place as usize) == Some(&text),
                        |place| hashes.get(*place as usize).copied().unwrap_or_default(),
                    );
                    let place = *entry.or_insert(unknown.len() as u32).get(); // at most `limits::TEXTS`
                    if place as usize == unknown.len() {
                        unknown.try_reserve(1)?;
                        hashes.try_reserve(1)?;
                        unknown.push(text);
                        hashes.push(hash);
                    }
                    waiting.try_reserve(1)?;
                    waiting.push((row, place));
                    f32::NAN
                }
            });
        }
        let new = scorer.score(&unknown)?;
        for (row, place) in waiting {
            if let (Some(score), Some(new)) = (scores.get_mut(*row), new.get(*place as usize)) {
                *score = *new;
            }
        }
        for ((text, hash), score) in unknown.iter().zip(hashes).zip(new) {
            cache.put(*hash, text, score);
        }
        let scored = unknown.len();
        *kept = emptied(unknown);
        Ok((scores, scored))
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
        let mut score = |texts: &[&'static str]| scorer.score(texts).map(|(scores, scored)| (scores.to_vec(), scored)).unwrap();
        assert_eq!(score(&["aa", "b", "aa"]), (vec![2.0, 1.0, 2.0], 2));
        assert_eq!(score(&["b", "ccc", "aa", ""]), (vec![1.0, 3.0, 2.0, 0.0], 2));
        assert_eq!(score(&[]), (vec![], 0));
        assert_eq!(seen.borrow().iter().map(Vec::as_slice).collect::<Vec<_>>(), [&b"aa"[..], b"b", b"ccc", b""]);
    }

    #[test]
    fn memory_is_used_again_for_another_lifetime() {
        let text = b"a".to_vec();
        let vector: Vec<&[u8]> = vec![&text; 100];
        let (place, capacity) = (vector.as_ptr().addr(), vector.capacity());
        let again: Vec<&'static [u8]> = emptied(vector);
        assert_eq!((again.len(), again.as_ptr().addr(), again.capacity()), (0, place, capacity));
    }
}
