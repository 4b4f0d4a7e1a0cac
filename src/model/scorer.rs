//! The trait that scores texts.

use crate::model::error::Error;

/// Anything that can score texts: the embedded model, an imported one, a fake in tests.
pub trait Scorer {
    /// The probability of each text, from 0 to 1, in order: one per text. It depends on nothing but that text.
    ///
    /// # Errors
    /// If the model fails or memory runs out.
    fn score(&mut self, texts: &[&[u8]]) -> Result<Vec<f32>, Error>;
}
