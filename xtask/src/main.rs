//! `cargo xtask <task>`: parses the arguments and runs the task.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand};
use xtask::{
    Result, app, audit, bench, build, dashboard, dataset, day, demo, docs, fuzz, inspect, label, live, package, release, ruff, test,
};

/// Build, test, package and measure dnstxtscore.
#[derive(Parser)]
#[command(name = "xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build, then run the fixture through the shipped detection and print its rows and risk events
    Demo {
        /// Folder with *.jsonl or *.jsonl.gz: rows like tests/fixtures/dns_txt_rows.jsonl, or {"text", "source"}
        #[arg(long, value_name = "FOLDER", conflicts_with = "all")]
        data: Option<PathBuf>,
        /// Run every shipped search, print risk events as JSON, and run one tunnel of 10,000 answers
        #[arg(long)]
        all: bool,
    },
    /// Put the release binary and ONNX Runtime into bin/; the checkout is then an app that can be installed
    Build,
    /// Build, then run every test; tests whose needs are not met are left out and named
    Test {
        /// Needs that must be met: shared, chromium, contentctl, strace
        #[arg(long, value_delimiter = ',', value_name = "NEED")]
        require: Vec<String>,
        /// Arguments for cargo test
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Play splunkd to the binary and to a Python peer, side by side, and write benches/RESULTS.md
    Bench {
        /// Run once with few rows: checks that the bench works, writes nothing
        #[arg(long)]
        quick: bool,
        /// Compare with another build of the program, which has its ONNX Runtime beside it, and write nothing
        #[arg(long, value_name = "PROGRAM")]
        against: Option<PathBuf>,
    },
    /// Play a day of a network of 10,000 hosts with five tunnels through the rules; needs ../shared
    Day {
        /// Another checkout with a complete bin/, to compare with
        #[arg(long, value_name = "FOLDER")]
        app: Option<PathBuf>,
    },
    /// Write the app as two .spl files with checksums into target/package/<CPU>
    Package {
        /// CPU of the packages
        #[arg(default_value = std::env::consts::ARCH, value_parser = PossibleValuesParser::new(app::CPUS))]
        cpu: String,
    },
    /// Build every package twice, each time from a clean clone of the last commit, compare the bytes, and list them
    Release,
    /// Fuzz each target of fuzz/ from its seeds, and print what was counted
    Fuzz {
        /// Targets; all by default
        targets: Vec<String>,
        /// Seconds per target
        #[arg(long, default_value_t = 30)]
        seconds: u64,
    },
    /// Validate the views with Splunk's packages, and draw them and a report into docs/images
    Dashboard {
        /// Only validate
        #[arg(long)]
        check: bool,
        /// Draw the hunt alone, from so many rows, and print what its searches keep (a million: ten minutes, 10 GB of memory)
        #[arg(long, value_name = "COUNT", conflicts_with = "check")]
        rows: Option<usize>,
    },
    /// Lay the logs of the fixtures out as Splunk's attack_data, into target/dataset
    Dataset,
    /// Run every shipped search on a Splunk that has the app, over the fixture, and print what differs from the runner here
    Live(live::Instance),
    /// Build the packages and run Splunk's AppInspect and slim on them, and contentctl on the detections
    Inspect,
    /// Check the format of all Python, and lint it
    Ruff,
    /// Run cargo-deny on the linked crates: licences, sources, duplicates, and advisories if their database can be fetched
    Audit,
    /// Write what is rendered from the code: searchbnf.conf, the options in docs/splunk.md, the files in docs/architecture.md
    Docs {
        /// Only check that the files are up to date
        #[arg(long)]
        check: bool,
    },
    /// Print the record type of each line of standard input
    Label {
        /// Print the hash of the table of record types
        #[arg(long, conflicts_with_all = ["signs", "samples", "seed"])]
        hash: bool,
        /// Print the kind and the floor of the sign of each line of standard input, or an empty line
        #[arg(long, conflicts_with_all = ["samples", "seed"])]
        signs: bool,
        /// Print this many random records of each type that has a pattern
        #[arg(long, value_name = "N", requires = "seed")]
        samples: Option<usize>,
        /// Seed of the random records
        #[arg(long, value_name = "N", requires = "samples")]
        seed: Option<u64>,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Demo { all: true, .. } => demo::run_all(),
        Task::Demo { data, .. } => demo::run(data.as_deref()),
        Task::Build => {
            build::run()?;
            println!("bin/ is complete: link this checkout as {} into $SPLUNK_HOME/etc/apps", app::NAME);
            Ok(())
        }
        Task::Test { require, args } => test::run(&require, &args),
        Task::Bench { quick, against: Some(other) } => bench::run_against(&other, quick),
        Task::Bench { quick, against: None } => bench::run(quick),
        Task::Day { app } => day::run(app.as_deref()),
        Task::Package { cpu } => package::run(&cpu),
        Task::Release => release::run(),
        Task::Fuzz { targets, seconds } => fuzz::run(&targets, seconds),
        Task::Dashboard { check, rows } => dashboard::run(check, rows),
        Task::Dataset => dataset::run(),
        Task::Live(instance) => live::run(&instance),
        Task::Inspect => inspect::run(),
        Task::Ruff => ruff::run(),
        Task::Audit => audit::run(),
        Task::Docs { check: true } => docs::check(),
        Task::Docs { check: false } => docs::write(),
        Task::Label { hash: true, .. } => label::print_hash(),
        Task::Label { samples: Some(count), seed: Some(seed), .. } => label::print_samples(count, seed),
        Task::Label { signs: true, .. } => label::signs_of_stdin(),
        Task::Label { .. } => label::label_stdin(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn clap_accepts_the_definitions() {
        super::Cli::command().debug_assert();
    }
}
