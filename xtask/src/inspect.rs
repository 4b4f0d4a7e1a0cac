//! `cargo xtask inspect`: Splunk's own checks on the built packages. What they find must be listed, with its reason, in
//! `xtask/appinspect.reviewed`; a listed finding that no longer comes is an error too.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{Result, package, root, tools};

/// The runs: a name, and arguments. Without tags every check runs.
const RUNS: [(&str, &[&str]); 3] =
    [("all checks", &[]), ("cloud", &["--included-tags", "cloud"]), ("private_victoria", &["--included-tags", "private_victoria"])];

pub fn run() -> Result<()> {
    let folder = root().join("target/package");
    let packages = package::write(&folder)?;
    let programs = tools::APPINSPECT.provide()?;
    let reviewed = reviewed(
        &std::fs::read_to_string(root().join("xtask/appinspect.reviewed")).map_err(|e| format!("xtask/appinspect.reviewed: {e}"))?,
    )?;
    let mut seen = BTreeSet::new();
    for path in packages.iter().filter(|path| path.extension().is_some_and(|e| e == "spl")) {
        for (name, arguments) in RUNS {
            let report = folder.join("appinspect.json");
            let _ = std::fs::remove_file(&report);
            let status = Command::new(programs.join("splunk-appinspect"))
                .args(["inspect", "--mode", "precert", "--ci", "--data-format", "json", "--output-file"])
                .arg(&report)
                .args(arguments)
                .arg(path)
                .output()
                .map_err(|e| format!("splunk-appinspect did not start: {e}"))?;
            let text = std::fs::read_to_string(&report)
                .map_err(|e| format!("splunk-appinspect wrote no report ({e}):\n{}", String::from_utf8_lossy(&status.stderr)))?;
            let report: Value = serde_json::from_str(&text).map_err(|e| format!("splunk-appinspect's report: {e}"))?;
            println!("{}, {name}: {}", shown(path), report["summary"]);
            for (result, check, message) in findings(&report) {
                println!("  {result} {check}: {message}");
                seen.insert((result, check));
            }
        }
        let home = folder.join("slim-home");
        let _ = std::fs::create_dir_all(&home);
        let slim = Command::new(programs.join("slim"))
            .arg("validate")
            .arg(path)
            .env("HOME", &home)
            .output()
            .map_err(|e| format!("slim did not start: {e}"))?;
        let said = [slim.stdout, slim.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        println!("{}, slim validate: {}", shown(path), slim.status);
        for line in said.lines().filter(|line| ["ERROR", "WARNING", "FATAL"].iter().any(|level| line.contains(level))) {
            println!("  {line}");
            let level = if line.contains("WARNING") { "warning" } else { "error" };
            // Behind the level and the place, which lies in a folder of a random name.
            let message = line.split_once("] ").map_or(line, |(_, rest)| rest);
            let message = message.split_once(", line ").and_then(|(_, rest)| rest.split_once(": ")).map_or(message, |(_, rest)| rest);
            seen.insert((level.into(), format!("slim {}", message.trim())));
        }
        if !slim.status.success() {
            return Err("slim refuses the package; its words are above".into());
        }
    }
    let strange: Vec<_> = seen.difference(&reviewed).map(|(result, check)| format!("{result} {check}")).collect();
    let gone: Vec<_> = reviewed.difference(&seen).map(|(result, check)| format!("{result} {check}")).collect();
    if strange.is_empty() && gone.is_empty() {
        println!("{} reviewed findings and no other", reviewed.len());
        return Ok(());
    }
    Err(format!("not in xtask/appinspect.reviewed: {strange:?}; listed there and not found: {gone:?}"))
}

fn shown(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Everything that is neither success nor out of scope: (result, check, first message).
fn findings(report: &Value) -> Vec<(String, String, String)> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let checks = list(&report["reports"]).into_iter().flat_map(|one| list(&one["groups"])).flat_map(|group| list(&group["checks"]));
    checks
        .filter(|check| !["success", "not_applicable", "skipped"].contains(&check["result"].as_str().unwrap_or_default()))
        .map(|check| (text(&check["result"]), text(&check["name"]), text(&check["messages"][0]["message"])))
        .collect()
}

/// Lines of `result check: reason`.
fn reviewed(text: &str) -> Result<BTreeSet<(String, String)>> {
    text.lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (finding, reason) = line.rsplit_once(": ").ok_or_else(|| format!("xtask/appinspect.reviewed: no reason in `{line}`"))?;
            let (result, check) = finding.split_once(' ').ok_or_else(|| format!("xtask/appinspect.reviewed: no check in `{line}`"))?;
            if reason.len() < 20 {
                Err(format!("xtask/appinspect.reviewed: no reason in `{line}`"))
            } else {
                Ok((result.into(), check.into()))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn findings_are_what_is_neither_success_nor_out_of_scope() {
        let check = |name: &str, result: &str| json!({"name": name, "result": result, "messages": [{"message": "m"}]});
        let report = json!({"reports": [{"groups": [{"checks": [check("a", "success"), check("b", "failure"), check("c", "warning"), check("d", "not_applicable")]}]}]});
        let found: Vec<_> = findings(&report).into_iter().map(|(result, check, _)| format!("{result} {check}")).collect();
        assert_eq!(found, ["failure b", "warning c"]);
    }

    #[test]
    fn a_review_needs_a_reason() {
        assert_eq!(reviewed("# c\nwarning check_x: this cannot be otherwise\n").unwrap().len(), 1);
        assert!(reviewed("warning check_x: no\n").is_err());
        assert!(reviewed("warning check_x\n").is_err());
    }
}
