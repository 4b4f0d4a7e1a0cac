//! What a developer and CI run: provide ONNX Runtime, build the app in place, play splunkd, run the shipped searches.

pub mod audit;
pub mod bench;
pub mod conf;
pub mod dashboard;
pub mod demo;
pub mod docs;
pub mod fuzz;
pub mod glibc;
pub mod inspect;
pub mod label;
pub mod notices;
pub mod original;
pub mod package;
pub mod provide;
pub mod runtimes;
pub mod sbom;
pub mod spl;
pub mod splunkd;
pub mod tools;

use std::path::{Path, PathBuf};

/// A failure in one sentence, with the next step in it.
pub type Result<T> = std::result::Result<T, String>;

/// The SHA-256 of bytes, as SHA256SUMS writes it.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).into()
}
