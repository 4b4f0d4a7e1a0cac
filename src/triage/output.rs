//! Scored records and groups as a table for people, as CSV, or as lines of JSON.
//!
//! The table is safe for a terminal: text from an attacker cannot move the cursor or break a line. CSV and JSON are for
//! programs and carry texts unchanged.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::io::{self, Write};
use std::rc::Rc;

use console::{Alignment, measure_text_width, pad_str, style, truncate_str};
use serde_json::Value;
use time::OffsetDateTime;

use crate::columns;
use crate::escape::{escape_bytes_for_display, escape_for_display};
use crate::evidence::explanation::Explanation;
use crate::evidence::explanation_cache::ExplanationCache;
use crate::triage::groups::{Group, GroupBy};
use crate::triage::input::field_names::ANSWER;
use crate::triage::input::json_object::ObjectWriter;
use crate::triage::input::record::Record;
use crate::triage::scoring::ScoredRecord;
use crate::triage::stix;
use crate::triage::times::{rfc3339, seconds};

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum OutputFormat {
    /// For reading: score, verdict, and what is known about each text
    Table,
    /// Comma-separated values with a header: time, client, server, query, answer and the verdict
    Csv,
    /// One JSON object per line; an input object is kept, and the columns are added
    Jsonl,
    /// A bundle of STIX 2.1 with the channels that were found
    Stix,
}

/// The columns of a record itself: in CSV, and in JSON if the record did not come as an object.
const RECORD_COLUMNS: [&str; 5] = ["time", "client", "server", "query", "answer"];

/// Writes records or groups in one format.
pub struct Writer<'a> {
    out: &'a mut dyn Write,
    format: OutputFormat,
    explain: bool,
    explained: ExplanationCache,
    threshold: f64,
    /// Columns of the terminal; without one nothing is cut. Records on a terminal are written by `screen`.
    width: Option<usize>,
    header_written: bool,
    /// The line of the table that was written last: its memory is used again.
    line: String,
    object: ObjectWriter,
    /// The last score, and how it is written.
    last_cells: (Option<f64>, [String; 2]),
    known: Known,
    /// Writes rows of CSV into `written`: a writer of its own for each row cost more than the row.
    csv: csv::Writer<SharedBuffer>,
    written: SharedBuffer,
}

/// Bytes that one writer appends and another one takes.
#[derive(Clone, Default)]
struct SharedBuffer(Rc<RefCell<Vec<u8>>>);

impl Write for SharedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the answers of one message have in common, as it stands in JSON: a message of 64 KiB may hold thousands.
#[derive(Default)]
struct Known {
    of: Record,
    json: Vec<u8>,
}

impl Known {
    /// Begins the object of a record that came without one.
    fn write(&mut self, record: &Record, line: &mut ObjectWriter) {
        let Record { time, client, server, query, .. } = record;
        let of = &self.of;
        let is_same = Rc::ptr_eq(query, &of.query) && Rc::ptr_eq(client, &of.client) && Rc::ptr_eq(server, &of.server);
        if is_same && *time == of.time && !self.json.is_empty() {
            return line.continue_from(&self.json);
        }
        let written = time.map(rfc3339).unwrap_or_default();
        RECORD_COLUMNS.into_iter().zip([&*written, client, server, query]).for_each(|(name, value)| line.string(name, value));
        self.json.clear();
        self.json.extend_from_slice(line.so_far());
        let [client, server, query] = [client, server, query].map(Rc::clone);
        self.of = Record { time: *time, client, server, query, ..Record::default() };
    }
}

impl<'a> Writer<'a> {
    /// A writer that has written nothing yet. Lines of a table of groups are cut to `width` characters, if there is one.
    pub fn new(out: &'a mut dyn Write, format: OutputFormat, explain: bool, threshold: f64, width: Option<usize>) -> Self {
        let written = SharedBuffer::default();
        Self {
            out,
            format,
            explain,
            explained: ExplanationCache::default(),
            threshold,
            width,
            header_written: false,
            line: String::new(),
            object: ObjectWriter::default(),
            last_cells: Default::default(),
            known: Known::default(),
            csv: csv::WriterBuilder::new().flexible(true).from_writer(written.clone()),
            written,
        }
    }

    /// Writes a record.
    ///
    /// # Errors
    /// If writing fails.
    pub fn record(&mut self, scored: &ScoredRecord) -> io::Result<()> {
        // Equal texts often follow each other.
        let (last_score, last_cells) = std::mem::take(&mut self.last_cells);
        let is_same = last_score.is_some() && last_score == scored.score;
        let cells = if is_same { last_cells } else { columns::score_cells(scored.score, self.threshold) };
        let written = self.write(scored, &cells);
        self.last_cells = (scored.score, cells);
        written
    }

    fn write(&mut self, scored: &ScoredRecord, cells: &[String; 2]) -> io::Result<()> {
        let explanation = self.explain.then(|| self.explained.explain(scored.normalised_text().as_deref()).into_owned());
        let explanation = explanation.as_ref().map(Explanation::cells);
        let [model_score, _] = columns::score_cells(scored.model_score.filter(|_| self.explain), self.threshold);
        let record = &scored.record;
        match self.format {
            OutputFormat::Csv => {
                let time = record.time.map(rfc3339).unwrap_or_default();
                let record = [time.as_bytes(), record.client.as_bytes(), record.server.as_bytes(), record.query.as_bytes(), &record.answer];
                let explained = explanation.iter().flatten().copied().chain(self.explain.then_some(&*model_score));
                let added = cells.iter().map(String::as_str).chain(explained).map(str::as_bytes);
                self.csv_header()?;
                self.csv_row(record.into_iter().chain(added))
            }
            OutputFormat::Jsonl => {
                let answer = || String::from_utf8_lossy(&record.answer);
                let line = &mut self.object;
                line.clear();
                match &record.object {
                    Some(own) => {
                        line.members_of(own);
                        if record.one_of_many {
                            line.string(columns::ANSWER, &answer());
                        }
                    }
                    None if record.is_line => line.string(ANSWER[0].0, &answer()),
                    None => {
                        self.known.write(record, line);
                        line.string(ANSWER[1].0, &answer());
                    }
                }
                for (name, cell) in columns::SCORE.into_iter().zip(cells) {
                    line.plain(name, if cell.is_empty() { "null" } else { cell });
                }
                for (name, cell) in columns::EXPLANATION.into_iter().zip(explanation.into_iter().flatten()) {
                    line.string(name, cell);
                }
                // Left out without an answer, so that a line without one stays short.
                if !model_score.is_empty() {
                    line.plain(columns::MODEL_SCORE, &model_score);
                }
                self.out.write_all(line.end())?;
                self.out.write_all(b"\n")
            }
            OutputFormat::Table => self.table_row(scored, cells, explanation),
            OutputFormat::Stix => Ok(()), // it has no records
        }
    }

    /// Ends an output of records: CSV gets its header even without a record.
    ///
    /// # Errors
    /// If writing fails.
    pub fn end(&mut self) -> io::Result<()> {
        if self.format == OutputFormat::Csv {
            self.csv_header()?;
        }
        self.out.flush()
    }

    /// Shows what was written so far.
    ///
    /// # Errors
    /// If writing fails.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn csv_header(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.header_written, true) {
            return Ok(());
        }
        let explanation = columns::EXPLANATION.into_iter().filter(|_| self.explain);
        let names = RECORD_COLUMNS.into_iter().chain(columns::SCORE).chain(explanation);
        writeln!(self.out, "{}", names.collect::<Vec<_>>().join(","))
    }

    fn csv_row<'c>(&mut self, cells: impl Iterator<Item = &'c [u8]>) -> io::Result<()> {
        self.csv.write_record(cells)?;
        self.csv.flush()?;
        let mut written = self.written.0.borrow_mut();
        let outcome = self.out.write_all(&written);
        written.clear();
        outcome
    }

    /// A record for reading, with its explanation in the lines below.
    fn table_row(&mut self, scored: &ScoredRecord, [score, _]: &[String; 2], explanation: Option<[&str; 4]>) -> io::Result<()> {
        const INDENT: &str = "                      ";
        let record = &scored.record;
        let text = escape_bytes_for_display(scored.scored_text().as_deref().unwrap_or(&record.answer));
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        if scored.reaches(self.threshold) {
            line += &format!("{}  {}  ", style(format!("{score:>8}")).red().bold(), style("suspicious").red().bold());
        } else {
            line.extend(std::iter::repeat_n(' ', 8_usize.saturating_sub(score.len())));
            line += score;
            line += "              ";
        }
        if !record.client.is_empty() || !record.query.is_empty() {
            let known = [
                pad_str(&record.time.map(seconds).unwrap_or_default(), 19, Alignment::Left, None).into_owned(),
                pad_str(&escape_for_display(&record.client), 15, Alignment::Left, None).into_owned(),
                pad_str(&escape_for_display(&record.query), 32, Alignment::Left, None).into_owned(),
            ];
            line += &format!("{}  ", known.join("  "));
        }
        line += &text;
        self.out.write_all(line.as_bytes())?;
        self.out.write_all(b"\n")?;
        self.line = line;
        if let Some([_, reason, _, decoded]) = explanation {
            for words in [reason, decoded].into_iter().filter(|words| !words.is_empty()) {
                writeln!(self.out, "{INDENT}{}", style(words).dim())?;
            }
        }
        Ok(())
    }

    fn cut<'t>(&self, line: &'t str) -> Cow<'t, str> {
        self.width.map_or(Cow::Borrowed(line), |width| truncate_str(line, width, "…"))
    }

    /// Writes groups, in order.
    ///
    /// # Errors
    /// If writing fails.
    pub fn groups(&mut self, by: GroupBy, groups: &[Group]) -> io::Result<()> {
        let names = group_columns(by);
        match self.format {
            OutputFormat::Csv => {
                writeln!(self.out, "{}", names.join(","))?;
                groups.iter().try_for_each(|group| {
                    let cells = group_cells(by, group, rfc3339, |text| String::from_utf8_lossy(text).into_owned());
                    let texts: Vec<String> = cells.iter().map(Cell::to_string).collect();
                    self.csv_row(texts.iter().map(String::as_bytes))
                })
            }
            OutputFormat::Jsonl => groups.iter().try_for_each(|group| {
                let cells = group_cells(by, group, rfc3339, |text| String::from_utf8_lossy(text).into_owned());
                self.object.clear();
                names.iter().zip(cells).for_each(|(name, cell)| self.object.json(name, cell.into_json()));
                self.out.write_all(self.object.end())?;
                self.out.write_all(b"\n")
            }),
            OutputFormat::Table => self.group_table(by, &names, groups),
            OutputFormat::Stix => {
                let bundle = stix::bundle(groups, self.threshold, OffsetDateTime::now_utc());
                serde_json::to_writer_pretty(&mut *self.out, &bundle)?;
                writeln!(self.out)
            }
        }
    }

    /// A table whose columns are as wide as their widest cell, up to a limit. Cells are made twice and not kept, because there
    /// may be a million groups.
    fn group_table(&mut self, by: GroupBy, names: &[&str], groups: &[Group]) -> io::Result<()> {
        const MAX_WIDTH: usize = 40;
        // The sentence of a channel is a line of its own, because it is as long as a line.
        let names: Vec<&str> = names.iter().copied().filter(|name| *name != columns::CHANNEL[1]).collect();
        let mut widths: Vec<usize> = names.iter().map(|name| name.len()).collect();
        let cells = |group: &Group| {
            let mut cells = group_cells(by, group, seconds, escape_bytes_for_display);
            cells.remove(by.names().len().saturating_add(1).min(cells.len().saturating_sub(1)));
            cells
        };
        for group in groups {
            for (width, cell) in widths.iter_mut().zip(cells(group)) {
                *width = measure_text_width(&cell.to_string()).clamp(*width, MAX_WIDTH.max(*width));
            }
        }
        widths.pop(); // the last column is not padded
        let line = |cells: &[Cell]| {
            let padded = cells.iter().enumerate().map(|(place, cell)| {
                let width = widths.get(place).copied().unwrap_or_default();
                pad_str(&cell.to_string(), width, cell.alignment(), None).into_owned()
            });
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        // A name stands above its column as the cells do.
        let sides: Vec<Alignment> = groups.first().map(|group| cells(group).iter().map(Cell::alignment).collect()).unwrap_or_default();
        let sides = sides.into_iter().chain(std::iter::repeat(Alignment::Left));
        let header = names.iter().zip(widths.iter().chain([&0])).zip(sides);
        let header = header.map(|((name, width), side)| pad_str(name, *width, side, None).into_owned()).collect::<Vec<_>>();
        let header = header.join("  ").trim_end().to_owned();
        writeln!(self.out, "{}", style(self.cut(&header)).bold())?;
        for group in groups {
            let line = line(&cells(group));
            let line = self.cut(&line);
            if group.is_found(self.threshold) {
                writeln!(self.out, "{}", style(line).red())?
            } else {
                writeln!(self.out, "{line}")?
            }
            if let Some(channel) = &group.channel {
                writeln!(self.out, "{}", self.cut(&format!("  {}", style(&channel.reason).dim())))?;
            }
        }
        Ok(())
    }
}

/// A cell of a group.
enum Cell {
    Text(String),
    Count(u64),
    /// A score, and the decimals that are shown.
    Score(f64, usize),
}

impl Cell {
    /// Numbers stand to the right.
    fn alignment(&self) -> Alignment {
        if matches!(self, Self::Text(_)) { Alignment::Left } else { Alignment::Right }
    }

    fn into_json(self) -> Value {
        match self {
            Self::Text(text) => text.into(),
            Self::Count(count) => count.into(),
            Self::Score(score, decimals) => {
                let power = 10_f64.powi(decimals as i32);
                ((score * power).round() / power).into()
            }
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Count(count) => write!(f, "{count}"),
            Self::Score(score, decimals) => write!(f, "{score:.decimals$}"),
        }
    }
}

/// The names of a group's columns.
fn group_columns(by: GroupBy) -> Vec<&'static str> {
    let mut names = by.names().to_vec();
    names.extend(columns::CHANNEL);
    names.extend(["suspicious_texts", "unique_texts", "unique_queries"]);
    names.extend(by.counterparts());
    names.extend(["count", "bytes", "mean_score", "highest_score", "unanswered_queries", "firstTime", "lastTime", "text"]);
    names
}

/// The cells of a group, in the order of its columns.
fn group_cells(by: GroupBy, group: &Group, time: fn(OffsetDateTime) -> String, text: fn(&[u8]) -> String) -> Vec<Cell> {
    let [first, last] = [group.first, group.last].map(|at| Cell::Text(at.map(time).unwrap_or_default()));
    let (score, reason) = match &group.channel {
        Some(channel) => (Cell::Score(channel.score, 6), channel.reason.clone()),
        None => (Cell::Text(String::new()), String::new()),
    };
    let mut cells = vec![Cell::Text(text(group.name.as_bytes()))];
    cells.extend((by == GroupBy::Channel).then(|| Cell::Text(text(group.domain.as_bytes()))));
    cells.extend([score, Cell::Text(reason), Cell::Count(group.suspicious), Cell::Count(group.texts), Cell::Count(group.queries)]);
    cells.extend(by.counterparts().map(|_| Cell::Count(group.counterparts)));
    cells.extend([
        Cell::Count(group.answers),
        Cell::Count(group.bytes),
        Cell::Score(group.mean(), 3),
        Cell::Score(group.highest, 6),
        Cell::Count(group.unanswered),
        first,
        last,
        Cell::Text(text(&group.text)),
    ]);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Score;
    use crate::triage::channels::JudgedChannel;
    use crate::triage::groups::Groups;
    use crate::triage::scoring::tests::scored;

    fn written(format: OutputFormat, explain: bool, records: &[ScoredRecord]) -> String {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out, format, explain, 0.5, None);
        records.iter().for_each(|one| writer.record(one).unwrap());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn csv_has_one_header_and_quotes_what_needs_it() {
        let records = [scored("q.example", "192.0.2.7", "\"a,b\"", Some(0.75)), scored("", "", "unknown", None)];
        assert_eq!(
            written(OutputFormat::Csv, false, &records),
            "time,client,server,query,answer,predicted_is_unknown,pred_is_unknown\n\
             ,192.0.2.7,,q.example,\"\"\"a,b\"\"\",0.750000,1\n,,,,unknown,,\n"
        );
    }

    #[test]
    fn jsonl_keeps_the_object_and_adds_columns() {
        let mut one = scored("", "", "x", Some(0.25));
        one.record.object = Some(r#"{"n" : 1.0, "text":"x"}"#.into());
        let expected = "{\"n\" : 1.0, \"text\":\"x\",\"predicted_is_unknown\":0.250000,\"pred_is_unknown\":0}\n";
        assert_eq!(written(OutputFormat::Jsonl, false, &[one]), expected);
        let line = written(OutputFormat::Jsonl, true, &[scored("q", "c", "unknown", None)]);
        let object: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&object["query"], &object["pred_is_unknown"], &object["txt_reason"]),
            (&"q".into(), &Value::Null, &"no answer to score".into())
        );
    }

    /// Found by measuring: a name of 250 unprintable bytes was written anew for each of thousands of answers.
    #[test]
    fn what_answers_of_a_message_share_is_written_as_if_they_did_not() {
        let one = scored("q.example", "192.0.2.7", "a", Some(0.25));
        let record = |answer: &str, query: Rc<str>| {
            let [client, server] = [&one.record.client, &one.record.server].map(Rc::clone);
            let record = Record { client, server, query, answer: answer.into(), ..Record::default() };
            ScoredRecord::new(record, Some(Score::of_model(0.25)), crate::text::scorable_text)
        };
        let (query, other): (Rc<str>, Rc<str>) = ("q.example".into(), "r.example".into());
        let records = [("a", &query), ("b", &query), ("c", &other), ("d", &query)].map(|(answer, name)| record(answer, Rc::clone(name)));
        let together = written(OutputFormat::Jsonl, false, &records);
        let alone = records.map(|record| written(OutputFormat::Jsonl, false, &[record])).concat();
        assert_eq!(together, alone);
        assert!(together.contains(r#""query":"r.example","answer":"c""#));
    }

    #[test]
    fn a_table_is_whole_and_safe() {
        let records = [scored("q.example", "192.0.2.7", &"x".repeat(300), Some(0.75)), scored("", "", "\u{1b}[2J", Some(0.1))];
        let table = written(OutputFormat::Table, true, &records);
        assert!(table.contains(&"x".repeat(300)) && !table.contains("\u{1b}[2J"), "{table}");
    }

    #[test]
    fn groups_in_three_formats() {
        let mut groups = Groups::new(GroupBy::Domain, 0.5);
        groups.add(&scored("a.example.com", "192.0.2.7", "text one", Some(0.75)));
        let channel = JudgedChannel {
            client: "192.0.2.7".into(),
            domain: "example.com".into(),
            score: 0.25,
            reason: "one answer".into(),
            can_be_found: true,
        };
        let groups = groups.sorted(&[channel]);
        let of = |format| {
            let mut out = Vec::new();
            Writer::new(&mut out, format, false, 0.5, None).groups(GroupBy::Domain, &groups).unwrap();
            String::from_utf8(out).unwrap()
        };
        let line = "\nexample.com,0.250000,one answer,1,1,1,1,1,8,0.750,0.750000,0,,,text one\n";
        assert!(of(OutputFormat::Csv).ends_with(line), "{}", of(OutputFormat::Csv));
        let object: Value = serde_json::from_str(&of(OutputFormat::Jsonl)).unwrap();
        assert_eq!(
            (&object["domain"], &object["unique_texts"], &object["highest_score"]),
            (&"example.com".into(), &1.into(), &0.75.into())
        );
        let table = of(OutputFormat::Table);
        assert!(table.lines().count() == 3 && table.ends_with("\n  one answer\n"), "{table}");
    }
}
