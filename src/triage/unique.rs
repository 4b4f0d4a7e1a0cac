//! Records without repetition: the same text from one domain to one client is one row with its count, and those with the highest scores
//! are kept.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::triage::ranking::{Order, TopRecords};
use crate::triage::scoring::ScoredRecord;

/// Collects records. Memory: the kept ones, and some bytes for each different one.
pub struct UniqueRecords {
    highest: TopRecords,
    /// How often a client got the same text from the same domain, by a hash that is keyed at random.
    times: HashMap<u64, u64>,
    hash: RandomState,
}

impl UniqueRecords {
    /// None yet; the `max` with the highest scores will be kept.
    pub fn new(max: usize) -> Self {
        Self { highest: TopRecords::new(Some(max)), times: HashMap::new(), hash: RandomState::new() }
    }

    /// Counts a record, and keeps it if it is new and among the highest.
    pub fn add(&mut self, scored: ScoredRecord) {
        let times = self.times.entry(key(&self.hash, &scored)).or_insert(0);
        *times = times.saturating_add(1);
        if *times == 1 {
            self.highest.add(scored);
        }
    }

    /// How many different ones there are, kept or not.
    pub fn different(&self) -> usize {
        self.times.len()
    }

    /// The kept records with their counts, in order.
    pub fn sorted(self, order: Order) -> impl Iterator<Item = (ScoredRecord, u64)> {
        let Self { highest, times, hash } = self;
        highest.sorted(order).into_iter().map(move |one| {
            let times = times.get(&key(&hash, &one)).copied().unwrap_or(1);
            (one, times)
        })
    }
}

fn key(hash: &RandomState, scored: &ScoredRecord) -> u64 {
    hash.hash_one((&scored.record.client, scored.domain(), scored.scored_text()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::scoring::tests::scored;

    #[test]
    fn the_same_text_of_a_client_and_a_domain_is_one_row() {
        let mut unique = UniqueRecords::new(3);
        for (query, client, text, score) in [
            ("a.example.com", "192.0.2.1", "low", 0.1),
            ("a.example.net", "192.0.2.1", "high", 0.9),
            ("b.example.net", "192.0.2.1", "\"high\"", 0.9),
            ("b.example.net", "192.0.2.2", "high", 0.9),
            ("c.example.com", "192.0.2.1", "mid", 0.5),
        ] {
            unique.add(scored(query, client, text, Some(score)));
        }
        assert_eq!(unique.different(), 4);
        let rows: Vec<_> = unique.sorted(Order::Score).map(|(one, times)| (one.record.query.to_string(), times)).collect();
        assert_eq!(rows, [("a.example.net".to_owned(), 2), ("b.example.net".to_owned(), 1), ("c.example.com".to_owned(), 1)]);
    }
}
