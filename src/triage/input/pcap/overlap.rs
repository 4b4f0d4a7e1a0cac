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
pub(super) struct Overlap {
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
        let changed = replaced(self.seq, &self.bytes, seq, other)?;
        self.other_readings += 1;
        changed.get(2..).map(<[u8]>::to_vec)
    }
}

impl Overlap {
    /// Adds a complete message, with its length of two bytes. Returns its other readings, without.
    pub(super) fn add(&mut self, seq: u32, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut known = Known { seq, bytes: bytes.to_vec(), other_readings: 0 };
        let others = self.waiting.iter().filter_map(|(at, other)| known.read_with(*at, other)).collect();
        let end = seq.wrapping_add(bytes.len() as u32);
        self.waiting.retain(|(at, other)| at.wrapping_add(other.len() as u32).wrapping_sub(end).cast_signed() > 0);
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
        let others: Vec<_> = self.messages.iter_mut().filter_map(|known| known.read_with(seq, again)).collect();
        let in_pending = replaced(pending_seq, pending, seq, again).is_some();
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

/// The known bytes with others in their place, as far as they overlap; `None` if nothing changes.
fn replaced(known_seq: u32, known: &[u8], seq: u32, other: &[u8]) -> Option<Vec<u8>> {
    let distance = seq.wrapping_sub(known_seq).cast_signed();
    let skipped = usize::try_from(distance.unsigned_abs()).ok()?;
    let (at, other) = if distance >= 0 { (skipped, other) } else { (0, other.get(skipped..)?) };
    let before = known.get(at..)?;
    let other = other.get(..before.len()).unwrap_or(other);
    if before.starts_with(other) {
        return None;
    }
    let (start, rest) = (known.get(..at)?, before.get(other.len()..)?);
    Some([start, other, rest].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_replaced_where_they_overlap() {
        let with = |seq, other: &[u8]| replaced(u32::MAX - 1, b"abcdef", seq, other).map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(with(u32::MAX, b"XY").as_deref(), Some("aXYdef"));
        assert_eq!(with(u32::MAX - 3, b"XYZ").as_deref(), Some("Zbcdef"));
        assert_eq!(with(2, b"XYZUV").as_deref(), Some("abcdXY"));
        for (seq, other) in [(0, &b"cd"[..]), (4, b"X"), (u32::MAX - 3, b"XY"), (0, b"")] {
            assert_eq!(with(seq, other), None, "{seq}");
        }
    }

    #[test]
    fn a_message_has_few_other_readings() {
        let mut overlap = Overlap::default();
        assert!(overlap.add(0, b"\0\x02ab").is_empty());
        let read = |overlap: &mut Overlap, other: &[u8]| overlap.compare(2, other, 4, b"");
        assert_eq!(read(&mut overlap, b"ax"), (vec![b"ax".to_vec()], true));
        assert_eq!(read(&mut overlap, b"ab"), (vec![], false));
        assert_eq!(read(&mut overlap, b"xy").0.len() + read(&mut overlap, b"zz").0.len(), 1);
    }
}
