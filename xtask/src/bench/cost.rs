//! What each input of [`super::inputs`] costs the whole program.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Result;

/// CPU seconds and bytes of output.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub seconds: f64,
    pub output_bytes: usize,
    /// Lines of output: about as many as answers.
    pub lines: usize,
}

/// Runs a program over a file as its standard input. The CPU time is read before the process is waited for, in nanoseconds of its
/// main thread, which does all the work.
///
/// # Errors
/// If the program does not start, or ends with another status than 0 or 3.
pub fn measure(program: &Path, args: &[&str], input: &Path) -> Result<Cost> {
    let file = File::open(input).map_err(|e| format!("{}: {e}", input.display()))?;
    let mut child = Command::new(program)
        .args(args)
        .env_remove("SPLUNK_HOME")
        .stdin(file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("{}: {e}", program.display()))?;
    let (mut output_bytes, mut lines, mut buffer) = (0, 0, vec![0; 1 << 16]);
    let mut stdout = child.stdout.take().ok_or("no output")?;
    loop {
        let read = stdout.read(&mut buffer).map_err(|e| format!("{}: {e}", program.display()))?;
        if read == 0 {
            break;
        }
        output_bytes += read;
        lines += buffer[..read].iter().filter(|byte| **byte == b'\n').count();
    }
    let proc = format!("/proc/{}", child.id());
    while !fs::read_to_string(format!("{proc}/stat")).is_ok_and(|stat| stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('Z'))) {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let nanoseconds = fs::read_to_string(format!("{proc}/schedstat")).ok().and_then(|line| line.split(' ').next()?.parse::<f64>().ok());
    let status = child.wait().map_err(|e| e.to_string())?;
    if !matches!(status.code(), Some(0 | 1 | 3)) {
        return Err(format!("{} ended with {status}", program.display()));
    }
    Ok(Cost { seconds: nanoseconds.ok_or("the system counts no CPU time per process")? / 1e9, output_bytes, lines })
}
