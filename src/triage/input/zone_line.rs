//! A record as a line, as zone files, `dig` and many other tools write it.

use crate::triage::input::field_names::is_record_type;

/// A record as a line: owner, seconds, class, type, data.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ZoneLine<'l> {
    pub owner: &'l str,
    pub kind: &'l str,
    pub data: &'l str,
}

fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(|c: char| c.is_whitespace()).unwrap_or((text, ""));
    (word, rest.trim_start())
}

impl<'l> ZoneLine<'l> {
    /// A line that has seconds and a class, whatever its type.
    pub(super) fn with_seconds(line: &'l str) -> Option<Self> {
        let (owner, rest) = word(line.trim());
        let (seconds, rest) = word(rest);
        seconds.parse::<u32>().ok()?;
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
        loop {
            let (next, after) = word(rest);
            if next.parse::<u32>().is_ok() || next.eq_ignore_ascii_case("IN") {
                rest = after;
                continue;
            }
            return is_record_type(next).then_some(Self { owner, kind: next, data: after });
        }
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
            "a.example.\t\tIN\tTXT\t\"v=spf1 -all\" \"x\"",
            "a.example. TXT \"v=spf1 -all\" \"x\"",
        ] {
            assert_eq!(of(line), expected, "{line}");
        }
        for line in ["", ".", "a.example 300 IN TXT x", "a.example. 300 IN", "we moved. A word", "a.example. 300 IN TXTA x"] {
            assert!(of(line).is_none_or(|(_, kind, _)| kind == "A"), "{line}");
        }
        assert_eq!(ZoneLine::with_seconds("a 300 IN txt x y").map(|one| (one.owner, one.kind, one.data)), Some(("a", "txt", "x y")));
        assert_eq!(ZoneLine::with_seconds("some text"), None);
    }
}
