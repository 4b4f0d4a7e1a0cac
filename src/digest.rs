//! SHA-256 as hexadecimal digits, the form of `sha256sum`.

use sha2::{Digest, Sha256};

/// The SHA-256 of bytes: 64 lowercase hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
