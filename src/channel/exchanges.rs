//! The different exchanges of one channel: a queried name, and its answer if there was one. At most [`MAX_EXCHANGES`] are kept, those
//! with the smallest SHA-256. So the same set gives the same selection, in any order, and memory is bounded.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use sha2::{Digest, Sha256};

use crate::channel::features::{self, MAX_NAME_BYTES, MAX_TEXT_BYTES, Name, Text};
use crate::domain;

/// Exchanges that a channel is judged by.
pub const MAX_EXCHANGES: usize = 200;
/// Different names, or different texts, of a channel that can be a finding: fewer say too little together. The macro
/// `dnstxtscore_channel_exchanges` has the same number.
pub const MIN_EXCHANGES: usize = 3;

/// Some of the exchanges of one channel.
#[derive(Debug, Default)]
pub struct Exchanges {
    /// By the beginning of their SHA-256.
    kept: BTreeMap<u128, Exchange>,
    /// Whether there were more than are kept.
    pub has_more: bool,
    /// The name that was added last, in lower case: its memory is used again.
    lower: Vec<u8>,
}

#[derive(Debug)]
struct Exchange {
    /// The name below the registered domain, then the beginning of the text: in one allocation, because there are many.
    joined: Box<[u8]>,
    name_bytes: usize,
    /// The length of the whole text, and its score.
    text: Option<(usize, f32)>,
}

impl Exchanges {
    /// Adds an exchange: a queried name, and a normalised text with its score if there was an answer.
    pub fn add(&mut self, name: &[u8], answer: Option<(&[u8], f32)>) {
        let Self { kept, has_more, lower } = self;
        lower.clear();
        lower.extend(name.iter().map(u8::to_ascii_lowercase));
        let below = below_domain(lower);
        let (text, score) = answer.unwrap_or_default();
        let Some(hash) = Sha256::new().chain_update(below).chain_update(b" ").chain_update(text).finalize().first_chunk().copied() else {
            return;
        };
        let key = u128::from_be_bytes(hash);
        let is_full = kept.len() >= MAX_EXCHANGES;
        if is_full && kept.last_key_value().is_some_and(|(last, _)| key > *last) {
            *has_more = true;
            return;
        }
        if let Entry::Vacant(place) = kept.entry(key) {
            let name = below.get(..MAX_NAME_BYTES).unwrap_or(below);
            let part = text.get(..MAX_TEXT_BYTES).unwrap_or(text);
            let text = (!text.is_empty()).then_some((text.len(), score));
            place.insert(Exchange { joined: [name, part].concat().into(), name_bytes: name.len(), text });
            if is_full {
                *has_more = true;
                kept.pop_last();
            }
        }
    }

    /// The different names and the different texts, as the features and the sentence read them.
    pub fn parts(&self) -> Parts<'_> {
        let mut names = Vec::with_capacity(self.kept.len());
        let mut texts = Vec::with_capacity(self.kept.len());
        for Exchange { joined, name_bytes, text } in self.kept.values() {
            let (below, part) = joined.split_at_checked(*name_bytes).unwrap_or_default();
            names.push(Name { below, is_answered: text.is_some() });
            texts.extend(text.map(|(bytes, score)| Text { part, bytes, score }));
        }
        names.sort_unstable_by_key(|name| name.below);
        names.dedup_by(|next, kept| {
            let is_same = next.below == kept.below;
            kept.is_answered |= is_same && next.is_answered;
            is_same
        });
        texts.sort_by_key(|text| (text.part, text.bytes));
        texts.dedup_by(|next, kept| {
            let is_same = (next.part, next.bytes) == (kept.part, kept.bytes);
            if is_same {
                kept.score = next.score; // of texts that only differ behind their part the last
            }
            is_same
        });
        Parts { names, texts, has_more: self.has_more }
    }
}

/// The different names and texts of a channel, in alphabetical order.
#[derive(Debug)]
pub struct Parts<'e> {
    pub names: Vec<Name<'e>>,
    pub texts: Vec<Text<'e>>,
    pub has_more: bool,
}

impl Parts<'_> {
    /// Whether there are enough of them to be a finding.
    pub fn can_be_found(&self) -> bool {
        self.names.len().max(self.texts.len()) >= MIN_EXCHANGES
    }

    /// The features of the channel.
    pub fn features(&self) -> [f32; features::COUNT] {
        features::features(&self.names, &self.texts)
    }
}

/// The part of a lower-case name below its registered domain; the whole name if it has none.
fn below_domain(lower: &[u8]) -> &[u8] {
    let end = |name: &[u8]| name.iter().rposition(|byte| *byte != b'.').map_or(0, |last| last.saturating_add(1));
    let name = lower.get(..end(lower)).unwrap_or_default();
    // A reverse name is an address: its registered domain would take a part of that.
    let reverse = || [&b"in-addr.arpa"[..], b"ip6.arpa"].into_iter().find_map(|zone| name.strip_suffix(zone));
    let registered = || name.get(..name.len().saturating_sub(domain::registered_bytes(name))).unwrap_or(name);
    let below = reverse().unwrap_or_else(registered);
    below.get(..end(below)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_is_not_part_of_a_name() {
        for (name, below) in [
            ("A1.T.Example.co.uk.", "a1.t"),
            ("example.com", ""),
            ("_dmarc.example.com", "_dmarc"),
            ("dnscat.a4c101f50023b1612dd272d1371c17149d", "dnscat.a4c101f50023b1612dd272d1371c17149d"),
            ("version.bind", ""),
            ("b._dns-sd._udp.0.2.0.192.in-addr.arpa", "b._dns-sd._udp.0.2.0.192"),
            ("", ""),
        ] {
            let lower = name.to_ascii_lowercase();
            assert_eq!(String::from_utf8_lossy(below_domain(lower.as_bytes())), below, "{name}");
        }
    }

    fn numbered(order: impl Iterator<Item = usize>) -> Exchanges {
        let mut exchanges = Exchanges::default();
        for number in order {
            let (name, text) = (format!("{number}.t.example.com"), format!("text {number}"));
            exchanges.add(name.as_bytes(), Some((text.as_bytes(), 0.5)));
            exchanges.add(name.as_bytes(), Some((text.as_bytes(), 0.5)));
        }
        exchanges
    }

    #[test]
    fn the_same_set_gives_the_same_exchanges_in_any_order() {
        let (forth, back) = (numbered(0..1000), numbered((0..1000).rev()));
        assert_eq!(forth.parts().features(), back.parts().features());
        assert_eq!((forth.parts().names.len(), forth.has_more, back.has_more), (MAX_EXCHANGES, true, true));
        let few = numbered(0..MAX_EXCHANGES);
        assert_eq!((few.parts().texts.len(), few.has_more), (MAX_EXCHANGES, false));
    }

    #[test]
    fn a_query_without_an_answer_is_an_exchange() {
        let mut exchanges = Exchanges::default();
        exchanges.add(b"a.example.com", None);
        exchanges.add(b"b.example.com", None);
        exchanges.add(b"b.example.com", Some((b"x", 0.1)));
        let parts = exchanges.parts();
        assert_eq!((parts.names.len(), parts.texts.len()), (2, 1));
        assert_eq!(parts.names.iter().filter(|name| name.is_answered).count(), 1);
    }
}
