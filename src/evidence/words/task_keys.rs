//! Keys that only tasks for an implant have: `type=run;jitter=20`. `cmd`, `shell`, `payload` and the like describe printers and services.

/// In lower case, with what follows.
#[rustfmt::skip]
pub(super) const KEYS: &[&str] = &[
    "shellcode=", "shellcode:", "c2url=", "c2url:", "jitter=", "jitter:", "taskid=", "taskid:", "task_id=", "task_id:", "cmdline=", "cmdline:",
    "cmd_id=", "cmd_id:", "killdate=", "killdate:", "sleeptime=", "sleep_time=", "dropper=", "xorkey=", "xorkey:", "xor_key=", "xor_key:",
    "aeskey=", "aeskey:", "aes_key=", "aes_key:", "exfil=", "exfil:", "keylog=", "keylog:", "ransom=",
];

fn is_separator(byte: &u8) -> bool {
    b";&|,".contains(byte)
}

/// Whether a key stands as one: at the start of a field, with a value.
pub(super) fn stands(before: &[u8], after: &[u8]) -> bool {
    before.last().is_none_or(|last| is_separator(last) || *last == b' ') && !after.is_empty()
}

/// Whether a text has several fields. One of a single field may describe a service.
pub(super) fn has_fields(text: &[u8]) -> bool {
    text.iter().any(is_separator)
}
