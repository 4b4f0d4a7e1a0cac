//! `cargo xtask fuzz`: each target of `fuzz/` from its committed seeds, for some seconds, with what libFuzzer counted.
//!
//! No sanitizer: there is no `unsafe` in the crate for one to look at, and without it the stable compiler serves.

use std::fs;
use std::process::{Command, Stdio};

use crate::{Result, root, tools};

pub fn run(args: &[&str]) -> Result<()> {
    let (mut seconds, mut wanted) = (30u64, Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match *arg {
            "--seconds" => {
                seconds = args.next().and_then(|number| number.parse().ok()).ok_or("--seconds takes a number")?;
            }
            target => wanted.push(target),
        }
    }
    let targets = targets()?;
    if let Some(unknown) = wanted.iter().find(|name| !targets.iter().any(|target| target == *name)) {
        return Err(format!("there is no fuzz target {unknown}; there are {}", targets.join(", ")));
    }
    let fuzz = tools::FUZZ.provide()?.join("cargo-fuzz");
    println!("| target | executions | places reached | inputs kept | findings |\n| --- | --- | --- | --- | --- |");
    let mut findings = 0;
    for target in targets.iter().filter(|target| wanted.is_empty() || wanted.contains(&target.as_str())) {
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
        let said = String::from_utf8_lossy(&output.stderr);
        let executions = number_after(&said, "stat::number_of_executed_units:").ok_or_else(|| format!("{target} did not run:\n{said}"))?;
        let (places, kept) = (number_after(&said, " cov: ").unwrap_or(0), number_after(&said, " corp: ").unwrap_or(0));
        println!("| {target} | {executions} | {places} | {kept} | {} |", u8::from(!output.status.success()));
        if !output.status.success() {
            findings += 1;
            let words = said.lines().skip_while(|line| !line.contains("panicked") && !line.contains("ERROR: libFuzzer")).take(6);
            println!("\n{}\nthe input lies in {}\n", words.collect::<Vec<_>>().join("\n"), artifacts.display());
        }
    }
    if findings == 0 { Ok(()) } else { Err("fuzzing found something; it is named above".into()) }
}

/// The names of the targets, from their files.
fn targets() -> Result<Vec<String>> {
    let folder = root().join("fuzz/targets");
    let files = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut names: Vec<String> = files.flatten().filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    Ok(names)
}

/// The number behind the last `label`.
fn number_after(said: &str, label: &str) -> Option<u64> {
    let behind = said.rsplit_once(label)?.1.trim_start();
    behind.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libfuzzers_words_are_read() {
        let said =
            "#1\tINITED cov: 7 ft: 1 corp: 1/1b\n#9\tDONE   cov: 258 ft: 1245 corp: 429/40Kb\nstat::number_of_executed_units: 2072910\n";
        assert_eq!(number_after(said, " cov: "), Some(258));
        assert_eq!(number_after(said, " corp: "), Some(429));
        assert_eq!(number_after(said, "stat::number_of_executed_units:"), Some(2_072_910));
        assert_eq!(number_after(said, "other"), None);
    }

    #[test]
    fn every_target_has_seeds_and_stands_in_the_manifest() {
        let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
        let targets = targets().unwrap();
        assert_eq!(targets.len(), 6);
        for target in targets {
            assert!(manifest.contains(&format!("path = \"targets/{target}.rs\"")), "{target}");
            assert!(fs::read_dir(root().join("fuzz/seeds").join(&target)).unwrap().count() >= 4, "{target}");
        }
    }
}
