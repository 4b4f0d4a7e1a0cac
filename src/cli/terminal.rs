//! What a task may use of the process that it runs in, and how it ends.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::model;

/// Standard input and output, and messages for the user. `main` holds the real ones.
pub struct Terminal<'a> {
    /// Opens standard input. Its reader sets the flag if it can go on after a pause, which is an error then.
    pub input: fn(Arc<AtomicBool>) -> Box<dyn Read + Send>,
    /// Whether a person types what is read.
    pub input_is_terminal: bool,
    pub output: &'a mut dyn Write,
    /// Where messages about unreadable records go.
    pub messages: &'a mut dyn Write,
    /// `$SPLUNK_HOME`, if Splunk set it.
    pub splunk_home: Option<PathBuf>,
    /// Columns of the terminal that shows the output, if it is one.
    #[cfg(feature = "triage")]
    pub width: Option<usize>,
    /// Draws nothing without a terminal.
    #[cfg(feature = "triage")]
    pub bar: indicatif::ProgressBar,
}

/// Why a task failed, in words for the user.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Output(#[from] io::Error),
    #[error("{}: {}", .0.display(), .1)]
    File(PathBuf, io::Error),
    #[error(transparent)]
    Model(#[from] model::Error),
    /// The task needs a program that was built with the feature `triage`.
    #[cfg(not(feature = "triage"))]
    #[error("{0}")]
    LeftOut(&'static str),
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Clean,
    /// `doctor` found a fault, or a file could not be read.
    Failed,
    /// A record reaches the threshold.
    Found,
}
