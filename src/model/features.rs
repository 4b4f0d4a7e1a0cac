//! From a text to what the embedded model reads: ids, and eight bytes of each.
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

/// Bytes that the network reads of one id.
pub const EMBEDDING: usize = 8;
pub type Embedded = [u8; EMBEDDING];

/// The embedding: what the network reads of each id. It stands beside the model, and the program looks it up, because that took
/// ONNX Runtime a third of a run.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    ids: &'static [Embedded],
    bytes: &'static [Embedded; 256],
}

impl Table {
    /// The table in a file: a line for each id. `None` if it has another number of lines.
    pub fn new(file: &'static [u8]) -> Option<Self> {
        let (ids, rest) = file.as_chunks();
        let bytes = ids.get(FIRST_BYTE as usize..)?.first_chunk()?;
        (ids.len() == VOCABULARY as usize && rest.is_empty()).then_some(Self { ids, bytes })
    }

    fn of(&self, id: i32) -> Embedded {
        usize::try_from(id).ok().and_then(|id| self.ids.get(id)).copied().unwrap_or_default()
    }

    fn of_byte(&self, byte: u8) -> Embedded {
        self.bytes.get(usize::from(byte)).copied().unwrap_or_default()
    }
}

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

    /// The ids of this window, without padding.
    pub fn ids(&self) -> impl Iterator<Item = i32> {
        let bytes = self.bytes.iter().map(|byte| FIRST_BYTE.saturating_add(i32::from(*byte)));
        std::iter::once(self.marker).chain(bytes).chain(self.last.then_some(END))
    }

    /// Overwrites `row`, which is as long as the bucket, with what the network reads: of each id its line of the table, then padding.
    pub fn embed(&self, table: &Table, row: &mut [Embedded]) {
        let Some((marker, rest)) = row.split_first_mut() else { return };
        *marker = table.of(self.marker);
        for (embedded, byte) in rest.iter_mut().zip(self.bytes) {
            *embedded = table.of_byte(*byte);
        }
        let padding = rest.get_mut(self.bytes.len()..).unwrap_or_default();
        padding.fill(table.of(PAD));
        if let (true, Some(end)) = (self.last, padding.first_mut()) {
            *end = table.of(END);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ids(text: &[u8]) -> Vec<Vec<i32>> {
        windows(text).map(|window| window.ids().collect()).collect()
    }

    /// A table whose lines hold the number of their id.
    fn table() -> Table {
        let lines: Vec<u8> = (0..VOCABULARY as u16).flat_map(|id| [id.to_le_bytes(), [0; 2], [0; 2], [0; 2]].concat()).collect();
        Table::new(lines.leak()).unwrap()
    }

    #[test]
    fn a_short_text_is_one_window() {
        assert_eq!(ids(b"ab"), [[START + 2, 98, 99, END]]);
        assert_eq!(ids(b""), [[START, END]]);
    }

    #[test]
    fn buckets_change_where_the_markers_no_longer_fit() {
        for (length, bucket) in [(22, 24), (23, 32), (128, 136), (134, 136), (135, 160), (446, 448), (447, 512), (510, 512)] {
            let text = vec![b'x'; length];
            let windows: Vec<_> = windows(&text).collect();
            assert_eq!((windows.len(), BUCKETS[windows[0].bucket()]), (1, bucket), "{length}");
        }
        assert_eq!(ids(&[b'x'; 511]).len(), 2);
    }

    #[test]
    fn a_table_has_a_line_for_each_id() {
        let lines = |count: usize| Table::new(vec![0; count].leak()).is_some();
        let expected = VOCABULARY as usize * EMBEDDING;
        assert!(lines(expected) && !lines(expected - EMBEDDING) && !lines(expected + 1) && !lines(0));
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
        fn a_row_holds_the_line_of_each_id_and_then_padding(text: Vec<u8>) {
            for window in windows(&text) {
                let mut row = vec![[9; EMBEDDING]; BUCKETS[window.bucket()]];
                window.embed(&table(), &mut row);
                let read: Vec<i32> = row.iter().map(|line| i32::from(u16::from_le_bytes([line[0], line[1]]))).collect();
                let ids: Vec<i32> = window.ids().collect();
                prop_assert_eq!(&read[..ids.len()], &ids[..]);
                prop_assert!(read[ids.len()..].iter().all(|id| *id == PAD));
            }
        }

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
