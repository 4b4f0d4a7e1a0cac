//! Segments of a TCP stream that say something else about bytes that were already seen.
//!
//! Systems differ in which of two such segments they take, and whoever sends them can make one that the client never gets. So a
//! message that either of them changes is read both ways.

use std::collections::VecDeque;

/// Bytes of a stream's latest messages that are kept for comparison: at least the last message, which has at most 65,537.
const MAX_KEPT_BYTES: usize = 64 << 10;
/// Other readings of one message. Each costs as much as the message, and an attacker chooses how many there are.
const MAX_OTHER_READINGS: u8 = 2;
/// Other segments that wait for their message.
const MAX_WAITING: usize = 4;

/// What is known of a stream's latest messages. Messages begin with their length of two bytes.
#[derive(Default)]
pub(super) struct RecentMessages {
    messages: VecDeque<Known>,
    bytes: usize,
    /// Bytes that differ from those of a message that is not complete yet: where they begin, and they.
    waiting: Vec<(u32, Vec<u8>)>,
}

struct Known {
    seq: u32,
    bytes: Vec<u8>,
    other_readings: u8,
}

impl Known {
    /// The message with other bytes from `seq` on, if that changes it.
    fn read_with(&mut self, seq: u32, other: &[u8]) -> Option<Vec<u8>> {
        if self.other_readings == MAX_OTHER_READINGS {
            return None;
        }
        let (at, other) = difference(self.seq, &self.bytes, seq, other)?;
        self.other_readings = self.other_readings.saturating_add(1);
        let mut changed = self.bytes.clone();
        changed.get_mut(at..)?.iter_mut().zip(other).for_each(|(byte, other)| *byte = *other);
        let message = changed.get(2..).filter(|message| self.bytes.get(2..) != Some(message))?; // more than its length
        Some(message.to_vec())
    }

    fn end(&self) -> u32 {
        self.seq.wrapping_add(self.bytes.len() as u32)
    }
}

/// Whether a sequence number is not after another one. Sequence numbers wrap around.
fn is_not_after(seq: u32, other: u32) -> bool {
    other.wrapping_sub(seq).cast_signed() >= 0
}

impl RecentMessages {
    /// Adds a complete message, with its length of two bytes. Returns its other readings, without.
    pub(super) fn add(&mut self, seq: u32, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut known = Known { seq, bytes: bytes.to_vec(), other_readings: 0 };
        let others = self.waiting.iter().filter_map(|(at, other)| known.read_with(*at, other)).collect();
        self.waiting.retain(|(at, other)| !is_not_after(at.wrapping_add(other.len() as u32), known.end()));
        self.bytes = self.bytes.saturating_add(bytes.len());
        self.messages.push_back(known);
        while self.bytes > MAX_KEPT_BYTES
            && self.messages.len() > 1
            && let Some(oldest) = self.messages.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(oldest.bytes.len());
        }
        others
    }

    /// Compares bytes that came again with the messages that are kept, and with `pending`, the bytes after them. Returns other
    /// readings of messages, and whether anything differs.
    pub(super) fn compare(&mut self, seq: u32, again: &[u8], pending_seq: u32, pending: &[u8]) -> (Vec<Vec<u8>>, bool) {
        if again.len() < 2 {
            return (Vec::new(), false); // a single byte is a keep-alive, whose byte means nothing
        }
        // Messages are in order: there may be thousands of small ones, and a segment touches few.
        let end = seq.wrapping_add(again.len() as u32);
        let first = self.messages.partition_point(|known| is_not_after(known.end(), seq));
        let touched = self.messages.range_mut(first..).take_while(|known| !is_not_after(end, known.seq));
        let others: Vec<_> = touched.filter_map(|known| known.read_with(seq, again)).collect();
        let in_pending = difference(pending_seq, pending, seq, again).is_some();
        if in_pending {
            self.wait(seq, again);
        }
        let differs = in_pending || !others.is_empty();
        (others, differs)
    }

    /// Keeps bytes for a message that is not complete yet.
    pub(super) fn wait(&mut self, seq: u32, other: &[u8]) {
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push((seq, other.to_vec()));
        }
    }
}

/// Where in the known bytes the others begin, and those of them that overlap; `None` if the known bytes are the same.
fn difference<'o>(known_seq: u32, known: &[u8], seq: u32, other: &'o [u8]) -> Option<(usize, &'o [u8])> {
    let distance = seq.wrapping_sub(known_seq).cast_signed();
    let skipped = usize::try_from(distance.unsigned_abs()).ok()?;
    let (at, other) = if distance >= 0 { (skipped, other) } else { (0, other.get(skipped..)?) };
    let from = known.get(at..)?;
    let other = other.get(..from.len()).unwrap_or(other);
    (!from.starts_with(other)).then_some((at, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_compared_where_they_overlap() {
        let of = |seq, other: &'static [u8]| difference(u32::MAX - 1, b"abcdef", seq, other);
        assert_eq!(of(u32::MAX, b"XY"), Some((1, &b"XY"[..])));
        assert_eq!(of(u32::MAX - 3, b"XYZ"), Some((0, &b"Z"[..])));
        assert_eq!(of(2, b"XYZUV"), Some((4, &b"XY"[..])));
        for (seq, other) in [(0, &b"cd"[..]), (4, b"X"), (u32::MAX - 3, b"XY"), (0, b"")] {
            assert_eq!(of(seq, other), None, "{seq}");
        }
    }

    #[test]
    fn a_segment_changes_every_message_that_it_touches() {
        let mut recent = RecentMessages::default();
        let start = u32::MAX - 4; // sequence numbers wrap around between them
        for number in 0..4 {
            recent.add(start.wrapping_add(number * 4), b"\0\x02ab");
        }
        let (others, differs) = recent.compare(start.wrapping_add(7), b"X\0\x02abY", start.wrapping_add(16), b"");
        assert_eq!((others, differs), (vec![b"aX".to_vec()], true), "the last byte changes no message, but a length");
    }

    #[test]
    fn a_message_has_few_other_readings() {
        let mut overlap = RecentMessages::default();
        assert!(overlap.add(0, b"\0\x02ab").is_empty());
        let read = |overlap: &mut RecentMessages, other: &[u8]| overlap.compare(2, other, 4, b"");
        assert_eq!(read(&mut overlap, b"ax"), (vec![b"ax".to_vec()], true));
        assert_eq!(read(&mut overlap, b"ab"), (vec![], false));
        assert_eq!(read(&mut overlap, b"xy").0.len() + read(&mut overlap, b"zz").0.len(), 1);
    }
}
