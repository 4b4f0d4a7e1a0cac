//! Plays splunkd to the installed binary: getinfo, one chunk of rows, end. Only what `required_fields` names is sent, and
//! the reply is merged with the other fields by `_chunked_idx`, as splunkd does.

use std::io::{BufReader, Read};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use dnstxtscore::chunk::Chunk;
use dnstxtscore::{multivalue, rows};
use serde_json::{Value, json};

use crate::Result;
use crate::spl::{Row, Table};

/// Runs `command` with `args` over a table.
pub fn run(binary: &Path, args: &[String], table: Table) -> Result<Table> {
    run_in(None, binary, args, table)
}

/// The same with a `$SPLUNK_HOME` of its own, where the command writes its log.
pub fn run_in(splunk_home: Option<&Path>, binary: &Path, args: &[String], mut table: Table) -> Result<Table> {
    let failed = |e: std::io::Error| format!("{}: {e}; run `cargo xtask build`", binary.display());
    let mut command = Command::new(binary);
    if let Some(home) = splunk_home {
        command.env("SPLUNK_HOME", home);
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let spoken = converse(child.stdin.take().ok_or("no stdin")?, child.stdout.take().ok_or("no stdout")?, args, &table);
    // Its input has ended, so it ends, with its last words in the log.
    let mut said = String::new();
    child.stderr.take().ok_or("no stderr")?.read_to_string(&mut said).map_err(failed)?;
    let status = child.wait().map_err(failed)?;
    let (answer, fields) = spoken?;
    if !status.success() || !said.is_empty() {
        return Err(format!("the command ended with {status} and said `{said}`"));
    }
    merge(&answer, &fields, &mut table)?;
    Ok(table)
}

/// The conversation: the reply to the rows, and the fields that were sent.
fn converse(mut stdin: ChildStdin, stdout: ChildStdout, args: &[String], table: &Table) -> Result<(Vec<u8>, Vec<String>)> {
    let (mut stdout, mut reply) = (BufReader::new(stdout), Chunk::default());
    let mut ask = |request: Value, body: &[u8]| -> Result<(Value, Vec<u8>)> {
        Chunk::write(&mut stdin, request.to_string().as_bytes(), body).map_err(|e| format!("the command does not read: {e}"))?;
        if !reply.read(&mut stdout).map_err(|e| format!("the command's reply: {e}"))? {
            return Err("the command ended without a reply".into());
        }
        let metadata: Value = serde_json::from_slice(&reply.metadata).map_err(|e| format!("the command's reply: {e}"))?;
        match metadata["error"].as_str() {
            Some(error) => Err(format!("the command says: {error}")),
            None => Ok((metadata, std::mem::take(&mut reply.body))),
        }
    };
    let searchinfo = json!({"args": args, "raw_args": args, "sid": "1700000000.1", "app": "SA-dnstxtscore", "command": "dnstxtscore", "session_key": "none"});
    let (info, _) = ask(json!({"action": "getinfo", "preview": false, "searchinfo": searchinfo}), b"")?;
    let fields: Vec<String> =
        info["required_fields"].as_array().into_iter().flatten().filter_map(|f| f.as_str().map(str::to_owned)).collect();
    let body = body_of(&fields, table);
    let (_, answer) = ask(json!({"action": "execute", "finished": false}), &body)?;
    ask(json!({"action": "execute", "finished": true}), b"")?;
    Ok((answer, fields))
}

fn body_of(fields: &[String], table: &Table) -> Vec<u8> {
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

fn merge(answer: &[u8], sent: &[String], table: &mut Table) -> Result<()> {
    let (mut lines, mut cells) = (rows::Rows::new(answer), Vec::new());
    let mut read = || -> Result<Option<Vec<String>>> {
        let row = lines.next(&mut cells).map_err(|e| format!("the command's reply: {e}"))?;
        Ok(row.map(|_| cells.iter().map(|range| String::from_utf8_lossy(&rows::value(&answer[range.clone()])).into_owned()).collect()))
    };
    let header = read()?.ok_or("the command's reply has no header")?;
    let index = header.iter().position(|name| name == "_chunked_idx").ok_or("the command's reply lost _chunked_idx")?;
    let added: Vec<usize> =
        (0..header.len()).filter(|c| !sent.contains(&header[*c]) && *c != index && !header[*c].starts_with(multivalue::PREFIX)).collect();
    let mut back = 0;
    while let Some(cells) = read()? {
        let row: &mut Row = cells[index]
            .parse::<usize>()
            .ok()
            .and_then(|i| table.rows.get_mut(i))
            .ok_or("the command's reply has a row that was not sent")?;
        for column in &added {
            row.insert(header[*column].clone(), if cells[*column].is_empty() { Vec::new() } else { vec![cells[*column].clone()] });
        }
        back += 1;
    }
    if back != table.rows.len() {
        return Err(format!("{} rows were sent, {back} came back", table.rows.len()));
    }
    table.columns.extend(added.iter().map(|column| header[*column].clone()));
    Ok(())
}
