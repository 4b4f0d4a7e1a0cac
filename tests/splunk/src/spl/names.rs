//! Names of fields, and whether a value matches a term of a search.

use std::net::IpAddr;

/// Whether a word is the plain name of a field.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
}

/// Whether a value matches a term: text without case, each `*` as a wildcard, addresses in a block.
pub(super) fn matches(wanted: &str, value: &str) -> bool {
    in_block(wanted, value).unwrap_or_else(|| matches_pattern(&wanted.to_lowercase(), &value.to_lowercase()))
}

/// Whether a text matches a pattern in which each `*` stands for any text.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(tail)
}

/// Whether an address is in a block such as `10.0.0.0/8` or `2001:db8::/32`. `None` if either is not one; an address of the other
/// kind is not in it.
pub(super) fn in_block(block: &str, address: &str) -> Option<bool> {
    let (network, bits) = block.split_once('/')?;
    let (network, address): (IpAddr, IpAddr) = (network.parse().ok()?, address.parse().ok()?);
    let (network, of_network) = number_and_bits(network);
    let (address, of_address) = number_and_bits(address);
    let shift = of_network.checked_sub(bits.parse().ok()?)?;
    let high = |address: u128| address.checked_shr(shift).unwrap_or(0);
    Some(of_network == of_address && high(network) == high(address))
}

fn number_and_bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u32::from(address).into(), 32),
        IpAddr::V6(address) => (address.into(), 128),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only the first `*` was one.
    #[test]
    fn every_star_of_a_pattern_is_a_wildcard() {
        for (pattern, text) in [("mx*.corp.*", "MX3.corp.example"), ("*a*b*", "xaxxbx"), ("a*", "a"), ("*", ""), ("ab*ba", "abba")] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("mx*.corp.*", "mx3.other.example"), ("a*b*c", "acb"), ("ab*ba", "aba"), ("a", "ab")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn blocks_are_of_both_kinds_of_addresses() {
        assert!(matches("10.0.0.0/8", "10.255.0.1") && !matches("10.0.0.0/8", "11.0.0.1") && matches("0.0.0.0/0", "192.0.2.1"));
        assert!(matches("2001:db8::/32", "2001:DB8:1::7") && !matches("2001:db8::/33", "2001:db8:8000::1") && matches("::/0", "::1"));
        assert_eq!(in_block("0.0.0.0/0", "::1"), Some(false));
        assert_eq!((in_block("10.0.0.0/33", "10.0.0.1"), in_block("10.0.0.0/8", "host")), (None, None));
    }
}
