//! Every limit on what splunkd may send, in one place. Each is checked before memory is allocated.

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

/// What to do when the process runs out of memory before it reaches a limit.
pub const REMEDY_MORE_MEMORY: &str =
    "raise the memory limit for searches on this host: check `ulimit -v` of the user that runs Splunk, and MemoryMax of its service";

/// What to do when a stream holds something that splunkd does not send.
pub const REMEDY_REPORT: &str = "splunkd is not known to send this: please report it, with the search and the Splunk version";
