//! What a file holds: the names of its fields, and which of them the readers take for what. For users who look for the name to give
//! with `--field` and its like.

use std::collections::BTreeMap;
use std::io;

use serde_json::Value;

use crate::escape::one_line;
use crate::triage::input::field_names::{
    ANSWER, CLIENT, Chosen, EVENT_COLUMNS, Name, QUERY, RECORD_DATA, RECORD_OWNER, RECORD_STRINGS, RECORD_TYPE, RECORDS, SERVER, TIME, TYPE,
};
use crate::triage::input::lines::Lines;
use crate::triage::input::record::Input;
use crate::triage::input::{Format, ReadOptions, Recognised, json, parse, zeek};

/// Max objects or rows that are read, and max names that are kept.
const MAX_ITEMS: u64 = 1000;
const MAX_FIELDS: usize = 500;
const MAX_EXAMPLE_CHARS: usize = 60;
const MAX_NAME_CHARS: usize = 200;

/// A field of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// What it is read as, if anything: `answer`, `client`.
    pub read_as: Option<&'static str>,
    /// How many of the records that were read have it.
    pub items: u64,
    /// Its first value, on one line and safe to display.
    pub example: String,
}

/// The fields of a file by name, in the order of their names.
#[derive(Debug, Default)]
pub struct FieldList {
    pub fields: BTreeMap<String, Field>,
    /// Objects or rows that were read: the first ones.
    pub items: u64,
}

/// The fields of a file; `None` if its format has none.
///
/// # Errors
/// As [`crate::triage::input::open`].
pub fn list(input: Input, name: &str, options: &ReadOptions) -> io::Result<Option<FieldList>> {
    let Recognised { input, format, beginning, .. } = Recognised::new(input, name, options)?;
    let mut list = FieldList::default();
    match format {
        Format::Json => list.read_objects(json::lines(input, json::spans_lines(&beginning))),
        Format::Zeek => list.read_log(Lines::new(input)),
        Format::Csv => list.read_table(input, parse::delimiter(&beginning))?,
        Format::Auto | Format::Text | Format::Pcap | Format::Tool => return Ok(None),
    }
    list.say_what_is_read(&options.fields);
    Ok(Some(list))
}

impl FieldList {
    fn add(&mut self, name: &str, value: &str) {
        let name = one_line(name, MAX_NAME_CHARS);
        if self.fields.len() >= MAX_FIELDS && !self.fields.contains_key(&name) {
            return;
        }
        let field = self.fields.entry(name).or_default();
        field.items = field.items.saturating_add(1);
        if field.example.is_empty() {
            field.example = one_line(value, MAX_EXAMPLE_CHARS);
        }
    }

    /// Adds the fields of a value, whose name is a path through objects and lists.
    fn add_value(&mut self, path: &str, value: &Value) {
        let inner = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| self.add_value(&inner(name), value)),
            // Of a list of records the first of each form would do; its first record nearly always does.
            Value::Array(values) => match values.first() {
                Some(first) => self.add_value(path, first),
                None => self.add(path, ""),
            },
            Value::String(text) => self.add(path, text),
            Value::Null => self.add(path, ""),
            other => self.add(path, &other.to_string()),
        }
    }

    fn read_objects(&mut self, lines: Lines) {
        for (_, line) in lines.flatten() {
            for event in json::events(&String::from_utf8_lossy(&line)) {
                self.items = self.items.saturating_add(1);
                event.into_iter().for_each(|members| self.add_value("", &Value::Object(members)));
            }
            if self.items >= MAX_ITEMS {
                break;
            }
        }
    }

    fn read_log(&mut self, lines: Lines) {
        let mut names: Vec<String> = Vec::new();
        for (_, line) in lines.flatten() {
            let text = String::from_utf8_lossy(&line);
            let mut cells = text.split('\t');
            if text.starts_with("#fields") {
                names = cells.skip(1).map(str::to_owned).collect();
            } else if !text.starts_with('#') {
                self.items = self.items.saturating_add(1);
                names.iter().for_each(|name| self.add(name, cells.next().unwrap_or_default()));
            }
            if self.items >= MAX_ITEMS {
                break;
            }
        }
    }

    fn read_table(&mut self, input: Input, delimiter: u8) -> io::Result<()> {
        let mut rows = csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).trim(csv::Trim::Headers).from_reader(input);
        let header = rows.byte_headers()?.clone();
        let mut row = csv::ByteRecord::new();
        while self.items < MAX_ITEMS && rows.read_byte_record(&mut row)? {
            self.items = self.items.saturating_add(1);
            for (name, cell) in header.iter().zip(&row) {
                self.add(&String::from_utf8_lossy(name), &String::from_utf8_lossy(cell));
            }
        }
        // Columns of which no row has a cell.
        for name in &header {
            let name = one_line(&String::from_utf8_lossy(name), MAX_NAME_CHARS);
            if self.fields.len() < MAX_FIELDS {
                self.fields.entry(name).or_default();
            }
        }
        Ok(())
    }

    /// Says of each field what it is read as.
    fn say_what_is_read(&mut self, chosen: &Chosen) {
        let roles: [(&'static str, &Option<String>, &[Name]); 6] = [
            ("answer", &chosen.answer, &ANSWER),
            ("time", &chosen.time, &TIME),
            ("client", &chosen.client, &CLIENT),
            ("server", &chosen.server, &SERVER),
            ("query", &chosen.query, &QUERY),
            ("type", &chosen.kind, &TYPE),
        ];
        let all = |path: &str, names: &[Name]| names.iter().map(|(name, _)| format!("{path}.{name}")).collect::<Vec<_>>();
        // The lists of records come before the other names of answers.
        if chosen.answer.is_none() {
            let records = RECORDS.iter().flat_map(|(path, _)| all(path, &RECORD_DATA).into_iter().map(|name| (name, "answer")));
            let types = RECORDS.iter().flat_map(|(path, _)| all(path, &RECORD_TYPE).into_iter().map(|name| (name, "type of the answer")));
            let own = json::OWN_FIELDS.iter().chain(&zeek::OWN_FIELDS).map(|(name, read_as)| ((*name).to_owned(), *read_as));
            let fixed: Vec<_> = records.chain(types).chain(own).collect();
            fixed.into_iter().for_each(|(name, read_as)| self.is_read_as(&name, read_as));
            // In tshark's tree the title of a record is part of the path.
            for (name, field) in &mut self.fields {
                let read_as = json::LAST_PARTS.iter().find(|(last, _)| name.starts_with("layers.") && name.ends_with(last));
                field.read_as = field.read_as.or(read_as.map(|(_, read_as)| *read_as));
            }
            if self.fields.keys().any(|name| RECORD_STRINGS.contains(&&**name)) {
                RECORD_STRINGS.into_iter().for_each(|name| self.is_read_as(name, "answer"));
                RECORD_OWNER.into_iter().for_each(|(name, _)| self.is_read_as(name, "query"));
                RECORD_TYPE.into_iter().for_each(|(name, _)| self.is_read_as(name, "type"));
            }
            let has_answer = self.fields.values().any(|field| field.read_as == Some("answer"));
            if !has_answer && !self.fields.keys().any(|field| ANSWER.iter().any(|(name, _)| field.eq_ignore_ascii_case(name))) {
                EVENT_COLUMNS.into_iter().for_each(|(name, _)| self.is_read_as(name, "event, if it is JSON"));
            }
        }
        for (read_as, chosen, names) in roles {
            let has = |name: &str| self.fields.keys().find(|field| field.eq_ignore_ascii_case(name)).cloned();
            let found = chosen.as_deref().map_or_else(|| names.iter().find_map(|(name, _)| has(name)), has);
            if let Some(name) = found {
                self.is_read_as(&name, read_as);
            }
        }
    }

    fn is_read_as(&mut self, name: &str, read_as: &'static str) {
        if let Some(field) = self.fields.get_mut(name) {
            field.read_as = field.read_as.or(Some(read_as));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn listed(text: &str, file: &str, chosen: Chosen) -> Vec<(String, Option<&'static str>, u64, String)> {
        let options = ReadOptions { fields: chosen, ..ReadOptions::default() };
        let list = list(Box::new(Cursor::new(text.as_bytes().to_vec())), file, &options).unwrap().unwrap();
        list.fields.into_iter().map(|(name, field)| (name, field.read_as, field.items, field.example)).collect()
    }

    fn roles(text: &str, file: &str) -> Vec<(String, &'static str)> {
        listed(text, file, Chosen::default()).into_iter().filter_map(|(name, read_as, ..)| Some((name, read_as?))).collect()
    }

    fn expected<const N: usize>(roles: [(&str, &'static str); N]) -> Vec<(String, &'static str)> {
        roles.map(|(name, role)| (name.to_owned(), role)).into()
    }

    #[test]
    fn fields_are_listed_with_what_they_are_read_as() {
        let eve = r#"{"timestamp":"2026-01-11T22:46:24.3+0000","event_type":"dns","src_ip":"192.0.2.7","dest_ip":"192.0.2.53","dns":{"rrname":"a.example","rrtype":"TXT","grouped":{"TXT":["x"]}}}"#;
        let of_eve = expected([
            ("dest_ip", "server"),
            ("dns.grouped.TXT", "answer"),
            ("dns.rrname", "query"),
            ("dns.rrtype", "type"),
            ("src_ip", "client"),
            ("timestamp", "time"),
        ]);
        assert_eq!(roles(eve, "x"), of_eve);
        let wrapped = serde_json::json!({"message": eve, "host": "h"}).to_string();
        assert_eq!(roles(&wrapped, "x"), of_eve);
        let elastic = r#"{"@timestamp":"2026-01-11T22:46:24Z","client":{"ip":"192.0.2.7"},"source":{"ip":"192.0.2.7"},"dns":{"question":{"name":"a","type":"TXT"},"answers":[{"type":"TXT","data":"x"}]}}"#;
        assert_eq!(
            roles(elastic, "x"),
            expected([
                ("@timestamp", "time"),
                ("client.ip", "client"),
                ("dns.answers.data", "answer"),
                ("dns.answers.type", "type of the answer"),
                ("dns.question.name", "query"),
                ("dns.question.type", "type"),
            ])
        );
        let csv = "_time,src,query,answer,note\n1,192.0.2.7,a.example,x,y\n2,192.0.2.7,a.example,x,\n";
        assert_eq!(roles(csv, "x.csv"), expected([("_time", "time"), ("answer", "answer"), ("query", "query"), ("src", "client")]));
        let zeek = "#separator \\x09\n#fields\tts\tid.orig_h\tid.resp_h\tquery\tqtype_name\tanswers\n1.5\t192.0.2.7\t192.0.2.53\ta.example\tTXT\tTXT 1 x\n";
        assert_eq!(
            roles(zeek, "x"),
            expected([
                ("answers", "answer"),
                ("id.orig_h", "client"),
                ("id.resp_h", "server"),
                ("qtype_name", "type"),
                ("query", "query"),
                ("ts", "time")
            ])
        );
    }

    #[test]
    fn chosen_fields_and_examples() {
        let chosen = Chosen { answer: Some("rr.data".into()), ..Chosen::default() };
        let json = "{\"text\":\"no\",\"rr\":[{\"data\":\"a\\u001bb\"}]}\n{\"rr\":[]}\n";
        let listed = listed(json, "x", chosen);
        let field = |name: &str| listed.iter().find(|(own, ..)| own == name).unwrap();
        assert_eq!((field("rr.data").1, &*field("rr.data").3, field("text").1), (Some("answer"), "a\\u{1b}b", None));
        assert_eq!(field("text").2, 1);
    }

    /// Found in review: a column without a cell was not listed, and a line that is too long ended the list.
    #[test]
    fn what_is_torn_hides_no_field() {
        let table = listed("a,b,text\n1,\"x\n", "x.csv", Chosen::default());
        assert_eq!(table.iter().map(|(name, _, items, _)| (&**name, *items)).collect::<Vec<_>>(), [("a", 1), ("b", 1), ("text", 0)]);
        let long = format!("{{\"text\":1}}\n{{\"text\":\"{}\"}}\n{{\"text\":\n{{\"src\":1}}\n", "x".repeat(9 << 20));
        assert_eq!(listed(&long, "x", Chosen::default()).into_iter().map(|(name, ..)| name).collect::<Vec<_>>(), ["src", "text"]);
    }

    #[test]
    fn what_has_no_fields_has_none_and_the_list_is_bounded() {
        let none = list(Box::new(Cursor::new(b"v=spf1 -all\n".to_vec())), "x", &ReadOptions::default()).unwrap();
        assert!(none.is_none());
        let many: String = (0..3000).map(|number| format!("{{\"text\":1,\"n{number}\":2,\"m\":3}}\n")).collect();
        let options = ReadOptions::default();
        let list = list(Box::new(Cursor::new(many.into_bytes())), "x", &options).unwrap().unwrap();
        assert_eq!((list.items, list.fields.len()), (MAX_ITEMS, MAX_FIELDS));
    }
}
