//! Marks of known tunnels and C2 tools that no other program leaves in an answer.
//!
//! Where a tool encrypts or encodes everything (Cobalt Strike's tasks, Sliver, dnstt), nothing in its answers is unmistakable, so it
//! has no entry.

use std::sync::OnceLock;

use memchr::memmem::Finder;

use crate::evidence::marks::CAPITAL;

/// The tool that a text is a message of. `marks` are its own.
pub fn tool(text: &[u8], marks: u8) -> Option<&'static str> {
    let begins = |list: &[&str]| list.iter().any(|begin| text.starts_with(begin.as_bytes()));
    match text.first()? {
        // sensepost/goDoH, protocol/constants.go: no command, an error, a command.
        b'v' if begins(&["v=B2B3FE1C", "v=D31CFAA4", "v=A9F466E8"]) => Some("goDoH"),
        b't' | b'T' if is_iodine(text) => Some("iodine"),
        first if first.is_ascii_hexdigit() && is_dnscat2(text) => Some("dnscat2"),
        _ if marks & CAPITAL == 0 => None,
        _ => alpha_mixed().find(text).map(|_| "Metasploit or Cobalt Strike"),
    }
}

/// The decoder that Metasploit and Cobalt Strike put before alphanumeric shellcode (`x86/alpha_mixed`).
fn alpha_mixed() -> &'static Finder<'static> {
    static FINDER: OnceLock<Finder<'static>> = OnceLock::new();
    FINDER.get_or_init(|| Finder::new(b"jAXP0A0AkAAQ2AB2BB0BBABXP8ABuJI"))
}

/// `VACK`, `VNAK`, `VFUL`, `LNAK`, `BADIP`, `BADCODEC`, `BADFRAG` and `BADLEN` in iodine's base32 (`src/base32.c`: `a` to `z`, then `0` to
/// `5`), after the letter of the codec.
const IODINE: [&str; 8] = ["kzaugs", "kzhecs", "kzdfkt", "jrhecs", "ijauiskq", "ijauiq0pircu", "ijauirssifd", "ijauitcfj"];

fn is_iodine(text: &[u8]) -> bool {
    const MAX_CHARS: usize = 17;
    let text = text.get(1..).unwrap_or_default();
    text.len() < MAX_CHARS
        && IODINE.iter().any(|begin| text.get(..begin.len()).is_some_and(|start| start.eq_ignore_ascii_case(begin.as_bytes())))
}

/// The exchange of keys: an id, the type 3, a session, a subtype of 0 or 1, flags of 0, and a public key of 64 bytes, in hex
/// (dnscat2, `doc/protocol.md`).
fn is_dnscat2(text: &[u8]) -> bool {
    const DIGITS: usize = 146;
    text.len() == DIGITS
        && text.get(4..6) == Some(b"03")
        && matches!(text.get(10..18), Some(b"00000000" | b"00010000"))
        && text.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_known_tools_are_named() {
        let keys = format!("a1b203c3d400000000{}", "ab".repeat(64));
        for (text, expected) in [
            ("v=B2B3FE1C", Some("goDoH")),
            ("v=A9F466E8,p=636d64", Some("goDoH")),
            ("tkzaugs0aaaabyda", Some("iodine")),
            ("tijauiskq", Some("iodine")),
            (&*keys, Some("dnscat2")),
            ("PYIIIIIIIIIIIIIIII7QZjAXP0A0AkAAQ2AB2BB0BBABXP8ABuJIp1k", Some("Metasploit or Cobalt Strike")),
            ("PYIIIIIIIIIIIIIII7QZ", None),
            ("TYjAXP0A0AkAAQ2AB2BB0BBABXP8ABuJIilK", Some("Metasploit or Cobalt Strike")),
            ("v=BIMI1; l=", None),
            ("tkzaugs0aaaabyda0aaaabydaxx", None),
            ("a1b203c3d400000000", None),
            ("", None),
        ] {
            assert_eq!(tool(text.as_bytes(), crate::evidence::marks::marks_in(text.as_bytes())), expected, "{text}");
        }
    }

    /// `src/base32.c` of iodine, done again.
    #[test]
    fn the_words_of_iodine_are_its_base32() {
        const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz012345";
        let words = ["VACK", "VNAK", "VFUL", "LNAK", "BADIP", "BADCODEC", "BADFRAG", "BADLEN"];
        for (word, expected) in words.into_iter().zip(IODINE) {
            let bits: String = word.bytes().map(|byte| format!("{byte:08b}")).collect();
            let letters = bits.as_bytes().chunks_exact(5).map(|five| usize::from_str_radix(std::str::from_utf8(five).unwrap(), 2).unwrap());
            assert_eq!(letters.map(|number| char::from(LETTERS[number])).collect::<String>(), expected, "{word}");
        }
    }
}
