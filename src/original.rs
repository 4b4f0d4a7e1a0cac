//! Text to token numbers as the original detection did it, so that its weights can be run and compared. Its network is a
//! classifier of known forms, not our judgement; what is odd here is odd there, and is kept.
//!
//! Checked against the original on 2,000 texts (`tests/original.rs`, where `../shared` is at hand) and against a second
//! implementation in Python on made ones.

use std::collections::HashMap;

/// The vocabulary's number for a gram that it does not hold.
pub const UNKNOWN: i32 = 1;

/// Grams and their numbers.
pub type Vocabulary = HashMap<String, i32, foldhash::fast::RandomState>;

/// White space of Python's `str.split`: Unicode's, and four separators that Rust leaves out.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Whether a text gives a token at all. Without one the original raised an error, and the whole call failed.
pub fn has_token(text: &str) -> bool {
    text.chars().any(|c| !is_space(c) && !matches!(c, '"' | '\''))
}

/// Adds the token numbers of a text: of each word all 2-grams, then all 3-grams, then all 4-grams, with one space of padding on
/// both sides of the word.
pub fn tokens(text: &str, vocabulary: &Vocabulary, out: &mut Vec<i32>) {
    let text = simplified(text);
    let mut padded = String::new();
    let mut starts: Vec<usize> = Vec::new();
    for word in text.split(is_space).filter(|word| !word.is_empty()) {
        padded.clear();
        padded.extend([" ", word, " "]);
        starts.clear();
        starts.extend(padded.char_indices().map(|(start, _)| start));
        starts.push(padded.len());
        for characters in 2..=4 {
            for (from, to) in starts.iter().zip(starts.iter().skip(characters)) {
                let gram = padded.get(*from..*to).unwrap_or_default().trim_matches(' ');
                out.push(vocabulary.get(gram).copied().unwrap_or(UNKNOWN));
            }
        }
    }
}

/// Spaces around three signs and all quotes removed, lower case: nine passes, in the original's order.
fn simplified(text: &str) -> String {
    let mut text = text.to_owned();
    for (spaced, sign) in
        [(" = ", "="), (" =", "="), ("= ", "="), (" - ", "-"), (" -", "-"), ("- ", "-"), (" : ", ":"), (": ", ":"), (" :", ":")]
    {
        if text.contains(spaced) {
            text = text.replace(spaced, sign);
        }
    }
    text.retain(|c| !matches!(c, '"' | '\''));
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn grams(text: &str) -> Vec<i32> {
        let known = ["a", "ab", "b", "b=", "=c"];
        let vocabulary = known.iter().enumerate().map(|(place, gram)| ((*gram).to_owned(), place as i32 + 2)).collect();
        let mut out = Vec::new();
        tokens(text, &vocabulary, &mut out);
        out
    }

    #[test]
    fn a_word_of_n_characters_gives_three_times_n_grams() {
        assert_eq!(grams("a"), [2, 2, 2]);
        assert_eq!(grams("ab"), [2, 3, 4, 3, 3, 3]);
        assert_eq!(grams("A\u{1f}\"a'"), [2, 2, 2, 2, 2, 2], "U+001F parts words, quotes are nothing");
        assert_eq!(grams("zz"), [UNKNOWN; 6]);
    }

    #[test]
    fn spaces_around_signs_go_in_the_originals_order() {
        assert_eq!(simplified("a = b - c : d"), "a=b-c:d");
        assert_eq!(simplified("a   =   b"), "a = b", "one pass each");
        assert_eq!(simplified("A' =\"B"), "a=b");
        assert_eq!(simplified("ΟΔΟΣ İ"), "οδος i\u{307}");
    }

    #[test]
    fn nothing_but_space_and_quotes_has_no_token() {
        for text in ["", " \u{1c}\t", "\"'\"", "\u{a0}"] {
            assert!(!has_token(text) && grams(text).is_empty(), "{text:?}");
        }
        assert!(has_token("-") && has_token("\u{0}"));
    }

    proptest! {
        #[test]
        fn any_text_has_tokens_where_it_is_said_to(text: String) {
            prop_assert_eq!(!grams(&text).is_empty(), has_token(&text));
            prop_assert_eq!(grams(&text).len() % 3, 0);
        }
    }
}
