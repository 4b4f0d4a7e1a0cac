//! The work of a responder: captures, logs and tables to scored records, and records to tables, groups and a report.
//!
//! In: files of any supported format. Out: text on an output, or an HTML page.
//! This folder knows the [`crate::model::Scorer`] trait, and must not know ONNX, Splunk's protocol or the command line.
//!
//! The order of the files follows a record: [`input`] (readers), [`scoring`], [`ranking`] and [`unique`], [`channels`] and [`groups`],
//! then [`screen`] for a terminal, [`output`] and [`stix`] for files and pipes, [`carried`] and [`report`]. [`times`] formats times for all.

pub mod carried;
pub mod channels;
pub mod groups;
pub mod input;
pub mod output;
pub mod ranking;
pub mod report;
pub mod scoring;
pub mod screen;
pub mod stix;
pub mod times;
pub mod unique;
