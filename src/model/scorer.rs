//! A score, and the trait that scores texts.

use crate::model::error::Error;

/// The score of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// The probability, from 0 to 1: the model's, or the floor of the text's sign if that is higher.
    pub value: f32,
    /// What the model alone gives.
    pub of_model: f32,
}

impl Score {
    /// A score that nothing raised.
    pub fn of_model(of_model: f32) -> Self {
        Self { value: of_model, of_model }
    }

    /// The model's score, raised to a floor. Nothing lowers a score.
    pub fn raised(of_model: f32, floor: Option<f32>) -> Self {
        Self { value: floor.map_or(of_model, |floor| of_model.max(floor)), of_model }
    }
}

/// As many scores, in memory that is asked for: a vector that grows by itself would end the process if there is none left.
///
/// # Errors
/// If memory runs out.
pub fn collect(scores: impl ExactSizeIterator<Item = Score>) -> Result<Vec<Score>, Error> {
    let mut all = Vec::new();
    all.try_reserve_exact(scores.len())?;
    all.extend(scores);
    Ok(all)
}

/// Anything that can score texts: the embedded model, an imported one, a fake in tests.
pub trait Scorer {
    /// The score of each text, in order: one per text. It depends on nothing but that text.
    ///
    /// # Errors
    /// If the model fails or memory runs out.
    fn score(&mut self, texts: &[&[u8]]) -> Result<Vec<Score>, Error>;
}
