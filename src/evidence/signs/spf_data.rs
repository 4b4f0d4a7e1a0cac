//! Data in the hosts and addresses of an SPF record, weighed by what ordinary records look like.
//!
//! An ordinary record names a few hosts in words. Hosts that differ in digits of a number system, labels that are encoded, and
//! addresses that nobody can have carry data.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::evidence::encoding::{Encoding, encoded_part};

/// How an SPF record carries data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpfData {
    Hosts,
    Addresses,
}

impl SpfData {
    /// The name in a sentence.
    pub fn description(self) -> &'static str {
        match self {
            Self::Hosts => "its host names change as if they carried data",
            Self::Addresses => "it holds addresses that no host can have, as if they carried data",
        }
    }
}

/// Terms that are examined: no ordinary record has more.
const MAX_TERMS: usize = 256;

/// How a text that begins as SPF carries data, if it does.
pub fn spf_data(text: &[u8]) -> Option<SpfData> {
    if !text.get(..7).is_some_and(|begin| begin.eq_ignore_ascii_case(b"v=spf1 ")) {
        return None;
    }
    let terms = || text.split(|byte| *byte == b' ').skip(1).take(MAX_TERMS).map(|term| term.strip_prefix(b"+").unwrap_or(term));
    let (mut hosts, mut encoded, mut impossible, mut addresses) = (0usize, 0usize, 0usize, 0usize);
    for term in terms() {
        if let Some(address) = address_of(term) {
            addresses = addresses.saturating_add(1);
            impossible = impossible.saturating_add(usize::from(is_impossible(address)));
        } else if let Some(host) = host_of(term) {
            hosts = hosts.saturating_add(1);
            if host.len() >= MIN_ENCODED_CHARS {
                encoded = encoded.saturating_add(host.split(|byte| *byte == b'.').filter(|label| is_encoded(label)).count());
            }
        }
    }
    let hex_labels_carry_data = || {
        let mut labels = HexLabels::default();
        terms().filter(|term| address_of(term).is_none()).filter_map(host_of).for_each(|host| labels.add(host));
        labels.carry_data()
    };
    const MIN_ENCODED: usize = 2;
    if encoded >= MIN_ENCODED || hosts >= MIN_HOSTS && hex_labels_carry_data() {
        Some(SpfData::Hosts)
    } else if impossible >= 2 && impossible.saturating_mul(4) >= addresses {
        Some(SpfData::Addresses)
    } else {
        None
    }
}

/// The address of a term `ip4:` or `ip6:`.
fn address_of(term: &[u8]) -> Option<&[u8]> {
    match term {
        [b'i' | b'I', b'p' | b'P', b'4' | b'6', b':' | b'=', address @ ..] => Some(address),
        _ => None,
    }
}

/// What stands behind the name of another term.
fn host_of(term: &[u8]) -> Option<&[u8]> {
    let at = term.iter().position(|byte| matches!(byte, b':' | b'='))?;
    term.get(at.saturating_add(1)..)
}

/// First labels of the hosts below one name that are alike but for a group of hex digits.
#[derive(Default)]
struct HexLabels<'t> {
    /// What the first such host has before and after its digits, and their number.
    first: Option<(&'t [u8], &'t [u8], usize)>,
    hosts: usize,
    /// Hosts whose digits are figures and letters.
    with_letters: usize,
}

impl<'t> HexLabels<'t> {
    fn add(&mut self, host: &'t [u8]) {
        const MIN_DIGITS: usize = 4;
        let label = host.split(|byte| *byte == b'.').next().unwrap_or_default();
        let digits = label.iter().rev().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let before = label.get(..label.len().saturating_sub(digits)).unwrap_or_default();
        let group = label.get(before.len()..).unwrap_or_default();
        let parent = host.get(label.len()..).unwrap_or_default();
        if digits < MIN_DIGITS || before.last().is_some_and(u8::is_ascii_alphanumeric) {
            return;
        }
        if *self.first.get_or_insert((before, parent, digits)) != (before, parent, digits) {
            return;
        }
        let letters = group.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
        self.hosts = self.hosts.saturating_add(1);
        self.with_letters = self.with_letters.saturating_add(usize::from(letters > 0 && letters < digits));
    }

    /// Numbers have no letters, and words have no figures. Of four random hex digits both occur in nearly all.
    fn carry_data(&self) -> bool {
        self.hosts >= MIN_HOSTS && self.with_letters.saturating_mul(8) >= self.hosts
    }
}

const MIN_HOSTS: usize = 6; // a cluster may have a few names such as `mail-1a2b`
const MIN_ENCODED_CHARS: usize = 24;

/// Whether a label is hex, base32 or base64 of many bytes.
fn is_encoded(label: &[u8]) -> bool {
    label.len() >= MIN_ENCODED_CHARS
        && matches!(encoded_part(label), Some((Encoding::Hex | Encoding::Base32 | Encoding::Base64, run)) if run.len() >= MIN_ENCODED_CHARS)
}

/// Whether no host that sends mail can have an address: IPv6 outside what is assigned, IPv4 of 0/8, or of 224 and above. RFC 6890.
fn is_impossible(value: &[u8]) -> bool {
    // Nearly all addresses begin as hosts' do, and need no parser.
    let is_usual = if value.contains(&b':') {
        matches!(value, [b'2' | b'3', rest @ ..] if rest.iter().position(|byte| *byte == b':') == Some(3))
    } else {
        matches!(value, [b'1' | b'3'..=b'9', ..] | [b'2', b'.' | b'0' | b'1' | b'6'..=b'9', ..])
    };
    if is_usual {
        return false;
    }
    let address = value.split(|byte| *byte == b'/').next().and_then(|address| std::str::from_utf8(address).ok()).unwrap_or_default();
    if let Ok(address) = address.parse::<Ipv6Addr>() {
        let first = address.segments()[0];
        // Global unicast, unique local, link-local, translated and mapped addresses.
        let is_assigned = (0x2000..0x4000).contains(&first) || (0xfc00..0xff00).contains(&first) || matches!(first, 0 | 0x64 | 0x100);
        return !is_assigned;
    }
    address.parse::<Ipv4Addr>().is_ok_and(|address| address.octets()[0] >= 224 || address.octets()[0] == 0 && address.octets() != [0; 4])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<SpfData> {
        spf_data(text.as_bytes())
    }

    #[test]
    fn hosts_and_addresses_that_carry_data_are_found() {
        let hosts = "v=spf1 a:mx-3774.example.com a:mx-85a8.example.com a:mx-aca2.example.com a:mx-d36d.example.com a:mx-1844.example.com a:mx-edc2.example.com -all";
        assert_eq!(of(hosts), Some(SpfData::Hosts));
        let labels = "v=spf1 exists:%{i}._spf.37748588aca2d36d1844edc2dfb86eed.example.com exists:%{i}._spf.05adef7bea15812cb9640dfb.example.com -all";
        assert_eq!(of(labels), Some(SpfData::Hosts));
        let six = "v=spf1 ip6:4d5a:9000:300:0:400:0:ffff:0 ip6:b800::4000:0:0:0 ip6:7275:6e64:6c6c:3332:205c:5c34:352e:3631 -all";
        assert_eq!(of(six), Some(SpfData::Addresses));
        assert_eq!(of("v=spf1 ip4:255.1.2.3 ip4:240.9.8.7 ip4:10.1.1.1 -all"), Some(SpfData::Addresses));
    }

    #[test]
    fn ordinary_records_carry_no_data() {
        for text in [
            "v=spf1 ptr a:mail-ab12.example.com a:mail-cd34.example.com a:mail-ef56.example.com a:mail-0a1b.example.com -all",
            "v=spf1 a:mx-0001.example.com a:mx-0002.example.com a:mx-0003.example.com a:mx-0004.example.com a:mx-0005.example.com -all",
            "v=spf1 a:mx-mail5.example.org a:mx-erp4.example.org a:mx-billing0.example.org a:mx-jira2.example.org -all",
            "v=spf1 ip6:2001:db8::/32 ip6:2a01:3184:eef3::/48 ip6:fe80::1 ip4:192.0.2.1 ip4:0.0.0.0 -all",
            "v=spf1 include:u1234567.wl123.sendgrid.net include:spf.protection.outlook.com -all",
            "v=spf1 include:0c7e3f5219ab4d0e8f435b6a7c8d9e01.spf.example.com -all",
            "v=spf1",
            "v=spf1  ",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_terms_end_in_a_panic(terms in "[a-z:=./ 0-9%{}]{0,80}") {
            of(&format!("v=spf1 {terms}"));
        }
    }
}
