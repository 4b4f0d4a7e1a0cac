//! Tools from package registries, each set in its own folder below `target/tools/`. What a registry serves is compared with hashes
//! that stand here, for each package and all that it needs: a registry must not choose what builds the packages.
//!
//! `xtask/requirements` is made by `uv pip compile --generate-hashes --universal --no-annotate --no-header` from the packages
//! below, and `build.txt` from setuptools and wheel.

use std::ffi::OsStr;
use std::fs;
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
    /// Python packages, in a virtual environment. What they need and all hashes are in `xtask/requirements`.
    PyPi,
    /// Rust programs, built here. The SHA-256 is that of the one package, which holds a `Cargo.lock` with those of all others.
    CratesIo { sha256: &'static str },
}

/// A linker that can target an old glibc, and the cargo command that uses it.
pub const ZIG: Tools = Tools { name: "zig", registry: Registry::PyPi, packages: &["ziglang==0.17.1", "cargo-zigbuild==0.24.1"] };

/// The checks that Splunk runs on an app before it lists or installs it.
pub const APPINSPECT: Tools =
    Tools { name: "appinspect", registry: Registry::PyPi, packages: &["splunk-appinspect==4.3.1", "splunk-packaging-toolkit==1.2.8"] };

/// Splunk's tool for content as YAML, and a lexer of SPL.
pub const CONTENTCTL: Tools =
    Tools { name: "contentctl", registry: Registry::PyPi, packages: &["contentctl==5.6.2", "pygments-lexer-spl==0.1.0"] };

/// What a Python implementation of the command needs: the peer of `cargo xtask bench`.
pub const PEER: Tools = Tools {
    name: "peer",
    registry: Registry::PyPi,
    packages: &["splunk-sdk==2.1.1", "onnxruntime==1.23.2", "numpy==2.4.6", "onnx==1.23.2"],
};

/// What `models/train/import_dsdl.py` needs.
pub const IMPORT: Tools = Tools { name: "import", registry: Registry::PyPi, packages: &["numpy==2.4.6", "onnx==1.23.2"] };

/// Formatter and linter of the Python.
pub const RUFF: Tools = Tools { name: "ruff", registry: Registry::PyPi, packages: &["ruff==0.17.6"] };

/// The bill of materials, by the CycloneDX project's own tool.
pub const CYCLONEDX: Tools = Tools {
    name: "cyclonedx",
    registry: Registry::CratesIo { sha256: "5d162f67705f0f5038759d73bf546a083bf30e8677c2e944b416bca48d9d69a8" },
    packages: &["cargo-cyclonedx@0.5.9"],
};

/// Licences, sources, duplicates and advisories of crates.
pub const DENY: Tools = Tools {
    name: "deny",
    registry: Registry::CratesIo { sha256: "e528dfcbe739af7ce37a77d3d6df1b29dd6887b1c701d888820c0f16b864f737" },
    packages: &["cargo-deny@0.20.2"],
};

/// The command that builds and runs fuzz targets.
pub const FUZZ: Tools = Tools {
    name: "fuzz",
    registry: Registry::CratesIo { sha256: "5acfd01930e49823e58c30dd8012d3338a620377d7c7d4cc140ca4b2169400e2" },
    packages: &["cargo-fuzz@0.13.2"],
};

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
                // What builds a package that comes as source is hashed too, so pip must not fetch it by itself.
                let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-build-isolation"];
                for requirements in ["build", self.name] {
                    let file = root().join(format!("xtask/requirements/{requirements}.txt"));
                    run(Command::new(programs.join("python")).args(pip).arg("-r").arg(file), needs)?;
                }
            }
            Registry::CratesIo { sha256 } => {
                let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
                for package in self.packages {
                    expect_checksum(&cargo, package, sha256)?;
                }
                // Without optimisation: it builds faster and runs for a second.
                let install = ["install", "--locked", "--debug", "--quiet", "--root"];
                run(Command::new(cargo).args(install).arg(&folder).args(self.packages), "Rust with cargo")?;
            }
        }
        fs::write(&complete, "").map_err(|e| format!("{}: {e}", complete.display()))?;
        Ok(programs)
    }
}

/// Compares a crate's checksum in the registry with the pinned one. cargo compares the file that it fetches with the registry's.
fn expect_checksum(cargo: &OsStr, package: &str, pinned: &str) -> Result<()> {
    let (name, version) = package.split_once('@').ok_or_else(|| format!("{package} has no version"))?;
    let folder = root().join("target/tools/checksum");
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    fs::create_dir_all(folder.join("src")).and_then(|()| fs::write(folder.join("src/lib.rs"), "")).map_err(failed)?;
    let manifest = format!("[package]\nname = \"checksum\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n{name} = \"={version}\"\n");
    fs::write(folder.join("Cargo.toml"), manifest).map_err(failed)?;
    let status = Command::new(cargo).args(["generate-lockfile", "--quiet"]).current_dir(&folder).status();
    if !status.map_err(|e| format!("cargo did not start: {e}"))?.success() {
        return Err(format!("{package} was not found on crates.io; check that it can be reached"));
    }
    let lock = fs::read_to_string(folder.join("Cargo.lock")).map_err(failed)?;
    let checksum = checksum_of(&lock, name).ok_or_else(|| format!("{name} has no checksum in the registry"))?;
    if checksum == pinned {
        return Ok(());
    }
    Err(format!("{package} has the checksum {checksum} in the registry, not the pinned {pinned}: do not use what your registry serves"))
}

/// The checksum of a package in a `Cargo.lock`.
fn checksum_of<'l>(lock: &'l str, name: &str) -> Option<&'l str> {
    let package = lock.split("[[package]]").find(|package| package.contains(&format!("\nname = \"{name}\"\n")))?;
    package.lines().find_map(|line| line.strip_prefix("checksum = \"")?.strip_suffix('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_python_package_is_pinned_with_hashes() {
        let read = |name: &str| fs::read_to_string(root().join(format!("xtask/requirements/{name}.txt"))).unwrap();
        for tools in [ZIG, APPINSPECT, CONTENTCTL, PEER, IMPORT, RUFF] {
            let file = read(tools.name);
            for package in tools.packages {
                assert!(file.lines().any(|line| line.starts_with(&format!("{package} "))), "{package}");
            }
        }
        for name in ["build", "zig", "appinspect", "contentctl", "peer", "import", "ruff"] {
            let file = read(name);
            for requirement in file.split("\n").filter(|line| !line.starts_with(' ') && !line.is_empty()) {
                assert!(requirement.contains("==") && requirement.ends_with('\\'), "{name}: {requirement}");
            }
        }
    }

    #[test]
    fn the_checksum_of_a_crate_is_read_from_a_lock() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1\"\n\n[[package]]\nname = \"b\"\nchecksum = \"12\"\n";
        assert_eq!((checksum_of(lock, "b"), checksum_of(lock, "a"), checksum_of(lock, "c")), (Some("12"), None, None));
    }

    #[test]
    fn a_crate_with_another_checksum_is_refused() {
        let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
        let refused = expect_checksum(&cargo, CYCLONEDX.packages[0], "00").unwrap_err();
        assert!(refused.contains("not the pinned 00"), "{refused}");
    }
}
