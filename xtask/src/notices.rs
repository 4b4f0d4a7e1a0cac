//! `THIRD_PARTY.md`: the crates that are linked into the program, with the texts of their licences.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::app::Program;
use crate::{Result, app, root};

/// What cargo prints.
fn cargo(args: &[&str]) -> Result<String> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(args)
        .current_dir(root())
        .output()
        .map_err(|e| format!("cargo did not start: {e}"))?;
    if !output.status.success() {
        return Err(format!("cargo {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|e| e.to_string())
}

/// The whole file.
///
/// # Errors
/// If a crate contains no licence text and does not offer the licence of this app: its text would be missing from the package.
pub fn render(cpu: &str, program: Program) -> Result<String> {
    let mut text = String::from(
        "# Third-party software\n\n`bin/libonnxruntime.so` is ONNX Runtime by Microsoft, MIT: `bin/onnxruntime-LICENSE` and\n`bin/onnxruntime-ThirdPartyNotices.txt`. The public suffix list in the\ncrate psl is Mozilla's, MPL-2.0, https://publicsuffix.org/list/. Rust's standard library is MIT or Apache-2.0. Linked into\n`bin/dnstxtscore` are these Rust crates:\n\n| crate | version | licence |\n| --- | --- | --- |\n",
    );
    // A text that several crates share is included once.
    let mut licences: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, version, licence, folder) in linked(cpu, program)? {
        let bodies = texts(Path::new(&folder));
        // A crate without texts, but one of its licences is that of the app.
        let offers_ours = licence.split(" OR ").any(|one| one == "Apache-2.0");
        let chosen = if bodies.is_empty() && offers_ours { "Apache-2.0: the text of `LICENSE`" } else { &licence };
        let _ = writeln!(text, "| {name} | {version} | {chosen} |");
        if bodies.is_empty() && !offers_ours {
            return Err(format!("the crate {name} {version} contains no licence text: {folder}"));
        }
        for body in bodies {
            licences.entry(body).or_default().insert(name.clone());
        }
    }
    let mut ordered: Vec<_> = licences.into_iter().map(|(body, names)| (names, body)).collect();
    ordered.sort();
    for (names, body) in ordered {
        let names: Vec<String> = names.into_iter().collect();
        let _ = write!(text, "\n## {}\n\n```\n{}\n```\n", names.join(", "), body.trim_end());
    }
    Ok(text)
}

/// (name, version, licence, folder) of each crate that a build of the program links, without its own. Macros are not linked, but
/// listing their licences does no harm.
///
/// # Errors
/// If cargo fails, or the metadata is incomplete.
pub fn linked(cpu: &str, program: Program) -> Result<BTreeSet<(String, String, String, String)>> {
    let tree = ["tree", "--package", "dnstxtscore", "--edges", "normal", "--prefix", "none", "--format", "{p}", "--locked", "--target"];
    let tree = cargo(&[&tree[..], &[&app::target(cpu)], program.features()].concat())?;
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--locked"])?).map_err(|e| e.to_string())?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found = BTreeSet::new();
    // `regex v1.13.2`, perhaps with ` (*)`, ` (proc-macro)` or a path.
    for (name, version) in tree.lines().filter_map(|line| line.split_once(" v")).filter(|(name, _)| *name != "dnstxtscore") {
        let version = version.split(' ').next().unwrap_or_default();
        let package = metadata["packages"].as_array().into_iter().flatten().find(|one| one["name"] == name && one["version"] == version);
        let package = package.ok_or_else(|| format!("cargo metadata does not list {name} {version}"))?;
        let folder = text(&package["manifest_path"]).trim_end_matches("Cargo.toml").to_owned();
        found.insert((name.into(), version.into(), text(&package["license"]), folder));
    }
    Ok(found)
}

/// The licence texts in a crate's folder.
fn texts(folder: &Path) -> Vec<String> {
    let mut paths: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let named = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        ["LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT"].iter().any(|start| name.starts_with(start))
    };
    paths
        .iter()
        .filter(|path| path.is_file() && named(path))
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .map(|text| text.replace("\r\n", "\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::app::Program;

    #[test]
    fn every_crate_has_a_licence_and_the_large_ones_have_their_text() {
        let render = |program| super::render(std::env::consts::ARCH, program).unwrap();
        let text = render(Program::Whole);
        for name in ["ort", "psl", "regex", "serde_json"] {
            assert!(text.contains(&format!("\n| {name} | ")), "{name}");
        }
        assert!(!text.contains(" |  |\n"), "a crate names no licence");
        assert!(!text.contains("| proptest |"), "a dependency of tests is listed");
        assert!(text.contains("| pcap-parser | ") && !render(Program::Splunk).contains("| pcap-parser | "));
        assert!(text.contains("MIT License") || text.contains("Permission is hereby granted"));
    }
}
