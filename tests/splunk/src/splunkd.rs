//! splunkd's side of the protocol, to the real program: one chunk, one reply. Also the bytes of its requests, for tests that feed
//! a whole stream at once.

use std::io::{BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use dnstxtscore::splunk::chunk::Chunk;
use dnstxtscore::splunk::{multivalue, rows};
use serde_json::{Value, json};

use crate::Result;
use crate::spl::{Row, Table};

/// The session key in every getinfo, so that tests can check that it appears nowhere.
pub const SESSION_KEY: &str = "topsecretkey";

/// The bytes of one chunk.
pub fn chunk(metadata: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = Chunk::write(&mut bytes, metadata.as_bytes(), body);
    bytes
}

/// A getinfo request with these arguments of the command.
pub fn getinfo(args: &[&str]) -> Vec<u8> {
    let searchinfo = json!({
        "args": args, "raw_args": args, "dispatch_dir": "/nonexistent", "sid": "1700000000.1", "app": "search", "owner": "admin",
        "username": "admin", "session_key": SESSION_KEY, "splunkd_uri": "https://127.0.0.1:8089", "splunk_version": "9.3.1",
        "search": "| dnstxtscore", "command": "dnstxtscore", "maxresultrows": 50000, "earliest_time": "0", "latest_time": "0",
    });
    let metadata = json!({"action": "getinfo", "preview": false, "streaming_command_will_restart": false, "searchinfo": searchinfo});
    chunk(&metadata.to_string(), b"")
}

/// An execute request.
pub fn execute(finished: bool, body: &[u8]) -> Vec<u8> {
    chunk(&json!({"action": "execute", "finished": finished}).to_string(), body)
}

/// The metadata and body of each reply in a stream.
///
/// # Errors
/// If the stream is not a sequence of complete chunks with JSON metadata.
pub fn replies(mut stream: &[u8]) -> Result<Vec<(Value, Vec<u8>)>> {
    let (mut chunk, mut out) = (Chunk::default(), Vec::new());
    while chunk.read(&mut stream).map_err(|e| e.to_string())? {
        out.push((serde_json::from_slice(&chunk.metadata).map_err(|e| e.to_string())?, chunk.body.clone()));
    }
    Ok(out)
}

/// A command that splunkd has started and that has answered getinfo.
pub struct Session {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    reply: Chunk,
    required_fields: Vec<String>,
}

impl Session {
    /// Starts a command and sends getinfo with these arguments.
    ///
    /// # Errors
    /// If the command does not start or does not accept the arguments.
    pub fn start(mut command: Command, args: &[impl AsRef<str>]) -> Result<Self> {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|e| format!("{}: {e}; run `cargo xtask build`", command.get_program().display()))?;
        let (stdin, stdout) = (child.stdin.take().ok_or("no stdin")?, BufReader::new(child.stdout.take().ok_or("no stdout")?));
        let mut session = Self { child, stdin, stdout, reply: Chunk::default(), required_fields: Vec::new() };
        let info = session.exchange(&getinfo(&args.iter().map(AsRef::as_ref).collect::<Vec<_>>()))?;
        let fields = info["required_fields"].as_array().into_iter().flatten();
        session.required_fields = fields.filter_map(|field| field.as_str().map(str::to_owned)).collect();
        Ok(session)
    }

    /// The fields that the command asked for.
    pub fn required_fields(&self) -> &[String] {
        &self.required_fields
    }

    /// The id of the process.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a chunk of rows, and returns the body of the reply.
    ///
    /// # Errors
    /// If the command does not answer, or answers with an error.
    pub fn send_rows(&mut self, body: &[u8]) -> Result<&[u8]> {
        self.exchange(&execute(false, body))?;
        Ok(&self.reply.body)
    }

    /// Sends the last chunk, closes the input and waits. Returns the exit status, and stderr if it is piped.
    ///
    /// # Errors
    /// If the command does not answer.
    pub fn finish(mut self) -> Result<(ExitStatus, String)> {
        let answered = self.exchange(&execute(true, b""));
        let Self { mut child, stdin, .. } = self;
        drop(stdin);
        let mut stderr = String::new();
        if let Some(mut pipe) = child.stderr.take() {
            pipe.read_to_string(&mut stderr).map_err(|e| e.to_string())?;
        }
        let status = child.wait().map_err(|e| e.to_string())?;
        answered.map(|_| (status, stderr))
    }

    /// Sends a request and reads the reply; its metadata.
    fn exchange(&mut self, request: &[u8]) -> Result<Value> {
        use std::io::Write as _;
        self.stdin.write_all(request).and_then(|()| self.stdin.flush()).map_err(|e| format!("the command does not read: {e}"))?;
        match self.reply.read(&mut self.stdout) {
            Ok(true) => {}
            Ok(false) => return Err("the command ended without a reply".into()),
            Err(error) => return Err(format!("the command's reply: {error}")),
        }
        let metadata: Value = serde_json::from_slice(&self.reply.metadata).map_err(|e| format!("the command's reply: {e}"))?;
        match metadata["error"].as_str() {
            Some(error) => {
                let error = format!("the command answers: {error}");
                // It ends after an error. Only then is its log complete.
                self.child.wait().map_err(|e| format!("{error}; {e}"))?;
                Err(error)
            }
            None => Ok(metadata),
        }
    }
}

/// Runs a command over a table: sends the fields that it requires, and merges the columns that it adds by `_chunked_idx`, as
/// splunkd does.
///
/// # Errors
/// If the command fails, writes to stderr, or does not return every row.
pub fn run(program: &Path, args: &[String], table: Table) -> Result<Table> {
    run_with_home(None, program, args, table)
}

/// The same with a `$SPLUNK_HOME`, below which the command writes its log.
///
/// # Errors
/// As [`run`].
pub fn run_with_home(splunk_home: Option<&Path>, program: &Path, args: &[String], mut table: Table) -> Result<Table> {
    let mut command = Command::new(program);
    command.stderr(Stdio::piped());
    if let Some(home) = splunk_home {
        command.env("SPLUNK_HOME", home);
    }
    let mut session = Session::start(command, args)?;
    let fields = session.required_fields().to_vec();
    let reply = session.send_rows(&body(&fields, &table))?.to_vec();
    let (status, stderr) = session.finish()?;
    if !status.success() || !stderr.is_empty() {
        return Err(format!("the command ended with {status} and wrote to stderr: `{stderr}`"));
    }
    merge(&reply, &fields, &mut table)?;
    Ok(table)
}

/// The body with these fields of a table, and `_chunked_idx`.
fn body(fields: &[String], table: &Table) -> Vec<u8> {
    let mut body = Vec::new();
    let mut line = |cells: Vec<Vec<u8>>| {
        for (i, cell) in cells.iter().enumerate() {
            if i > 0 {
                body.push(b',');
            }
            rows::write_value(&mut body, cell);
        }
        body.push(b'\n');
    };
    let names: Vec<Vec<u8>> = fields.iter().cloned().chain(["_chunked_idx".into()]).map(String::into_bytes).collect();
    let twins = names.iter().map(|name| [multivalue::PREFIX.as_bytes(), name].concat());
    line(names.iter().cloned().chain(twins).collect());
    for (i, row) in table.rows.iter().enumerate() {
        let values: Vec<&[String]> = fields.iter().map(|field| row.get(field).map_or(&[][..], Vec::as_slice)).collect();
        let plain = values.iter().map(|values| values.join("\n").into_bytes());
        let twins = values.iter().map(|values| if values.len() > 1 { multivalue::encode(values) } else { Vec::new() });
        line(plain.chain([i.to_string().into_bytes()]).chain(twins).chain([Vec::new()]).collect());
    }
    body
}

/// Adds the columns of a reply that were not sent to the rows of the table.
fn merge(reply: &[u8], sent: &[String], table: &mut Table) -> Result<()> {
    let (mut lines, mut cells) = (rows::Rows::new(reply), Vec::new());
    let mut read = || -> Result<Option<Vec<String>>> {
        let row = lines.next(&mut cells).map_err(|e| format!("the command's reply: {e}"))?;
        Ok(row.map(|_| cells.iter().map(|range| String::from_utf8_lossy(&rows::value(&reply[range.clone()])).into_owned()).collect()))
    };
    let header = read()?.ok_or("the command's reply has no header")?;
    let index = header.iter().position(|name| name == "_chunked_idx").ok_or("the command's reply lacks _chunked_idx")?;
    let added: Vec<usize> =
        (0..header.len()).filter(|c| !sent.contains(&header[*c]) && *c != index && !header[*c].starts_with(multivalue::PREFIX)).collect();
    let mut returned = 0;
    while let Some(cells) = read()? {
        let row: &mut Row = cells[index]
            .parse::<usize>()
            .ok()
            .and_then(|i| table.rows.get_mut(i))
            .ok_or("the command's reply has a row that was not sent")?;
        for column in &added {
            row.insert(header[*column].clone(), if cells[*column].is_empty() { Vec::new() } else { vec![cells[*column].clone()] });
        }
        returned += 1;
    }
    if returned != table.rows.len() {
        return Err(format!("{} rows were sent, {returned} were returned", table.rows.len()));
    }
    table.columns.extend(added.iter().map(|column| header[*column].clone()));
    Ok(())
}
