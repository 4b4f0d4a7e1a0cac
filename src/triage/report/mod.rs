//! The report: one HTML page to read and to pass on.
//!
//! In: scored records, one by one. Out: the text of a page. This folder must not know files.
//! The page holds no script and no external address, and its content policy forbids both, so nothing that an attacker wrote is
//! fetched or run. `askama` escapes every value that is put into `page.html`. Characters that would break a line or are
//! invisible are written as `\u{…}`.

mod charts;
mod findings;
mod rows;

use askama::Template;
use time::OffsetDateTime;

use crate::model;
use crate::triage::carried::{Carried, Collector};
use crate::triage::channels::{Channels, JudgedChannel};
use crate::triage::groups::{GroupBy, Groups};
use crate::triage::input::Record;
use crate::triage::ranking::Order;
use crate::triage::scoring::{ScoredRecord, Tally};
use crate::triage::times::seconds;
use crate::triage::unique::UniqueRecords;
use charts::{Bar, Histogram, Timeline};
pub use findings::{Findings, InputFile};
pub use rows::verdict;
use rows::{ChannelCard, GroupTable, ListedRecord, MAX_NAME_CHARS, cut, in_words, indicators};

/// The element near the beginning of every report that tells it from other files.
pub const GENERATOR_TAG: &str = r#"<meta name="generator" content="dnstxtscore report">"#;

/// Bytes of an answer that are kept until the page is made.
const MAX_ANSWER_BYTES: usize = 64 << 10;

/// Collects records. Memory: the listed ones, counts, some bytes for each different text, query and client, and what channels carried
/// up to its limit.
pub struct Report {
    threshold: f64,
    imported_model: Option<String>,
    records: UniqueRecords,
    channels: Channels,
    collector: Collector,
    by_channel: Groups,
    domains: Groups,
    clients: Groups,
    scores: Histogram,
    timeline: Timeline,
    first: Option<OffsetDateTime>,
    last: Option<OffsetDateTime>,
}

impl Report {
    /// A report that lists `max_listed` records. `imported_model` is the name of the model if it is not the embedded one.
    pub fn new(threshold: f64, max_listed: usize, imported_model: Option<String>) -> Self {
        Self {
            threshold,
            imported_model,
            records: UniqueRecords::new(max_listed),
            channels: Channels::default(),
            collector: Collector::default(),
            by_channel: Groups::new(GroupBy::Channel, threshold),
            domains: Groups::new(GroupBy::Domain, threshold),
            clients: Groups::new(GroupBy::Client, threshold),
            scores: Histogram::default(),
            timeline: Timeline::default(),
            first: None,
            last: None,
        }
    }

    /// Counts a record, and keeps it if it is among those that are listed.
    pub fn add(&mut self, mut scored: ScoredRecord) {
        scored.record.object = None; // not shown, and may be large
        self.channels.add(&scored);
        self.collector.add(&scored);
        self.by_channel.add(&scored);
        self.domains.add(&scored);
        self.clients.add(&scored);
        let suspicious = scored.reaches(self.threshold);
        if let Some(score) = scored.score {
            self.scores.add(score, suspicious);
        }
        if let Some(time) = scored.record.time {
            self.timeline.add(time, suspicious);
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = Some(self.last.map_or(time, |last| last.max(time)));
        }
        scored.cut_answer(MAX_ANSWER_BYTES);
        self.records.add(scored);
    }

    /// Counts a TXT query that got no answer.
    pub fn add_query(&mut self, query: &Record) {
        self.channels.add_query(query);
        self.by_channel.add_query(query);
        self.domains.add_query(query);
        self.clients.add_query(query);
    }

    /// The channels, to be judged.
    pub fn take_channels(&mut self) -> Channels {
        std::mem::take(&mut self.channels)
    }

    /// What the channels that were found carried.
    pub fn carried(&mut self, channels: &[JudgedChannel]) -> Vec<Carried> {
        std::mem::take(&mut self.collector).carried(channels, self.threshold)
    }

    /// The page.
    ///
    /// # Errors
    /// If the template fails, which it does only if memory runs out.
    pub fn page(self, findings: &Findings<'_>) -> Result<String, askama::Error> {
        let threshold = self.threshold;
        let different = self.records.different();
        let mut records: Vec<ListedRecord> =
            self.records.sorted(Order::Score).map(|(one, times)| ListedRecord::new(&one, times, threshold)).collect();
        let listed = records.len();
        let cards = ChannelCard::all(self.by_channel.sorted(findings.channels), &mut records, findings.carried, threshold);
        let (channels, other_channels) = cards;
        let below = records.split_off(records.partition_point(|record| record.suspicious));
        let timeline = self.timeline.bars();
        let input = |file: &InputFile| {
            let name = cut(&file.name, MAX_NAME_CHARS);
            match &file.fingerprint {
                Some((bytes, sha256)) => (name, in_words(*bytes), sha256.clone()),
                None => (name, String::new(), String::new()),
            }
        };
        Page {
            version: env!("CARGO_PKG_VERSION"),
            model: self.imported_model.as_deref().unwrap_or(model::EMBEDDED_NAME),
            is_imported: self.imported_model.is_some(),
            threshold,
            verdict: verdict(findings, threshold),
            is_bad: findings.tally.suspicious > 0 || !channels.is_empty(),
            inputs: findings.inputs.iter().map(input).collect(),
            failed: findings.failed.iter().map(|name| cut(name, MAX_NAME_CHARS)).collect(),
            tally: findings.tally,
            period: self.first.zip(self.last).map(|(first, last)| (seconds(first), seconds(last))),
            indicators: indicators(findings, threshold),
            channels,
            suspicious: records,
            below,
            listed,
            different,
            group_tables: [
                GroupTable::new("Other channels", GroupBy::Channel, other_channels, threshold),
                GroupTable::new("Domains", GroupBy::Domain, self.domains.sorted(findings.channels), threshold),
                GroupTable::new("Clients", GroupBy::Client, self.clients.sorted(findings.channels), threshold),
            ],
            scores: self.scores.bars(),
            max_in_bar: timeline.iter().map(|bar| bar.all).max().unwrap_or_default(),
            timeline,
        }
        .render()
    }
}

#[derive(Template)]
#[template(path = "page.html", config = "src/triage/report/askama.toml")]
struct Page<'a> {
    version: &'a str,
    model: &'a str,
    is_imported: bool,
    threshold: f64,
    verdict: String,
    is_bad: bool,
    /// Name, size and SHA-256.
    inputs: Vec<(String, String, String)>,
    failed: Vec<String>,
    tally: &'a Tally,
    period: Option<(String, String)>,
    /// Lines to copy, or nothing.
    indicators: String,
    channels: Vec<ChannelCard>,
    /// At or above the threshold, and of no channel above.
    suspicious: Vec<ListedRecord>,
    below: Vec<ListedRecord>,
    listed: usize,
    different: usize,
    group_tables: [GroupTable; 3],
    scores: Vec<Bar>,
    timeline: Vec<Bar>,
    max_in_bar: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::scoring::tests::scored;

    fn page(records: Vec<ScoredRecord>, max_listed: usize) -> String {
        let tally = Tally { records: records.len() as u64, suspicious: 1, ..Tally::default() };
        let mut report = Report::new(0.5, max_listed, None);
        records.into_iter().for_each(|one| report.add(one));
        let inputs = [InputFile { name: "a.pcap".into(), fingerprint: Some((1_234_567, "ab".repeat(32))) }];
        report.page(&Findings { inputs: &inputs, failed: &["gone.pcap".into()], tally: &tally, channels: &[], carried: &[] }).unwrap()
    }

    /// A page without records.
    fn empty_page(imported_model: Option<String>, tally: &Tally) -> String {
        Report::new(0.5, 10, imported_model).page(&Findings { inputs: &[], failed: &[], tally, channels: &[], carried: &[] }).unwrap()
    }

    #[test]
    fn text_from_an_attacker_stays_text() {
        let hostile = "</td><script>alert(1)</script><img src=x onerror=alert(1)> \" ' & \u{202e}\u{1b}[2J {{ 7*7 }}";
        let page = page(vec![scored(&format!("{hostile}.example.com"), hostile, hostile, Some(0.9))], 10);
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\u{202e}') && !page.contains('\u{1b}'));
        assert!(page.contains("&#60;script&#62;alert(1)") && page.contains(r"\u{202e}") && page.contains("{{ 7*7 }}"), "{page}");
        assert!(page.contains("default-src 'none'"));
        for address in ["http:", "https:", "src=\"", "url(", "@import"] {
            assert!(!page.contains(address), "{address}");
        }
    }

    #[test]
    fn a_channel_comes_first_with_its_answers_what_it_carried_and_lines_to_copy() {
        let tally = Tally { records: 4, suspicious: 3, ..Tally::default() };
        let mut report = Report::new(0.5, 10, None);
        for (number, text) in ["VGhpcyBpcyB0aGUgZmlyc3QgcGFydCBv", "ZiBhIGZpbGUsIGFuZCB0aGlzIGlzIGl0", "cyBlbmQuCg=="].iter().enumerate() {
            report.add(scored(&format!("{number}.t.example.net"), "192.0.2.7", text, Some(0.9)));
        }
        report.add(scored("www.example.com", "192.0.2.8", "v=spf1 -all", Some(0.1)));
        let channel = |client: &str, domain: &str, score| JudgedChannel {
            client: client.into(),
            domain: domain.into(),
            score,
            reason: "3 different answers".into(),
            can_be_found: true,
        };
        let channels = [channel("192.0.2.7", "example.net", 0.9), channel("192.0.2.8", "example.com", 0.1)];
        let carried: Vec<_> = report.carried(&channels).into_iter().map(|one| (one, Some("text.bin".to_owned()))).collect();
        let page = report.page(&Findings { inputs: &[], failed: &[], tally: &tally, channels: &channels, carried: &carried }).unwrap();
        let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is missing in {page}"));
        let order = [
            "1 channel over DNS TXT was found: 192.0.2.7 → example.net (score 0.900000).",
            "href=\"#channel-1\"",
            "55 bytes",
            "text.bin",
            "domain example.net\nclient 192.0.2.7\nsha256 ",
            "id=\"channel-1\"",
            "VGhpcyBpcyB0aGUgZmlyc3QgcGFydCBv",
            "Other channels",
            "v=spf1 -all",
        ];
        assert!(order.map(place).is_sorted(), "{:?}", order.map(place));
    }

    #[test]
    fn equal_records_are_one_row_with_their_count() {
        let same = || scored("a.t.example.net", "192.0.2.7", "\"payload\"", Some(0.9));
        let page = page(vec![same(), same(), same(), scored("b.example.com", "192.0.2.8", "other", Some(0.1))], 10);
        assert_eq!(page.matches("<td class=\"text\"").count(), 2, "{page}");
        assert!(page.contains("1,234,567 bytes") && page.contains(&"ab".repeat(32)), "{page}");
        assert!(page.contains("payload") && page.contains("3 times") && page.contains("Not read: <code>gone.pcap</code>"), "{page}");
    }

    /// Found in review: a long answer lost its closing quote, and with it what it is.
    #[test]
    fn a_long_answer_is_explained_by_its_text() {
        let program = format!("\"\\127ELF{}\"", "\\002\\001".repeat(12_000));
        let page = page(vec![scored("a.example", "192.0.2.7", &program, Some(0.9))], 10);
        assert!(page.contains("that decode to ELF"), "{page}");
    }

    #[test]
    fn an_empty_report_says_so() {
        let page = empty_page(None, &Tally::default());
        assert!(page.contains("No TXT answer was found") && !page.contains("<svg") && page.contains("model dnstxt_v3"), "{page}");
        let page = empty_page(Some("dsdl".into()), &Tally { records: 1, ..Tally::default() });
        assert!(page.contains("model dsdl") && page.contains("the imported model dsdl") && !page.contains("1 answer in 10"), "{page}");
    }
}
