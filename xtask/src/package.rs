//! `cargo xtask package`: the app as Splunk installs it, twice from one build, with checksums beside it.
//!
//! The same checkout gives the same bytes: files in order, no owner, one time, paths of the building machine mapped away.
//! What goes in is listed; nothing else does.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

use crate::{Result, conf, glibc, notices, provide, root, tools};

/// The folder in `etc/apps`.
pub const APP: &str = "SA-dnstxtscore";
/// No release after this glibc is needed: RHEL 8 has it.
pub const GLIBC: (u32, u32) = (2, 28);
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// What a package is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Search heads and, with the knowledge bundle, indexers.
    Enterprise,
    /// Search heads alone: Splunk Cloud, and indexers of another architecture.
    SearchHead,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Enterprise, Self::SearchHead];

    fn file_name(self, version: &str) -> String {
        match self {
            Self::Enterprise => format!("{APP}-{version}-linux-x86_64.spl"),
            Self::SearchHead => format!("{APP}-{version}-linux-x86_64-search-head.spl"),
        }
    }
}

/// Files and folders of the checkout that are part of the app. `bin` and what is rendered come apart.
const SHIPPED: [&str; 7] = ["CHANGELOG.md", "LICENSE", "README.md", "app.manifest", "default", "metadata", "static"];
const CARD: [&str; 4] = ["README.md", "config.json", "roc.png", "reliability.png"];
const BIN: [&str; 3] = ["libonnxruntime.so", "onnxruntime-LICENSE", "onnxruntime-ThirdPartyNotices.txt"];

/// A file of the package: its path below the app's folder, its bytes, whether it is a program.
pub type Files = BTreeMap<String, (Vec<u8>, bool)>;

pub fn run() -> Result<()> {
    for path in write(&root().join("target/package"))? {
        println!("{}", path.display());
    }
    Ok(())
}

/// Builds and writes both packages and SHA256SUMS; their paths.
pub fn write(folder: &Path) -> Result<Vec<PathBuf>> {
    provide::library()?;
    let program = build()?;
    let app = conf::read(&root().join("default/app.conf"))?;
    let version = &app["id"]["version"];
    fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let (mut paths, mut sums) = (Vec::new(), String::new());
    for kind in Kind::ALL {
        let files = files(kind, &program)?;
        for (name, (bytes, _)) in files.iter().filter(|(name, _)| name.starts_with("bin/")) {
            glibc::check(name, bytes, GLIBC)?;
        }
        let (path, bytes) = (folder.join(kind.file_name(version)), archive(&files)?);
        sums += &format!("{}  {}\n", hex(&Sha256::digest(&bytes)), kind.file_name(version));
        fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
        paths.push(path);
    }
    let path = folder.join("SHA256SUMS");
    fs::write(&path, sums).map_err(|e| format!("{}: {e}", path.display()))?;
    paths.push(path);
    Ok(paths)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The release binary for the glibc floor.
fn build() -> Result<PathBuf> {
    let programs = tools::ZIG.provide()?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(programs).chain(std::env::split_paths(&path))).map_err(|e| format!("PATH: {e}"))?;
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let mapped =
        [(root(), "."), (home.unwrap_or_default(), "cargo")].map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    let target = root().join("target/package-build");
    let status = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["zigbuild", "--release", "--locked", "--package", "dnstxtscore", "--target", &format!("{TARGET}.{}.{}", GLIBC.0, GLIBC.1)])
        .env("PATH", path)
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_ENCODED_RUSTFLAGS", mapped.join("\u{1f}"))
        .current_dir(root())
        .status()
        .map_err(|e| format!("cargo did not start: {e}"))?;
    if !status.success() {
        return Err("the build failed; the compiler's words are above".into());
    }
    Ok(target.join(TARGET).join("release/dnstxtscore"))
}

/// Everything that goes into a package.
pub fn files(kind: Kind, program: &Path) -> Result<Files> {
    let mut files = Files::new();
    let mut add = |name: String, path: &Path| -> Result<()> {
        let bytes = fs::read(path).map_err(|e| format!("{}: {e}; run `cargo xtask build`", path.display()))?;
        files.insert(name, (bytes, false));
        Ok(())
    };
    for name in SHIPPED {
        let path = root().join(name);
        for file in if path.is_dir() { below(&path)? } else { vec![path] } {
            let inside = file.strip_prefix(root()).map_err(|e| e.to_string())?.to_string_lossy().into_owned();
            add(inside, &file)?;
        }
    }
    let model = format!("models/{}", dnstxtscore::model::NAME);
    for name in CARD {
        add(format!("{model}/{name}"), &root().join(&model).join(name))?;
    }
    add("models/CHANGELOG.md".into(), &root().join("models/CHANGELOG.md"))?;
    for name in BIN {
        add(format!("bin/{name}"), &root().join("bin").join(name))?;
    }
    add("bin/dnstxtscore".into(), program)?;
    if let Some((_, is_program)) = files.get_mut("bin/dnstxtscore") {
        *is_program = true;
    }
    files.insert("THIRD_PARTY.md".into(), (notices::render()?.into_bytes(), false));
    if kind == Kind::SearchHead {
        let (commands, _) = files.get_mut("default/commands.conf").ok_or("no commands.conf")?;
        commands.extend_from_slice(b"# Every reply is stateful: rows come to the search head.\ncommand.arg.1 = --search-head\n");
        let denied = format!(
            "# The program stays on the search head. In splunkd's patterns `...` crosses folders and a dot is a dot; AppInspect reads\n\
             # the same stanza as regular expressions, and with the package's file name as the folder: the second line is for it.\n\
             [replicationDenylist]\n{APP}_bin = apps[/\\\\]{APP}[/\\\\]bin[/\\\\]...\n{APP}_bin_appinspect = apps[/\\\\]{APP}[^/\\\\]*[/\\\\]bin[/\\\\].*\n"
        );
        files.insert("default/distsearch.conf".into(), (denied.into_bytes(), false));
        let (manifest, _) = files.get_mut("app.manifest").ok_or("no app.manifest")?;
        let text = String::from_utf8_lossy(manifest).replace("\"_search_heads\", \"_indexers\"", "\"_search_heads\"");
        *manifest = text.into_bytes();
    }
    Ok(files)
}

/// All files below a folder, none hidden.
fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut out = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            return Err(format!("{} is hidden, and Splunk refuses hidden files; remove it", path.display()));
        }
        if path.is_dir() { out.extend(below(&path)?) } else { out.push(path) }
    }
    Ok(out)
}

/// A gzipped tar that depends on nothing but the files: folders 755, programs 755, files 644, owner 0, one fixed time.
pub fn archive(files: &Files) -> Result<Vec<u8>> {
    const TIME: u64 = 1_735_689_600; // 2025-01-01: some unpackers warn of 1970
    let failed = |e: std::io::Error| format!("the package: {e}");
    let mut tar = tar::Builder::new(flate2::GzBuilder::new().mtime(0).write(Vec::new(), flate2::Compression::best()));
    let mut header = |path: &str, size: u64, mode: u32, kind: tar::EntryType, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(TIME);
        header.set_entry_type(kind);
        tar.append_data(&mut header, path, bytes).map_err(failed)
    };
    let mut folders: Vec<String> =
        files.keys().flat_map(|name| Path::new(name).ancestors().skip(1).map(|path| format!("{APP}/{}", path.display()))).collect();
    folders.sort();
    folders.dedup();
    for folder in folders {
        header(&format!("{}/", folder.trim_end_matches('/')), 0, 0o755, tar::EntryType::Directory, b"")?;
    }
    for (name, (bytes, is_program)) in files {
        header(&format!("{APP}/{name}"), bytes.len() as u64, if *is_program { 0o755 } else { 0o644 }, tar::EntryType::Regular, bytes)?;
    }
    let mut gzip = tar.into_inner().map_err(failed)?;
    gzip.flush().map_err(failed)?;
    gzip.finish().map_err(failed)
}
