//! What channels carried: the answers of one client and one domain, decoded and put together.
//!
//! In: scored records. Out: pieces of content with their SHA-256, and how they were put together. Nothing is run or unpacked here, and
//! what an attacker sends cannot make it cost more than the limits below.

mod alignment;
mod assembly;
mod pieces;

use std::collections::HashMap;

use crate::digest::sha256;
use crate::triage::channels::JudgedChannel;
use crate::triage::scoring::{ScoredRecord, domain_of};
use assembly::{Content, assemble};
use pieces::Pieces;

/// Bytes of names and texts that are kept, of one channel and of all.
const MAX_CHANNEL_BYTES: usize = 4 << 20;
const MAX_BYTES: usize = 64 << 20;

/// What one domain sent to one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    pub client: String,
    pub domain: String,
    /// What it is, by its first bytes: `gzip`, `text`, `unknown`.
    pub kind: &'static str,
    /// Empty if the answers were not kept.
    pub bytes: Vec<u8>,
    pub sha256: String,
    /// How it was put together, in words.
    pub how: String,
}

/// Collects the answers of all channels, until they are judged.
#[derive(Default)]
pub struct Collector {
    channels: HashMap<(String, String), Pieces>,
    bytes: usize,
}

impl Collector {
    /// Keeps an answer, unless its channel or all of them have reached their limit.
    pub fn add(&mut self, scored: &ScoredRecord) {
        let record = &scored.record;
        let Some(text) = scored.normalised_text().filter(|text| !text.is_empty() && !record.query.is_empty()) else { return };
        let size = text.len().saturating_add(record.query.len());
        let pieces = self.channels.entry((record.client.to_string(), domain_of(&record.query))).or_default();
        if self.bytes.saturating_add(size) > MAX_BYTES || pieces.size.saturating_add(size) > MAX_CHANNEL_BYTES {
            pieces.is_cut = true;
        } else if pieces.add(&record.query, &text) {
            self.bytes = self.bytes.saturating_add(size);
        }
    }

    /// What the channels that were found carried, in their order.
    pub fn carried(&self, channels: &[JudgedChannel], threshold: f64) -> Vec<Carried> {
        let found = channels.iter().filter(|channel| channel.is_found(threshold));
        let of_channel = |channel: &JudgedChannel| {
            let pieces = self.channels.get(&(channel.client.clone(), channel.domain.clone()));
            let (mut contents, is_cut) = pieces.map(|pieces| (assemble(pieces), pieces.is_cut)).unwrap_or_default();
            if contents.is_empty() && is_cut {
                contents.push(Content {
                    kind: "not kept",
                    bytes: Vec::new(),
                    how: "the limit was reached before its answers came".to_owned(),
                });
            }
            let (client, domain) = (channel.client.clone(), channel.domain.clone());
            contents.into_iter().map(move |content| Carried {
                client: client.clone(),
                domain: domain.clone(),
                kind: content.kind,
                sha256: sha256(&content.bytes),
                bytes: content.bytes,
                how: if is_cut && content.kind != "not kept" {
                    format!("{}; later answers were not kept", content.how)
                } else {
                    content.how
                },
            })
        };
        found.flat_map(of_channel).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::scoring::tests::scored;

    fn channel(client: &str, domain: &str, score: f64) -> JudgedChannel {
        JudgedChannel { client: client.into(), domain: domain.into(), score, reason: String::new(), can_be_found: true }
    }

    #[test]
    fn a_channel_that_is_found_is_put_together_and_no_other() {
        let mut collector = Collector::default();
        for (number, part) in ["VGhpcyBpcyB0aGUgZmlyc3QgcGFydCBv", "ZiBhIGZpbGUsIGFuZCB0aGlzIGlzIGl0", "cyBlbmQuCg=="].iter().enumerate() {
            for client in ["192.0.2.7", "192.0.2.8"] {
                collector.add(&scored(&format!("{number}.t.example.net"), client, part, Some(0.9)));
            }
        }
        let carried = collector.carried(&[channel("192.0.2.7", "example.net", 0.9), channel("192.0.2.8", "example.net", 0.1)], 0.5);
        assert_eq!(carried.len(), 1);
        assert_eq!(carried[0].bytes, b"This is the first part of a file, and this is its end.\n");
        assert_eq!((&*carried[0].client, carried[0].kind), ("192.0.2.7", "text"));
        assert_eq!(carried[0].sha256, sha256(&carried[0].bytes));
    }

    /// Found by attack: 64 MiB of other answers before it made what a channel carried vanish without a word.
    #[test]
    fn a_channel_that_came_after_the_limit_says_so() {
        let mut collector = Collector { bytes: MAX_BYTES, ..Collector::default() };
        collector.add(&scored("a.t.example.net", "192.0.2.7", "VGhpcyBpcyB0aGUgZmlyc3QgcGFydCBv", Some(0.9)));
        let carried = collector.carried(&[channel("192.0.2.7", "example.net", 0.9)], 0.5);
        assert_eq!((carried.len(), carried[0].kind, carried[0].bytes.len()), (1, "not kept", 0));
        assert_eq!(carried[0].how, "the limit was reached before its answers came");
    }

    #[test]
    fn a_channel_is_kept_up_to_its_limit_and_says_so() {
        let mut collector = Collector::default();
        for number in 0..200 {
            let text = format!("{number:03}{}", "QUFB".repeat(16_000));
            collector.add(&scored(&format!("{number}.t.example.net"), "192.0.2.7", &text, Some(0.9)));
        }
        assert!(collector.bytes <= MAX_CHANNEL_BYTES);
        let carried = collector.carried(&[channel("192.0.2.7", "example.net", 0.9)], 0.5);
        assert!(!carried.is_empty() && carried.iter().all(|one| one.how.ends_with("later answers were not kept")), "{:?}", carried[0].how);
    }
}
