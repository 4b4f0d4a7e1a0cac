//! A command under measurement, with splunkd played to it.

use std::fs;
use std::process::Command;

use dnstxtscore::columns;
use test_splunk::splunkd::Session;

use crate::Result;

/// A command that has answered getinfo.
pub(super) struct Player(Session);

impl Player {
    pub(super) fn start(command: Command) -> Result<Self> {
        Self::start_with(command, &["field=text"])
    }

    /// Starts the command with these arguments.
    pub(super) fn start_with(command: Command, args: &[&str]) -> Result<Self> {
        Session::start(command, args).map(Self)
    }

    /// Sends a chunk of `count` rows. Returns how many of them are suspicious.
    pub(super) fn rows(&mut self, body: &[u8], count: usize) -> Result<usize> {
        let reply = self.0.send_rows(body)?;
        let mut reader = csv::ReaderBuilder::new().from_reader(reply);
        let column = reader.byte_headers().ok().and_then(|names| names.iter().position(|name| name == columns::SCORE[1].as_bytes()));
        let column = column.ok_or("the command's reply has no verdicts")?;
        let verdicts = reader.into_byte_records().map(|row| row.map(|row| row.get(column) == Some(b"1")));
        let verdicts = verdicts.collect::<std::result::Result<Vec<bool>, _>>().map_err(|e| format!("the command's reply: {e}"))?;
        if verdicts.len() != count {
            return Err(format!("{count} rows were sent, {} were returned", verdicts.len()));
        }
        Ok(verdicts.into_iter().filter(|verdict| *verdict).count())
    }

    /// CPU seconds of all threads so far, in hundredths.
    pub(super) fn cpu_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.process_id())).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split(' ').collect();
        [12, 13].iter().filter_map(|field| fields.get(*field)?.parse::<f64>().ok()).sum::<f64>() / 100.0
    }

    /// The largest resident memory so far, in MiB.
    pub(super) fn peak_mib(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.process_id())).unwrap_or_default();
        let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        kib.unwrap_or(0.0) / 1024.0
    }

    pub(super) fn finish(self) -> Result<()> {
        let (status, _) = self.0.finish()?;
        if status.success() { Ok(()) } else { Err(format!("the command ended with {status}")) }
    }
}
