//! The known-type table: what ordinary TXT records look like, by name.
//!
//! It explains a score, stratifies the model's figures and checks the generators that the model is trained on. It never
//! suppresses a score: a payload inside a valid record is still a payload. Each type is an anchored pattern or a small
//! validator, so a valid record with something added to it is no longer of that type. Where a valid record still leaves
//! room for a payload of an attacker's choice, `room` says what fits.
//!
//! References name the RFC, specification or vendor that defines the form; forms that only public zones show say so.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};
use sha2::{Digest, Sha256};

use crate::content::acts;

mod infrastructure;
mod mail;
mod verification;

/// What a record is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    Email,
    Verification,
    /// A bare token, whose owner only its place in the zone tells.
    Token,
    Http,
    Identity,
    Infrastructure,
    Reputation,
    Device,
    Text,
}

impl Group {
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Verification => "verification",
            Self::Token => "token",
            Self::Http => "http",
            Self::Identity => "identity",
            Self::Infrastructure => "infrastructure",
            Self::Reputation => "reputation",
            Self::Device => "device",
            Self::Text => "text",
        }
    }
}

/// How a text is recognised. A pattern may name the pieces of [`PIECES`] in braces and matches whole texts only.
#[derive(Clone, Copy)]
pub enum Check {
    Pattern(&'static str),
    Rule(fn(&[u8]) -> bool),
}

/// One known type.
pub struct Type {
    pub name: &'static str,
    pub group: Group,
    pub check: Check,
    /// Valid records of this type, written for this table.
    pub examples: &'static [&'static str],
    /// Near misses, among them each way in which an attacker would abuse the form.
    pub counter: &'static [&'static str],
    /// What of an attacker's choice still fits into a valid record: a payload there cannot be told by form. Empty: nothing.
    pub room: &'static str,
    pub reference: &'static str,
}

/// The room of a type whose record holds one token of exact alphabet and length.
const TOKEN: &str = "a token of this alphabet and length";

/// Named pieces of patterns: name, expression.
const PIECES: [(&str, &str); 22] = [
    ("hex", "[0-9a-f]"),
    ("HEX", "[0-9A-F]"),
    ("Hex", "[0-9A-Fa-f]"),
    ("low", "[a-z0-9]"),
    ("up", "[A-Z0-9]"),
    ("an", "[A-Za-z0-9]"),
    ("b64", "[A-Za-z0-9+/]"),
    ("url64", "[A-Za-z0-9_-]"),
    ("b32", "[a-z2-7]"),
    ("B32", "[A-Z2-7]"),
    ("b58", "[1-9A-HJ-NP-Za-km-z]"),
    ("UUID", "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"),
    ("uuid", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    ("mac", "[0-9A-F]{2}(?::[0-9A-F]{2}){5}"),
    ("ip4", "(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"),
    ("date", "(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]"),
    // The pieces below stand for whole words: a sampler may put something more natural in their place.
    ("host", r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z][A-Za-z0-9-]{1,23}"),
    ("name", "[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,38}[A-Za-z0-9])?"),
    (
        "ip6",
        "(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){1,7}:|(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}|::(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4})",
    ),
    ("mail", r"[A-Za-z0-9._%+=-]{1,64}@(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z][A-Za-z0-9-]{1,23}"),
    (
        "url",
        r"https?://(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z][A-Za-z0-9-]{1,23}(?::[0-9]{1,5})?(?:[/?#][!-~]{0,160})?",
    ),
    ("words", r"[^\x00-\x1f\x7f]{1,160}"),
];

/// Pieces that a sampler replaces by a word of its own, in the order of their marks: `host` is `\x01`.
pub const WORDS: [&str; 6] = ["host", "name", "ip6", "mail", "url", "words"];

impl Type {
    /// Whether what is free in a valid record looks encoded by nature: a token, a key, a digest.
    pub fn is_of_tokens(&self) -> bool {
        const BY_NATURE: [&str; 8] = ["token", "key", "digest", "signature", "identifier", "fingerprint", "certificate", "an address"];
        BY_NATURE.iter().any(|word| self.room.contains(word))
    }

    /// The pattern with every piece written out, if this type is a pattern. With `marks` it is for a sampler: without
    /// anchors, and pieces of [`WORDS`] are the control character of their place, for the sampler to fill.
    pub fn expression(&self, marks: bool) -> Option<String> {
        let Check::Pattern(pattern) = self.check else { return None };
        let mut expression = if marks { format!("(?:{pattern})") } else { format!("^(?:{pattern})$") };
        for (name, meaning) in PIECES {
            let mark = WORDS.iter().position(|word| *word == name);
            let piece = match (mark, name) {
                (Some(place), _) if marks => format!("\\x{:02x}", place + 1),
                (None, "Hex") if marks => "[0-9a-f]".into(), // either case is allowed, a mix is not natural
                (None, "UUID") if marks => "{uuid}".into(),
                _ => format!("(?:{meaning})"),
            };
            expression = expression.replace(&format!("{{{name}}}"), &piece);
        }
        Some(expression)
    }
}

/// All types, in the order in which they are tried: the narrow ones first.
pub fn types() -> impl Iterator<Item = &'static Type> {
    mail::TYPES.iter().chain(&verification::TYPES).chain(&infrastructure::TYPES)
}

/// The type of a normalised text, if it is of one.
pub fn of(text: &[u8]) -> Option<&'static Type> {
    compiled().iter().find(|one| one.matches(text)).map(|one| one.known)
}

/// Whether a normalised text is of this type, whatever narrower one it may be of.
pub fn is(name: &str, text: &[u8]) -> bool {
    compiled().iter().any(|one| one.known.name == name && one.matches(text))
}

/// A type with its pattern, if it has one.
struct Compiled {
    known: &'static Type,
    pattern: Option<Regex>,
}

impl Compiled {
    fn matches(&self, text: &[u8]) -> bool {
        // Types for people's words and for look-ups accept any sentence, except one that reads as a command.
        let acts = || matches!(self.known.group, Group::Text | Group::Reputation) && acts(&String::from_utf8_lossy(text)).is_some();
        self.has_form(text) && !acts()
    }

    fn has_form(&self, text: &[u8]) -> bool {
        match (self.known.check, &self.pattern) {
            (Check::Rule(rule), _) => rule(text),
            (Check::Pattern(_), Some(pattern)) => pattern.is_match(text),
            (Check::Pattern(_), None) => false,
        }
    }
}

fn compiled() -> &'static [Compiled] {
    static COMPILED: OnceLock<Vec<Compiled>> = OnceLock::new();
    COMPILED.get_or_init(|| types().map(|known| Compiled { known, pattern: compile(known) }).collect())
}

/// A pattern that does not compile matches nothing, and a test says so.
fn compile(one: &Type) -> Option<Regex> {
    RegexBuilder::new(&one.expression(false)?).unicode(false).build().ok()
}

/// What the model's card names: which state of this table its figures were stratified by.
pub fn hash() -> String {
    let mut digest = Sha256::new();
    for source in [
        include_str!("known.rs"),
        include_str!("known/mail.rs"),
        include_str!("known/verification.rs"),
        include_str!("known/infrastructure.rs"),
        include_str!("content.rs"),
    ] {
        digest.update(source);
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_type_recognises_its_examples_and_no_counter_example() {
        let mut wrong = Vec::new();
        for one in types() {
            assert!(!one.examples.is_empty(), "{} has no example", one.name);
            for (text, expected) in one.examples.iter().map(|text| (text, true)).chain(one.counter.iter().map(|text| (text, false))) {
                let found = of(text.as_bytes()).map(|found| found.name);
                if (found == Some(one.name)) != expected {
                    wrong.push(format!("{} expected {expected}, found {found:?}: {text:?}", one.name));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn names_are_unique_and_patterns_compile_with_every_piece_known() {
        let mut names = HashSet::new();
        for one in types() {
            assert!(names.insert(one.name), "{} stands twice", one.name);
            assert!(!one.reference.is_empty(), "{} names no reference", one.name);
            if let Check::Pattern(pattern) = one.check {
                assert!(compile(one).is_some(), "{}: {pattern} does not compile", one.name);
                let expression = one.expression(false).unwrap();
                let left = expression.split('{').skip(1).any(|piece| piece.starts_with(|c: char| c.is_ascii_alphabetic()));
                assert!(!left, "{}: unknown piece in {pattern}", one.name);
                let roomy = WORDS.iter().any(|word| *word != "ip6" && pattern.contains(&format!("{{{word}}}")));
                assert!(!roomy || !one.room.is_empty(), "{} takes a word of anybody's choice and names no room", one.name);
            }
        }
    }

    /// What an attacker would try with any known record: put a payload before or behind it, or run it on.
    #[test]
    fn a_known_record_with_a_payload_beside_it_is_of_no_type_that_has_no_room_for_it() {
        let payload = "TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        for one in types() {
            let example = one.examples[0];
            for text in [
                format!("{example} {payload}"),
                format!("{payload} {example}"),
                format!("{example}{payload}"),
                format!("{example};x={payload}"),
            ] {
                let found = of(text.as_bytes()).map(|found| (found.name, found.room)).unwrap_or(("", "none"));
                assert!(!found.1.is_empty(), "{} takes {text:?}", found.0);
                let exact = matches!(one.group, Group::Verification | Group::Token) && one.room == TOKEN;
                assert!(!exact || found.0 != one.name, "{} takes {text:?}", one.name);
            }
        }
    }

    /// A token has an alphabet and an end: no other sign is of it, and none fits behind it.
    #[test]
    fn a_proof_with_a_foreign_sign_in_its_token_is_not_of_its_type() {
        for one in types().filter(|one| one.room == TOKEN) {
            for example in one.examples {
                for text in [format!("{example}!"), format!("{example}$(id)"), example[..example.len() - 2].to_owned() + "!!"] {
                    assert_ne!(of(text.as_bytes()).map(|found| found.name), Some(one.name), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn any_bytes_have_an_answer() {
        let long = vec![b'v'; 100_000];
        for text in [&b""[..], b"\0", b"\xff\xfe", b"v=spf1 \xff", b"v=DKIM1; p=\xc3\x28", &long] {
            let _ = of(text);
        }
    }
}
