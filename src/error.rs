//! What ends a conversation early, with the place where it happened.

use std::io;

use crate::{chunk, limits, options, rows, session};

/// An error that ends the command. The message is what the user reads in the search bar.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("chunk {chunk}: {source}")]
    Transport { chunk: u64, source: chunk::Error },
    /// Only the place is said: serde's own words quote values, and one of them is the session key.
    #[error("chunk {chunk}: its metadata is not JSON as splunkd writes it (line {}, column {}); {}", .source.line(), .source.column(), limits::REPORT)]
    Metadata { chunk: u64, source: serde_json::Error },
    #[error("chunk {chunk}: rows came before getinfo; set `chunked = true` in commands.conf and restart")]
    NoGetinfo { chunk: u64 },
    #[error(transparent)]
    Options(#[from] options::Error),
    #[error("chunk {chunk}: {source}")]
    Rows { chunk: u64, source: rows::Error },
    #[error(
        "chunk {chunk}: it holds more than {} texts; keep fewer values a row, with mvdedup or mvindex, before this command",
        limits::TEXTS
    )]
    TooManyTexts { chunk: u64 },
    #[error("chunk {chunk}: there is no memory for its rows; {}", limits::MORE_MEMORY)]
    Memory { chunk: u64 },
    #[error("{source}")]
    Session { source: session::Error },
    #[error("the reply could not be written: {0}")]
    Output(io::Error),
}

impl Error {
    /// Whether somebody still waits for a reply. Nobody does when a pipe is gone or input ended in mid-chunk.
    pub fn can_be_answered(&self) -> bool {
        match self {
            Self::Transport { source, .. } => !source.is_end_of_input() && !matches!(source, chunk::Error::Io(_)),
            Self::Output(_) => false,
            _ => true,
        }
    }

    /// Whether the other side simply went away: a cancelled search, or `head` further down.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
