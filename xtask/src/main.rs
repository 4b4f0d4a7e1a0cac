//! `cargo xtask <task>`.

use std::process::ExitCode;

use xtask::{Result, audit, bench, dashboard, demo, docs, fuzz, inspect, label, package, provide};

const USAGE: &str = "cargo xtask <task>

  demo [--data FOLDER]   build, then score the fixture through the shipped detection and print rows and risk events
                         (--all: through every shipped search, events as JSON, and one tunnel of 10,000 answers)
  build                  put the release binary and ONNX Runtime into bin/: the checkout is then an installable app
  test [ARGS]            provide ONNX Runtime and pass every test; ARGS go to cargo test
  bench [--quick]        play splunkd to the binary and to a Python peer, side by side; writes benches/RESULTS.md
  package [MACHINE]      write the app as two .spl files with checksums into target/package/MACHINE: x86_64 or aarch64
  fuzz [TARGET] [--seconds N]  fuzz each target of fuzz/ from its seeds (30 seconds each) and print what was counted
  dashboard [--check]    validate the views with Splunk's packages, and draw the hunt into target/dashboard
  inspect                build the packages and run Splunk's AppInspect and slim on them
  audit                  run cargo-deny on the linked crates: licences, sources, duplicates, advisories if they can be had
  docs [--check]         write what is rendered from the options table: searchbnf.conf and parts of README.md
  label < TEXTS          the known type of each line (--hash: of the table; --samples N --seed N: records of its patterns)";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[&str]) -> Result<()> {
    match args {
        ["demo", rest @ ..] => demo::run(rest),
        ["build"] => {
            provide::build().map(|()| println!("bin/ is complete: link this checkout as SA-dnstxtscore into $SPLUNK_HOME/etc/apps"))
        }
        ["test", rest @ ..] => {
            provide::build()?;
            let command = [&["test", "--workspace", "--locked"], rest].concat();
            if provide::cargo(&command)? { Ok(()) } else { Err("a test failed; it is named above".into()) }
        }
        ["label", rest @ ..] => label::run(rest),
        ["bench", rest @ ..] => bench::run(rest),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        ["package", rest @ ..] => package::run(rest),
        ["dashboard", rest @ ..] => dashboard::run(rest),
        ["audit"] => audit::run(),
        ["inspect"] => inspect::run(),
        ["docs"] => docs::write(),
        ["docs", "--check"] => docs::check(),
        [] => Err(format!("no task given\n\n{USAGE}")),
        [other, ..] => Err(format!("there is no task {other}\n\n{USAGE}")),
    }
}
