//! The rows, cards and sentences of the page. Every text of an attacker is cut and made safe to display here.

use crate::escape::{escape_bytes_for_display, escape_for_display, one_line};
use crate::evidence::content::readable;
use crate::evidence::explanation::explain;
use crate::triage::carried::Carried;
use crate::triage::groups::{Group, GroupBy};
use crate::triage::report::findings::Findings;
use crate::triage::scoring::ScoredRecord;
use crate::triage::times::seconds;

/// Groups that are listed.
const MAX_GROUPS: usize = 20;
/// Channels that the verdict names.
const MAX_IN_VERDICT: usize = 3;
/// Bytes of what a channel carried that are shown.
const MAX_BEGINNING: usize = 120;
/// Characters of a text, and of a name, that are shown.
const MAX_TEXT_CHARS: usize = 2000;
pub(super) const MAX_NAME_CHARS: usize = 300;

/// A row of a table of records.
pub(super) struct ListedRecord {
    key: (String, String),
    pub(super) score: String,
    pub(super) suspicious: bool,
    pub(super) times: u64,
    pub(super) time: String,
    pub(super) client: String,
    pub(super) server: String,
    pub(super) query: String,
    pub(super) text: String,
    pub(super) record_type: &'static str,
    pub(super) reason: String,
    pub(super) decoded: String,
}

impl ListedRecord {
    pub(super) fn new(scored: &ScoredRecord, times: u64, threshold: f64) -> Self {
        let explanation = explain(scored.normalised_text().as_deref());
        let text = scored.scored_text();
        let record = &scored.record;
        Self {
            key: (record.client.to_string(), scored.domain()),
            score: scored.score.map(|score| format!("{score:.6}")).unwrap_or_default(),
            suspicious: scored.reaches(threshold),
            times,
            time: record.time.map(seconds).unwrap_or_default(),
            client: cut(&record.client, MAX_NAME_CHARS),
            server: cut(&record.server, MAX_NAME_CHARS),
            query: cut(&record.query, MAX_NAME_CHARS),
            text: cut(&escape_bytes_for_display(text.as_deref().unwrap_or(&record.answer)), MAX_TEXT_CHARS),
            record_type: explanation.record_type,
            reason: explanation.reason,
            decoded: explanation.decoded,
        }
    }
}

/// A channel that was found, with what is listed of its answers and what it carried.
pub(super) struct ChannelCard {
    pub(super) row: GroupRow,
    pub(super) suspicious: Vec<ListedRecord>,
    pub(super) below: Vec<ListedRecord>,
    pub(super) carried: Vec<CarriedRow>,
}

impl ChannelCard {
    /// The cards of the channels that were found, whose answers are taken from `records`; and the other channels.
    pub(super) fn all(
        groups: Vec<Group>,
        records: &mut Vec<ListedRecord>,
        carried: &[(Carried, Option<String>)],
        threshold: f64,
    ) -> (Vec<Self>, Vec<Group>) {
        let is_found = |group: &Group| group.channel.as_ref().is_some_and(|channel| channel.is_found(threshold));
        let (found, mut others): (Vec<Group>, Vec<Group>) = groups.into_iter().partition(is_found);
        let mut cards = Vec::new();
        for group in found {
            if cards.len() == MAX_GROUPS {
                others.insert(0, group);
                continue;
            }
            let is_of_it = |record: &ListedRecord| (&record.key.0, &record.key.1) == (&group.name, &group.domain);
            let (mut answers, rest): (Vec<_>, Vec<_>) = std::mem::take(records).into_iter().partition(is_of_it);
            *records = rest;
            let below = answers.split_off(answers.partition_point(|record| record.suspicious));
            let is_its = |one: &&(Carried, Option<String>)| (&one.0.client, &one.0.domain) == (&group.name, &group.domain);
            let carried = carried.iter().filter(is_its).map(|(one, file)| CarriedRow::new(one, file.as_deref())).collect();
            cards.push(Self { row: GroupRow::new(group, threshold), suspicious: answers, below, carried });
        }
        (cards, others)
    }
}

/// Something that a channel carried.
pub(super) struct CarriedRow {
    pub(super) kind: &'static str,
    pub(super) size: String,
    pub(super) sha256: String,
    pub(super) how: String,
    /// The name of its file, or nothing.
    pub(super) file: String,
    /// How it begins, if it can be read.
    pub(super) beginning: String,
}

impl CarriedRow {
    fn new(carried: &Carried, file: Option<&str>) -> Self {
        Self {
            kind: carried.kind,
            size: in_words(carried.bytes.len() as u64),
            sha256: if carried.bytes.is_empty() { String::new() } else { carried.sha256.clone() },
            how: carried.how.clone(),
            file: file.map(|name| cut(name, MAX_NAME_CHARS)).unwrap_or_default(),
            beginning: if carried.kind == "unknown" {
                String::new()
            } else {
                one_line(&readable(carried.bytes.get(..MAX_BEGINNING).unwrap_or(&carried.bytes)), MAX_BEGINNING)
            },
        }
    }
}

/// A table of channels, domains or clients.
pub(super) struct GroupTable {
    pub(super) title: &'static str,
    pub(super) counterparts: Option<&'static str>,
    pub(super) rows: Vec<GroupRow>,
    pub(super) all: usize,
}

impl GroupTable {
    pub(super) fn new(title: &'static str, by: GroupBy, groups: Vec<Group>, threshold: f64) -> Self {
        let all = groups.len();
        let rows = groups.into_iter().take(MAX_GROUPS).map(|group| GroupRow::new(group, threshold)).collect();
        Self { title, counterparts: by.counterparts(), rows, all }
    }
}

pub(super) struct GroupRow {
    pub(super) name: String,
    pub(super) group: Group,
    pub(super) is_suspicious: bool,
    pub(super) channel_score: String,
    pub(super) channel_reason: String,
    pub(super) mean: String,
    pub(super) highest: String,
    pub(super) period: String,
}

impl GroupRow {
    fn new(group: Group, threshold: f64) -> Self {
        let period = group.first.zip(group.last).map(|(first, last)| format!("{} to {}", seconds(first), seconds(last)));
        let name =
            if group.domain.is_empty() { known(&group.name) } else { format!("{} → {}", known(&group.name), known(&group.domain)) };
        let (mean, highest) = (format!("{:.3}", group.mean()), format!("{:.6}", group.highest));
        let is_suspicious = group.is_found(threshold);
        let channel_score = group.channel.as_ref().map(|channel| format!("{:.6}", channel.score)).unwrap_or_default();
        let channel_reason = group.channel.as_ref().map(|channel| channel.reason.clone()).unwrap_or_default();
        let period = period.unwrap_or_default();
        Self { name, is_suspicious, channel_score, channel_reason, mean, highest, period, group }
    }
}

/// A name, or that there is none.
fn known(name: &str) -> String {
    if name.is_empty() { "(unknown)".to_owned() } else { cut(name, MAX_NAME_CHARS) }
}

/// The first sentence of the page: what was found, or that nothing was.
pub fn verdict(findings: &Findings<'_>, threshold: f64) -> String {
    let found: Vec<_> = findings.channels.iter().filter(|channel| channel.is_found(threshold)).collect();
    let tally = findings.tally;
    if !found.is_empty() {
        let named = found.iter().take(MAX_IN_VERDICT);
        let named: Vec<String> =
            named.map(|channel| format!("{} → {} (score {:.6})", known(&channel.client), known(&channel.domain), channel.score)).collect();
        let more = match found.len().saturating_sub(MAX_IN_VERDICT) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let (count, were) = if found.len() == 1 { ("1 channel".to_owned(), "was") } else { (format!("{} channels", found.len()), "were") };
        return format!("{count} over DNS TXT {were} found: {}{more}.", named.join("; "));
    }
    match (tally.records, tally.suspicious) {
        (0, _) if tally.queries == 0 => "No TXT answer was found.".to_owned(),
        (0, _) => format!("No TXT answer was found, and {} without an answer.", plural(tally.queries, "TXT query", "TXT queries")),
        (records, 0) => format!("Nothing suspicious was found in {}.", plural(records, "TXT answer", "TXT answers")),
        (records, suspicious) => format!(
            "No channel was found, but {suspicious} of {} scored {threshold} or more.",
            plural(records, "TXT answer", "TXT answers")
        ),
    }
}

fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Lines to copy: the domains and clients of the channels that were found, and the hashes of what they carried.
pub(super) fn indicators(findings: &Findings<'_>, threshold: f64) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut add = |kind: &str, value: &str| {
        let line = format!("{kind} {}", cut(value, MAX_NAME_CHARS));
        if !value.is_empty() && !lines.contains(&line) {
            lines.push(line);
        }
    };
    let found = || findings.channels.iter().filter(|channel| channel.is_found(threshold)).take(MAX_GROUPS);
    found().for_each(|channel| add("domain", &channel.domain));
    found().for_each(|channel| add("client", &channel.client));
    findings.carried.iter().filter(|(one, _)| !one.bytes.is_empty()).take(MAX_GROUPS).for_each(|(one, _)| add("sha256", &one.sha256));
    lines.join("\n")
}

/// A number of bytes with separators: `1,234,567 bytes`.
pub(super) fn in_words(bytes: u64) -> String {
    let digits = bytes.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digits.len().saturating_sub(place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    format!("{out} {}", if bytes == 1 { "byte" } else { "bytes" })
}

/// The beginning of a text, safe to display.
pub(super) fn cut(text: &str, max_chars: usize) -> String {
    let mut beginning: String = text.chars().take(max_chars).collect();
    if text.chars().nth(max_chars).is_some() {
        beginning.push('…');
    }
    escape_for_display(&beginning)
}
