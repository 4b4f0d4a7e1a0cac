//! `cargo xtask inspect`: Splunk's own checks on the built packages and on the detections as YAML. Each finding must be listed in
//! `xtask/appinspect.reviewed`, by package, run, check and message, with the reason why it stays. A listed finding that is no
//! longer found is an error too.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{Result, app, contentctl, package, root, tools};
use test_splunk::conf::{self, Conf};

/// The runs: a name, and arguments. Without tags every check runs.
const RUNS: [(&str, &[&str]); 3] =
    [("all checks", &[]), ("cloud", &["--included-tags", "cloud"]), ("private_victoria", &["--included-tags", "private_victoria"])];

/// A finding of a tool about a package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    /// The end of the package's name: `linux-x86_64` or `search-head`.
    package: String,
    run: String,
    /// `failure check_x`, `warning slim`.
    what: String,
    message: String,
}

/// Builds the packages and checks them.
///
/// # Errors
/// If a finding is not listed, or a listed one is not found.
pub fn run() -> Result<()> {
    let folder = root().join("target/package");
    let packages = package::write(&folder, std::env::consts::ARCH)?;
    let programs = tools::APPINSPECT.install()?;
    let reviewed = reviewed(conf::read(&root().join("xtask/appinspect.reviewed"))?)?;
    let mut seen = BTreeSet::new();
    for path in packages.iter().filter(|path| path.extension().is_some_and(|e| e == "spl")) {
        println!("{}, doctor: {}", file_name(path), doctor(path)?);
        let package = if file_name(path).ends_with("search-head.spl") { "search-head" } else { "linux-x86_64" };
        let mut found = |run: &str, what: String, message: String| {
            println!("  {what}: {message}");
            seen.insert(Finding { package: package.into(), run: run.into(), what, message });
        };
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
            println!("{}, {name}: {}", file_name(path), report["summary"]);
            findings(&report).into_iter().for_each(|(what, message)| found(name, what, message));
        }
        let home = folder.join("slim-home");
        let _ = std::fs::create_dir_all(&home);
        let slim = Command::new(programs.join("slim"))
            .arg("validate")
            .arg(path)
            .env("HOME", &home)
            .output()
            .map_err(|e| format!("slim did not start: {e}"))?;
        let output_text = [slim.stdout, slim.stderr].concat();
        let output_text = String::from_utf8_lossy(&output_text);
        println!("{}, slim validate: {}", file_name(path), slim.status);
        for line in output_text.lines().filter(|line| ["ERROR", "WARNING", "FATAL"].iter().any(|level| line.contains(level))) {
            let level = if line.contains("WARNING") { "warning" } else { "error" };
            // After the level and the path, whose folder has a random name.
            let message = line.split_once("] ").map_or(line, |(_, rest)| rest);
            let message = message.split_once(", line ").and_then(|(_, rest)| rest.split_once(": ")).map_or(message, |(_, rest)| rest);
            found("slim validate", format!("{level} slim"), message.trim().into());
        }
        if !slim.status.success() {
            return Err("slim refuses the package; see its output above".into());
        }
    }
    contentctl::run()?;
    let (unlisted, gone) = (seen.difference(&reviewed).collect::<Vec<_>>(), reviewed.difference(&seen).collect::<Vec<_>>());
    if unlisted.is_empty() && gone.is_empty() {
        println!("{} reviewed findings, no others", reviewed.len());
        return Ok(());
    }
    Err(format!("not in xtask/appinspect.reviewed: {unlisted:#?}\nlisted there and not found: {gone:#?}"))
}

/// Unpacks a package and runs its `doctor`, as on a search head; its report.
fn doctor(package: &Path) -> Result<String> {
    let failed = |e: std::io::Error| format!("{}: {e}", package.display());
    let folder = package.with_extension("unpacked");
    let _ = std::fs::remove_dir_all(&folder);
    tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(package).map_err(failed)?)).unpack(&folder).map_err(failed)?;
    let output = Command::new(folder.join(app::NAME).join("bin/dnstxtscore")).arg("doctor").output().map_err(failed)?;
    let _ = std::fs::remove_dir_all(&folder);
    let output_text = String::from_utf8_lossy(&output.stdout).trim().replace('\n', "; ");
    if output.status.success() { Ok(output_text) } else { Err(format!("{}: its doctor fails: {output_text}", file_name(package))) }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Everything that is neither success nor out of scope: (result and check, message).
fn findings(report: &Value) -> Vec<(String, String)> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let checks = list(&report["reports"]).into_iter().flat_map(|one| list(&one["groups"])).flat_map(|group| list(&group["checks"]));
    let bad = checks.filter(|check| !["success", "not_applicable", "skipped"].contains(&check["result"].as_str().unwrap_or_default()));
    bad.flat_map(|check| {
        let what = format!("{} {}", text(&check["result"]), text(&check["name"]));
        list(&check["messages"])
            .into_iter()
            .map(move |one| (what.clone(), text(&one["message"]).split_whitespace().collect::<Vec<_>>().join(" ")))
    })
    .collect()
}

/// One stanza per finding: `[result check: message]` with the packages and runs that it may come from, and why it stays.
fn reviewed(stanzas: Conf) -> Result<BTreeSet<Finding>> {
    let mut out = BTreeSet::new();
    for (name, keys) in stanzas {
        let wrong = |what: &str| format!("xtask/appinspect.reviewed, [{name}]: {what}");
        let (what, message) = name.split_once(": ").ok_or_else(|| wrong("no message"))?;
        let list = |key: &str| keys.get(key).ok_or_else(|| wrong(key)).map(|text| text.split(", ").map(str::to_owned).collect::<Vec<_>>());
        if keys.get("reason").is_none_or(|reason| reason.len() < 20) {
            return Err(wrong("no reason"));
        }
        for package in list("packages")? {
            for run in list("runs")? {
                out.insert(Finding { package: package.clone(), run, what: what.into(), message: message.into() });
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn findings_are_what_is_neither_success_nor_out_of_scope() {
        let check =
            |name: &str, result: &str| json!({"name": name, "result": result, "messages": [{"message": "m"}, {"message": "n\n o"}]});
        let report =
            json!({"reports": [{"groups": [{"checks": [check("a", "success"), check("b", "failure"), check("d", "not_applicable")]}]}]});
        let pair = |message: &str| ("failure b".to_owned(), message.to_owned());
        assert_eq!(findings(&report), [pair("m"), pair("n o")]);
    }

    #[test]
    fn a_review_holds_for_its_packages_runs_and_words_and_needs_a_reason() {
        let text = "[warning check_x: some words]\npackages = a, b\nruns = one\nreason = this cannot be otherwise\n";
        let found = reviewed(conf::parse(text).unwrap()).unwrap();
        let expected = |package: &str| Finding {
            package: package.into(),
            run: "one".into(),
            what: "warning check_x".into(),
            message: "some words".into(),
        };
        assert_eq!(found, [expected("a"), expected("b")].into());
        assert!(reviewed(conf::parse(&text.replace("this cannot be otherwise", "no")).unwrap()).is_err());
        assert!(reviewed(conf::parse(&text.replace("runs = one\n", "")).unwrap()).is_err());
    }
}
