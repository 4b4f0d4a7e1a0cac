//! Windows of many texts in batches of equal length, and the highest score of each text's windows.

use ndarray::ArrayView3;

use crate::model::error::Error;
use crate::model::features::{BUCKETS, EMBEDDING, Embedded, Table, Window, windows};
use crate::recycle::recycle;

/// Ids per run of the session. Measured: 8,192 were slower and 32,768 no faster.
const MAX_IDS_PER_RUN: usize = 16_384;

/// Scores a batch of embedded ids (`[rows, bucket, EMBEDDING]`): appends one score per row.
pub type RunBatch<'a> = &'a mut dyn FnMut(ArrayView3<'_, u8>, &mut Vec<f32>) -> Result<(), Error>;

/// Passes texts to a model batch by batch, each batch from one bucket. Its memory is reused from call to call.
pub struct Batches {
    table: Table,
    /// Windows by bucket, each with the index of its text. Empty between calls.
    buckets: [Vec<(usize, Window<'static>)>; BUCKETS.len()],
    rows: Vec<Embedded>,
    scores: Vec<f32>,
}

impl Batches {
    /// Batches for a model with this embedding.
    pub fn new(table: Table) -> Self {
        Self { table, buckets: Default::default(), rows: Vec::new(), scores: Vec::new() }
    }

    /// The highest score of each text's windows, in order. A batch runs as soon as it is full, so few windows wait.
    ///
    /// # Errors
    /// If `run` fails or memory runs out.
    pub fn score(&mut self, texts: &[&[u8]], run: RunBatch<'_>) -> Result<Vec<f32>, Error> {
        let Self { table, buckets, rows, scores } = self;
        let mut filled = std::mem::take(buckets).map(recycle);
        let mut best = Vec::new();
        best.try_reserve(texts.len())?;
        best.resize(texts.len(), 0.0f32);
        let mut run_batch = |bucket: usize, windows: &mut Vec<(usize, Window<'_>)>| {
            // Never one row alone: ONNX Runtime has another matrix product for it, whose last bits differ, and a text's score
            // must not depend on what stands beside it.
            let count = windows.len().max(2);
            rows.clear();
            rows.resize(count.saturating_mul(bucket), Embedded::default());
            for ((_, window), row) in windows.iter().zip(rows.chunks_exact_mut(bucket)) {
                window.embed(table, row);
            }
            let batch = ArrayView3::from_shape((count, bucket, EMBEDDING), rows.as_flattened());
            scores.clear();
            run(batch.map_err(|error| Error::Run(error.to_string()))?, scores)?;
            for ((place, _), score) in windows.drain(..).zip(&*scores) {
                if let Some(best) = best.get_mut(place) {
                    *best = best.max(*score);
                }
            }
            Ok::<_, Error>(())
        };
        for (place, text) in texts.iter().enumerate() {
            for window in windows(text) {
                // A window is never longer than the last bucket.
                let number = window.bucket();
                let (Some(windows), Some(bucket)) = (filled.get_mut(number), BUCKETS.get(number)) else { continue };
                windows.try_reserve(1)?;
                windows.push((place, window));
                if windows.len() >= MAX_IDS_PER_RUN.checked_div(*bucket).unwrap_or(1) {
                    run_batch(*bucket, windows)?;
                }
            }
        }
        for (bucket, windows) in BUCKETS.into_iter().zip(&mut filled).filter(|(_, windows)| !windows.is_empty()) {
            run_batch(bucket, windows)?;
        }
        *buckets = filled.map(recycle);
        Ok(best)
    }
}
