//! What a developer and CI run: build the app in place, package it, check it, measure it.
//!
//! In: the checkout. Out: `bin/`, files below `target/`, and messages. Every task is a file with a `run` function.
//! Playing Splunk is not done here but in `tests/splunk`.

pub mod advisories;
pub mod app;
pub mod audit;
pub mod bench;
pub mod build;
pub mod command_line;
pub mod contentctl;
pub mod dashboard;
pub mod dataset;
pub mod day;
pub mod demo;
pub mod derived;
pub mod detections;
pub mod docs;
pub mod fuzz;
pub mod glibc;
pub mod imported_model;
pub mod inspect;
pub mod label;
pub mod live;
pub mod notices;
pub mod package;
pub mod release;
pub mod ruff;
pub mod sbom;
pub mod structure;
pub mod tarball;
pub mod test;
pub mod tools;

pub use test_splunk::{Result, root};
