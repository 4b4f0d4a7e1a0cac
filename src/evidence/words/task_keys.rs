//! Keys that only tasks for an implant have: `type=run;cmd=ls&jitter=20`.

/// In lower case, with what follows.
#[rustfmt::skip]
pub(super) const KEYS: &[&str] = &[
    "cmd=", "cmd:", "exec=", "exec:", "shell=", "shell:", "payload=", "payload:", "shellcode=", "shellcode:", "c2url=", "c2url:",
    "implant=", "implant:", "beacon=", "beacon:", "jitter=", "jitter:", "taskid=", "taskid:", "task_id=", "task_id:", "cmdline=",
    "cmdline:", "cmd_id=", "cmd_id:", "killdate=", "killdate:", "sleeptime=", "sleeptime:", "sleep_time=", "sleep_time:", "callback=",
    "callback:", "dropper=", "dropper:", "stage2=", "stage2:", "xorkey=", "xorkey:", "xor_key=", "xor_key:", "aeskey=", "aeskey:",
    "aes_key=", "aes_key:", "persist=", "persist:", "exfil=", "exfil:", "keylog=", "keylog:", "ransom=", "ransom:",
];

/// Whether a key stands as one: at the start of a field of several, with a value. A record of one field, such as `cmd=status`, may
/// describe a service.
pub(super) fn stands(before: &[u8], after: &[u8]) -> bool {
    let is_separator = |byte: &u8| b";&|,".contains(byte);
    let is_field = before.last().is_none_or(|last| is_separator(last) || *last == b' ');
    is_field && !after.is_empty() && (before.iter().any(is_separator) || after.iter().any(is_separator))
}
