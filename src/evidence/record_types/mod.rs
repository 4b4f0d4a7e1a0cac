//! The table of known record types: what ordinary TXT records look like, by name.
//!
//! In: a normalised text. Out: the type that the whole text is of, or none.
//! The table explains scores, groups the model's figures and checks the generators that the model is trained on. It never
//! lowers a score: a payload inside a valid record is still a payload. It must not know the model.
//!
//! Each type is an anchored pattern or a small parser, so a valid record with something added is no longer of that type. If a
//! valid record still has room for data of an attacker's choice, `free_part` says where.

pub mod infrastructure;
pub mod mail;
pub mod patterns;
pub mod record_type;
pub mod verification;

use std::sync::OnceLock;

use regex::bytes::Regex;

use crate::digest::sha256;
use crate::evidence::words::{WORDS, executable_kind};
use patterns::{PIECES, compile, literal_start};
pub use record_type::{Check, FreePart, Group, Prefix, RecordType};

/// All types, in the order in which they are tried: narrow ones first.
pub fn all() -> impl Iterator<Item = &'static RecordType> {
    mail::TYPES.iter().chain(&verification::TYPES).chain(&infrastructure::TYPES)
}

/// The type of a normalised text: the first one that matches.
pub fn classify(text: &[u8]) -> Option<&'static RecordType> {
    compiled().iter().find(|one| one.matches(text)).map(|one| one.record_type)
}

/// Whether a normalised text is of the named type, even if an earlier type matches it too.
pub fn matches_type(name: &str, text: &[u8]) -> bool {
    compiled().iter().any(|one| one.record_type.name == name && one.matches(text))
}

/// The type whose records begin like the text, and how; if several do, the longest prefix, and of equals the first type. The
/// prefix must end at `=`, `:`, `;`, a space or the end of the text, and its case does not matter.
pub fn begins_like(text: &[u8]) -> Option<(&'static RecordType, Prefix)> {
    let begins = |prefix: &str| {
        text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
            && text.get(prefix.len()).is_none_or(|next| b"=:; ".contains(next))
    };
    let prefixes = all().flat_map(|one| one.prefixes.iter().map(move |prefix| (one, *prefix)));
    prefixes.filter(|(_, prefix)| begins(prefix.text())).reduce(
        |best, next| {
            if next.1.text().len() > best.1.text().len() { next } else { best }
        },
    )
}

/// A type and its pattern, if it has one, compiled when the first text begins like it.
struct Compiled {
    record_type: &'static RecordType,
    begin: &'static str,
    pattern: OnceLock<Option<Regex>>,
}

impl Compiled {
    fn matches(&self, text: &[u8]) -> bool {
        // Types for people's words and for look-ups accept any sentence, except one that reads as a command.
        let is_prose = matches!(self.record_type.group, Group::Text | Group::Reputation);
        self.has_format(text) && !(is_prose && executable_kind(text).is_some())
    }

    fn has_format(&self, text: &[u8]) -> bool {
        match self.record_type.check {
            Check::Rule(_, rule) => rule(text),
            Check::Pattern(_) => {
                let pattern = || self.pattern.get_or_init(|| compile(self.record_type.check)).as_ref();
                text.starts_with(self.begin.as_bytes()) && pattern().is_some_and(|pattern| pattern.is_match(text))
            }
        }
    }
}

impl From<&'static RecordType> for Compiled {
    fn from(record_type: &'static RecordType) -> Self {
        let begin = match record_type.check {
            Check::Pattern(pattern) => literal_start(pattern),
            Check::Rule(..) => "",
        };
        Self { record_type, begin, pattern: OnceLock::new() }
    }
}

fn compiled() -> &'static [Compiled] {
    static COMPILED: OnceLock<Vec<Compiled>> = OnceLock::new();
    COMPILED.get_or_init(|| all().map(Compiled::from).collect())
}

/// The state of the table that a model card names: 16 hexadecimal digits of a SHA-256 over the table's data. Comments, order of
/// code and file names do not change it; neither does the code of a rule, which is represented by its name and examples.
pub fn hash() -> String {
    let mut data = String::new();
    let mut add = |parts: &[&str]| {
        for part in parts {
            data.push_str(part);
            data.push('\0');
        }
        data.push('\n');
    };
    PIECES.iter().for_each(|(name, meaning)| add(&[name, meaning]));
    WORDS.iter().for_each(|(kind, place, words)| add(&[&[kind.name(), place.name()], *words].concat()));
    add(&infrastructure::DEVICE_KEYS);
    for one in all() {
        let (how, check) = match one.check {
            Check::Pattern(pattern) => ("pattern", pattern),
            Check::Rule(name, _) => ("rule", name),
        };
        add(&[one.name, one.group.name(), how, check, one.free_part.kind(), one.reference]);
        for prefix in one.prefixes {
            add(&[prefix.text(), prefix.separator().map(String::from).as_deref().unwrap_or_default()]);
        }
        add(one.examples);
        add(one.counterexamples);
    }
    sha256(data.as_bytes()).chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::patterns::{SAMPLED_WORDS, expression};
    use super::*;

    #[test]
    fn each_type_recognises_its_examples_and_no_counterexample() {
        let mut wrong = Vec::new();
        for one in all() {
            assert!(!one.examples.is_empty(), "{} has no example", one.name);
            let counterexamples = one.counterexamples.iter().map(|text| (text, false));
            for (text, expected) in one.examples.iter().map(|text| (text, true)).chain(counterexamples) {
                let found = classify(text.as_bytes()).map(|found| found.name);
                if (found == Some(one.name)) != expected {
                    wrong.push(format!("{} expected {expected}, found {found:?}: {text:?}", one.name));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn names_are_unique_and_patterns_compile_with_known_pieces_only() {
        let mut names = HashSet::new();
        for one in all() {
            assert!(names.insert(one.name), "{} appears twice", one.name);
            assert!(!one.reference.is_empty(), "{} has no reference", one.name);
            if let Check::Pattern(pattern) = one.check {
                assert!(compile(one.check).is_some(), "{}: {pattern} does not compile", one.name);
                let expression = expression(one.check).unwrap();
                let has_unknown = expression.split('{').skip(1).any(|piece| piece.starts_with(|c: char| c.is_ascii_alphabetic()));
                assert!(!has_unknown, "{}: unknown piece in {pattern}", one.name);
                let has_words = SAMPLED_WORDS.iter().any(|word| *word != "ip6" && pattern.contains(&format!("{{{word}}}")));
                assert!(!has_words || one.free_part != FreePart::Nothing, "{} accepts any word but names no free part", one.name);
            }
        }
    }

    #[test]
    fn every_prefix_begins_an_example_and_finds_its_type() {
        let mut wrong = Vec::new();
        for one in all() {
            for prefix in one.prefixes {
                let begins_example = one.examples.iter().any(|example| example.starts_with(prefix.text()));
                let found = begins_like(format!("{}=", prefix.text()).as_bytes()).map(|(found, _)| found.prefixes.contains(prefix));
                if !begins_example || found != Some(true) {
                    wrong.push(format!("{}: {prefix:?}", one.name));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    /// The ways in which an attacker would abuse any known record: a payload before it, after it, or joined to it.
    #[test]
    fn a_record_with_an_added_payload_is_not_of_a_type_without_a_free_part() {
        let payload = "TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        for one in all() {
            let example = one.examples[0];
            for text in [
                format!("{example} {payload}"),
                format!("{payload} {example}"),
                format!("{example}{payload}"),
                format!("{example};x={payload}"),
            ] {
                let Some(found) = classify(text.as_bytes()) else { continue };
                assert_ne!(found.free_part, FreePart::Nothing, "{} accepts {text:?}", found.name);
                assert!(one.free_part != FreePart::Token || found.name != one.name, "{} accepts {text:?}", one.name);
            }
        }
    }

    /// A token has an alphabet and an end: no other character belongs to it, and none may follow it.
    #[test]
    fn a_token_with_a_character_outside_its_alphabet_is_not_of_its_type() {
        for one in all().filter(|one| one.free_part == FreePart::Token) {
            for example in one.examples {
                for text in [format!("{example}!"), format!("{example}$(id)"), example[..example.len() - 2].to_owned() + "!!"] {
                    assert_ne!(classify(text.as_bytes()).map(|found| found.name), Some(one.name), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn any_bytes_can_be_classified() {
        let long = vec![b'v'; 100_000];
        for text in [&b""[..], b"\0", b"\xff\xfe", b"v=spf1 \xff", b"v=DKIM1; p=\xc3\x28", &long] {
            let _ = classify(text);
        }
    }
}
