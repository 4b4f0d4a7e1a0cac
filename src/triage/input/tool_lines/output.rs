//! What the reader of a tool's lines gives.

use std::rc::Rc;

use crate::triage::input::field_names::is_txt;
use crate::triage::input::log_time::LogTimes;
use crate::triage::input::open_queries::OpenQueries;
use crate::triage::input::record::Record;

/// What the lines gave so far.
pub(super) struct Output {
    pub records: Vec<Record>,
    pub times: LogTimes,
    pub queries: OpenQueries,
    /// Answers of other record types.
    pub other_types: u64,
}

impl Output {
    /// An answer, or one of another type.
    pub(super) fn answer(&mut self, record: Option<Record>, text: &str) {
        match record {
            Some(record) => {
                self.queries.answered(&record.client, &record.server, &record.query);
                self.records.push(Record { answer: text.trim().as_bytes().to_vec(), ..record });
            }
            None => self.other_type(),
        }
    }

    pub(super) fn other_type(&mut self) {
        self.other_types = self.other_types.saturating_add(1);
    }

    /// A TXT query that got no answer, or has none yet.
    pub(super) fn query(&mut self, record: Record) {
        self.records.extend(self.queries.asked(Record { is_query: true, ..record }));
    }
}

/// Reads the lines of one tool.
pub(super) trait ReadLines {
    /// Reads a line that is not blank. It still has its indentation.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn line(&mut self, line: &str, output: &mut Output) -> Result<(), String>;

    /// A blank line.
    fn blank(&mut self, _: &mut Output) {}

    /// Hands on what can be handed on while lines may follow: none came for a while.
    fn pause(&mut self, _: &mut Output) {}

    /// Hands on what was kept for lines that might follow.
    fn flush(&mut self, _: &mut Output) {}
}

pub(super) fn unknown_form(of: &str) -> Result<(), String> {
    Err(format!("it is no line of {of}; --format text scores every line as a text"))
}

/// A record of type TXT or SPF; `None` for another type.
pub(super) fn txt_record(kind: &str, client: &Rc<str>, server: &Rc<str>, query: Rc<str>) -> Option<Record> {
    let is_text = is_txt(kind) || kind.eq_ignore_ascii_case("SPF");
    is_text.then(|| Record { client: Rc::clone(client), server: Rc::clone(server), query, ..Record::default() })
}
