//! `cargo xtask fuzz`: fuzzes each target of `fuzz/` from its committed seeds, and prints what libFuzzer counted.
//!
//! No sanitizer: the crate has no `unsafe` code for one to check, and without it the stable compiler is enough.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{fs, thread};

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
    build()?;
    let wanted: Vec<String> = targets.into_iter().filter(|target| wanted.is_empty() || wanted.contains(target)).collect();
    println!("| target | executions | coverage | inputs kept | findings |\n| --- | --- | --- | --- | --- |");
    let mut findings = 0;
    for side_by_side in wanted.chunks(thread::available_parallelism().map_or(1, |count| count.get())) {
        let runs = thread::scope(|scope| {
            let started: Vec<_> = side_by_side.iter().map(|target| scope.spawn(|| fuzz(target, seconds))).collect();
            started.into_iter().map(|run| run.join().map_err(|_| "fuzzing ended in a panic")?).collect::<Result<Vec<_>>>()
        })?;
        findings += runs.iter().filter(|has_finding| **has_finding).count();
    }
    if findings == 0 { Ok(()) } else { Err("fuzzing found problems; they are printed above".into()) }
}

/// Builds all targets at once, which shares what they have in common.
fn build() -> Result<()> {
    let fuzz = tools::FUZZ.install()?.join("cargo-fuzz");
    let output = Command::new(&fuzz)
        .args(["build", "--sanitizer", "none"])
        .current_dir(root())
        .env("CARGO_TARGET_DIR", build_folder())
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("{}: {e}", fuzz.display()))?;
    if output.status.success() { Ok(()) } else { Err(format!("{} build:\n{}", fuzz.display(), String::from_utf8_lossy(&output.stderr))) }
}

fn build_folder() -> PathBuf {
    root().join("target/fuzz-build")
}

/// Fuzzes one target, prints its line, and says whether it found something.
fn fuzz(target: &str, seconds: u64) -> Result<bool> {
    let folder = root().join("target/fuzz").join(target);
    let (corpus, artifacts) = (folder.join("corpus"), folder.join("artifacts"));
    for folder in [&corpus, &artifacts] {
        fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    let program = build_folder().join(format!("{}-unknown-linux-gnu/release", std::env::consts::ARCH)).join(target);
    let output = Command::new(&program)
        .args([&corpus, &root().join("fuzz/seeds").join(target)])
        .args([&format!("-max_total_time={seconds}"), "-print_final_stats=1", "-max_len=4096", "-timeout=10"])
        .arg(format!("-dict={}", root().join("fuzz/dictionary").display()))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .current_dir(root())
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("{}: {e}", program.display()))?;
    let log = String::from_utf8_lossy(&output.stderr);
    let executions = number_after(&log, "stat::number_of_executed_units:").ok_or_else(|| format!("{target} did not run:\n{log}"))?;
    let (coverage, kept) = (number_after(&log, " cov: ").unwrap_or(0), number_after(&log, " corp: ").unwrap_or(0));
    let has_finding = !output.status.success();
    let mut line = format!("| {target} | {executions} | {coverage} | {kept} | {} |", u8::from(has_finding));
    if has_finding {
        let lines = log.lines().skip_while(|line| !line.contains("panicked") && !line.contains("ERROR: libFuzzer")).take(6);
        let lines = lines.collect::<Vec<_>>().join("\n");
        line += &format!("\n\n{lines}\nthe input is in {}\n", artifacts.display());
    }
    println!("{line}");
    Ok(has_finding)
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
        assert_eq!(targets.len(), 16);
        for target in targets {
            assert!(manifest.contains(&format!("path = \"targets/{target}.rs\"")), "{target}");
            assert!(fs::read_dir(root().join("fuzz/seeds").join(&target)).unwrap().count() >= 4, "{target}");
        }
    }
}
