//! Why a conversation ended early, and where.

use std::io;

use crate::splunk::{chunk, options, rows};
use crate::{limits, model};

/// An error that ends the command. Its message is what the user reads in the search bar.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("chunk {chunk}: {source}")]
    Transport { chunk: u64, source: chunk::Error },
    /// Only the position is shown. serde's own message quotes values, and one of them is the session key.
    #[error("chunk {chunk}: its metadata is not valid JSON (line {}, column {}); {}", .source.line(), .source.column(), limits::REMEDY_REPORT)]
    Metadata { chunk: u64, source: serde_json::Error },
    #[error("chunk {chunk}: rows came before getinfo; set `chunked = true` in commands.conf and restart")]
    NoGetinfo { chunk: u64 },
    #[error(transparent)]
    Options(#[from] options::Error),
    #[error("chunk {chunk}: {source}")]
    Rows { chunk: u64, source: rows::Error },
    #[error(
        "chunk {chunk}: it holds more than {} texts; keep fewer values per row, with mvdedup or mvindex, before this command",
        limits::MAX_TEXTS
    )]
    TooManyTexts { chunk: u64 },
    #[error("chunk {chunk}: not enough memory for its rows; {}", limits::REMEDY_MORE_MEMORY)]
    Memory { chunk: u64 },
    #[error(transparent)]
    Model(model::Error),
    #[error("the reply could not be written: {0}")]
    Output(io::Error),
}

impl Error {
    /// Whether splunkd still reads a reply. It does not if a pipe is closed or input ended inside a chunk.
    pub fn can_be_answered(&self) -> bool {
        match self {
            Self::Transport { source, .. } => !source.is_end_of_input() && !matches!(source, chunk::Error::Io(_)),
            Self::Output(_) => false,
            _ => true,
        }
    }

    /// Whether splunkd closed its end: the search was cancelled, or a later `head` has enough rows.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
