//! Text that an attacker may have written, made safe to display: it controls no terminal, breaks no line and hides nothing.

/// Whether a character has an effect on a display, or is invisible on it: controls, line separators, Unicode's
/// Default_Ignorable_Code_Point (DerivedCoreProperties.txt 17.0), of which each variation selector can carry a byte, and what
/// else fonts show as nothing.
pub fn needs_escaping(c: char) -> bool {
    let is_ignorable = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}');
    let is_blank = matches!(c, '\u{2800}' | '\u{fff9}'..='\u{fffb}');
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_ignorable || is_blank
}

/// The text with control, ANSI, direction and invisible characters written as `\u{…}`.
pub fn escape_for_display(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if needs_escaping(c) {
            out.extend(c.escape_unicode())
        } else {
            out.push(c)
        }
        out
    })
}

/// Bytes as [`escape_for_display`] writes text; bytes that are not UTF-8 become `\xNN`.
pub fn escape_bytes_for_display(bytes: &[u8]) -> String {
    bytes.utf8_chunks().fold(String::with_capacity(bytes.len()), |mut out, chunk| {
        out += &escape_for_display(chunk.valid());
        chunk.invalid().iter().for_each(|byte| out += &format!("\\x{byte:02x}"));
        out
    })
}

/// The text as one line of at most `max_chars` characters, cut with an ellipsis.
pub fn one_line(text: &str, max_chars: usize) -> String {
    let mut out = String::new();
    let mut count = 0usize;
    for c in text.chars() {
        // Line breaks and tabs become a space, and a run of them one space.
        let piece = match c {
            _ if c.is_ascii_whitespace() && out.ends_with(' ') => continue,
            _ if c.is_ascii_whitespace() => " ".to_owned(),
            _ if needs_escaping(c) => c.escape_unicode().to_string(),
            _ => c.to_string(),
        };
        let length = piece.chars().count();
        if count.saturating_add(length) >= max_chars {
            out.push('…');
            break;
        }
        count = count.saturating_add(length);
        out.push_str(&piece);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(escape_bytes_for_display(b"a\xff\x1bz\xc3\xa9\xc3"), r"a\xff\u{1b}zé\xc3");
        assert_eq!(escape_for_display("a\x1b[31m\u{202e}b\tc\u{9b}é"), r"a\u{1b}[31m\u{202e}b\u{9}c\u{9b}é");
    }

    #[test]
    fn one_line_is_cut_and_safe() {
        let text = one_line(&format!("\x1b[31m\u{202e}{}", "é".repeat(500)), 200);
        assert!(text.starts_with(r"\u{1b}[31m\u{202e}é") && text.ends_with('…') && text.chars().count() <= 200, "{text}");
        assert_eq!(one_line("short \t\n x", 200), "short x");
    }

    /// Found by attack: Mongolian and shorthand selectors, and unassigned ones, were shown as nothing.
    #[test]
    fn every_ignorable_character_is_escaped() {
        for c in ['\u{180b}', '\u{180f}', '\u{1bca0}', '\u{fff0}', '\u{e0fff}', '\u{e0080}'] {
            assert!(needs_escaping(c), "{c:?}");
        }
        assert!(!['é', '域', '😀', ' ', '\u{e1000}'].into_iter().any(needs_escaping));
    }

    /// Found in review: bytes in variation selectors after a record were not seen.
    #[test]
    fn invisible_characters_are_escaped() {
        assert_eq!(escape_for_display("v=spf1 -all\u{e0100}\u{fe0f}\u{3164}\u{2800}"), r"v=spf1 -all\u{e0100}\u{fe0f}\u{3164}\u{2800}");
    }
}
