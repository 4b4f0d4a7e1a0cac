//! From a text to token numbers, as the original detection did it, so that its weights can be run and compared. Its oddities
//! are kept on purpose.
//!
//! Checked against the original on 2,000 texts (`xtask/tests/import.rs`, if `../shared` is present) and against a second
//! implementation in Python on generated ones (`tests/imported_model.rs`).

use std::collections::HashMap;

use crate::text::is_python_space;

/// The number of a gram that is not in the vocabulary.
pub const UNKNOWN: i32 = 1;

/// Grams and their numbers.
pub type Vocabulary = HashMap<String, i32, foldhash::fast::RandomState>;

/// Appends the token numbers of a text: for each word all 2-grams, then all 3-grams, then all 4-grams, with the word padded
/// by one space on both sides.
pub fn tokens(text: &str, vocabulary: &Vocabulary, out: &mut Vec<i32>) {
    let text = simplified(text);
    let mut padded = String::new();
    let mut starts: Vec<usize> = Vec::new();
    for word in text.split(is_python_space).filter(|word| !word.is_empty()) {
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

/// Removes spaces around three characters, then all quotes, then lowers the case: nine passes, in the original's order.
fn simplified(text: &str) -> String {
    let mut text = text.to_owned();
    for (spaced, character) in
        [(" = ", "="), (" =", "="), ("= ", "="), (" - ", "-"), (" -", "-"), ("- ", "-"), (" : ", ":"), (": ", ":"), (" :", ":")]
    {
        if text.contains(spaced) {
            text = text.replace(spaced, character);
        }
    }
    text.retain(|c| !matches!(c, '"' | '\''));
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::raw_text;
    use proptest::prelude::*;

    fn has_token(text: &str) -> bool {
        raw_text(text.as_bytes()).is_some()
    }

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
        assert_eq!(grams("A\u{1f}\"a'"), [2, 2, 2, 2, 2, 2], "U+001F separates words, and quotes are ignored");
        assert_eq!(grams("zz"), [UNKNOWN; 6]);
    }

    #[test]
    fn spaces_are_removed_in_the_originals_order() {
        assert_eq!(simplified("a = b - c : d"), "a=b-c:d");
        assert_eq!(simplified("a   =   b"), "a = b", "one pass each");
        assert_eq!(simplified("A' =\"B"), "a=b");
        assert_eq!(simplified("ΟΔΟΣ İ"), "οδος i\u{307}");
    }

    #[test]
    fn only_space_and_quotes_give_no_token() {
        for text in ["", " \u{1c}\t", "\"'\"", "\u{a0}"] {
            assert!(!has_token(text) && grams(text).is_empty(), "{text:?}");
        }
        assert!(has_token("-") && has_token("\u{0}"));
    }

    proptest! {
        #[test]
        fn raw_text_is_some_exactly_if_there_are_tokens(text: String) {
            prop_assert_eq!(!grams(&text).is_empty(), has_token(&text));
            prop_assert_eq!(grams(&text).len() % 3, 0);
        }
    }
}
