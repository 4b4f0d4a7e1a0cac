//! `cargo xtask package`: the app as Splunk installs it, as two packages from one build, and the archive for the command line; with
//! bills of materials and checksums.
//!
//! The same checkout gives the same bytes: files are sorted, have no owner and the same time, and paths of the building machine
//! are removed. Only listed files are included; any other file in a shipped folder is an error.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use dnstxtscore::digest::sha256;
use test_splunk::conf;

use crate::app::Program;
use crate::tarball::{self, Files};
use crate::{Result, app, build, command_line, glibc, notices, root, sbom, tools};

/// What a package is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Search heads and, through the knowledge bundle, indexers.
    Enterprise,
    /// Search heads only: Splunk Cloud, and indexers with another CPU.
    SearchHead,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Enterprise, Self::SearchHead];

    fn file_name(self, version: &str, cpu: &str) -> String {
        match self {
            Self::Enterprise => format!("{}-{version}-linux-{cpu}.spl", app::NAME),
            Self::SearchHead => format!("{}-{version}-linux-{cpu}-search-head.spl", app::NAME),
        }
    }
}

/// Files of the checkout that are part of the app. `bin` and rendered files are added separately.
const SHIPPED: [&str; 7] =
    ["CHANGELOG.md", "LICENSE", "SECURITY.md", "app.manifest", "docs/splunk.md", "docs/tuning.md", "metadata/default.meta"];
/// What the app's README has after the introduction of the repository's, which goes on to build and test.
const README_END: &str = "- [docs/splunk.md](docs/splunk.md): install, first steps, searches, options and columns, cost, what was not tried\n\
    - [docs/tuning.md](docs/tuning.md): every macro\n\
    - the models' cards, of [texts](models/dnstxt_v3/README.md) and of [channels](models/channel_v1/README.md): how often they are wrong\n\
    - [SECURITY.md](SECURITY.md), [CHANGELOG.md](CHANGELOG.md)\n";
/// Folders, and the ending of the names of their files.
const FOLDERS: [(&str, &str); 5] =
    [("default", ".conf"), ("default/data/ui/nav", ".xml"), ("default/data/ui/views", ".xml"), ("lookups", ".csv"), ("static", ".png")];

/// Writes the packages for a CPU and prints their paths.
///
/// # Errors
/// If building or writing fails.
pub fn run(cpu: &str) -> Result<()> {
    for path in write(&root().join("target/package").join(cpu), cpu)? {
        println!("{}", path.display());
    }
    Ok(())
}

/// Builds and writes both packages and the archive for a CPU, their bills of materials and SHA256SUMS. Returns their paths.
///
/// # Errors
/// If building or writing fails, or a binary needs a newer glibc than the floor.
pub fn write(folder: &Path, cpu: &str) -> Result<Vec<PathBuf>> {
    let runtime = root().join("target/runtimes").join(cpu);
    build::library_for(cpu, &runtime)?;
    let app = conf::read(&root().join("default/app.conf"))?;
    let version = &app["id"]["version"];
    fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut written = Vec::new();
    let program = build(cpu, Program::Splunk)?;
    for kind in Kind::ALL {
        let files = files(kind, cpu, &program, &runtime)?;
        check_binaries(&files, cpu)?;
        written.push((kind.file_name(version, cpu), tarball::pack(app::NAME, &files)?));
    }
    written.push((format!("{}-{version}-linux-{cpu}.cdx.json", app::NAME), sbom::render(cpu, &runtime, Program::Splunk)?.into_bytes()));
    let name = command_line::folder_name(version, cpu);
    let files = command_line::files(cpu, &build(cpu, Program::Whole)?, &runtime)?;
    check_binaries(&files, cpu)?;
    written.push((format!("{name}.tar.gz"), tarball::pack(&name, &files)?));
    written.push((format!("{name}.cdx.json"), sbom::render(cpu, &runtime, Program::Whole)?.into_bytes()));
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

/// Checks the bytes that are packed, not the files as they were before.
fn check_binaries(files: &Files, cpu: &str) -> Result<()> {
    for (name, (bytes, _)) in files.iter().filter(|(name, _)| name.starts_with("bin/")) {
        glibc::check(name, bytes, &glibc::FLOORS)?;
        if name.ends_with(dnstxtscore::model::runtime::FILE_NAME) {
            build::expect_library(cpu, bytes)?;
        }
    }
    Ok(())
}

/// The release binary for the glibc floor. The compiler needs the standard library for the CPU.
fn build(cpu: &str, program: Program) -> Result<PathBuf> {
    let programs = tools::ZIG.install()?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(programs).chain(std::env::split_paths(&path))).map_err(|e| format!("PATH: {e}"))?;
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let mapped =
        [(root(), "."), (home.unwrap_or_default(), "cargo")].map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    let flags: Vec<String> = std::env::var("RUSTFLAGS").unwrap_or_default().split_whitespace().map(str::to_owned).chain(mapped).collect();
    let (folder, target) = (root().join("target/package-build"), app::target(cpu));
    let status = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
        .args([
            "zigbuild",
            "--release",
            "--locked",
            "--package",
            "dnstxtscore",
            "--target",
            &format!("{target}.{}.{}", app::GLIBC_FLOOR.0, app::GLIBC_FLOOR.1),
        ])
        .args(program.features())
        .env("PATH", path)
        .env("CARGO_TARGET_DIR", &folder)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .current_dir(root())
        .status()
        .map_err(|e| format!("cargo did not start: {e}"))?;
    if !status.success() {
        return Err(format!(
            "the build failed; see the compiler's output above (if it lacks the standard library: `rustup target add {target}`)"
        ));
    }
    // The next build writes to the same place.
    let (built, kept) = (folder.join(&target).join("release/dnstxtscore"), folder.join(format!("{target}-{program:?}")));
    fs::copy(&built, &kept).map_err(|e| format!("{}: {e}", built.display()))?;
    Ok(kept)
}

/// All files of a package.
///
/// # Errors
/// If a file is missing or not listed.
pub fn files(kind: Kind, cpu: &str, program: &Path, runtime: &Path) -> Result<Files> {
    let mut files = Files::new();
    let mut add = |name: String, path: &Path| -> Result<()> {
        let bytes = fs::read(path).map_err(|e| format!("{}: {e}; run `cargo xtask build`", path.display()))?;
        files.insert(name, (bytes, false));
        Ok(())
    };
    for name in SHIPPED {
        add(name.into(), &root().join(name))?;
    }
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let (introduction, _) = readme.split_once("![").ok_or_else(|| format!("{} has no picture after its introduction", path.display()))?;
    for (folder, ending) in FOLDERS {
        for name in listed(&root().join(folder), ending)? {
            add(format!("{folder}/{name}"), &root().join(folder).join(&name))?;
        }
    }
    for (model, card) in app::CARDS {
        for name in card {
            let name = format!("models/{model}/{name}");
            add(name.clone(), &root().join(name))?;
        }
    }
    add("models/CHANGELOG.md".into(), &root().join("models/CHANGELOG.md"))?;
    for name in app::BIN {
        add(format!("bin/{name}"), &runtime.join(name))?;
    }
    add("bin/dnstxtscore".into(), program)?;
    if let Some((_, is_program)) = files.get_mut("bin/dnstxtscore") {
        *is_program = true;
    }
    files.insert("README.md".into(), (format!("{introduction}{README_END}").into_bytes(), false));
    files.insert("THIRD_PARTY.md".into(), (notices::render(cpu, Program::Splunk)?.into_bytes(), false));
    if kind == Kind::SearchHead {
        let (commands, _) = files.get_mut("default/commands.conf").ok_or("no commands.conf")?;
        commands.extend_from_slice(b"# The command always runs on the search head.\ncommand.arg.1 = --search-head\n");
        let app = app::NAME;
        let denied = format!(
            "# The program runs on the search head only. In splunkd's patterns `...` crosses folders and a dot is a dot; AppInspect reads\n\
             # the same stanza as regular expressions, with the file name of the package as the folder: the second line is for it.\n\
             [replicationDenylist]\n{app}_bin = apps[/\\\\]{app}[/\\\\]bin[/\\\\]...\n{app}_bin_appinspect = apps[/\\\\]{app}[^/\\\\]*[/\\\\]bin[/\\\\].*\n"
        );
        files.insert("default/distsearch.conf".into(), (denied.into_bytes(), false));
        let (manifest, _) = files.get_mut("app.manifest").ok_or("no app.manifest")?;
        let text = String::from_utf8_lossy(manifest).replace("\"_search_heads\", \"_indexers\"", "\"_search_heads\"");
        *manifest = text.into_bytes();
    }
    Ok(files)
}

/// The files of a folder, which must all have the same ending. Folders in it are listed separately.
///
/// # Errors
/// With the name of a file that has another ending or is hidden.
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
