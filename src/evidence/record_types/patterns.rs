//! The patterns of record types: named pieces, and their expansion to regular expressions.

use regex::bytes::{Regex, RegexBuilder};

use super::record_type::Check;

/// Named pieces of patterns: the name and its expression.
pub const PIECES: [(&str, &str); 22] = [
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
    // The pieces below are whole words: a sampler may replace them by something more natural.
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

/// Pieces that a sampler replaces by words of its own, in the order of their placeholders: `host` is `\x01`.
pub const SAMPLED_WORDS: [&str; 6] = ["host", "name", "ip6", "mail", "url", "words"];

/// The regular expression of a pattern, with every piece expanded; `None` if the type is recognised by a rule.
pub fn expression(check: Check) -> Option<String> {
    let Check::Pattern(pattern) = check else { return None };
    Some(expand(format!("^(?:{pattern})$"), |_, meaning| format!("(?:{meaning})")))
}

/// The same without anchors, for a sampler. The pieces in [`SAMPLED_WORDS`] become the control character of their position,
/// which the sampler replaces.
pub fn sampler_expression(check: Check) -> Option<String> {
    let Check::Pattern(pattern) = check else { return None };
    let piece = |name: &str, meaning: &str| match (SAMPLED_WORDS.iter().position(|word| *word == name), name) {
        (Some(position), _) => format!("\\x{:02x}", position.wrapping_add(1)),
        (None, "Hex") => "[0-9a-f]".into(), // either case is allowed, but a mix is not natural
        (None, "UUID") => "{uuid}".into(),
        _ => format!("(?:{meaning})"),
    };
    Some(expand(format!("(?:{pattern})"), piece))
}

fn expand(pattern: String, piece: impl Fn(&str, &str) -> String) -> String {
    PIECES.iter().fold(pattern, |expression, (name, meaning)| expression.replace(&format!("{{{name}}}"), &piece(name, meaning)))
}

/// The characters that every text of a pattern begins with; perhaps none. They save compiling and trying nearly all patterns.
pub fn literal_start(pattern: &str) -> &str {
    let depth = |end: usize| {
        let before = pattern.get(..end).unwrap_or_default();
        before.matches('(').count().saturating_sub(before.matches(')').count())
    };
    let is_choice = pattern.match_indices('|').any(|(at, _)| depth(at) == 0);
    let end = pattern.find(|c| r"\.+*?()|[]{}^$".contains(c)).filter(|_| !is_choice);
    let (start, rest) = pattern.split_at(end.unwrap_or(if is_choice { 0 } else { pattern.len() }));
    // The last character may be left out or repeated.
    let is_counted = rest.strip_prefix('{').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if is_counted || rest.starts_with(['?', '*']) { start.get(..start.len().saturating_sub(1)).unwrap_or_default() } else { start }
}

/// The compiled pattern; `None` for a rule, or if the pattern is invalid, which a test reports.
pub fn compile(check: Check) -> Option<Regex> {
    RegexBuilder::new(&expression(check)?).unicode(false).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_literal_start_of_a_pattern_ends_where_texts_may_differ() {
        for (pattern, start) in [
            ("google-site-verification[=:] ?{url64}{43}", "google-site-verification"),
            ("apple={an}{16}", "apple="),
            ("MS=ms[0-9]{8}", "MS=ms"),
            ("https?://x", "http"),
            ("ab*c", "a"),
            ("ab{2}c", "a"),
            ("ab+c", "ab"),
            ("a=b|c=d", ""),
            ("a=(?:b|c)", "a="),
            ("a=(?:b|c)|d", ""),
            ("plain text", "plain text"),
            (r"a\.b", "a"),
            ("{hex}{8}", ""),
        ] {
            assert_eq!(literal_start(pattern), start, "{pattern}");
        }
    }
}
