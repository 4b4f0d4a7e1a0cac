//! How many characters of each kind a value has. Features and sentences are made of these counts.

/// The kinds. Each byte is of one kind or none; `hex` counts some of them a second time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub digits: usize,
    pub lower: usize,
    pub upper: usize,
    pub spaces: usize,
    /// Beside letters and digits, what base64, base64url and base32 are written with.
    pub signs: usize,
    /// Control characters and bytes that are not ASCII.
    pub other: usize,
    /// Hexadecimal digits.
    pub hex: usize,
}

/// A count takes nine bits of a number, so that one addition per byte counts all kinds.
const BITS: u32 = 9;
/// So many bytes are counted before a count could be too large for its bits.
const CHUNK_BYTES: usize = (1 << BITS) - 1;
const DIGITS: u64 = 1;
const LOWER: u64 = 1 << BITS;
const UPPER: u64 = 1 << (2 * BITS);
const SPACES: u64 = 1 << (3 * BITS);
const SIGNS: u64 = 1 << (4 * BITS);
const OTHER: u64 = 1 << (5 * BITS);
const HEX: u64 = 1 << (6 * BITS);

/// What each byte adds.
#[expect(clippy::indexing_slicing, reason = "computed while it is compiled: an index out of bounds does not compile")]
const KINDS: [u64; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < kinds.len() {
        let it = byte as u8;
        kinds[byte] = match it {
            b'0'..=b'9' => DIGITS,
            b'a'..=b'z' => LOWER,
            b'A'..=b'Z' => UPPER,
            b' ' => SPACES,
            b'+' | b'/' | b'=' | b'-' | b'_' => SIGNS,
            0..32 | 127.. => OTHER,
            _ => 0,
        } + if it.is_ascii_hexdigit() { HEX } else { 0 };
        byte += 1;
    }
    kinds
};

impl Counts {
    /// Counts the bytes of a value.
    pub(super) fn of(value: &[u8]) -> Self {
        let mut counts = Self::default();
        for chunk in value.chunks(CHUNK_BYTES) {
            let kind = |byte: &u8| KINDS.get(usize::from(*byte)).copied().unwrap_or_default();
            // Four at once, so that no addition waits for the one before it.
            let (fours, rest) = chunk.as_chunks::<4>();
            let mut sums = [0u64; 4];
            for four in fours {
                sums.iter_mut().zip(four).for_each(|(sum, byte)| *sum = sum.wrapping_add(kind(byte)));
            }
            let sum = sums.into_iter().chain(rest.iter().map(kind)).fold(0, u64::wrapping_add);
            let Self { digits, lower, upper, spaces, signs, other, hex } = &mut counts;
            // In the order of the constants.
            for (count, shift) in [digits, lower, upper, spaces, signs, other, hex].into_iter().zip((0..).step_by(BITS as usize)) {
                *count = count.saturating_add(sum.wrapping_shr(shift) as usize & CHUNK_BYTES);
            }
        }
        counts
    }

    /// Letters and digits.
    pub(super) fn word(&self) -> usize {
        self.digits.saturating_add(self.lower).saturating_add(self.upper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted_however_long_the_value_is() {
        let once = b"az AZ-_+=/ 09.~\x1f\x7f\xff";
        for times in [1, 30, 100, 1000] {
            let counts = Counts::of(&once.repeat(times));
            let expected = Counts { digits: 2, lower: 2, upper: 2, spaces: 2, signs: 5, other: 3, hex: 4 };
            let Counts { digits, lower, upper, spaces, signs, other, hex } = expected;
            let expected = [digits, lower, upper, spaces, signs, other, hex].map(|count| count * times);
            assert_eq!(
                [counts.digits, counts.lower, counts.upper, counts.spaces, counts.signs, counts.other, counts.hex],
                expected,
                "{times}"
            );
            assert_eq!(counts.word(), 6 * times);
        }
        assert_eq!(Counts::of(&[b'a'; CHUNK_BYTES]).lower, CHUNK_BYTES);
    }
}
