//! One sentence about a channel: how many different answers and names it has, and what they look like.
//!
//! In: the different names and texts. Out: words that hold nothing an attacker wrote. The sentence describes; the score decides.

use crate::channel::characters::Counts;
use crate::channel::exchanges::Parts;
use crate::channel::features::{Name, Text};
use crate::columns;

/// Share of values that must have a form for the sentence to name it.
const MOST: f64 = 0.8;

/// The sentence of a channel, with the service whose domain it is, if that is known.
pub fn reason(parts: &Parts<'_>, service: Option<&str>) -> String {
    let mut said = Vec::new();
    said.extend(service.map(|service| format!("the domain of {service}")));
    said.push(of_texts(&parts.texts));
    said.extend(of_names(&parts.names));
    if parts.has_more {
        said.push("only some of its exchanges were examined".into());
    }
    said.join("; ")
}

fn of_texts(texts: &[Text<'_>]) -> String {
    if texts.is_empty() {
        return "no answers".into();
    }
    let suspicious =
        texts.iter().filter(|text| columns::is_suspicious(columns::round_score(text.score), columns::DEFAULT_THRESHOLD)).count();
    let lengths = range(texts.iter().map(|text| text.bytes));
    let mostly = if texts.len() > 1 { "mostly " } else { "" };
    let form = most(texts.iter().map(|text| form_of(text.part))).map(|form| format!(", {mostly}{form}")).unwrap_or_default();
    let counted = match texts.len() {
        1 => "one answer".into(),
        many => format!("{many} different answers"),
    };
    let verdict = match suspicious {
        0 => String::new(),
        1 if texts.len() == 1 => ", suspicious".into(),
        all if all == texts.len() => ", all suspicious".into(),
        some => format!(", {some} of them suspicious"),
    };
    format!("{counted} of {lengths} {}{form}{verdict}", if lengths == "1" { "byte" } else { "bytes" })
}

fn of_names(names: &[Name<'_>]) -> Vec<String> {
    let unanswered = names.iter().filter(|name| !name.is_answered).count();
    let lengths = range(names.iter().map(|name| name.below.len()));
    let form = most(names.iter().filter_map(|name| longest_label(name.below)).map(form_of)).filter(|form| *form != Form::Words);
    let form = form.map(|form| format!(", mostly {form}")).unwrap_or_default();
    let counted = match names {
        [] => return Vec::new(),
        [Name { below: b"", .. }] => "only the domain itself was queried".into(),
        [_] => "one name queried".into(),
        _ => format!(
            "{} different names below the domain, of {lengths} {}{form}",
            names.len(),
            if lengths == "1" { "character" } else { "characters" }
        ),
    };
    let mut said = vec![counted];
    if unanswered > 0 && names.len() > unanswered {
        said.push(format!("{unanswered} of these names got no answer"));
    }
    said
}

fn longest_label(name: &[u8]) -> Option<&[u8]> {
    name.split(|byte| *byte == b'.').max_by_key(|label| label.len()).filter(|label| !label.is_empty())
}

/// `12` or `12 to 40`.
fn range(values: impl Iterator<Item = usize> + Clone) -> String {
    let (low, high) = (values.clone().min().unwrap_or_default(), values.max().unwrap_or_default());
    if low == high { low.to_string() } else { format!("{low} to {high}") }
}

/// What most values have.
fn most(forms: impl Iterator<Item = Form>) -> Option<Form> {
    const ALL: [Form; 5] = [Form::Hex, Form::Base32, Form::Base64, Form::Bytes, Form::Words];
    let (mut counts, mut all) = ([0usize; ALL.len()], 0usize);
    for form in forms {
        all = all.saturating_add(1);
        counts.iter_mut().zip(ALL).filter(|(_, one)| *one == form).for_each(|(count, _)| *count = count.saturating_add(1));
    }
    let is_most = |count: usize| count as f64 >= MOST * all as f64;
    ALL.into_iter().zip(counts).find(|(_, count)| is_most(*count)).map(|(form, _)| form)
}

/// How a value is written, judged by its first characters alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Hex,
    Base32,
    Base64,
    Bytes,
    Words,
}

impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Hex => "hex",
            Self::Base32 => "base32-like text",
            Self::Base64 => "base64-like text",
            Self::Bytes => "binary data",
            Self::Words => "plain text",
        })
    }
}

/// Characters below which an alphabet says nothing.
const MIN_ENCODED: usize = 12;

fn form_of(value: &[u8]) -> Form {
    const EXAMINED: usize = 64;
    let value = value.get(..EXAMINED).unwrap_or(value);
    if value.len() < MIN_ENCODED {
        return if value.iter().all(|byte| (32..127).contains(byte)) { Form::Words } else { Form::Bytes };
    }
    let counts = Counts::of(value);
    let Counts { digits, lower, upper, signs, other, hex, .. } = counts;
    let are_all = |count: usize| count == value.len();
    if other > 0 {
        Form::Bytes
    } else if are_all(digits) || digits == 0 && value.len() < 2 * MIN_ENCODED {
        Form::Words
    } else if are_all(hex) {
        Form::Hex
    } else if are_all(lower.saturating_add(digits)) || are_all(upper.saturating_add(digits)) {
        Form::Base32
    } else if are_all(counts.word().saturating_add(signs)) {
        Form::Base64
    } else {
        Form::Words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::exchanges::Exchanges;

    fn of(exchanges: &[(&str, Option<(&str, f32)>)]) -> String {
        let mut channel = Exchanges::default();
        for (name, answer) in exchanges {
            channel.add(name.as_bytes(), answer.map(|(text, score)| (text.as_bytes(), score)));
        }
        reason(&channel.parts(), None)
    }

    #[test]
    fn a_tunnel_and_ordinary_channels_in_words() {
        let tunnel = [
            ("4a1c01f5000d1e2b3c.t.example.com", Some(("8f2201f5000d1e2b3c", 0.1))),
            ("51d301f5000d1e2b3d.t.example.com", Some(("9a0401f5000d1e2b3d00", 0.1))),
            ("77aa01f5000d1e2b3e.t.example.com", None),
        ];
        assert_eq!(
            of(&tunnel),
            "2 different answers of 18 to 20 bytes, mostly hex; 3 different names below the domain, of 20 characters, mostly hex; 1 of these names got no answer"
        );
        assert_eq!(
            of(&[("example.com", Some(("v=spf1 -all", 0.0)))]),
            "one answer of 11 bytes, plain text; only the domain itself was queried"
        );
        assert_eq!(
            of(&[("a.example.com", Some(("aWV4IChpcm0geC5leGFtcGxlKQ==", 0.95)))]),
            "one answer of 28 bytes, base64-like text, suspicious; one name queried"
        );
        assert_eq!(of(&[("a.example.com", Some(("1", 0.0)))]), "one answer of 1 byte, plain text; one name queried");
        assert_eq!(of(&[]), "no answers");
    }

    #[test]
    fn nothing_that_an_attacker_wrote_is_in_the_sentence() {
        let said = of(&[("\u{1b}[2J.example.com", Some(("\u{1b}[2Jxyz", 0.9)))]);
        assert!(!said.contains('\u{1b}') && !said.contains("xyz"), "{said}");
    }
}
