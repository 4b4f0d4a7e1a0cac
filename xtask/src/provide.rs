//! `bin/`: the release binary and the pinned ONNX Runtime beside it. Nothing is done twice.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::runtimes::{self, Runtime};
use crate::{Result, root, sha256};

/// Builds the binary and puts it into `bin/`, with the library.
pub fn build() -> Result<()> {
    library()?;
    let status = cargo(&["build", "--release", "--locked", "--package", "dnstxtscore"])?;
    if !status {
        return Err("the build failed; the compiler's words are above".into());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    let (built, installed) = (target.join("release/dnstxtscore"), root().join("bin/dnstxtscore"));
    if fs::read(&built).ok() != fs::read(&installed).ok() || !installed.exists() {
        // A running search keeps the old file: rename over it instead of writing into it.
        let fresh = installed.with_extension("new");
        fs::copy(&built, &fresh).and_then(|_| fs::rename(&fresh, &installed)).map_err(|e| format!("{}: {e}", installed.display()))?;
    }
    Ok(())
}

/// Runs cargo in the checkout; whether it succeeded.
pub fn cargo(args: &[&str]) -> Result<bool> {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let status = Command::new(cargo).args(args).current_dir(root()).status();
    Ok(status.map_err(|e| format!("cargo did not start: {e}"))?.success())
}

/// Provides the library for this machine in `bin/`, verified.
pub fn library() -> Result<()> {
    provide(pinned(std::env::consts::OS, std::env::consts::ARCH)?, &root().join("bin"))
}

/// The same for a Linux machine of another kind, in another folder.
pub fn library_for(machine: &str, folder: &Path) -> Result<()> {
    provide(pinned("linux", machine)?, folder)
}

fn provide(runtime: &Runtime, bin: &Path) -> Result<()> {
    let library = bin.join("libonnxruntime.so");
    let notices = ["LICENSE", "ThirdPartyNotices.txt"].map(|name| (name, bin.join(format!("onnxruntime-{name}"))));
    if notices.iter().all(|(_, path)| path.exists()) && fs::read(&library).is_ok_and(|bytes| sha256(&bytes) == runtime.library_sha256) {
        return Ok(());
    }
    let python = std::env::var_os("PYTHON").unwrap_or("python3".into());
    let wheel = fetch(runtime, &root().join("target/wheels").join(runtime.arch), &python)?;
    fs::create_dir_all(bin).map_err(|e| format!("{}: {e}", bin.display()))?;
    let mut archive = File::open(&wheel)
        .map_err(io_error(&wheel))
        .and_then(|f| zip::ZipArchive::new(f).map_err(|e| format!("{}: {e}", wheel.display())))?;
    let mut unpack = |inside: &str, to: &Path| -> Result<()> {
        let mut bytes = Vec::new();
        let mut entry = archive.by_name(inside).map_err(|e| format!("{inside} is not in the wheel: {e}"))?;
        entry.read_to_end(&mut bytes).and_then(|_| fs::write(to, bytes)).map_err(io_error(to))
    };
    for (name, path) in &notices {
        unpack(&format!("onnxruntime/{name}"), path)?;
    }
    let fresh = library.with_extension("new");
    unpack(&format!("onnxruntime/capi/{}", runtime.library), &fresh)?;
    expect_sha256(&fresh, runtime.library_sha256)?;
    fs::rename(&fresh, &library).map_err(io_error(&library))
}

/// The runtime of a platform, from the table.
fn pinned(os: &str, arch: &str) -> Result<&'static Runtime> {
    runtimes::find(os, arch).ok_or_else(|| {
        let known = runtimes::RUNTIMES.iter().map(|r| format!("{} {}", r.os, r.arch)).collect::<Vec<_>>().join(", ");
        format!("no ONNX Runtime is pinned for {os} {arch}; use one of {known}, or add a line to xtask/src/runtimes.rs")
    })
}

/// The wheel in `folder`, fetched by pip if it is not there.
fn fetch(runtime: &Runtime, folder: &Path, python: &OsStr) -> Result<PathBuf> {
    let present =
        || fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|e| e == "whl"));
    if let Some(wheel) = present()
        && fs::read(&wheel).is_ok_and(|bytes| sha256(&bytes) == runtime.wheel_sha256)
    {
        return Ok(wheel);
    }
    let _ = fs::remove_dir_all(folder);
    println!("fetching onnxruntime {} for {} {} (17 MB) from PyPI", runtimes::VERSION, runtime.os, runtime.arch);
    let package = format!("onnxruntime=={}", runtimes::VERSION);
    let mut pip = Command::new(python);
    pip.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--python-version",
        "311",
    ]);
    for platform in runtime.platforms {
        pip.args(["--platform", platform]);
    }
    let status = pip.arg("--dest").arg(folder).arg(package).status();
    match status {
        Err(error) => return Err(format!("python3 did not start ({error}); install Python 3 with pip, or name one in PYTHON")),
        Ok(status) if !status.success() => {
            return Err(
                "pip could not fetch the wheel; check that Python has pip and that the package index can be reached, then run this again"
                    .into(),
            );
        }
        Ok(_) => {}
    }
    let wheel = present().ok_or("pip fetched no wheel; run this again")?;
    expect_sha256(&wheel, runtime.wheel_sha256)?;
    Ok(wheel)
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> String {
    let path = path.display().to_string();
    move |error| format!("{path}: {error}")
}

fn expect_sha256(path: &Path, pinned: &str) -> Result<()> {
    let digest = sha256(&fs::read(path).map_err(io_error(path))?);
    if digest == pinned {
        return Ok(());
    }
    let _ = fs::remove_file(path);
    Err(format!(
        "{} has the sha256 {digest}, not the pinned {pinned}; it was removed: run this again, and if it comes again, do not use what your package index serves",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unsupported_platform_is_said_with_the_ones_there_are() {
        let said = pinned("plan9", "mips").err().unwrap();
        assert!(said.contains("plan9 mips; use one of linux x86_64, linux aarch64"), "{said}");
    }

    #[test]
    fn no_python_and_no_package_index_are_said_with_the_next_step() {
        let folder = tempfile::tempdir().unwrap();
        let said = |python: &str| fetch(&runtimes::RUNTIMES[0], &folder.path().join("wheels"), python.as_ref()).unwrap_err();
        assert!(said("/no/such/python").contains("install Python 3 with pip"));
        // `false` is a Python whose pip fails, as it does without a network.
        assert!(said("false").contains("check that Python has pip and that the package index can be reached"));
    }

    #[test]
    fn a_wrong_checksum_is_named_and_the_file_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.whl");
        fs::write(&path, "abc").unwrap();
        let said = expect_sha256(&path, "00").unwrap_err();
        assert!(
            said.contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") && said.contains("not the pinned 00"),
            "{said}"
        );
        assert!(!path.exists());
    }
}
