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

impl Counts {
    /// Counts the bytes of a value.
    pub(super) fn of(value: &[u8]) -> Self {
        let is_in = |byte: u8, first: u8, last: u8| byte.wrapping_sub(first) <= last.wrapping_sub(first);
        // With `|` and not `||`: without branches sixteen bytes are compared at once.
        let is_sign = |byte: u8| (byte == b'+') | (byte == b'/') | (byte == b'=') | (byte == b'-') | (byte == b'_');
        Self {
            digits: count(value, |byte| is_in(byte, b'0', b'9')),
            lower: count(value, |byte| is_in(byte, b'a', b'z')),
            upper: count(value, |byte| is_in(byte, b'A', b'Z')),
            spaces: count(value, |byte| byte == b' '),
            signs: count(value, is_sign),
            other: count(value, |byte| !is_in(byte, b' ', b'~')),
            hex: count(value, |byte| is_in(byte, b'0', b'9') | is_in(byte | 0x20, b'a', b'f')),
        }
    }

    /// Letters and digits.
    pub(super) fn word(&self) -> usize {
        self.digits.saturating_add(self.lower).saturating_add(self.upper)
    }
}

/// How often a digit stands beside another character.
pub(super) fn changes_of_digits(value: &[u8]) -> usize {
    let is_digit = |byte: u8| byte.wrapping_sub(b'0') < 10;
    let pairs = value.chunks(MAX_COUNTED).zip(value.get(1..).unwrap_or_default().chunks(MAX_COUNTED));
    let count = |(these, next): (&[u8], &[u8])| {
        these.iter().zip(next).fold(0u8, |count, (a, b)| count.wrapping_add(u8::from(is_digit(*a) != is_digit(*b))))
    };
    pairs.map(count).fold(0, |sum, count| sum.saturating_add(count.into()))
}

/// Bytes that are counted in a byte.
const MAX_COUNTED: usize = 255;

fn count(value: &[u8], is_one: impl Fn(u8) -> bool) -> usize {
    let chunks = value.chunks(MAX_COUNTED);
    let counts = chunks.map(|chunk| chunk.iter().fold(0u8, |count, byte| count.wrapping_add(u8::from(is_one(*byte)))));
    counts.fold(0, |sum, count| sum.saturating_add(count.into()))
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
        assert_eq!(Counts::of(&[b'a'; 1000]).lower, 1000);
        assert_eq!(["", "1", "a1", "a11b", "--"].map(|value| changes_of_digits(value.as_bytes())), [0, 0, 1, 2, 0]);
        assert_eq!(changes_of_digits(&b"a1".repeat(500)), 999);
    }
}
