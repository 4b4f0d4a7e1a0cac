//! Splunk's multivalue twins: column `__mv_<field>` holds `$v1$;$v2$`, with each `$` of a value doubled. It is empty unless
//! the cell has two or more values. The plain column holds the same values joined by line feeds.
//!
//! Source: Splunk's documentation of the protocol, and recordings.

use std::borrow::Cow;

use crate::limits;

/// The name of a twin column begins with this.
pub const PREFIX: &str = "__mv_";

/// The values of a twin cell, or `None` if it is malformed. Of more than [`limits::MAX_TEXTS`] one more is returned, so that
/// the caller sees that there are too many.
pub fn decode(twin: &[u8]) -> Option<Vec<Cow<'_, [u8]>>> {
    let (mut values, mut rest) = (Vec::new(), twin);
    while values.len() <= limits::MAX_TEXTS {
        rest = rest.strip_prefix(b"$")?;
        let mut value = Cow::Borrowed(&[][..]);
        loop {
            let (before, after) = rest.split_at_checked(memchr::memchr(b'$', rest)?)?;
            // Nearly always the whole value, which is not copied: a list may hold millions.
            if value.is_empty() {
                value = Cow::Borrowed(before)
            } else {
                value.to_mut().extend_from_slice(before)
            }
            rest = after.strip_prefix(b"$")?;
            match rest.strip_prefix(b"$") {
                Some(more) => {
                    value.to_mut().push(b'$');
                    rest = more;
                }
                None => break,
            }
        }
        values.push(value);
        if rest.is_empty() {
            return Some(values);
        }
        rest = rest.strip_prefix(b";")?;
    }
    Some(values)
}

/// The twin cell of a list of values, as splunkd writes it.
pub fn encode<V: AsRef<[u8]>>(values: &[V]) -> Vec<u8> {
    let mut twin = Vec::new();
    for (i, value) in values.iter().enumerate() {
        if i > 0 {
            twin.push(b';');
        }
        twin.push(b'$');
        for byte in value.as_ref() {
            twin.push(*byte);
            if *byte == b'$' {
                twin.push(b'$');
            }
        }
        twin.push(b'$');
    }
    twin
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn documented_and_recorded_twins() {
        let decoded = |twin: &str| {
            decode(twin.as_bytes()).unwrap().into_iter().map(|v| String::from_utf8(v.into_owned()).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(decoded("$FIREFLY-WIN$;$beatles$"), ["FIREFLY-WIN", "beatles"]);
        assert_eq!(decoded("$a$;$$;$b$"), ["a", "", "b"]); // other parsers crashed on the empty value
        assert_eq!(decoded("$c$$d$"), ["c$d"]);
        assert_eq!(decoded("$a;b$$;$$c$"), ["a;b$;$c"]);
        assert_eq!(decoded("$$"), [""]);
    }

    #[test]
    fn a_malformed_twin_is_refused() {
        for twin in ["", "a", "$a", "$a$;", "$a$b$", "a$b$", "$a$ $b$", "$a$;b"] {
            assert_eq!(decode(twin.as_bytes()), None, "{twin:?}");
        }
    }

    /// Found by attack: of a million values and one more none was scored.
    #[test]
    fn a_list_may_hold_more_than_a_million_values() {
        let mut twin = b"$$;".repeat(1_000_000);
        twin.extend(b"$last$");
        let values = decode(&twin).unwrap();
        assert_eq!((values.len(), &**values.last().unwrap()), (1_000_001, &b"last"[..]));
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(values in prop::collection::vec(prop::collection::vec(prop_oneof![Just(b'$'), Just(b';'), any::<u8>()], 0..20), 1..6)) {
            let decoded = encode(&values);
            let decoded = decode(&decoded).unwrap().into_iter().map(Cow::into_owned).collect::<Vec<_>>();
            prop_assert_eq!(decoded, values);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }
}
