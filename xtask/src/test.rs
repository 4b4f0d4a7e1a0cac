//! `cargo xtask test`: runs every test whose needs are met, and names the needs that are not.

use test_splunk::needs::{NEEDS, Need};

use crate::{Result, build};

/// The tests that run the program, built as for the packages.
const OF_THE_APP: [&str; 13] = [
    "test",
    "--package",
    "dnstxtscore",
    "--no-default-features",
    "--locked",
    "--test",
    "conversation",
    "--test",
    "failure_modes",
    "--test",
    "program",
    "--test",
    "texts",
];

/// Builds, then runs every test whose needs are met, and reports the needs that are not. `required` are needs that must be met;
/// `args` are for `cargo test`.
///
/// # Errors
/// If a test fails or a required need is not met.
pub fn run(required: &[String], args: &[String]) -> Result<()> {
    if let Some(unknown) = required.iter().find(|name| !NEEDS.iter().any(|need| need.name == *name)) {
        return Err(format!("there is no need {unknown}; there are {}", NEEDS.map(|need| need.name).join(", ")));
    }
    let unmet: Vec<Need> = NEEDS.into_iter().filter(|need| !(need.is_met)()).collect();
    if let Some(need) = unmet.iter().find(|need| required.iter().any(|name| name == need.name)) {
        return Err(format!("required, but not here: {}", need.description));
    }
    build::run()?;
    let skipped: Vec<String> = unmet.iter().flat_map(|need| ["--skip".to_owned(), format!("needs_{}::", need.name)]).collect();
    let (for_cargo, for_tests) = args.split_at(args.iter().position(|arg| arg == "--").unwrap_or(args.len()));
    let for_tests = for_tests.iter().skip(1).cloned();
    let tests: Vec<String> = ["--".to_owned(), "--include-ignored".to_owned()].into_iter().chain(skipped).chain(for_tests).collect();
    let passes = |own: &[&str]| {
        let all: Vec<&str> = own.iter().copied().chain(for_cargo.iter().chain(&tests).map(String::as_str)).collect();
        build::cargo(&all)
    };
    // Unless other tests are named: the program as the packages for Splunk have it. Its parts were tested with the whole program.
    let passed = passes(&["test", "--workspace", "--locked"])? && (!for_cargo.is_empty() || passes(&OF_THE_APP)?);
    for need in &unmet {
        println!("left out: tests in modules needs_{}, because they need {}", need.name, need.description);
    }
    if passed { Ok(()) } else { Err("a test failed; it is named above".into()) }
}
