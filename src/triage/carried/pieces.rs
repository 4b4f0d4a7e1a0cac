//! The answers of one channel, each once, in an order.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use crate::domain;

/// The different answers of a channel with the names that were asked for, as they came.
#[derive(Default)]
pub(super) struct Pieces {
    all: Vec<(String, Vec<u8>)>,
    /// Bytes that are kept.
    pub(super) size: usize,
    /// Whether answers were left out.
    pub(super) is_cut: bool,
    /// Hashes of what came before, keyed at random: resolvers repeat answers.
    seen: HashSet<u64>,
    hash: RandomState,
}

impl Pieces {
    /// Adds an answer; `false` if the same name got the same text before.
    pub(super) fn add(&mut self, query: &str, text: &[u8]) -> bool {
        let is_new = self.seen.insert(self.hash.hash_one((query, text)));
        if is_new {
            self.size = self.size.saturating_add(query.len()).saturating_add(text.len());
            self.all.push((query.to_owned(), text.to_vec()));
        }
        is_new
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The texts as they came, and by the numbers in the names if they count up.
    pub(super) fn orders(&self) -> Vec<(Vec<&[u8]>, &'static str)> {
        let as_seen: Vec<&[u8]> = self.all.iter().map(|(_, text)| text.as_slice()).collect();
        let mut orders = vec![(as_seen, "")];
        if let Some(numbers) = self.numbers() {
            let mut numbered: Vec<(u64, &[u8])> = numbers.into_iter().zip(self.all.iter().map(|(_, text)| text.as_slice())).collect();
            if !numbered.is_sorted_by_key(|(number, _)| *number) {
                numbered.sort_by_key(|(number, _)| *number);
                orders.push((numbered.into_iter().map(|(_, text)| text).collect(), ", ordered by the numbers in the names"));
            }
        }
        orders
    }

    /// A number in the same label of every name, if all are different and hardly any is missing between them.
    fn numbers(&self) -> Option<Vec<u64>> {
        const MIN_PIECES: usize = 3;
        let labels = |name: &str| -> Vec<String> {
            let below = domain::registered_domain(name.as_bytes()).map_or(0, |domain| domain.split('.').count());
            let all: Vec<&str> = name.trim_end_matches('.').split('.').collect();
            all.get(..all.len().saturating_sub(below)).unwrap_or_default().iter().map(|label| label.to_lowercase()).collect()
        };
        let names: Vec<Vec<String>> = self.all.iter().map(|(query, _)| labels(query)).collect();
        let count = names.len();
        let places = names.first()?.len();
        (0..places).filter(|_| count >= MIN_PIECES).find_map(|place| {
            let numbers = names.iter().map(|labels| number_in(labels.get(place)?)).collect::<Option<Vec<u64>>>()?;
            let different: HashSet<u64> = numbers.iter().copied().collect();
            let span = numbers.iter().max()?.saturating_sub(*numbers.iter().min()?).saturating_add(1);
            let is_counted = different.len() == count && span.saturating_mul(2) <= (count as u64).saturating_mul(3);
            is_counted.then_some(numbers)
        })
    }
}

/// The decimal number that a label is, or ends in: `7`, `chunk-007`.
fn number_in(label: &str) -> Option<u64> {
    let digits = label.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.parse().ok()
}
