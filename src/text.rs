//! From a cell to the text that is scored. This is the only place where text is changed before it is scored.
//!
//! The same value reaches Splunk in several presentation formats: as the zone holds it, quoted as `dig` prints it, or with
//! lengths as Zeek logs it. A presentation format is removed only if it accounts for the whole cell and is written exactly as
//! that program writes it. Anything looser would let an attacker choose how much of a payload is scored, or hide bits in what
//! is removed: in spaces between strings, zeros before lengths, letters that nobody needs to escape.
//! `models/train/reference.py` implements the same rules independently.

use std::borrow::Cow;

/// Values that mean "no answer", in lower case: CIM writes `unknown`, `fillnull` in ESCU's macro `null`, Zeek `-` and
/// `(empty)`.
const NO_ANSWER: [&str; 4] = ["unknown", "null", "-", "(empty)"];

/// Whether a cell holds no answer and therefore gets no score. Words count in lower case, in capitals, and with a capital
/// first letter: in a mix of cases an answer could hide bits.
pub fn is_no_answer(cell: &[u8]) -> bool {
    let cell = trim(cell);
    const MAX_BYTES: usize = "unknown".len();
    let is_spelled = |word: &str| {
        let rest = cell.get(1..).unwrap_or_default();
        let one_case = rest.iter().all(|byte| !byte.is_ascii_uppercase()) || cell.iter().all(|byte| !byte.is_ascii_lowercase());
        one_case && cell.eq_ignore_ascii_case(word.as_bytes())
    };
    cell.is_empty() || cell.len() <= MAX_BYTES && NO_ANSWER.iter().any(|word| is_spelled(word))
}

/// Extracts the text to score from a cell, or `None` if there is nothing to score: [`scorable_text`] for the embedded model,
/// [`raw_text`] for an imported one.
pub type ExtractText = fn(&[u8]) -> Option<Cow<'_, [u8]>>;

/// The normalised TXT value, or `None` if the cell holds no answer or nothing is left of it.
pub fn scorable_text(cell: &[u8]) -> Option<Cow<'_, [u8]>> {
    if is_no_answer(cell) {
        return None;
    }
    Some(normalise(cell)).filter(|value| !value.is_empty())
}

/// The cell unchanged, for the original detection's model, which normalises nothing. `None` if the cell holds only white
/// space and quotes: the original raised an error on those.
pub fn raw_text(cell: &[u8]) -> Option<Cow<'_, [u8]>> {
    let has_token = String::from_utf8_lossy(cell).chars().any(|c| !is_python_space(c) && !matches!(c, '"' | '\''));
    has_token.then_some(Cow::Borrowed(cell))
}

/// White space as Python's `str.split` sees it: Unicode's, and four separators that Rust leaves out.
pub fn is_python_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// The TXT value of a cell, with outer white space, Zeek's lengths or quotes, and escapes removed. Never longer than the cell.
pub fn normalise(cell: &[u8]) -> Cow<'_, [u8]> {
    let cell = trim_start(cell);
    let value = match unwrap_zeek(cell).or_else(|| unwrap_zeek(trim_end(cell))).or_else(|| unwrap_quotes(trim_end(cell))) {
        Some(joined) => Cow::Owned(joined),
        None => Cow::Borrowed(trim_end(cell)),
    };
    match memchr::memchr(b'\\', &value).and_then(|_| unescape(&value)) {
        Some(plain) => Cow::Owned(plain),
        None => value,
    }
}

fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c)
}

/// White space before or after a value that a log or a person adds: some equal bytes. More, or a mix, is part of the answer,
/// because it can carry data.
fn is_added_space(run: &[u8]) -> bool {
    const MAX_BYTES: usize = 4;
    run.len() <= MAX_BYTES && run.iter().all(|byte| run.first() == Some(byte))
}

fn trim_start(bytes: &[u8]) -> &[u8] {
    let spaces = bytes.iter().take_while(|byte| is_space(byte)).count();
    bytes.split_at_checked(spaces).filter(|(run, _)| is_added_space(run)).map_or(bytes, |(_, rest)| rest)
}

/// The same at the end, where one line end may follow.
fn trim_end(bytes: &[u8]) -> &[u8] {
    let line = [&b"\r\n"[..], b"\n", b"\r"].iter().find_map(|end| bytes.strip_suffix(*end)).unwrap_or(bytes);
    let end = line.iter().rposition(|byte| !is_space(byte)).map_or(0, |last| last.saturating_add(1));
    line.split_at_checked(end).filter(|(_, run)| is_added_space(run)).map_or(bytes, |(value, _)| value)
}

fn trim(bytes: &[u8]) -> &[u8] {
    trim_end(trim_start(bytes))
}

/// `TXT 3 abc TXT 2 de` is `abcde`, with one record type and no zero before a length. Zeek counts the bytes of the answer and then escapes some of them, so lengths are tried
/// as bytes first and as escaped units second.
fn unwrap_zeek(cell: &[u8]) -> Option<Vec<u8>> {
    if !matches!(cell, [b'T', b'X', b'T', b' ', ..] | [b'S', b'P', b'F', b' ', ..]) {
        return None; // nearly always
    }
    unwrap_counted(cell, |_| 1).or_else(|| unwrap_counted(cell, escaped_unit))
}

/// How many bytes of Zeek's log stand for one byte: 4 for `\xNN`, 2 for `\\`, 1 for the byte itself.
fn escaped_unit(bytes: &[u8]) -> usize {
    match bytes {
        [b'\\', b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => 4,
        [b'\\', b'\\', ..] => 2,
        _ => 1,
    }
}

fn unwrap_counted(cell: &[u8], unit_bytes: fn(&[u8]) -> usize) -> Option<Vec<u8>> {
    let (record_type, _) = cell.split_at_checked("TXT ".len())?;
    let (mut joined, mut rest) = (Vec::new(), cell);
    loop {
        rest = rest.strip_prefix(record_type)?;
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if !(1..=5).contains(&digits) || digits > 1 && rest.starts_with(b"0") {
            return None;
        }
        let (number, after) = rest.split_at_checked(digits)?;
        let count: usize = std::str::from_utf8(number).ok()?.parse().ok()?;
        rest = after;
        if rest.is_empty() && digits == 1 && count == 0 {
            return Some(joined);
        }
        rest = rest.strip_prefix(b" ")?;
        let mut length = 0usize;
        for _ in 0..count {
            length = length.saturating_add(unit_bytes(rest.get(length..).filter(|left| !left.is_empty())?));
        }
        let (part, after) = rest.split_at_checked(length)?;
        joined.extend_from_slice(part);
        rest = after;
        if rest.is_empty() {
            return Some(joined);
        }
        rest = rest.strip_prefix(b" ")?;
    }
}

/// `"s1" "s2"`, with one space between the strings as `dig` writes it, is `s1s2`; escapes are kept.
fn unwrap_quotes(value: &[u8]) -> Option<Vec<u8>> {
    let (mut joined, mut rest) = (Vec::new(), value);
    if rest.is_empty() {
        return None;
    }
    loop {
        rest = rest.strip_prefix(b"\"")?;
        let mut length = 0usize;
        loop {
            match *rest.get(length)? {
                b'"' => break,
                b'\\' => length = length.saturating_add(2),
                _ => length = length.saturating_add(1),
            }
        }
        let (part, after) = rest.split_at_checked(length)?;
        joined.extend_from_slice(part);
        rest = after.strip_prefix(b"\"")?;
        if rest.is_empty() {
            return Some(joined);
        }
        rest = rest.strip_prefix(b" ")?;
    }
}

/// Decodes `\DDD`, `\xNN`, `\"` and `\\`; any other backslash is kept. `None` if a letter or a digit is escaped, which no
/// program does: then the answer itself holds the backslashes.
fn unescape(value: &[u8]) -> Option<Vec<u8>> {
    let (mut plain, mut rest) = (Vec::with_capacity(value.len()), value);
    while let Some((before, escape)) = memchr::memchr(b'\\', rest).and_then(|slash| rest.split_at_checked(slash)) {
        plain.extend_from_slice(before);
        let (byte, left) = match escape {
            [_, b'x', high, low, left @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => (hex(*high) << 4 | hex(*low), left),
            [_, a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', left @ ..] => {
                match std::str::from_utf8(&[*a, *b, *c]).ok().and_then(|digits| digits.parse().ok()) {
                    Some(byte) => (byte, left),
                    None => (b'\\', escape.get(1..).unwrap_or_default()),
                }
            }
            [_, literal @ (b'"' | b'\\'), left @ ..] => (*literal, left),
            _ => (b'\\', escape.get(1..).unwrap_or_default()),
        };
        if byte.is_ascii_alphanumeric() {
            return None;
        }
        plain.push(byte);
        rest = left;
    }
    plain.extend_from_slice(rest);
    Some(plain)
}

fn hex(digit: u8) -> u8 {
    (digit as char).to_digit(16).unwrap_or(0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normal(cell: &str) -> String {
        normalise(cell.as_bytes()).escape_ascii().to_string().replace("\\\"", "\"").replace("\\\\", "\\")
    }

    #[test]
    fn one_value_in_every_presentation_form() {
        for cell in [
            "v=spf1 -all",
            "  v=spf1 -all\r\n",
            "TXT 11 v=spf1 -all",
            "TXT 5 v=spf TXT 6 1 -all",
            "SPF 11 v=spf1 -all",
            "TXT 0  TXT 11 v=spf1 -all",
            r#""v=spf1 -all""#,
            r#""v=spf" "1 -all""#,
            r"v=spf1\032-all",
            r"v=spf1\x20-all",
            r"TXT 11 v=spf1\x20-all",
        ] {
            assert_eq!(normal(cell), "v=spf1 -all", "{cell:?}");
        }
    }

    #[test]
    fn a_presentation_form_that_does_not_account_for_the_whole_cell_is_kept() {
        for cell in [
            "TXT 10 v=spf1 -all",
            "TXT 12 v=spf1 -all",
            "TXT 11 v=spf1 -all payload",
            "TXT 3 abc payload TXT 2 de",
            "TXT 999999 a",
            "TXT  3 abc",
            "TXT 3",
            "txt 3 abc",
            r#""a" payload"#,
            r#""a" "b"#,
            r#""a""b""#,
            r#"a "b""#,
            r#"""#,
        ] {
            assert_eq!(normal(cell), cell, "{cell:?}");
        }
    }

    /// Found by attack: a command in spaces and tabs, in empty strings of two types or in zeros before lengths was removed before
    /// the text was scored, and the rest was a valid SPF record.
    #[test]
    fn what_carries_data_is_not_removed() {
        let bits: String =
            b"cmd /c whoami".iter().flat_map(|byte| (0..8).map(move |bit| if byte >> bit & 1 == 1 { '\t' } else { ' ' })).collect();
        let types: String = bits.chars().map(|bit| if bit == ' ' { "TXT 0  " } else { "SPF 0  " }).collect();
        let zeros: String = bits.chars().map(|bit| if bit == ' ' { "TXT 0  " } else { "TXT 00  " }).collect();
        for cell in [
            bits.clone(),
            format!("v=spf1 -all{bits}"),
            format!("{bits}v=spf1 -all"),
            format!("\"v=spf1 -all\"{bits}\"\""),
            format!("{types}TXT 11 v=spf1 -all"),
            format!("{zeros}TXT 11 v=spf1 -all"),
            "\"v=spf1\"  \" -all\"".into(),
            "\"v=spf1\"\t\" -all\"".into(),
            "v=spf1 -all \t".into(),
            "v=spf1 -all     ".into(),
            r"v=s\112f1 -\097ll".into(),
            "uNkNoWn".into(),
            "nUll".into(),
        ] {
            assert_eq!(scorable_text(cell.as_bytes()).as_deref(), Some(cell.as_bytes()));
        }
    }

    #[test]
    fn escapes() {
        assert_eq!(normalise(br"\000\255\256\x7f\xfg\"), &b"\x00\xff\\256\x7f\\xfg\\"[..]);
        assert_eq!(normalise(br#"a\"b\\x41\q"#), &br#"a"b\x41\q"#[..]);
        assert_eq!(normalise(br#""say \"hi\"" "\\""#), &br#"say "hi"\"#[..]);
    }

    #[test]
    fn trailing_space_of_a_counted_string_is_part_of_the_count() {
        assert_eq!(normal("TXT 4 abc "), "abc ");
        assert_eq!(normal("TXT 3 abc "), "abc");
        assert_eq!(normal(r#""""#), "");
        assert_eq!(normal("TXT 0"), "");
        assert_eq!(normal(r#"TXT 13 "v=spf1 -all""#), r#""v=spf1 -all""#, "quotes that Zeek counts are the answer's own, as in a capture");
    }

    #[test]
    fn fill_values_are_not_answers_in_any_case() {
        for cell in ["", " ", "unknown", "UNKNOWN", "Null", "-", " (empty) "] {
            assert!(is_no_answer(cell.as_bytes()), "{cell:?}");
        }
        for cell in ["TXT 1  ", "unknown1", "none", "--", "0", "n/a", "\"null\""] {
            assert!(!is_no_answer(cell.as_bytes()), "{cell:?}");
        }
        for cell in ["\"\"", "TXT 0", " \r\n", "unknown"] {
            assert_eq!(scorable_text(cell.as_bytes()), None, "{cell:?}");
        }
        assert_eq!(scorable_text(b" a ").as_deref(), Some(&b"a"[..]));
    }

    proptest! {
        #[test]
        fn zeek_form_of_any_strings_is_undone(strings in prop::collection::vec("[a-z =\"]{1,30}", 1..4)) {
            let joined = strings.concat();
            let cell = strings.iter().map(|s| format!("TXT {} {s}", s.len())).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(&*normalise(cell.as_bytes()), joined.as_bytes());
        }

        #[test]
        fn quoted_form_of_any_bytes_is_undone(strings in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..30), 1..4)) {
            let quote = |s: &Vec<u8>| s.iter().fold(String::from("\""), |mut q, b| {
                if b.is_ascii_alphanumeric() { q.push(*b as char) } else { q.push_str(&format!("\\{b:03}")) }
                q
            }) + "\"";
            let cell = strings.iter().map(quote).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(normalise(cell.as_bytes()).into_owned(), strings.concat());
        }

        #[test]
        fn no_bytes_make_it_panic_or_grow(cell: Vec<u8>) {
            prop_assert!(normalise(&cell).len() <= cell.len());
        }
    }
}
