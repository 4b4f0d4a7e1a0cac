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
/// What people can read: a printed character or white space.
pub const READABLE: u32 = 1 << 10;

const fn class_of(byte: u8) -> u32 {
    let mut class = match byte {
        b'+' | b'/' => BASE64 | PIECES,
        b'-' | b'_' => BASE64_URL | KEY,
        b'.' => KEY,
        b' ' | b'\t' | b'\r' | b'\n' | b'\\' => PIECES,
        b'=' | b':' | b',' | b';' => PIECES | KEY_END,
        b'>' | b'|' => KEY_END,
        b'~' => KEY_END | MARK,
        b'@' | b'#' | b'!' | b'*' => MARK,
        _ => 0,
    };
    if matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n') {
        class |= READABLE;
    }
    if byte.is_ascii_hexdigit() {
        class |= HEX;
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
        }
    }
}
