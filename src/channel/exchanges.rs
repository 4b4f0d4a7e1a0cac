//! The different exchanges of one channel: a queried name, and its answer if there was one. At most [`MAX_EXCHANGES`] are kept, those
//! with the smallest SHA-256. So the same set gives the same selection, in any order, and memory is bounded. Nearly all channels have
//! fewer: for them a quick hash tells exchanges apart, and SHA-256 is computed when there is one too many.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::hash::BuildHasher as _;

use foldhash::quality;
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
    /// By the beginning of their SHA-256 if there were more than are kept, else by a quick hash that is keyed at random.
    kept: BTreeMap<u128, Exchange>,
    /// Whether there were more than are kept.
    pub has_more: bool,
    /// The name that was added last, in lower case: its memory is used again.
    lower: Vec<u8>,
    quick: quality::RandomState,
}

#[derive(Debug)]
struct Exchange {
    /// The name below the registered domain, then the text: in one allocation, because there are many. Each may be cut.
    joined: Box<[u8]>,
    name_bytes: usize,
    /// The length of the whole text, and its score.
    text: Option<(usize, f32)>,
    /// The beginning of the SHA-256 of the whole, if name or text is cut.
    sha256: Option<[u8; 16]>,
}

impl Exchange {
    fn new(below: &[u8], text: &[u8], score: f32) -> Self {
        let name = below.get(..MAX_NAME_BYTES).unwrap_or(below);
        let part = text.get(..MAX_TEXT_BYTES).unwrap_or(text);
        let is_cut = name.len() < below.len() || part.len() < text.len();
        Self {
            joined: [name, part].concat().into(),
            name_bytes: name.len(),
            text: (!text.is_empty()).then_some((text.len(), score)),
            sha256: is_cut.then(|| sha256(below, text)),
        }
    }

    /// The name and the text, each as far as it is kept.
    fn parts(&self) -> (&[u8], &[u8]) {
        self.joined.split_at_checked(self.name_bytes).unwrap_or_default()
    }

    fn key(&self) -> u128 {
        let (name, text) = self.parts();
        u128::from_be_bytes(self.sha256.unwrap_or_else(|| sha256(name, text)))
    }
}

/// The beginning of the SHA-256 of an exchange.
fn sha256(below: &[u8], text: &[u8]) -> [u8; 16] {
    let hash = Sha256::new().chain_update(below).chain_update(b" ").chain_update(text).finalize();
    hash.first_chunk().copied().unwrap_or_default()
}

impl Exchanges {
    /// Adds an exchange: a queried name, and a normalised text with its score if there was an answer.
    pub fn add(&mut self, name: &[u8], answer: Option<(&[u8], f32)>) {
        let Self { kept, has_more, lower, quick } = self;
        lower.clear();
        lower.extend(name.iter().map(u8::to_ascii_lowercase));
        let below = below_domain(lower);
        let (text, score) = answer.unwrap_or_default();
        if !*has_more {
            let key = u128::from(quick.hash_one((below, text)));
            let is_full = kept.len() >= MAX_EXCHANGES;
            match kept.entry(key) {
                Entry::Occupied(_) => return,
                Entry::Vacant(place) if !is_full => {
                    place.insert(Exchange::new(below, text, score));
                    return;
                }
                Entry::Vacant(_) => {} // one too many
            }
            *has_more = true;
            *kept = std::mem::take(kept).into_values().map(|exchange| (exchange.key(), exchange)).collect();
        }
        let key = u128::from_be_bytes(sha256(below, text));
        if kept.last_key_value().is_some_and(|(last, _)| key < *last)
            && let Entry::Vacant(place) = kept.entry(key)
        {
            place.insert(Exchange::new(below, text, score));
            kept.pop_last();
        }
    }

    /// The different names and the different texts, as the features and the sentence read them.
    pub fn parts(&self) -> Parts<'_> {
        let mut names = Vec::with_capacity(self.kept.len());
        let mut texts = Vec::with_capacity(self.kept.len());
        for exchange in self.kept.values() {
            let (below, part) = exchange.parts();
            names.push(Name { below, is_answered: exchange.text.is_some() });
            texts.extend(exchange.text.map(|(bytes, score)| Text { part, bytes, score }));
        }
        names.sort_unstable_by_key(|name| name.below);
        names.dedup_by(|next, kept| {
            let is_same = next.below == kept.below;
            kept.is_answered |= is_same && next.is_answered;
            is_same
        });
        texts.sort_unstable_by_key(|text| (text.part, text.bytes));
        texts.dedup_by(|next, kept| {
            let is_same = (next.part, next.bytes) == (kept.part, kept.bytes);
            if is_same {
                kept.score = kept.score.max(next.score); // texts that only differ behind their part
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
        // Those with the smallest hash, whatever was kept before there was one too many.
        let mut keys: Vec<_> = (0..1000)
            .map(|number| (sha256(format!("{number}.t").as_bytes(), format!("text {number}").as_bytes()), format!("{number}.t")))
            .collect();
        keys.sort_unstable();
        let mut smallest: Vec<&[u8]> = keys.iter().take(MAX_EXCHANGES).map(|(_, name)| name.as_bytes()).collect();
        smallest.sort_unstable();
        assert_eq!(back.parts().names.iter().map(|name| name.below).collect::<Vec<_>>(), smallest);
    }

    /// Long names and texts are kept in part, and selected by the whole.
    #[test]
    fn what_is_cut_is_selected_by_the_whole() {
        let fill = |order: &mut dyn Iterator<Item = usize>| {
            let mut exchanges = Exchanges::default();
            for number in order {
                let text = format!("{}{number}", "a".repeat(MAX_TEXT_BYTES));
                exchanges.add(b"x.example.com", Some((text.as_bytes(), number as f32 / 1000.0)));
            }
            exchanges
        };
        let (forth, back) = (fill(&mut (0..500)), fill(&mut (0..500).rev()));
        assert_eq!(forth.kept.keys().collect::<Vec<_>>(), back.kept.keys().collect::<Vec<_>>());
        assert_eq!(forth.parts().features(), back.parts().features());
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
