//! JSON objects that are written member by member, for readers that keep a row as one and for the output.

use std::io::Write;

/// An object that grows. Cleared, it is used again.
#[derive(Default)]
pub struct ObjectWriter {
    text: Vec<u8>,
}

impl ObjectWriter {
    /// Begins another object.
    pub fn clear(&mut self) {
        self.text.clear();
    }

    /// Begins another object with the members of one that was not ended: what [`ObjectWriter::so_far`] returned.
    pub fn continue_from(&mut self, beginning: &[u8]) {
        self.text.clear();
        self.text.extend_from_slice(beginning);
    }

    /// The object without its end.
    pub fn so_far(&self) -> &[u8] {
        &self.text
    }

    /// Adds a member whose value is a string.
    pub fn string(&mut self, name: &str, value: &str) {
        self.name(name);
        // Writing into memory does not fail, and every string can be JSON.
        let _ = serde_json::to_writer(&mut self.text, value);
    }

    /// Adds a member whose value is a string. The name is JSON: a table has it escaped once for all rows.
    pub fn string_named(&mut self, name: &[u8], value: &str) {
        self.separate();
        self.text.extend_from_slice(name);
        self.text.push(b':');
        let _ = serde_json::to_writer(&mut self.text, value);
    }

    /// Adds a member whose name needs no escapes and whose value is JSON.
    pub fn plain(&mut self, name: &str, value: &str) {
        self.separate();
        self.text.push(b'"');
        self.text.extend_from_slice(name.as_bytes());
        self.text.extend_from_slice(b"\":");
        self.text.extend_from_slice(value.as_bytes());
    }

    /// Adds a member whose value is JSON.
    pub fn json(&mut self, name: &str, value: impl std::fmt::Display) {
        self.name(name);
        let _ = write!(self.text, "{value}");
    }

    /// Adds the members of an object, byte for byte. Of what is no object, nothing.
    pub fn members_of(&mut self, object: &str) {
        let inside = object.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default().trim_end();
        if !inside.trim_start().is_empty() {
            self.separate();
            self.text.extend_from_slice(inside.as_bytes());
        }
    }

    /// The whole object.
    pub fn end(&mut self) -> &[u8] {
        if self.text.is_empty() {
            self.text.push(b'{');
        }
        self.text.push(b'}');
        &self.text
    }

    fn name(&mut self, name: &str) {
        self.separate();
        let _ = serde_json::to_writer(&mut self.text, name);
        self.text.push(b':');
    }

    fn separate(&mut self) {
        self.text.push(if self.text.is_empty() { b'{' } else { b',' });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_written_and_merged_as_text() {
        let mut object = ObjectWriter::default();
        assert_eq!(object.end(), b"{}");
        object.clear();
        object.members_of("{ }");
        object.members_of(r#" { "a" : 1.0 } "#);
        object.members_of("no object");
        object.string("b\"", "x\"y\n");
        object.json("c", "null");
        assert_eq!(std::str::from_utf8(object.end()).unwrap(), r#"{ "a" : 1.0,"b\"":"x\"y\n","c":null}"#);
    }
}
