//! `THIRD_PARTY.md`: the crates that are linked into the program, with their licences' own words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{Result, package, root};

/// What cargo says about the locked crates, for the platform that is packaged.
pub fn metadata(machine: &str) -> Result<Value> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", &package::target(machine)])
        .current_dir(root())
        .output()
        .map_err(|e| format!("cargo did not start: {e}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("cargo metadata: {e}"))
}

/// The whole file. A crate that brings no licence text, and does not offer this app's own licence, is an error: its words would be missing from the package.
pub fn render(machine: &str) -> Result<String> {
    let mut text = String::from(
        "# Software of others in this app\n\n`bin/libonnxruntime.so` is ONNX Runtime by Microsoft, MIT: `bin/onnxruntime-LICENSE` and\n`bin/onnxruntime-ThirdPartyNotices.txt`. The list of public suffixes in the\ncrate psl is Mozilla's, MPL-2.0, https://publicsuffix.org/list/. Rust's standard library is MIT or Apache-2.0. Linked into\n`bin/dnstxtscore` are these Rust crates:\n\n| crate | version | licence |\n| --- | --- | --- |\n",
    );
    // Texts that several crates share stand once.
    let mut licences: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, version, licence, folder) in linked(&metadata(machine)?)? {
        let bodies = texts(Path::new(&folder));
        // A crate that forgot its texts: of those that it offers, the app's own licence is one.
        let offers_ours = licence.split(" OR ").any(|one| one == "Apache-2.0");
        let chosen = if bodies.is_empty() && offers_ours { "Apache-2.0: the words of `LICENSE`" } else { &licence };
        let _ = writeln!(text, "| {name} | {version} | {chosen} |");
        if bodies.is_empty() && !offers_ours {
            return Err(format!("the crate {name} {version} brings no licence text: {folder}"));
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

/// (name, version, licence, folder) of each crate that the program links, its own left out.
pub fn linked(metadata: &Value) -> Result<BTreeSet<(String, String, String, String)>> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let nodes: BTreeMap<String, Value> = list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
    let packages: BTreeMap<String, Value> =
        list(&metadata["packages"]).into_iter().map(|package| (text(&package["id"]), package)).collect();
    let own = packages.values().find(|package| package["name"] == "dnstxtscore").ok_or("cargo metadata does not know dnstxtscore")?;
    let (mut seen, mut open) = (BTreeSet::new(), vec![text(&own["id"])]);
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        // A dependency that only builds or tests have is not linked; neither is a macro, but its licence does no harm here.
        for dependency in list(&nodes.get(&id).ok_or("cargo metadata has no graph")?["deps"]) {
            if list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null()) {
                open.push(text(&dependency["pkg"]));
            }
        }
    }
    let others = seen.iter().filter(|id| **id != text(&own["id"])).filter_map(|id| packages.get(id));
    let folder = |package: &Value| text(&package["manifest_path"]).trim_end_matches("Cargo.toml").to_owned();
    Ok(others.map(|package| (text(&package["name"]), text(&package["version"]), text(&package["license"]), folder(package))).collect())
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
    #[test]
    fn every_crate_has_a_licence_and_the_great_ones_their_text() {
        let text = super::render(std::env::consts::ARCH).unwrap();
        for name in ["ort", "psl", "regex", "serde_json"] {
            assert!(text.contains(&format!("\n| {name} | ")), "{name}");
        }
        assert!(!text.contains(" |  |\n"), "a crate states no licence");
        assert!(!text.contains("| proptest |"), "a dependency of tests is listed");
        assert!(text.contains("MIT License") || text.contains("Permission is hereby granted"));
    }
}
