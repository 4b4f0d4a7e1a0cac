//! `dnstxtscore`: a Splunk custom search command that scores DNS TXT answers with an embedded ONNX model.
//!
//! One way through, in the order of the modules below:
//!
//! ```text
//! stdin ─ chunk ─ message ─┬ getinfo ─ options ───────────────────────────────────────────┐
//!                          └ execute ─ rows ─ text ─ cache ─ features ─ session ─ verdict ┴ chunk ─ stdout
//! ```
//!
//! and beside it the way of the command line for people, which scores through the same `text … session`:
//!
//! ```text
//! cli ─ tasks ─ files ─ source ─ triage ─┬ show ─────── stdout
//!                                        ├ groups ─ show
//!                                        └ report ──── page
//! ```
//!
//! Invariants, absences included:
//! - Every row that comes in goes out, in order, with all its other columns byte for byte.
//! - A text's score depends on that text alone: not on its neighbours, its chunk, or the length of a batch.
//! - `chunk`, `message`, `rows` and `command` know no model; `session` alone names `ort`; `main` alone holds stdio.
//! - getinfo opens no library, reads no file and writes none.
//! - `known`, `decode`, `content` and `explain` say what a text is, and check generators. No score depends on them.
//! - An imported model is opened by `imported` alone, and only where a search or a person names it.
//! - No network, no child process, no environment variable but `SPLUNK_HOME` (`main` starts the program once more without
//!   `LD_LIBRARY_PATH`; for people `console` asks how the terminal is), no write but the log and a report.
//! - No text of a row and no session key reaches a log or an error message.

// Attackers write what comes in, so nothing here may panic on it: a part that is not there is asked for, never assumed.
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)
)]

pub mod limits;

pub mod cache;
pub mod chunk;
pub mod features;
pub mod imported;
pub mod library;
pub mod message;
pub mod model;
pub mod multivalue;
pub mod options;
pub mod original;
pub mod rows;
pub mod scorer;
pub mod session;
pub mod text;
pub mod verdict;

pub mod content;
pub mod decode;
pub mod domain;
pub mod explain;
pub mod known;
pub mod safe;

pub mod command;
pub mod error;
pub mod logging;

pub mod cli;
pub mod doctor;
pub mod groups;
pub mod report;
pub mod show;
pub mod source;
mod tasks;
pub mod triage;
