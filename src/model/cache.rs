//! A cache of scores. Real traffic repeats itself: resolvers ask for the same records all day.
//!
//! The key is the whole text, because with a hash as the key a crafted text could take the score of an ordinary one. The hash
//! only finds the entry. It is keyed at random, so that nobody can craft texts that collide and slow a search down.
//!
//! There are two generations of half the capacity each. A hit in the old one moves the text to the young one; when the young
//! one is full it becomes the old one. So memory is bounded, a hit costs no bookkeeping, and a rare text costs one copy.

use std::hash::{BuildHasher, RandomState};

use foldhash::SharedSeed;
use foldhash::quality::SeedableRandomState;
use hashbrown::HashTable;

use crate::model::scorer::Score;

/// Bytes of both generations together, tables included.
pub const CAPACITY_BYTES: usize = 16 << 20;

/// Scores by text.
pub struct Cache {
    young: Generation,
    old: Generation,
    /// Bytes that one generation may use.
    generation_bytes: usize,
    state: SeedableRandomState,
}

/// Texts one after the other, and a table of their positions.
#[derive(Default)]
struct Generation {
    bytes: Vec<u8>,
    entries: HashTable<Entry>,
}

struct Entry {
    start: u32,
    length: u32,
    score: Score,
    /// The half of the hash that determines the place in the table, so that a growing table need not read the texts again.
    hash: u32,
}

impl Entry {
    fn text<'t>(&self, bytes: &'t [u8]) -> &'t [u8] {
        bytes.get(self.start as usize..).and_then(|rest| rest.get(..self.length as usize)).unwrap_or_default()
    }
}

impl Generation {
    fn get(&self, hash: u64, text: &[u8]) -> Option<Score> {
        self.entries.find(hash, |entry| entry.text(&self.bytes) == text).map(|entry| entry.score)
    }

    /// Whether texts and table each stay within their share of `capacity` after one more text. They are bounded separately,
    /// because neither returns its memory when it is cleared. A growing table briefly exists beside one of twice its size.
    fn has_capacity_for(&self, text: &[u8], capacity: usize) -> bool {
        let table = self.entries.allocation_size();
        let grown = if self.entries.len() < self.entries.capacity() { table } else { table.saturating_mul(3) };
        self.bytes.len().saturating_add(text.len()) <= text_share(capacity) && grown <= capacity.saturating_sub(text_share(capacity))
    }
}

/// How much of a generation's capacity is for texts; the rest is for the table.
fn text_share(capacity: usize) -> usize {
    (capacity / 16).saturating_mul(9)
}

impl Default for Cache {
    fn default() -> Self {
        Self::with_capacity(CAPACITY_BYTES)
    }
}

impl Cache {
    /// A cache of at most `bytes` bytes; more than 4 GiB count as 4 GiB.
    pub fn with_capacity(bytes: usize) -> Self {
        let generation_bytes = bytes.min(u32::MAX as usize) / 2;
        // The standard library's random key comes from the operating system.
        let state = SeedableRandomState::with_seed(RandomState::new().hash_one(0), SharedSeed::global_random());
        Self { young: Generation::default(), old: Generation::default(), generation_bytes, state }
    }

    /// The hash of a text, valid for this cache only.
    pub fn hash(&self, text: &[u8]) -> u64 {
        spread(self.state.hash_one(text) as u32)
    }

    /// The score of a text, if the cache holds it. `hash` is the result of [`Cache::hash`] for the text.
    pub fn get(&mut self, hash: u64, text: &[u8]) -> Option<Score> {
        if let Some(score) = self.young.get(hash, text) {
            return Some(score);
        }
        let score = self.old.get(hash, text)?;
        self.put(hash, text, score);
        Some(score)
    }

    /// Stores the score of a text that [`Cache::get`] did not find. A text of more than a 16th of a generation is not stored.
    pub fn put(&mut self, hash: u64, text: &[u8], score: Score) {
        if text.len() > self.generation_bytes / 16 {
            return;
        }
        if !self.young.has_capacity_for(text, self.generation_bytes) {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.bytes.clear();
            self.young.entries.clear();
        }
        let Generation { bytes, entries } = &mut self.young;
        if bytes.capacity() == 0 {
            // All at once: pages that are never written cost nothing, and a growing vector briefly holds two copies.
            // If memory is short, it is requested again at the next text, and nothing is stored until then.
            if bytes.try_reserve_exact(text_share(self.generation_bytes)).is_err() {
                return;
            }
        }
        if entries.try_reserve(1, |entry| spread(entry.hash)).is_err() {
            return;
        }
        // Both fit, because a generation is smaller than 4 GiB.
        let entry = Entry { start: bytes.len() as u32, length: text.len() as u32, score, hash: hash as u32 };
        bytes.extend_from_slice(text);
        entries.insert_unique(hash, entry, |entry| spread(entry.hash));
    }
}

/// Widens 32 bits to the 64 that the table needs: the low half is kept, the high half depends on all bits.
fn spread(hash: u32) -> u64 {
    u64::from(hash) | (u64::from(hash.wrapping_mul(0x9e37_79b9)) << 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Looks a text up, and keeps it with a score made from its bytes.
    fn ask(cache: &mut Cache, text: &[u8]) -> bool {
        let score = Score::of_model(text.iter().map(|byte| f32::from(*byte)).sum::<f32>() + text.len() as f32);
        let hash = cache.hash(text);
        match cache.get(hash, text) {
            Some(known) => {
                assert_eq!(known, score, "{text:?} has the score of another text");
                true
            }
            None => {
                cache.put(hash, text, score);
                false
            }
        }
    }

    #[test]
    fn what_is_asked_for_again_stays_and_what_is_not_goes() {
        let mut cache = Cache::with_capacity(16 << 10);
        assert!(!ask(&mut cache, b"often") && ask(&mut cache, b"often"));
        assert!(!ask(&mut cache, b"once"));
        for i in 0..10_000u32 {
            ask(&mut cache, &i.to_be_bytes());
            if i % 50 == 0 {
                assert!(ask(&mut cache, b"often"), "{i}");
            }
        }
        assert!(!ask(&mut cache, b"once"));
    }

    /// Found in review: tables kept the size that short texts had made, beside the bytes of long ones.
    #[test]
    fn it_never_exceeds_its_capacity() {
        let mut cache = Cache::default();
        for length in [4, 30, 96, 5_000, 400_000, 4, 1 << 20] {
            for i in 0..(40 << 20) / (length + 40) as u32 {
                let mut text = vec![7; length];
                text[..4].copy_from_slice(&i.to_be_bytes());
                ask(&mut cache, &text);
            }
            let taken = [&cache.young, &cache.old].map(|one| one.bytes.capacity() + one.entries.allocation_size());
            assert!(taken.iter().all(|one| *one <= CAPACITY_BYTES / 2), "{taken:?} after texts of {length}");
        }
    }

    proptest! {
        #[test]
        fn no_text_gets_the_score_of_another(texts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 1..400), capacity in 0..4096usize) {
            let mut cache = Cache::with_capacity(capacity);
            for text in &texts {
                ask(&mut cache, text);
            }
        }
    }
}
