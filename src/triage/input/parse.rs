//! What several readers parse: addresses, names, tables' headers.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use crate::triage::input::field_names::{ANSWER, CLIENT, EVENT_COLUMNS, Name, QUERY, SERVER, TIME};
use crate::triage::input::record::Kind;

/// What is said at the end about answers of other record types.
pub fn other_types_remark(count: u64) -> Option<(Kind, String)> {
    let (answers, were) = if count == 1 { ("answer", "was") } else { ("answers", "were") };
    (count > 0).then(|| (Kind::LeftOut, format!("up to here, {count} {answers} of other record types than TXT {were} left out")))
}

/// What is said at the end about lines with bytes that are not UTF-8.
pub fn replaced_remark(count: u64) -> Option<(Kind, String)> {
    let lines = if count == 1 { "line holds" } else { "lines hold" };
    let message = format!("up to here, {count} {lines} bytes that are not UTF-8; they were replaced by U+FFFD");
    (count > 0).then_some((Kind::Lenient, message))
}

/// An address in its short form and without a port, so that a host has the same name in every file. Any other text is treated as the name of a host.
pub fn address(text: &str) -> Rc<str> {
    const MAX_CHARS: usize = 255;
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
    text.parse::<IpAddr>().or_else(|_| with_port()).map_or_else(|_| cut(text, MAX_CHARS), |address| address.to_string().into())
}

/// A name, cut if it is longer than any name can be with four characters for each byte.
pub fn name(text: &str) -> Rc<str> {
    const MAX_CHARS: usize = 4 * 255;
    cut(text, MAX_CHARS)
}

fn cut(text: &str, max_chars: usize) -> Rc<str> {
    match text.char_indices().nth(max_chars) {
        Some((end, _)) => [text.get(..end).unwrap_or_default(), "…"].concat().into(),
        None => text.into(),
    }
}

/// Answers of an event up to which each is shown with all that the event says. An attacker chooses how many there are, and what is
/// repeated for each must stay in proportion to the file.
const MAX_WITH_EVENT: usize = 64;
/// Bytes of an object times its answers up to which it is kept with each of them.
const MAX_KEPT_BYTES: usize = 1 << 20;

/// Whether the object of so many bytes is kept with each of its answers.
pub fn is_kept(object_bytes: usize, answers: usize) -> bool {
    answers <= 1 || answers <= MAX_WITH_EVENT && object_bytes.saturating_mul(answers) <= MAX_KEPT_BYTES
}

/// A client, server or query as it is shown with each of so many answers.
pub fn for_each(name: Rc<str>, answers: usize) -> Rc<str> {
    const MAX_CHARS: usize = 64;
    if answers > MAX_WITH_EVENT { cut(&name, MAX_CHARS) } else { name }
}

/// The delimiter of a table: the most frequent of comma, semicolon, tab and bar in the first line that is not blank.
pub fn delimiter(beginning: &[u8]) -> u8 {
    let line = beginning.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

/// Whether a first line can only be the header of a table: three or more plain names, among them one that holds answers, or two
/// of time, client, server and query, or one of those and one that holds events. Two names are too few, because the first line may be an answer of an attacker's choice,
/// after which only one column of the others would be read.
pub fn is_table_header(line: &[u8]) -> bool {
    let delimiter = delimiter(line);
    let unquoted = |cell: &'_ [u8]| -> Vec<u8> {
        let cell = cell.trim_ascii();
        cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell).to_vec()
    };
    let cells: Vec<Vec<u8>> = line.trim_ascii().split(|byte| *byte == delimiter).map(unquoted).collect();
    let has = |names: &[Name]| names.iter().any(|(name, _)| cells.iter().any(|cell| cell.eq_ignore_ascii_case(name.as_bytes())));
    let others = [&TIME[..], &CLIENT, &SERVER, &QUERY].iter().filter(|names| has(names)).count();
    cells.len() > 2 && cells.iter().all(|cell| is_column_name(cell)) && (has(&ANSWER) || others > 1 || others == 1 && has(&EVENT_COLUMNS))
}

/// Whether a cell of a header can be the name of a column, and not a text.
pub fn is_column_name(cell: &[u8]) -> bool {
    const MAX_BYTES: usize = 60;
    (1..=MAX_BYTES).contains(&cell.len()) && cell.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.{}@[] ".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found in review: 300 names of megabytes took 4 GB.
    #[test]
    fn a_name_is_cut_at_the_length_of_the_longest_possible_name() {
        assert_eq!((&*name("a.example"), name(&"é".repeat(5000)).chars().count()), ("a.example", 1021));
    }

    /// Found by a test of costs: 4 MB of events with 300 answers each became 1.2 GB of JSON.
    #[test]
    fn what_is_repeated_for_many_answers_is_bounded() {
        assert!(is_kept(9 << 20, 1) && is_kept(1000, 64) && !is_kept(100, 65) && !is_kept(1 << 20, 2));
        assert_eq!((for_each("x".repeat(99).into(), 64).len(), for_each("x".repeat(99).into(), 65).chars().count()), (99, 65));
    }

    #[test]
    fn an_address_has_one_form() {
        assert_eq!(&*address("2001:0db8:0000:0000:0000:0000:0000:0001"), "2001:db8::1");
        assert_eq!((&*address("192.0.2.53:53"), &*address("[2001:db8::1]:53")), ("192.0.2.53", "2001:db8::1"));
        assert_eq!(&*address("mail.example.com"), "mail.example.com");
    }
}
