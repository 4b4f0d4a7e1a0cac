//! What the integration tests share: an installed copy of the program, and the requests of splunkd.
//!
//! Three variables test another program than the one just built, even one for another CPU: `DNSTXTSCORE_PROGRAM` and
//! `DNSTXTSCORE_LIBRARY` are its files, `DNSTXTSCORE_RUNNER` starts it (`qemu-aarch64-static -L FOLDER`).
#![allow(dead_code, unreachable_pub, unused_imports)] // each test file uses a part

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub use test_splunk::splunkd::{SESSION_KEY, chunk, execute, getinfo};

/// The pinned library that `cargo xtask test` installs.
pub fn library() -> PathBuf {
    if let Some(path) = std::env::var_os("DNSTXTSCORE_LIBRARY") {
        return path.into();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("bin").join(dnstxtscore::model::runtime::FILE_NAME);
    assert!(path.exists(), "{} is missing: run `cargo xtask test`, which installs it", path.display());
    path
}

/// The folder of an app with the program under test in `bin`, and the library next to it.
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
        // A hard link if possible, else a copy made by another process: a file that this process writes may still be open for
        // writing in a child of another thread, and then it cannot be started.
        if std::fs::hard_link(built, &program).is_err() {
            assert!(Command::new("cp").arg(built).arg(&program).status().unwrap().success());
        }
        Self { app, folder }
    }

    /// The folder of the program.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn app(&self) -> &Path {
        self.app.path()
    }

    pub fn library(&self) -> PathBuf {
        self.folder.join(dnstxtscore::model::runtime::FILE_NAME)
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

/// Whether `DNSTXTSCORE_RUNNER` starts the program. Then it cannot restart itself, and ONNX Runtime reports on stderr that it does
/// not know the CPU.
pub fn emulated() -> bool {
    std::env::var_os("DNSTXTSCORE_RUNNER").is_some()
}

/// Feeds a command and waits until it ends.
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

/// The replies in a stream: metadata and body.
pub fn replies(stream: &[u8]) -> Vec<(serde_json::Value, Vec<u8>)> {
    test_splunk::splunkd::replies(stream).unwrap()
}
