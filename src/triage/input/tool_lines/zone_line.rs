//! A record as a line, as zone files, `dig` and many other tools write it.

use crate::triage::input::field_names::is_record_type;

/// A record as a line: owner, seconds, class, type, data.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::triage::input) struct ZoneLine<'l> {
    pub owner: &'l str,
    pub kind: &'l str,
    /// Empty in a question.
    pub data: &'l str,
}

pub(super) fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(|c: char| c.is_whitespace()).unwrap_or((text, ""));
    (word, rest.trim_start())
}

/// Whether a word is a time to live: seconds, or with units as `1h30m`.
fn is_seconds(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.bytes().all(|byte| byte.is_ascii_digit() || b"smhdwSMHDW".contains(&byte))
}

fn is_class(word: &str) -> bool {
    ["IN", "CH", "HS", "CLASS1", "CLASS3"].iter().any(|class| class.eq_ignore_ascii_case(word))
}

impl<'l> ZoneLine<'l> {
    /// A line that has seconds and a class, whatever its type.
    pub(in crate::triage::input) fn with_seconds(line: &'l str) -> Option<Self> {
        let (owner, rest) = word(line.trim());
        let (seconds, rest) = word(rest);
        if !is_seconds(seconds) {
            return None;
        }
        let (kind, data) = word(word(rest).1);
        Some(Self { owner, kind, data })
    }

    /// A line that may lack seconds and class. Its type must be one that exists, and its owner a whole name: nothing else tells it
    /// from a text.
    pub(super) fn parse(line: &'l str) -> Option<Self> {
        let (owner, mut rest) = word(line.trim());
        if owner.len() < 2 || !owner.ends_with('.') {
            return None;
        }
        // Seconds and class, in either order.
        for _ in 0..2 {
            let (next, after) = word(rest);
            if is_seconds(next) || is_class(next) {
                rest = after;
            }
        }
        let (kind, data) = word(rest);
        (is_record_type(kind) && kind.parse::<u16>().is_err()).then_some(Self { owner, kind, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_as_lines() {
        let of = |line| ZoneLine::parse(line).map(|one| (one.owner, one.kind, one.data));
        let expected = Some(("a.example.", "TXT", "\"v=spf1 -all\" \"x\""));
        for line in [
            "a.example. 300 IN TXT \"v=spf1 -all\" \"x\"",
            "a.example.\t\tCH\t300\tTXT\t\"v=spf1 -all\" \"x\"",
            "a.example. TXT \"v=spf1 -all\" \"x\"",
            "a.example. 1h30m IN TXT \"v=spf1 -all\" \"x\"",
        ] {
            assert_eq!(of(line), expected, "{line}");
        }
        for line in
            ["", ".", "a.example 300 IN TXT x", "a.example. 300 IN", "we moved. word", "a.example. 300 IN TXTA x", "a. 1 2 3 IN TXT x"]
        {
            assert_eq!(of(line), None, "{line}");
        }
        assert_eq!(ZoneLine::with_seconds("a 300 IN txt x y").map(|one| (one.owner, one.kind, one.data)), Some(("a", "txt", "x y")));
        assert_eq!(ZoneLine::with_seconds("some text"), None);
    }
}
