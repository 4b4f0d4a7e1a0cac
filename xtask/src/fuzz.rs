//! `cargo xtask fuzz`: fuzzes each target of `fuzz/` from its committed seeds, and prints what libFuzzer counted.
//!
//! No sanitizer: the crate has no `unsafe` code for one to check, and without it the stable compiler is enough.

use std::fs;
use std::process::{Command, Stdio};

use crate::{Result, root, tools};

/// Fuzzes the wanted targets, or all of them.
///
/// # Errors
/// If a target does not exist, does not run, or finds something.
pub fn run(wanted: &[String], seconds: u64) -> Result<()> {
    let targets = targets()?;
    if let Some(unknown) = wanted.iter().find(|name| !targets.iter().any(|target| target == *name)) {
        return Err(format!("there is no fuzz target {unknown}; there are {}", targets.join(", ")));
    }
    let fuzz = tools::FUZZ.install()?.join("cargo-fuzz");
    println!("| target | executions | coverage | inputs kept | findings |\n| --- | --- | --- | --- | --- |");
    let mut findings = 0;
    for target in targets.iter().filter(|target| wanted.is_empty() || wanted.contains(target)) {
        let folder = root().join("target/fuzz").join(target);
        let (corpus, artifacts) = (folder.join("corpus"), folder.join("artifacts"));
        for folder in [&corpus, &artifacts] {
            fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        }
        let output = Command::new(&fuzz)
            .args(["run", "--sanitizer", "none", target])
            .arg(&corpus)
            .arg(root().join("fuzz/seeds").join(target))
            .arg("--")
            .args([&format!("-max_total_time={seconds}"), "-print_final_stats=1", "-max_len=4096", "-timeout=10"])
            .arg(format!("-dict={}", root().join("fuzz/dictionary").display()))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .current_dir(root())
            .env("CARGO_TARGET_DIR", root().join("target/fuzz-build"))
            .stdin(Stdio::null())
            .output()
            .map_err(|e| format!("{}: {e}", fuzz.display()))?;
        let log = String::from_utf8_lossy(&output.stderr);
        let executions = number_after(&log, "stat::number_of_executed_units:").ok_or_else(|| format!("{target} did not run:\n{log}"))?;
        let (coverage, kept) = (number_after(&log, " cov: ").unwrap_or(0), number_after(&log, " corp: ").unwrap_or(0));
        println!("| {target} | {executions} | {coverage} | {kept} | {} |", u8::from(!output.status.success()));
        if !output.status.success() {
            findings += 1;
            let lines = log.lines().skip_while(|line| !line.contains("panicked") && !line.contains("ERROR: libFuzzer")).take(6);
            println!("\n{}\nthe input is in {}\n", lines.collect::<Vec<_>>().join("\n"), artifacts.display());
        }
    }
    if findings == 0 { Ok(()) } else { Err("fuzzing found problems; they are printed above".into()) }
}

/// The names of the targets, from their files.
fn targets() -> Result<Vec<String>> {
    let folder = root().join("fuzz/targets");
    let files = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut names: Vec<String> = files.flatten().filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    Ok(names)
}

/// The number after the last `label`.
fn number_after(log: &str, label: &str) -> Option<u64> {
    let after = log.rsplit_once(label)?.1.trim_start();
    after.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_libfuzzer_are_read() {
        let log =
            "#1\tINITED cov: 7 ft: 1 corp: 1/1b\n#9\tDONE   cov: 258 ft: 1245 corp: 429/40Kb\nstat::number_of_executed_units: 2072910\n";
        assert_eq!(number_after(log, " cov: "), Some(258));
        assert_eq!(number_after(log, " corp: "), Some(429));
        assert_eq!(number_after(log, "stat::number_of_executed_units:"), Some(2_072_910));
        assert_eq!(number_after(log, "other"), None);
    }

    #[test]
    fn every_target_has_seeds_and_is_in_the_manifest() {
        let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
        let targets = targets().unwrap();
        assert_eq!(targets.len(), 14);
        for target in targets {
            assert!(manifest.contains(&format!("path = \"targets/{target}.rs\"")), "{target}");
            assert!(fs::read_dir(root().join("fuzz/seeds").join(&target)).unwrap().count() >= 4, "{target}");
        }
    }
}
