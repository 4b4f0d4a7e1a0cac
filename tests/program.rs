//! The real program as a process: real model, real pipes, missing and broken libraries, and what users see.

mod common;

use std::process::{Command, Stdio};

use common::{Installed, SESSION_KEY, execute, getinfo, replies};

#[test]
fn rows_are_scored_and_stderr_is_silent() {
    let body = b"text,n\n\"v=spf1 include:_spf.example.com ~all\",1\n\"JABjAD0ATgBlAHcALQBPAGIAagBlAGMAdAAgAE4AZQB0AC4AVwBlAGIAQwBsAGkAZQBuAHQAOwBJAEUAWAAgACQAYwA=\",2\n";
    let output = Installed::new().run(&[], &[getinfo(&[]), execute(true, body)].concat());
    assert!(output.status.success() && (output.stderr.is_empty() || common::emulated()), "{output:?}");
    let answer = String::from_utf8(replies(&output.stdout)[1].1.clone()).unwrap();
    let verdicts: Vec<_> = answer.lines().map(|line| line.rsplit(',').next().unwrap()).collect();
    assert_eq!(verdicts, ["pred_is_unknown", "0", "1"], "{answer}");
}

#[test]
fn getinfo_needs_no_library_and_the_first_row_names_the_missing_one() {
    let installed = Installed::without_library();
    let output = installed.run(&["--search-head"], &getinfo(&[]));
    assert!(output.status.success(), "{output:?}");
    assert_eq!(replies(&output.stdout)[0].0["type"], "stateful");

    let output = installed.run(&[], &[getinfo(&[]), execute(true, b"text\nabc\n")].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.is_empty(), "{output:?}");
    let error = replies(&output.stdout)[1].0["error"].as_str().unwrap().to_owned();
    assert!(error.contains(installed.library().to_str().unwrap()) && error.contains("is missing") && error.contains("install"), "{error}");
}

#[test]
fn an_environment_variable_cannot_name_another_library() {
    if common::emulated() {
        return;
    }
    let installed = Installed::without_library();
    let mut command = installed.command(&[]);
    command.env("ORT_DYLIB_PATH", common::library()).env("LD_LIBRARY_PATH", common::library().parent().unwrap());
    let output = common::talk(&mut command, &[getinfo(&[]), execute(true, b"text\nabc\n")].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(replies(&output.stdout)[1].0["error"].as_str().unwrap().contains("is missing"));
}

#[test]
fn doctor_reports_what_is_wrong() {
    let report = |installed: &Installed| {
        let output = installed.run(&["doctor"], b"");
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let (well, reported) = report(&Installed::new());
    assert!(well && reported.ends_with("all checks passed\n"), "{reported}");

    let installed = Installed::without_library();
    let (well, reported) = report(&installed);
    assert!(!well && reported.contains("FAILED") && reported.contains("is missing"), "{reported}");

    let mut bytes = std::fs::read(common::library()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(installed.library(), &bytes).unwrap();
    let (well, reported) = report(&installed);
    assert!(
        !well && reported.contains("is not the library that this program was tested with") && reported.contains("install"),
        "{reported}"
    );

    std::fs::write(installed.library(), "not a library").unwrap();
    let (well, reported) = report(&installed);
    assert!(!well && reported.contains("is not a library"), "{reported}");
}

#[test]
fn doctor_writes_an_archive_without_secrets_and_replaces_nothing() {
    let (installed, home, out) = (Installed::new(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let logs = home.path().join("var/log/splunk");
    std::fs::create_dir_all(&logs).unwrap();
    std::fs::create_dir_all(installed.app().join("local")).unwrap();
    let set = "[dnstxtscore_salt]\ndefinition = \"bitter\"\n[dnstxtscore_threshold]\ndefinition = 0.9\n";
    std::fs::write(installed.app().join("local/macros.conf"), set).unwrap();
    let mut command = installed.command(&[]);
    command.env("SPLUNK_HOME", home.path());
    common::talk(&mut command, &[getinfo(&["loglevel=info"]), execute(true, b"text\nscoredtext\n")].concat());

    let archive = out.path().join("bundle.tar");
    let run = || {
        let mut command = installed.command(&["doctor", "--bundle", archive.to_str().unwrap()]);
        common::talk(command.env("SPLUNK_HOME", home.path()), b"")
    };
    let output = run();
    assert!(output.status.success(), "{output:?}");
    let mut parts = std::collections::BTreeMap::new();
    for entry in tar::Archive::new(std::fs::File::open(&archive).unwrap()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().strip_prefix("dnstxtscore-bundle").unwrap().display().to_string();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
        parts.insert(name, text);
    }
    assert_eq!(
        parts.keys().map(String::as_str).collect::<Vec<_>>(),
        ["dnstxtscore.log", "doctor.txt", "files.txt", "local/macros.conf", "versions.txt"]
    );
    assert!(parts["doctor.txt"].ends_with("all checks passed\n") && parts["dnstxtscore.log"].contains("rows=1"));
    assert!(parts["files.txt"].contains("bin/dnstxtscore") && parts["files.txt"].contains("local/macros.conf"));
    assert!(parts["local/macros.conf"].contains("definition = 0.9"));
    let all = parts.values().cloned().collect::<String>();
    assert!(["bitter", "scoredtext", SESSION_KEY].iter().all(|secret| !all.contains(secret)), "{all}");

    let before = std::fs::read(&archive).unwrap();
    let again = run();
    assert!(again.status.code() == Some(1) && String::from_utf8_lossy(&again.stderr).contains("exists"), "{again:?}");
    assert_eq!(std::fs::read(&archive).unwrap(), before);
}

#[test]
fn the_log_has_one_line_per_process_and_no_secret() {
    let (installed, home) = (Installed::new(), tempfile::tempdir().unwrap());
    let folder = home.path().join("var/log/splunk");
    std::fs::create_dir_all(&folder).unwrap();
    let talk = |args: &[&str], body: &[u8]| {
        let mut command = installed.command(&[]);
        command.env("SPLUNK_HOME", home.path());
        common::talk(&mut command, &[getinfo(args), execute(true, body)].concat())
    };
    talk(&[], b"text\nsecrettext\n");
    assert!(!folder.join("dnstxtscore.log").exists(), "the default is warn");
    talk(&["loglevel=info"], b"text\nsecrettext\nsecrettext\nunknown\n");
    talk(&[], b"text\n\"secrettext\n");
    let log = std::fs::read_to_string(folder.join("dnstxtscore.log")).unwrap();
    let lines: Vec<_> = log.lines().collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(
        lines[0].contains("sid=\"1700000000.1\" app=\"search\" rows=3 unique_texts=1") && lines[0].contains("model=dnstxt_v3"),
        "{log}"
    );
    // The format that default/props.conf expects.
    let time = lines[0].split(' ').next().unwrap().replace(|c: char| c.is_ascii_digit(), "0");
    assert_eq!(time, "0000-00-00T00:00:00.000000Z");
    assert!(lines[1].contains("[ERROR] chunk 2: row 1: a quoted cell"), "{log}");
    assert!(!log.contains("topsecretkey") && !log.contains("secrettext"), "{log}");
}

#[test]
#[cfg(feature = "triage")]
fn users_get_json() {
    let installed = Installed::new();
    let json = String::from_utf8(installed.run(&["score", "-", "--output", "jsonl"], b"v=spf1 -all\r\nunknown\n").stdout).unwrap();
    let objects: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&objects[0]["text"], &objects[0]["pred_is_unknown"]), (&"v=spf1 -all".into(), &0.into()));
    assert!(objects[1]["predicted_is_unknown"].is_null());
}

#[test]
fn users_get_a_table_with_escaped_characters() {
    let installed = Installed::new();
    let table = String::from_utf8(installed.run(&["score"], b"v=spf1 -all\n\x1b[31mred\nunknown\n").stdout).unwrap();
    assert!(table.contains("  v=spf1 -all\n") && table.contains("\\u{1b}[31mred") && !table.contains('\x1b'), "{table}");
    let missing = installed.run(&["score", "/no/such/file"], b"");
    assert!(!missing.status.success() && String::from_utf8_lossy(&missing.stderr).contains("/no/such/file"));
    let version = String::from_utf8(installed.run(&["--version"], b"").stdout).unwrap();
    assert!(version.contains("model dnstxt_v3"), "{version}");
    let help = String::from_utf8(installed.run(&["--help"], b"").stdout).unwrap();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" "); // the width of a terminal may break lines
    assert!(dnstxtscore::splunk::options::OPTIONS.iter().all(|spec| help.contains(spec.help)), "{help}");
}

mod needs_shared {
    use super::*;

    /// Every shared recording of a streaming command, through an independent player of splunkd.
    #[test]
    #[ignore = "needs ../shared"]
    fn recordings_of_splunkd_pass_an_independent_player() {
        let shared = test_splunk::needs::shared();
        let installed = Installed::new();
        for (recording, field) in
            [("nd821_doubleage.input", "age"), ("nd821_streaming_litsearch.input", "age"), ("sdk803_multibyte.input.gz", "text")]
        {
            let command = installed.command(&[]);
            let output = Command::new("python3")
                .arg(shared.join("peers/drive.py"))
                .args([
                    "--out",
                    "predicted_is_unknown",
                    "--allow-empty-score",
                    "--bytes-exact",
                    "--arg",
                    &format!("field={field}"),
                    "--replay",
                ])
                .arg(shared.join("protocol/recordings").join(recording))
                .arg("--")
                .arg(command.get_program())
                .args(command.get_args())
                .stdin(Stdio::null())
                .output()
                .unwrap();
            assert!(output.status.success(), "{recording}: {}", String::from_utf8_lossy(&output.stdout));
        }
    }
}
