//! Tools that come as Python packages, each set in a virtual environment of its own under `target/tools/`.

use std::path::PathBuf;
use std::process::Command;

use crate::{Result, root};

/// A set of pinned packages.
pub struct Tools {
    pub name: &'static str,
    pub packages: &'static [&'static str],
}

/// A linker that can aim at an old glibc, and the cargo command that uses it.
pub const ZIG: Tools = Tools { name: "zig", packages: &["ziglang==0.17.1", "cargo-zigbuild==0.24.1"] };

/// What Splunk checks an app with before it lists or installs it.
pub const APPINSPECT: Tools = Tools { name: "appinspect", packages: &["splunk-appinspect==4.3.1", "splunk-packaging-toolkit==1.2.8"] };

impl Tools {
    /// The environment's folder of programs, made on the first call.
    pub fn provide(&self) -> Result<PathBuf> {
        let folder = root().join("target/tools").join(self.name);
        let (programs, complete) = (folder.join("bin"), folder.join(format!("complete-{}", self.packages.join("-"))));
        if complete.exists() {
            return Ok(programs);
        }
        println!("installing {} from PyPI", self.packages.join(" and "));
        let python = std::env::var_os("PYTHON").unwrap_or("python3".into());
        let run = |command: &mut Command| -> Result<()> {
            match command.status() {
                Ok(status) if status.success() => Ok(()),
                Ok(_) => Err(format!(
                    "{} could not be installed; check that Python has venv and pip and that the package index can be reached",
                    self.packages.join(", ")
                )),
                Err(error) => Err(format!("python3 did not start ({error}); install Python 3, or name one in PYTHON")),
            }
        };
        run(Command::new(python).args(["-m", "venv", "--clear"]).arg(&folder))?;
        run(Command::new(programs.join("python"))
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(self.packages))?;
        std::fs::write(&complete, "").map_err(|e| format!("{}: {e}", complete.display()))?;
        Ok(programs)
    }
}
