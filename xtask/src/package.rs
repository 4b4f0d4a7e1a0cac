//! `cargo xtask package`: the app as Splunk installs it, twice from one build, with checksums beside it.
//!
//! The same checkout gives the same bytes: files in order, no owner, one time, paths of the building machine mapped away.
//! What goes in is listed; a file that is not is an error.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, conf, glibc, notices, provide, root, sbom, sha256, tools};

/// The folder in `etc/apps`.
pub const APP: &str = "SA-dnstxtscore";
/// No release after this glibc is needed: RHEL 8 has it.
pub const GLIBC: (u32, u32) = (2, 28);
/// Machines that there are packages for, as `std::env::consts::ARCH` names them.
pub const MACHINES: [&str; 2] = ["x86_64", "aarch64"];

/// The compiler's name of a machine.
pub fn target(machine: &str) -> String {
    format!("{machine}-unknown-linux-gnu")
}

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

    fn file_name(self, version: &str, machine: &str) -> String {
        match self {
            Self::Enterprise => format!("{APP}-{version}-linux-{machine}.spl"),
            Self::SearchHead => format!("{APP}-{version}-linux-{machine}-search-head.spl"),
        }
    }
}

/// The time of every file in a package, and of its bill of materials: 2025-01-01, because some unpackers warn of 1970.
pub const TIME: u64 = 1_735_689_600;

/// Files of the checkout that are part of the app. `bin` and what is rendered come apart.
const SHIPPED: [&str; 6] = ["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "app.manifest", "metadata/default.meta"];
/// Folders, and how the names of the files in them end.
const FOLDERS: [(&str, &str); 4] =
    [("default", ".conf"), ("default/data/ui/nav", ".xml"), ("default/data/ui/views", ".xml"), ("static", ".png")];
const CARD: [&str; 4] = ["README.md", "config.json", "roc.png", "reliability.png"];
const BIN: [&str; 3] = ["libonnxruntime.so", "onnxruntime-LICENSE", "onnxruntime-ThirdPartyNotices.txt"];

/// A file of the package: its path below the app's folder, its bytes, whether it is a program.
pub type Files = BTreeMap<String, (Vec<u8>, bool)>;

pub fn run(args: &[&str]) -> Result<()> {
    let machine = match args {
        [] => std::env::consts::ARCH,
        [machine] => machine,
        _ => return Err("package takes one machine".into()),
    };
    if !MACHINES.contains(&machine) {
        return Err(format!("there are packages for {}, not for {machine}", MACHINES.join(" and ")));
    }
    for path in write(&root().join("target/package").join(machine), machine)? {
        println!("{}", path.display());
    }
    Ok(())
}

/// Builds and writes both packages for a machine, the bill of materials and SHA256SUMS; their paths.
pub fn write(folder: &Path, machine: &str) -> Result<Vec<PathBuf>> {
    let runtime = root().join("target/runtimes").join(machine);
    provide::library_for(machine, &runtime)?;
    let program = build(machine)?;
    let app = conf::read(&root().join("default/app.conf"))?;
    let version = &app["id"]["version"];
    fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut written = Vec::new();
    for kind in Kind::ALL {
        let files = files(kind, machine, &program, &runtime)?;
        for (name, (bytes, _)) in files.iter().filter(|(name, _)| name.starts_with("bin/")) {
            glibc::check(name, bytes, &glibc::FLOORS)?;
        }
        written.push((kind.file_name(version, machine), archive(&files)?));
    }
    written.push((format!("{APP}-{version}-linux-{machine}.cdx.json"), sbom::render(machine, &runtime)?.into_bytes()));
    let sums = written.iter().map(|(name, bytes)| format!("{}  {name}\n", sha256(bytes))).collect::<String>();
    written.push(("SHA256SUMS".into(), sums.into_bytes()));
    written
        .into_iter()
        .map(|(name, bytes)| {
            let path = folder.join(name);
            fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display())).map(|()| path)
        })
        .collect()
}

/// The release binary for the glibc floor. The compiler must have the standard library of the machine.
fn build(machine: &str) -> Result<PathBuf> {
    let programs = tools::ZIG.provide()?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(programs).chain(std::env::split_paths(&path))).map_err(|e| format!("PATH: {e}"))?;
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let mapped =
        [(root(), "."), (home.unwrap_or_default(), "cargo")].map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    let flags: Vec<String> = std::env::var("RUSTFLAGS").unwrap_or_default().split_whitespace().map(str::to_owned).chain(mapped).collect();
    let (folder, target) = (root().join("target/package-build"), target(machine));
    let status = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["zigbuild", "--release", "--locked", "--package", "dnstxtscore", "--target", &format!("{target}.{}.{}", GLIBC.0, GLIBC.1)])
        .env("PATH", path)
        .env("CARGO_TARGET_DIR", &folder)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .current_dir(root())
        .status()
        .map_err(|e| format!("cargo did not start: {e}"))?;
    if !status.success() {
        return Err(format!("the build failed; the compiler's words are above (if it lacks the machine: `rustup target add {target}`)"));
    }
    Ok(folder.join(target).join("release/dnstxtscore"))
}

/// Everything that goes into a package.
pub fn files(kind: Kind, machine: &str, program: &Path, runtime: &Path) -> Result<Files> {
    let mut files = Files::new();
    let mut add = |name: String, path: &Path| -> Result<()> {
        let bytes = fs::read(path).map_err(|e| format!("{}: {e}; run `cargo xtask build`", path.display()))?;
        files.insert(name, (bytes, false));
        Ok(())
    };
    for name in SHIPPED {
        add(name.into(), &root().join(name))?;
    }
    for (folder, ending) in FOLDERS {
        for name in listed(&root().join(folder), ending)? {
            add(format!("{folder}/{name}"), &root().join(folder).join(&name))?;
        }
    }
    let model = format!("models/{}", dnstxtscore::model::NAME);
    for name in CARD {
        add(format!("{model}/{name}"), &root().join(&model).join(name))?;
    }
    add("models/CHANGELOG.md".into(), &root().join("models/CHANGELOG.md"))?;
    for name in BIN {
        add(format!("bin/{name}"), &runtime.join(name))?;
    }
    add("bin/dnstxtscore".into(), program)?;
    if let Some((_, is_program)) = files.get_mut("bin/dnstxtscore") {
        *is_program = true;
    }
    files.insert("THIRD_PARTY.md".into(), (notices::render(machine)?.into_bytes(), false));
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

/// The files of a folder, all with the one ending; folders in it come apart.
pub fn listed(folder: &Path, ending: &str) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let files = entries.flatten().filter(|entry| !entry.path().is_dir());
    files
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(ending) && !name.starts_with('.') {
                Ok(name)
            } else {
                let folder = folder.display();
                Err(format!("{folder}/{name} is not on the list of what ships (*{ending}): remove it, or list it in xtask/src/package.rs"))
            }
        })
        .collect()
}

/// A gzipped tar that depends on nothing but the files: folders 755, programs 755, files 644, owner 0, one fixed time.
pub fn archive(files: &Files) -> Result<Vec<u8>> {
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
