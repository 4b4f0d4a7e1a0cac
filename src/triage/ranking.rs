//! The records with the highest scores, and the order of records.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::triage::scoring::ScoredRecord;

/// An order of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Order {
    /// Highest score first
    Score,
    /// Earliest first; records without a time last
    Time,
}

/// Keeps the records with the highest scores, and of equal scores the first ones; without a limit all of them.
pub struct TopRecords {
    limit: Option<usize>,
    kept: BinaryHeap<Reverse<Ranked>>,
    seen: u64,
}

/// A record and its number.
struct Ranked(ScoredRecord, u64);

impl Ranked {
    /// The score in millionths, or -1 without one. Of equal scores, the first record ranks highest.
    fn rank(&self) -> (i64, Reverse<u64>) {
        (self.0.score.map_or(-1, |score| (score * 1e6).round() as i64), Reverse(self.1))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl TopRecords {
    /// An empty ranking that keeps at most `limit` records, or all.
    pub fn new(limit: Option<usize>) -> Self {
        Self { limit, kept: BinaryHeap::new(), seen: 0 }
    }

    /// Keeps a record if it is among the highest so far.
    pub fn add(&mut self, record: ScoredRecord) {
        self.seen = self.seen.saturating_add(1);
        self.kept.push(Reverse(Ranked(record, self.seen)));
        if self.limit.is_some_and(|limit| self.kept.len() > limit) {
            self.kept.pop();
        }
    }

    /// The kept records, in order.
    pub fn sorted(self, order: Order) -> Vec<ScoredRecord> {
        let mut kept: Vec<Ranked> = self.kept.into_iter().map(|Reverse(ranked)| ranked).collect();
        match order {
            Order::Score => kept.sort_by_key(|ranked| Reverse(ranked.rank())),
            Order::Time => kept.sort_by_key(|ranked| (ranked.0.record.time.is_none(), ranked.0.record.time, ranked.1)),
        }
        kept.into_iter().map(|ranked| ranked.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::scoring::tests::scored;

    #[test]
    fn the_highest_are_kept_and_of_equal_ones_the_first() {
        let mut highest = TopRecords::new(Some(3));
        for (answer, score) in [("a", Some(0.5)), ("b", None), ("c", Some(0.9)), ("d", Some(0.5)), ("e", Some(0.5))] {
            highest.add(scored("", "", answer, score));
        }
        let kept: Vec<_> = highest.sorted(Order::Score).into_iter().map(|one| String::from_utf8(one.record.answer).unwrap()).collect();
        assert_eq!(kept, ["c", "a", "d"]);
    }
}
