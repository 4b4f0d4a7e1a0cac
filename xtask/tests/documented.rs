//! Every command on a page is run here, by another test, or by `.ci`; or it is named below with the reason why it is not run.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use test_splunk::spl::Table;
use test_splunk::{root, searches, splunkd};

enum How {
    /// By a test of this file.
    Here,
    /// By a test of another file.
    Test(&'static str),
    /// `.ci/run` or `.ci/full` contains it.
    Ci,
    /// The reason.
    NotRun(&'static str),
}
use How::{Ci, Here, NotRun, Test};

const PAGES: [&str; 11] = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/architecture.md",
    "docs/splunk.md",
    "docs/training.md",
    "docs/triage.md",
    "docs/tuning.md",
    "models/CHANGELOG.md",
    "models/channel_v1/README.md",
    "models/dnstxt_v3/README.md",
];

const NO_SPLUNK: &str = "no Splunk was at hand";
const NO_CORPUS: &str = "it trains for hours on a corpus that is not in the repository";
const COMMANDS: [(&str, How); 67] = [
    ("bin/dnstxtscore completions bash", Test("tests/triage.rs")),
    ("bin/dnstxtscore doctor", Test("tests/program.rs")),
    ("bin/dnstxtscore report *.pcap -o report.html", Here),
    ("bin/dnstxtscore report capture.pcapng -o report.html --extract carried", Here),
    ("bin/dnstxtscore report --recursive /opt/zeek/logs -o report.html", NotRun("the folder is that of a Zeek")),
    ("bin/dnstxtscore score --explain -", Here),
    ("bin/dnstxtscore score --follow dns.log", Test("tests/triage.rs")),
    ("bin/dnstxtscore score --follow eve.json", Test("tests/triage.rs")),
    ("bin/dnstxtscore score --json dns.log > scored.ndjson", Test("tests/terminal.rs")),
    ("bin/dnstxtscore score --list-fields results.json", Test("tests/triage.rs")),
    ("bin/dnstxtscore score --group-by channel capture.pcapng", Here),
    ("bin/dnstxtscore score --group-by domain capture.pcapng", Here),
    ("bin/dnstxtscore score --group-by domain tests/fixtures/triage/tunnels.pcap.gz", Here),
    ("bin/dnstxtscore score --list-fields tests/fixtures/triage/tunnels.eve2.json.gz", Test("tests/triage.rs")),
    ("bin/dnstxtscore score --min-score 0.9 --output jsonl eve.json | jq .", Here),
    ("bin/dnstxtscore score --model FOLDER FILE", Test("tests/imported_model.rs")),
    ("bin/dnstxtscore score --output stix capture.pcapng", Here),
    ("bin/dnstxtscore score --top 20 --explain capture.pcapng", Here),
    ("bin/dnstxtscore score --top 20 --explain dns.log.gz", Here),
    ("cargo test record_types", Test("tests/record_types.rs")),
    ("cargo xtask audit", Ci),
    ("cargo xtask bench", Ci),
    ("cargo xtask build", Test("xtask/src/test.rs")),
    ("cargo xtask day", NotRun("it needs the channels of ../shared and prints figures")),
    ("cargo xtask dataset", Test("xtask/src/dataset.rs")),
    ("cargo xtask demo", Ci),
    ("cargo xtask demo --data FOLDER", Here),
    ("cargo xtask demo --data rows", Here),
    ("cargo xtask docs", Ci),
    ("cargo xtask fuzz", Ci),
    ("cargo xtask inspect", Ci),
    ("cargo xtask label", Test("xtask/tests/generators.rs")),
    ("cargo xtask label --hash", Test("xtask/tests/generators.rs")),
    ("cargo xtask label < texts", Test("xtask/tests/generators.rs")),
    ("cargo xtask live --url https://localhost:8089 --token-file token.txt --insecure", Test("xtask/tests/live.rs")),
    ("cargo xtask package", Test("xtask/src/inspect.rs")),
    ("cargo xtask package aarch64", NotRun("it needs the standard library for aarch64")),
    ("cargo xtask release", NotRun("it builds four packages twice, for half an hour; its check of versions is a test")),
    ("cargo xtask test", Ci),
    ("cp -r bin share /usr/local", NotRun("it installs")),
    ("dnstxtscore --version", Test("tests/program.rs")),
    ("dnstxtscore doctor", Test("tests/program.rs")),
    ("dnstxtscore doctor --bundle FILE", Test("tests/program.rs")),
    ("man -l share/man/man1/dnstxtscore-score.1", NotRun("man is not always there; xtask/tests/package.rs reads the page")),
    ("python3 models/train/compare.py OLD NEW FOLDER", NotRun(NO_CORPUS)),
    ("python3 models/train/evaluate.py --corpus FOLDER FOLDER …", NotRun(NO_CORPUS)),
    (
        "python3 models/train/import_dsdl.py WEIGHTS.pt VOCAB.pkl $SPLUNK_HOME/etc/apps/SA-dnstxtscore/models/dsdl",
        Test("xtask/tests/import.rs"),
    ),
    ("python3 models/train/run.py --corpus FOLDER FOLDER …", NotRun(NO_CORPUS)),
    ("python3 models/train/signs.py PROGRAM FOLDER", Test("xtask/tests/signs.rs")),
    ("rustup target add aarch64-unknown-linux-gnu", NotRun("it changes the toolchain")),
    ("splunk apply shcluster-bundle -target https://MEMBER:8089", NotRun(NO_SPLUNK)),
    ("splunk btool distsearch list --debug", NotRun(NO_SPLUNK)),
    ("splunk install app FILE.spl", NotRun(NO_SPLUNK)),
    ("splunk install app FILE.spl -update 1", NotRun(NO_SPLUNK)),
    ("splunk remove app SA-dnstxtscore", NotRun(NO_SPLUNK)),
    ("splunk restart", NotRun(NO_SPLUNK)),
    ("tar xzf FILE.spl -C $SPLUNK_HOME/etc/shcluster/apps", NotRun(NO_SPLUNK)),
    (
        "| dnstxtscore explain=true | search txt_decoded=\"command*\" OR txt_decoded=\"PowerShell*\" OR txt_decoded=\"PE*\" OR txt_decoded=\"ELF*\"",
        Here,
    ),
    ("| `drop_dm_object_name(\"DNS\")` | dnstxtscore field=answer domain=query", Test("tests/splunk/tests/detection.rs")),
    (
        "| rename answer as text, registered_domain as domain | eval exchange=`dnstxtscore_exchange`",
        Test("tests/splunk/tests/detection.rs"),
    ),
    (
        "| stats values(exchange) as exchange by src domain | dnstxtscore field=exchange channel=true | sort 0 - channel_score",
        Test("tests/splunk/tests/detection.rs"),
    ),
    (
        "| tstats count FROM datamodel=Network_Resolution WHERE `dnstxtscore_channel_scope` BY DNS.src DNS.query DNS.answer",
        Test("tests/splunk/tests/detection.rs"),
    ),
    ("| dnstxtscore model=dsdl", Test("tests/imported_model.rs")),
    ("| makeresults | eval text=\"v=spf1 include:SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA ~all\" | dnstxtscore", Here),
    ("| makeresults | eval text=\"v=spf1 include:SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA ~all\" | dnstxtscore explain=true", Here),
    ("| inputlookup dnstxtscore_common | outputlookup saved.csv", NotRun(NO_SPLUNK)),
    ("| makeresults | where false() | outputlookup dnstxtscore_common", NotRun(NO_SPLUNK)),
];

fn read(page: &str) -> String {
    std::fs::read_to_string(root().join(page)).unwrap_or_else(|e| panic!("{page}: {e}"))
}

/// The commands on a page: lines of code blocks, and code in sentences.
fn commands(page: &str) -> BTreeSet<String> {
    const PROGRAMS: [&str; 10] =
        ["cargo ", "bin/dnstxtscore ", "dnstxtscore ", "python3 ", "splunk ", "tar ", "rustup ", "cp ", "man ", "| "];
    let text = read(page);
    let text = text.split("<!-- files: ").next().unwrap_or_default(); // the list of files says which file is which task
    let (mut found, mut in_block) = (BTreeSet::new(), false);
    let mut add = |code: &str| {
        let code = code.split("  #").next().unwrap_or_default().trim();
        let code = code.strip_prefix("$ ").unwrap_or(code);
        let is_whole = !["| dnstxtscore", "| head"].contains(&code); // the name of a command
        let is_syntax = code.contains("=<") || code.contains("[");
        if PROGRAMS.iter().any(|program| code.starts_with(program)) && is_whole && !is_syntax {
            found.insert(code.to_owned());
        }
    };
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if in_block {
            add(line);
        } else {
            line.split('`').skip(1).step_by(2).for_each(&mut add);
        }
    }
    found
}

#[test]
fn every_command_on_a_page_is_run_or_named_as_not_run() {
    let listed: BTreeSet<&str> = COMMANDS.iter().map(|(command, _)| *command).collect();
    let mut on_pages = BTreeSet::new();
    for page in PAGES {
        on_pages.extend(commands(page));
    }
    let on_pages: BTreeSet<&str> = on_pages.iter().map(String::as_str).collect();
    let lacks = |some: &BTreeSet<&str>, others: &BTreeSet<&str>| some.difference(others).map(|one| (*one).to_owned()).collect::<Vec<_>>();
    assert_eq!(lacks(&on_pages, &listed), [""; 0], "on a page and not listed");
    assert_eq!(lacks(&listed, &on_pages), [""; 0], "listed and on no page");
    let ci = read(".ci/run") + &read(".ci/full");
    for (command, how) in COMMANDS {
        match how {
            Here => {}
            Test(file) => assert!(root().join(file).exists(), "{command}: {file}"),
            Ci => assert!(ci.contains(command), "{command} is not in .ci"),
            NotRun(reason) => assert!(reason.len() > 10, "{command}"),
        }
    }
    for task in COMMANDS.iter().filter_map(|(command, _)| command.strip_prefix("cargo xtask ")?.split(' ').next()) {
        let help = Command::new(env!("CARGO_BIN_EXE_xtask")).args([task, "--help"]).output().unwrap();
        assert!(help.status.success(), "cargo xtask {task}");
    }
}

/// The program in `bin/`, in a folder with the files that the pages name.
fn run(args: &str, input: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    for (name, fixture) in [
        ("capture.pcapng", "tunnels.pcap.gz"),
        ("a.pcap", "tunnels.pcap.gz"),
        ("dns.log.gz", "tunnels.zeek.log.gz"),
        ("eve.json", "tunnels.eve3.json.gz"),
    ] {
        std::fs::copy(root().join("tests/fixtures/triage").join(fixture), folder.path().join(name)).unwrap();
    }
    std::os::unix::fs::symlink(root().join("tests"), folder.path().join("tests")).unwrap();
    std::fs::write(folder.path().join("input"), input).unwrap();
    let script = format!("{} {args} < input", root().join("bin/dnstxtscore").display());
    Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().unwrap()
}

#[test]
fn commands_for_responders_find_the_tunnels() {
    for (command, _) in COMMANDS.iter().filter(|(command, how)| matches!(how, Here) && command.starts_with("bin/dnstxtscore ")) {
        let args = command.trim_start_matches("bin/dnstxtscore ").trim_end_matches(" | jq .");
        let Output { status, stdout, stderr } =
            run(args, "SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAAuAFcAZQBiAEMAbABpAGUAbgB0ACkA\n");
        assert_eq!(status.code(), Some(3), "{command}: {}", String::from_utf8_lossy(&stderr));
        let shown = String::from_utf8_lossy(&stdout);
        assert!(command.contains("report") || ["suspicious", "\"pred_is_unknown\":1"].iter().any(|sign| shown.contains(sign)), "{command}");
    }
}

/// The pages show the first columns.
#[test]
fn the_table_of_domains_is_as_on_the_pages() {
    let stdout = String::from_utf8(run("score --group-by domain tests/fixtures/triage/tunnels.pcap.gz", "").stdout).unwrap();
    for page in ["README.md", "docs/triage.md"] {
        let text = read(page);
        let (_, block) = text.split_once("$ bin/dnstxtscore score --group-by domain tests/fixtures/triage/tunnels.pcap.gz\n").unwrap();
        let shown: Vec<&str> = block.split("```").next().unwrap().lines().collect();
        assert!(shown.len() > 4 && shown.iter().all(|line| stdout.lines().any(|row| row.starts_with(line))), "{page}:\n{stdout}");
    }
}

#[test]
fn the_rows_of_the_readme_raise_its_finding() {
    let text = read("README.md");
    let (_, block) = text.split_once("$ cat rows/mine.jsonl\n").unwrap();
    let (rows, printed) = block.split_once("$ cargo xtask demo --data rows\n").unwrap();
    let file = tempfile::Builder::new().suffix(".jsonl").tempfile().unwrap();
    std::fs::write(file.path(), rows).unwrap();
    let (_, events) = searches::detect(&root(), searches::read_rows(Path::new(file.path())).unwrap()).unwrap();
    let event = &events[0];
    let line = format!("1 x risk_object={} risk_score={} risk_message=\"{}\"", event.risk_object, event.risk_score, event.risk_message);
    assert!(events.len() == 1 && printed.contains(&line) && printed.contains("Risk events (1)"), "{line}");
}

#[test]
fn the_first_search_of_the_readme_scores_as_shown() {
    let text = read("README.md");
    let (_, rest) = text.split_once("| makeresults | eval text=\"").unwrap();
    let (answer, rest) = rest.split_once('"').unwrap();
    let table = Table { columns: vec!["text".into()], rows: vec![[("text".to_owned(), vec![answer.to_owned()])].into()] };
    let scored = splunkd::run(&root().join("bin/dnstxtscore"), &["explain=true".to_owned()], table).unwrap();
    let cell = |name: &str| scored.rows[0].get(name).and_then(|values| values.first()).cloned().unwrap_or_default();
    let shown = rest.lines().find(|line| line.trim().starts_with("| 0.")).unwrap();
    let shown: Vec<&str> = shown.trim().trim_matches('|').split(" | ").map(str::trim).collect();
    assert_eq!([shown[0], shown[1]], [cell("predicted_is_unknown"), cell("pred_is_unknown")]);
    let reason = cell("txt_reason").replace("SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA", "SQBFAFgA…");
    assert_eq!(shown.last().unwrap().trim_start_matches("| "), reason);
    // docs/splunk.md hunts by what a text decodes to.
    assert!(cell("txt_decoded").starts_with("PowerShell"), "{}", cell("txt_decoded"));
}
