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
    matches!(
        word,
        b"cmd" | b"command" | b"exec" | b"execute" | b"run" | b"shell" | b"powershell" | b"ps" | b"psh" | b"push" | b"pull" | b"put"
          | b"get" | b"upload" | b"download" | b"upl" | b"dnl" | b"dl" | b"ul" | b"down" | b"sleep" | b"kill" | b"exit" | b"task"
          | b"job" | b"inject" | b"load" | b"spawn" | b"screenshot" | b"keylog" | b"keylogger" | b"exfil" | b"persist" | b"migrate"
          | b"uninstall" | b"selfdestruct" | b"wipe" | b"beacon" | b"checkin" | b"stage" | b"payload" | b"shellcode" | b"drop"
          | b"implant" | b"c2" | b"module" | b"plugin" | b"script" | b"socks" | b"portscan" | b"scan" | b"proxy" | b"tunnel"
          | b"file" | b"fetch" | b"loaddll" | b"runas" | b"jitter" | b"interval" | b"connect" | b"reverse" | b"revshell"
          | b"bindshell" | b"ddos" | b"flood" | b"attack" | b"udp" | b"syn" | b"update" | b"install" | b"open" | b"list" | b"send"
          | b"read" | b"write" | b"delete" | b"rm" | b"cat" | b"mkdir" | b"sysinfo" | b"getsystem" | b"killdate" | b"stager"
          | b"config" | b"set"
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
    matches!(word, b"sleep" | b"kill" | b"inject" | b"migrate" | b"jitter" | b"beacon" | b"checkin" | b"interval")
}

/// Names of members by which JSON carries a task.
#[rustfmt::skip]
const MEMBERS: &[&[u8]] = &[
    b"\"cmd\"", b"\"exec\"", b"\"task\"", b"\"tasks\"", b"\"shellcode\"", b"\"jitter\"",
    b"\"taskid\"", b"\"task_id\"", b"\"implant\"", b"\"beacon\"", b"\"c2\"", b"\"inject\"", b"'cmd'", b"'command'",
    b"'exec'", b"'task'",
];

/// Whether a text is a task for an implant, by its first words or the members of its JSON.
pub fn is_task(text: &[u8]) -> bool {
    let first = text.first().copied().unwrap_or_default();
    if first == b'{' || text.starts_with(b"[{") {
        return MEMBERS
            .iter()
            .any(|member| memchr::memmem::find(text, member).is_some_and(|at| is_member(text, at.saturating_add(member.len()))));
    }
    // The verb is the first word, or follows a short number of the task or of the implant.
    const MAX_ID_CHARS: usize = 12;
    const MAX_WORDS: usize = 3;
    let mut rest = text.split_first().filter(|(first, _)| b"[<!/#$>@:.*(".contains(first)).map_or(text, |(_, rest)| rest);
    for place in 0..MAX_WORDS {
        let length = rest.iter().take(16).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let Some((word, after)) = rest.split_at_checked(length) else { return false };
        let Some((separator, argument)) = after.split_first() else { return false };
        if is_verb_with(word, *separator, argument, place) {
            return true;
        }
        let is_id = !word.is_empty() && word.len() <= MAX_ID_CHARS && word.iter().any(u8::is_ascii_digit);
        if !(is_id || is_key(word)) || !b":|;#,~=@]>- ".contains(separator) {
            return false;
        }
        rest = argument.trim_ascii_start();
    }
    false
}

/// A key before a task: `id=4;cmd=ls`.
fn is_key(word: &[u8]) -> bool {
    Lower::new(word).is_some_and(|key| {
        matches!(
            key.word(),
            b"id" | b"uid" | b"agent" | b"task" | b"seq" | b"job" | b"tid" | b"op" | b"action" | b"type" | b"mode" | b"c" | b"t" | b"a"
        )
    })
}

/// Whether a member's value follows: `:` after perhaps a space.
fn is_member(text: &[u8], at: usize) -> bool {
    text.get(at..).is_some_and(|after| after.trim_ascii_start().first() == Some(&b':'))
}

fn is_verb_with(word: &[u8], separator: u8, argument: &[u8], place: usize) -> bool {
    let Some(lower) = Lower::new(word) else { return false };
    let verb = lower.word();
    if !is_verb(verb) {
        return false;
    }
    let argument = argument.trim_ascii();
    let in_capitals = word.iter().all(|byte| !byte.is_ascii_lowercase());
    let is_number = |word: &[u8]| word.first().is_some_and(u8::is_ascii_digit) && word.len() <= 16;
    match separator {
        _ if argument.is_empty() => false,
        b'|' | b'>' => true,
        b':' | b'~' | b'#' | b']' | b';' => {
            in_capitals || place > 0 || is_plain_verb(verb) || is_counted_verb(verb) && is_number(argument) || is_argument(argument)
        }
        // `download=https://…` describes a service as well.
        b'=' => {
            is_plain_verb(verb) && (place > 0 || argument.contains(&b' '))
                || is_counted_verb(verb) && is_number(argument)
                || executable_kind(argument).is_some()
        }
        b' ' => {
            (is_counted_verb(verb) && argument.len() <= 8 && argument.iter().all(u8::is_ascii_digit))
                || is_argument(argument)
                || (place > 0 || in_capitals) && is_plain_verb(verb)
        }
        _ => false,
    }
}

/// Whether a verb's argument is a program, a path, an address or a command.
fn is_argument(argument: &[u8]) -> bool {
    const ENDINGS: [&[u8]; 12] = [b".exe", b".dll", b".ps1", b".bat", b".vbs", b".sh", b".py", b".js", b".bin", b".hta", b".txt", b".zip"];
    let has_drive = matches!(argument, [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic());
    let has_scheme = [&b"http://"[..], b"https://", b"ftp://", b"\\\\"].iter().any(|begin| argument.starts_with(begin));
    let address = argument.split(|byte| b" :/,".contains(byte)).next().and_then(|address| std::str::from_utf8(address).ok());
    let is_address = address.is_some_and(|address| address.parse::<std::net::Ipv4Addr>().is_ok());
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
            "sleep=60;jitter=20",
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
