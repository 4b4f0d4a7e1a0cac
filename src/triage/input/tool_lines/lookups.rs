//! host, nslookup and dnsrecon: an answer as a sentence.
//!
//! Sources: the manual pages of host and nslookup; nslookup of Windows; <https://github.com/darkoperator/dnsrecon>.

use std::net::IpAddr;
use std::rc::Rc;

use crate::triage::input::field_names::{is_record_type, is_txt};
use crate::triage::input::parse::{address, name};
use crate::triage::input::record::Record;
use crate::triage::input::tool_lines::output::{Output, ReadLines, txt_record, unknown_form};
use crate::triage::input::tool_lines::zone_line::word;

const TXT: &str = "TXT";

#[derive(Default)]
pub(super) struct Host {
    server: Rc<str>,
}

/// How host begins what it says of a name.
const HOST_VERBS: [&str; 9] = [
    "has address ",
    "has IPv6 address ",
    "mail is handled by ",
    "is an alias for ",
    "name server ",
    "has SOA record ",
    "has HTTP service bindings ",
    "domain name pointer ",
    "has CAA record ",
];
const HOST_TEXT: &str = "descriptive text ";

/// Whether a line is an answer of host: the name, and what it is: a text in quotes, an address, or something that ends in a name.
pub(super) fn is_host(line: &str) -> bool {
    let (_, said) = word(line);
    let ends_in_name = |said: &str| said.ends_with('.') || said.rsplit(' ').next().is_some_and(|last| last.parse::<IpAddr>().is_ok());
    no_answer(line).is_some()
        || said.starts_with("descriptive text \"")
        || HOST_VERBS.iter().any(|verb| said.starts_with(verb)) && ends_in_name(said)
}

impl ReadLines for Host {
    fn line(&mut self, line: &str, output: &mut Output) -> Result<(), String> {
        let line = line.trim();
        let (owner, said) = word(line);
        if let Some(text) = said.strip_prefix(HOST_TEXT) {
            output.answer(txt_record(TXT, &Rc::default(), &self.server, name(owner)), text);
        } else if HOST_VERBS.iter().any(|verb| said.starts_with(verb)) {
            output.other_type();
        } else if let Some(query) = no_answer(line) {
            output.query(Record { server: Rc::clone(&self.server), query: name(query), ..Record::default() });
        } else if owner == "Address:" {
            self.server = address(said.split('#').next().unwrap_or_default());
        } else if !["Using", "Name:", "Aliases:"].contains(&owner) && !line.starts_with(';') {
            return unknown_form("host");
        }
        Ok(())
    }
}

/// The name for which host or nslookup found nothing.
fn no_answer(line: &str) -> Option<&str> {
    let after = |words: &str| line.strip_prefix("**").and_then(|rest| rest.split_once(words)?.1.rsplit_once(':')).map(|(name, _)| name);
    let by_host = || line.strip_prefix("Host ").and_then(|rest| rest.split_once(" not found:")).map(|(name, _)| name);
    let no_text = || line.strip_suffix(" has no TXT record");
    no_text().or_else(by_host).or_else(|| after("can't find ")).or_else(|| after("Can't find "))
}

/// What host, dig and nslookup say when they ask again.
pub(super) fn is_said_on_retry(line: &str) -> bool {
    const SAID: [&str; 3] = ["DNS request timed out.", "timeout was ", "> "];
    SAID.iter().any(|said| line.trim_start().starts_with(said))
}

/// Whether a line may be the first of nslookup, in any language: some words, a colon, and one word.
pub(super) fn may_name_server(line: &str) -> bool {
    const MAX_CHARS: usize = 30;
    line.split_once(':').is_some_and(|(words, host)| {
        let is_words = words.chars().count() <= MAX_CHARS && words.chars().all(|c| c.is_alphabetic() || c == ' ' || !c.is_ascii());
        is_words && host.starts_with(char::is_whitespace) && host.split_whitespace().count() == 1
    })
}

/// Whether a line is the second of nslookup: the word is the same in all languages.
pub(super) fn is_address(line: &str) -> bool {
    ["Address:", "Addresses:"].iter().any(|word| line.starts_with(word))
}

#[derive(Default)]
pub(super) struct Nslookup {
    server: Rc<str>,
    /// The answer whose strings may follow, a line each, as Windows writes them.
    open: Option<(Rc<str>, String)>,
    /// Whether the next address is the server's.
    names_server: bool,
}

/// What stands in lines about records of other types.
const OTHER_RECORDS: [&str; 17] = [
    "canonical name = ",
    "mail exchanger = ",
    "nameserver = ",
    "internet address = ",
    "AAAA IPv6 address = ",
    "has AAAA address ",
    "mail addr = ",
    "origin = ",
    "name server = ",
    "name = ",
    "serial = ",
    "refresh = ",
    "retry = ",
    "expire = ",
    "minimum = ",
    "MX preference = ",
    "default TTL = ",
];

impl Nslookup {
    fn end(&mut self, output: &mut Output) {
        if let Some((query, text)) = self.open.take().filter(|(_, text)| !text.is_empty()) {
            output.answer(txt_record(TXT, &Rc::default(), &self.server, query), &text);
        }
    }
}

impl ReadLines for Nslookup {
    fn line(&mut self, line: &str, output: &mut Output) -> Result<(), String> {
        let line = line.trim();
        const MAX_BYTES: usize = 64 << 10; // a message has no more
        if let Some((_, text)) = self.open.as_mut().filter(|(_, text)| line.starts_with('"') && text.len() < MAX_BYTES) {
            text.push_str(if text.is_empty() { "" } else { " " });
            text.push_str(line);
            return Ok(());
        }
        self.end(output);
        let line = line.strip_prefix("> ").unwrap_or(line);
        let (owner, said) = word(line);
        if let Some(text) = said.strip_prefix("text =") {
            match text.trim() {
                "" => self.open = Some((name(owner), String::new())),
                text => output.answer(txt_record(TXT, &Rc::default(), &self.server, name(owner)), text),
            }
        } else if let Some(query) = no_answer(line) {
            output.query(Record { server: Rc::clone(&self.server), query: name(query), ..Record::default() });
        } else if ["Address:", "Addresses:"].contains(&owner) {
            match std::mem::take(&mut self.names_server) {
                true => self.server = address(said.split('#').next().unwrap_or_default()),
                false => output.other_type(),
            }
        } else if OTHER_RECORDS.iter().any(|words| said.contains(words) || line.starts_with(words)) {
            output.other_type();
        } else if may_name_server(line) {
            // `Server:`, and `Name:` before the addresses of a host.
            self.names_server = owner != "Name:";
        } else if line.starts_with('"')
            || line.contains(" = \"")
            || !(line.ends_with(':') || is_said_on_retry(line) || line.starts_with(";;"))
        {
            return unknown_form("nslookup");
        }
        Ok(())
    }

    fn flush(&mut self, output: &mut Output) {
        self.end(output);
    }
}

#[derive(Default)]
pub(super) struct Dnsrecon {
    /// Whether the records are those of a zone transfer: they have no name, and a text may begin like one.
    in_transfer: bool,
}

fn after_mark(line: &str) -> Option<&str> {
    ["[*]", "[+]", "[-]"].iter().find_map(|mark| line.strip_prefix(mark)).map(str::trim_start)
}

pub(super) fn is_dnsrecon(line: &str) -> bool {
    after_mark(line).is_some()
}

impl ReadLines for Dnsrecon {
    /// `[*] \t TXT a.example v=spf1 -all`; in zone transfers without the name. Other lines say what it does.
    fn line(&mut self, line: &str, output: &mut Output) -> Result<(), String> {
        let Some(said) = after_mark(line.trim()) else { return unknown_form("dnsrecon") };
        let (kind, rest) = word(said);
        if !is_record_type(kind) || kind.parse::<u16>().is_ok() {
            self.in_transfer = said.contains("Zone Transfer was successful");
            return Ok(());
        }
        let (owner, data) = word(rest);
        let is_name = |text: &str| text.contains('.') && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        let (owner, data) = if !self.in_transfer && is_name(owner) && !data.is_empty() { (owner, data) } else { ("", rest) };
        output.answer(is_txt(kind).then(|| Record { query: name(owner), ..Record::default() }), data);
        Ok(())
    }
}
