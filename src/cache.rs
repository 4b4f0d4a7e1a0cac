//! Scores that were given before. Real traffic repeats itself: resolvers ask for the same records all day.
//!
//! The key is the whole normalised text. A hash alone would let a crafted text borrow the score of an ordinary one; the
//! hash only finds the place, and it is keyed at random, so that nobody who does not see the hashes can make texts
//! collide and a search slow.
//!
//! Two generations of half the room each: what is asked for again moves from the old to the young one, and when the young
//! one is full it becomes the old one. So memory is bounded, nothing is counted on a hit, and a rare text costs one copy.

use std::hash::{BuildHasher, RandomState};

use foldhash::SharedSeed;
use foldhash::quality::SeedableRandomState;
use hashbrown::HashTable;

/// Bytes that both generations take together, tables included.
pub const ROOM: usize = 16 << 20;

/// Scores by normalised text.
pub struct Cache {
    young: Generation,
    old: Generation,
    /// Bytes a generation may take.
    room: usize,
    state: SeedableRandomState,
}

/// Texts one behind the other, and a table that knows where each lies.
#[derive(Default)]
struct Generation {
    bytes: Vec<u8>,
    entries: HashTable<Entry>,
}

struct Entry {
    start: u32,
    length: u32,
    score: f32,
    /// The half of the hash that places it, so that a table that grows need not read the texts again.
    hash: u32,
}

impl Entry {
    fn text<'t>(&self, bytes: &'t [u8]) -> &'t [u8] {
        let start = self.start as usize;
        bytes.get(start..start + self.length as usize).unwrap_or_default()
    }
}

impl Generation {
    fn get(&self, hash: u64, text: &[u8]) -> Option<f32> {
        self.entries.find(hash, |entry| entry.text(&self.bytes) == text).map(|entry| entry.score)
    }

    /// Whether one more text leaves both parts within their share of `room`. They are bounded apart, since what either has
    /// once taken stays taken when it is cleared. A table that grows lies beside one twice as large for a moment.
    fn has_room_for(&self, text: &[u8], room: usize) -> bool {
        let table = self.entries.allocation_size();
        let grown = if self.entries.len() < self.entries.capacity() { table } else { 3 * table };
        self.bytes.len() + text.len() <= bytes_of(room) && grown <= room - bytes_of(room)
    }
}

/// The share of the texts in the room of a generation; the rest is the table's.
fn bytes_of(room: usize) -> usize {
    room / 16 * 9
}

impl Default for Cache {
    fn default() -> Self {
        Self::with_room(ROOM)
    }
}

impl Cache {
    /// A cache that takes at most `room` bytes, 4 GiB or less.
    pub fn with_room(room: usize) -> Self {
        let room = room.min(u32::MAX as usize) / 2;
        // The standard library's own key, which comes from the system.
        let state = SeedableRandomState::with_seed(RandomState::new().hash_one(0), SharedSeed::global_random());
        Self { young: Generation::default(), old: Generation::default(), room, state }
    }

    /// Where a text belongs; good for this cache alone.
    pub fn hash(&self, text: &[u8]) -> u64 {
        spread(self.state.hash_one(text) as u32)
    }

    /// The score of a text, if it is known. `hash` is what [`Cache::hash`] gave for it.
    pub fn get(&mut self, hash: u64, text: &[u8]) -> Option<f32> {
        if let Some(score) = self.young.get(hash, text) {
            return Some(score);
        }
        let score = self.old.get(hash, text)?;
        self.put(hash, text, score);
        Some(score)
    }

    /// Keeps the score of a text that [`Cache::get`] did not know. A text too long to be worth its room is passed over.
    pub fn put(&mut self, hash: u64, text: &[u8], score: f32) {
        if text.len() > self.room / 16 {
            return;
        }
        if !self.young.has_room_for(text, self.room) {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.bytes.clear();
            self.young.entries.clear();
        }
        let Generation { bytes, entries } = &mut self.young;
        if bytes.capacity() == 0 {
            // At once: pages that are never written cost nothing, and a vector that doubles holds two copies for a while.
            // Where memory is short it is asked for again at the next text, and nothing is remembered until then.
            if bytes.try_reserve_exact(bytes_of(self.room)).is_err() {
                return;
            }
        }
        if entries.try_reserve(1, |entry| spread(entry.hash)).is_err() {
            return;
        }
        // Both fit: a generation is smaller than 4 GiB.
        let entry = Entry { start: bytes.len() as u32, length: text.len() as u32, score, hash: hash as u32 };
        bytes.extend_from_slice(text);
        entries.insert_unique(hash, entry, |entry| spread(entry.hash));
    }
}

/// 32 bits as the 64 that the table asks for: the low ones stay, the high ones depend on all.
fn spread(hash: u32) -> u64 {
    u64::from(hash) | (u64::from(hash.wrapping_mul(0x9e37_79b9)) << 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Looks a text up, and keeps it with a score made from its bytes.
    fn ask(cache: &mut Cache, text: &[u8]) -> bool {
        let score = text.iter().map(|byte| f32::from(*byte)).sum::<f32>() + text.len() as f32;
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
        let mut cache = Cache::with_room(16 << 10);
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
    fn it_never_grows_beyond_its_room() {
        let mut cache = Cache::default();
        for length in [4, 30, 96, 5_000, 400_000, 4, 1 << 20] {
            for i in 0..(40 << 20) / (length + 40) as u32 {
                let mut text = vec![7; length];
                text[..4].copy_from_slice(&i.to_be_bytes());
                ask(&mut cache, &text);
            }
            let taken = [&cache.young, &cache.old].map(|one| one.bytes.capacity() + one.entries.allocation_size());
            assert!(taken.iter().all(|one| *one <= ROOM / 2), "{taken:?} after texts of {length}");
        }
    }

    proptest! {
        #[test]
        fn no_text_gets_the_score_of_another(texts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 1..400), room in 0..4096usize) {
            let mut cache = Cache::with_room(room);
            for text in &texts {
                ask(&mut cache, text);
            }
        }
    }
}
