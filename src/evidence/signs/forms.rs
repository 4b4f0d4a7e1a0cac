//! Data in forms that hold numbers or addresses: a list of numbers that fill a byte, and the address of a wallet at a length that no
//! address of its currency has.

/// What a form holds instead of what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormData {
    Numbers,
    Wallet,
}

impl FormData {
    /// The name in a sentence.
    pub fn description(self) -> &'static str {
        match self {
            Self::Numbers => "its numbers fill a byte, as if each was one",
            Self::Wallet => "its wallet address has a length that no address of its currency has",
        }
    }
}

/// What the form of a text carries, if it carries data.
pub fn form_data(text: &[u8]) -> Option<FormData> {
    if text.starts_with(b"oa1:") {
        return is_impossible_wallet(text).then_some(FormData::Wallet);
    }
    numbers_are_bytes(text).then_some(FormData::Numbers)
}

/// Currencies of OpenAlias records, and the lengths of their addresses: Base58Check and BIP 173 (Bitcoin and what came from it), EIP-55,
/// the Monero documentation (95, and 106 with a payment id), Base58 of 32 bytes (Solana), SEP-23 (Stellar), CIP-19 (Cardano).
const WALLETS: [(&[u8], std::ops::RangeInclusive<usize>); 11] = [
    (b"btc", 25..=90),
    (b"ltc", 25..=90),
    (b"bch", 25..=54),
    (b"doge", 25..=35),
    (b"dash", 25..=35),
    (b"trx", 34..=34),
    (b"eth", 40..=42),
    (b"xmr", 95..=106),
    (b"sol", 32..=44),
    (b"xlm", 56..=69),
    (b"ada", 58..=128),
];

/// Whether an OpenAlias record (`oa1:<currency> recipient_address=<address>; …`) holds no address of its currency.
fn is_impossible_wallet(text: &[u8]) -> bool {
    const KEY: &[u8] = b"recipient_address=";
    let Some(currency) = text.get(4..).and_then(|rest| rest.split(|byte| *byte == b' ').next()) else { return false };
    let Some((_, lengths)) = WALLETS.iter().find(|(name, _)| name.eq_ignore_ascii_case(currency)) else { return false };
    let Some(at) = memchr::memmem::find(text, KEY) else { return false };
    let rest = text.get(at.saturating_add(KEY.len())..).unwrap_or_default();
    let address = rest.split(|byte| *byte == b';' || *byte == b' ').next().unwrap_or_default();
    // A name of an account, and an address with words beside it, are no address at all.
    let is_one = address.iter().all(u8::is_ascii_alphanumeric);
    is_one && address.len() >= MIN_ADDRESS && !lengths.contains(&address.len())
}

const MIN_ADDRESS: usize = 16;

/// Whether most of a text is numbers up to 255 that are spread over that range.
///
/// Ordinary lists hold small numbers, near ones, or addresses: four numbers with a dot between each are an address.
fn numbers_are_bytes(text: &[u8]) -> bool {
    const MIN_NUMBERS: usize = 32;
    const BEGIN: usize = 48;
    let Some(begin) = text.get(..BEGIN) else { return false };
    if begin.iter().filter(|byte| byte.is_ascii_digit()).count() < BEGIN / 3 {
        return false;
    }
    let (mut seen, mut count, mut high, mut letters, mut dots) = ([false; 256], 0usize, 0usize, 0usize, 0usize);
    let mut rest = text;
    while let Some(byte) = rest.first() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, after) = rest.split_at_checked(digits.max(1)).unwrap_or((rest, &[]));
        rest = after;
        if digits == 0 {
            letters = letters.saturating_add(usize::from(byte.is_ascii_alphabetic()));
            dots = if *byte == b'.' { dots.saturating_add(1) } else { 0 };
            if dots == 3 {
                return false;
            }
            continue;
        }
        let value = number.iter().fold(0usize, |value, digit| value.saturating_mul(10).saturating_add(usize::from(digit & 15)));
        let Some(place) = seen.get_mut(value).filter(|_| digits <= 3) else { return false };
        *place = true;
        count = count.saturating_add(1);
        high = high.saturating_add(usize::from(value >= 128));
    }
    let different = seen.iter().filter(|is_seen| **is_seen).count();
    count >= MIN_NUMBERS
        && high.saturating_mul(3) >= count
        && high.saturating_mul(3) <= count.saturating_mul(2)
        && different.saturating_mul(4) >= count.min(120).saturating_mul(3)
        && letters.saturating_mul(2) <= count.saturating_mul(2).saturating_add(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers below `most` that nobody chose.
    fn numbers(count: u32, most: u32) -> Vec<u32> {
        let mut state = 7u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % most
        };
        (0..count).map(|_| next()).collect()
    }

    fn drawing(numbers: &[u32]) -> String {
        numbers.chunks(3).map(|three| format!("L{}.{} {}", three[0], three[1], three[2])).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn numbers_that_fill_a_byte_carry_data() {
        let bytes = numbers(60, 256);
        let listed = |sign: &str| bytes.iter().map(u32::to_string).collect::<Vec<_>>().join(sign);
        for text in [drawing(&bytes), listed(","), listed(" "), format!("points={}", listed("-"))] {
            assert_eq!(form_data(text.as_bytes()), Some(FormData::Numbers), "{text}");
        }
    }

    #[test]
    fn ordinary_lists_of_numbers_carry_none() {
        let counted = (1..120).map(|number: u32| number.to_string()).collect::<Vec<_>>().join(",");
        let octets = numbers(40, 256);
        let addresses = octets.chunks(4).map(|four| format!("{}.{}.{}.{}", four[0], four[1], four[2], four[3]));
        let addresses = addresses.collect::<Vec<_>>().join(" ");
        let few = numbers(20, 256).iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let large = numbers(60, 4000).iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        for text in [&drawing(&numbers(60, 100)), &counted, &addresses, &few, &large, "v=spf1 ip4:192.0.2.1 -all", ""] {
            assert_eq!(form_data(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_wallet_at_a_length_of_no_address_carries_data() {
        let record =
            |currency: &str, length: usize| format!("oa1:{currency} recipient_address={}; recipient_name=Shop;", "8".repeat(length));
        for (currency, length) in [("sol", 45), ("sol", 180), ("btc", 120), ("xmr", 60), ("XMR", 140), ("eth", 64)] {
            assert_eq!(form_data(record(currency, length).as_bytes()), Some(FormData::Wallet), "{currency} {length}");
        }
        for (currency, length) in [("sol", 44), ("sol", 32), ("btc", 34), ("btc", 62), ("xmr", 95), ("xmr", 106), ("eth", 42), ("new", 200)]
        {
            assert_eq!(form_data(record(currency, length).as_bytes()), None, "{currency} {length}");
        }
        assert_eq!(form_data(b"oa1:btc recipient_address=ask us by mail; recipient_name=Shop;"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_end_in_a_panic(text: Vec<u8>, lists in "[0-9.,; a-zM]{0,300}") {
            form_data(&text);
            form_data(lists.as_bytes());
            form_data(&[b"oa1:sol recipient_address=", &text[..]].concat());
        }
    }
}
