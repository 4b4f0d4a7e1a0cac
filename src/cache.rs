//! Scores that were given before. Real traffic repeats itself: resolvers ask for the same records all day.
//!
//! The key is the whole normalised text. A hash alone would let a crafted text borrow the score of an ordinary one; the
//! hash only finds the place, and it is keyed at random, so that nobody can make texts collide and a search slow.
//!
//! Two generations of half the room each: what is asked for again moves from the old to the young one, and when the young
//! one is full it becomes the old one. So memory is bounded, nothing is counted on a hit, and a rare text costs one copy.

use std::hash::{BuildHasher, RandomState};

use foldhash::SharedSeed;
use foldhash::quality::SeedableRandomState;
use hashbrown::HashTable;

/// Bytes that both generations take together, tables included.
pub const ROOM: usize = 16 << 20;

/// Bytes that a text is counted with beside its own: its entry in a table that is half empty at the worst.
const OVERHEAD: usize = 40;

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
        &bytes[self.start as usize..][..self.length as usize]
    }
}

impl Generation {
    fn get(&self, hash: u64, text: &[u8]) -> Option<f32> {
        self.entries.find(hash, |entry| entry.text(&self.bytes) == text).map(|entry| entry.score)
    }

    fn size(&self) -> usize {
        self.bytes.len() + self.entries.len() * OVERHEAD
    }
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
        let cost = text.len() + OVERHEAD;
        if cost > self.room / 16 {
            return;
        }
        if self.young.size() + cost > self.room {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.bytes.clear();
            self.young.entries.clear();
        }
        let Generation { bytes, entries } = &mut self.young;
        if bytes.capacity() == 0 {
            // At once: pages that are never written cost nothing, and a vector that doubles holds two copies for a while.
            bytes.reserve_exact(self.room);
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

    #[test]
    fn it_never_grows_beyond_its_room() {
        let mut cache = Cache::default();
        for i in 0..400_000u32 {
            ask(&mut cache, &[&i.to_be_bytes()[..], &[7; 96]].concat());
        }
        ask(&mut cache, &vec![b'x'; 1 << 20]);
        let taken = [&cache.young, &cache.old].map(|one| {
            assert!(one.size() <= ROOM / 2 && one.bytes.capacity() <= ROOM / 2);
            one.bytes.len() + one.entries.allocation_size()
        });
        assert!(taken.iter().sum::<usize>() <= ROOM, "{taken:?}");
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
