//! The channels of records: what each client and registered domain said to each other, judged when all is read.

use std::collections::HashMap;
use std::rc::Rc;

use crate::channel::exchanges::Exchanges;
use crate::channel::reason::reason;
use crate::channel::scorer::ScoreChannels;
use crate::channel::services::service_of;
use crate::columns;
use crate::model;
use crate::triage::input::Record;
use crate::triage::scoring::{ScoredRecord, domain_of};

/// Collects the exchanges of all channels. Memory: at most 200 exchanges per channel, each with the beginning of its text.
#[derive(Default)]
pub struct Channels {
    places: HashMap<(String, String), usize>,
    all: Vec<Channel>,
    /// The query and the client of the record added last, and the place of its channel: many records in a row have the same.
    last: Option<(Rc<str>, Rc<str>, usize)>,
}

struct Channel {
    client: String,
    domain: String,
    service: Option<&'static str>,
    exchanges: Exchanges,
}

/// A channel and its verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedChannel {
    pub client: String,
    /// The registered domain of its queries.
    pub domain: String,
    /// From 0 to 1, rounded as it is written.
    pub score: f64,
    /// A sentence that describes it.
    pub reason: String,
    /// Whether it has enough exchanges to be a finding.
    pub can_be_found: bool,
}

impl JudgedChannel {
    /// Whether it is a finding at this threshold.
    pub fn is_found(&self, threshold: f64) -> bool {
        self.can_be_found && columns::is_suspicious(self.score, threshold)
    }
}

/// Channels whose features are held at once.
const MAX_BATCH: usize = 4096;

impl Channels {
    /// Adds a record. One that holds no answer, as many logs write it, is a query without one.
    pub fn add(&mut self, scored: &ScoredRecord) {
        let (score, text) = match (scored.score, scored.normalised_text()) {
            (Some(score), Some(text)) => (score, text),
            (None, None) => return self.add_query(&scored.record),
            _ => return, // too long for a score
        };
        if let Some(channel) = self.channel_of(&scored.record) {
            channel.exchanges.add(scored.record.query.as_bytes(), Some((&text, score as f32)));
        }
    }

    /// Adds a TXT query that got no answer.
    pub fn add_query(&mut self, query: &Record) {
        if let Some(channel) = self.channel_of(query) {
            channel.exchanges.add(query.query.as_bytes(), None);
        }
    }

    /// The channel of a record; none without a queried name.
    fn channel_of(&mut self, record: &Record) -> Option<&mut Channel> {
        if record.query.is_empty() {
            return None;
        }
        let same = self.last.as_ref().filter(|(query, client, _)| Rc::ptr_eq(query, &record.query) && Rc::ptr_eq(client, &record.client));
        let place = match same {
            Some((_, _, place)) => *place,
            None => {
                let key = (record.client.to_string(), domain_of(&record.query));
                let place = *self.places.entry(key).or_insert_with_key(|(client, domain)| {
                    let service = service_of(record.query.as_bytes());
                    self.all.push(Channel { client: client.clone(), domain: domain.clone(), service, exchanges: Exchanges::default() });
                    self.all.len().saturating_sub(1)
                });
                self.last = Some((Rc::clone(&record.query), Rc::clone(&record.client), place));
                place
            }
        };
        self.all.get_mut(place)
    }

    /// Every channel with its score, the highest first.
    ///
    /// # Errors
    /// If the model fails or memory runs out.
    pub fn judge(self, scorer: &mut dyn ScoreChannels) -> Result<Vec<JudgedChannel>, model::Error> {
        let mut judged = Vec::new();
        judged.try_reserve_exact(self.all.len())?;
        for some in self.all.chunks(MAX_BATCH) {
            let parts: Vec<_> = some.iter().map(|channel| channel.exchanges.parts()).collect();
            let features: Vec<_> = parts.iter().map(|parts| parts.features()).collect();
            let scores = scorer.score(&features)?;
            for ((channel, parts), score) in some.iter().zip(&parts).zip(scores) {
                judged.push(JudgedChannel {
                    client: channel.client.clone(),
                    domain: channel.domain.clone(),
                    score: columns::round_score(score),
                    reason: reason(parts, channel.service),
                    can_be_found: parts.can_be_found(),
                });
            }
        }
        judged.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| (&a.client, &a.domain).cmp(&(&b.client, &b.domain))));
        Ok(judged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::features::COUNT;
    use crate::triage::scoring::tests::scored;

    /// Scores a channel by its number of different names, on the scale of the feature.
    struct ByNames;

    impl ScoreChannels for ByNames {
        fn score(&mut self, channels: &[[f32; COUNT]]) -> Result<Vec<f32>, model::Error> {
            const NAMES: usize = 23;
            Ok(channels.iter().map(|features| features[NAMES]).collect())
        }
    }

    #[test]
    fn a_channel_is_a_client_and_a_domain() {
        let mut channels = Channels::default();
        for number in 0..30 {
            channels.add(&scored(&format!("{number}.t.example.net"), "192.0.2.7", "\"text\"", Some(0.2)));
        }
        channels.add(&scored("a.example.com", "192.0.2.7", "text", Some(0.2)));
        channels.add(&scored("b.example.com", "192.0.2.8", "text", Some(0.2)));
        channels.add(&scored("c.example.com", "192.0.2.8", "unknown", None));
        channels.add(&scored("", "", "a line of text", Some(0.9)));
        let query = "x.example.com".into();
        channels.add_query(&Record { query, client: "192.0.2.8".into(), is_query: true, ..Record::default() });
        let judged = channels.judge(&mut ByNames).unwrap();
        let shown: Vec<_> = judged.iter().map(|one| (&*one.client, &*one.domain, one.score)).collect();
        assert_eq!(shown[0], ("192.0.2.7", "example.net", 1.0));
        assert_eq!(shown.iter().map(|one| one.1).collect::<Vec<_>>(), ["example.net", "example.com", "example.com"]);
        assert!(judged[1].reason.ends_with("2 of these names got no answer"), "{}", judged[1].reason);
    }
}
