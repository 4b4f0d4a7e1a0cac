//! `THIRD_PARTY.md`: the crates that are linked into the program, with the texts of their licences.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{Result, app, root};

/// The metadata of the locked crates, for the CPU that is packaged.
///
/// # Errors
/// If cargo fails.
pub fn metadata(cpu: &str) -> Result<Value> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", &app::target(cpu)])
        .current_dir(root())
        .output()
        .map_err(|e| format!("cargo did not start: {e}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("cargo metadata: {e}"))
}

/// The whole file.
///
/// # Errors
/// If a crate contains no licence text and does not offer the licence of this app: its text would be missing from the package.
pub fn render(cpu: &str) -> Result<String> {
    let mut text = String::from(
        "# Third-party software in this app\n\n`bin/libonnxruntime.so` is ONNX Runtime by Microsoft, MIT: `bin/onnxruntime-LICENSE` and\n`bin/onnxruntime-ThirdPartyNotices.txt`. The public suffix list in the\ncrate psl is Mozilla's, MPL-2.0, https://publicsuffix.org/list/. Rust's standard library is MIT or Apache-2.0. Linked into\n`bin/dnstxtscore` are these Rust crates:\n\n| crate | version | licence |\n| --- | --- | --- |\n",
    );
    // A text that several crates share is included once.
    let mut licences: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, version, licence, folder) in linked(&metadata(cpu)?)? {
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

/// (name, version, licence, folder) of each crate that the program links, without its own.
///
/// # Errors
/// If the metadata is incomplete.
pub fn linked(metadata: &Value) -> Result<BTreeSet<(String, String, String, String)>> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let nodes: BTreeMap<String, Value> = list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
    let packages: BTreeMap<String, Value> =
        list(&metadata["packages"]).into_iter().map(|package| (text(&package["id"]), package)).collect();
    let own = packages.values().find(|package| package["name"] == "dnstxtscore").ok_or("cargo metadata does not list dnstxtscore")?;
    let (mut seen, mut open) = (BTreeSet::new(), vec![text(&own["id"])]);
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        // Dependencies of builds and tests are not linked. Neither are macros, but listing their licences does no harm.
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
    fn every_crate_has_a_licence_and_the_large_ones_have_their_text() {
        let text = super::render(std::env::consts::ARCH).unwrap();
        for name in ["ort", "psl", "regex", "serde_json"] {
            assert!(text.contains(&format!("\n| {name} | ")), "{name}");
        }
        assert!(!text.contains(" |  |\n"), "a crate names no licence");
        assert!(!text.contains("| proptest |"), "a dependency of tests is listed");
        assert!(text.contains("MIT License") || text.contains("Permission is hereby granted"));
    }
}
