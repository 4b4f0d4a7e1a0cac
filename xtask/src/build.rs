//! `cargo xtask build`: puts the release binary and the pinned ONNX Runtime into `bin/`. What is up to date is not made again.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Cursor, Read as _};
use std::path::Path;
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
    let mut archive = zip::ZipArchive::new(Cursor::new(wheel)).map_err(|e| format!("the wheel: {e}"))?;
    let mut unpack = |inside: &str| -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let entry = archive.by_name(inside).map_err(|e| format!("{inside} is not in the wheel: {e}"));
        entry?.read_to_end(&mut bytes).map_err(|e| format!("{inside} in the wheel: {e}")).map(|_| bytes)
    };
    for (name, path) in &notices {
        fs::write(path, unpack(&format!("onnxruntime/{name}"))?).map_err(io_error(path))?;
    }
    let bytes = unpack(&format!("onnxruntime/capi/{}", release.library))?;
    expect_sha256("the library in the wheel", &bytes, release.library_sha256)?;
    let fresh = library.with_extension("new");
    fs::write(&fresh, bytes).and_then(|()| fs::rename(&fresh, &library)).map_err(io_error(&library))
}

/// The release for a platform.
fn pinned(os: &str, arch: &str) -> Result<&'static RuntimeRelease> {
    runtime_releases::find(os, arch).ok_or_else(|| {
        let known = runtime_releases::RELEASES.iter().map(|r| format!("{} {}", r.os, r.arch)).collect::<Vec<_>>().join(", ");
        format!("no ONNX Runtime is pinned for {os} {arch}; use one of {known}, or add an entry to src/model/runtime_releases.rs")
    })
}

/// The bytes of the wheel in `folder`, which were compared with its hash; pip fetches it if it is missing. The file is not read
/// again, so nobody can replace it after that.
fn fetch(release: &RuntimeRelease, folder: &Path, python: &OsStr) -> Result<Vec<u8>> {
    let present =
        || fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|e| e == "whl"));
    if let Some(bytes) = present().and_then(|wheel| fs::read(wheel).ok())
        && sha256(&bytes) == release.wheel_sha256
    {
        return Ok(bytes);
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
    let bytes = fs::read(&wheel).map_err(io_error(&wheel))?;
    if let Err(why) = expect_sha256(&wheel.display().to_string(), &bytes, release.wheel_sha256) {
        let _ = fs::remove_file(wheel);
        return Err(format!("{why}; it was removed: run this again"));
    }
    Ok(bytes)
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> String {
    let path = path.display().to_string();
    move |error| format!("{path}: {error}")
}

/// Compares the bytes of ONNX Runtime for Linux on a CPU with its pinned hash.
///
/// # Errors
/// If they differ.
pub fn expect_library(cpu: &str, bytes: &[u8]) -> Result<()> {
    expect_sha256("the library for the package", bytes, pinned("linux", cpu)?.library_sha256)
}

fn expect_sha256(name: &str, bytes: &[u8], pinned: &str) -> Result<()> {
    let digest = sha256(bytes);
    if digest == pinned {
        return Ok(());
    }
    Err(format!("{name} has the sha256 {digest}, not the pinned {pinned}; if it comes again, do not use what your package index serves"))
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
    fn a_wrong_checksum_is_named() {
        let error = expect_sha256("x.whl", b"abc", "00").unwrap_err();
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(error.contains(digest) && error.contains("not the pinned 00"), "{error}");
        assert!(expect_sha256("x.whl", b"abc", digest).is_ok());
        assert!(expect_library("x86_64", b"abc").is_err());
    }
}
