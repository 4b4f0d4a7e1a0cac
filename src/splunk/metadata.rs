//! The metadata of chunks as types: tolerant of what splunkd may send, exact in what is replied.
//!
//! Source: recordings of splunkd 6.3, 8.0 and 8.2. Keys come and go between versions. So every key is optional, unknown keys
//! are ignored, and a value of another JSON type than recorded is converted. The session key is one of the ignored keys: it
//! is never stored.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// The metadata of a chunk from splunkd.
#[derive(Debug, Default)]
pub struct Request {
    /// `getinfo` or `execute`; empty if the chunk names none.
    pub action: String,
    /// Whether this is the last chunk.
    pub finished: bool,
    pub searchinfo: SearchInfo,
}

/// The keys of a getinfo request that this command uses.
#[derive(Debug, Default)]
pub struct SearchInfo {
    /// The arguments of the command in SPL, without outer quotes.
    pub args: Vec<String>,
    /// The search id.
    pub sid: String,
    /// The app that the search runs in.
    pub app: String,
}

/// The members of an object as they are written. A key that appears twice has its last value. What nobody asks for is not
/// parsed: a number beyond any range in it, or half a surrogate, does not end a search.
type Members<'a> = HashMap<String, &'a RawValue>;

impl Request {
    /// Parses the metadata of a chunk. Empty metadata is a request without an action.
    ///
    /// # Errors
    /// If the metadata is not a JSON object.
    pub fn parse(metadata: &[u8]) -> serde_json::Result<Self> {
        if metadata.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        // Paths in it may hold bytes that are not UTF-8; none of the keys used here does.
        let metadata = String::from_utf8_lossy(metadata);
        let cleaned;
        let members: Members = match serde_json::from_str(&metadata) {
            Ok(members) => members,
            Err(_) => {
                cleaned = without_nan(&metadata); // Python's json writes it
                serde_json::from_str(&cleaned)?
            }
        };
        // Of another type than an object it says nothing.
        let inner = members.get("searchinfo").and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        let searchinfo =
            SearchInfo { args: texts(value(&inner, "args")?), sid: text(value(&inner, "sid")?), app: text(value(&inner, "app")?) };
        Ok(Self { action: text(value(&members, "action")?), finished: flag(&value(&members, "finished")?), searchinfo })
    }
}

/// JSON with `null` in place of `NaN` and `Infinity`, which are no JSON.
fn without_nan(json: &str) -> String {
    let (mut out, mut in_string, mut is_escaped) = (String::new(), false, false);
    for part in json.split_inclusive(['"', '\\', ' ', ',', ':', '[', ']', '{', '}']) {
        // Each part ends with one of these characters; what comes before is a word or a piece of a string.
        let word = part.trim_end_matches(['"', '\\', ' ', ',', ':', '[', ']', '{', '}']);
        let end = part.get(word.len()..).unwrap_or_default();
        out.push_str(if !in_string && matches!(word, "NaN" | "Infinity" | "-Infinity") { "null" } else { word });
        out.push_str(end);
        let was_escaped = std::mem::take(&mut is_escaped) && word.is_empty();
        match end {
            "\"" if !was_escaped => in_string = !in_string,
            "\\" => is_escaped = in_string && !was_escaped,
            _ => {}
        }
    }
    out
}

fn value(members: &Members<'_>, name: &str) -> serde_json::Result<Value> {
    members.get(name).map_or(Ok(Value::Null), |raw| serde_json::from_str(raw.get()))
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn texts(value: Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.into_iter().map(text).collect(),
        other => vec![text(other)],
    }
}

fn flag(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(word) => matches!(word.as_str(), "true" | "True" | "1" | "t"),
        _ => false,
    }
}

/// The metadata of a reply. The order of the fields is the order on the wire: splunkd wants `inspector` before `error`.
#[derive(Debug, Default, Serialize)]
pub struct Reply<'a> {
    /// `streaming` or `stateful`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_fields: Option<&'a [&'a str]>,
    #[serde(skip_serializing_if = "Inspector::is_empty")]
    pub inspector: Inspector,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'a str>,
}

/// Messages and costs that the user sees in the search bar and in Job Inspector.
#[derive(Debug, Default, Serialize)]
pub struct Inspector {
    /// Level (`ERROR`, `WARN`) and text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<(&'static str, String)>,
    /// Seconds, calls, rows in, rows out.
    #[serde(rename = "metric.dnstxtscore.score", skip_serializing_if = "Option::is_none")]
    pub cost: Option<(f64, u64, u64, u64)>,
}

impl Inspector {
    fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.cost.is_none()
    }
}

impl Reply<'_> {
    /// The metadata of the reply chunk.
    pub fn to_json(&self) -> Vec<u8> {
        // Strings, numbers and flags always serialise.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_optional_and_unknown_ones_are_ignored() {
        let request = Request::parse(br#"{"action":"getinfo","new":{"a":[1]},"searchinfo":{"x":null}}"#).unwrap();
        assert_eq!((request.action.as_str(), request.finished), ("getinfo", false));
        assert!(request.searchinfo.args.is_empty());
        assert_eq!(Request::parse(b"").unwrap().action, "");
        assert_eq!(Request::parse(b"{}").unwrap().action, "");
    }

    #[test]
    fn values_of_another_json_type_are_converted() {
        let request =
            Request::parse(br#"{"action":"execute","finished":1,"searchinfo":{"sid":17.5,"args":["a",1,null],"app":null}}"#).unwrap();
        assert!(request.finished);
        assert_eq!(request.searchinfo.sid, "17.5");
        assert_eq!(request.searchinfo.args, ["a", "1", ""]);
        assert!(Request::parse(br#"{"searchinfo":null,"finished":null}"#).is_ok());
        assert!(Request::parse(br#"{"searchinfo":"x","finished":false,"finished":true}"#).unwrap().finished);
        assert!(Request::parse(b"{\"action\":\"getinfo\",\"searchinfo\":{\"dispatch_dir\":\"/x\xff\"}}").is_ok());
    }

    /// Found by attack: keys that nobody reads ended a search. Python's parser takes both values.
    #[test]
    fn a_value_that_is_not_read_ends_no_search() {
        for unread in ["1e999", "-1e999", r#""\ud800""#, r#"[{"a":1e999}]"#, "NaN", "[-Infinity, Infinity ]", r#""a\"NaN,\\", "y":NaN"#] {
            let metadata = format!(r#"{{"action":"getinfo","x":{unread},"searchinfo":{{"y":{unread},"args":["a"]}}}}"#);
            assert_eq!(Request::parse(metadata.as_bytes()).unwrap().searchinfo.args, ["a"], "{unread}");
        }
        assert!(Request::parse(br#"{"searchinfo":{"args":["\ud800"]}}"#).is_err(), "an argument that cannot be read is not left out");
    }

    /// The session key is an unknown key, so no field may take its value.
    #[test]
    fn a_session_key_is_not_stored() {
        let request = Request::parse(br#"{"action":"getinfo","session_key":"s3cr3t","searchinfo":{"session_key":"s3cr3t"}}"#).unwrap();
        assert_eq!(request.action, "getinfo");
        assert!(!format!("{request:?}").contains("s3cr3t"), "{request:?}");
    }

    #[test]
    fn inspector_comes_before_error() {
        let reply = Reply {
            inspector: Inspector { messages: vec![("ERROR", "no \"x\"".into())], cost: None },
            finished: Some(true),
            error: Some("no \"x\""),
            ..Reply::default()
        };
        assert_eq!(
            String::from_utf8(reply.to_json()).unwrap(),
            r#"{"inspector":{"messages":[["ERROR","no \"x\""]]},"finished":true,"error":"no \"x\""}"#
        );
    }
}
