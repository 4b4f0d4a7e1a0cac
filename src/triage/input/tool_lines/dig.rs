//! dig, drill, kdig, delv, `host -v`, massdns, zone transfers and zone files: records as lines, among comments that name the server,
//! the time and the question.
//!
//! Sources: the manual pages of the tools; <https://github.com/blechschmidt/massdns>.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use time::OffsetDateTime;

use crate::triage::input::field_names::is_txt;
use crate::triage::input::parse::{address, name};
use crate::triage::input::record::Record;
use crate::triage::input::tool_lines::output::{Output, ReadLines, txt_record, unknown_form};
use crate::triage::input::tool_lines::zone_line::ZoneLine;
use crate::triage::input::tool_lines::zone_line::word;

/// Records of a message that wait for the lines after it. A zone transfer has millions.
const MAX_WAITING: usize = 4096;
const MAX_WAITING_BYTES: usize = 8 << 20;
/// Bytes of a record over several lines.
const MAX_RECORD_BYTES: usize = 1 << 20;
/// Types whose records dig and zone files write over several lines. In a line of any other type a parenthesis is data.
const OVER_LINES: [&str; 10] = ["SOA", "RRSIG", "DNSKEY", "CDNSKEY", "KEY", "CERT", "TLSA", "SSHFP", "OPENPGPKEY", "NSEC3"];

/// What comments begin with that only these tools write.
const COMMENTS: [&str; 8] = [
    "; <<>> ",
    ";; ->>HEADER<<-",
    ";; Got answer:",
    ";; Server: ",
    ";; ANSWER SECTION",
    ";; QUESTION SECTION",
    ";; global options",
    ";; Truncated",
];

pub(super) fn is_comment(text: &str) -> bool {
    COMMENTS.iter().any(|comment| text.starts_with(comment))
}

/// Whether a line is a record, or a reply of massdns. Words may have the form of a record, so its data must have that of its type.
pub(super) fn is_record(line: &str) -> bool {
    let (record, reply) = after_reply(line);
    ZoneLine::parse(record).is_some_and(|record| {
        let is_data = match record.kind {
            "TXT" | "SPF" => record.data.starts_with(['"', '(']),
            "A" | "AAAA" => record.data.parse::<IpAddr>().is_ok(),
            _ => ZoneLine::with_seconds(line).is_some() || record.data.ends_with('.'),
        };
        reply.is_some() || is_data
    })
}

/// A line without what massdns writes before a reply's question, and the server and the time in it:
/// `192.0.2.53:53 1768171584 NOERROR a.example. IN TXT`.
fn after_reply(line: &str) -> (&str, Option<(SocketAddr, &str)>) {
    let (server, rest) = word(line);
    let (at, rest) = word(rest);
    let (code, question) = word(rest);
    match server.parse() {
        Ok(server) if at.parse::<u64>().is_ok() && code.bytes().all(|byte| byte.is_ascii_uppercase()) => (question, Some((server, at))),
        _ => (line, None),
    }
}

#[derive(Default)]
pub(super) struct Dig {
    message: Message,
    /// The record whose parentheses are open, and its data; of another type than TXT, no record.
    open: Option<(Option<Record>, String)>,
}

/// A message, whose server and time may stand before or after its records.
#[derive(Default)]
struct Message {
    /// Whether comments were seen: then more may come after the records.
    has_comments: bool,
    records: Vec<Record>,
    /// Bytes of their answers.
    bytes: usize,
    /// Whether one of its records was handed on.
    is_answered: bool,
    question: Option<Rc<str>>,
    server: Rc<str>,
    time: Option<OffsetDateTime>,
}

impl Dig {
    /// Hands the records of the message on, or its question if there are none.
    fn end(&mut self, output: &mut Output) {
        self.hand_on(output);
        let Message { question, is_answered, server, time, .. } = std::mem::take(&mut self.message);
        if let Some(query) = question.filter(|_| !is_answered) {
            output.query(Record { query, server, time, ..Record::default() });
        }
    }

    fn comment(&mut self, comment: &str, output: &mut Output) {
        let value = |names: &[&str]| names.iter().find_map(|name| comment.strip_prefix(name)).map(str::trim);
        let begins = |names: &[&str]| names.iter().any(|name| comment.starts_with(name));
        // What stands before a message, and dig's last line. massdns has its server and time before the header.
        let Message { records, is_answered, question, .. } = &self.message;
        let has_begun = *is_answered || question.is_some() || !records.is_empty();
        if begins(&[" <<>> ", "; MSG SIZE", "; Server: "]) || begins(&["; ->>HEADER<<-"]) && has_begun {
            self.end(output);
        }
        self.message.has_comments = true;
        let host = |server: &str| address(server.split(['#', '(', ' ', '@']).next().unwrap_or_default());
        if let Some(server) = value(&["; SERVER:", "; From "]) {
            self.message.server = host(server);
        } else if let Some(server) = value(&["; Server:"]) {
            self.message.server = address(server);
        } else if let Some(time) = value(&["; Unix time:", "; Time "]) {
            self.message.time = output.times.read(time);
        } else if let Some(time) = value(&["; WHEN:"]) {
            self.message.time = output.times.read(&year_first(time));
        } else if let Some(line) = ZoneLine::parse(comment.trim_start_matches([';', ' '])).filter(|line| line.data.is_empty()) {
            self.message.question = Some(name(line.owner)).filter(|_| is_txt(line.kind));
        }
    }

    fn record(&mut self, line: &ZoneLine<'_>, output: &mut Output) {
        if line.data.is_empty() {
            self.message.question = Some(name(line.owner)).filter(|_| is_txt(line.kind));
            return;
        }
        // As in captures, an answer belongs to the name that was asked for.
        let query = self.message.question.clone().unwrap_or_else(|| name(line.owner));
        let record = txt_record(line.kind, &Rc::default(), &self.message.server, query);
        let may_be_open = match &record {
            Some(_) => line.data == "(" || line.data.starts_with("( "),
            None => line.data.ends_with(" (") && OVER_LINES.iter().any(|kind| kind.eq_ignore_ascii_case(line.kind)),
        };
        match may_be_open {
            true => match without_parentheses(line.data) {
                (data, true) => self.open = Some((record, data)),
                (data, false) => self.answer(record, &data, output),
            },
            false => self.answer(record, line.data, output),
        }
    }

    fn answer(&mut self, record: Option<Record>, data: &str, output: &mut Output) {
        match record {
            Some(record) => {
                self.message.bytes = self.message.bytes.saturating_add(data.len());
                self.message.records.push(Record { answer: data.trim().as_bytes().to_vec(), ..record });
            }
            None => output.other_type(),
        }
        let Message { has_comments, records, bytes, .. } = &self.message;
        if !has_comments || records.len() >= MAX_WAITING || *bytes >= MAX_WAITING_BYTES {
            self.hand_on(output);
        }
    }

    /// Hands on the records so far. The message may go on, and what is known of it stays.
    fn hand_on(&mut self, output: &mut Output) {
        let Message { records, bytes, is_answered, server, time, .. } = &mut self.message;
        *bytes = 0;
        for record in records.drain(..) {
            *is_answered = true;
            output.queries.answered(&record.client, server, &record.query);
            output.records.push(Record { server: Rc::clone(server), time: *time, ..record });
        }
    }

    fn continue_record(&mut self, line: &str, output: &mut Output) -> Result<(), String> {
        let Some((record, mut data)) = self.open.take() else { return Ok(()) };
        let (more, is_open) = without_parentheses(line);
        data.push(' ');
        data.push_str(&more);
        if data.len() > MAX_RECORD_BYTES {
            return Err(format!("the parentheses of a record are open for more than {} MiB", MAX_RECORD_BYTES >> 20));
        }
        match is_open {
            true => self.open = Some((record, data)),
            false => self.answer(record, &data, output),
        }
        Ok(())
    }
}

impl ReadLines for Dig {
    fn line(&mut self, line: &str, output: &mut Output) -> Result<(), String> {
        let line = line.trim();
        if self.open.is_some() {
            return self.continue_record(line, output);
        }
        // massdns does not escape a semicolon at the start of a name. Comments of dig have a space or another semicolon after the first,
        // and its question has no data.
        let is_txt_record = |comment: &&str| ZoneLine::parse(comment).is_some_and(|record| is_txt(record.kind) && !record.data.is_empty());
        if let Some(record) = line.strip_prefix(';').filter(|rest| !rest.starts_with([' ', ';'])).filter(is_txt_record) {
            return self.line(record, output);
        }
        if let Some(comment) = line.strip_prefix(';') {
            self.comment(comment, output);
            return Ok(());
        }
        // `host -v` says this around its messages.
        if line.starts_with("Trying \"") {
            self.end(output);
            self.message.has_comments = true;
            return Ok(());
        }
        if let Some(server) = line.strip_prefix("Received ").and_then(|rest| rest.split_once(" from ")) {
            self.message.server = address(server.1.split('#').next().unwrap_or_default());
            self.end(output);
            return Ok(());
        }
        let (record, reply) = after_reply(line);
        if let Some((server, at)) = reply {
            self.end(output);
            (self.message.server, self.message.time) = (server.ip().to_string().into(), output.times.read(at));
        }
        match ZoneLine::parse(record) {
            Some(record) => {
                self.record(&record, output);
                Ok(())
            }
            None => unknown_form("dig, drill, kdig, delv or massdns"),
        }
    }

    fn pause(&mut self, output: &mut Output) {
        self.hand_on(output);
    }

    fn flush(&mut self, output: &mut Output) {
        if let Some((record, data)) = self.open.take() {
            self.answer(record, &data, output);
        }
        self.end(output);
    }
}

/// The data of a record without the parentheses around its parts and the comments of their lines, and whether they are still open.
fn without_parentheses(data: &str) -> (String, bool) {
    let (mut out, mut in_quotes, mut escaped, mut open) = (String::new(), false, false, true);
    for c in data.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_quotes = !in_quotes,
            _ if in_quotes => {}
            ';' => break,
            '(' | ')' => {
                open = c == '(';
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    (out, open)
}

/// The time of dig, `Sun Jan 11 22:46:24 CET 2026`, as `2026-01-11 22:46:24 +01:00`. If the zone is not in the list, the time stays as it
/// is, and is reported as not understood.
fn year_first(time: &str) -> String {
    const ZONES: [(&str, &str); 16] = [
        ("UTC", "UTC"),
        ("GMT", "UTC"),
        ("WET", "UTC"),
        ("CET", "+01:00"),
        ("CEST", "+02:00"),
        ("EET", "+02:00"),
        ("EEST", "+03:00"),
        ("JST", "+09:00"),
        // RFC 5322, 4.3.
        ("EST", "-05:00"),
        ("EDT", "-04:00"),
        ("CST", "-06:00"),
        ("CDT", "-05:00"),
        ("MST", "-07:00"),
        ("MDT", "-06:00"),
        ("PST", "-08:00"),
        ("PDT", "-07:00"),
    ];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = time.split_whitespace().collect();
    let (month, day, clock, zone, year) = match words[..] {
        [_weekday, month, day, clock, zone, year] => (month, day, clock, Some(zone), year),
        [_weekday, month, day, clock, year] => (month, day, clock, None, year),
        _ => return time.to_owned(),
    };
    let Some(month) = MONTHS.iter().position(|one| *one == month).map(|place| place.saturating_add(1)) else { return time.to_owned() };
    let zone = match zone.map(|zone| ZONES.iter().find(|(name, _)| *name == zone)) {
        None => "",
        Some(Some((_, zone))) => zone,
        Some(None) => return time.to_owned(),
    };
    format!("{year}-{month:02}-{day:0>2} {clock} {zone}").trim_end().to_owned()
}
