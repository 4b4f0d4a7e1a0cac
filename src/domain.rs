//! The registered domain of a queried name: the part that its owner registered below a public suffix, such as `example.co.uk`
//! in `a.b.example.co.uk`. Plain SPL cannot compute it, and findings are grouped by it.
//!
//! Source: the Public Suffix List, as the `psl` crate carries it. Private suffixes (`duckdns.org`, `github.io`) count as
//! suffixes, because the owners of two names below one are different people.

use std::net::IpAddr;

/// Only this many bytes at the end of a name are read. DNS allows 255; escapes in a log may make that four times as long.
const MAX_NAME_BYTES: usize = 1020;

/// The registered domain in lower case. `None` for an address, a single label, a public suffix, or an empty name.
pub fn registered_domain(name: &[u8]) -> Option<String> {
    // From the right: an attacker chooses the labels on the left, and those must not decide whether the domain is found.
    let name = name.last_chunk::<MAX_NAME_BYTES>().map_or(name, |end| end);
    let name = String::from_utf8_lossy(name.trim_ascii()).to_lowercase();
    of_lower_case(name.trim_end_matches('.')).map(str::to_owned)
}

/// How many bytes at the end of a name are its registered domain: 0 if it has none. The name is in lower case and does not end in a
/// dot. It is not copied if it is short and of ASCII, as nearly all are.
pub fn registered_bytes(name: &[u8]) -> usize {
    if name.is_ascii() && name.len() <= MAX_NAME_BYTES && name.trim_ascii().len() == name.len() {
        return str::from_utf8(name).ok().and_then(of_lower_case).map_or(0, str::len);
    }
    registered_domain(name).filter(|domain| name.ends_with(domain.as_bytes())).map_or(0, |domain| domain.len())
}

/// The registered domain of a short name in lower case that does not end in a dot.
fn of_lower_case(name: &str) -> Option<&str> {
    let may_be_address = name.ends_with(|last: char| last.is_ascii_digit()) || name.contains(':');
    if may_be_address && name.parse::<IpAddr>().is_ok() {
        return None;
    }
    // Labels may hold any byte, but no registry sells one with a space, a control character or a sign: a `*` would stand for all domains
    // where an analyst excludes one.
    let is_strange = |c: char| c.is_whitespace() || c.is_control() || c.is_ascii_punctuation() && !matches!(c, '-' | '_' | '.');
    let is_valid = |domain: &&str| domain.len() <= MAX_NAME_BYTES && !domain.contains(is_strange) && !domain.split('.').any(str::is_empty);
    let has_suffix = |domain: &&str| domain.rsplit('.').next().is_some_and(is_top_level);
    psl::domain_str(name).filter(is_valid).filter(has_suffix)
}

/// Whether a last label can be a top level domain, of the internet or of a company: letters, or `xn--`. A tunnel without a domain
/// of its own ends its names in data (`dnscat.a4c101f5…`), and each name would be a domain.
pub fn is_top_level(label: &str) -> bool {
    const MAX_CHARS: usize = 24; // the longest that is registered
    label.starts_with("xn--") || label.chars().count() <= MAX_CHARS && label.chars().all(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(name: &str) -> String {
        registered_domain(name.as_bytes()).unwrap_or_default()
    }

    #[test]
    fn registered_domains() {
        assert_eq!(of("c3.t.evil.example.com."), "example.com");
        assert_eq!(of("_Dmarc.WWW.Example.CO.UK"), "example.co.uk");
        assert_eq!(of("a.b.someone.duckdns.org"), "someone.duckdns.org");
        assert_eq!(of("x.corp.internal"), "corp.internal"); // a suffix that is not on the list has one label
        assert_eq!(of("4.3.2.1.in-addr.arpa"), "1.in-addr.arpa");
        assert_eq!(of("täst.bücher.de"), "bücher.de");
    }

    #[test]
    fn names_without_a_registered_domain() {
        for name in [
            "",
            ".",
            "localhost",
            "com",
            "co.uk",
            "192.0.2.7",
            "2001:db8::1",
            "a..com",
            "unknown",
            "null",
            "a\tb.com",
            "x.*.com",
            "x.a\"b.com",
        ] {
            assert_eq!(of(name), "", "{name}");
        }
        assert_eq!(registered_domain(&b"a.".repeat(600)), Some("a.a".into()));
    }

    /// Found by a responder: dnscat2 without a domain was one domain per answer.
    #[test]
    fn a_name_that_ends_in_data_has_no_registered_domain() {
        for name in ["dnscat.a4c101f50023b1612dd272d1371c17149d", "x.host1", "x.abcdefghijklmnopqrstuvwxyz"] {
            assert_eq!(of(name), "", "{name}");
        }
        assert_eq!((&*of("a.b.xn--p1ai"), &*of("printer.local")), ("b.xn--p1ai", "printer.local"));
    }

    /// Found in review: such names had no domain, and each query of a tunnel became a separate finding.
    #[test]
    fn labels_on_the_left_do_not_hide_the_registered_domain() {
        for name in [
            &b"x1..evil.example.com"[..],
            b"\xbc\xff.x.example.com",
            b"evil.example.com..",
            b".example.com",
            &[&b"a".repeat(5000)[..], b".example.com"].concat(),
        ] {
            assert_eq!(registered_domain(name).as_deref(), Some("example.com"), "{}", name.escape_ascii());
        }
    }

    /// Found by fuzzing: bytes that are not UTF-8 become three each, and a name that was too long was cut again.
    #[test]
    fn a_label_longer_than_a_name_has_no_domain() {
        assert_eq!(registered_domain(&[&[0xb0; 900][..], b".ps"].concat()), None);
        assert!(registered_domain(&[&[0xb0; 60][..], b".ps"].concat()).is_some());
    }

    proptest! {
        #[test]
        fn it_is_the_end_of_the_name_and_its_own_registered_domain(name in "[a-zA-Z0-9_.-]{0,80}|.{0,40}") {
            if let Some(domain) = registered_domain(name.as_bytes()) {
                prop_assert!(name.trim_ascii().to_lowercase().trim_end_matches('.').ends_with(&domain));
                prop_assert_eq!(registered_domain(domain.as_bytes()), Some(domain));
            }
            let lower = name.to_ascii_lowercase();
            let lower = lower.trim_end_matches('.').as_bytes();
            let domain = registered_domain(lower).filter(|domain| lower.ends_with(domain.as_bytes()));
            prop_assert_eq!(registered_bytes(lower), domain.map_or(0, |domain| domain.len()));
        }
    }
}
