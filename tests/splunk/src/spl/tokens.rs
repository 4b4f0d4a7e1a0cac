//! Splits expressions of `eval` and `where` into tokens.

use std::collections::BTreeSet;

use crate::Result;

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Quoted(String),
    Name(String),
    Number(f64),
    Operator(&'static str),
}

const OPERATORS: [&str; 16] = ["==", "!=", "<=", ">=", "=", "<", ">", "(", ")", ",", "+", "-", "*", "/", ".", "%"];

/// The tokens of an expression.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>> {
    let (mut tokens, mut rest) = (Vec::new(), text.trim_start());
    while let Some(c) = rest.chars().next() {
        let length;
        if c == '"' {
            let (mut word, mut escaped, mut end) = (String::new(), false, None);
            for (i, c) in rest.char_indices().skip(1) {
                match c {
                    // Any other escape belongs to the function, as `\1` to replace.
                    _ if std::mem::take(&mut escaped) => word.extend((!matches!(c, '"' | '\\')).then_some('\\').into_iter().chain([c])),
                    '\\' => escaped = true,
                    '"' => {
                        end = Some(i + 1);
                        break;
                    }
                    c => word.push(c),
                }
            }
            length = end.ok_or_else(|| format!("a quote is not closed in `{text}`"))?;
            tokens.push(Token::Quoted(word));
        } else if c.is_ascii_digit() {
            length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            tokens.push(Token::Number(rest[..length].parse().map_err(|_| format!("`{}` is not a number", &rest[..length]))?));
        } else if c.is_ascii_alphabetic() || c == '_' {
            length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(Token::Name(rest[..length].into()));
        } else {
            let sign =
                OPERATORS.into_iter().find(|sign| rest.starts_with(sign)).ok_or_else(|| format!("`{c}` in `{text}` is not supported"))?;
            length = sign.len();
            tokens.push(Token::Operator(sign));
        }
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// Splits a list, such as the assignments of `eval`, at the commas outside quotes and parentheses.
pub(super) fn parts(text: &str) -> Vec<String> {
    let (mut parts, mut depth, mut quoted, mut escaped) = (vec![String::new()], 0, false, false);
    for c in text.chars() {
        match c {
            _ if std::mem::take(&mut escaped) => {}
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).collect()
}

/// The fields that an expression reads.
pub(super) fn names(text: &str) -> Result<BTreeSet<String>> {
    Ok(fields(&tokens(text)?))
}

/// The fields among the tokens of an expression.
pub(super) fn fields(tokens: &[Token]) -> BTreeSet<String> {
    let followed = tokens.iter().skip(1).map(Some).chain([None]);
    let names = tokens.iter().zip(followed).filter_map(|(token, next)| match token {
        Token::Name(name) if next != Some(&Token::Operator("(")) || is_operator(name) => (!is_operator(name)).then(|| name.clone()),
        _ => None,
    });
    names.collect()
}

fn is_operator(name: &str) -> bool {
    ["and", "or", "not"].iter().any(|word| name.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_outside_quotes_and_parentheses() {
        assert_eq!(parts("a=if(b, \"x,y\", c), d=1"), ["a=if(b, \"x,y\", c)", "d=1"]);
    }

    #[test]
    fn a_backslash_escapes_only_quotes_and_itself() {
        assert_eq!(tokens(r#""\"\ \1""#).unwrap(), [Token::Quoted(r#""\ \1"#.into())]);
    }
}
