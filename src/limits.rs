//! Every limit on what splunkd may send, in one place. Each is checked before memory is allocated.

use std::collections::TryReserveError;

/// Bytes of a chunk's header line. Real ones have fewer than 40.
pub const MAX_HEADER_BYTES: usize = 256;

/// Bytes of a chunk's metadata. splunkd sends a few kilobytes, more when the search text is long.
pub const MAX_METADATA_BYTES: usize = 16 << 20;

/// Bytes of a chunk's body: 1 GiB. The largest recorded one has 16.1 MB.
pub const MAX_BODY_BYTES: usize = 1 << 30;

/// Columns of a body, multivalue twins included.
pub const MAX_COLUMNS: usize = 10_000;

/// Rows of one body. splunkd sends at most 50,000.
pub const MAX_ROWS: usize = 10_000_000;

/// Texts of one body, and values of one multivalue cell.
pub const MAX_TEXTS: usize = 10_000_000;

/// Bytes of a reply's body. Short rows are padded, so a reply may be much larger than its request.
pub const MAX_REPLY_BYTES: usize = 2 << 30;

/// Bytes of one text. A longer one gets an empty score, and the search one warning.
pub const MAX_TEXT_BYTES: usize = 1 << 20;

/// Bytes that must be free where code follows that ends the process when it finds no memory: small things that are not asked for one by
/// one (words, patterns, sentences), and ONNX Runtime. Above 32 MiB, because glibc then maps and unmaps them without any change to how it
/// serves others (mallopt(3), `M_MMAP_THRESHOLD`).
const HEADROOM_BYTES: usize = 33 << 20;

/// Whether 33 MiB can be allocated now, and so many more.
///
/// # Errors
/// If there are fewer.
pub fn check_headroom(more: usize) -> Result<(), TryReserveError> {
    let mut room = Vec::<u8>::new();
    room.try_reserve_exact(HEADROOM_BYTES.saturating_add(more))?;
    std::hint::black_box(&room); // else the compiler may leave both out
    Ok(())
}

/// What to do when the process runs out of memory before it reaches a limit.
pub const REMEDY_MORE_MEMORY: &str =
    "raise the memory limit for searches on this host: check `ulimit -v` of the user that runs Splunk, and MemoryMax of its service";

/// What to do when a stream holds something that splunkd does not send.
pub const REMEDY_REPORT: &str = "splunkd is not known to send this: please report it, with the search and the Splunk version";
