//! A gzipped tar whose bytes depend on nothing but the files in it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use crate::{Result, app};

/// The files: path below the top folder, bytes, and whether the file is a program.
pub type Files = BTreeMap<String, (Vec<u8>, bool)>;

/// All files below one top folder: folders and programs 755, files 644, owner 0, one fixed time.
///
/// # Errors
/// If the archive cannot be written.
pub fn pack(top: &str, files: &Files) -> Result<Vec<u8>> {
    let failed = |e: std::io::Error| format!("{top}: {e}");
    let mut tar = tar::Builder::new(flate2::GzBuilder::new().mtime(0).write(Vec::new(), flate2::Compression::best()));
    let mut header = |path: &str, size: u64, mode: u32, kind: tar::EntryType, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(app::FILE_TIME);
        header.set_entry_type(kind);
        tar.append_data(&mut header, path, bytes).map_err(failed)
    };
    let mut folders: Vec<String> =
        files.keys().flat_map(|name| Path::new(name).ancestors().skip(1).map(|path| format!("{}/{}", top, path.display()))).collect();
    folders.sort();
    folders.dedup();
    for folder in folders {
        header(&format!("{}/", folder.trim_end_matches('/')), 0, 0o755, tar::EntryType::Directory, b"")?;
    }
    for (name, (bytes, is_program)) in files {
        header(&format!("{}/{name}", top), bytes.len() as u64, if *is_program { 0o755 } else { 0o644 }, tar::EntryType::Regular, bytes)?;
    }
    let mut gzip = tar.into_inner().map_err(failed)?;
    gzip.flush().map_err(failed)?;
    gzip.finish().map_err(failed)
}
