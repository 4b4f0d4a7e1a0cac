//! JSON that is not one object per line: a list, or objects over several lines. Each value of it becomes a line.

use std::io::{self, BufRead, BufReader, Read};

use crate::triage::input::record::Input;

/// Whether a beginning is a list, or an object that goes on in the next line. An incomplete line of a log is not: the next line
/// is an object.
pub(in crate::triage::input) fn spans_lines(beginning: &[u8]) -> bool {
    let mut lines = beginning.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let is_object = |line: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
    let continues = first.starts_with(b"{") && [b"{", b"[", b",", b":"].iter().any(|end| first.ends_with(*end)) && !is_object(first);
    first.starts_with(b"[") || continues && !lines.next().is_some_and(|line| line.starts_with(b"{") && is_object(line))
}

/// Writes each value on a line: without the brackets of the list around them, and with spaces for line ends inside.
pub(super) struct OneValuePerLine {
    input: BufReader<Input>,
    /// Bytes that are not read yet, the next one first.
    ready: Vec<u8>,
    read: usize,
    state: State,
}

#[derive(Default)]
struct State {
    /// Whether the values stand in a list.
    in_list: bool,
    /// Open brackets of the current value; `None` between values.
    depth: Option<usize>,
    in_string: bool,
    escaped: bool,
}

impl State {
    /// What is written for a byte.
    fn write(&mut self, byte: u8, out: &mut Vec<u8>) {
        let Some(depth) = self.depth else {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' => return,
                b'[' if !self.in_list => self.in_list = true,
                b']' if self.in_list => self.in_list = false,
                _ => {
                    self.depth = Some(0);
                    self.write(byte, out);
                }
            }
            return;
        };
        if self.in_string {
            self.in_string = byte != b'"' || self.escaped;
            self.escaped = byte == b'\\' && !self.escaped;
            out.push(if byte == b'\n' { b' ' } else { byte });
            return;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth = Some(depth.saturating_add(1)),
            // A number or a string between the values of the list ends here.
            b',' | b']' | b'\n' if depth == 0 => {
                self.end(out);
                self.in_list &= byte != b']';
                return;
            }
            b'}' | b']' if depth <= 1 => {
                out.push(byte);
                self.end(out);
                return;
            }
            b'}' | b']' => self.depth = Some(depth.saturating_sub(1)),
            _ => {}
        }
        out.push(if matches!(byte, b'\n' | b'\r') { b' ' } else { byte });
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        out.push(b'\n');
        self.depth = None;
    }
}

impl OneValuePerLine {
    pub(super) fn new(input: Input) -> Self {
        Self { input: BufReader::new(input), ready: Vec::new(), read: 0, state: State::default() }
    }
}

impl Read for OneValuePerLine {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.read == self.ready.len() {
            self.ready.clear();
            self.read = 0;
            let bytes = self.input.fill_buf()?;
            let count = bytes.len();
            if count == 0 {
                return Ok(0);
            }
            bytes.iter().for_each(|byte| self.state.write(*byte, &mut self.ready));
            self.input.consume(count);
        }
        let ready = self.ready.get(self.read..).unwrap_or_default();
        let count = ready.len().min(out.len());
        out.iter_mut().zip(ready).for_each(|(to, from)| *to = *from);
        self.read = self.read.saturating_add(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use proptest::prelude::*;

    fn lines(text: &str) -> Vec<String> {
        let mut out = String::new();
        OneValuePerLine::new(Box::new(Cursor::new(text.as_bytes().to_vec()))).read_to_string(&mut out).unwrap();
        out.lines().map(str::to_owned).collect()
    }

    #[test]
    fn values_of_lists_and_over_lines_become_lines() {
        for (text, expected) in [
            ("[{\"a\":1},\n {\"b\":[1,\n{\"c\":2}]}]", &[r#"{"a":1}"#, r#"{"b":[1, {"c":2}]}"#][..]),
            ("{\n\"a\": 1\n}\n{\n\"b\": 2}", &[r#"{ "a": 1 }"#, r#"{ "b": 2}"#]),
            (r#"[{"a":"]}\",{"},"x",3]"#, &[r#"{"a":"]}\",{"}"#, r#""x""#, "3"]),
            ("[[1,2],{}]", &["[1,2]", "{}"]),
            ("[]", &[]),
            ("", &[]),
        ] {
            assert_eq!(lines(text), expected, "{text}");
        }
    }

    #[test]
    fn lines_of_objects_stay_lines() {
        assert!(spans_lines(b"[\n{") && spans_lines(b"{\n\"a\":1}") && spans_lines(b" [{\"a\":1}]") && spans_lines(b"{\"a\":[\n1]}"));
        assert!(
            !spans_lines(b"{\"a\":1}\n{\"a\":1}\n") && !spans_lines(b"{\"a\":1,\n{\"a\":1}\n") && !spans_lines(b"x\n") && !spans_lines(b"")
        );
    }

    proptest! {
        #[test]
        fn each_value_of_any_list_is_a_line(texts in proptest::collection::vec(".{0,20}", 0..5), pretty: bool) {
            let list: Vec<_> = texts.iter().map(|text| serde_json::json!({"text": text, "n": [1, {"m": text}]})).collect();
            let text = if pretty { serde_json::to_string_pretty(&list) } else { serde_json::to_string(&list) }.unwrap();
            let read: Vec<serde_json::Value> = lines(&text).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
            prop_assert_eq!(read, list);
        }

        #[test]
        fn any_bytes_can_be_split(bytes: Vec<u8>) {
            let mut out = Vec::new();
            OneValuePerLine::new(Box::new(Cursor::new(bytes.clone()))).read_to_end(&mut out).unwrap();
            prop_assert!(out.len() <= bytes.len().saturating_mul(2).saturating_add(1));
        }
    }
}
