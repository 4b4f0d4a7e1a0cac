//! Splunk's chunked custom search command protocol, version 2.
//!
//! In: chunks on an input, as splunkd writes them. Out: one reply chunk for each, and a line in the log.
//! This folder knows the [`crate::model::Scorer`] trait, and must not know ONNX, capture files or the command line.
//!
//! The order of the files follows a chunk: [`chunk`] (the transport), [`metadata`] (its JSON), [`options`] (the arguments of
//! the command), [`rows`] and [`multivalue`] (its CSV body), `row_groups` (texts of
//! many rows), [`conversation`] (all of it, in order), [`error`], [`log`].

pub mod chunk;
pub mod conversation;
pub mod error;
pub mod log;
pub mod metadata;
pub mod multivalue;
pub mod options;
mod row_groups;
pub mod rows;
