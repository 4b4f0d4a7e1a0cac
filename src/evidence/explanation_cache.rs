//! Explanations that are remembered, because equal texts come again and again, and an explanation costs ten times a score.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::evidence::explanation::{Explanation, explain};

/// Bytes of texts and explanations that are remembered. When they are more, all are forgotten.
const MAX_BYTES: usize = 8 << 20;

/// Explanations by text.
#[derive(Default)]
pub struct ExplanationCache {
    known: HashMap<Vec<u8>, Explanation>,
    bytes: usize,
}

impl ExplanationCache {
    /// The explanation of a normalised text; `None` is a row without an answer.
    pub fn explain(&mut self, text: Option<&[u8]>) -> Cow<'_, Explanation> {
        const OVERHEAD: usize = 200; // a table's entry, and allocations
        let Some(text) = text else { return Cow::Owned(explain(None)) };
        if text.len() > MAX_BYTES / 16 {
            return Cow::Owned(explain(Some(text)));
        }
        if !self.known.contains_key(text) {
            let explanation = explain(Some(text));
            let bytes = [text.len(), OVERHEAD].into_iter().chain(explanation.cells().map(str::len)).fold(0, usize::saturating_add);
            if self.bytes.saturating_add(bytes) > MAX_BYTES {
                self.known.clear();
                self.bytes = 0;
            }
            if self.known.try_reserve(1).is_err() {
                return Cow::Owned(explanation); // nothing is remembered until there is memory
            }
            self.bytes = self.bytes.saturating_add(bytes);
            self.known.insert(text.to_vec(), explanation);
        }
        match self.known.get(text) {
            Some(known) => Cow::Borrowed(known),
            None => Cow::Owned(explain(Some(text))), // it was just added
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remembered_explanation_is_that_of_its_text_and_memory_is_bounded() {
        let mut explained = ExplanationCache::default();
        for round in 0..2 {
            for number in 0..200 {
                let text = format!("{number}{}", "x".repeat(100_000));
                assert_eq!(*explained.explain(Some(text.as_bytes())), explain(Some(text.as_bytes())), "{round}");
                let kept: usize = explained.known.keys().map(Vec::len).sum();
                assert!(kept <= MAX_BYTES && kept <= explained.bytes);
            }
        }
        assert_eq!(*explained.explain(None), explain(None));
    }
}
