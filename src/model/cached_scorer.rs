//! A scorer with a cache in front: each text is scored once per chunk, and not again while the cache holds it.

use hashbrown::HashTable;

use crate::model::cache::Cache;
use crate::model::error::Error;
use crate::model::scorer::{Score, Scorer};
use crate::recycle::recycle;

/// A scorer and the cache of its scores.
pub struct CachedScorer {
    scorer: Box<dyn Scorer>,
    cache: Cache,
    scratch: Scratch,
}

/// Memory that is reused from chunk to chunk: touching it for the first time costs more than filling it.
#[derive(Default)]
struct Scratch {
    scores: Vec<Score>,
    /// The texts that the cache does not hold, each once, in order, and their hashes. Empty between calls.
    unknown: Vec<&'static [u8]>,
    hashes: Vec<u64>,
    /// The index of a text in `unknown`.
    places: HashTable<u32>,
    /// Rows without a score yet, each with the index of its text in `unknown`.
    waiting: Vec<(usize, u32)>,
}

impl CachedScorer {
    /// A scorer with an empty cache in front.
    pub fn new(scorer: Box<dyn Scorer>) -> Self {
        Self { scorer, cache: Cache::default(), scratch: Scratch::default() }
    }

    /// The scores of texts, in order, and how many texts had to be scored.
    ///
    /// # Errors
    /// If the scorer fails or memory runs out.
    pub fn score(&mut self, texts: &[impl AsRef<[u8]>]) -> Result<(&[Score], usize), Error> {
        let Self { scorer, cache, scratch: Scratch { scores, unknown: kept, hashes, places, waiting } } = self;
        let mut unknown: Vec<&[u8]> = recycle(std::mem::take(kept));
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
                        return Err(Error::Memory);
                    }
                    let entry = places.entry(
                        hash,
                        |place| unknown.get(*place as usize) == Some(&text),
                        |place| hashes.get(*place as usize).copied().unwrap_or_default(),
                    );
                    let place = *entry.or_insert(unknown.len() as u32).get(); // at most `limits::MAX_TEXTS`
                    if place as usize == unknown.len() {
                        unknown.try_reserve(1)?;
                        hashes.try_reserve(1)?;
                        unknown.push(text);
                        hashes.push(hash);
                    }
                    waiting.try_reserve(1)?;
                    waiting.push((row, place));
                    Score::default() // replaced below
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
        *kept = recycle(unknown);
        Ok((scores, scored))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    /// Scores a text by its length, and records the texts that it was asked for.
    struct Recorder(Rc<RefCell<Vec<Vec<u8>>>>);

    impl Scorer for Recorder {
        fn score(&mut self, texts: &[&[u8]]) -> Result<Vec<Score>, Error> {
            self.0.borrow_mut().extend(texts.iter().map(|text| text.to_vec()));
            Ok(texts.iter().map(|text| Score::of_model(text.len() as f32)).collect())
        }
    }

    #[test]
    fn a_text_is_scored_once_in_a_chunk_and_once_in_all_chunks() {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let mut scorer = CachedScorer::new(Box::new(Recorder(Rc::clone(&seen))));
        let mut score = |texts: &[&'static str]| {
            scorer.score(texts).map(|(scores, scored)| (scores.iter().map(|score| score.value).collect::<Vec<_>>(), scored)).unwrap()
        };
        assert_eq!(score(&["aa", "b", "aa"]), (vec![2.0, 1.0, 2.0], 2));
        assert_eq!(score(&["b", "ccc", "aa", ""]), (vec![1.0, 3.0, 2.0, 0.0], 2));
        assert_eq!(score(&[]), (vec![], 0));
        assert_eq!(seen.borrow().iter().map(Vec::as_slice).collect::<Vec<_>>(), [&b"aa"[..], b"b", b"ccc", b""]);
    }
}
