//! Splits a search into stages, and a stage into words.

use crate::Result;

/// The stages of an expanded search, split at the pipes outside quotes and outside the brackets of a subsearch.
pub fn stages(search: &str) -> Vec<String> {
    let (mut stages, mut quoted, mut escaped, mut depth) = (vec![String::new()], false, false, 0);
    for c in search.chars() {
        match c {
            _ if std::mem::take(&mut escaped) => {}
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth -= 1,
            '|' if !quoted && depth == 0 => {
                stages.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(stage) = stages.last_mut() {
            stage.push(c);
        }
    }
    stages.iter().map(|stage| stage.trim().to_owned()).filter(|stage| !stage.is_empty()).collect()
}

/// The words of a stage, separated by commas and white space. Quotes join words and are removed. A `<` or `>` is a word of its
/// own, and so is an equals sign between spaces.
///
/// # Errors
/// If a quote is not closed.
pub fn words(stage: &str) -> Result<Vec<String>> {
    let (mut words, mut word, mut quoted, mut escaped) = (Vec::new(), String::new(), false, false);
    for c in stage.chars() {
        match c {
            _ if std::mem::take(&mut escaped) => word.push(c),
            '\\' if quoted => {
                escaped = true;
                word.push(c);
            }
            '"' => quoted = !quoted,
            _ if quoted => word.push(c),
            ',' | ' ' | '\t' | '\n' => words.push(std::mem::take(&mut word)),
            '<' | '>' => words.extend([std::mem::take(&mut word), c.to_string()]),
            _ => word.push(c),
        }
    }
    if quoted {
        return Err(format!("a quote is not closed in `{stage}`"));
    }
    words.push(word);
    Ok(words.into_iter().filter(|word| !word.is_empty()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipes_in_quotes_do_not_separate_stages() {
        assert_eq!(stages("| a \"x|y\" | b"), ["a \"x|y\"", "b"]);
        assert_eq!(stages("a [b | c] | d"), ["a [b | c]", "d"]);
    }

    #[test]
    fn an_escaped_quote_ends_nothing() {
        assert_eq!(words("eval a=\"x \\\" y\"").unwrap(), ["eval", "a=x \\\" y"]);
    }
}
