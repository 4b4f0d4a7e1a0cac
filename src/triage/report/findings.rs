//! What a report is made of, besides the records.

use crate::triage::carried::Carried;
use crate::triage::channels::JudgedChannel;
use crate::triage::scoring::Tally;

/// A file that was read.
#[derive(Debug, Clone, Default)]
pub struct InputFile {
    /// As the user named it.
    pub name: String,
    /// Its size and its SHA-256; none of standard input.
    pub fingerprint: Option<(u64, String)>,
}

/// What a report is made of, besides the records.
pub struct Findings<'a> {
    pub inputs: &'a [InputFile],
    /// Names of files that could not be read.
    pub failed: &'a [String],
    pub tally: &'a Tally,
    /// The channels, judged, the highest first.
    pub channels: &'a [JudgedChannel],
    /// What they carried, each with the name of its file if it was written.
    pub carried: &'a [(Carried, Option<String>)],
}
