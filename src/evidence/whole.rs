//! A text that is one encoded value: all of it, or what stands behind one letter or a key.

use std::borrow::Cow;

use crate::evidence::byte_class::{
    ALPHANUMERIC, BASE64, BASE64_URL, ENCODINGS, HEX, KEY, KEY_END, LOWER_BASE32, MARK, PIECES, UPPER_BASE32, class,
};
use crate::evidence::decoding::{decodings, joined_pieces, without_escapes};
use crate::evidence::encoding::Encoding;

/// What a text decodes to as a whole.
pub struct Whole<'t> {
    pub encoding: Encoding,
    /// The encoded characters.
    pub run: Cow<'t, [u8]>,
    pub bytes: Vec<u8>,
    /// Whether a long key stands before it, as before the token of a vendor.
    pub has_long_key: bool,
}

/// Characters of a run that are decoded: enough to tell what it is.
const MAX_RUN_CHARS: usize = 4 << 10;

/// The first answer that `look` gives to what a text decodes to as a whole, in each encoding whose characters it has.
pub fn find_whole<T>(text: &[u8], mut look: impl FnMut(Whole<'_>) -> Option<T>) -> Option<T> {
    let (first, rest) = text.split_first()?;
    let (before, of_rest) = (class(*first), alphabets(rest));
    if of_rest != 0 {
        let has_letter = before & (ALPHANUMERIC | MARK) != 0;
        let without_letter = if has_letter { decode_run(rest, of_rest, false, &mut look) } else { None };
        if let Some(found) = without_letter.or_else(|| decode_run(text, of_rest & before, false, &mut look)) {
            return Some(found);
        }
    } else if let Some((run, is_long)) = after_key(text)
        && let Some(found) = decode_run(run, alphabets(run), is_long, &mut look)
    {
        // Nearly every text has a character that no encoding has, so that only what stands behind a key may be encoded.
        return Some(found);
    }
    // Pieces have separators, which no encoding has; ones and zeros need none.
    if of_rest != 0 && !matches!(first, b'0' | b'1') {
        return None;
    }
    in_pieces(text).and_then(&mut look).or_else(|| numbers(text).and_then(&mut look)).or_else(|| escaped(text).and_then(&mut look))
}

/// The encodings that have all characters of a run. Padding at its end is left out.
fn alphabets(run: &[u8]) -> u32 {
    let mut all = ENCODINGS;
    for byte in without_padding(run) {
        all &= class(*byte);
        if all == 0 {
            break;
        }
    }
    all
}

fn without_padding(run: &[u8]) -> &[u8] {
    run.strip_suffix(b"==").or_else(|| run.strip_suffix(b"=")).unwrap_or(run)
}

/// What stands behind a key and `=`, `:` or another separator, and whether the key is long.
fn after_key(text: &[u8]) -> Option<(&[u8], bool)> {
    const MAX_SHORT_CHARS: usize = 8;
    const MAX_CHARS: usize = 48;
    let at = text.iter().take(MAX_CHARS).take_while(|byte| class(**byte) & KEY != 0).count();
    let (separator, value) = text.get(at..)?.split_first()?;
    (at > 0 && class(*separator) & KEY_END != 0).then(|| (value.trim_ascii(), at > MAX_SHORT_CHARS))
}

/// The first answer to the bytes of a run in one of these encodings. A length that an encoding never has is another encoding's,
/// unless the end of a DNS string cut the run.
fn decode_run<T>(run: &[u8], alphabets: u32, has_long_key: bool, look: &mut impl FnMut(Whole<'_>) -> Option<T>) -> Option<T> {
    const MIN_CHARS: usize = 4;
    if alphabets == 0 || run.len() < MIN_CHARS {
        return None;
    }
    let plain = without_padding(run);
    let plain = plain.get(..MAX_RUN_CHARS).unwrap_or(plain);
    const MIN_BASE32: usize = 7; // shorter ones are words
    const MAY_BE_CUT: usize = 200;
    let length = plain.len();
    let has_length = |odd: bool| length >= MAY_BE_CUT || !odd;
    let is = |class: u32| alphabets & class != 0;
    let mut decode = |is_in: bool, encoding: Encoding| {
        let bytes = if is_in { decodings(encoding, plain).next()? } else { return None };
        look(Whole { encoding, run: Cow::Borrowed(run), bytes, has_long_key })
    };
    // Base64 of so many characters is never hex as well.
    const MIN_ONLY_HEX: usize = 16;
    let is_base64 = has_length(length % 4 == 1) && !(is(HEX) && length >= MIN_ONLY_HEX);
    decode(is(HEX) && has_length(length % 2 == 1), Encoding::Hex)
        .or_else(|| {
            decode(is(UPPER_BASE32 | LOWER_BASE32) && length >= MIN_BASE32 && has_length(matches!(length % 8, 1 | 3 | 6)), Encoding::Base32)
        })
        .or_else(|| decode(is(BASE64) && is_base64, Encoding::Base64))
        .or_else(|| decode(is(BASE64_URL) && !is(BASE64) && is_base64, Encoding::Base64Url))
}

/// Lines of base64, or bytes in hex with separators.
fn in_pieces(text: &[u8]) -> Option<Whole<'_>> {
    // Nearly every text ends the look at its first dot, hyphen or underscore.
    if text.len() > MAX_RUN_CHARS || text.iter().any(|byte| class(*byte) & PIECES == 0) {
        return None;
    }
    let (encoding, run) = joined_pieces(text)?;
    let bytes = decodings(encoding, &run).next()?;
    Some(Whole { encoding, run: Cow::Owned(run), bytes, has_long_key: false })
}

/// Bytes as decimal numbers with separators, or as ones and zeros.
fn numbers(text: &[u8]) -> Option<Whole<'_>> {
    const MIN_BYTES: usize = 6;
    let may_be = |byte: &u8| class(*byte) & PIECES != 0 && !byte.is_ascii_alphabetic();
    if !text.first().is_some_and(u8::is_ascii_digit) || text.len() > MAX_RUN_CHARS || !text.iter().all(may_be) {
        return None;
    }
    let bits: Vec<u8> = text.iter().copied().filter(|byte| *byte != b' ').collect();
    let bytes = if bits.len().is_multiple_of(8) && bits.iter().all(|bit| matches!(bit, b'0' | b'1')) {
        bits.chunks_exact(8).filter_map(|byte| u8::from_str_radix(std::str::from_utf8(byte).ok()?, 2).ok()).collect::<Vec<_>>()
    } else {
        let pieces = text.split(|byte| !byte.is_ascii_digit()).filter(|piece| !piece.is_empty());
        pieces.map(|piece| std::str::from_utf8(piece).ok()?.parse().ok()).collect::<Option<Vec<u8>>>()?
    };
    let whole = Whole { encoding: Encoding::Numbers, run: Cow::Borrowed(text), bytes, has_long_key: false };
    (whole.bytes.len() >= MIN_BYTES).then_some(whole)
}

/// A text that is mostly escapes, such as `%63%75%72%6c`.
fn escaped(text: &[u8]) -> Option<Whole<'_>> {
    let may_be = matches!(text.first(), Some(b'%' | b'\\'));
    let (encoding, bytes, is_most) = may_be.then(|| without_escapes(text)).flatten()?;
    is_most.then_some(Whole { encoding, run: Cow::Borrowed(text), bytes, has_long_key: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(Encoding, String)> {
        let printable = |whole: &Whole<'_>| whole.bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) && !whole.bytes.is_empty();
        let mut all = Vec::new();
        find_whole(text.as_bytes(), |whole| {
            if printable(&whole) {
                all.push((whole.encoding, String::from_utf8(whole.bytes).unwrap()));
            }
            None::<()>
        });
        all
    }

    #[test]
    fn a_whole_text_is_decoded_in_every_form() {
        for (text, encoding, decoded) in [
            ("d2hvYW1p", Encoding::Base64, "whoami"),
            ("cHdk", Encoding::Base64, "pwd"),
            ("CO5UG6YLNNE", Encoding::Base32, "whoami"), // pisloader's letter in front
            ("o5ug6ylnne", Encoding::Base32, "whoami"),
            ("77686f616d69", Encoding::Hex, "whoami"),
            ("@d2hvYW1pIC9hbGw", Encoding::Base64, "whoami /all"),
            ("c=d2hvYW1pIC9hbGw=", Encoding::Base64, "whoami /all"),
            ("S0140>d2hvYW1pIC9hbGw=", Encoding::Base64, "whoami /all"),
            ("google-site-verification=d2hvYW1pIC9hbGw=", Encoding::Base64, "whoami /all"),
            ("77 68 6f 61 6d 69 20 2f 61 6c 6c", Encoding::Hex, "whoami /all"),
            ("119,104,111,97,109,105", Encoding::Numbers, "whoami"),
            ("01110111 01101000 01101111 01100001 01101101 01101001", Encoding::Numbers, "whoami"),
            ("%77%68%6f%61%6d%69", Encoding::Percent, "whoami"),
        ] {
            assert!(of(text).contains(&(encoding, decoded.into())), "{text}: {:?}", of(text));
        }
        assert!(find_whole(b"google-site-verification=d2hvYW1pIC9hbGw=", |whole| whole.has_long_key.then_some(())).is_some());
    }

    #[test]
    fn records_decode_to_nothing_readable() {
        for text in
            ["v=spf1 include:_spf.example.com -all", "MS=ms74121547", "8f14e45fceea167a5a36dedd4bea2543", "hello world", "", "=", "1"]
        {
            assert_eq!(of(text), [], "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_end_in_a_panic(text: Vec<u8>) {
            find_whole(&text, |_| None::<()>);
        }
    }
}
