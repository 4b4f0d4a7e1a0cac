//! splunkd's part, played to a command that is measured: one chunk, one reply, and what the command has taken so far.

use std::fs;
use std::io::BufReader;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use dnstxtscore::chunk::Chunk;
use dnstxtscore::verdict;
use serde_json::json;

use crate::Result;

/// A command that splunkd has started.
pub(super) struct Player {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    reply: Chunk,
}

impl Player {
    pub(super) fn start(command: Command) -> Result<Self> {
        Self::start_with(command, &["field=text"])
    }

    /// Starts it with arguments of the search.
    pub(super) fn start_with(mut command: Command, args: &[&str]) -> Result<Self> {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|e| format!("{}: {e}", command.get_program().display()))?;
        let (stdin, stdout) = (child.stdin.take().ok_or("no stdin")?, BufReader::new(child.stdout.take().ok_or("no stdout")?));
        let mut player = Self { child, stdin, stdout, reply: Chunk::default() };
        let searchinfo = json!({
            "args": args, "raw_args": args, "sid": "1700000000.1", "app": "search", "owner": "admin",
            "username": "admin", "session_key": "none", "dispatch_dir": "/nonexistent", "splunkd_uri": "https://127.0.0.1:8089", "splunk_version": "9.3.0",
            "search": "| dnstxtscore field=text", "command": "dnstxtscore", "maxresultrows": 50000, "earliest_time": "0", "latest_time": "0",
        });
        player
            .ask(&json!({"action": "getinfo", "preview": false, "streaming_command_will_restart": false, "searchinfo": searchinfo}), b"")?;
        Ok(player)
    }

    fn ask(&mut self, metadata: &serde_json::Value, body: &[u8]) -> Result<&[u8]> {
        Chunk::write(&mut self.stdin, metadata.to_string().as_bytes(), body).map_err(|e| format!("the command does not read: {e}"))?;
        match self.reply.read(&mut self.stdout) {
            Ok(true) => Ok(&self.reply.body),
            Ok(false) => Err("the command ended without a reply".into()),
            Err(error) => Err(format!("the command's reply: {error}")),
        }
    }

    /// Sends rows; how many came back as suspicious.
    pub(super) fn rows(&mut self, body: &[u8], count: usize) -> Result<usize> {
        let reply = self.ask(&json!({"action": "execute", "finished": false}), body)?;
        let mut reader = csv::ReaderBuilder::new().from_reader(reply);
        let column = reader.byte_headers().ok().and_then(|names| names.iter().position(|name| name == verdict::COLUMNS[1].as_bytes()));
        let column = column.ok_or("the command's reply has no verdicts")?;
        let verdicts = reader.into_byte_records().map(|row| row.map(|row| row.get(column) == Some(b"1")));
        let verdicts = verdicts.collect::<std::result::Result<Vec<bool>, _>>().map_err(|e| format!("the command's reply: {e}"))?;
        if verdicts.len() != count {
            return Err(format!("{count} rows were sent, {} came back", verdicts.len()));
        }
        Ok(verdicts.into_iter().filter(|verdict| *verdict).count())
    }

    /// CPU seconds so far, of all threads, in hundredths.
    pub(super) fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split(' ').collect();
        [12, 13].iter().filter_map(|field| fields.get(*field)?.parse::<f64>().ok()).sum::<f64>() / 100.0
    }

    /// Mebibytes that were resident at most.
    pub(super) fn peak(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        kib.unwrap_or(0.0) / 1024.0
    }

    pub(super) fn end(mut self) -> Result<()> {
        self.ask(&json!({"action": "execute", "finished": true}), b"")?;
        drop(self.stdin);
        let status = self.child.wait().map_err(|e| e.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("the command ended with {status}")) }
    }
}
