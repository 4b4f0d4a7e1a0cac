//! What the integration tests share: an installed copy of the program, and conversations with it.
//!
//! Another program than the one just built, of another machine even, is tested with three variables: `DNSTXTSCORE_PROGRAM`
//! and `DNSTXTSCORE_LIBRARY` are its files, `DNSTXTSCORE_RUNNER` is what starts it (`qemu-aarch64-static -L FOLDER`).
#![allow(dead_code, unreachable_pub, clippy::print_stderr)] // each test file uses its part

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use dnstxtscore::chunk::Chunk;
use serde_json::Value;

/// The pinned library that `cargo xtask test` provides.
pub fn library() -> PathBuf {
    if let Some(path) = std::env::var_os("DNSTXTSCORE_LIBRARY") {
        return path.into();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("bin").join(dnstxtscore::library::FILE_NAME);
    assert!(path.exists(), "{} is missing: run `cargo xtask test`, which provides it", path.display());
    path
}

/// An app's folder with the program under test in `bin`, and the library beside it unless a test wants another.
pub struct Installed {
    app: tempfile::TempDir,
    folder: PathBuf,
}

impl Installed {
    pub fn new() -> Self {
        let installed = Self::without_library();
        std::os::unix::fs::symlink(library(), installed.library()).unwrap();
        installed
    }

    pub fn without_library() -> Self {
        let app = tempfile::tempdir().unwrap();
        let folder = app.path().join("bin");
        std::fs::create_dir(&folder).unwrap();
        let program = folder.join("dnstxtscore");
        let built = std::env::var_os("DNSTXTSCORE_PROGRAM").unwrap_or(env!("CARGO_BIN_EXE_dnstxtscore").into());
        let built = Path::new(&built);
        // A hard link where system and file systems allow it, else a copy by a process of its own: one made here may still be
        // open for writing in a child of another thread, and then it cannot be started.
        if std::fs::hard_link(built, &program).is_err() {
            assert!(Command::new("cp").arg(built).arg(&program).status().unwrap().success());
        }
        Self { app, folder }
    }

    /// The folder that the program lies in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn app(&self) -> &Path {
        self.app.path()
    }

    pub fn library(&self) -> PathBuf {
        self.folder.join(dnstxtscore::library::FILE_NAME)
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let program = self.folder.join("dnstxtscore");
        let runner = std::env::var("DNSTXTSCORE_RUNNER").unwrap_or_default();
        let mut runner = runner.split_whitespace();
        let mut command = match runner.next() {
            Some(emulator) => Command::new(emulator),
            None => Command::new(&program),
        };
        if command.get_program() != program {
            command.args(runner).arg(&program);
        }
        command
            .args(args)
            .env_remove("SPLUNK_HOME")
            .env_remove("LD_LIBRARY_PATH")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program over a whole standard input.
    pub fn run(&self, args: &[&str], input: &[u8]) -> Output {
        talk(&mut self.command(args), input)
    }
}

/// Whether `DNSTXTSCORE_RUNNER` starts the program: then it cannot start itself again, and ONNX Runtime does not know the
/// processor, which it says on stderr.
pub fn emulated() -> bool {
    std::env::var_os("DNSTXTSCORE_RUNNER").is_some()
}

/// Feeds a command and waits for its end.
pub fn talk(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feed = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    feed.join().unwrap();
    output
}

/// Bytes of one chunk.
pub fn chunk(metadata: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    Chunk::write(&mut bytes, metadata.as_bytes(), body).unwrap();
    bytes
}

pub fn getinfo(args: &[&str]) -> Vec<u8> {
    let request = serde_json::json!({"action": "getinfo", "preview": false, "streaming_command_will_restart": false, "searchinfo": {
        "args": args, "raw_args": args, "dispatch_dir": "/tmp/none", "sid": "1700000000.1", "app": "search", "owner": "admin",
        "session_key": "topsecretkey", "splunk_version": "9.3.1", "command": "dnstxtscore", "maxresultrows": 50000,
        "earliest_time": "0", "latest_time": "0"}});
    chunk(&request.to_string(), b"")
}

pub fn execute(finished: bool, body: &[u8]) -> Vec<u8> {
    chunk(&format!("{{\"action\":\"execute\",\"finished\":{finished}}}"), body)
}

/// The replies in a stream: metadata and body.
pub fn replies(mut stream: &[u8]) -> Vec<(Value, Vec<u8>)> {
    let (mut chunk, mut out) = (Chunk::default(), Vec::new());
    while chunk.read(&mut stream).unwrap() {
        out.push((serde_json::from_slice(&chunk.metadata).unwrap(), chunk.body.clone()));
    }
    out
}

/// `../shared`, or `None` with a line that says so.
pub fn shared(test: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped {test}: ../shared is absent");
    None
}
