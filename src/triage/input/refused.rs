//! Files that are recognisably the output of another tool and are not read: as texts, nearly every line would be suspicious.

/// What a file is, by the lines that it begins with, and what to do instead.
pub(super) fn reason(beginning: &[u8]) -> Option<&'static str> {
    BINARY.iter().find(|(magic, _)| beginning.starts_with(magic)).map(|(_, reason)| *reason).or_else(|| {
        let text = String::from_utf8_lossy(beginning);
        // Two lines of three, so that one text of an attacker does not make the others unread.
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(3).collect();
        let first = lines.first()?;
        if let Some((_, reason)) =
            FIRST_LINE.iter().find(|(start, _)| first.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start)))
        {
            return Some(reason);
        }
        let is_most = |is: fn(&str) -> bool| lines.iter().filter(|line| is(line)).count() >= lines.len().min(2);
        LINES.iter().find(|(is, _)| is_most(*is)).map(|(_, reason)| *reason)
    })
}

const BINARY: [(&[u8], &str); 3] = [
    (b"%PDF-", "it is a PDF; save the answers as text"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "it is an office document; save it as CSV"),
    (b"SQLite format 3\0", "it is a SQLite database; export the table with `sqlite3 -csv -header`"),
];

/// By what the first line begins with.
const FIRST_LINE: [(&str, &str); 8] = [
    ("<?xml", "it is XML; write JSON with `tshark -T ek`"),
    ("<pdml", "it is PDML; write JSON with `tshark -T ek`"),
    ("<!doctype html", "it is a web page; save the answers as CSV or JSON"),
    ("<html", "it is a web page; save the answers as CSV or JSON"),
    ("version https://git-lfs", "it is a pointer of Git LFS and not the file; fetch it with `git lfs pull`"),
    ("; <<>> DiG", "it is the full output of dig; `dig +short` prints the answers only"),
    ("- type: MESSAGE", "it is YAML of dig; `dig +short` prints the answers only"),
    ("Server:", "it is the output of nslookup; `dig +short TXT NAME` prints the answers only"),
];

type IsLine = fn(&str) -> bool;

/// By the form of the lines.
const LINES: [(IsLine, &str); 7] = [
    (|line| line.matches("||").count() >= 6, "it is a log of passivedns; convert it to CSV with a header"),
    (
        |line| line.contains(" response: NOERROR") && line.contains(" query: "),
        "it is a log of Infoblox or BIND; extract the answers as CSV or JSON",
    ),
    (|line| line.contains(" query: ") && line.contains(" IN "), "it is a log of BIND's queries, which has no answers"),
    (
        |line| line.contains(" IP ") && line.contains(" > ") && line.contains(": "),
        "it is the output of tcpdump; write a capture with `tcpdump -w`",
    ),
    (
        |line| line.contains(" DNS ") && (line.contains(" \u{2192} ") || line.contains(" -> ")),
        "it is a summary of tshark; write a capture with `tshark -w`, or JSON with `-T ek`",
    ),
    (|line| line.contains(" descriptive text \""), "it is the output of host; `dig +short TXT NAME` prints the answers only"),
    (|line| is_zone_line(line), "it is a zone file or the output of dig or massdns; `dig +short` or `massdns -o J` can be read"),
];

/// `a.example. 300 IN TXT "…"`, perhaps without the seconds or the class.
fn is_zone_line(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let owner = words.next().unwrap_or_default();
    let is_middle = |word: &&str| word.parse::<u32>().is_ok() || *word == "IN";
    let kind = words.find(|word| !is_middle(word)).unwrap_or_default();
    owner.len() > 1 && owner.ends_with('.') && ["A", "AAAA", "CNAME", "MX", "NS", "SOA", "TXT"].contains(&kind)
}

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
            ("1768171584.3||192.0.2.7||192.0.2.53||IN||a.example.||TXT||v=spf1 -all||300||1\n", "passivedns"),
            (
                "<30>May 9 11:54:36 h named[1]: client 192.0.2.7#5: UDP: query: a.example IN TXT response: NOERROR + a.example. 3600 IN TXT \"x\";\n",
                "Infoblox",
            ),
            ("11-Jan-2026 22:46:24.1 client 192.0.2.7#5 (a.example): query: a.example IN TXT +E (192.0.2.53)\n", "BIND's queries"),
            ("22:46:24.341 IP 192.0.2.53.53 > 192.0.2.7.5000: 1 1/0/0 TXT \"v=spf1 -all\" (55)\n", "tcpdump"),
            ("    1   0.000000    192.0.2.7 \u{2192} 192.0.2.53   DNS 71 Standard query 0x0001 TXT a.example\n", "tshark"),
            ("a.example descriptive text \"v=spf1 -all\"\n", "host"),
            ("Server:\t\t192.0.2.53\nAddress:\t192.0.2.53#53\n", "nslookup"),
            ("a.example. 300 IN TXT \"v=spf1 -all\"\n", "massdns"),
            ("a.example. TXT \"v=spf1 -all\"\n", "massdns"),
            ("- type: MESSAGE\n", "YAML"),
        ] {
            assert!(reason(text.as_bytes()).is_some_and(|reason| reason.contains(name)), "{text}: {:?}", reason(text.as_bytes()));
        }
    }

    /// One text of an attacker's choice must not make a list unread.
    #[test]
    fn texts_are_not_refused() {
        for text in [
            "v=spf1 -all\nMS=ms12345678\n",
            "a.example. 300 IN TXT \"x\"\nv=spf1 -all\nMS=ms12345678\n",
            "we moved: see a IP b > c: d\nv=spf1 -all\n",
            "query: how IN time\nx\n",
            "",
        ] {
            assert_eq!(reason(text.as_bytes()), None, "{text}");
        }
    }
}
