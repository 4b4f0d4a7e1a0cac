//! From a text to the ids that the embedded model reads.
//!
//! A text becomes one or more windows: a marker, the bytes, and a marker at the end. The first marker encodes the length of
//! the text, because a convolution cannot count and vendors' tokens have exact lengths. Every byte of a text is in some
//! window, so no part of a long value is ignored.
//!
//! This file and `models/<name>/config.json` are the contract with the model; both are compared when the model opens. The
//! reference vectors beside the model were written by an independent implementation in Python.

/// The id of padding.
pub const PAD: i32 = 0;
/// The id of byte 0; the other bytes follow.
const FIRST_BYTE: i32 = 1;
/// The marker after the last byte of a text.
const END: i32 = 257;
/// The marker at the start of each window but the first.
const CONTINUED: i32 = 258;
/// The marker at the start of an empty text. A longer text starts with this plus its length class.
const START: i32 = 259;

/// Each length below this is a class of its own. Above, a class begins at each number of [`LONGER_CLASSES`].
const EXACT_LENGTHS: usize = 96;
const LONGER_CLASSES: [usize; 5] = [128, 192, 256, 384, 511];

/// How many ids there are: one more than the highest.
pub const VOCABULARY: i32 = START + (EXACT_LENGTHS + LONGER_CLASSES.len()) as i32 + 1;

/// Ids per window, markers included.
pub const WINDOW: usize = 512;
/// Bytes of text per window.
pub const CONTENT: usize = WINDOW - 2;
/// Bytes from one window to the next. Neighbours share 126 bytes, so a payload of that length is complete in one of them.
pub const STRIDE: usize = 384;
/// Windows are padded to the smallest of these lengths. The score does not depend on it, because padding is neutral to the
/// model.
///
/// All are multiples of eight, the stride of the network. So each part of a text is seen alike in every bucket.
pub const BUCKETS: [usize; 19] = [24, 32, 40, 48, 56, 64, 72, 88, 104, 120, 136, 160, 192, 224, 264, 320, 384, 448, 512];

/// A part of a text, as long as the model reads at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window<'t> {
    bytes: &'t [u8],
    marker: i32,
    last: bool,
}

fn length_class(length: usize) -> i32 {
    let is_exact = length < EXACT_LENGTHS;
    let longer = || LONGER_CLASSES.iter().take_while(|from| length >= **from).count().saturating_add(EXACT_LENGTHS);
    let class = if is_exact { length } else { longer() };
    class as i32 // at most 101
}

/// The windows of a text: at least one.
pub fn windows(text: &[u8]) -> impl Iterator<Item = Window<'_>> {
    let last = text.len().saturating_sub(CONTENT).div_ceil(STRIDE);
    (0..=last).map(move |i| {
        let rest = text.get(i.saturating_mul(STRIDE)..).unwrap_or_default();
        let marker = if i == 0 { START.saturating_add(length_class(text.len())) } else { CONTINUED };
        Window { bytes: rest.get(..CONTENT).unwrap_or(rest), marker, last: i == last }
    })
}

impl Window<'_> {
    /// The bucket that this window is padded to, as an index of [`BUCKETS`].
    pub fn bucket(&self) -> usize {
        let length = self.bytes.len().saturating_add(1).saturating_add(usize::from(self.last));
        BUCKETS.iter().position(|bucket| length <= *bucket).unwrap_or(BUCKETS.len().saturating_sub(1))
    }

    /// Overwrites `row` with the ids of this window and padding. `row` is as long as the bucket.
    pub fn write_ids(&self, row: &mut [i32]) {
        let Some((marker, rest)) = row.split_first_mut() else { return };
        *marker = self.marker;
        for (id, byte) in rest.iter_mut().zip(self.bytes) {
            *id = FIRST_BYTE.saturating_add(i32::from(*byte));
        }
        let padding = rest.get_mut(self.bytes.len()..).unwrap_or_default();
        padding.fill(PAD);
        if let (true, Some(end)) = (self.last, padding.first_mut()) {
            *end = END;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ids(text: &[u8]) -> Vec<Vec<i32>> {
        windows(text)
            .map(|window| {
                let mut row = vec![-1; BUCKETS[window.bucket()]];
                window.write_ids(&mut row);
                row
            })
            .collect()
    }

    #[test]
    fn a_short_text_is_one_padded_window() {
        let mut expected = vec![PAD; 24];
        expected[..4].copy_from_slice(&[START + 2, 98, 99, END]);
        assert_eq!(ids(b"ab"), [expected]);
        assert_eq!(ids(b"")[0][..3], [START, END, PAD]);
    }

    #[test]
    fn buckets_change_where_the_markers_no_longer_fit() {
        for (length, bucket) in [(22, 24), (23, 32), (128, 136), (134, 136), (135, 160), (446, 448), (447, 512), (510, 512)] {
            let ids = ids(&vec![b'x'; length]);
            assert_eq!((ids.len(), ids[0].len()), (1, bucket), "{length}");
        }
        assert_eq!(ids(&[b'x'; 511]).len(), 2);
    }

    #[test]
    fn no_id_is_beyond_the_vocabulary() {
        assert!((0..2000).all(|length| START + length_class(length) < VOCABULARY));
        assert_eq!(START + length_class(usize::MAX), VOCABULARY - 1);
    }

    #[test]
    fn length_classes_change_where_the_reference_says() {
        for (length, class) in [
            (0, 0),
            (95, 95),
            (96, 96),
            (127, 96),
            (128, 97),
            (255, 98),
            (256, 99),
            (383, 99),
            (384, 100),
            (510, 100),
            (511, 101),
            (9000, 101),
        ] {
            assert_eq!(length_class(length), class, "{length}");
        }
    }

    proptest! {
        #[test]
        fn every_byte_is_in_a_window_and_neighbours_overlap(length in 0..5000usize) {
            let text: Vec<u8> = (0..length).map(|i| i as u8).collect();
            let parts: Vec<_> = windows(&text).collect();
            let mut seen = 0;
            for (i, window) in parts.iter().enumerate() {
                let start = i * STRIDE;
                prop_assert!(start <= seen && window.bytes == &text[start..start + window.bytes.len()]);
                prop_assert_eq!((window.marker >= START, window.last), (i == 0, i + 1 == parts.len()));
                seen = start + window.bytes.len();
            }
            prop_assert_eq!(seen, length);
        }
    }
}
