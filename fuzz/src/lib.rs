//! What must hold for any bytes at all. Each function panics where it does not, and a fuzz target is one call of it.

#![forbid(unsafe_code)]

pub mod captures;
pub mod readers;
pub mod splunk;
pub mod texts;

use dnstxtscore::splunk::rows::{self, Rows};

/// Cells of each row, quotes removed, as long as the body is a table; the header is the first.
fn table(body: &[u8]) -> Result<Vec<Vec<Vec<u8>>>, rows::Error> {
    let (mut rows, mut cells, mut out) = (Rows::new(body), Vec::new(), Vec::new());
    while rows.next(&mut cells)?.is_some() {
        out.push(cells.iter().map(|cell| rows::value(&body[cell.clone()]).into_owned()).collect());
    }
    Ok(out)
}

/// A score that any text has, for itself alone.
fn fake_score(text: &[u8]) -> f32 {
    text.iter().fold(17u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte))) as f32 / u32::MAX as f32
}
