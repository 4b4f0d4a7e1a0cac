//! Encoded parts of a text: where they are, and how they are encoded.

/// How a payload is written in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Base64,
    Base64Url,
    Base32,
    Hex,
    /// `%41`, as in a URL.
    Percent,
    /// `\x41`, `\u0041` or `\101`, as in a program's source.
    Escapes,
    /// Bytes as decimal numbers with separators, or as ones and zeros.
    Numbers,
    Gzip,
    Zlib,
    Deflate,
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
            Self::Percent => "percent",
            Self::Escapes => "escapes",
            Self::Numbers => "numbers",
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Deflate => "deflate",
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

/// The likely encoding of a run, and its encoded part: all of it, or what stands behind a short header whose characters the
/// encoding does not have. A header within the alphabet is left to the decoder.
pub fn encoded_part(run: &[u8]) -> Option<(Encoding, &[u8])> {
    const MAX_HEADER_CHARS: usize = 8;
    if let Some(encoding) = encoding_of(run) {
        return Some((encoding, run));
    }
    [u8::is_ascii_hexdigit, is_base32].into_iter().find_map(|is_in: fn(&u8) -> bool| {
        let last_of_header = run.iter().rposition(|byte| !is_in(byte)).filter(|last| *last < MAX_HEADER_CHARS)?;
        let part = run.get(last_of_header..)?.get(1..)?;
        encoding_of(part).map(|encoding| (encoding, part))
    })
}

fn is_base32(byte: &u8) -> bool {
    byte.is_ascii_alphabetic() || (b'2'..=b'7').contains(byte)
}

/// The likely encoding of a run.
fn encoding_of(run: &[u8]) -> Option<Encoding> {
    let count = |is: fn(&u8) -> bool| run.iter().filter(|byte| is(byte)).count();
    let (upper, lower, digits) = (count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase), count(u8::is_ascii_digit));
    // Digits without letters are a number.
    if run.len() >= 16 && run.iter().all(u8::is_ascii_hexdigit) && digits > 0 && (upper > 0 || lower > 0) {
        return Some(Encoding::Hex);
    }
    if run.len() >= 24 && digits > 0 && (upper == 0) != (lower == 0) && run.iter().all(is_base32) {
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
