//! The features of a channel: what its different names and texts look like together, as numbers, most of them from 0 to 1.
//!
//! `models/train/channels/features.py` says the same a second time, and `tests/reference.rs` compares both. The registered domain
//! and the client are not looked at, nor are times, order and repetition. Counts are capped: 20 and 200 give the same value.

use std::collections::HashMap;

use foldhash::fast;

use crate::channel::characters::{Counts, changes_of_digits};

/// How many features a channel has: means over names, means over texts, and features of the channel.
pub const COUNT: usize = OF_NAME + OF_TEXT + OF_CHANNEL;
const OF_NAME: usize = 11;
const OF_TEXT: usize = 12;
const OF_CHANNEL: usize = 12;

/// Bytes of a name and of a text that are looked at.
pub const MAX_NAME_BYTES: usize = 255;
pub const MAX_TEXT_BYTES: usize = 512;
/// Cap for the number of names or texts.
const MAX_BUSY: usize = 20;

/// A queried name of a channel.
#[derive(Clone, Copy, Debug)]
pub struct Name<'n> {
    /// The part below the registered domain, in lower case.
    pub below: &'n [u8],
    pub is_answered: bool,
}

/// A text of a channel.
#[derive(Clone, Copy, Debug)]
pub struct Text<'t> {
    /// The normalised text, or its first [`MAX_TEXT_BYTES`].
    pub part: &'t [u8],
    /// The length of the whole text.
    pub bytes: usize,
    /// From 0 to 1.
    pub score: f32,
}

/// The features of different names and different texts, in any order.
pub fn features(names: &[Name<'_>], texts: &[Text<'_>]) -> [f32; COUNT] {
    let names: Vec<Name<'_>> = names.iter().map(|name| Name { below: start(name.below, MAX_NAME_BYTES), ..*name }).collect();
    let texts: Vec<Text<'_>> = texts.iter().map(|text| Text { part: start(text.part, MAX_TEXT_BYTES), ..*text }).collect();
    let means = mean(names.iter().map(|name| of_name(name.below))).into_iter().chain(mean(texts.iter().map(of_text)));
    let mut all = [0.0; COUNT];
    for (place, value) in all.iter_mut().zip(means.chain(of_channel(&names, &texts))) {
        *place = value as f32;
    }
    all
}

fn start(bytes: &[u8], most: usize) -> &[u8] {
    bytes.get(..most).unwrap_or(bytes)
}

/// The mean of each feature; zeros without rows.
fn mean<const N: usize>(rows: impl ExactSizeIterator<Item = [f64; N]>) -> [f64; N] {
    let count = rows.len().max(1) as f64;
    let mut sums = [0.0; N];
    for row in rows {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    sums.map(|sum| sum / count)
}

/// A count as a share of the highest that makes a difference.
fn capped(count: usize, most: usize) -> f64 {
    count.min(most) as f64 / most as f64
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn is_vowel(byte: u8) -> bool {
    matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u')
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn of_name(name: &[u8]) -> [f64; OF_NAME] {
    let (mut digits, mut letters, mut vowels, mut dots, mut changes) = (0u32, 0u32, 0u32, 0u32, 0u32);
    let (mut run, mut longest_run) = (0u32, 0u32);
    let mut before = b'.';
    for byte in name.iter().copied() {
        let (is_digit, is_letter, is_vowel) = (byte.is_ascii_digit(), byte.is_ascii_alphabetic(), is_vowel(byte));
        digits = digits.saturating_add(u32::from(is_digit));
        letters = letters.saturating_add(u32::from(is_letter));
        vowels = vowels.saturating_add(u32::from(is_vowel));
        dots = dots.saturating_add(u32::from(byte == b'.'));
        let is_change = is_digit != before.is_ascii_digit() && !is_break(byte) && !is_break(before);
        changes = changes.saturating_add(u32::from(is_change));
        run = if is_letter && !is_vowel { run.saturating_add(1) } else { 0 };
        longest_run = longest_run.max(run);
        before = byte;
    }
    let (mut labels, mut longest, mut numbers, mut nibbles) = (0usize, 0usize, 0usize, 0usize);
    let (mut has_mark, mut has_hex) = (false, false);
    for label in labels_of(name) {
        labels = labels.saturating_add(1);
        longest = longest.max(label.len());
        numbers = numbers.saturating_add(usize::from(is_octet(label)));
        nibbles = nibbles.saturating_add(usize::from(matches!(label, [digit] if is_lower_hex(*digit))));
        has_mark |= label.first() == Some(&b'_');
        has_hex |= label.len() >= 8 && label.iter().all(|byte| is_lower_hex(*byte)) && label.iter().any(u8::is_ascii_digit);
    }
    let [digits, letters, vowels, dots, changes, longest_run] =
        [digits, letters, vowels, dots, changes, longest_run].map(|count| count as usize);
    [
        capped(name.len(), 120),
        capped(longest, 63),
        capped(labels, 8),
        share(digits, name.len().saturating_sub(dots)),
        share(changes, name.len()),
        share(vowels, letters),
        f64::from(u8::from(is_address(numbers, nibbles))),
        f64::from(u8::from(has_mark && longest <= MAX_SERVICE_LABEL)),
        f64::from(u8::from(has_hex)),
        capped(longest_run, 8),
        capped(changes, 16),
    ]
}

/// Characters beside which no change between digits and others counts.
fn is_break(byte: u8) -> bool {
    matches!(byte, b'.' | b'-' | b'_')
}

/// Characters of the longest label in the name of a service: a longer one carries data whatever stands beside it.
const MAX_SERVICE_LABEL: usize = 40;

/// Whether a name is an address that is asked for: four or five octets, or all nibbles of IPv6. More numbers carry data.
fn is_address(octets: usize, nibbles: usize) -> bool {
    (4..=5).contains(&octets) || nibbles == 32
}

/// A decimal number up to 255.
fn is_octet(label: &[u8]) -> bool {
    let number = || label.iter().fold(0u16, |number, digit| number.saturating_mul(10).saturating_add(u16::from(digit & 15)));
    label.len() <= 3 && label.iter().all(u8::is_ascii_digit) && number() <= 255
}

fn labels_of(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    name.split(|byte| *byte == b'.').filter(|label| !label.is_empty())
}

fn of_text(text: &Text<'_>) -> [f64; OF_TEXT] {
    let Text { part, bytes, score } = *text;
    let score = f64::from(score);
    let counts = Counts::of(part);
    let Counts { digits, spaces, hex, signs, other, .. } = counts;
    let word = counts.word();
    let changes = changes_of_digits(part);
    [
        score,
        f64::from(u8::from(score >= 0.5)),
        (score.max(1e-4) / 0.01).ln().max(0.0) / 5.0,
        capped(bytes, 255),
        share(word, part.len()),
        capped(spaces, 8),
        share(digits, part.len()),
        f64::from(u8::from(hex == part.len())),
        f64::from(u8::from(word.saturating_add(signs) == part.len())),
        share(other, part.len()),
        capped(changes, 32),
        f64::from(u8::from(bytes <= 4)),
    ]
}

fn of_channel(names: &[Name<'_>], texts: &[Text<'_>]) -> [f64; OF_CHANNEL] {
    let labels = || names.iter().flat_map(|name| labels_of(name.below));
    const USUAL_LABELS: usize = 4; // of a name: a table that grows is filled again
    let capacity = names.len().saturating_mul(USUAL_LABELS);
    let mut times: HashMap<&[u8], usize, fast::RandomState> = HashMap::with_capacity_and_hasher(capacity, fast::RandomState::default());
    for label in labels() {
        let seen = times.entry(label).or_default();
        *seen = seen.saturating_add(1);
    }
    let own: Vec<&[u8]> = times.iter().filter(|(_, count)| **count == 1).map(|(label, _)| *label).collect();
    let all_bytes = labels().map(<[u8]>::len).fold(0, usize::saturating_add);
    let own_bytes = own.iter().map(|label| label.len()).fold(0, usize::saturating_add);
    let highest = texts.iter().map(|text| f64::from(text.score)).fold(0.0, f64::max);
    [
        busy(names.len()),
        busy(texts.len()),
        highest,
        share(names.iter().filter(|name| !name.is_answered).count(), names.len()),
        f64::from(u8::from(texts.is_empty())),
        share(texts.len(), names.len()).min(1.0),
        share(all_bytes.saturating_sub(own_bytes), all_bytes),
        (share(own_bytes, names.len()) / 120.0).min(1.0),
        entropy(own.into_iter()) / 5.2,
        entropy(texts.iter().map(|text| text.part)) / 8.0,
        likeness(texts.iter().map(|text| text.part).collect()),
        likeness(names.iter().map(|name| name.below).collect()),
    ]
}

/// A count on a logarithmic scale, 1 at [`MAX_BUSY`] and above.
fn busy(count: usize) -> f64 {
    let scale = |count: usize| (1.0 + count as f64).log2();
    scale(count.min(MAX_BUSY)) / scale(MAX_BUSY)
}

/// Entropy, in bits per byte, of all parts together.
fn entropy<'p>(parts: impl Iterator<Item = &'p [u8]>) -> f64 {
    // Two, because the same byte often stands beside itself, and a count is slow to be read just after it was written.
    let mut counts = [[0u32; 256]; 2];
    for part in parts {
        let (pairs, rest) = part.as_chunks::<2>();
        for [even, odd] in pairs {
            let [evens, odds] = &mut counts;
            for (counts, byte) in [(evens, even), (odds, odd)] {
                if let Some(count) = counts.get_mut(usize::from(*byte)) {
                    *count = count.wrapping_add(1); // parts are short and few
                }
            }
        }
        if let ([last], [counts, _]) = (rest, &mut counts)
            && let Some(count) = counts.get_mut(usize::from(*last))
        {
            *count = count.wrapping_add(1);
        }
    }
    let [evens, odds] = counts;
    let counts: Vec<u32> = evens.into_iter().zip(odds).map(|(even, odd)| even.wrapping_add(odd)).filter(|count| *count > 0).collect();
    let total = f64::from(counts.iter().fold(0u32, |sum, count| sum.saturating_add(*count)));
    let shares = counts.iter().map(|count| f64::from(*count) / total);
    shares.map(|share| -share * share.log2()).sum()
}

/// What neighbours in alphabetical order have in common at their beginning, as a mean share of the shorter one.
fn likeness(mut values: Vec<&[u8]>) -> f64 {
    values.sort_unstable();
    let pairs = values.len().saturating_sub(1);
    if pairs == 0 {
        return 1.0;
    }
    let common = |a: &[u8], b: &[u8]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let shares = values.iter().zip(values.iter().skip(1)).map(|(a, b)| share(common(a, b), a.len().min(b.len())));
    shares.sum::<f64>() / pairs as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[(&str, bool)], texts: &[(&str, f32)]) -> [f32; COUNT] {
        let names: Vec<_> = names.iter().map(|(name, is_answered)| Name { below: name.as_bytes(), is_answered: *is_answered }).collect();
        let texts: Vec<_> = texts.iter().map(|(text, score)| Text { part: text.as_bytes(), bytes: text.len(), score: *score }).collect();
        features(&names, &texts)
    }

    #[test]
    fn an_empty_channel_and_an_empty_name_have_features() {
        assert!(of(&[], &[]).iter().all(|value| value.is_finite()));
        assert!(of(&[("", false), (".", true)], &[("", 0.0)]).iter().all(|value| value.is_finite()));
    }

    #[test]
    fn order_changes_nothing() {
        let (a, b) = (("a1.x", true), ("b2.x", false));
        let texts = [("ab12", 0.5), ("hello there", 0.125)];
        let swapped = [texts[1], texts[0]];
        assert_eq!(of(&[a, b], &texts), of(&[b, a], &swapped));
    }

    proptest::proptest! {
        #[test]
        fn no_channel_has_a_feature_that_is_not_a_number(
            names in proptest::collection::vec((proptest::collection::vec(0u8.., 0..300), proptest::bool::ANY), 0..20),
            texts in proptest::collection::vec((proptest::collection::vec(0u8.., 0..700), 0f32..=1.0), 0..20),
        ) {
            let names: Vec<_> = names.iter().map(|(name, is_answered)| Name { below: name, is_answered: *is_answered }).collect();
            let texts: Vec<_> = texts.iter().map(|(text, score)| Text { part: text, bytes: text.len(), score: *score }).collect();
            proptest::prop_assert!(features(&names, &texts).iter().all(|value| (-1.0..=2.0).contains(value)));
        }
    }
}
