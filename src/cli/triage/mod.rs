//! `dnstxtscore score` and `report`: a responder's work on captures, logs, tables and texts. Both read files through `sources`.

pub(super) mod args;
mod extract;
mod fields;
#[cfg(unix)]
pub mod live;
mod report;
mod score;
mod sources;

pub(super) use report::run as report;
pub(super) use score::run as score;
