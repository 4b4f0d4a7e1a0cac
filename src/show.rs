//! Judged records and groups as a table for people, CSV or lines of JSON.
//!
//! A table is fit for a terminal: what an attacker wrote cannot move the cursor or break a line. CSV and JSON carry texts as
//! their source has them: they are for programs.

use std::io::{self, Write};

use console::{Alignment, measure_text_width, pad_str, style, truncate_str};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;

use crate::explain::{self, explain};
use crate::groups::{By, Group};
use crate::safe::{shown, shown_bytes};
use crate::source::{ONE_OF_MANY, joined, object};
use crate::triage::Judged;
use crate::verdict;

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For reading: score, verdict, and what is known of each text
    Table,
    /// Comma-separated values with a header: time, client, server, query, answer and the verdict
    Csv,
    /// One JSON object a line; an input object is kept, and the columns are added
    Jsonl,
}

/// Columns of what a source says, in CSV, and in JSON where the source was no object.
const SOURCE_COLUMNS: [&str; 5] = ["time", "client", "server", "query", "answer"];

/// Writes records or groups in one form.
pub struct Writer<'a> {
    out: &'a mut dyn Write,
    form: Form,
    explained: bool,
    threshold: f64,
    /// Columns of the terminal; without one nothing is cut.
    width: Option<usize>,
    begun: bool,
}

impl<'a> Writer<'a> {
    pub fn new(out: &'a mut dyn Write, form: Form, explained: bool, threshold: f64, width: Option<usize>) -> Self {
        Self { out, form, explained, threshold, width, begun: false }
    }

    /// Writes a record.
    pub fn record(&mut self, judged: &Judged) -> io::Result<()> {
        let cells = verdict_cells(judged.score, self.threshold);
        let said = self.explained.then(|| explain(judged.text().as_deref()));
        let said = said.as_ref().map(explain::Explanation::cells);
        match self.form {
            Form::Csv => {
                let record = &judged.record;
                let time = record.time.map(rfc3339).unwrap_or_default();
                let of_source =
                    [time.as_bytes(), record.client.as_bytes(), record.server.as_bytes(), record.query.as_bytes(), &record.answer];
                let of_verdict = cells.iter().map(String::as_bytes).chain(said.iter().flatten().map(|cell| cell.as_bytes()));
                self.csv_header()?;
                self.csv(of_source.into_iter().chain(of_verdict))
            }
            Form::Jsonl => {
                let record = &judged.record;
                let answer = Value::from(String::from_utf8_lossy(&record.answer));
                let kept = match &record.object {
                    Some(kept) if record.one_of_many => joined(kept, &object([(ONE_OF_MANY, answer)])),
                    Some(kept) => kept.to_string(),
                    None => {
                        let time = record.time.map(rfc3339).unwrap_or_default();
                        let known = [&*time, &*record.client, &*record.server, &*record.query].map(Value::from);
                        object(SOURCE_COLUMNS.into_iter().zip(known.into_iter().chain([answer])))
                    }
                };
                let [score, mark] = cells.map(|cell| if cell.is_empty() { "null".to_owned() } else { cell });
                let [score_name, mark_name] = verdict::COLUMNS;
                let added = format!("{{\"{score_name}\":{score},\"{mark_name}\":{mark}}}");
                let explained = said.iter().flat_map(|said| explain::COLUMNS.into_iter().zip(said.map(Value::from)));
                writeln!(self.out, "{}", joined(&kept, &joined(&added, &object(explained))))
            }
            Form::Table => self.line(judged, cells, said),
        }
    }

    /// Ends an output of records: a table of none has its header.
    pub fn end(&mut self) -> io::Result<()> {
        if self.form == Form::Csv {
            self.csv_header()?;
        }
        self.out.flush()
    }

    fn csv_header(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(());
        }
        let names = SOURCE_COLUMNS.into_iter().chain(verdict::COLUMNS).chain(explain::COLUMNS.into_iter().filter(|_| self.explained));
        writeln!(self.out, "{}", names.collect::<Vec<_>>().join(","))
    }

    fn csv<'c>(&mut self, cells: impl Iterator<Item = &'c [u8]>) -> io::Result<()> {
        let mut csv = csv::WriterBuilder::new().buffer_capacity(256).from_writer(Vec::new());
        csv.write_record(cells)?;
        self.out.write_all(&csv.into_inner().map_err(|error| error.into_error())?)
    }

    /// A record for reading, with its explanation on the lines below.
    fn line(&mut self, judged: &Judged, [score, _]: [String; 2], said: Option<[&str; 4]>) -> io::Result<()> {
        const INDENT: &str = "                      ";
        let record = &judged.record;
        let found = judged.reaches(self.threshold);
        let mut line = if found {
            format!("{}  {}  ", style(format!("{score:>8}")).red().bold(), style("suspicious").red().bold())
        } else {
            format!("{score:>8}              ")
        };
        if !record.client.is_empty() || !record.query.is_empty() {
            let known = [
                pad_str(&record.time.map(seconds).unwrap_or_default(), 19, Alignment::Left, None).into_owned(),
                pad_str(&shown(&record.client), 15, Alignment::Left, None).into_owned(),
                pad_str(&shown(&record.query), 32, Alignment::Left, self.width.map(|_| "…")).into_owned(),
            ];
            line += &format!("{}  ", known.join("  "));
        }
        let text = judged.text();
        line += &shown_bytes(text.as_deref().unwrap_or(&record.answer));
        writeln!(self.out, "{}", self.cut(&line))?;
        if let Some([_, reason, _, decoded]) = said {
            for words in [reason, decoded].into_iter().filter(|words| !words.is_empty()) {
                writeln!(self.out, "{}", self.cut(&format!("{INDENT}{}", style(words).dim())))?;
            }
        }
        Ok(())
    }

    fn cut(&self, line: &str) -> String {
        self.width.map_or_else(|| line.to_owned(), |width| truncate_str(line, width, "…").into_owned())
    }

    /// Writes groups, in order.
    pub fn groups(&mut self, by: By, groups: &[Group]) -> io::Result<()> {
        let names = [
            by.name(),
            "suspicious_texts",
            "unique_texts",
            "unique_queries",
            by.others(),
            "count",
            "bytes",
            "mean_score",
            "highest_score",
            "firstTime",
            "lastTime",
            "text",
        ];
        match self.form {
            Form::Csv => {
                writeln!(self.out, "{}", names.join(","))?;
                groups.iter().try_for_each(|group| {
                    let cells = group_cells(group, rfc3339, |text| String::from_utf8_lossy(text).into_owned());
                    self.csv(cells.iter().map(String::as_bytes))
                })
            }
            Form::Jsonl => groups.iter().try_for_each(|group| {
                let cells = group_cells(group, rfc3339, |text| String::from_utf8_lossy(text).into_owned());
                let value = |(place, cell): (usize, &String)| match NUMBERS.contains(&place) {
                    true => serde_json::from_str(cell).unwrap_or_default(),
                    false => Value::from(&**cell),
                };
                writeln!(self.out, "{}", object(names.into_iter().zip(cells.iter().enumerate().map(value))))
            }),
            Form::Table => self.aligned(&names, groups),
        }
    }

    /// A table whose columns are as wide as their widest cell, within reason. Cells are made twice, and not kept: there may be a
    /// million groups.
    fn aligned(&mut self, names: &[&str], groups: &[Group]) -> io::Result<()> {
        const WIDEST: usize = 40;
        let mut widths: Vec<usize> = names.iter().map(|name| name.len()).collect();
        let cells = |group: &Group| group_cells(group, seconds, shown_bytes);
        for group in groups {
            for (width, cell) in widths.iter_mut().zip(cells(group)) {
                *width = measure_text_width(&cell).clamp(*width, WIDEST.max(*width));
            }
        }
        widths.pop(); // nothing stands behind the last one
        let line = |cells: &[String]| {
            let padded = cells.iter().enumerate().map(|(place, cell)| {
                let side = if NUMBERS.contains(&place) { Alignment::Right } else { Alignment::Left };
                pad_str(cell, widths.get(place).copied().unwrap_or_default(), side, None).into_owned()
            });
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        let header = line(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        writeln!(self.out, "{}", style(self.cut(&header)).bold())?;
        for group in groups {
            let line = self.cut(&line(&cells(group)));
            if group.suspicious > 0 { writeln!(self.out, "{}", style(line).red())? } else { writeln!(self.out, "{line}")? }
        }
        Ok(())
    }
}

/// Columns of a group that are numbers.
const NUMBERS: std::ops::RangeInclusive<usize> = 1..=8;

/// The cells of a group, in the order of the columns.
fn group_cells(group: &Group, time: fn(OffsetDateTime) -> String, text: fn(&[u8]) -> String) -> Vec<String> {
    let mut cells = vec![text(group.name.as_bytes())];
    let numbers = [group.suspicious, group.texts, group.queries, group.others, group.answers, group.bytes];
    cells.extend(numbers.map(|number| number.to_string()));
    cells.extend([format!("{:.3}", group.mean()), format!("{:.6}", group.highest)]);
    cells.extend([group.first, group.last].map(|at| at.map(time).unwrap_or_default()));
    cells.push(text(&group.text));
    cells
}

/// Probability and verdict as they are printed in Splunk; two empty cells without a score.
fn verdict_cells(score: Option<f64>, threshold: f64) -> [String; 2] {
    let mut cells = Vec::new();
    verdict::write_cells(&mut cells, score.map(|score| score as f32), threshold);
    let cells = String::from_utf8_lossy(&cells);
    let (probability, mark) = cells.trim_start_matches(',').split_once(',').unwrap_or_default();
    [probability.to_owned(), mark.to_owned()]
}

/// A time to the microsecond, UTC, always as long: it sorts as text.
fn rfc3339(time: OffsetDateTime) -> String {
    const FORM: &[FormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
    time.format(&FORM).unwrap_or_default()
}

/// A time to the second, UTC, for reading.
pub fn seconds(time: OffsetDateTime) -> String {
    const FORM: &[FormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    time.format(&FORM).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups::Groups;
    use crate::triage::tests::judged;

    fn written(form: Form, explained: bool, width: Option<usize>, records: &[Judged]) -> String {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out, form, explained, 0.5, width);
        records.iter().for_each(|one| writer.record(one).unwrap());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn csv_has_one_header_and_quotes_what_needs_it() {
        let records = [judged("q.example", "192.0.2.7", "\"a,b\"", Some(0.75)), judged("", "", "unknown", None)];
        assert_eq!(
            written(Form::Csv, false, None, &records),
            "time,client,server,query,answer,predicted_is_unknown,pred_is_unknown\n\
             ,192.0.2.7,,q.example,\"\"\"a,b\"\"\",0.750000,1\n,,,,unknown,,\n"
        );
    }

    #[test]
    fn jsonl_keeps_the_object_and_adds_columns() {
        let mut one = judged("", "", "x", Some(0.25));
        one.record.object = Some(r#"{"n" : 1.0, "text":"x"}"#.into());
        let expected = "{\"n\" : 1.0, \"text\":\"x\",\"predicted_is_unknown\":0.250000,\"pred_is_unknown\":0}\n";
        assert_eq!(written(Form::Jsonl, false, None, &[one]), expected);
        let line = written(Form::Jsonl, true, None, &[judged("q", "c", "unknown", None)]);
        let object: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&object["query"], &object["pred_is_unknown"], &object["txt_reason"]),
            (&"q".into(), &Value::Null, &"no answer to score".into())
        );
    }

    #[test]
    fn a_table_fits_the_terminal() {
        let records = [judged("q.example", "192.0.2.7", &"x".repeat(300), Some(0.75)), judged("", "", "\u{1b}[2J", Some(0.1))];
        let cut = written(Form::Table, true, Some(60), &records);
        assert!(cut.lines().all(|line| measure_text_width(line) <= 60) && cut.lines().count() == 4 && cut.contains('…'), "{cut}");
        assert!(written(Form::Table, false, None, &records).contains(&"x".repeat(300)), "a file gets it all");
        assert!(!cut.contains("\u{1b}[2J"));
    }

    #[test]
    fn groups_in_three_forms() {
        let mut groups = Groups::new(By::Domain, 0.5);
        groups.add(&judged("a.example.com", "192.0.2.7", "text one", Some(0.75)));
        let groups = groups.sorted();
        let of = |form| {
            let mut out = Vec::new();
            Writer::new(&mut out, form, false, 0.5, None).groups(By::Domain, &groups).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert!(of(Form::Csv).ends_with("\nexample.com,1,1,1,1,1,8,0.750,0.750000,,,text one\n"), "{}", of(Form::Csv));
        let object: Value = serde_json::from_str(&of(Form::Jsonl)).unwrap();
        assert_eq!(
            (&object["domain"], &object["unique_texts"], &object["highest_score"]),
            (&"example.com".into(), &1.into(), &0.75.into())
        );
        assert_eq!(of(Form::Table).lines().count(), 2);
    }
}
