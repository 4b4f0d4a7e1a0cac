//! The bill of materials of the packages: what cargo-cyclonedx writes about the linked crates, and what it cannot know, which is
//! the ONNX Runtime in `bin/` and the model in the program.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::app::Program;
use crate::{Result, advisories, app, notices, root, tools};
use dnstxtscore::digest::sha256;
use dnstxtscore::model::runtime_releases;

/// The whole file, CycloneDX 1.5 as JSON. The same checkout gives the same bytes.
///
/// # Errors
/// If cargo-cyclonedx fails or misses a crate.
pub fn render(cpu: &str, runtime: &Path, program: Program) -> Result<String> {
    let programs = tools::CYCLONEDX.install()?;
    // It writes next to each manifest of the workspace, so it gets copies of the manifests.
    let folder = root().join("target/sbom");
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    for member in ["", "xtask", "tests/splunk"] {
        let (from, to) = (root().join(member), folder.join(member));
        fs::create_dir_all(&to).map_err(failed)?;
        fs::copy(from.join("Cargo.toml"), to.join("Cargo.toml")).map_err(failed)?;
        let _ = fs::remove_file(to.join("src"));
        std::os::unix::fs::symlink(from.join("src"), to.join("src")).map_err(failed)?;
    }
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).map_err(failed)?;
    let status = Command::new(programs.join("cargo-cyclonedx"))
        .args(["cyclonedx", "--format", "json", "--spec-version", "1.5", "--no-build-deps", "--override-filename", "bill", "-q"])
        .args(["--target", &app::target(cpu)])
        .env("SOURCE_DATE_EPOCH", app::FILE_TIME.to_string())
        .current_dir(&folder)
        .status()
        .map_err(|e| format!("cargo-cyclonedx did not start: {e}"))?;
    if !status.success() {
        return Err("cargo-cyclonedx failed; see its output above".into());
    }
    let text = fs::read_to_string(folder.join("bill.json")).map_err(failed)?;
    // The folder it was made in would differ from machine to machine.
    let text = text.replace(&format!("path+file://{}", folder.display()), "");
    let bill = serde_json::from_str(&text).map_err(|e| format!("cargo-cyclonedx's file: {e}"))?;
    let linked = notices::linked(cpu, program)?.into_iter().map(|(name, version, ..)| (name, version)).collect();
    let library = fs::read(runtime.join("libonnxruntime.so")).map_err(|e| format!("{}: {e}", runtime.display()))?;
    let bill = complete(only(bill, &linked)?, &library)?;
    serde_json::to_string_pretty(&bill).map_err(|e| e.to_string())
}

/// The bill without the crates that this build does not link: cargo-cyclonedx knows the features of the workspace only.
fn only(mut bill: Value, linked: &BTreeSet<(String, String)>) -> Result<Value> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let components = bill["components"].as_array_mut().ok_or("the bill has no components")?;
    components.retain(|part| linked.contains(&(text(&part["name"]), text(&part["version"]))));
    let mut kept: BTreeSet<String> = components.iter().map(|part| text(&part["bom-ref"])).collect();
    if let Some((name, version)) =
        linked.iter().find(|(name, version)| !components.iter().any(|part| part["name"] == **name && part["version"] == **version))
    {
        return Err(format!("the bill of materials lacks the crate {name} {version}"));
    }
    kept.insert(text(&bill["metadata"]["component"]["bom-ref"]));
    let graph = bill["dependencies"].as_array_mut().ok_or("the bill has no dependencies")?;
    graph.retain(|node| kept.contains(&text(&node["ref"])));
    for on in graph.iter_mut().filter_map(|node| node["dependsOn"].as_array_mut()) {
        on.retain(|part| kept.contains(&text(part)));
    }
    Ok(bill)
}

/// Adds the parts that are not crates.
fn complete(mut bill: Value, library: &[u8]) -> Result<Value> {
    let hashes = |bytes: &[u8]| json!([{"alg": "SHA-256", "content": sha256(bytes)}]);
    let mut parts = vec![json!({
        "type": "library", "bom-ref": "onnxruntime", "name": "onnxruntime", "version": runtime_releases::VERSION, "scope": "required",
        "supplier": {"name": "Microsoft"}, "licenses": [{"license": {"id": "MIT"}}], "hashes": hashes(library),
        "purl": format!("pkg:pypi/onnxruntime@{}", runtime_releases::VERSION),
        "properties": [
            {"name": "dnstxtscore:advisories:date", "value": advisories::DATE},
            {"name": "dnstxtscore:advisories:scope", "value": advisories::SCOPE},
        ],
    })];
    for (model, file) in app::WEIGHTS.iter().flat_map(|(model, files)| files.iter().map(move |file| (model, file))) {
        let name = format!("{model}/{file}");
        let bytes = fs::read(root().join("models").join(&name)).map_err(|e| format!("models/{name}: {e}"))?;
        parts.push(json!({
            "type": "machine-learning-model", "bom-ref": name, "name": name,
            "scope": "required", "licenses": [{"license": {"id": "Apache-2.0"}}], "hashes": hashes(&bytes),
        }));
    }
    bill["vulnerabilities"] = advisories::vulnerabilities("onnxruntime").into();
    let own = bill["metadata"]["component"]["bom-ref"].clone();
    let refs: Vec<Value> = parts.iter().map(|part| part["bom-ref"].clone()).collect();
    bill["components"].as_array_mut().ok_or("the bill has no components")?.extend(parts);
    let graph = bill["dependencies"].as_array_mut().ok_or("the bill has no dependencies")?;
    graph.extend(refs.iter().map(|part| json!({"ref": part})));
    let root = graph.iter_mut().find(|node| node["ref"] == own).ok_or("the bill lacks the dependencies of the program")?;
    root["dependsOn"].as_array_mut().ok_or("the program depends on nothing")?.extend(refs);
    Ok(bill)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_build_does_not_link_is_not_in_its_bill() {
        let part = |name: &str| json!({"bom-ref": name, "name": name, "version": "1.0.0"});
        let bill = json!({
            "metadata": {"component": {"bom-ref": "own"}}, "components": [part("a"), part("b")],
            "dependencies": [{"ref": "own", "dependsOn": ["a", "b"]}, {"ref": "a", "dependsOn": ["b"]}, {"ref": "b"}],
        });
        let linked = |name: &str| [(name.to_owned(), "1.0.0".to_owned())].into();
        let bill_of_a = only(bill.clone(), &linked("a")).unwrap();
        assert_eq!(bill_of_a["dependencies"], json!([{"ref": "own", "dependsOn": ["a"]}, {"ref": "a", "dependsOn": []}]));
        assert!(only(bill, &linked("c")).unwrap_err().contains("lacks the crate c 1.0.0"));
    }

    #[test]
    fn library_and_models_are_parts_that_the_program_depends_on() {
        let bill = json!({
            "metadata": {"component": {"bom-ref": "own"}}, "components": [{"bom-ref": "a"}],
            "dependencies": [{"ref": "own", "dependsOn": ["a"]}, {"ref": "a"}],
        });
        let bill = complete(bill, b"abc").unwrap();
        assert_eq!(
            bill["dependencies"][0]["dependsOn"],
            json!(["a", "onnxruntime", "dnstxt_v3/model.onnx", "dnstxt_v3/embedding.bin", "channel_v1/model.onnx"])
        );
        assert_eq!(bill["components"][1]["hashes"][0]["content"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(bill["components"][1]["properties"][0]["value"], advisories::DATE);
        assert_eq!(bill["vulnerabilities"][0]["affects"][0]["ref"], bill["components"][1]["bom-ref"]);
        assert_eq!(bill["components"][2]["name"], format!("{}/model.onnx", dnstxtscore::model::EMBEDDED_NAME));
        assert!(complete(json!({}), b"").is_err());
    }
}
