//! Finds the words of a list in a text, whatever their case, in one pass: nearly every text has none, and must cost little.
//!
//! Own code, because the automaton of the crate `aho-corasick` took longer (0.35 microseconds per text of 79 bytes for the commands
//! alone, 0.11 for all words): its tables leave the processor's cache. Of each word two groups of three bytes are kept, one at an even
//! and one at an odd place: those that ordinary records have least. A text is looked up at every second byte, so that one of the two is
//! met.

/// Words to find, in lower case, of four bytes and more.
pub struct WordList {
    words: Vec<&'static str>,
    /// One bit for each value of [`key_of`]: whether a word has these three bytes in its chosen place.
    keys: Box<[u64; KEYS / 64]>,
    /// The same of [`with_next`]: the three bytes and the one after them.
    nexts: Box<[u64; KEYS / 64]>,
    /// How many bits of `keys` are set before each of its 64-bit words.
    set_before: Box<[u16; KEYS / 64]>,
    /// Of each key that is set, in order, where its words begin in `entries`. One more at the end.
    starts: Vec<u16>,
    entries: Vec<Entry>,
}

/// A word by its key, and where its three bytes begin in it. In the order of keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    key: u16,
    number: u16,
    place: u16,
}

const KEYS: usize = 1 << 15;
const KEY_BYTES: usize = 3;

/// What ordinary records are made of.
const ORDINARY: &str = "v=spf1 include:_spf.google.com include:spf.protection.outlook.com ip4: ip6: a:mail. mx:mx1. a mx ptr redirect=_spf. include:amazonses.com \
    include:sendgrid.net include:servers.mcsv.net include:spf.mandrillapp.com include:mailgun.org include:spf.mtasv.net include:zendesk.com -all ~all ?all \
    v=DMARC1; p=none; p=reject; p=quarantine; sp=none; pct=100; rua=mailto:dmarc@ ruf=mailto:postmaster@ fo=1; adkim=r; aspf=r v=DKIM1; k=rsa; t=s; p=MIG \
    google-site-verification= facebook-domain-verification= apple-domain-verification= atlassian-domain-verification= adobe-idp-site-verification= \
    globalsign-domain-verification= MS=ms docusign= webexdomainverification. cisco-ci-domain-verification= zoom_verify_ stripe-verification= \
    onetrust-domain-verification= logmein-verification-code= dropbox-domain-verification= teamviewer-sso-verification= openai-domain-verification= \
    heritage=external-dns,external-dns/owner= the domain of and for this is to in on by with from your contact please information \
    https://www. http:// .com .net .org .de .fr .nl .co.uk .gov .edu .cloud.";

/// The key of the first three of four bytes: five bits of each. Capital and small letters have the same five.
fn key_of(four: [u8; 4]) -> usize {
    let all = u32::from_le_bytes(four);
    (all & 0x1f | all >> 3 & 0x3e0 | all >> 6 & 0x7c00) as usize
}

/// A key and the byte after its three: a number of the same range.
fn with_next(key: usize, next: u8) -> usize {
    const ODD: usize = 0x2b3d; // spreads five bits over fifteen
    (key ^ usize::from(next & 31).wrapping_mul(ODD)) & (KEYS - 1)
}

/// The keys of all places of a text.
fn keys_of(text: &[u8]) -> impl Iterator<Item = usize> {
    text.windows(KEY_BYTES).map(|three| if let [a, b, c] = three { key_of([*a, *b, *c, 0]) } else { 0 })
}

impl WordList {
    /// A list of words. Their numbers are their places.
    pub fn new(words: Vec<&'static str>) -> Self {
        let mut common = vec![0u16; KEYS];
        for key in keys_of(ORDINARY.as_bytes()) {
            if let Some(count) = common.get_mut(key) {
                *count = count.saturating_add(1);
            }
        }
        let mut keys = Box::new([0u64; KEYS / 64]);
        let mut nexts = Box::new([0u64; KEYS / 64]);
        let mut entries = Vec::with_capacity(words.len());
        for (number, word) in words.iter().enumerate() {
            // Every other byte of a text is looked at, so one place is chosen of the even and one of the odd.
            for parity in 0..2 {
                let places = keys_of(word.as_bytes()).enumerate().skip(parity).step_by(2);
                let rarest = places.min_by_key(|(_, found)| common.get(*found).copied());
                let Some((place, found)) = rarest else { continue }; // too short
                if let Some(bits) = keys.get_mut(found / 64) {
                    *bits |= 1 << (found % 64);
                }
                // After the last three bytes of a word anything may stand.
                let after = word.as_bytes().get(place.saturating_add(KEY_BYTES));
                let after = after.map_or(0..32, |byte| (byte & 31)..(byte & 31).saturating_add(1));
                after.map(|byte| with_next(found, byte)).for_each(|key| {
                    if let Some(bits) = nexts.get_mut(key / 64) {
                        *bits |= 1 << (key % 64);
                    }
                });
                entries.push(Entry { key: found as u16, number: number as u16, place: place as u16 });
            }
        }
        entries.sort_unstable();
        let mut set_before = Box::new([0u16; KEYS / 64]);
        let mut set = 0u16;
        for (bits, before) in keys.iter().zip(set_before.iter_mut()) {
            *before = set;
            set = set.saturating_add(bits.count_ones() as u16);
        }
        let mut starts = Vec::new();
        let mut last = None;
        for (start, entry) in entries.iter().enumerate() {
            if last != Some(entry.key) {
                starts.push(start as u16);
                last = Some(entry.key);
            }
        }
        starts.push(entries.len() as u16);
        Self { words, keys, nexts, set_before, starts, entries }
    }

    /// Hands on each word that stands in a text: its number, and what stands before and after it. They come about in the order of their
    /// places.
    pub fn find(&self, text: &[u8], mut found: impl FnMut(usize, &[u8], &[u8])) {
        let is_key = |key: usize| self.keys.get(key / 64).is_some_and(|bits| bits >> (key % 64) & 1 != 0);
        // Pairs of bytes and the pairs after them, since windows of three in steps of two take twice as long.
        let (pairs, last) = text.as_chunks::<2>();
        let after = pairs.get(1..).unwrap_or_default();
        for (number, ([a, b], [c, d])) in pairs.iter().zip(after).enumerate() {
            let key = key_of([*a, *b, *c, *d]);
            if is_key(key) {
                self.words_at(text, number.saturating_mul(2), key, &mut found);
            }
        }
        if let (Some([a, b]), [c]) = (pairs.last(), last) {
            let key = key_of([*a, *b, *c, 0]);
            if is_key(key) {
                self.words_at(text, text.len().saturating_sub(KEY_BYTES), key, &mut found);
            }
        }
    }

    /// Hands on the words with this key, whose three bytes are those at `at`.
    #[inline(never)]
    fn words_at(&self, text: &[u8], at: usize, key: usize, found: &mut impl FnMut(usize, &[u8], &[u8])) {
        let next = with_next(key, text.get(at.saturating_add(KEY_BYTES)).copied().unwrap_or_default());
        if self.nexts.get(next / 64).is_none_or(|bits| bits >> (next % 64) & 1 == 0) {
            return;
        }
        let (bits, before) = (self.keys.get(key / 64).copied(), self.set_before.get(key / 64).copied());
        let lower = bits.unwrap_or_default() & (1u64 << (key % 64)).wrapping_sub(1);
        let place = usize::from(before.unwrap_or_default()).saturating_add(lower.count_ones() as usize);
        let range = self.starts.get(place).zip(self.starts.get(place.saturating_add(1)));
        let own = range.and_then(|(start, end)| self.entries.get(usize::from(*start)..usize::from(*end)));
        for Entry { number, place, .. } in own.unwrap_or_default() {
            let number = usize::from(*number);
            let (Some(word), Some(start)) = (self.words.get(number), at.checked_sub(usize::from(*place))) else { continue };
            let Some((before, rest)) = text.split_at_checked(start) else { continue };
            if let Some((own, after)) = rest.split_at_checked(word.len())
                && own.eq_ignore_ascii_case(word.as_bytes())
            {
                found(number, before, after);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WORDS: [&str; 6] = ["iex(", "irm http", "| sh", "abca", "abcab", "bcab"];

    fn found(text: &[u8]) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        WordList::new(WORDS.to_vec()).find(text, |number, before, after| {
            assert_eq!(before.len() + WORDS[number].len() + after.len(), text.len());
            all.push((before.len(), number));
        });
        all.sort_unstable();
        all
    }

    #[test]
    fn words_are_found_in_any_case_and_over_each_other() {
        assert_eq!(found(b"ABCAB IEX( | SH"), [(0, 3), (0, 4), (1, 5), (6, 0), (11, 2)]);
        assert_eq!(found(b"xABCAB IEX( | SH"), [(1, 3), (1, 4), (2, 5), (7, 0), (12, 2)]);
        assert_eq!(found(b""), []);
        assert_eq!(found(b"ab"), []);
    }

    proptest! {
        #[test]
        fn it_finds_what_a_plain_search_finds(text in "[abcABC |SHshx]{0,60}") {
            let lower = text.to_lowercase();
            let mut plain: Vec<_> = (0..lower.len()).flat_map(|at| (0..WORDS.len()).map(move |number| (at, number))).collect();
            plain.retain(|(at, number)| lower[*at..].starts_with(WORDS[*number]));
            prop_assert_eq!(found(text.as_bytes()), plain);
        }

        #[test]
        fn no_bytes_end_in_a_panic(text: Vec<u8>) {
            found(&text);
        }
    }
}
