//! A Splunk to test with: what the tests and `cargo xtask` run the shipped searches on, without a Splunk.
//!
//! In: the app's files and rows. Out: the rows, risk events and views that Splunk would show.
//! [`conf`] reads .conf files, [`macros`] expands macros, [`spl`] interprets searches, [`splunkd`] talks to the real program,
//! [`searches`], [`risk`] and [`views`] combine them. It knows the protocol's types from the program, and must not know how the app is
//! built or packaged.

pub mod conf;
pub mod macros;
pub mod needs;
pub mod risk;
pub mod searches;
pub mod spl;
pub mod splunkd;
pub mod views;

use std::path::{Path, PathBuf};

/// A failure in one sentence, with the next step in it.
pub type Result<T> = std::result::Result<T, String>;

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).into()
}
