//! Encoded parts of a text: where they are, how they are encoded, and the bytes that they decode to.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use data_encoding::{BASE32_NOPAD, HEXLOWER_PERMISSIVE};

/// How a payload is written in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Base64,
    Base64Url,
    Base32,
    Hex,
    /// The text itself is bytes that are not characters: a log or a zone file showed them escaped.
    EscapedBytes,
}

impl Encoding {
    /// The value of `txt_encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Base64Url => "base64url",
            Self::Base32 => "base32",
            Self::Hex => "hex",
            Self::EscapedBytes => "escaped bytes",
        }
    }
}

/// The parts of a text that may be encoded: the longest runs of characters of any encoding, what follows a `/`, `-` or `_` in
/// them, and the pieces between the characters that one alphabet has and another has not. A prefix with a hyphen or a slash
/// is then not taken for part of the payload.
pub fn runs(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    const MAX_PREFIXES: usize = 4;
    let between = |extra: &'static [u8]| text.split(move |byte| !(byte.is_ascii_alphanumeric() || extra.contains(byte)));
    let after_separators = between(b"+/-_").flat_map(|run| {
        let separators = run.iter().enumerate().filter(|(_, byte)| b"/-_".contains(byte)).take(MAX_PREFIXES);
        separators.filter_map(|(at, _)| run.split_at_checked(at)?.1.get(1..))
    });
    let all = between(b"+/-_").chain(after_separators).chain(between(b"+/")).chain(between(b"-_")).chain(between(b""));
    all.map(|run| run.strip_prefix(b"0x").unwrap_or(run))
}

/// Whether at least half of the pieces between separators are words. Then the run is a path or a name, which decodes to bytes
/// as well.
pub fn is_wordy(run: &[u8]) -> bool {
    const MIN_LETTERS: usize = 3;
    // `wiki`, `WIKI`, `HomePage2`: runs of lowercase letters, each after at most one capital, and then a short number.
    let is_word = |piece: &&[u8]| {
        let letters = piece.iter().position(u8::is_ascii_digit).map_or(*piece, |end| piece.get(..end).unwrap_or_default());
        let rest = piece.get(letters.len()..).unwrap_or_default();
        let mut parts = letters.chunk_by(|_, next| next.is_ascii_lowercase());
        letters.len() >= MIN_LETTERS
            && rest.len() < MIN_LETTERS
            && letters.iter().chain(rest).all(u8::is_ascii_alphanumeric)
            && (letters.iter().all(u8::is_ascii_uppercase) || parts.all(|part| part.len() >= MIN_LETTERS))
    };
    let pieces: Vec<&[u8]> = run.split(|byte| !byte.is_ascii_alphanumeric()).filter(|piece| !piece.is_empty()).collect();
    pieces.len() > 1 && pieces.iter().filter(|piece| is_word(piece)).count() >= pieces.len().div_ceil(2)
}

/// The base64 after PowerShell's switch for encoded commands.
pub fn powershell_argument(text: &[u8]) -> Option<&[u8]> {
    const SWITCHES: [&[u8]; 4] = [b"-enc ", b"-e ", b"-ec ", b"-encodedcommand "];
    const MIN_CHARS: usize = 8;
    let lower = text.to_ascii_lowercase();
    if ![&b"powershell"[..], b"pwsh"].iter().any(|word| memchr::memmem::find(&lower, word).is_some()) {
        return None;
    }
    let at = SWITCHES.iter().find_map(|switch| Some(memchr::memmem::find(&lower, switch)?.saturating_add(switch.len())))?;
    let run = text.get(at..)?.split(|byte| !(byte.is_ascii_alphanumeric() || b"+/".contains(byte))).next()?;
    (run.len() >= MIN_CHARS).then_some(run)
}

/// A text that consists of one encoding in pieces, joined: lines of base64, or bytes of hex with separators.
pub fn joined_pieces(text: &[u8]) -> Option<(Encoding, Vec<u8>)> {
    const MIN_CHARS: usize = 16;
    let without = |separators: &[u8]| text.iter().copied().filter(|byte| !separators.contains(byte)).collect::<Vec<u8>>();
    let whole = text.trim_ascii();
    if !whole.iter().any(|byte| b" \t\r\n:,;".contains(byte)) {
        return None;
    }
    let hex = without(b" \t\r\n:,;xX\\");
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
    let base64 = without(b" \t\r\n=");
    let alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    (base64.len() >= MIN_CHARS && base64.iter().all(alphabet)).then_some((Encoding::Base64, base64))
}

/// The likely encoding of a run.
pub fn encoding_of(run: &[u8]) -> Option<Encoding> {
    let count = |is: fn(&u8) -> bool| run.iter().filter(|byte| is(byte)).count();
    let (upper, lower, digits) = (count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase), count(u8::is_ascii_digit));
    // Digits without letters are a number.
    if run.len() >= 16 && run.iter().all(u8::is_ascii_hexdigit) && digits > 0 && (upper > 0 || lower > 0) {
        return Some(Encoding::Hex);
    }
    let in_base32 = |byte: &u8| byte.is_ascii_alphabetic() || (b'2'..=b'7').contains(byte);
    if run.len() >= 24 && digits > 0 && (upper == 0) != (lower == 0) && run.iter().all(in_base32) {
        return Some(Encoding::Base32);
    }
    // The headers of programs and archives are mostly zero bytes, so their base64 has few lowercase letters.
    const HEADERS: [&[u8]; 7] = [b"TVqQ", b"TVpQ", b"TVoA", b"TVro", b"f0VMR", b"H4sI", b"UEsDB"];
    if run.len() >= 16 && HEADERS.iter().any(|header| run.starts_with(header)) {
        return Some(if run.iter().any(|byte| b"-_".contains(byte)) { Encoding::Base64Url } else { Encoding::Base64 });
    }
    // Words and names have few capitals, or no digits.
    let capitals = if digits > 0 || run.len() >= 40 { 8 } else { 4 };
    let is_mixed = upper.saturating_mul(capitals) >= run.len() && lower.saturating_mul(8) >= run.len();
    if run.len() < 20 || !is_mixed {
        return None;
    }
    match (run.iter().any(|byte| b"-_".contains(byte)), run.iter().any(|byte| b"+/".contains(byte))) {
        (true, true) => None,
        (true, false) => Some(Encoding::Base64Url),
        (false, _) => Some(Encoding::Base64),
    }
}

/// The bytes that a run decodes to: from its first character and, for base64, from the three characters after it.
pub fn decodings(encoding: Encoding, run: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let lenient =
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true).with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let starts = if matches!(encoding, Encoding::Base64 | Encoding::Base64Url) { 0..4 } else { 0..1 };
    let run = run.to_vec();
    starts.filter_map(move |start| {
        let run = run.get(start..)?;
        let quads = if run.len() % 4 == 1 { run.split_last()?.1 } else { run };
        match encoding {
            Encoding::Base64 => GeneralPurpose::new(&alphabet::STANDARD, lenient).decode(quads).ok(),
            Encoding::Base64Url => GeneralPurpose::new(&alphabet::URL_SAFE, lenient).decode(quads).ok(),
            // Not every length is valid; excess characters are left out.
            Encoding::Base32 => {
                let run = run.to_ascii_uppercase();
                (0..8).find_map(|cut| BASE32_NOPAD.decode(run.get(..run.len().checked_sub(cut)?)?).ok())
            }
            // A DNS string ends after 255 characters, perhaps with half a byte.
            Encoding::Hex => HEXLOWER_PERMISSIVE.decode(run.as_chunks::<2>().0.as_flattened()).ok(),
            Encoding::EscapedBytes => None,
        }
    })
}
