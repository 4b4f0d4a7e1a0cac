//! What some tests need beyond the checkout, Rust and Python.
//!
//! Such tests are in a module `needs_<name>` and ignored, with the reason, under plain `cargo test`. `cargo xtask test` runs them
//! if the need is met and says so if it is not; with `--require <name>` an unmet need is an error.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::root;

/// Something that tests need.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// The end of the module's name.
    pub name: &'static str,
    /// What it is, for people.
    pub description: &'static str,
    pub is_met: fn() -> bool,
}

/// Every need.
pub const NEEDS: [Need; 4] = [
    Need { name: "shared", description: "the folder ../shared", is_met: || shared().is_dir() },
    Need { name: "chromium", description: "Chromium (CHROMIUM names another program)", is_met: || runs(&chromium(), "--version") },
    Need { name: "contentctl", description: "Python 3.11 to 3.13 for contentctl", is_met: python_has_contentctl },
    Need { name: "strace", description: "strace, and the right to trace a process", is_met: can_trace },
];

/// The data that is not part of the project, next to the checkout.
pub fn shared() -> PathBuf {
    root().join("../shared")
}

/// The browser.
pub fn chromium() -> PathBuf {
    std::env::var_os("CHROMIUM").unwrap_or("chromium".into()).into()
}

fn runs(program: &std::path::Path, arg: &str) -> bool {
    let status = Command::new(program).arg(arg).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn python_has_contentctl() -> bool {
    let python = std::env::var_os("PYTHON").unwrap_or("python3".into());
    let status = Command::new(python).args(["-c", "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))"]).status();
    status.is_ok_and(|status| status.success())
}

/// Whether strace may trace: containers often forbid it.
fn can_trace() -> bool {
    let status = Command::new("strace").arg("true").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
