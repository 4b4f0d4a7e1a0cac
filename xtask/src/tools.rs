//! Tools from package registries, each set in its own folder below `target/tools/`.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::{Result, root};

/// A set of pinned packages.
pub struct Tools {
    pub name: &'static str,
    pub registry: Registry,
    pub packages: &'static [&'static str],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registry {
    /// Python packages, in a virtual environment.
    PyPi,
    /// Rust programs, built here.
    CratesIo,
}

/// A linker that can target an old glibc, and the cargo command that uses it.
pub const ZIG: Tools = Tools { name: "zig", registry: Registry::PyPi, packages: &["ziglang==0.17.1", "cargo-zigbuild==0.24.1"] };

/// The checks that Splunk runs on an app before it lists or installs it.
pub const APPINSPECT: Tools =
    Tools { name: "appinspect", registry: Registry::PyPi, packages: &["splunk-appinspect==4.3.1", "splunk-packaging-toolkit==1.2.8"] };

/// What a Python implementation of the command needs: the peer of `cargo xtask bench`.
pub const PEER: Tools =
    Tools { name: "peer", registry: Registry::PyPi, packages: &["splunk-sdk==2.1.1", "onnxruntime==1.23.2", "numpy==2.4.6"] };

/// What `models/train/import_dsdl.py` needs.
pub const IMPORT: Tools = Tools { name: "import", registry: Registry::PyPi, packages: &["numpy==2.4.6", "onnx==1.23.2"] };

/// Formatter and linter of the Python.
pub const RUFF: Tools = Tools { name: "ruff", registry: Registry::PyPi, packages: &["ruff==0.17.6"] };

/// The bill of materials, by the CycloneDX project's own tool.
pub const CYCLONEDX: Tools = Tools { name: "cyclonedx", registry: Registry::CratesIo, packages: &["cargo-cyclonedx@0.5.9"] };

/// Licences, sources, duplicates and advisories of crates.
pub const DENY: Tools = Tools { name: "deny", registry: Registry::CratesIo, packages: &["cargo-deny@0.20.2"] };

/// The command that builds and runs fuzz targets.
pub const FUZZ: Tools = Tools { name: "fuzz", registry: Registry::CratesIo, packages: &["cargo-fuzz@0.13.2"] };

impl Tools {
    /// The folder of the installed programs. Installs them on the first call.
    ///
    /// # Errors
    /// If the tools cannot be installed.
    pub fn install(&self) -> Result<PathBuf> {
        // Tests call this concurrently.
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = root().join("target/tools").join(self.name);
        let (programs, complete) = (folder.join("bin"), folder.join(format!("complete-{}", self.packages.join("-"))));
        if complete.exists() {
            return Ok(programs);
        }
        let from = if self.registry == Registry::PyPi { "PyPI" } else { "crates.io" };
        println!("installing {} from {from}", self.packages.join(" and "));
        let run = |command: &mut Command, needs: &str| -> Result<()> {
            match command.status() {
                Ok(status) if status.success() => Ok(()),
                Ok(_) => Err(format!("{} could not be installed; check that {from} can be reached, and {needs}", self.packages.join(", "))),
                Err(error) => Err(format!("{} did not start ({error}); install it: {needs}", command.get_program().display())),
            }
        };
        match self.registry {
            Registry::PyPi => {
                let needs = "Python 3 with venv and pip, or one named in PYTHON";
                let python = std::env::var_os("PYTHON").unwrap_or("python3".into());
                run(Command::new(python).args(["-m", "venv", "--clear"]).arg(&folder), needs)?;
                let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
                run(Command::new(programs.join("python")).args(pip).args(self.packages), needs)?;
            }
            Registry::CratesIo => {
                // Without optimisation: it builds faster and runs for a second.
                let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
                let install = ["install", "--locked", "--debug", "--quiet", "--root"];
                run(Command::new(cargo).args(install).arg(&folder).args(self.packages), "Rust with cargo")?;
            }
        }
        std::fs::write(&complete, "").map_err(|e| format!("{}: {e}", complete.display()))?;
        Ok(programs)
    }
}
