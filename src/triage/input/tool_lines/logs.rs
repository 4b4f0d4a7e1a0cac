//! Logs with an event per line: passivedns, and the responses that Infoblox appliances log.
//!
//! Sources: <https://github.com/gamelinux/passivedns>, and Infoblox's guide on capturing DNS queries and responses.

use std::rc::Rc;

use crate::triage::input::field_names::is_txt;
use crate::triage::input::parse::{address, name};
use crate::triage::input::record::Record;
use crate::triage::input::tool_lines::output::{Output, ReadLines, txt_record, unknown_form};
use crate::triage::input::tool_lines::zone_line::ZoneLine;

pub(super) struct Passivedns;

impl ReadLines for Passivedns {
    fn line(&mut self, line: &str, output: &mut Output) -> Result<(), String> {
        let Some(([at, client, server, query, kind], answer)) = passivedns(line.trim()) else { return unknown_form("passivedns") };
        let time = output.times.read(at);
        let record = txt_record(kind, &address(client), &address(server), name(query)).map(|record| Record { time, ..record });
        output.answer(record, answer);
        Ok(())
    }
}

/// The cells of a line of passivedns: time, client, server, query and type; and the answer, which may hold the separator.
pub(super) fn passivedns(line: &str) -> Option<([&str; 5], &str)> {
    const SEPARATOR: &str = "||";
    let mut cells = line.splitn(7, SEPARATOR);
    let [at, client, server, _class, query, kind] = [(); 6].map(|()| cells.next().unwrap_or_default());
    let (rest, count) = cells.next()?.rsplit_once(SEPARATOR)?;
    let (answer, seconds) = rest.rsplit_once(SEPARATOR)?;
    let is_one = at.parse::<f64>().is_ok() && seconds.trim().parse::<u64>().is_ok() && count.trim().parse::<u64>().is_ok();
    is_one.then_some(([at, client, server, query, kind], answer))
}

pub(super) struct Infoblox;

impl ReadLines for Infoblox {
    fn line(&mut self, line: &str, output: &mut Output) -> Result<(), String> {
        let Some(event) = infoblox(line.trim()) else { return unknown_form("Infoblox's responses") };
        let (time, client, query) = (output.times.read(event.time), address(event.client), name(event.query));
        let mut is_answered = false;
        for record in event.records {
            let line = ZoneLine::with_seconds(record);
            let record = line.as_ref().and_then(|line| txt_record(line.kind, &client, &Rc::default(), Rc::clone(&query)));
            is_answered |= record.is_some();
            output.answer(record.map(|record| Record { time, ..record }), line.map_or("", |line| line.data));
        }
        if !is_answered && is_txt(event.kind) {
            output.query(Record { time, client, query, ..Record::default() });
        }
        Ok(())
    }
}

pub(super) struct InfobloxEvent<'l> {
    time: &'l str,
    client: &'l str,
    query: &'l str,
    kind: &'l str,
    records: Vec<&'l str>,
}

/// `11-Jan-2026 22:46:24.3 client 192.0.2.7#53124: UDP: query: a.example IN TXT response: NOERROR +A a.example. 300 IN TXT "x";`,
/// perhaps after a header of syslog. The time must stand before the client: a text of another tool's line may hold the rest.
pub(super) fn infoblox(line: &str) -> Option<InfobloxEvent<'_>> {
    let (head, rest) = line.split_once(" client ")?;
    let (client, rest) = rest.split_once(" query: ")?;
    let (question, response) = rest.split_once(" response: ")?;
    let mut question = question.split_whitespace();
    let (query, _class, kind) = (question.next()?, question.next()?, question.next()?);
    // A view or the address of an object may stand before the client.
    let client = client.split_whitespace().find(|word| word.contains('#'))?.split('#').next()?;
    let time = head.rmatch_indices(' ').nth(1).map_or(head, |(at, _)| head.get(at.saturating_add(1)..).unwrap_or(head));
    // `11-Jan-2026 22:46:24`, perhaps with a part of the second.
    let marks = [(2, b'-'), (6, b'-'), (11, b' '), (14, b':'), (17, b':')];
    let is_time = time.len() >= 20 && marks.into_iter().all(|(at, mark)| time.as_bytes().get(at) == Some(&mark));
    if !is_time || head.contains('"') {
        return None;
    }
    // The result and its flags, then the records.
    let records = response.splitn(3, ' ').nth(2).unwrap_or_default();
    Some(InfobloxEvent { time, client, query, kind, records: split_outside_quotes(records) })
}

/// The parts of a text between semicolons that are not quoted, without white space around them.
fn split_outside_quotes(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut in_quotes, mut escaped) = (Vec::new(), 0usize, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_quotes = !in_quotes,
            ';' if !in_quotes => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at.saturating_add(1);
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}
