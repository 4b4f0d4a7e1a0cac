//! `cargo xtask release`: everything that is published, from a clean clone of the last commit, built twice and compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use dnstxtscore::digest::sha256;
use test_splunk::conf;

use crate::{Result, app, root};

/// Builds the packages of every CPU in two clones, compares their bytes, and lists them in `target/release-files`.
///
/// # Errors
/// If the checkout has changes, a version is another one somewhere, a build fails, or the two builds differ.
pub fn run() -> Result<()> {
    let changed = output("git", &["status", "--porcelain"])?;
    if !changed.trim().is_empty() {
        return Err(format!("the checkout has changes; commit them first:\n{changed}"));
    }
    let version = check_versions(&root())?;
    for cpu in app::CPUS {
        let target = app::target(cpu);
        let folder = output("rustc", &["--print", "target-libdir", "--target", &target])?;
        if !Path::new(folder.trim()).is_dir() {
            return Err(format!("the standard library for {cpu} is missing: `rustup target add {target}`"));
        }
    }
    let mut builds = Vec::new();
    for number in ["1", "2"] {
        let clone = root().join("target/release-clones").join(number);
        let _ = fs::remove_dir_all(&clone);
        output("git", &["clone", "--quiet", ".", &clone.to_string_lossy()])?;
        for cpu in app::CPUS {
            println!("build {number} for {cpu}");
            let status = Command::new("cargo").args(["xtask", "package", cpu]).current_dir(&clone).env_remove("CARGO_TARGET_DIR").status();
            if !status.map_err(|e| format!("cargo: {e}"))?.success() {
                return Err(format!("`cargo xtask package {cpu}` failed in {}; see its output above", clone.display()));
            }
        }
        builds.push(files(&clone.join("target/package"))?);
    }
    let [first, second] = builds.as_slice() else { return Err("there are not two builds".into()) };
    let all = first.keys().chain(second.keys());
    if let Some(name) = all.filter(|name| first.get(*name) != second.get(*name)).min() {
        return Err(format!("{name} differs between two builds of the same commit; both are in target/release-clones"));
    }
    let folder = root().join("target/release-files");
    let _ = fs::remove_dir_all(&folder);
    println!("\nversion {version}, commit {}", output("git", &["rev-parse", "HEAD"])?.trim());
    for (name, bytes) in first {
        let path = folder.join(name);
        let write = || fs::create_dir_all(path.parent().unwrap_or(&folder)).and_then(|()| fs::write(&path, bytes));
        write().map_err(|e| format!("{}: {e}", path.display()))?;
        println!("{}  {:>10}  {name}", sha256(bytes), bytes.len());
    }
    println!("all are in {}, the same bytes twice", folder.display());
    Ok(())
}

/// The version, if every place has the same one and the changelog describes it.
///
/// # Errors
/// If one has another.
pub fn check_versions(checkout: &Path) -> Result<String> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let read = |file: &str| fs::read_to_string(checkout.join(file)).map_err(|e| format!("{file}: {e}"));
    let line = format!("version = \"{version}\"\n");
    for file in ["Cargo.toml", "xtask/Cargo.toml", "tests/splunk/Cargo.toml"] {
        if !read(file)?.contains(&line) {
            return Err(format!("{file} has another version than {version}"));
        }
    }
    let app_conf = conf::read(&checkout.join("default/app.conf"))?;
    for stanza in ["id", "launcher"] {
        if app_conf.get(stanza).and_then(|keys| keys.get("version")) != Some(&version) {
            return Err(format!("default/app.conf, [{stanza}], has another version than {version}"));
        }
    }
    let manifest: serde_json::Value = serde_json::from_str(&read("app.manifest")?).map_err(|e| format!("app.manifest: {e}"))?;
    if manifest["info"]["id"]["version"] != version.as_str() {
        return Err(format!("app.manifest has another version than {version}"));
    }
    if !read("CHANGELOG.md")?.contains(&format!("\n## {version}")) {
        return Err(format!("CHANGELOG.md has no heading for {version}"));
    }
    Ok(version)
}

/// The files below a folder, by their path in it.
fn files(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut all = BTreeMap::new();
    for cpu in app::CPUS {
        let folder = folder.join(cpu);
        let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            all.insert(format!("{cpu}/{}", entry.file_name().to_string_lossy()), fs::read(entry.path()).map_err(failed)?);
        }
    }
    Ok(all)
}

fn output(program: &str, args: &[&str]) -> Result<String> {
    let output = Command::new(program).args(args).current_dir(root()).output().map_err(|e| format!("{program}: {e}"))?;
    if !output.status.success() {
        return Err(format!("{program} {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_the_same_version() {
        check_versions(&root()).unwrap();
    }
}
