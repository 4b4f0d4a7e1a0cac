//! The rows of the bench: records of the record types' patterns, and random answers like those of tunnels, in realistic lengths.

use std::collections::HashSet;
use std::io::Write as _;

use dnstxtscore::splunk::rows;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use crate::{Result, label};

/// Chunks of the runs that are compared.
const CHUNKS: usize = 4;

/// This many different texts: nine records of known types to one answer of a tunnel.
pub(super) fn texts(count: usize, seed: u64) -> Result<Vec<Vec<u8>>> {
    let mut random = StdRng::seed_from_u64(seed);
    let types: Vec<_> = label::sampled().collect();
    let (mut seen, mut texts) = (HashSet::new(), Vec::with_capacity(count));
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for round in 0.. {
        for one in &types {
            for text in label::samples(one, 20, seed + round)? {
                let noise: Vec<u8> = (0..random.random_range(30..250)).map(|_| ALPHABET[random.random_range(0..64)]).collect();
                let text = if random.random_range(0..10) == 0 { noise } else { text.into_bytes() };
                if seen.insert(text.clone()) {
                    texts.push(text);
                }
            }
        }
        if texts.len() >= count {
            break;
        }
    }
    texts.shuffle(&mut random);
    texts.truncate(count);
    Ok(texts)
}

/// The body of a chunk as splunkd writes it: the text, its number, and their twins.
pub(super) fn body<'t>(texts: impl Iterator<Item = &'t [u8]>) -> Vec<u8> {
    let mut out = b"text,\"_chunked_idx\",\"__mv_text\",\"__mv__chunked_idx\"\n".to_vec();
    for (number, text) in texts.enumerate() {
        rows::write_value(&mut out, text);
        let _ = writeln!(out, ",{number},,");
    }
    out
}

/// The texts in four bodies, each with its number of rows.
pub(super) fn bodies(texts: &[Vec<u8>]) -> Vec<(Vec<u8>, usize)> {
    texts.chunks(texts.len().div_ceil(CHUNKS)).map(|chunk| (body(chunk.iter().map(Vec::as_slice)), chunk.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_different_and_of_natural_length() {
        let made = texts(500, 7).unwrap();
        assert_eq!(made.iter().collect::<HashSet<_>>().len(), 500);
        let mean = made.iter().map(Vec::len).sum::<usize>() / made.len();
        assert!((20..200).contains(&mean), "{mean}");
    }
}
