//! `dnstxtscore report`: what was found, as one page to read and to hand on.
//!
//! The page holds no script and no address, and forbids both to itself: nothing in it is fetched or run, whatever an attacker
//! wrote. `askama` escapes what is put into `report/page.html`; characters that would break a line are shown by their number.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};

use askama::Template;
use time::OffsetDateTime;

use crate::explain::explain;
use crate::groups::{By, Group, Groups};
use crate::model;
use crate::safe::{shown, shown_bytes};
use crate::show::seconds;
use crate::triage::{Highest, Judged, Order, Tally};

/// What stands near the beginning of every report, and of nothing else.
pub const MARK: &str = r#"<meta name="generator" content="dnstxtscore report">"#;

/// Domains and clients that are listed.
const LISTED: usize = 20;
/// Characters of a text, a name and a file's name that are shown.
const TEXT_SHOWN: usize = 2000;
const NAME_SHOWN: usize = 300;
/// Bytes of an answer that are kept until the page is made.
const ANSWER_KEPT: usize = 64 << 10;

const BINS: usize = 20;
/// Bars of the timeline, and buckets that are kept until it is drawn.
const BARS: usize = 96;
const BUCKETS: usize = 4096;

/// Collects records. Memory: the listed ones, counts, and some bytes of each different text, query and client.
pub struct Report {
    threshold: f64,
    imported: Option<String>,
    highest: Highest,
    /// How often the same client got the same text of the same domain, by a hash keyed at random.
    times: HashMap<u64, u64>,
    hash: RandomState,
    domains: Groups,
    clients: Groups,
    /// Records of each part of the score, and those of them at or above the threshold.
    bins: [(u64, u64); BINS],
    timeline: Timeline,
    first: Option<OffsetDateTime>,
    last: Option<OffsetDateTime>,
}

impl Report {
    /// `imported` is the name of the model that judged, where it is not the embedded one.
    pub fn new(threshold: f64, listed: usize, imported: Option<String>) -> Self {
        Self {
            threshold,
            imported,
            highest: Highest::new(Some(listed)),
            times: HashMap::new(),
            hash: RandomState::new(),
            domains: Groups::new(By::Domain, threshold),
            clients: Groups::new(By::Client, threshold),
            bins: [(0, 0); BINS],
            timeline: Timeline { seconds: 1, buckets: BTreeMap::new() },
            first: None,
            last: None,
        }
    }

    pub fn add(&mut self, mut judged: Judged) {
        judged.record.object = None; // it is not listed, and may be large
        self.domains.add(&judged);
        self.clients.add(&judged);
        if let Some(score) = judged.score
            && let Some(bin) = self.bins.get_mut(((score * BINS as f64) as usize).min(BINS - 1))
        {
            bin.0 += 1;
            bin.1 += u64::from(judged.reaches(self.threshold));
        }
        if let Some(time) = judged.record.time {
            self.timeline.add(time, judged.reaches(self.threshold));
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = Some(self.last.map_or(time, |last| last.max(time)));
        }
        // What is cut is the text: of a dressed answer the end of its dress would be missing.
        if judged.record.answer.len() > ANSWER_KEPT {
            let text = judged.text().map(|text| text.get(..ANSWER_KEPT).unwrap_or(&text).to_vec());
            judged.record.answer = text.unwrap_or_default();
            judged.reads = |kept| Some(kept.into());
        }
        let times = self.times.entry(key(&self.hash, &judged)).or_insert(0);
        *times += 1;
        if *times == 1 {
            self.highest.add(judged);
        }
    }

    /// The page.
    pub fn page(self, sources: &[String], failed: &[String], tally: &Tally) -> Result<String, askama::Error> {
        let threshold = self.threshold;
        let finding = |one: Judged| {
            let times = self.times.get(&key(&self.hash, &one)).copied().unwrap_or(1);
            Finding::of(&one, times, threshold)
        };
        let findings = self.highest.sorted(Order::Score).into_iter().map(finding).collect();
        let timeline = self.timeline.bars();
        Page {
            version: env!("CARGO_PKG_VERSION"),
            model: self.imported.as_deref().unwrap_or(model::NAME),
            is_imported: self.imported.is_some(),
            threshold,
            sources: sources.iter().map(|name| cut(name, NAME_SHOWN)).collect(),
            failed: failed.iter().map(|name| cut(name, NAME_SHOWN)).collect(),
            tally,
            period: self.first.zip(self.last).map(|(first, last)| (seconds(first), seconds(last))),
            findings,
            listings: [Listing::new("Domains", "clients", self.domains), Listing::new("Clients", "domains", self.clients)],
            bins: bars_of_bins(&self.bins),
            most_in_bar: timeline.iter().map(|bar| bar.all).max().unwrap_or_default(),
            timeline,
        }
        .render()
    }
}

/// What makes records one row: who got which text of which domain.
fn key(hash: &RandomState, judged: &Judged) -> u64 {
    hash.hash_one((&judged.record.client, judged.domain(), judged.text()))
}

/// How many records a time saw, and how many of them were suspicious.
struct Timeline {
    /// Seconds of a bucket: twice as many whenever there are too many buckets.
    seconds: i64,
    buckets: BTreeMap<i64, (u64, u64)>,
}

impl Timeline {
    fn add(&mut self, time: OffsetDateTime, suspicious: bool) {
        let bucket = self.buckets.entry(time.unix_timestamp().div_euclid(self.seconds)).or_default();
        bucket.0 += 1;
        bucket.1 += u64::from(suspicious);
        while self.buckets.len() > BUCKETS {
            self.seconds *= 2;
            let mut wider: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
            for (place, (all, suspicious)) in std::mem::take(&mut self.buckets) {
                let bucket = wider.entry(place.div_euclid(2)).or_default();
                bucket.0 += all;
                bucket.1 += suspicious;
            }
            self.buckets = wider;
        }
    }

    /// At most [`BARS`] bars of equal length, from the first record to the last.
    fn bars(&self) -> Vec<Bar> {
        let (Some(first), Some(last)) = (self.buckets.keys().next(), self.buckets.keys().next_back()) else { return Vec::new() };
        let buckets_a_bar = (last - first) / BARS as i64 + 1;
        let mut counts = vec![(0u64, 0u64); ((last - first) / buckets_a_bar) as usize + 1];
        for (place, (all, suspicious)) in &self.buckets {
            if let Some(bar) = counts.get_mut(((place - first) / buckets_a_bar) as usize) {
                bar.0 += all;
                bar.1 += suspicious;
            }
        }
        let most = counts.iter().map(|(all, _)| *all).max().unwrap_or(1) as f64;
        let starts = (0..).map(|number| (first + number * buckets_a_bar) * self.seconds);
        let shown = |second: i64| OffsetDateTime::from_unix_timestamp(second).map(seconds).unwrap_or_default();
        counts
            .iter()
            .zip(starts)
            .map(|(&(all, suspicious), start)| Bar {
                label: shown(start),
                all,
                suspicious,
                height: tenths(all as f64 / most),
                suspicious_height: tenths(suspicious as f64 / most),
                marked: suspicious > 0,
            })
            .collect()
    }
}

/// A bar of a chart; heights in tenths of a percent, so that the template has no number to format.
struct Bar {
    label: String,
    all: u64,
    suspicious: u64,
    height: u32,
    suspicious_height: u32,
    marked: bool,
}

impl Bar {
    /// Where a bar of a height begins, from the top of a chart of 1000.
    fn top(&self) -> u32 {
        1000 - self.height
    }

    fn suspicious_top(&self) -> u32 {
        1000 - self.suspicious_height
    }
}

/// A bar that counts anything is seen: at least a hundredth of the chart.
fn tenths(part: f64) -> u32 {
    if part > 0.0 { ((part * 1000.0).round() as u32).clamp(10, 1000) } else { 0 }
}

/// Bins of the score by the logarithm of their count: most answers are ordinary, and the few others are looked for.
fn bars_of_bins(bins: &[(u64, u64)]) -> Vec<Bar> {
    let most = (bins.iter().map(|(all, _)| *all).max().unwrap_or_default() as f64).ln_1p().max(f64::MIN_POSITIVE);
    let width = 1.0 / BINS as f64;
    let bar = |(place, &(all, suspicious)): (usize, &(u64, u64))| {
        let from = place as f64 * width;
        let part = (all as f64).ln_1p() / most;
        let suspicious_height = tenths(part * suspicious as f64 / all.max(1) as f64);
        let (label, marked) = (format!("{from:.2} to {:.2}", from + width), suspicious > 0);
        Bar { label, all, suspicious, height: tenths(part), suspicious_height, marked }
    };
    bins.iter().enumerate().map(bar).collect()
}

/// A listed record.
struct Finding {
    score: String,
    suspicious: bool,
    times: u64,
    time: String,
    client: String,
    query: String,
    text: String,
    kind: &'static str,
    reason: String,
    decoded: String,
}

impl Finding {
    fn of(judged: &Judged, times: u64, threshold: f64) -> Self {
        let text = judged.text();
        let said = explain(text.as_deref());
        Self {
            score: judged.score.map(|score| format!("{score:.6}")).unwrap_or_default(),
            suspicious: judged.reaches(threshold),
            times,
            time: judged.record.time.map(seconds).unwrap_or_default(),
            client: cut(&judged.record.client, NAME_SHOWN),
            query: cut(&judged.record.query, NAME_SHOWN),
            text: cut(&shown_bytes(text.as_deref().unwrap_or(&judged.record.answer)), TEXT_SHOWN),
            kind: said.kind,
            reason: said.reason,
            decoded: said.decoded,
        }
    }
}

/// The table of domains, or of clients.
struct Listing {
    title: &'static str,
    others: &'static str,
    rows: Vec<Row>,
}

impl Listing {
    fn new(title: &'static str, others: &'static str, groups: Groups) -> Self {
        Self { title, others, rows: rows(groups.sorted()) }
    }
}

struct Row {
    name: String,
    group: Group,
    mean: String,
    highest: String,
    period: String,
}

fn rows(groups: Vec<Group>) -> Vec<Row> {
    let row = |group: Group| {
        let period = group.first.zip(group.last).map(|(first, last)| format!("{} to {}", seconds(first), seconds(last)));
        let name = if group.name.is_empty() { "(not said)".to_owned() } else { cut(&group.name, NAME_SHOWN) };
        let (mean, highest) = (format!("{:.3}", group.mean()), format!("{:.6}", group.highest));
        Row { name, mean, highest, period: period.unwrap_or_default(), group }
    };
    groups.into_iter().take(LISTED).map(row).collect()
}

/// The beginning of a text, safe to show.
fn cut(text: &str, most: usize) -> String {
    let mut beginning: String = text.chars().take(most).collect();
    if text.chars().nth(most).is_some() {
        beginning.push('…');
    }
    shown(&beginning)
}

#[derive(Template)]
#[template(path = "page.html", config = "src/report/askama.toml")]
struct Page<'a> {
    version: &'a str,
    model: &'a str,
    is_imported: bool,
    threshold: f64,
    sources: Vec<String>,
    failed: Vec<String>,
    tally: &'a Tally,
    period: Option<(String, String)>,
    findings: Vec<Finding>,
    listings: [Listing; 2],
    bins: Vec<Bar>,
    timeline: Vec<Bar>,
    most_in_bar: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::tests::judged;

    fn page(records: Vec<Judged>, listed: usize) -> String {
        let tally = Tally { records: records.len() as u64, suspicious: 1, broken: 0 };
        let mut report = Report::new(0.5, listed, None);
        records.into_iter().for_each(|one| report.add(one));
        report.page(&["a.pcap".into()], &["gone.pcap".into()], &tally).unwrap()
    }

    #[test]
    fn what_an_attacker_wrote_is_text_and_nothing_else() {
        let hostile = "</td><script>alert(1)</script><img src=x onerror=alert(1)> \" ' & \u{202e}\u{1b}[2J {{ 7*7 }}";
        let page = page(vec![judged(&format!("{hostile}.example.com"), hostile, hostile, Some(0.9))], 10);
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\u{202e}') && !page.contains('\u{1b}'));
        assert!(page.contains("&#60;script&#62;alert(1)") && page.contains(r"\u{202e}") && page.contains("{{ 7*7 }}"), "{page}");
        assert!(page.contains("default-src 'none'"));
        for address in ["http:", "https:", "src=\"", "href=", "url(", "@import"] {
            assert!(!page.contains(address), "{address}");
        }
    }

    #[test]
    fn equal_findings_are_one_row_with_their_number() {
        let same = || judged("a.t.example.net", "192.0.2.7", "\"payload\"", Some(0.9));
        let page = page(vec![same(), same(), same(), judged("b.example.com", "192.0.2.8", "other", Some(0.1))], 10);
        assert_eq!(page.matches("<td class=\"text\">").count(), 2, "{page}");
        assert!(page.contains("payload") && page.contains("3 times") && page.contains("Not read: <code>gone.pcap</code>"), "{page}");
    }

    /// Found in review: a long answer lost its closing quote, and with it what it is.
    #[test]
    fn a_long_answer_is_explained_by_its_text() {
        let program = format!("\"\\127ELF{}\"", "\\002\\001".repeat(12_000));
        let page = page(vec![judged("a.example", "192.0.2.7", &program, Some(0.9))], 10);
        assert!(page.contains("that decode to ELF"), "{page}");
    }

    #[test]
    fn an_empty_report_says_so() {
        let page = Report::new(0.5, 10, None).page(&[], &[], &Tally::default()).unwrap();
        assert!(page.contains("No answer") && !page.contains("<svg") && page.contains("model dnstxt_v2"), "{page}");
        let page = Report::new(0.5, 10, Some("dsdl".into())).page(&[], &[], &Tally { records: 1, ..Tally::default() }).unwrap();
        assert!(page.contains("model dsdl") && page.contains("the imported model dsdl") && !page.contains("prior"), "{page}");
    }

    #[test]
    fn a_timeline_has_few_bars_and_loses_no_record() {
        let mut timeline = Timeline { seconds: 1, buckets: BTreeMap::new() };
        for second in 0..20_000i64 {
            timeline.add(OffsetDateTime::from_unix_timestamp(1_700_000_000 + second * 7).unwrap(), second % 4 == 0);
        }
        timeline.add(OffsetDateTime::from_unix_timestamp(0).unwrap(), true);
        let bars = timeline.bars();
        assert!(bars.len() <= BARS && timeline.buckets.len() <= BUCKETS);
        assert_eq!(bars.iter().map(|bar| bar.all).sum::<u64>(), 20_001);
        assert_eq!(bars.iter().map(|bar| bar.suspicious).sum::<u64>(), 5_001);
    }
}
