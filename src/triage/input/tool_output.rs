//! Files that are recognisably the output of another tool. As texts, nearly every line of them would be suspicious: what is not read
//! is refused, with what to do instead.

use crate::triage::input::tool_lines::{self, Tool};

/// What a file is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// Lines that `tool_lines` reads.
    Lines(Tool),
    /// Not read. With what to do instead.
    Refused(&'static str),
}

/// What a file is, by its first bytes and the lines that it begins with; `None` if it is no output that is known.
pub(super) fn output_of_a_tool(beginning: &[u8]) -> Option<Output> {
    if let Some((_, reason)) = BINARY.iter().find(|(magic, _)| beginning.starts_with(magic)) {
        return Some(Output::Refused(reason));
    }
    let header = beginning.get(..MAX_DNSTAP_HEADER).unwrap_or(beginning);
    if header.starts_with(&[0; 4]) && memchr::memmem::find(header, b"protobuf:dnstap.Dnstap").is_some() {
        return Some(Output::Refused("it is dnstap; write YAML with `dnstap-read -y`"));
    }
    let text = String::from_utf8_lossy(beginning);
    if let Some(tool) = tool_lines::recognise(beginning) {
        return Some(Output::Lines(tool));
    }
    // Two lines of three, so that one text of an attacker does not make the others unread. A last line without an end may be cut.
    let is_whole = |line: &&str| line.ends_with('\n') || !text.contains('\n');
    let lines = text.split_inclusive('\n').filter(is_whole).map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<&str> = lines.take(3).collect();
    let first = lines.first()?;
    let begins = |start: &str| first.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start));
    if let Some((_, reason)) = FIRST_LINE.iter().find(|(start, _)| begins(start)) {
        return Some(Output::Refused(reason));
    }
    let is_most = |is: fn(&str) -> bool| lines.iter().filter(|line| is(line)).count() >= lines.len().min(2);
    LINES.iter().find(|(is, _)| is_most(*is)).map(|(_, reason)| Output::Refused(reason))
}

/// Bytes of a frame stream before its first data frame.
const MAX_DNSTAP_HEADER: usize = 64;

const BINARY: [(&[u8], &str); 3] = [
    (b"%PDF-", "it is a PDF; save the answers as text"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "it is an office document; save it as CSV"),
    (b"SQLite format 3\0", "it is a SQLite database; export the table with `sqlite3 -csv -header`"),
];

/// By what the first line begins with.
const FIRST_LINE: [(&str, &str); 7] = [
    ("<?xml", "it is XML; write JSON with `tshark -T ek`"),
    ("<pdml", "it is PDML; write JSON with `tshark -T ek`"),
    ("<!doctype html", "it is a web page; save the answers as CSV or JSON"),
    ("<html", "it is a web page; save the answers as CSV or JSON"),
    ("version https://git-lfs", "it is a pointer of Git LFS and not the file; fetch it with `git lfs pull`"),
    ("Name  ", "it is a table of PowerShell, which cuts texts; use `Resolve-DnsName -Type TXT NAME | ConvertTo-Json`"),
    ("#TYPE ", "it is CSV of PowerShell, which has no texts; use `ConvertTo-Json`"),
];

type IsLine = fn(&str) -> bool;

/// By the form of the lines.
const LINES: [(IsLine, &str); 3] = [
    (
        |line| line.contains(" query: ") && line.contains(" IN "),
        "it is a log of BIND's queries, which has no answers; capture the traffic, or log with dnstap and print with `dnstap-read -y`",
    ),
    (
        |line| line.contains(" IP ") && line.contains(" > ") && line.contains(": "),
        "it is the output of tcpdump; write a capture with `tcpdump -w`",
    ),
    (
        |line| line.contains(" DNS ") && (line.contains(" \u{2192} ") || line.contains(" -> ")),
        "it is a summary of tshark; write a capture with `tshark -w`, or JSON with `-T ek`",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_of_other_tools_is_refused_by_name() {
        for (text, name) in [
            ("<?xml version=\"1.0\"?>\n<pdml>", "XML"),
            ("<!DOCTYPE html>\n", "web page"),
            ("%PDF-1.7\n", "PDF"),
            ("version https://git-lfs.github.com/spec/v1\noid sha256:ab\n", "Git LFS"),
            ("11-Jan-2026 22:46:24.1 client 192.0.2.7#5 (a.example): query: a.example IN TXT +E (192.0.2.53)\n", "BIND's queries"),
            ("22:46:24.341 IP 192.0.2.53.53 > 192.0.2.7.5000: 1 1/0/0 TXT \"v=spf1 -all\" (55)\n", "tcpdump"),
            ("    1   0.000000    192.0.2.7 \u{2192} 192.0.2.53   DNS 71 Standard query 0x0001 TXT a.example\n", "tshark"),
            ("\nName      Type   TTL   Section    Strings\n----      ----   ---   -------    -------\n", "PowerShell"),
            ("\0\0\0\0\0\0\0\x22\0\0\0\x02\0\0\0\x01\0\0\0\x16protobuf:dnstap.Dnstap", "dnstap"),
        ] {
            let output = output_of_a_tool(text.as_bytes());
            assert!(matches!(output, Some(Output::Refused(reason)) if reason.contains(name)), "{text}: {output:?}");
        }
    }

    #[test]
    fn output_with_a_record_per_line_is_read() {
        for text in [
            "1768171584.3||192.0.2.7||192.0.2.53||IN||a.example.||TXT||v=spf1 -all||300||1\n",
            "<30>May 9 11:54:36 h named[1]: 11-Jan-2026 22:46:24.1 client 192.0.2.7#5: UDP: query: a.example IN TXT response: NOERROR + a.example. 3600 IN TXT \"x\";\n",
            "a.example descriptive text \"v=spf1 -all\"\n",
            "Server:\t\t192.0.2.53\nAddress:\t192.0.2.53#53\n",
            "a.example. 300 IN TXT \"v=spf1 -all\"\n",
            "a.example. TXT \"v=spf1 -all\"\n",
            "\n; <<>> DiG 9.18 <<>> a.example TXT\n",
            "- type: MESSAGE\n",
        ] {
            assert!(matches!(output_of_a_tool(text.as_bytes()), Some(Output::Lines(_))), "{text}");
        }
    }

    /// One text of an attacker's choice must not make a list unread.
    #[test]
    fn texts_are_texts() {
        for text in [
            "v=spf1 -all\nMS=ms12345678\n",
            "a.example. 300 IN TXT \"x\"\nv=spf1 -all\nMS=ms12345678\n",
            "we moved: see a IP b > c: d\nv=spf1 -all\n",
            "query: how IN time\nx\n",
            "Server:x\nName x\n",
            "protobuf:dnstap.Dnstap\nx\n",
            "",
        ] {
            assert_eq!(output_of_a_tool(text.as_bytes()), None, "{text}");
        }
    }
}
