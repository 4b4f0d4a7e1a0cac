//! Tasks for an implant: `CMD:4:whoami`, `EXEC|dir`, `sleep=60;jitter=20`, `{"cmd":"ls"}`.
//!
//! Sources: MITRE ATT&CK T1071.004 and the published reports on malware that is tasked by TXT records (Glimpse, DNSpionage, Pisloader,
//! DNSMessenger, Decoy Dog, Saitama). A verb alone is an ordinary word, so its separator, its case or its argument must fit as well.

use crate::evidence::words::executable_kind;

/// A word in small letters, up to as many as any word of the lists has.
struct Lower {
    bytes: [u8; MAX_WORD_CHARS],
    length: usize,
}

const MAX_WORD_CHARS: usize = 12;

impl Lower {
    /// `None` if the word is longer.
    fn new(word: &[u8]) -> Option<Self> {
        let mut bytes = [0; MAX_WORD_CHARS];
        bytes.get_mut(..word.len())?.copy_from_slice(word);
        bytes.make_ascii_lowercase();
        Some(Self { bytes, length: word.len() })
    }

    fn word(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// Words that name a task. Alone they say nothing.
#[rustfmt::skip]
fn is_verb(word: &[u8]) -> bool {
    is_plain_verb(word)
        || is_counted_verb(word)
        || is_fetching_verb(word)
        || matches!(
            word,
            b"command" | b"run" | b"ps" | b"psh" | b"push" | b"pull" | b"put" | b"get" | b"persist" | b"uninstall" | b"wipe" | b"implant"
              | b"socks" | b"runas" | b"reverse" | b"ddos" | b"flood" | b"rm" | b"cat" | b"mkdir" | b"sysinfo" | b"stager"
        )
}

/// Those whose argument may be the address of a page.
fn is_fetching_verb(word: &[u8]) -> bool {
    matches!(
        word,
        b"download" | b"upload" | b"upl" | b"dnl" | b"dl" | b"ul" | b"down" | b"fetch" | b"load" | b"loaddll" | b"exec" | b"execute"
    )
}

/// Those that are tasks in any case and with any argument.
#[rustfmt::skip]
fn is_plain_verb(word: &[u8]) -> bool {
    matches!(
        word,
        b"cmd" | b"exec" | b"execute" | b"shell" | b"powershell" | b"inject" | b"spawn" | b"shellcode" | b"loaddll" | b"keylog"
          | b"keylogger" | b"screenshot" | b"exfil" | b"selfdestruct" | b"portscan" | b"revshell" | b"bindshell"
    )
}

/// Those whose argument is a number: `sleep 300`.
fn is_counted_verb(word: &[u8]) -> bool {
    matches!(word, b"sleep" | b"kill" | b"inject" | b"migrate" | b"beacon" | b"checkin")
}

/// Names of members that only JSON with a task has.
const MEMBERS: [&[u8]; 6] = [b"\"shellcode\"", b"\"jitter\"", b"\"taskid\"", b"\"task_id\"", b"\"implant\"", b"\"inject\""];
/// Names that count beside a number or arguments: a message of a device may have a `cmd` as well.
const COMMANDS: [&[u8]; 4] = [b"\"cmd\"", b"\"exec\"", b"\"command\"", b"\"shell\""];
const BESIDE: [&[u8]; 5] = [b"\"id\"", b"\"arg\"", b"\"args\"", b"\"sleep\"", b"\"uid\""];

/// Whether a text is a task for an implant, by its first words or the members of its JSON.
pub fn is_task(text: &[u8]) -> bool {
    let first = text.first().copied().unwrap_or_default();
    if first == b'{' || text.starts_with(b"[{") {
        let has = |member: &&[u8]| memchr::memmem::find(text, member).is_some_and(|at| is_member(text, at.saturating_add(member.len())));
        return MEMBERS.iter().any(has) || COMMANDS.iter().any(has) && BESIDE.iter().any(has);
    }
    // The verb is the first word, or follows a short number of the task or of the implant.
    const MAX_WORDS: usize = 3;
    let mut rest = text.split_first().filter(|(first, _)| b"[<!/#$>@:.*(".contains(first)).map_or(text, |(_, rest)| rest);
    for place in 0..MAX_WORDS {
        let length = rest.iter().take(16).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let Some((word, after)) = rest.split_at_checked(length) else { return false };
        let Some((separator, argument)) = after.split_first() else { return false };
        let Some(lower) = Lower::new(word) else { return false };
        let in_capitals = || word.iter().all(|byte| !byte.is_ascii_lowercase());
        if is_verb(lower.word()) && is_task_of(lower.word(), in_capitals(), *separator, argument, place) {
            return true;
        }
        let is_id = || word.iter().any(u8::is_ascii_digit);
        if !b":|;#,~=@]>- ".contains(separator) || !(is_key(lower.word()) || is_id()) {
            return false;
        }
        rest = argument.trim_ascii_start();
    }
    false
}

/// A key before a task: `id=4;cmd=ls`.
fn is_key(word: &[u8]) -> bool {
    matches!(
        word,
        b"id" | b"uid" | b"agent" | b"task" | b"seq" | b"job" | b"tid" | b"op" | b"action" | b"type" | b"mode" | b"c" | b"t" | b"a"
    )
}

/// Whether a member's value follows: `:` after perhaps a space.
fn is_member(text: &[u8], at: usize) -> bool {
    text.get(at..).is_some_and(|after| after.trim_ascii_start().first() == Some(&b':'))
}

/// Whether a verb stands as in a task: with this separator and this argument, after so many words.
fn is_task_of(verb: &[u8], in_capitals: bool, separator: u8, argument: &[u8], place: usize) -> bool {
    // `EXEC: our board`: who writes sentences puts a space.
    let is_tight = !argument.starts_with(b" ");
    let argument = argument.trim_ascii();
    let is_number = argument.len() <= 8 && argument.iter().all(u8::is_ascii_digit);
    let is_plain = is_plain_verb(verb);
    match separator {
        _ if argument.is_empty() => false,
        b'|' | b'>' => is_tight && (is_plain || in_capitals || is_argument(verb, argument)),
        b':' | b'~' | b'#' | b']' | b';' => {
            is_tight && (is_plain && (in_capitals || place > 0) || in_capitals && is_counted_verb(verb) && is_number)
                || place > 0 && is_plain
                || is_tight && is_argument(verb, argument)
        }
        // `download=https://…` describes a service as well.
        b'=' => is_plain && (place > 0 || argument.contains(&b' ')) || executable_kind(argument).is_some(),
        b' ' => is_counted_verb(verb) && is_number || is_argument(verb, argument) || place > 0 && is_plain,
        _ => false,
    }
}

/// Whether a verb's argument is a program, a path, an address or a command.
fn is_argument(verb: &[u8], argument: &[u8]) -> bool {
    const ENDINGS: [&[u8]; 12] = [b".exe", b".dll", b".ps1", b".bat", b".vbs", b".sh", b".py", b".js", b".bin", b".hta", b".cmd", b".zip"];
    let has_drive = matches!(argument, [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic());
    let begins = |begin: &[u8]| argument.starts_with(begin);
    // Behind an address with a space comes a sentence.
    let is_address_alone = is_fetching_verb(verb) && !argument.contains(&b' ');
    let has_scheme = is_address_alone && [&b"http://"[..], b"https://", b"ftp://"].into_iter().any(begins) || begins(b"\\\\");
    let address = argument.split(|byte| b" :/,".contains(byte)).next().and_then(|address| std::str::from_utf8(address).ok());
    let is_address = !matches!(verb, b"get" | b"put") && address.is_some_and(|address| address.parse::<std::net::Ipv4Addr>().is_ok());
    let lower = argument.get(..256).unwrap_or(argument).to_ascii_lowercase();
    has_drive
        || has_scheme
        || is_address
        || ENDINGS.iter().any(|ending| lower.ends_with(ending))
        || ["whoami", "ipconfig", "hostname", "systeminfo", "tasklist", "netstat", "ls", "dir", "id", "calc"].iter().any(|word| {
            lower
                .strip_prefix(word.as_bytes())
                .is_some_and(|rest| rest.first().is_none_or(|next| !next.is_ascii_alphanumeric() && !b".-_".contains(next)))
        })
        || executable_kind(argument).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_of_c2_tools_are_known() {
        for text in [
            "CMD:4:whoami",
            "EXEC|dir c:",
            "PUSH|a.txt|0",
            "PULL|docs",
            "4;cmd;ls",
            "id=4;cmd=ls",
            "shell:ls -la",
            "sleep 300",
            "kill 1234",
            "DOWNLOAD:http://192.0.2.7/a",
            "upload C:\\Users\\Public\\a.txt",
            "run calc",
            "get http://192.0.2.7/b.bin",
            "[task] exec id",
            "{\"id\": 4, \"cmd\": \"ls\"}",
            "{\"sleep\":30,\"jitter\":10}",
        ] {
            assert!(is_task(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn records_that_begin_like_a_task_are_none() {
        for text in [
            "run by the network team",
            "get=started",
            "job: hostmaster",
            "file=zone.db",
            "stage=prod",
            "stage: production",
            "sleep well",
            "ping me at noc@example.com",
            "command center of the network",
            "script-verification=abc123",
            "file:owner=ops",
            "kill devil hills, NC",
            "interval=weekly",
            "proxy=off",
            "cmd=status",
            "UPDATE: we have moved to a new DNS provider",
            "Exec: John Smith, CEO",
            "Shell: Rotterdam, Netherlands",
            "type=proxy;host=proxy.example.com",
            "type=udp;port=53",
            "action=update;source=https://example.com",
            "op=get;path=/",
            "42 list: internal",
            "interval=3600",
            "sleep=30",
            "download: https://example.com/downloads for all",
            "get https://example.com/help for help",
            "udp|53",
            "update|2024-01-01",
            "MFG:EPSON;CMD:ESCPL2,BDC,D4,D4PX;MDL:L3150 Series;CLS:PRINTER;",
            "{\"cmd\":\"subscribe\",\"topic\":\"a\"}",
            "{\"task\":\"backup\",\"owner\":\"ops\"}",
            "shell=bash",
            "script=main.js",
            "update=http://updates.example.com/latest",
            "download=https://example.com/files/app.zip",
            "{\"version\":1,\"command\":\"connect\"}",
            "{\"payload\":\"abc\"}",
            "module=web;version=2",
            "v=spf1 -all",
            "{\"name\": \"zone\", \"task_owner\": \"ops\"}",
            "",
            "=",
        ] {
            assert!(!is_task(text.as_bytes()), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_end_in_a_panic(text: Vec<u8>) {
            is_task(&text);
        }
    }
}
