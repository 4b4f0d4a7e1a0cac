//! The words of commands, by kind and place: one reviewed list, and where each of them counts.
//!
//! Sources: the LOLBAS and GTFOBins projects, MITRE ATT&CK T1059, T1105, T1218 and T1190, OWASP's pages on injection, and published
//! reports on commands in TXT records. A word counts only where it stands as in a command, which [`Place`] says; the tests hold
//! ordinary texts with the same words.

use crate::evidence::marks::{CARET, ESCAPE, PERCENT, TILDE};

/// What a text makes a computer do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExecutableKind {
    PowerShell,
    Script,
    Command,
    Injection,
}

impl ExecutableKind {
    /// The name that stands before the decoded text.
    pub fn name(self) -> &'static str {
        match self {
            Self::PowerShell => "PowerShell",
            Self::Script => "script",
            Self::Injection => "injection",
            Self::Command => "command",
        }
    }

    /// The name in a sentence.
    pub fn with_article(self) -> &'static str {
        match self {
            Self::PowerShell => "PowerShell",
            Self::Script => "a script",
            Self::Injection => "an injection",
            Self::Command => "a command",
        }
    }
}

/// Where a word of the list must stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Where a command begins: at the start of the text, or after what starts a command, such as `|`, `&&`, `cmd /c` or a quote.
    Start,
    /// The same, with an argument that has a dot, a colon, a path or a variable: the word is short.
    Alias,
    /// Anywhere as a word: not in a name, a host name or the path of an address.
    Word,
    /// Anywhere, unless letters before it make it the end of a longer word. What begins with `|` must also end as a word: `| sh`, not
    /// `| show`.
    Any,
    /// At the end of a program's name that has a path or an argument.
    Program,
}

impl Place {
    /// The name, for the hash of the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Alias => "alias",
            Self::Word => "word",
            Self::Any => "any",
            Self::Program => "program",
        }
    }
}

use ExecutableKind::{Command, Injection, PowerShell, Script};
use Place::{Alias, Any, Program, Start, Word};

/// The words in lower case, by kind and place. Each has four bytes at least, which [`super::word_list`] needs.
#[rustfmt::skip] // a word per line would be 600 lines
pub const WORDS: &[(ExecutableKind, Place, &[&str])] = &[
    (
        PowerShell,
        Word,
        &[
            "powershell", "powershell_ise", "pwsh", "invoke-expression", "invoke-webrequest", "invoke-restmethod", "invoke-command",
            "invoke-item", "invoke-mimikatz", "invoke-wmimethod", "start-process", "new-object", "frombase64string", "tobase64string",
            "downloadstring", "downloadfile", "downloaddata", "start-bitstransfer", "set-alias", "start-sleep", "out-string",
            "out-file", "foreach-object", "get-process", "get-childitem", "get-content", "get-wmiobject", "get-ciminstance",
            "get-localuser", "get-addomain", "add-mppreference", "set-mppreference", "set-executionpolicy", "resolve-dnsname",
            "add-type", "write-output", "convertto-securestring", "register-scheduledtask", "new-itemproperty", "set-itemproperty",
            "copy-item", "remove-item", "get-clipboard", "syncappvpublishingserver",
        ],
    ),
    (
        PowerShell,
        Any,
        &[
            "iex(", "iex (", "iex $", "|iex", "| iex", "|irm", "(irm ", "(iwr ", "(iwr(", "irm http", "iwr http", "iwr -", "irm -",
            "$env:", "$global:", "${env:", "-encodedcommand", "-executionpolicy", "-exec bypass", "-ep bypass", "-w hidden",
            "-windowstyle h", "-nop -", "[system.", "[convert]::", "[text.encoding]", "[reflection.assembly]", "[char]", "-join[char",
            "-bxor",
        ],
    ),
    (PowerShell, Alias, &["iex ", "irm ", "iwr ", "saps ", "gwmi "]),
    (
        Script,
        Any,
        &[
            "(function(", "function(){", "function() {", "wscript.shell", "wscript.", "createobject(", "import os;", "import os,", "import socket",
            "import subprocess", "import urllib", "import base64", "from os import", "__import__(", "os.system(", "os.popen(",
            "subprocess.", "eval(", "exec(", "execute(", "require('", "require(\"", "getobject(", "#!/bin/", "#!/usr/bin/",
            "activexobject(", "string.fromcharcode(", "unescape(", "document.write(", "document.cookie", "document.location",
            "window.location", "base64_decode(", "gzinflate(", "shell_exec(", "passthru(", "fsockopen(", "tcpsocket.new",
            "tcpsocket.open", "socket.socket(", "pty.spawn(", "runtime.getruntime", "processbuilder(", "execsync(", "sub autoopen",
            "sub auto_open", "shell.application",
        ],
    ),
    (
        Injection,
        Any,
        &[
            "<script", "</script", "onerror=", "<iframe", "<svg/",
            "<svg ", "<body ", "<!entity", "<?php", "<?= ", "<?=$", "<?=`", "<%= ", "${jndi:", "${${", "${lower:", "${upper:",
            "::-j}", "' or '1", "' or 'a", "\" or \"1", "' or 1", "') or (", "or 1=1", "and 1=1", "union select", "union all select",
            "'; drop", "; drop table", "information_schema", "xp_cmdshell", "xp_dirtree", "sp_executesql",
            "waitfor delay", "pg_sleep(", "benchmark(", "sleep(5", "sleep(1", "load_file(", "into outfile", "extractvalue(",
            "updatexml(", "{{7*", "${7*", "#{7*", "{{config", "{{self", "{{request", "{{''.", "{{\"\".", "{{constructor",
            ".constructor(", "*{t(", "${t(", "() { :", "(){ :", "../../..", "..\\..\\", "%2e%2e%2f", "..%2f..", "*)(uid=", "*)(|(",
            ")(cn=*", "{\"$gt\"", "{\"$ne\"", "[$ne]=", "__proto__", "alert(", "prompt(1", "confirm(1", "%0d%0a", "=cmd|", "+cmd|",
            "-cmd|", "@sum(", "=hyperlink(", "=webservice(", "=importxml(", "%n%n", "%s%s%s", "%x%x", "php://", "file:///",
            "expect://", "data:text/html", "rmi://", "|| ping -", "; ping -", "; cat /", "| cat /", ";cat /", "|cat /", "; id;",
            ";id;", "|id|", "$(id)", "`id`", "$(whoami)", 
        ],
    ),
    (
        Command,
        Word,
        &[
            "cmd.exe", "rundll32", "regsvr32", "certutil", "mshta", "bitsadmin", "schtasks", "cscript", "wscript", "msiexec",
            "vssadmin", "wbadmin", "bcdedit", "wevtutil", "whoami", "ipconfig", "systeminfo", "tasklist", "taskkill", "netsh",
            "nltest", "dsquery", "ntdsutil", "procdump", "mimikatz", "psexec", "installutil", "msbuild", "cmstp", "odbcconf",
            "forfiles", "pcalua", "hh.exe", "ieexec", "regasm", "regsvcs", "mavinject", "msxsl", "xwizard", "extrac32", "esentutl",
            "desktopimgdownldr", "mpcmdrun", "certreq", "diskshadow", "dnscmd", "fodhelper", "eventvwr", "wsreset", "cmdkey",
            "comsvcs.dll", "url.dll", "shell32.dll", "winrs", "wuauclt", "presentationhost", "infdefaultinstall", "scriptrunner",
            "conhost", "bash.exe", "wsl.exe", "adfind", "rclone", "ngrok", "chisel", "lsass", "lsass.exe", "authorized_keys",
            "ld_preload", "mkfifo", "nohup", "linpeas", "winpeas", "xmrig",
        ],
    ),
    (
        Command,
        Start,
        &[
            "wmic ", "net user", "net localgroup", "net group", "net view", "net use ", "net share", "net start", "net stop",
            "net time", "net accounts", "net session", "net config", "net1 ", "reg add", "reg query", "reg save", "reg delete",
            "reg export", "reg load", "reg.exe", "sc create", "sc config", "sc stop", "sc delete", "sc query", "sc start", "sc.exe",
            "nslookup ", "query user", "query session", "quser", "start /min", "start /b", "start http", "start \\\\", "start ms-",
            "dir c:", "dir /", "dir %", "type c:", "type %", "type \\\\", "cd c:", "cd /tmp", "cd /var", "cd /dev", "del /", "del %",
            "del c:", "rmdir /s", "rd /s", "copy c:\\", "copy \\\\", "copy /y", "copy /b", "move c:", "xcopy ", "robocopy ", "icacls ",
            "takeown ", "attrib +", "expand \\\\", "expand c:", "makecab ", "ftp -s", "ftp -v", "tftp -i", "print /d", "replace \\\\",
            "echo %", "set /p", "set /a", "for /f", "for /l", "for /r", "if exist ", "timeout /t", "ping -n", "ping -c", "tracert ",
            "netstat -", "netstat /", "arp -a", "route print", "nbtstat -", "gpresult /", "gpupdate", "runas /", "shutdown /",
            "shutdown -", "cipher /w", "fsutil ", "control.exe", "explorer.exe", "explorer \\\\", "at \\\\", "tar -x", "tar x",
            "ssh -o", "ssh -r", "ssh -l", "scp ", "curl ", "curl.exe", "wget ", "rm -rf", "rm -f", "uname -", "cat /", "cat ~", "ls -",
            "ls /", "ps -", "ps aux", "df -", "find / ", "find /home", "grep -r", "id -", "w -h", "last -", "tail -", "chown ",
            "chattr ", "useradd ", "usermod ", "passwd ", "sudo ", "su -", "iptables -", "killall ", "pkill ", "kill -9", "ifconfig ",
            "ip addr", "ip a;", "nc 10.", "nc 192.", "nc 172.", "ncat ", "netcat ", "socat ", "telnet ", "openssl s_client", "openssl enc", "tcpdump -",
            "dd if=", "xxd -", "awk 'begin", "sed -i", "export path=", "export http", "export ld_", "unset histfile", "history -c", "crontab -", "echo ${", "echo -e ",
            "printf '", "busybox ", "docker run", "kubectl ", "apt install", "apt-get ", "yum install", "pip install", "npm install",
            "gcc -", "python -", "python3 -", "perl -", "ruby -", "php -", "node -", "lua -", "osascript -", "launchctl ",
            "defaults write", "xattr -", "open -a", "screencapture", "systemctl ", "service ssh", "mount -", "setenforce 0", "wsl -",
            "winget install", "dism /", "sqlcmd -", "mysql -u", "psql -", "getsystem", "hashdump", "getuid", "execute-assembly",
            "sekurlsa::", "logonpasswords", "dcsync",
        ],
    ),
    (
        Command,
        Any,
        &[
            "cmd /c", "cmd /k", "cmd /q", "cmd.exe /", "%comspec%", "%temp%", "%tmp%", "%appdata%", "%localappdata%", "%public%",
            "%programdata%", "%userprofile%", "%windir%", "%systemroot%", "!temp!", "c:\\windows", "c:\\users",
            "c:\\programdata", "c:\\temp", "c:/windows", "c:/users", "hklm\\", "hkcu\\", "hkey_", "process call create",
            "shadows /all", "nslookup -", "lsadump::", "|cmd", "| cmd", "@ssl\\", "davwwwroot", "/bin/sh", "/bin/bash", "/bin/dash", "/bin/zsh", "/bin/nc", "/bin/id", "/bin/ls", "/bin/cat", "/bin/echo", "/bin/busybox", "/bin/python", "/bin/perl", "/bin/curl", "/bin/wget", "/dev/tcp/",
            "/etc/passwd", "/etc/shadow", "/etc/sudoers", "/etc/cron", "/etc/ssh", "/etc/init", "/etc/rc", "/proc/self", "/var/tmp/", "/dev/shm", "/tmp/", "~/.ssh", "curl -", "curl http", "curl $", "$(curl", "`curl",
            "<(curl", "wget -", "wget http", "wget $", "$(wget", "|bash", "| bash", "|sh ", "|sh;", "|sh&", "|sh|", "|sh\"", "|sh'", "|sh)", "| sh", "|zsh", "| zsh", "| sudo", "|sudo",
            "|python", "| python", "|perl", "| perl", "|base64", "| base64", "bash -i", "bash -c", "sh -c ", "sh -i", "chmod +",
            "chmod 7", "base64 -d", "base64 --d", "python -c", "python3 -c", "perl -e", "perl -m", "ruby -r", "ruby -e", "php -r",
            "node -e", "lua -e", "nc -e", "nc -l", "nc -n", "-e /bin", ">/dev/null", "> /dev/null", "2>&1", "0>&1", ">& /dev",
            "${ifs}", "$ifs", "cat${", "cat<", "|rev|", "| rev |", "uname -a", "-urlcache", "/transfer ", "whoami /", "&&whoami",
            "&& whoami", "|whoami", "echo -n ", "eval $(", "$(echo ", "exec 5<>",
        ],
    ),
    (Command, Program, &[".exe", ".dll", ".ps1", ".hta", ".bat", ".vbs", ".vbe", ".cpl", ".scr", ".wsf", ".sct", ".lnk", ".jse"]),
];

/// What a text without such a word makes a computer do: a command is split, ends in `|sh` or begins with `finger`, or the text
/// moves a terminal's cursor or sets its title.
pub(super) fn without_words(text: &[u8], marks: u8) -> Option<ExecutableKind> {
    let is_split =
        marks & CARET != 0 && is_split_by_carets(text) || marks & (TILDE | PERCENT) == TILDE | PERCENT && is_cut_from_variables(text);
    let ends_in_shell = text.get(text.len().saturating_sub(3)..).is_some_and(|end| end.eq_ignore_ascii_case(b"|sh"));
    if is_split || ends_in_shell || is_finger(text) {
        return Some(Command);
    }
    let moves_cursor = |at: usize| matches!(text.get(at..at.saturating_add(2)), Some([0x1b, b'[' | b']']));
    (marks & ESCAPE != 0 && memchr::memchr_iter(0x1b, text).any(moves_cursor)).then_some(Injection)
}

/// Whether a word between other bytes stands where it must.
pub(super) fn stands(place: Place, word: &[u8], before: &[u8], after: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(byte);
    let begins_as_name = word.first().is_some_and(u8::is_ascii_alphanumeric);
    let ends_as_name = word.last().is_some_and(u8::is_ascii_alphabetic);
    let joined_before = before.last().is_some_and(|last| match word.first() {
        Some(b'/') => is_name(last) || *last == b'/',
        _ => begins_as_name && (is_name(last) || *last == b'/'),
    });
    let begins = |rest: &str| {
        after.get(1..).and_then(|after| after.get(..rest.len())).is_some_and(|after| after.eq_ignore_ascii_case(rest.as_bytes()))
    };
    let joined_after = ends_as_name
        && after.first().is_some_and(|next| match next {
            b'.' => after.len() > 1 && !["exe", "com", "shell", " "].into_iter().any(begins),
            _ => is_name(next) || *next == b'=',
        });
    match place {
        Any if word.first() == Some(&b'|') => !joined_after && is_piped_to(word, after),
        Any => !joined_before,
        // A tool's name alone is that of a product or a company. A cmdlet's name is not.
        Word => !joined_before && !joined_after && (word.contains(&b'-') || is_called(word, before, after)),
        Start if word.ends_with(b"-") || word.ends_with(b"/") => {
            starts_a_command(before) && after.first().is_some_and(|next| next.is_ascii_alphanumeric() || b"./".contains(next))
        }
        Start => {
            let has_syntax = word.iter().any(|byte| !byte.is_ascii_alphanumeric() && *byte != b' ');
            !joined_after && starts_a_command(before) && (has_syntax || is_called(word, before, after))
        }
        Alias => {
            let argument = after.split(|byte| *byte == b' ').next().unwrap_or_default();
            starts_a_command(before) && argument.iter().any(|byte| b"./:\\$(-;|".contains(byte))
        }
        Program => is_program(before, after),
    }
}

/// How much of what follows a word is looked at: arguments stand in it, and each word costs little.
const MAX_ARGUMENT_BYTES: usize = 256;

/// Whether a program's name is one that is called, by what follows: nothing, an option, an address, or a sign that shells know.
fn is_called(word: &[u8], before: &[u8], after: &[u8]) -> bool {
    let after = after.get(..MAX_ARGUMENT_BYTES).unwrap_or(after);
    if after.trim_ascii().is_empty() {
        return before.trim_ascii().is_empty() || starts_a_command(before);
    }
    let has_option = after.windows(3).any(|three| matches!(three, [b' ', b'-' | b'/', next] if next.is_ascii_alphabetic()));
    let has_sign = after.iter().any(|byte| b"|($\\%<>{`\"'".contains(byte)) || memchr::memmem::find(after, b"&&").is_some();
    let is_first = || starts_a_command(before) || word.ends_with(b".exe");
    // `mshta evil.example/x`, `curl 192.0.2.7`: a dot inside a word, which is not the end of a sentence.
    let has_host = || after.windows(3).any(|three| matches!(three, [a, b'.', b] if a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric()));
    const ALIASES: [&[u8]; 3] = [b"iwr ", b"irm ", b"iex "];
    let has_alias = ALIASES.into_iter().any(|alias| after.trim_ascii_start().starts_with(alias));
    has_option || has_sign || has_alias || after.starts_with(b".exe") || is_first() && has_host()
}

/// Whether the program behind a pipe ends the text or its command, or has an option: `| sh`, `|bash -s`, not `dev | sh | ops`.
fn is_piped_to(word: &[u8], after: &[u8]) -> bool {
    if word.ends_with(b"iex") || !word.last().is_some_and(u8::is_ascii_alphabetic) {
        return true;
    }
    let next = after.trim_ascii_start();
    next.first().is_none_or(|next| b"-;)\"'&>".contains(next)) || after.first() == Some(&b'|')
}

/// Whether what stands before a word starts a command.
fn starts_a_command(before: &[u8]) -> bool {
    const STARTERS: [&[u8]; 17] =
        [b"|", b"&", b";", b"(", b"'", b"\"", b"`", b"/c", b"/k", b"/r", b"sudo", b":", b"{", b"exec", b"run", b"start", b"="];
    let before = before.trim_ascii_end();
    before.is_empty() || STARTERS.into_iter().any(|starter| before.ends_with(starter))
}

/// Whether an ending is that of a program's name with a Windows path or with an argument, outside the address of a page.
fn is_program(before: &[u8], after: &[u8]) -> bool {
    const MAX_NAME_BYTES: usize = 64; // a name is looked at for each ending, so that it must not be the whole text
    let before = before.get(before.len().saturating_sub(MAX_NAME_BYTES)..).unwrap_or_default();
    let name = before.rsplit(|byte| b" \t\"'=,;()|&".contains(byte)).next().unwrap_or_default();
    let ends = after.first().is_none_or(|next| b" \t\"',;()|&".contains(next));
    let has_argument =
        after.first() == Some(&b' ') && after.get(1).is_some_and(|next| b"-/\\\"'&|".contains(next) || next.is_ascii_digit());
    // `rundll32 \\host\a.dll,Start`, `C:\Users\x.exe`
    let has_path = name.contains(&b'\\') || name.contains(&b'%');
    !name.is_empty() && !name.contains(&b'/') && !name.contains(&b'@') && ends && (has_path || has_argument)
}

/// `p^o^w^e^r^s`, `po^we^rs^he^ll`: no word of it shows. Names are longer: `Doe^John`.
fn is_split_by_carets(text: &[u8]) -> bool {
    const MIN_CARETS: usize = 4;
    const MAX_PART: usize = 3;
    let mut last = None;
    let mut in_a_row = 1usize;
    memchr::memchr_iter(b'^', text).any(|at| {
        let is_near = last.replace(at).is_some_and(|last: usize| at.saturating_sub(last) <= MAX_PART.saturating_add(1));
        in_a_row = if is_near { in_a_row.saturating_add(1) } else { 1 };
        in_a_row >= MIN_CARETS
    })
}

/// `%ComSpec:~-7,1%`: letters cut from variables.
fn is_cut_from_variables(text: &[u8]) -> bool {
    memchr::memchr_iter(b'~', text).any(|at| {
        let after = text.get(at.saturating_add(1)).is_some_and(|next| next.is_ascii_digit() || *next == b'-');
        after && at.checked_sub(1).and_then(|before| text.get(before)) == Some(&b':')
    })
}

/// `finger user@host`, which fetches a text; a word alone would be a part of the body.
fn is_finger(text: &[u8]) -> bool {
    const NAME: &[u8] = b"finger ";
    let argument = text.get(NAME.len()..).and_then(|after| after.split(|byte| *byte == b' ').next()).unwrap_or_default();
    text.get(..NAME.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(NAME)) && argument.contains(&b'@')
}

/// Short commands that are ordinary words in plain sight. A text that decodes to one is none by chance.
const SHORT: &[&str] = &[
    "id",
    "ls",
    "ps",
    "pwd",
    "dir",
    "set",
    "env",
    "ver",
    "exit",
    "sleep",
    "uptime",
    "users",
    "groups",
    "history",
    "hostname",
    "netstat",
    "ifconfig",
    "mount",
    "uname",
    "last",
    "who",
    "time /t",
    "date /t",
    "ls -l",
    "ls -a",
    "ls -la",
    "ps -ef",
    "cd ..",
    "screenshot",
    "keylog",
    "getpid",
    "sysinfo",
    "beacon",
    "checkin",
    "upload",
    "download",
    "quit",
    "kill",
    "stop",
    "ping",
];

/// Whether a decoded text is a command that may be as short as one word.
pub fn is_short_command(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    SHORT.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()))
}
