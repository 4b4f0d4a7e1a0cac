//! The registered domain of a queried name: what its owner registered below a public suffix, `example.co.uk` of
//! `a.b.example.co.uk`. Plain SPL cannot compute it, and findings of one channel are told apart by it.
//!
//! By the Public Suffix List as the `psl` crate carries it, private suffixes (`duckdns.org`, `github.io`) included: whoever
//! rents a name below one is somebody else than the neighbour.

use std::net::IpAddr;

/// The column that a reply adds where the option `domain` is given.
pub const COLUMN: &str = "registered_domain";

/// Bytes at the end of a name that are looked at. DNS allows 255; escapes in a log may make it four times as long.
const LONGEST: usize = 1020;

/// The registered domain in lower case, or nothing: of an address, a single label, a public suffix, or no name at all.
pub fn registered(name: &[u8]) -> Option<String> {
    // From the right: whoever answers chooses what stands before the registered part, and must not choose whether it is found.
    let name = name.last_chunk::<LONGEST>().map_or(name, |end| end);
    let name = String::from_utf8_lossy(name.trim_ascii()).to_lowercase();
    let name = name.trim_end_matches('.');
    if name.parse::<IpAddr>().is_ok() {
        return None;
    }
    // Labels may hold any byte; no registry sells one with a space or a control character in it.
    let whole = |domain: &&str| {
        domain.len() <= LONGEST && !domain.contains(|c: char| c.is_whitespace() || c.is_control()) && !domain.split('.').any(str::is_empty)
    };
    psl::domain_str(name).filter(whole).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(name: &str) -> String {
        registered(name.as_bytes()).unwrap_or_default()
    }

    #[test]
    fn what_was_registered_is_named() {
        assert_eq!(of("c3.t.evil.example.com."), "example.com");
        assert_eq!(of("_Dmarc.WWW.Example.CO.UK"), "example.co.uk");
        assert_eq!(of("a.b.someone.duckdns.org"), "someone.duckdns.org");
        assert_eq!(of("x.corp.internal"), "corp.internal"); // a suffix that no list holds has one label
        assert_eq!(of("4.3.2.1.in-addr.arpa"), "1.in-addr.arpa");
        assert_eq!(of("täst.bücher.de"), "bücher.de");
    }

    #[test]
    fn what_was_not_is_empty() {
        for name in ["", ".", "localhost", "com", "co.uk", "192.0.2.7", "2001:db8::1", "a..com", "unknown", "null", "a\tb.com"] {
            assert_eq!(of(name), "", "{name}");
        }
        assert_eq!(registered(&b"a.".repeat(600)), Some("a.a".into()));
    }

    /// Found in review: such names gave no domain, and every query of a tunnel was a finding of its own.
    #[test]
    fn what_stands_before_the_registered_part_does_not_hide_it() {
        for name in [
            &b"x1..evil.example.com"[..],
            b"\xbc\xff.x.example.com",
            b"evil.example.com..",
            b".example.com",
            &[&b"a".repeat(5000)[..], b".example.com"].concat(),
        ] {
            assert_eq!(registered(name).as_deref(), Some("example.com"), "{}", name.escape_ascii());
        }
    }

    /// Found by fuzzing: bytes that are no UTF-8 become three each, and what was longer than it could be was cut again.
    #[test]
    fn a_label_longer_than_a_name_may_be_is_none() {
        assert_eq!(registered(&[&[0xb0; 900][..], b".ps"].concat()), None);
        assert!(registered(&[&[0xb0; 60][..], b".ps"].concat()).is_some());
    }

    proptest! {
        #[test]
        fn it_is_the_end_of_the_name_and_its_own_registered_domain(name in "[a-zA-Z0-9_.-]{0,80}|.{0,40}") {
            if let Some(domain) = registered(name.as_bytes()) {
                prop_assert!(name.trim_ascii().to_lowercase().trim_end_matches('.').ends_with(&domain));
                prop_assert_eq!(registered(domain.as_bytes()), Some(domain));
            }
        }
    }
}
