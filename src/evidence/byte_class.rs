//! What a byte may be, from one table: so that a look at each byte of a text answers many questions at once.

/// A digit of hex, a character of base32, base64 or base64url.
pub const HEX: u32 = 1;
pub const UPPER_BASE32: u32 = 1 << 1;
pub const LOWER_BASE32: u32 = 1 << 2;
pub const BASE64: u32 = 1 << 3;
pub const BASE64_URL: u32 = 1 << 4;
pub const ENCODINGS: u32 = HEX | UPPER_BASE32 | LOWER_BASE32 | BASE64 | BASE64_URL;
/// A character of an encoding in pieces, or what separates them.
pub const PIECES: u32 = 1 << 5;
/// A character of a key, and what ends one.
pub const KEY: u32 = 1 << 6;
pub const KEY_END: u32 = 1 << 7;
/// What may stand before an encoded value.
pub const MARK: u32 = 1 << 8;
pub const ALPHANUMERIC: u32 = 1 << 9;
pub const CAPITAL: u32 = 1 << 10;
pub const CARET: u32 = 1 << 11;
pub const TILDE: u32 = 1 << 12;
pub const PERCENT: u32 = 1 << 13;
pub const ESCAPE: u32 = 1 << 14;
pub const TAB: u32 = 1 << 15;
pub const NOT_ASCII: u32 = 1 << 16;
/// What people can read: a printed character or white space.
pub const READABLE: u32 = 1 << 17;
/// A space, and two of them side by side.
pub const SPACE: u32 = 1 << 18;
pub const TWO_SPACES: u32 = SPACE << 1;

const fn class_of(byte: u8) -> u32 {
    let mut class = match byte {
        b'+' | b'/' => BASE64 | PIECES,
        b'-' | b'_' => BASE64_URL | KEY,
        b'.' => KEY,
        b' ' => PIECES | SPACE,
        b'\r' | b'\n' | b'\\' => PIECES,
        b'\t' => PIECES | TAB,
        b'=' | b':' | b',' | b';' => PIECES | KEY_END,
        b'>' | b'|' => KEY_END,
        b'~' => KEY_END | MARK | TILDE,
        b'@' | b'#' | b'!' | b'*' => MARK,
        b'^' => CARET,
        b'%' => PERCENT,
        0x1b => ESCAPE,
        0x80.. => NOT_ASCII,
        _ => 0,
    };
    if matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n') {
        class |= READABLE;
    }
    if byte.is_ascii_hexdigit() {
        class |= HEX;
    }
    if byte.is_ascii_uppercase() {
        class |= CAPITAL;
    }
    if byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7') {
        class |= UPPER_BASE32;
    }
    if byte.is_ascii_lowercase() || matches!(byte, b'2'..=b'7') {
        class |= LOWER_BASE32;
    }
    if byte.is_ascii_alphanumeric() {
        class |= BASE64 | BASE64_URL | PIECES | KEY | ALPHANUMERIC;
    }
    class
}

#[expect(clippy::indexing_slicing, reason = "a byte is below 256, and `get_mut` is not const")]
static CLASSES: [u32; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0u8;
    loop {
        classes[byte as usize] = class_of(byte);
        match byte.checked_add(1) {
            Some(next) => byte = next,
            None => break classes,
        }
    }
};

/// The classes of a byte.
pub fn class(byte: u8) -> u32 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or_default()
}

/// All classes of the bytes of a text, and of its pairs.
pub fn classes_in(text: &[u8]) -> u32 {
    let (mut all, mut before) = (0, 0);
    for byte in text {
        let own = class(*byte);
        all |= own | (own & before & SPACE) << 1;
        before = own;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_has_its_classes() {
        for byte in 0..=255u8 {
            let is = |bit| class(byte) & bit != 0;
            assert_eq!(is(HEX), byte.is_ascii_hexdigit());
            assert_eq!(is(BASE64), byte.is_ascii_alphanumeric() || b"+/".contains(&byte));
            assert_eq!(is(BASE64_URL), byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
            assert_eq!(is(UPPER_BASE32), byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte));
            assert_eq!(is(NOT_ASCII), !byte.is_ascii());
            assert_eq!(is(CAPITAL), byte.is_ascii_uppercase());
        }
        assert_eq!(["a b", "a  b"].map(|text| classes_in(text.as_bytes()) & TWO_SPACES != 0), [false, true]);
        assert_eq!(classes_in(b"~^") & (TILDE | CARET | PERCENT), TILDE | CARET);
    }
}
