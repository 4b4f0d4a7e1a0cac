//! The sustained-channel view: what one domain, or one client, got in all. One odd answer is a guess; two hundred different
//! ones of one domain are a channel. The same quantities as in the app's hunting searches.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use time::OffsetDateTime;

use crate::triage::Judged;

/// What records are put together by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum By {
    /// The registered domain of the queried name
    Domain,
    /// Who asked
    Client,
}

impl By {
    /// The name of the column.
    pub fn name(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Client => "client",
        }
    }

    /// The name of the column that counts the others.
    pub fn others(self) -> &'static str {
        match self {
            Self::Domain => "clients",
            Self::Client => "domains",
        }
    }
}

/// The records of one domain or client.
#[derive(Debug, Default)]
pub struct Group {
    pub name: String,
    pub answers: u64,
    /// Different texts at or above the threshold.
    pub suspicious: u64,
    /// Different texts, and bytes and scores of them: an answer that comes again tells nothing new.
    pub texts: u64,
    pub bytes: u64,
    sum: f64,
    pub queries: u64,
    /// Clients of a domain, domains of a client.
    pub others: u64,
    pub highest: f64,
    /// The beginning of the text that scored highest.
    pub text: Vec<u8>,
    pub first: Option<OffsetDateTime>,
    pub last: Option<OffsetDateTime>,
}

impl Group {
    /// The mean score of its different texts.
    pub fn mean(&self) -> f64 {
        if self.texts == 0 { 0.0 } else { self.sum / self.texts as f64 }
    }
}

/// Bytes of a group's text that are kept: whoever answers must not fill memory with one for each domain.
const TEXT_KEPT: usize = 1000;

/// Puts records together. Of each text, query and other it keeps 8 bytes.
pub struct Groups {
    by: By,
    threshold: f64,
    places: HashMap<String, usize>,
    groups: Vec<Group>,
    /// Hashes, keyed at random, of a group's number and a text, a query or another.
    seen: [HashSet<u64>; 3],
    hash: RandomState,
}

impl Groups {
    pub fn new(by: By, threshold: f64) -> Self {
        Self { by, threshold, places: HashMap::new(), groups: Vec::new(), seen: Default::default(), hash: RandomState::new() }
    }

    /// Adds a record that has a score.
    pub fn add(&mut self, judged: &Judged) {
        let (Some(score), Some(text)) = (judged.score, judged.text()) else { return };
        let (domain, client) = (judged.domain(), judged.record.client.to_string());
        let (name, other) = match self.by {
            By::Domain => (domain, client),
            By::Client => (client, domain),
        };
        let place = *self.places.entry(name).or_insert_with_key(|name| {
            self.groups.push(Group { name: name.clone(), ..Group::default() });
            self.groups.len() - 1
        });
        let Some(group) = self.groups.get_mut(place) else { return };
        let [texts, queries, others] = &mut self.seen;
        let new = |seen: &mut HashSet<u64>, what: &[u8]| seen.insert(self.hash.hash_one((place, what)));
        group.answers += 1;
        if new(texts, &text) {
            group.texts += 1;
            group.bytes += text.len() as u64;
            group.sum += score;
            group.suspicious += u64::from(judged.reaches(self.threshold));
            if group.texts == 1 || score > group.highest {
                group.highest = score;
                group.text = text.get(..TEXT_KEPT).unwrap_or(&text).to_vec();
            }
        }
        group.queries += u64::from(new(queries, judged.record.query.as_bytes()));
        group.others += u64::from(new(others, other.as_bytes()));
        if let Some(time) = judged.record.time {
            group.first = Some(group.first.map_or(time, |first| first.min(time)));
            group.last = Some(group.last.map_or(time, |last| last.max(time)));
        }
    }

    /// Groups, those with most different suspicious texts first.
    pub fn sorted(mut self) -> Vec<Group> {
        let rank = |group: &Group| (group.suspicious, group.texts);
        self.groups.sort_by(|a, b| rank(b).cmp(&rank(a)).then(b.highest.total_cmp(&a.highest)).then(a.name.cmp(&b.name)));
        self.groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::tests::judged;

    #[test]
    fn a_channel_stands_before_one_odd_answer() {
        let mut groups = Groups::new(By::Domain, 0.5);
        groups.add(&judged("odd.example.com", "192.0.2.1", "odd", Some(0.99)));
        for number in 0..4 {
            let answer = format!("\"text {number}\"");
            groups.add(&judged(&format!("{number}.t.example.net"), "192.0.2.7", &answer, Some(0.75)));
            groups.add(&judged(&format!("{number}.t.example.net"), "192.0.2.8", &answer, Some(0.75)));
        }
        groups.add(&judged("x.example.net", "192.0.2.9", "ordinary", Some(0.25)));
        groups.add(&judged("x.example.net", "192.0.2.9", "unknown", None));
        let sorted = groups.sorted();
        assert_eq!(sorted.iter().map(|group| &*group.name).collect::<Vec<_>>(), ["example.net", "example.com"]);
        let channel = &sorted[0];
        assert_eq!((channel.answers, channel.texts, channel.suspicious, channel.queries, channel.others), (9, 5, 4, 5, 3));
        assert_eq!((channel.bytes, channel.mean(), channel.highest, &*channel.text), (32, 0.65, 0.75, &b"text 0"[..]));
    }

    #[test]
    fn of_a_client_domains_are_counted() {
        let mut groups = Groups::new(By::Client, 0.5);
        for query in ["a.example.com", "b.example.com", "a.example.net"] {
            groups.add(&judged(query, "192.0.2.1", "text", Some(0.1)));
        }
        let sorted = groups.sorted();
        assert_eq!((&*sorted[0].name, sorted[0].others, sorted[0].queries), ("192.0.2.1", 2, 3));
    }
}
