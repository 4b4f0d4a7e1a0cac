//! One text: its form, its features, its record type and its explanation.

use dnstxtscore::evidence::explanation::explain;
use dnstxtscore::evidence::record_types::{self, FreePart};
use dnstxtscore::model::features::{self, CONTENT, STRIDE};
use dnstxtscore::{domain, escape, text};

/// A text: normalising never adds a byte and is a function; its windows hold every byte of it; a domain is its own.
pub fn text(cell: &[u8]) {
    let value = text::normalise(cell);
    assert!(value.len() <= cell.len());
    assert!(text::scorable_text(cell).is_none_or(|text| !text.is_empty()));
    let is_space = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_whitespace() || *byte == 0x0b);
    assert!(is_space(cell.first()) || text::normalise(&[b" ", cell].concat()) == value);
    // White space behind Zeek's form may be counted in it.
    let is_zeek = [&b"TXT "[..], b"SPF "].iter().any(|form| cell.trim_ascii_start().starts_with(form));
    assert!(is_zeek || is_space(cell.last()) || text::normalise(&[cell, b" \r\n"].concat()) == value);
    let windows: Vec<_> = features::windows(&value).collect();
    let mut seen = vec![false; value.len()];
    for (number, window) in windows.iter().enumerate() {
        let ids: Vec<i32> = window.ids().collect();
        assert!(ids.len() <= features::BUCKETS[window.bucket()]);
        assert!(ids.iter().all(|id| (0..features::VOCABULARY).contains(id)));
        for (place, id) in (number * STRIDE..).zip(&ids[1..]).take(CONTENT).take_while(|(place, _)| *place < value.len()) {
            assert_eq!(*id, i32::from(value[place]) + 1);
            seen[place] = true;
        }
    }
    assert!(seen.into_iter().all(|seen| seen), "a byte that no window holds");
    let explanation = explain(Some(&value));
    assert!(!explanation.reason.is_empty());
    for shown in explanation.cells() {
        assert!(shown.chars().count() <= 400 && !shown.chars().any(escape::needs_escaping), "{shown:?}");
    }
    if let Some(name) = domain::registered_domain(cell) {
        assert_eq!(domain::registered_domain(name.as_bytes()).as_deref(), Some(&*name));
    }
}

/// The table of record types: a beginning is in the text, and a token ends where its alphabet does. Examples and
/// counterexamples of each type are tests of the table.
pub fn record_type(bytes: &[u8]) {
    let found = record_types::classify(bytes);
    if let Some((_, prefix)) = record_types::begins_like(bytes) {
        assert!(bytes[..prefix.text().len()].eq_ignore_ascii_case(prefix.text().as_bytes()));
    }
    explain(Some(bytes));
    if let Some(one) = found.filter(|one| one.free_part == FreePart::Token) {
        let longer = [bytes, b"!"].concat();
        assert_ne!(record_types::classify(&longer).map(|other| other.name), Some(one.name));
    }
}
