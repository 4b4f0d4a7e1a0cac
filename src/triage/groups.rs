//! Records by domain, by client or by channel. One odd answer is a guess; two hundred different ones from one domain are a channel.
//! The quantities are those of the app's hunting searches.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;

use foldhash::fast;
use time::OffsetDateTime;

use crate::triage::channels::JudgedChannel;
use crate::triage::input::Record;
use crate::triage::scoring::{ScoredRecord, domain_of};

/// What records are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum GroupBy {
    /// The registered domain of the queried name
    Domain,
    /// Who asked
    Client,
    /// Both: what one client and one domain said to each other
    Channel,
}

impl GroupBy {
    /// The names of the columns that name a group.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Domain => &["domain"],
            Self::Client => &["client"],
            Self::Channel => &["client", "domain"],
        }
    }

    /// The name of the column that counts the other side, if there is more than one.
    pub fn counterparts(self) -> Option<&'static str> {
        match self {
            Self::Domain => Some("clients"),
            Self::Client => Some("domains"),
            Self::Channel => None,
        }
    }
}

/// The records of one domain, client or channel.
#[derive(Debug, Default)]
pub struct Group {
    /// The domain or the client.
    pub name: String,
    /// The domain of a channel, whose client is its name.
    pub domain: String,
    /// Its channel with the highest score. `None` with an imported model, and for texts without a query.
    pub channel: Option<JudgedChannel>,
    pub answers: u64,
    /// Different texts at or above the threshold.
    pub suspicious: u64,
    /// Different texts. Bytes and scores are summed over these, because a repeated answer carries no new data.
    pub texts: u64,
    pub bytes: u64,
    score_sum: f64,
    pub queries: u64,
    /// Different queried names without an answer.
    pub unanswered: u64,
    /// Clients of a domain, domains of a client.
    pub counterparts: u64,
    pub highest: f64,
    /// The beginning of the text with the highest score.
    pub text: Vec<u8>,
    pub first: Option<OffsetDateTime>,
    pub last: Option<OffsetDateTime>,
}

impl Group {
    /// The mean score of its different texts.
    pub fn mean(&self) -> f64 {
        if self.texts == 0 { 0.0 } else { self.score_sum / self.texts as f64 }
    }

    /// Whether one of its texts or its channel is a finding at this threshold.
    pub fn is_found(&self, threshold: f64) -> bool {
        self.suspicious > 0 || self.channel.as_ref().is_some_and(|channel| channel.is_found(threshold))
    }

    fn seen_at(&mut self, time: Option<OffsetDateTime>) {
        if let Some(time) = time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = Some(self.last.map_or(time, |last| last.max(time)));
        }
    }
}

/// Bytes of a group's text that are kept, so that an attacker cannot fill memory with one long text per domain.
const MAX_TEXT_BYTES: usize = 1000;

type Seen = HashSet<u64, fast::RandomState>;

/// Groups records. Memory: 8 bytes for each different text, query and counterpart.
pub struct Groups {
    by: GroupBy,
    threshold: f64,
    places: HashMap<(String, String), usize>,
    groups: Vec<Group>,
    /// Hashes, keyed at random, of a group's index with a text, a query, a counterpart or a query without an answer. Nobody can choose
    /// them, so the sets need no second good hash.
    seen: [Seen; 4],
    hash: RandomState,
    /// The query and the client of the record added last, and the place of its group: many records in a row have the same.
    last: Option<(Rc<str>, Rc<str>, usize)>,
}

impl Groups {
    /// No groups yet. Texts that score at or above the threshold count as suspicious.
    pub fn new(by: GroupBy, threshold: f64) -> Self {
        Self { by, threshold, places: HashMap::new(), groups: Vec::new(), seen: Default::default(), hash: RandomState::new(), last: None }
    }

    /// Adds a record. One that holds no answer, as many logs write it, is a query without one.
    pub fn add(&mut self, scored: &ScoredRecord) {
        let (score, text) = match (scored.score, scored.scored_text()) {
            (Some(score), Some(text)) => (score, text),
            (None, None) if !scored.record.query.is_empty() => return self.add_query(&scored.record),
            _ => return,
        };
        let Some(place) = self.place_of_answer(&scored.record) else { return };
        let Some(group) = self.groups.get_mut(place) else { return };
        let [texts, ..] = &mut self.seen;
        group.answers = group.answers.saturating_add(1);
        if texts.insert(self.hash.hash_one((place, &*text))) {
            group.texts = group.texts.saturating_add(1);
            group.bytes = group.bytes.saturating_add(text.len() as u64);
            group.score_sum += score;
            group.suspicious = group.suspicious.saturating_add(u64::from(scored.reaches(self.threshold)));
            if group.texts == 1 || score > group.highest {
                group.highest = score;
                group.text = text.get(..MAX_TEXT_BYTES).unwrap_or(&text).to_vec();
            }
        }
        group.seen_at(scored.record.time);
    }

    /// The place of an answer's group, whose query and counterpart are counted.
    fn place_of_answer(&mut self, record: &Record) -> Option<usize> {
        if let Some((query, client, place)) = &self.last
            && Rc::ptr_eq(query, &record.query)
            && Rc::ptr_eq(client, &record.client)
        {
            return Some(*place);
        }
        let (place, counterpart) = self.place(record)?;
        let group = self.groups.get_mut(place)?;
        let [_, queries, counterparts, _] = &mut self.seen;
        let is_new = |seen: &mut Seen, value: &[u8]| seen.insert(self.hash.hash_one((place, value)));
        group.queries = group.queries.saturating_add(u64::from(is_new(queries, record.query.as_bytes())));
        group.counterparts = group.counterparts.saturating_add(u64::from(is_new(counterparts, counterpart.as_bytes())));
        self.last = Some((Rc::clone(&record.query), Rc::clone(&record.client), place));
        Some(place)
    }

    /// Adds a TXT query that got no answer.
    pub fn add_query(&mut self, query: &Record) {
        let Some((place, counterpart)) = self.place(query) else { return };
        let Some(group) = self.groups.get_mut(place) else { return };
        let [_, _, counterparts, unanswered] = &mut self.seen;
        let is_new = |seen: &mut Seen, value: &[u8]| seen.insert(self.hash.hash_one((place, value)));
        group.unanswered = group.unanswered.saturating_add(u64::from(is_new(unanswered, query.query.as_bytes())));
        group.counterparts = group.counterparts.saturating_add(u64::from(is_new(counterparts, counterpart.as_bytes())));
        group.seen_at(query.time);
    }

    /// The place of a record's group, and the record's counterpart.
    fn place(&mut self, record: &Record) -> Option<(usize, String)> {
        let (domain, client) = (domain_of(&record.query), record.client.to_string());
        let (name, counterpart) = match self.by {
            GroupBy::Domain => ((domain, String::new()), client),
            GroupBy::Client => ((client, String::new()), domain),
            GroupBy::Channel => ((client, domain), String::new()),
        };
        let place = *self.places.entry(name).or_insert_with_key(|(name, domain)| {
            self.groups.push(Group { name: name.clone(), domain: domain.clone(), ..Group::default() });
            self.groups.len().saturating_sub(1)
        });
        (place < self.groups.len()).then_some((place, counterpart))
    }

    /// The groups, those with the highest channel score first; then those with the most different suspicious texts.
    pub fn sorted(mut self, channels: &[JudgedChannel]) -> Vec<Group> {
        // From the lowest to the highest, which stays.
        for channel in channels.iter().rev() {
            let JudgedChannel { client, domain, .. } = channel;
            let key = match self.by {
                GroupBy::Domain => (domain.clone(), String::new()),
                GroupBy::Client => (client.clone(), String::new()),
                GroupBy::Channel => (client.clone(), domain.clone()),
            };
            // A channel without a record that counts has no group.
            if let Some(group) = self.places.get(&key).and_then(|place| self.groups.get_mut(*place)) {
                group.channel = Some(channel.clone());
            }
        }
        let rank = |group: &Group| (group.suspicious, group.texts, group.unanswered);
        let score = |group: &Group| group.channel.as_ref().map_or(-1.0, |channel| channel.score);
        self.groups.sort_by(|a, b| {
            let by_score = score(b).total_cmp(&score(a));
            let by_rank = rank(b).cmp(&rank(a)).then(b.highest.total_cmp(&a.highest));
            by_score.then(by_rank).then_with(|| (&a.name, &a.domain).cmp(&(&b.name, &b.domain)))
        });
        self.groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::scoring::tests::scored;

    #[test]
    fn a_channel_comes_before_one_odd_answer() {
        let mut groups = Groups::new(GroupBy::Domain, 0.5);
        groups.add(&scored("odd.example.com", "192.0.2.1", "odd", Some(0.99)));
        for number in 0..4 {
            let answer = format!("\"text {number}\"");
            groups.add(&scored(&format!("{number}.t.example.net"), "192.0.2.7", &answer, Some(0.75)));
            groups.add(&scored(&format!("{number}.t.example.net"), "192.0.2.8", &answer, Some(0.75)));
        }
        groups.add(&scored("x.example.net", "192.0.2.9", "ordinary", Some(0.25)));
        groups.add(&scored("x.example.net", "192.0.2.9", "unknown", None));
        let sorted = groups.sorted(&[]);
        assert_eq!(sorted.iter().map(|group| &*group.name).collect::<Vec<_>>(), ["example.net", "example.com"]);
        let channel = &sorted[0];
        assert_eq!((channel.answers, channel.texts, channel.suspicious, channel.queries, channel.counterparts), (9, 5, 4, 5, 3));
        assert_eq!(channel.unanswered, 1);
        assert_eq!((channel.bytes, channel.mean(), channel.highest, &*channel.text), (32, 0.65, 0.75, &b"text 0"[..]));
    }

    /// A tunnel that only sends speaks in its queries.
    #[test]
    fn queries_without_an_answer_are_counted_and_come_last() {
        let mut groups = Groups::new(GroupBy::Domain, 0.5);
        for number in 0..5 {
            let query = format!("{}.t.example.net", number % 4).as_str().into();
            groups.add_query(&Record { query, client: "192.0.2.1".into(), is_query: true, ..Record::default() });
        }
        groups.add(&scored("a.example.com", "192.0.2.1", "text", Some(0.1)));
        let sorted = groups.sorted(&[]);
        assert_eq!(
            sorted.iter().map(|group| (&*group.name, group.answers, group.unanswered)).collect::<Vec<_>>(),
            [("example.com", 1, 0), ("example.net", 0, 4)]
        );
        assert_eq!((sorted[1].counterparts, sorted[1].mean()), (1, 0.0));
    }

    #[test]
    fn the_domains_of_a_client_are_counted() {
        let mut groups = Groups::new(GroupBy::Client, 0.5);
        for query in ["a.example.com", "b.example.com", "a.example.net"] {
            groups.add(&scored(query, "192.0.2.1", "text", Some(0.1)));
        }
        let sorted = groups.sorted(&[]);
        assert_eq!((&*sorted[0].name, sorted[0].counterparts, sorted[0].queries), ("192.0.2.1", 2, 3));
    }
}
