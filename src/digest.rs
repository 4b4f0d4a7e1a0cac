//! SHA-256 as hexadecimal digits, the form of `sha256sum`.

use sha2::{Digest, Sha256};

/// The SHA-256 of bytes: 64 lowercase hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    in_hex(&Sha256::digest(bytes))
}

fn in_hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 of what a reader gives to its end, and how many bytes that is.
///
/// # Errors
/// If reading fails.
#[cfg(feature = "triage")]
pub fn sha256_of(mut reader: impl std::io::Read) -> std::io::Result<(u64, String)> {
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0_u64, vec![0; 64 << 10]);
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok((bytes, in_hex(&hash.finalize()))),
            count => {
                hash.update(buffer.get(..count).unwrap_or_default());
                bytes = bytes.saturating_add(count as u64);
            }
        }
    }
}
