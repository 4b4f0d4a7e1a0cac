//! Requests to splunkd's REST API, by `curl`: it is on most machines, and knows their proxies and certificates. The token goes to its
//! standard input, since other users see a program's arguments.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use test_splunk::spl::{Row, Table};

use crate::live::instance::Instance;
use crate::{Result, app};

/// Seconds that a request may take.
const TIMEOUT: &str = "600";

pub(super) struct Client {
    url: String,
    /// What curl reads from its standard input.
    config: String,
}

impl Client {
    pub(super) fn new(instance: &Instance) -> Result<Self> {
        let failed = |e: std::io::Error| format!("{}: {e}", instance.token_file.display());
        let token = fs::read_to_string(&instance.token_file).map_err(failed)?.trim().to_owned();
        if token.is_empty() || token.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\\')) {
            return Err(format!("{} must hold one token and nothing else", instance.token_file.display()));
        }
        if !instance.url.starts_with("https://") && !instance.url.starts_with("http://127.0.0.1:") {
            return Err(format!("{}: give the address of the management port, as https://localhost:8089", instance.url));
        }
        let mut config = format!("header = \"Authorization: Bearer {token}\"\n");
        if instance.insecure {
            config += "insecure\n";
        }
        if let Some(file) = &instance.ca_file {
            config += &format!("cacert = \"{}\"\n", file.display());
        }
        Ok(Self { url: instance.url.trim_end_matches('/').to_owned(), config })
    }

    /// What an endpoint lists.
    pub(super) fn get(&self, path: &str) -> Result<Value> {
        let gap = if path.contains('?') { '&' } else { '?' };
        self.ask(&format!("{path}{gap}output_mode=json"), None)
    }

    /// The results of a search in the context of the app, from a relative time to now. It blocks until they are there (`oneshot`).
    pub(super) fn search(&self, search: &str, earliest: &str) -> Result<Table> {
        let fields = [
            ("search", search),
            ("exec_mode", "oneshot"),
            ("output_mode", "json"),
            ("count", "0"),
            ("earliest_time", earliest),
            ("latest_time", "now"),
        ];
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))).collect();
        let reply = self.ask(&format!("/servicesNS/nobody/{}/search/v2/jobs", app::NAME), Some(&body.join("&")))?;
        match messages(&reply).find(|(kind, _)| ["ERROR", "FATAL"].contains(kind)) {
            Some((_, text)) => Err(format!("Splunk says: {text}")),
            None => table_of(&reply),
        }
    }

    fn ask(&self, path: &str, body: Option<&str>) -> Result<Value> {
        let address = format!("{}{path}", self.url);
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--max-time", TIMEOUT, "--write-out", "\n%{http_code}", "--config", "-"]);
        // The body may be longer than an argument can be.
        let mut file = tempfile::NamedTempFile::new().map_err(|e| format!("a temporary file: {e}"))?;
        if let Some(body) = body {
            file.write_all(body.as_bytes()).map_err(|e| format!("{}: {e}", file.path().display()))?;
            curl.arg("--data-binary").arg(format!("@{}", file.path().display()));
        }
        curl.arg(&address).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = curl.spawn().map_err(|e| format!("curl: {e}; install it and run this again"))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(self.config.as_bytes()).map_err(|e| format!("curl: {e}"))?;
        }
        let output = child.wait_with_output().map_err(|e| format!("curl: {e}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (text, status) = text.rsplit_once('\n').unwrap_or(("", &text));
        let reply: Value = serde_json::from_str(text).unwrap_or_default();
        if !status.starts_with('2') {
            let why: Vec<&str> = messages(&reply).map(|(_, text)| text).collect();
            return Err(format!("{address} answers {status} {}", why.join("; ")));
        }
        if reply.is_null() {
            return Err(format!("{address} did not answer in JSON; is it the management port?"));
        }
        Ok(reply)
    }
}

/// Type and text of the messages of a reply.
fn messages(reply: &Value) -> impl Iterator<Item = (&str, &str)> {
    reply["messages"].as_array().into_iter().flatten().filter_map(|one| Some((one["type"].as_str()?, one["text"].as_str()?)))
}

/// The rows and columns of a reply with results in JSON.
fn table_of(reply: &Value) -> Result<Table> {
    let fields = reply["fields"].as_array().ok_or("the reply has no fields")?;
    let columns = fields.iter().filter_map(|field| field["name"].as_str().map(str::to_owned)).collect();
    let values = |value: &Value| match value {
        Value::Array(values) => values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect(),
        Value::String(text) => vec![text.clone()],
        _ => Vec::new(),
    };
    let row =
        |result: &Value| -> Row { result.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), values(value))).collect() };
    Ok(Table { columns, rows: reply["results"].as_array().into_iter().flatten().map(row).collect() })
}
