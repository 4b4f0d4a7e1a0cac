//! What an attacker wrote, made safe to show: it acts on no terminal, breaks no line and hides nothing.

/// Whether a character acts on what shows it instead of being shown.
pub fn is_hostile(c: char) -> bool {
    // Variation selectors carry a byte each and show nothing, as do fillers.
    let hides_bytes = matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{1d173}'..='\u{1d17a}');
    let fills = matches!(c, '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{2800}' | '\u{ffa0}');
    let turns = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{61c}' | '\u{feff}');
    let hides = matches!(c, '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{3164}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    c.is_control() || turns || hides || hides_bytes || fills
}

/// A text that an attacker may have written, fit for a terminal: control, ANSI and direction characters escaped.
pub fn shown(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if is_hostile(c) {
            out.extend(c.escape_unicode())
        } else {
            out.push(c)
        }
        out
    })
}

/// Bytes that an attacker may have written: text as [`shown`] has it, what is none as `\xNN`.
pub fn shown_bytes(bytes: &[u8]) -> String {
    bytes.utf8_chunks().fold(String::with_capacity(bytes.len()), |mut out, chunk| {
        out += &shown(chunk.valid());
        chunk.invalid().iter().for_each(|byte| out += &format!("\\x{byte:02x}"));
        out
    })
}

/// A text as one line of at most so many characters, cut with an ellipsis.
pub fn one_line(text: &str, most: usize) -> String {
    let mut out = String::new();
    let mut count = 0;
    for c in text.chars() {
        // A line break or a tab becomes a space, several of them one: what is shown is one line.
        let piece = match c {
            _ if c.is_ascii_whitespace() && out.ends_with(' ') => continue,
            _ if c.is_ascii_whitespace() => " ".to_owned(),
            _ if is_hostile(c) => c.escape_unicode().to_string(),
            _ => c.to_string(),
        };
        let length = piece.chars().count();
        if count + length >= most {
            out.push('…');
            break;
        }
        count += length;
        out.push_str(&piece);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_are_escaped() {
        assert_eq!(shown_bytes(b"a\xff\x1bz\xc3\xa9\xc3"), r"a\xff\u{1b}zé\xc3");
        assert_eq!(shown("a\x1b[31m\u{202e}b\tc\u{9b}é"), r"a\u{1b}[31m\u{202e}b\u{9}c\u{9b}é");
    }

    #[test]
    fn what_is_shown_is_cut_and_harmless() {
        let text = one_line(&format!("\x1b[31m\u{202e}{}", "é".repeat(500)), 200);
        assert!(text.starts_with(r"\u{1b}[31m\u{202e}é") && text.ends_with('…') && text.chars().count() <= 200, "{text}");
        assert_eq!(one_line("short \t\n x", 200), "short x");
    }

    /// Found in review: bytes in variation selectors behind a record were not seen.
    #[test]
    fn what_shows_nothing_is_shown() {
        assert_eq!(shown("v=spf1 -all\u{e0100}\u{fe0f}\u{3164}\u{2800}"), r"v=spf1 -all\u{e0100}\u{fe0f}\u{3164}\u{2800}");
    }
}
