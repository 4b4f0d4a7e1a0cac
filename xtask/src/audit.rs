//! `cargo xtask audit`: cargo-deny on the crates that are linked into the program, by `deny.toml`.

use std::process::Command;

use crate::{Result, advisories, root, tools};

/// Runs cargo-deny.
///
/// # Errors
/// If it finds something.
pub fn run() -> Result<()> {
    let deny = tools::DENY.install()?.join("cargo-deny");
    let check = |what: &[&str]| {
        let mut command = Command::new(&deny);
        command.args(["--locked", "--exclude-dev", "check", "--hide-inclusion-graph"]).args(what).current_dir(root());
        command.output().map_err(|e| format!("{}: {e}", deny.display()))
    };
    let output = check(&["licenses", "bans", "sources"])?;
    print!("{}{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    if !output.status.success() {
        return Err("cargo-deny found problems; they are printed above".into());
    }
    println!("ONNX Runtime {}, looked up on {}: {}", advisories::VERSION, advisories::DATE, advisories::SCOPE);
    for one in &advisories::ADVISORIES {
        println!("{} ({}): {}. Not affected: {}", one.id, one.severity, one.description, one.analysis);
    }
    // Apart, because a machine without a way to GitHub cannot have the database, and that is not a finding.
    let fetched = Command::new(&deny).args(["--locked", "fetch", "db"]).current_dir(root()).output();
    if !fetched.map_err(|e| format!("{}: {e}", deny.display()))?.status.success() {
        println!("advisories NOT CHECKED: RustSec's database could not be fetched from here");
        return Ok(());
    }
    let output = check(&["advisories", "--disable-fetch"])?;
    print!("{}{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    if output.status.success() { Ok(()) } else { Err("a crate has an advisory; it is named above".into()) }
}
