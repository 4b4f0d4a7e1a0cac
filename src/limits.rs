//! Every limit of the protocol side, in one place. Each is checked before memory is taken.

/// Bytes of a transport header line. Real ones have fewer than 40.
pub const HEADER_BYTES: usize = 256;

/// Bytes of a chunk's metadata. splunkd sends one to a few kilobytes, more when the search text is long.
pub const METADATA_BYTES: usize = 16 << 20;

/// Bytes of a chunk's body: 1 GiB. The largest recorded one has 16.1 MB.
pub const BODY_BYTES: usize = 1 << 30;

/// Columns of a body, twins included.
pub const COLUMNS: usize = 10_000;

/// Rows of one body. splunkd's own mark is 50,000.
pub const ROWS: usize = 10_000_000;

/// Texts of one body, and values of one multivalue cell.
pub const TEXTS: usize = 10_000_000;
pub const VALUES: usize = 1_000_000;

/// Bytes of a reply's body: short rows are filled up, so it may grow well beyond the request.
pub const REPLY_BYTES: usize = 2 << 30;

/// Bytes of one text. A longer one gets an empty score and one warning a search.
pub const TEXT_BYTES: usize = 1 << 20;

/// What to do where memory ends before a limit does.
pub const MORE_MEMORY: &str =
    "give the searches of this host more memory: look at `ulimit -v` and the control group of the user that runs Splunk";

/// What to do about a stream that splunkd does not write.
pub const REPORT: &str = "splunkd was not seen to write this: please report it, with the search and the version of Splunk";
