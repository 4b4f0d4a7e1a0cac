//! What each input of [`super::inputs`] costs the whole program.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use test_splunk::splunkd::Session;

use super::inputs::{INPUTS, ordinary_texts};
use super::statistics::median;
use crate::{Result, root};

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

/// A table of Markdown: what each input costs, without the start of the program.
///
/// # Errors
/// As [`measure`].
pub(super) fn table(quick: bool) -> Result<String> {
    let (size, repeats) = if quick { (20_000, 1) } else { (4_000_000, 3) };
    let (texts, program, path) = (ordinary_texts()?, root().join("bin/dnstxtscore"), root().join("target/bench.input"));
    let write = |bytes: &[u8]| fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()));
    let head = "| reader | input | CPU per MB | CPU per line of output | to the ordinary one | bytes out per byte in |\n| --- | --- | --- | --- | --- | --- |\n";
    let (mut out, mut ordinary) = (head.to_owned(), 0.0);
    for input in INPUTS {
        let median_of = |bytes: &[u8]| -> Result<(f64, Cost)> {
            write(bytes)?;
            let costs = (0..repeats).map(|_| measure(&program, input.args, &path)).collect::<Result<Vec<_>>>()?;
            Ok((median(costs.iter().map(|cost| cost.seconds).collect()), costs[0]))
        };
        let (start, _) = median_of(&input.bytes(&texts, 300))?;
        let bytes = input.bytes(&texts, size);
        let (seconds, cost) = median_of(&bytes)?;
        let (net, megabytes) = ((seconds - start).max(0.0), bytes.len() as f64 / 1e6);
        if input.name == "ordinary" {
            ordinary = seconds / megabytes;
        }
        let per_line = if cost.lines == 0 { String::new() } else { format!("{:.2} µs", net * 1e6 / cost.lines as f64) };
        let (ratio, amount) = (seconds / megabytes / ordinary, cost.output_bytes as f64 / bytes.len() as f64);
        let (reader, name, per_mb) = (input.reader, input.name, net * 1e3 / megabytes);
        out += &format!("| {reader} | {name} | {per_mb:.0} ms | {per_line} | {ratio:.2} | {amount:.1} |\n");
    }
    let _ = fs::remove_file(&path);
    Ok(out)
}

/// The largest resident memory of a command that scores many answers of 65,535 bytes in one chunk, and the size of the chunk, in
/// MiB.
///
/// # Errors
/// If the command fails.
pub fn memory_of_long_answers(program: &Path, count: usize) -> Result<(f64, f64)> {
    let answers: Vec<Vec<u8>> = (0..count).map(|number| super::inputs::noise(number, 65_535)).collect();
    let body = super::texts::body(answers.iter().map(Vec::as_slice));
    drop(answers);
    let mut session = Session::start(Command::new(program), &["field=text"])?;
    session.send_rows(&body)?;
    let status = fs::read_to_string(format!("/proc/{}/status", session.process_id())).map_err(|e| e.to_string())?;
    session.finish()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    Ok((kib.ok_or("the system tells no memory of a process")? / 1024.0, body.len() as f64 / f64::from(1 << 20)))
}
