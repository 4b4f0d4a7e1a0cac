//! `cargo xtask build`: puts the release binary and the pinned ONNX Runtime into `bin/`. What is up to date is not made again.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

use dnstxtscore::digest::sha256;
use dnstxtscore::model::runtime_releases::{self, RuntimeRelease};

use crate::{Result, root};

/// Builds the binary and puts it into `bin/`, with the library.
///
/// # Errors
/// If the library cannot be fetched or the build fails.
pub fn run() -> Result<()> {
    library()?;
    let status = cargo(&["build", "--release", "--locked", "--package", "dnstxtscore"])?;
    if !status {
        return Err("the build failed; see the compiler's output above".into());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    let (built, installed) = (target.join("release/dnstxtscore"), root().join("bin/dnstxtscore"));
    if fs::read(&built).ok() != fs::read(&installed).ok() || !installed.exists() {
        // A running search keeps the old file open, so it is replaced by a rename and not overwritten.
        let fresh = installed.with_extension("new");
        fs::copy(&built, &fresh).and_then(|_| fs::rename(&fresh, &installed)).map_err(|e| format!("{}: {e}", installed.display()))?;
    }
    Ok(())
}

/// Runs cargo in the checkout. Returns whether it succeeded.
///
/// # Errors
/// If cargo does not start.
pub fn cargo(args: &[&str]) -> Result<bool> {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let status = Command::new(cargo).args(args).current_dir(root()).status();
    Ok(status.map_err(|e| format!("cargo did not start: {e}"))?.success())
}

/// Puts the verified library for this machine into `bin/`.
///
/// # Errors
/// If it cannot be fetched.
pub fn library() -> Result<()> {
    provide(pinned(std::env::consts::OS, std::env::consts::ARCH)?, &root().join("bin"))
}

/// The same for Linux on another CPU, into another folder.
///
/// # Errors
/// If it cannot be fetched.
pub fn library_for(cpu: &str, folder: &Path) -> Result<()> {
    provide(pinned("linux", cpu)?, folder)
}

fn provide(release: &RuntimeRelease, bin: &Path) -> Result<()> {
    let library = bin.join(dnstxtscore::model::runtime::FILE_NAME);
    let notices = ["LICENSE", "ThirdPartyNotices.txt"].map(|name| (name, bin.join(format!("onnxruntime-{name}"))));
    if notices.iter().all(|(_, path)| path.exists()) && fs::read(&library).is_ok_and(|bytes| sha256(&bytes) == release.library_sha256) {
        return Ok(());
    }
    let python = std::env::var_os("PYTHON").unwrap_or("python3".into());
    let wheel = fetch(release, &root().join("target/wheels").join(release.arch), &python)?;
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
    unpack(&format!("onnxruntime/capi/{}", release.library), &fresh)?;
    expect_sha256(&fresh, release.library_sha256)?;
    fs::rename(&fresh, &library).map_err(io_error(&library))
}

/// The release for a platform.
fn pinned(os: &str, arch: &str) -> Result<&'static RuntimeRelease> {
    runtime_releases::find(os, arch).ok_or_else(|| {
        let known = runtime_releases::RELEASES.iter().map(|r| format!("{} {}", r.os, r.arch)).collect::<Vec<_>>().join(", ");
        format!("no ONNX Runtime is pinned for {os} {arch}; use one of {known}, or add an entry to src/model/runtime_releases.rs")
    })
}

/// The wheel in `folder`; pip fetches it if it is missing.
fn fetch(release: &RuntimeRelease, folder: &Path, python: &OsStr) -> Result<PathBuf> {
    let present =
        || fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|e| e == "whl"));
    if let Some(wheel) = present()
        && fs::read(&wheel).is_ok_and(|bytes| sha256(&bytes) == release.wheel_sha256)
    {
        return Ok(wheel);
    }
    let _ = fs::remove_dir_all(folder);
    println!("fetching onnxruntime {} for {} {} (17 MB) from PyPI", runtime_releases::VERSION, release.os, release.arch);
    let package = format!("onnxruntime=={}", runtime_releases::VERSION);
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
    for platform in release.platforms {
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
    expect_sha256(&wheel, release.wheel_sha256)?;
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
    fn an_unsupported_platform_is_reported_with_the_supported_ones() {
        let error = pinned("plan9", "mips").err().unwrap();
        assert!(error.contains("plan9 mips; use one of linux x86_64, linux aarch64"), "{error}");
    }

    #[test]
    fn no_python_and_no_package_index_are_reported_with_the_next_step() {
        let folder = tempfile::tempdir().unwrap();
        let error = |python: &str| fetch(&runtime_releases::RELEASES[0], &folder.path().join("wheels"), python.as_ref()).unwrap_err();
        assert!(error("/no/such/python").contains("install Python 3 with pip"));
        // `false` is a Python whose pip fails, as it does without a network.
        assert!(error("false").contains("check that Python has pip and that the package index can be reached"));
    }

    #[test]
    fn a_wrong_checksum_is_named_and_the_file_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.whl");
        fs::write(&path, "abc").unwrap();
        let error = expect_sha256(&path, "00").unwrap_err();
        assert!(
            error.contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") && error.contains("not the pinned 00"),
            "{error}"
        );
        assert!(!path.exists());
    }
}
