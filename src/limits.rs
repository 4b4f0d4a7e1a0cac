//! Every limit of the protocol side, in one place. Each is checked before memory is taken.

/// Bytes of a transport header line. Real ones have fewer than 40.
pub const HEADER_BYTES: usize = 256;

/// Bytes of a chunk's metadata. splunkd sends one to a few kilobytes, more when the search text is long.
pub const METADATA_BYTES: usize = 16 << 20;

/// Bytes of a chunk's body: 1 GiB. The largest recorded one has 16.1 MB.
pub const BODY_BYTES: usize = 1 << 30;

/// Columns of a body, twins included.
pub const COLUMNS: usize = 10_000;

/// Bytes of one text. A longer one gets an empty score and one warning a search.
pub const TEXT_BYTES: usize = 1 << 20;
