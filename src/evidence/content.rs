//! What bytes or a text are, by their first bytes or by words that only such a text has.

use infer::{app, archive, image};

use crate::evidence::byte_class::{READABLE, class};
use crate::evidence::words::{ExecutableKind, executable_kind};

/// What decoded bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    Text,
    Json,
    SshBanner,
    Executable(ExecutableKind),
    /// Bytes that are not text but hold the words of a command.
    BytesWith(ExecutableKind),
    BytesWithSshBanner,
    /// Bytes that are not text but hold readable characters, more than chance puts side by side.
    BytesWithText,
    Elf,
    Pe,
    Gzip,
    Zip,
    /// A kind of file, by its usual extension.
    File(&'static str),
}

impl Content {
    /// The name in `txt_decoded` and in explanations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "JSON",
            Self::SshBanner => "SSH banner",
            Self::Executable(kind) => kind.name(),
            Self::BytesWith(ExecutableKind::PowerShell) => "bytes with PowerShell",
            Self::BytesWith(ExecutableKind::Script) => "bytes with a script",
            Self::BytesWith(ExecutableKind::Injection) => "bytes with an injection",
            Self::BytesWith(ExecutableKind::Command) => "bytes with a command",
            Self::BytesWithSshBanner => "bytes with SSH banner",
            Self::BytesWithText => "bytes with text",
            Self::Elf => "ELF",
            Self::Pe => "PE",
            Self::Gzip => "gzip",
            Self::Zip => "zip",
            Self::File(extension) => extension,
        }
    }
}

/// Bytes as UTF-8 without a last character that is cut: a DNS string ends after 255 bytes. `None` if another byte is invalid.
pub fn whole_characters(bytes: &[u8]) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => bytes.get(..error.valid_up_to()).and_then(|bytes| std::str::from_utf8(bytes).ok()),
        Err(_) => None,
    }
}

/// Bytes as text, if people can read them: UTF-8, or the UTF-16 of PowerShell's encoded commands, in either byte order.
pub fn as_text(bytes: &[u8]) -> Option<String> {
    let text = match whole_characters(bytes) {
        Some(text) if !bytes.contains(&0) => text.to_owned(),
        // Bytes of UTF-16 in a Western script are zero, one in two.
        _ if memchr::memchr(0, bytes).is_none() => return None,
        _ => {
            const ORDER_MARKS: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];
            let (pairs, _) = bytes.as_chunks::<2>();
            let pairs = pairs.split_first().filter(|(first, _)| ORDER_MARKS.contains(first)).map_or(pairs, |(_, rest)| rest);
            let latin = |byte: fn(&[u8; 2]) -> u8| pairs.iter().filter(|pair| byte(pair) == 0).count().saturating_mul(10);
            let enough = pairs.len().saturating_mul(8);
            let from: fn([u8; 2]) -> u16 = match (latin(|pair| pair[1]) >= enough, latin(|pair| pair[0]) >= enough) {
                _ if pairs.len() < 4 => return None,
                (true, _) => u16::from_le_bytes,
                (_, true) => u16::from_be_bytes,
                _ => return None,
            };
            String::from_utf16(&pairs.iter().map(|pair| from(*pair)).collect::<Vec<_>>()).ok()?
        }
    };
    let all = text.chars().count();
    let control = text.chars().filter(|c| c.is_control() && !c.is_whitespace()).count();
    // Few bytes are letters of some script by chance.
    let min = if text.is_ascii() { 4 } else { 10 };
    (all >= min && control <= all / 20).then_some(text)
}

/// What a text is.
pub fn content_of_text(text: &str) -> Content {
    if text.starts_with("SSH-") {
        Content::SshBanner
    } else if text.starts_with("#!") {
        Content::Executable(ExecutableKind::Script)
    } else if text.starts_with(['{', '[']) && serde_json::from_str::<serde_json::Value>(text).is_ok() {
        Content::Json
    } else {
        executable_kind(text.as_bytes()).map_or(Content::Text, Content::Executable)
    }
}

type HasSignature = fn(&[u8]) -> bool;

/// Kinds of files by a signature of three bytes or more, since tokens begin with any two bytes by chance. `ole` is the compound
/// file of installers and of old office documents.
const FILES: [(&str, HasSignature); 13] = [
    ("pdf", archive::is_pdf),
    ("png", image::is_png),
    ("jpg", image::is_jpeg),
    ("gif", image::is_gif),
    ("7z", archive::is_7z),
    ("rar", archive::is_rar),
    ("xz", archive::is_xz),
    ("zst", archive::is_zst),
    ("cab", archive::is_cab),
    ("wasm", app::is_wasm),
    ("sqlite", archive::is_sqlite),
    ("rtf", archive::is_rtf),
    ("ole", archive::is_msi),
];

/// What bytes are that are not text.
pub fn content_of_bytes(bytes: &[u8]) -> Option<Content> {
    match bytes {
        [b'S', b'S', b'H', b'-', ..] => Some(Content::SshBanner),
        _ => file_kind(bytes).or_else(|| with_words(bytes)).or_else(|| readable_part(bytes).map(|_| Content::BytesWithText)),
    }
}

/// The kind of a program, an archive or another file, by its first bytes.
pub fn file_kind(bytes: &[u8]) -> Option<Content> {
    // What the signatures below begin with: most bytes are none of them, and need not be compared with each.
    if !matches!(
        bytes.first(),
        Some(0 | 0x1f | b'%' | b'(' | b'7' | b'G' | b'I' | b'M' | b'P' | b'R' | b'S' | b'{' | 0x7f | 0x89 | 0xd0 | 0xfd | 0xff)
    ) {
        return None;
    }
    match bytes {
        [b'M', b'Z', b'P' | 0x90, 0, ..] => Some(Content::Pe),
        [b'M', b'Z', ..] if bytes.len() >= 64 => Some(Content::Pe),
        [0x7f, b'E', b'L', b'F', ..] => Some(Content::Elf),
        [0x1f, 0x8b, 8, ..] => Some(Content::Gzip),
        [b'P', b'K', 3, 4, ..] => Some(Content::Zip),
        _ => FILES.iter().find(|(_, begins)| begins(bytes)).map(|(extension, _)| Content::File(extension)),
    }
}

/// Bytes of decoded bytes that are examined for words, since about sixteen decodings of a text are.
const MAX_SEARCHED_BYTES: usize = 4 << 10;

/// The longest part of bytes that people can read, if chance does not explain it: eight of 21 bytes are readable, so 12 in a row
/// after a short header to the end, or 16 anywhere.
pub fn readable_part(bytes: &[u8]) -> Option<&str> {
    const MAX_HEADER_BYTES: usize = 12;
    const MIN_TO_THE_END: usize = 12;
    const MIN: usize = 16;
    let bytes = bytes.get(..MAX_SEARCHED_BYTES).unwrap_or(bytes);
    let is_readable = |byte: &&u8| class(**byte) & READABLE != 0;
    let (mut longest, mut end) = (0usize, 0usize);
    // A part that is long enough holds one of every twelve bytes, so that most bytes need no look.
    let mut at = MIN_TO_THE_END.saturating_sub(1);
    while let Some(byte) = bytes.get(at) {
        if is_readable(&byte) {
            let (before, after) = bytes.split_at(at);
            let first = before.iter().rev().take_while(is_readable).count();
            let rest = after.iter().take_while(is_readable).count();
            if first.saturating_add(rest) > longest {
                (longest, end) = (first.saturating_add(rest), at.saturating_add(rest));
            }
            at = at.saturating_add(rest);
        }
        at = at.saturating_add(MIN_TO_THE_END);
    }
    let to_the_end = end == bytes.len() && bytes.len().saturating_sub(longest) <= MAX_HEADER_BYTES;
    if longest < if to_the_end { MIN_TO_THE_END } else { MIN } {
        return None;
    }
    std::str::from_utf8(bytes.get(end.saturating_sub(longest)..end)?).ok()
}

/// The readable characters of bytes, with spaces in place of the others.
pub fn readable(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { ' ' }).collect()
}

/// Bytes that are not text but hold a command, so that an escape or a zero byte in a command does not hide it.
fn with_words(bytes: &[u8]) -> Option<Content> {
    let bytes = bytes.get(..MAX_SEARCHED_BYTES).unwrap_or(bytes);
    if memchr::memmem::find(bytes, b"SSH-2.0-").is_some() {
        return Some(Content::BytesWithSshBanner);
    }
    executable_kind(readable(bytes).as_bytes()).map(Content::BytesWith)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_programs_are_short() {
        assert_eq!(content_of_bytes(b"MZ\x90\0\x03\0\0\0"), Some(Content::Pe));
        assert_eq!(content_of_bytes(b"\x7fELF\x02"), Some(Content::Elf));
        assert_eq!(content_of_bytes(b"MZabcdefgh"), None);
        assert_eq!(content_of_bytes(b"\0\x01\x02/bin/sh -i\0"), Some(Content::BytesWith(ExecutableKind::Command)));
    }
}
