//! From a cell to the text that is scored. This is the only place where text is changed before it is scored.
//!
//! The same value reaches Splunk in several presentation formats: as the zone holds it, quoted as `dig` prints it, or with
//! lengths as Zeek logs it. A presentation format is removed only if it accounts for the whole cell. Anything looser would let
//! an attacker choose how much of a payload is scored. `models/train/reference.py` implements the same rules independently.

use std::borrow::Cow;

/// Values that mean "no answer", compared without case: CIM writes `unknown`, `fillnull` in ESCU's macro `null`, Zeek `-`
/// and `(empty)`.
const NO_ANSWER: [&str; 4] = ["unknown", "null", "-", "(empty)"];

/// Whether a cell holds no answer and therefore gets no score.
pub fn is_no_answer(cell: &[u8]) -> bool {
    let cell = trim(cell);
    const MAX_BYTES: usize = "unknown".len();
    cell.is_empty() || cell.len() <= MAX_BYTES && NO_ANSWER.iter().any(|fill| cell.eq_ignore_ascii_case(fill.as_bytes()))
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

/// The TXT value of a cell, with outer white space, Zeek's lengths, quotes and escapes removed. Never longer than the cell.
pub fn normalise(cell: &[u8]) -> Cow<'_, [u8]> {
    let cell = trim_start(cell);
    let value = match unwrap_zeek(cell).or_else(|| unwrap_zeek(trim_end(cell))) {
        Some(joined) => Cow::Owned(trim(&joined).to_vec()),
        None => Cow::Borrowed(trim(cell)),
    };
    let value = match unwrap_quotes(&value) {
        Some(joined) => Cow::Owned(joined),
        None => value,
    };
    match memchr::memchr(b'\\', &value) {
        Some(_) => Cow::Owned(unescape(&value)),
        None => value,
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c)
}

fn trim_start(bytes: &[u8]) -> &[u8] {
    bytes.get(bytes.iter().take_while(|b| is_space(**b)).count()..).unwrap_or_default()
}

fn trim_end(bytes: &[u8]) -> &[u8] {
    let spaces = bytes.iter().rev().take_while(|b| is_space(**b)).count();
    bytes.get(..bytes.len() - spaces).unwrap_or_default()
}

fn trim(bytes: &[u8]) -> &[u8] {
    trim_end(trim_start(bytes))
}

/// `TXT 3 abc TXT 2 de` is `abcde`. Zeek counts the bytes of the answer and then escapes some of them, so lengths are tried
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
    let (mut joined, mut rest) = (Vec::new(), cell);
    loop {
        rest = rest.strip_prefix(b"TXT ").or_else(|| rest.strip_prefix(b"SPF "))?;
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if !(1..=5).contains(&digits) {
            return None;
        }
        let (number, after) = rest.split_at_checked(digits)?;
        let count: usize = std::str::from_utf8(number).ok()?.parse().ok()?;
        rest = after;
        if rest.is_empty() && digits == 1 && count == 0 {
            return Some(joined);
        }
        rest = rest.strip_prefix(b" ")?;
        let mut length = 0;
        for _ in 0..count {
            length += unit_bytes(rest.get(length..).filter(|left| !left.is_empty())?);
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

/// `"s1" "s2"` is `s1s2`; escapes are kept.
fn unwrap_quotes(value: &[u8]) -> Option<Vec<u8>> {
    let (mut joined, mut rest) = (Vec::new(), value);
    if rest.is_empty() {
        return None;
    }
    loop {
        rest = rest.strip_prefix(b"\"")?;
        let mut length = 0;
        loop {
            match *rest.get(length)? {
                b'"' => break,
                b'\\' => length += 2,
                _ => length += 1,
            }
        }
        let (part, after) = rest.split_at_checked(length)?;
        joined.extend_from_slice(part);
        rest = after.strip_prefix(b"\"")?;
        if rest.is_empty() {
            return Some(joined);
        }
        let spaces = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        if spaces == 0 {
            return None;
        }
        rest = rest.get(spaces..)?;
    }
}

/// Decodes `\DDD`, `\xNN`, `\"` and `\\`; any other backslash is kept.
fn unescape(value: &[u8]) -> Vec<u8> {
    let (mut plain, mut rest) = (Vec::with_capacity(value.len()), value);
    while let Some((before, escape)) = memchr::memchr(b'\\', rest).and_then(|slash| rest.split_at_checked(slash)) {
        plain.extend_from_slice(before);
        let (byte, left) = match escape {
            [_, b'x', high, low, left @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => (hex(*high) << 4 | hex(*low), left),
            [_, a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', left @ ..] => {
                match u8::try_from((a - b'0') as u16 * 100 + (b - b'0') as u16 * 10 + (c - b'0') as u16) {
                    Ok(byte) => (byte, left),
                    Err(_) => (b'\\', escape.get(1..).unwrap_or_default()),
                }
            }
            [_, literal @ (b'"' | b'\\'), left @ ..] => (*literal, left),
            _ => (b'\\', escape.get(1..).unwrap_or_default()),
        };
        plain.push(byte);
        rest = left;
    }
    plain.extend_from_slice(rest);
    plain
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
            r#"TXT 13 "v=spf1 -all""#,
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

    #[test]
    fn escapes() {
        assert_eq!(normalise(br"\000\255\256\x7f\xfg\"), &b"\x00\xff\\256\x7f\\xfg\\"[..]);
        assert_eq!(normalise(br#"a\"b\\x41\q"#), &br#"a"b\x41\q"#[..]);
        assert_eq!(normalise(br#""say \"hi\"" "\\""#), &br#"say "hi"\"#[..]);
    }

    #[test]
    fn trailing_space_of_a_counted_string_is_part_of_the_count() {
        assert_eq!(normal("TXT 4 abc "), "abc");
        assert_eq!(normal("TXT 3 abc "), "abc");
        assert_eq!(normal(r#""""#), "");
        assert_eq!(normal("TXT 0"), "");
    }

    #[test]
    fn fill_values_are_not_answers_in_any_case() {
        for cell in ["", " ", "unknown", "UNKNOWN", "Null", "-", " (empty) "] {
            assert!(is_no_answer(cell.as_bytes()), "{cell:?}");
        }
        for cell in ["unknown1", "none", "--", "0", "n/a", "\"null\""] {
            assert!(!is_no_answer(cell.as_bytes()), "{cell:?}");
        }
        for cell in ["\"\"", "TXT 0", "TXT 1  ", "unknown"] {
            assert_eq!(scorable_text(cell.as_bytes()), None, "{cell:?}");
        }
        assert_eq!(scorable_text(b" a ").as_deref(), Some(&b"a"[..]));
    }

    proptest! {
        #[test]
        fn zeek_form_of_any_strings_is_undone(strings in prop::collection::vec("[a-z =\"]{1,30}", 1..4)) {
            let joined = strings.concat();
            let cell = strings.iter().map(|s| format!("TXT {} {s}", s.len())).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(normalise(cell.as_bytes()), normalise(joined.as_bytes()));
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
