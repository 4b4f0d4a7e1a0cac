//! How the answers of a channel may be written: an encoding, letters before it, and a header within what it decodes to.

use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, HEXLOWER_PERMISSIVE};

/// How a text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Encoding {
    Hex,
    Base32,
    Base64,
    Plain,
}

impl Encoding {
    /// From the smallest alphabet to the largest: what fits into a small one is hardly ever written in a larger one.
    pub(super) const ALL: [Self; 4] = [Self::Hex, Self::Base32, Self::Base64, Self::Plain];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base32 => "base32",
            Self::Base64 => "base64",
            Self::Plain => "plain text",
        }
    }

    /// Whether a text has only characters of the encoding, and padding.
    pub(super) fn has_only(self, text: &[u8]) -> bool {
        let is_of_it: fn(&u8) -> bool = match self {
            Self::Hex => u8::is_ascii_hexdigit,
            Self::Base32 => |byte| byte.is_ascii_alphabetic() || matches!(byte, b'2'..=b'7' | b'='),
            Self::Base64 => |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'='),
            Self::Plain => |_| true,
        };
        text.iter().all(is_of_it)
    }

    /// The bytes of a text, without its padding. `None` if it is not written so; that bits at its end belong to no byte is a sign that it was
    /// cut within a unit.
    pub(super) fn decode(self, text: &[u8]) -> Option<Vec<u8>> {
        let unpadded = || text.iter().copied().filter(|byte| *byte != b'=');
        match self {
            Self::Hex => HEXLOWER_PERMISSIVE.decode(text).ok(),
            Self::Base32 => BASE32_NOPAD.decode(&unpadded().map(|byte| byte.to_ascii_uppercase()).collect::<Vec<u8>>()).ok(),
            Self::Base64 => {
                let standard = |byte| match byte {
                    b'-' => b'+',
                    b'_' => b'/',
                    other => other,
                };
                BASE64_NOPAD.decode(&unpadded().map(standard).collect::<Vec<u8>>()).ok()
            }
            Self::Plain => Some(text.to_vec()),
        }
    }
}

/// One way to read the answers of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Alignment {
    pub(super) encoding: Encoding,
    /// Characters before the encoded part of each answer.
    pub(super) letters: usize,
    /// Bytes before the content of each decoded answer.
    pub(super) header: usize,
    /// Whether the answers are joined before they are decoded: a cut then need not be between two units.
    pub(super) is_joined: bool,
    /// The two bytes of the header that say which stream an answer is of.
    pub(super) stream: Option<usize>,
}

impl Alignment {
    /// How it is written, in words.
    pub(super) fn in_words(self) -> String {
        let mut words = self.encoding.name().to_owned();
        if self.letters > 0 {
            words += &format!(" after {} {}", self.letters, if self.letters == 1 { "character" } else { "characters" });
        }
        if self.is_joined {
            words += ", joined before it was decoded";
        }
        if self.header > 0 {
            words += &format!(", {} bytes of header each", self.header);
        }
        words
    }

    /// What is removed from each answer: of two readings that give the same, the simpler one is right.
    pub(super) fn cost(self) -> usize {
        let stream = if self.stream.is_some() { 3 } else { 0 };
        self.letters.saturating_add(self.header).saturating_add(stream).saturating_add(usize::from(self.is_joined))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_decoded_with_and_without_padding_and_in_either_case() {
        for (encoding, texts) in [
            (Encoding::Hex, &["48656c6c6f", "48656C6C6F"][..]),
            (Encoding::Base32, &["JBSWY3DP", "jbswy3dp"]),
            (Encoding::Base64, &["SGVsbG8=", "SGVsbG8"]),
            (Encoding::Plain, &["Hello"]),
        ] {
            for text in texts {
                assert_eq!(encoding.decode(text.as_bytes()).as_deref(), Some(&b"Hello"[..]), "{text}");
            }
        }
        assert_eq!(Encoding::Base64.decode(b"-_-_"), Encoding::Base64.decode(b"+/+/"));
        assert_eq!(
            (Encoding::Hex.decode(b"abc"), Encoding::Base64.decode(b"a b"), Encoding::Base64.decode(b"SGVsbG9")),
            (None, None, None)
        );
    }
}
