//! Names of fields, and whether a value matches a term of a search.

use std::net::Ipv4Addr;

/// Whether a word is the plain name of a field.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
}

/// Whether a value matches a term: text without case, `*` as a wildcard, IPv4 addresses in a block.
pub(super) fn matches(wanted: &str, value: &str) -> bool {
    if let Some(inside) = in_block(wanted, value) {
        return inside;
    }
    let (wanted, value) = (wanted.to_lowercase(), value.to_lowercase());
    let Some((head, tail)) = wanted.split_once('*') else { return wanted == value };
    value.len() >= head.len() + tail.len() && value.starts_with(head) && value.ends_with(tail)
}

/// Whether an IPv4 address is in a block such as `10.0.0.0/8`; `None` if either is not one.
pub(super) fn in_block(block: &str, address: &str) -> Option<bool> {
    let (network, bits) = block.split_once('/')?;
    let (network, address): (Ipv4Addr, Ipv4Addr) = (network.parse().ok()?, address.parse().ok()?);
    let shift = 32 - bits.parse::<u32>().ok().filter(|bits| *bits <= 32)?;
    let high = |address: Ipv4Addr| u64::from(u32::from(address)) >> shift;
    Some(high(network) == high(address))
}
