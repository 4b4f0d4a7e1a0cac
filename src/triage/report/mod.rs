//! The report: one HTML page to read and to pass on.
//!
//! In: scored records, one by one. Out: the text of a page. This folder must not know files.
//! The page holds no script and no external address, and its content policy forbids both, so nothing that an attacker wrote is
//! fetched or run. `askama` escapes every value that is put into `page.html`. Characters that would break a line or are
//! invisible are written as `\u{…}`.

mod charts;

use askama::Template;
use time::OffsetDateTime;

use crate::escape::{escape_bytes_for_display, escape_for_display};
use crate::evidence::explanation::explain;
use crate::model;
use crate::triage::channels::{Channels, JudgedChannel};
use crate::triage::groups::{Group, GroupBy, Groups};
use crate::triage::input::Record;
use crate::triage::ranking::Order;
use crate::triage::scoring::{ScoredRecord, Tally};
use crate::triage::times::seconds;
use crate::triage::unique::UniqueRecords;
use charts::{Bar, Histogram, Timeline};

/// The element near the beginning of every report that tells it from other files.
pub const GENERATOR_TAG: &str = r#"<meta name="generator" content="dnstxtscore report">"#;

/// Domains and clients that are listed.
const MAX_GROUPS: usize = 20;
/// Characters of a text, and of a name, that are shown.
const MAX_TEXT_CHARS: usize = 2000;
const MAX_NAME_CHARS: usize = 300;
/// Bytes of an answer that are kept until the page is made.
const MAX_ANSWER_BYTES: usize = 64 << 10;

/// Collects records. Memory: the listed ones, counts, and some bytes for each different text, query and client.
pub struct Report {
    threshold: f64,
    imported_model: Option<String>,
    records: UniqueRecords,
    channels: Channels,
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

    /// The page. `sources` and `failed` are the names of the files that were and were not read.
    ///
    /// # Errors
    /// If the template fails, which it does only if memory runs out.
    pub fn page(self, sources: &[String], failed: &[String], tally: &Tally, channels: &[JudgedChannel]) -> Result<String, askama::Error> {
        let threshold = self.threshold;
        let records = self.records.sorted(Order::Score).map(|(one, times)| ListedRecord::new(&one, times, threshold)).collect();
        let timeline = self.timeline.bars();
        Page {
            version: env!("CARGO_PKG_VERSION"),
            model: self.imported_model.as_deref().unwrap_or(model::EMBEDDED_NAME),
            is_imported: self.imported_model.is_some(),
            threshold,
            sources: sources.iter().map(|name| cut(name, MAX_NAME_CHARS)).collect(),
            failed: failed.iter().map(|name| cut(name, MAX_NAME_CHARS)).collect(),
            tally,
            period: self.first.zip(self.last).map(|(first, last)| (seconds(first), seconds(last))),
            records,
            group_tables: [
                GroupTable::new("Channels", GroupBy::Channel, self.by_channel.sorted(channels), threshold),
                GroupTable::new("Domains", GroupBy::Domain, self.domains.sorted(channels), threshold),
                GroupTable::new("Clients", GroupBy::Client, self.clients.sorted(channels), threshold),
            ],
            scores: self.scores.bars(),
            max_in_bar: timeline.iter().map(|bar| bar.all).max().unwrap_or_default(),
            timeline,
        }
        .render()
    }
}

/// A row of the table of records.
struct ListedRecord {
    score: String,
    suspicious: bool,
    times: u64,
    time: String,
    client: String,
    query: String,
    text: String,
    record_type: &'static str,
    reason: String,
    decoded: String,
}

impl ListedRecord {
    fn new(scored: &ScoredRecord, times: u64, threshold: f64) -> Self {
        let explanation = explain(scored.normalised_text().as_deref());
        let text = scored.scored_text();
        Self {
            score: scored.score.map(|score| format!("{score:.6}")).unwrap_or_default(),
            suspicious: scored.reaches(threshold),
            times,
            time: scored.record.time.map(seconds).unwrap_or_default(),
            client: cut(&scored.record.client, MAX_NAME_CHARS),
            query: cut(&scored.record.query, MAX_NAME_CHARS),
            text: cut(&escape_bytes_for_display(text.as_deref().unwrap_or(&scored.record.answer)), MAX_TEXT_CHARS),
            record_type: explanation.record_type,
            reason: explanation.reason,
            decoded: explanation.decoded,
        }
    }
}

/// The table of channels, domains or clients.
struct GroupTable {
    title: &'static str,
    counterparts: Option<&'static str>,
    rows: Vec<GroupRow>,
}

impl GroupTable {
    fn new(title: &'static str, by: GroupBy, groups: Vec<Group>, threshold: f64) -> Self {
        let rows = groups.into_iter().take(MAX_GROUPS).map(|group| GroupRow::new(group, threshold)).collect();
        Self { title, counterparts: by.counterparts(), rows }
    }
}

struct GroupRow {
    name: String,
    group: Group,
    is_suspicious: bool,
    channel_score: String,
    channel_reason: String,
    mean: String,
    highest: String,
    period: String,
}

impl GroupRow {
    fn new(group: Group, threshold: f64) -> Self {
        let period = group.first.zip(group.last).map(|(first, last)| format!("{} to {}", seconds(first), seconds(last)));
        let name = |name: &str| if name.is_empty() { "(unknown)".to_owned() } else { cut(name, MAX_NAME_CHARS) };
        let name = if group.domain.is_empty() { name(&group.name) } else { format!("{} and {}", name(&group.name), name(&group.domain)) };
        let (mean, highest) = (format!("{:.3}", group.mean()), format!("{:.6}", group.highest));
        let is_suspicious = group.is_found(threshold);
        let channel_score = group.channel.as_ref().map(|channel| format!("{:.6}", channel.score)).unwrap_or_default();
        let channel_reason = group.channel.as_ref().map(|channel| channel.reason.clone()).unwrap_or_default();
        let period = period.unwrap_or_default();
        Self { name, is_suspicious, channel_score, channel_reason, mean, highest, period, group }
    }
}

/// The beginning of a text, safe to display.
fn cut(text: &str, max_chars: usize) -> String {
    let mut beginning: String = text.chars().take(max_chars).collect();
    if text.chars().nth(max_chars).is_some() {
        beginning.push('…');
    }
    escape_for_display(&beginning)
}

#[derive(Template)]
#[template(path = "page.html", config = "src/triage/report/askama.toml")]
struct Page<'a> {
    version: &'a str,
    model: &'a str,
    is_imported: bool,
    threshold: f64,
    sources: Vec<String>,
    failed: Vec<String>,
    tally: &'a Tally,
    period: Option<(String, String)>,
    records: Vec<ListedRecord>,
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
        report.page(&["a.pcap".into()], &["gone.pcap".into()], &tally, &[]).unwrap()
    }

    #[test]
    fn text_from_an_attacker_stays_text() {
        let hostile = "</td><script>alert(1)</script><img src=x onerror=alert(1)> \" ' & \u{202e}\u{1b}[2J {{ 7*7 }}";
        let page = page(vec![scored(&format!("{hostile}.example.com"), hostile, hostile, Some(0.9))], 10);
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\u{202e}') && !page.contains('\u{1b}'));
        assert!(page.contains("&#60;script&#62;alert(1)") && page.contains(r"\u{202e}") && page.contains("{{ 7*7 }}"), "{page}");
        assert!(page.contains("default-src 'none'"));
        for address in ["http:", "https:", "src=\"", "href=", "url(", "@import"] {
            assert!(!page.contains(address), "{address}");
        }
    }

    #[test]
    fn equal_records_are_one_row_with_their_count() {
        let same = || scored("a.t.example.net", "192.0.2.7", "\"payload\"", Some(0.9));
        let page = page(vec![same(), same(), same(), scored("b.example.com", "192.0.2.8", "other", Some(0.1))], 10);
        assert_eq!(page.matches("<td class=\"text\">").count(), 2, "{page}");
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
        let page = Report::new(0.5, 10, None).page(&[], &[], &Tally::default(), &[]).unwrap();
        assert!(page.contains("No TXT answer was found") && !page.contains("<svg") && page.contains("model dnstxt_v3"), "{page}");
        let page = Report::new(0.5, 10, Some("dsdl".into())).page(&[], &[], &Tally { records: 1, ..Tally::default() }, &[]).unwrap();
        assert!(page.contains("model dsdl") && page.contains("the imported model dsdl") && !page.contains("1 answer in 10"), "{page}");
    }
}
