//! `cargo xtask ruff`: format and lint of all Python, by `ruff.toml`.

use std::process::Command;

use crate::{Result, root, tools};

/// Runs ruff.
///
/// # Errors
/// If a file is not formatted, or if a rule is broken.
pub fn run() -> Result<()> {
    let ruff = tools::RUFF.install()?.join("ruff");
    for task in [["format", "--check"].as_slice(), &["check"]] {
        let status = Command::new(&ruff).args(task).args(["--no-cache", "."]).current_dir(root()).status();
        if !status.map_err(|e| format!("{}: {e}", ruff.display()))?.success() {
            return Err(format!("ruff {} found problems; they are printed above", task[0]));
        }
    }
    Ok(())
}
