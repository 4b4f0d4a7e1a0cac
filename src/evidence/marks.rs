//! Which marks occur in a text: bytes that few texts have, each of which a look at the whole text depends on.

pub const CAPITAL: u8 = 1;
pub const CARET: u8 = 1 << 1;
pub const TILDE: u8 = 1 << 2;
pub const PERCENT: u8 = 1 << 3;
pub const ESCAPE: u8 = 1 << 4;
pub const TAB: u8 = 1 << 5;
/// Two spaces side by side.
pub const TWO_SPACES: u8 = 1 << 6;
pub const NOT_ASCII: u8 = 1 << 7;

/// The marks of a text, as one bit each.
pub fn marks_in(text: &[u8]) -> u8 {
    let last = text.last().map_or(0, |byte| of_pair(*byte, 0));
    let Some(end) = text.last_chunk::<BLOCK>() else {
        let next = text.get(1..).unwrap_or_default();
        return text.iter().zip(next).fold(last, |all, (byte, next)| all | of_pair(*byte, *next));
    };
    // Blocks of one length, the last one over the one before it: so a processor examines all bytes of a block at once.
    let mut all = [0; PAIRS];
    text.windows(BLOCK).step_by(PAIRS).filter_map(|block| block.try_into().ok()).for_each(|block| add(&mut all, block));
    add(&mut all, end);
    all.into_iter().fold(last, |all, marks| all | marks)
}

const PAIRS: usize = 16;
const BLOCK: usize = PAIRS + 1;

fn add(all: &mut [u8; PAIRS], block: &[u8; BLOCK]) {
    let [_, next @ ..] = block;
    for ((all, byte), next) in all.iter_mut().zip(block).zip(next) {
        *all |= of_pair(*byte, *next);
    }
}

/// The marks of a byte and the next one, without a branch or a table.
fn of_pair(byte: u8, next: u8) -> u8 {
    let bit = |is: bool, mark: u8| u8::from(is).wrapping_neg() & mark;
    bit(byte.is_ascii_uppercase(), CAPITAL)
        | bit(byte == b'^', CARET)
        | bit(byte == b'~', TILDE)
        | bit(byte == b'%', PERCENT)
        | bit(byte == 0x1b, ESCAPE)
        | bit(byte == b'\t', TAB)
        | bit(byte == b' ' && next == b' ', TWO_SPACES)
        | byte & NOT_ASCII
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mark_is_found_wherever_it_stands() {
        for (mark, with) in [
            (CAPITAL, "A"),
            (CARET, "^"),
            (TILDE, "~"),
            (PERCENT, "%"),
            (ESCAPE, "\x1b"),
            (TAB, "\t"),
            (TWO_SPACES, "  "),
            (NOT_ASCII, "é"),
        ] {
            for text in [
                with.to_owned(),
                format!("a b{with}"),
                format!("{with}a b"),
                format!("a{with}b"),
                format!("{}{with}{}", "a".repeat(15), "b".repeat(30)),
                format!("{}{with}", "a".repeat(40)),
            ] {
                assert_eq!(marks_in(text.as_bytes()), mark, "{text:?}");
            }
        }
        assert_eq!(marks_in(b""), 0);
        assert_eq!(marks_in(b"a b c d"), 0);
        assert_eq!(marks_in(b"A~\t"), CAPITAL | TILDE | TAB);
    }
}
