//! Scored records on a terminal: as many columns as its width has room for, the text always among them.
//!
//! Text from an attacker cannot move the cursor or break a line: everything is escaped before it is measured and cut.

use std::io::{self, Write};

use console::{Alignment, measure_text_width, pad_str, style, truncate_str};

use crate::columns;
use crate::escape::{escape_bytes_for_display, escape_for_display};
use crate::evidence::explanation::explain;
use crate::triage::channels::JudgedChannel;
use crate::triage::scoring::{ScoredRecord, Tally, domain_of};
use crate::triage::times::seconds;

/// Columns of the narrowest terminal for which rows are laid out; a narrower one cuts them.
const MIN_WIDTH: usize = 40;
/// From this width on a row is one line. Below it, the text stands under the facts.
const WIDE: usize = 110;
/// Lines of a text below a row.
const MAX_LINES_OF_SUSPICIOUS: usize = 3;
const MAX_LINES_OF_OTHERS: usize = 1;
/// Channels that are named above the summary.
const MAX_CHANNELS: usize = 5;
const GAP: &str = "  ";
/// Widths of columns. The score and the verdict stand in each row.
const SCORE: usize = 8;
const VERDICT: usize = 10;
const TIMES: usize = 6;
const TIME: usize = 19;
const MIN_CLIENT: usize = 15;
const MAX_CLIENT: usize = 39;
const DOMAIN: usize = 22;
const QUERY: usize = 26;
const MIN_QUERY: usize = 20;
/// What the text gets at least before a column of lower rank is shown.
const MIN_TEXT: usize = 40;
const MIN_TEXT_BESIDE_DOMAIN: usize = 25;

/// Which columns are shown, and how wide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Layout {
    times: bool,
    time: bool,
    client: usize,
    /// In a wide row, beside the end of the query.
    domain: bool,
    /// Width of the end of the query, or 0.
    query: usize,
    text_below: bool,
}

/// What is known of all rows before the first is written.
#[derive(Clone, Copy, Debug)]
pub struct Contents {
    /// Whether any row has a client or a query.
    pub has_names: bool,
    /// Characters of the longest client.
    pub client: usize,
    /// Whether equal rows are one with a count.
    pub has_counts: bool,
}

impl Layout {
    fn new(width: usize, contents: Contents) -> Self {
        let mut room = width;
        // Takes a column if so much is left for the last one.
        let mut take = |columns: usize, least_left: usize| {
            let with_gap = columns.saturating_add(GAP.len());
            let fits = room >= with_gap.saturating_add(least_left);
            room = room.saturating_sub(if fits { with_gap } else { 0 });
            fits
        };
        take(SCORE, 0);
        take(VERDICT, 0);
        let mut layout = Self { times: contents.has_counts && take(TIMES, 0), ..Self::default() };
        if !contents.has_names {
            return layout;
        }
        let client = contents.client.clamp(MIN_CLIENT, MAX_CLIENT);
        if width < WIDE {
            layout.text_below = true;
            layout.client = if take(client, MIN_QUERY) { client } else { 0 };
            layout.query = room;
            return layout;
        }
        layout.client = client;
        take(client, 0);
        layout.domain = take(DOMAIN, MIN_TEXT_BESIDE_DOMAIN);
        if take(QUERY, MIN_TEXT) {
            layout.query = QUERY;
        }
        layout.time = take(TIME, MIN_TEXT);
        layout
    }
}

/// Writes rows for a terminal.
pub struct Screen<'a> {
    out: &'a mut dyn Write,
    width: usize,
    threshold: f64,
    explain: bool,
    /// Set when the header is written.
    layout: Option<Layout>,
}

impl<'a> Screen<'a> {
    pub fn new(out: &'a mut dyn Write, width: usize, threshold: f64, explain: bool) -> Self {
        Self { out, width: width.max(MIN_WIDTH), threshold, explain, layout: None }
    }

    /// Writes the header of the columns that these contents have room for.
    ///
    /// # Errors
    /// If writing fails.
    pub fn header(&mut self, contents: Contents) -> io::Result<()> {
        let layout = Layout::new(self.width, contents);
        self.layout = Some(layout);
        let mut cells = vec![pad("score", SCORE, Alignment::Right), pad("verdict", VERDICT, Alignment::Left)];
        if layout.times {
            cells.push(pad("times", TIMES, Alignment::Right));
        }
        if layout.time {
            cells.push(pad("time (UTC)", TIME, Alignment::Left));
        }
        for (name, width) in [("client", layout.client), ("domain", if layout.domain { DOMAIN } else { 0 }), ("query", layout.query)] {
            if width > 0 {
                cells.push(pad(name, width, Alignment::Left));
            }
        }
        if !layout.text_below {
            cells.push("text".to_owned());
        }
        self.line(&style(cells.join(GAP).trim_end()).bold().to_string())
    }

    /// Writes a record that was seen so often.
    ///
    /// # Errors
    /// If writing fails.
    pub fn row(&mut self, scored: &ScoredRecord, times: u64) -> io::Result<()> {
        let record = &scored.record;
        let layout = match self.layout {
            Some(layout) => layout,
            None => {
                let has_names = !record.client.is_empty() || !record.query.is_empty();
                self.header(Contents { has_names, client: 0, has_counts: false })?;
                self.layout.unwrap_or_default()
            }
        };
        let is_suspicious = scored.reaches(self.threshold);
        let [score, _] = columns::score_cells(scored.score, self.threshold);
        let facts = [pad(&score, SCORE, Alignment::Right), pad(self.verdict(scored), VERDICT, Alignment::Left)].join(GAP);
        let mut cells = vec![if is_suspicious { style(facts).red().bold().to_string() } else { facts }];
        if layout.times {
            let times = if times > 1 { format!("{times}x") } else { String::new() };
            cells.push(pad(&times, TIMES, Alignment::Right));
        }
        if layout.time {
            cells.push(pad(&record.time.map(seconds).unwrap_or_default(), TIME, Alignment::Left));
        }
        if layout.client > 0 {
            cells.push(pad(&end_of(&escape_for_display(&record.client), layout.client), layout.client, Alignment::Left));
        }
        if layout.domain {
            let domain = if record.query.is_empty() { String::new() } else { domain_of(&record.query) };
            cells.push(pad(&end_of(&escape_for_display(&domain), DOMAIN), DOMAIN, Alignment::Left));
        }
        if layout.query > 0 {
            cells.push(pad(&end_of(&escape_for_display(&record.query), layout.query), layout.query, Alignment::Left));
        }
        let text = escape_bytes_for_display(scored.scored_text().as_deref().unwrap_or(&record.answer));
        if !layout.text_below {
            cells.push(text);
            self.line(&cells.join(GAP))?;
        } else {
            self.line(cells.join(GAP).trim_end())?;
            let max_lines = if is_suspicious { MAX_LINES_OF_SUSPICIOUS } else { MAX_LINES_OF_OTHERS };
            let lines = wrapped(&text, self.width.saturating_sub(GAP.len()), max_lines);
            lines.iter().try_for_each(|line| self.line(&format!("{GAP}{line}")))?;
        }
        if self.explain {
            let explanation = explain(scored.normalised_text().as_deref());
            for words in [explanation.reason, explanation.decoded].iter().filter(|words| !words.is_empty()) {
                self.line(&format!("{GAP}{GAP}{}", style(words).dim()))?;
            }
        }
        Ok(())
    }

    fn verdict(&self, scored: &ScoredRecord) -> &'static str {
        match scored.score {
            None => "no score",
            Some(_) if scored.reaches(self.threshold) => "suspicious",
            Some(_) => "",
        }
    }

    /// Writes the channels that were found, and the line that says what came out and what to run next. `hidden` rows were not shown, and
    /// `files` are named as the user named them.
    ///
    /// # Errors
    /// If writing fails.
    pub fn summary(&mut self, tally: &Tally, channels: &[JudgedChannel], hidden: usize, files: &str) -> io::Result<()> {
        if hidden > 0 {
            self.line(&format!("{hidden} more rows with lower scores: --all shows every answer as it was read"))?;
        }
        let found: Vec<&JudgedChannel> = channels.iter().filter(|channel| channel.is_found(self.threshold)).collect();
        if tally.records > 0 {
            self.line("")?;
        }
        for channel in found.iter().take(MAX_CHANNELS) {
            let [client, domain] = [&channel.client, &channel.domain].map(|name| escape_for_display(name));
            let client = if client.is_empty() { "a client that is not named" } else { &client };
            self.line(&style(format!("channel {:.6}: {client} and {domain}", channel.score)).red().bold().to_string())?;
            wrapped(&channel.reason, self.width.saturating_sub(GAP.len()), MAX_LINES_OF_SUSPICIOUS)
                .iter()
                .try_for_each(|line| self.line(&format!("{GAP}{line}")))?;
        }
        let count = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let suspicious = if tally.suspicious == 0 { "none suspicious".to_owned() } else { format!("{} suspicious", tally.suspicious) };
        let mut line = format!("{}, {suspicious}", count(tally.records, "answer"));
        if !channels.is_empty() {
            line += &if found.is_empty() {
                ", no channel found".to_owned()
            } else {
                format!(", {} found", count(found.len() as u64, "channel"))
            };
        }
        let next = match (found.len(), tally.suspicious) {
            (1.., _) => "score --group-by channel",
            (0, 1..) if !self.explain => "score --explain",
            _ => "",
        };
        let whole = if next.is_empty() { format!("{line}.") } else { format!("{line}. Next: dnstxtscore {next} {files}") };
        let shown = if measure_text_width(&whole) <= self.width { whole } else { format!("{line}. Next: {next}") };
        self.line(&style(shown).bold().to_string())
    }

    /// Shows what was written so far.
    ///
    /// # Errors
    /// If writing fails.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Writes a line, cut to the width.
    fn line(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{}", truncate_str(line, self.width, "…"))
    }
}

fn pad(text: &str, width: usize, side: Alignment) -> String {
    pad_str(text, width, side, Some("…")).into_owned()
}

/// The end of a name: its registered domain is there.
fn end_of(name: &str, width: usize) -> String {
    if measure_text_width(name) <= width {
        return name.to_owned();
    }
    let mut room = width.saturating_sub(1);
    let kept = name.char_indices().rev().take_while(|(_, c)| {
        let columns = measure_text_width(c.encode_utf8(&mut [0; 4]));
        let fits = columns <= room;
        room = room.saturating_sub(columns);
        fits
    });
    let from = kept.last().map_or(name.len(), |(at, _)| at);
    format!("…{}", name.get(from..).unwrap_or_default())
}

/// The text in lines of a width; what does not fit into the last one is cut.
fn wrapped(text: &str, width: usize, max_lines: usize) -> Vec<String> {
    let (mut lines, mut rest) = (Vec::new(), text);
    while !rest.is_empty() && lines.len() < max_lines {
        if lines.len().saturating_add(1) == max_lines {
            lines.push(truncate_str(rest, width, "…").into_owned());
            break;
        }
        let mut room = width;
        let end = rest.char_indices().find(|(_, c)| {
            let columns = measure_text_width(c.encode_utf8(&mut [0; 4]));
            let is_full = columns > room;
            room = room.saturating_sub(columns);
            is_full
        });
        let (line, after) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
        lines.push(line.to_owned());
        rest = after;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::scoring::tests::scored;

    fn shown(width: usize, explain: bool, contents: Contents, records: &[(ScoredRecord, u64)]) -> String {
        let mut out = Vec::new();
        let mut screen = Screen::new(&mut out, width, 0.5, explain);
        screen.header(contents).unwrap();
        records.iter().for_each(|(one, times)| screen.row(one, *times).unwrap());
        String::from_utf8(out).unwrap()
    }

    fn records() -> [(ScoredRecord, u64); 3] {
        let query = format!("{}.tunnel.example", "0123456789abcdef".repeat(3));
        let long = scored(&query, "192.0.2.7", &"x".repeat(300), Some(0.75));
        [
            (long, 12),
            (scored("a.example", "2001:db8::1:2:3", "\u{1b}[2J漢字", Some(0.1)), 1),
            (scored("b.example", "c", "unknown", None), 1),
        ]
    }

    const NAMED: Contents = Contents { has_names: true, client: 15, has_counts: true };

    #[test]
    fn every_width_shows_text_name_and_verdict() {
        for width in [40, 60, 80, 109, 110, 120, 150, 200, 400] {
            for explain in [false, true] {
                let screen = shown(width, explain, NAMED, &records());
                assert!(screen.lines().all(|line| measure_text_width(line) <= width), "{width}\n{screen}");
                assert!(
                    screen.contains("suspicious") && screen.contains("xxxxxxxxxxxx") && !screen.contains('\u{1b}'),
                    "{width}\n{screen}"
                );
                assert!(width < 60 || screen.contains(".tunnel.example") || screen.contains("  tunnel.example"), "{width}\n{screen}");
            }
        }
    }

    #[test]
    fn a_row_is_one_line_where_there_is_room_and_has_its_text_below_elsewhere() {
        let [narrow, wide, widest] = [80, 120, 200].map(|width| shown(width, false, NAMED, &records()));
        assert_eq!(narrow.lines().count(), 1 + (1 + 3) + (1 + 1) + (1 + 1), "{narrow}");
        assert!(narrow.contains("…789abcdef.tunnel.example") || narrow.contains(".tunnel.example\n"), "{narrow}");
        assert!(wide.lines().count() == 4 && wide.contains("12x") && !wide.lines().next().unwrap().contains("query"), "{wide}");
        assert!(widest.lines().next().unwrap().ends_with("domain                  query                       text"), "{widest}");
    }

    #[test]
    fn lines_of_text_have_no_columns_for_names() {
        let contents = Contents { has_names: false, client: 0, has_counts: false };
        let screen = shown(80, false, contents, &[(scored("", "", "v=spf1 -all", Some(0.01)), 1)]);
        assert_eq!(screen, "   score  verdict     text\n0.010000              v=spf1 -all\n");
    }

    #[test]
    fn the_summary_is_one_line_and_says_what_to_run_next() {
        let summary = |tally: &Tally, channels: &[JudgedChannel], hidden, files: &str| {
            let mut out = Vec::new();
            Screen::new(&mut out, 80, 0.5, false).summary(tally, channels, hidden, files).unwrap();
            String::from_utf8(out).unwrap()
        };
        let channel = |score| JudgedChannel {
            client: "192.0.2.7".into(),
            domain: "tunnel.example".into(),
            score,
            reason: "16 different answers".into(),
            can_be_found: true,
        };
        let tally = Tally { records: 262, suspicious: 81, ..Tally::default() };
        let found =
            "\nchannel 0.900000: 192.0.2.7 and tunnel.example\n  16 different answers\n262 answers, 81 suspicious, 1 channel found. Next: ";
        assert_eq!(summary(&tally, &[channel(0.9), channel(0.1)], 0, &"x".repeat(99)), format!("{found}score --group-by channel\n"));
        assert_eq!(summary(&tally, &[], 0, "FILE"), "\n262 answers, 81 suspicious. Next: dnstxtscore score --explain FILE\n");
        let quiet = Tally { records: 1, ..Tally::default() };
        assert_eq!(summary(&quiet, &[channel(0.1)], 5, "x").lines().last(), Some("1 answer, none suspicious, no channel found."));
    }
}
