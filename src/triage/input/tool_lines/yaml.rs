//! `dig +yaml` and `dnstap-read -y`: messages as YAML, whose records are lines of a zone file.
//!
//! Source: the manual pages of dig and dnstap-read.

use std::rc::Rc;

use time::OffsetDateTime;

use crate::triage::input::field_names::is_txt;
use crate::triage::input::parse::{address, name};
use crate::triage::input::record::Record;
use crate::triage::input::tool_lines::output::{Output, ReadLines, txt_record};
use crate::triage::input::tool_lines::zone_line::ZoneLine;

/// What is known of the current message.
#[derive(Default)]
pub(super) struct Yaml {
    client: Rc<str>,
    server: Rc<str>,
    time: Option<OffsetDateTime>,
    question: Option<Rc<str>>,
    is_query: bool,
    /// Whether a TXT answer was found in it.
    is_answered: bool,
    /// The indentation of a key whose text follows, as `response_message: |`: the same message again, as dig would print it.
    block: Option<usize>,
}

impl Yaml {
    fn end(&mut self, output: &mut Output) {
        let Self { client, server, time, question, is_answered, .. } = std::mem::take(self);
        if let Some(query) = question.filter(|_| !is_answered) {
            output.query(Record { client, server, time, query, ..Record::default() });
        }
    }

    fn item(&mut self, item: &str, output: &mut Output) -> Result<(), String> {
        // A quoted item has its quotes twice.
        let unquoted = item.strip_prefix('\'').and_then(|item| item.strip_suffix('\'')).map(|item| item.replace("''", "'"));
        let record = unquoted.as_deref().unwrap_or(item);
        let Some(line) = ZoneLine::parse(record) else {
            return Err("its list item is no record: name, seconds, class, type and data".to_owned());
        };
        if line.data.is_empty() {
            self.question = Some(name(line.owner)).filter(|_| is_txt(line.kind));
            return Ok(());
        }
        let query = self.question.clone().unwrap_or_else(|| name(line.owner));
        let record = txt_record(line.kind, &self.client, &self.server, query).map(|record| Record { time: self.time, ..record });
        self.is_answered |= record.is_some();
        output.answer(record, line.data);
        Ok(())
    }
}

impl ReadLines for Yaml {
    fn line(&mut self, line: &str, output: &mut Output) -> Result<(), String> {
        let indentation = line.len().saturating_sub(line.trim_start().len());
        if self.block.is_some_and(|block| indentation > block) {
            return Ok(());
        }
        self.block = None;
        let line = line.trim();
        if line.trim_start_matches("- ") == "type: MESSAGE" {
            self.end(output);
            return Ok(());
        }
        if let Some(item) = line.strip_prefix("- ") {
            return self.item(item, output);
        }
        let Some((key, value)) = line.split_once(':') else { return Ok(()) }; // `---`
        let value = value.trim().trim_start_matches("!!timestamp").trim().trim_matches(['"', '\'']);
        match key {
            _ if value == "|" => self.block = Some(indentation),
            "type" => self.is_query = value.ends_with("_QUERY"),
            "query_address" => self.client = address(value),
            "response_address" => self.server = address(value),
            "query_time" | "response_time" => self.time = output.times.read(value),
            _ => {}
        }
        Ok(())
    }

    fn flush(&mut self, output: &mut Output) {
        self.end(output);
    }
}
