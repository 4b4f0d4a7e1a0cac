//! `dnstxtscore`: a Splunk custom search command that scores DNS TXT answers with an embedded ONNX model.
//!
//! The way of a chunk from splunkd:
//!
//! ```text
//! stdin → chunk → metadata ┬ getinfo → options ────────────────────────────────────────┐
//!                          └ execute → rows → text → cache → features → onnx → signs → columns ┴→ chunk → stdout
//! ```
//!
//! The way of a file on the command line, which scores through the same `text → … → signs`:
//!
//! ```text
//! args → sources → input → scoring ┬ output ─────────────────→ stdout
//!                                  ├ channels → groups → output
//!                                  └ channels → report ──────→ page
//! ```
//!
//! Folders, from the outside in: [`cli`] and [`splunk`], then [`triage`], then [`channel`], then [`model`], then [`evidence`], then the files
//! that all of them share. Dependencies point that way only, and `cargo xtask test` fails on a cycle between files.
//! `docs/architecture.md` lists every file, and what the program never does.

// Input comes from attackers, so it must never cause a panic: a part that may be missing is asked for, and a sum that may
// overflow is checked or ends at the largest number.
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::arithmetic_side_effects
    )
)]

pub mod columns;
pub mod digest;
pub mod domain;
pub mod escape;
pub mod limits;
pub mod recycle;
pub mod text;

pub mod evidence;
pub mod model;

pub mod channel;

pub mod splunk;
#[cfg(feature = "triage")]
pub mod triage;

pub mod cli;
