//! Inputs that grow while they are read: a pipe, and a file that is followed. A pause is reported as [`io::ErrorKind::WouldBlock`],
//! once, if the reader has said that it can go on after that.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How long an input is silent before what came so far is scored.
const PAUSE: Duration = Duration::from_millis(200);

/// A pipe, such as standard input.
pub struct LivePipe<R> {
    pipe: R,
    /// Set by the reader.
    may_pause: Arc<AtomicBool>,
    has_paused: bool,
    /// A terminal ends once, by Ctrl-D, and would be waited for again after that.
    has_ended: bool,
}

impl<R> LivePipe<R> {
    pub fn new(pipe: R, may_pause: Arc<AtomicBool>) -> Self {
        Self { pipe, may_pause, has_paused: false, has_ended: false }
    }
}

impl<R: Read + AsFd> Read for LivePipe<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.has_ended {
            return Ok(0);
        }
        if self.may_pause.load(Ordering::Relaxed) && !self.has_paused {
            let timeout = Timespec { tv_sec: 0, tv_nsec: i64::from(PAUSE.subsec_nanos()) };
            if poll(&mut [PollFd::new(&self.pipe, PollFlags::IN)], Some(&timeout)) == Ok(0) {
                self.has_paused = true;
                return Err(io::ErrorKind::WouldBlock.into());
            }
        }
        self.has_paused = false;
        let count = self.pipe.read(out)?;
        self.has_ended = count == 0 && !out.is_empty();
        Ok(count)
    }
}

/// A file that is read on as it grows, and from its beginning when it was cut or replaced, as `tail -F` does.
pub(super) struct FollowedFile {
    path: PathBuf,
    file: File,
    bytes_read: u64,
    may_pause: Arc<AtomicBool>,
    has_paused: bool,
}

impl FollowedFile {
    pub(super) fn open(path: PathBuf, may_pause: Arc<AtomicBool>) -> io::Result<Self> {
        Ok(Self { file: File::open(&path)?, path, bytes_read: 0, may_pause, has_paused: false })
    }

    fn reopen_if_replaced(&mut self) -> io::Result<()> {
        let Ok(now) = std::fs::metadata(&self.path) else { return Ok(()) }; // between two files
        let own = self.file.metadata()?;
        if (now.dev(), now.ino()) != (own.dev(), own.ino()) || now.len() < self.bytes_read {
            self.file = File::open(&self.path)?;
            self.bytes_read = 0;
        }
        Ok(())
    }
}

impl Read for FollowedFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.file.read(out)?;
            self.bytes_read = self.bytes_read.saturating_add(count as u64);
            if count > 0 {
                self.has_paused = false;
                return Ok(count);
            }
            if self.may_pause.load(Ordering::Relaxed) && !self.has_paused {
                self.has_paused = true;
                return Err(io::ErrorKind::WouldBlock.into());
            }
            std::thread::sleep(PAUSE);
            self.reopen_if_replaced()?;
        }
    }
}
