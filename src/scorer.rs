//! From texts to probabilities: equal texts once, windows in length buckets, the highest window of a text decides.

use std::collections::HashMap;

use ndarray::ArrayView2;

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
                self.ids.resize(batch.len() * bucket, features::PAD);
                for ((_, window), row) in batch.iter().zip(self.ids.chunks_exact_mut(bucket)) {
                    window.write_ids(row);
                }
                let ids =
                    ArrayView2::from_shape((batch.len(), bucket), &self.ids).map_err(|error| session::Error::Run(error.to_string()))?;
                scores.clear();
                self.session.run(ids, &mut scores)?;
                for ((place, _), score) in batch.iter().zip(&scores) {
                    best[*place] = best[*place].max(*score);
                }
            }
        }
        Ok(best)
    }
}

/// The scores of texts that may repeat: equal ones are scored once. Also says how many were different.
pub fn score_unique(scorer: &mut dyn Score, texts: &[&[u8]]) -> Result<(Vec<f32>, usize), session::Error> {
    let mut places: HashMap<&[u8], usize> = HashMap::with_capacity(texts.len());
    let mut unique = Vec::new();
    let place_of: Vec<usize> = texts
        .iter()
        .map(|text| {
            *places.entry(text).or_insert_with(|| {
                unique.push(*text);
                unique.len() - 1
            })
        })
        .collect();
    let scores = scorer.score(&unique)?;
    Ok((place_of.into_iter().map(|place| scores[place]).collect(), unique.len()))
}
