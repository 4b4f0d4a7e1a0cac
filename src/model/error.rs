//! Why texts could not be scored. Each message says what to do next.

use std::collections::TryReserveError;
use std::io;
use std::path::PathBuf;

use crate::limits;
use crate::model::runtime::{self, remedy_for};

const REMEDY_IMPORT: &str = "import one with models/train/import_dsdl.py into that folder";

/// An error of the models.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Runtime(#[from] runtime::Error),
    #[error("the embedded model does not open: {0}; {remedy}", remedy = remedy_for(.0))]
    Open(String),
    #[error("the model did not run: {0}; {remedy}", remedy = remedy_for(.0))]
    Run(String),
    #[error("not enough memory for the scores; {}", limits::REMEDY_MORE_MEMORY)]
    Memory,
    #[error("there is no model {} in {}; {REMEDY_IMPORT}", name.escape_debug(), folder.display())]
    MissingImport { name: String, folder: PathBuf },
    #[error("{} cannot be read ({}); {REMEDY_IMPORT}", .0.display(), .1)]
    UnreadableImport(PathBuf, io::Error),
    #[error("{} is not a model that this program can run: {}; {REMEDY_IMPORT}", .0.display(), .1)]
    InvalidImport(PathBuf, String),
}

impl From<TryReserveError> for Error {
    fn from(_: TryReserveError) -> Self {
        Self::Memory
    }
}
