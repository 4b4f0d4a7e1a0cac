//! The work of a responder: the real program over a capture with two tunnels, and over logs of the same traffic.
//! `tests/fixtures/triage/README.md` says how they were made.

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Output;

use common::Installed;
use serde_json::Value;

fn fixture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/triage").join(name);
    path.to_str().unwrap().to_owned()
}

fn objects(output: &Output) -> Vec<Value> {
    String::from_utf8(output.stdout.clone()).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn messages(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The queried name, where a source's object holds it.
fn query(object: &Value) -> Option<&str> {
    let dns = &object["dns"];
    [&object["query"], &dns["queries"][0]["rrname"], &dns["rrname"]].into_iter().find_map(Value::as_str)
}

/// The score of each answer, by query and normalised text.
fn scores(file: &str) -> BTreeMap<(String, Vec<u8>), f64> {
    let output = Installed::new().run(&["score", "--output", "jsonl", &fixture(file)], b"");
    assert!(output.status.code() == Some(3) && messages(&output).is_empty(), "{file}: {}", messages(&output));
    let objects = objects(&output);
    let answer = |object: &Value| object.get("txt_answer").unwrap_or(&object["answer"]).as_str().unwrap().as_bytes().to_vec();
    let text = |object: &Value| dnstxtscore::text::normalise(&answer(object)).into_owned();
    let score = |object: &Value| object["predicted_is_unknown"].as_f64();
    let scored = objects.iter().filter_map(|object| Some(((query(object)?.to_lowercase(), text(object)), score(object)?)));
    scored.collect()
}

#[test]
fn a_capture_and_its_logs_give_the_same_verdicts() {
    let capture = scores("tunnels.pcap.gz");
    let tunnel = |query: &str| query.ends_with(".t.example") || query.ends_with(".io.example");
    let suspicious = |scores: &BTreeMap<(String, Vec<u8>), f64>, tunnelled: bool| {
        scores.iter().filter(|((query, _), score)| tunnel(query) == tunnelled && **score >= 0.5).count()
    };
    // 113 tunnel answers, most of them a few bytes of a handshake or an empty poll.
    assert!(suspicious(&capture, true) >= 45 && suspicious(&capture, false) <= 12, "{capture:?}");
    // Zeek and Suricata escape some bytes of names and texts differently: what both have must score the same.
    for (file, at_least) in [("tunnels.zeek.log.gz", 0.9), ("tunnels.zeek.json.zst", 0.9)] {
        let log = scores(file);
        let shared: Vec<_> = capture.iter().filter_map(|(key, score)| Some((key, score, log.get(key)?))).collect();
        assert!(shared.iter().all(|(_, one, other)| one == other), "{file}: {shared:?}");
        assert!(shared.len() as f64 >= capture.len() as f64 * at_least, "{file}: {} of {}", shared.len(), capture.len());
        assert_eq!(suspicious(&log, true), suspicious(&capture, true), "{file}");
    }
    // Suricata writes the strings of a record separately: records of one string score the same.
    let (two, three) = (scores("tunnels.eve2.json.gz"), scores("tunnels.eve3.json.gz"));
    assert_eq!(two, three);
    let shared: Vec<_> = capture.iter().filter_map(|(key, score)| Some((key, score, two.get(key)?))).collect();
    assert!(shared.iter().all(|(_, one, other)| one == other) && shared.len() >= 100, "{}: {shared:?}", shared.len());
}

#[test]
fn both_tunnels_come_first_in_every_format() {
    for file in ["tunnels.pcap.gz", "tunnels.zeek.log.gz", "tunnels.zeek.json.zst", "tunnels.eve2.json.gz", "tunnels.eve3.json.gz"] {
        let output = Installed::new().run(&["score", "--group-by", "domain", "--top", "2", "--output", "jsonl", &fixture(file)], b"");
        assert_eq!(output.status.code(), Some(3));
        let objects = objects(&output);
        let of = |domain: &str| objects.iter().find(|object| object["domain"] == domain).unwrap_or_else(|| panic!("{file}: {objects:?}"));
        assert!(["t.example", "io.example"].iter().all(|domain| of(domain)["channel_score"].as_f64().unwrap() > 0.9), "{file}");
        let tunnel = of("t.example");
        assert!(
            tunnel["unique_texts"].as_u64().unwrap() >= 80
                && tunnel["firstTime"].as_str().unwrap().starts_with("2026-11-24T22:01:0")
                && tunnel["channel_reason"].as_str().unwrap().contains("different names below the domain"),
            "{tunnel:?}"
        );
        let output = Installed::new().run(&["score", "--group-by", "client", "--output", "jsonl", &fixture(file)], b"");
        assert_eq!(common_client(&output), "192.0.2.10", "{file}");
    }
}

fn common_client(output: &Output) -> String {
    objects(output)[0]["client"].as_str().unwrap().to_owned()
}

#[test]
fn records_can_be_selected_and_sorted() {
    let installed = Installed::new();
    let pcap = fixture("tunnels.pcap.gz");
    let column = |args: &[&str], name: &str| -> Vec<Value> {
        let output = installed.run(&[&["score", "--output", "jsonl"], args, &[&*pcap]].concat(), b"");
        assert_eq!(output.status.code(), Some(3), "{}", messages(&output));
        objects(&output).into_iter().map(|object| object[name].clone()).collect()
    };
    let scores =
        |args: &[&str]| -> Vec<f64> { column(args, "predicted_is_unknown").iter().map(|score| score.as_f64().unwrap_or(-1.0)).collect() };
    let all = scores(&[]);
    assert_eq!(all.len(), 131 + 84 + 29, "tshark counts as many");
    let top = scores(&["--top", "10"]);
    let mut sorted = all.clone();
    sorted.sort_by(|a, b| b.total_cmp(a));
    assert_eq!(top, sorted[..10]);
    assert_eq!(scores(&["--sort", "score"]), sorted);
    assert_eq!(scores(&["--min-score", "0.9"]).len(), all.iter().filter(|score| **score >= 0.9).count());
    let times = column(&["--sort", "time"], "time");
    assert!(times.windows(2).all(|pair| pair[0].as_str() <= pair[1].as_str()) && times.len() == all.len());
    assert_eq!(
        column(&["--threshold", "0.99"], "pred_is_unknown").iter().filter(|mark| **mark == 1).count(),
        all.iter().filter(|score| **score >= 0.99).count()
    );
    assert!(column(&["--top", "1", "--explain"], "txt_reason")[0].as_str().unwrap().contains("no known type"));
}

#[test]
fn the_exit_status_tells_what_was_found() {
    let installed = Installed::new();
    let status = |args: &[&str], input: &[u8]| installed.run(args, input).status.code();
    assert_eq!(status(&["score"], b"v=spf1 -all\n"), Some(0));
    let payload = b"JABjAD0ATgBlAHcALQBPAGIAagBlAGMAdAAgAE4AZQB0AC4AVwBlAGIAQwBsAGkAZQBuAHQAOwBJAEUAWAAgACQAYwA=\n";
    assert_eq!(status(&["score"], payload), Some(3));
    assert_eq!(status(&["score", "--threshold", "1"], payload), Some(0));
    assert_eq!(status(&["score", "--min-score", "2"], b""), Some(2));
    assert_eq!(status(&["score", "--group-by", "domain", "--explain"], b""), Some(2));
    let output = installed.run(&["score", "-", "/no/such/file"], payload);
    assert_eq!(output.status.code(), Some(1), "the contents of the other file are unknown");
    assert!(messages(&output).contains("dnstxtscore: /no/such/file: ") && String::from_utf8_lossy(&output.stdout).contains("suspicious"));
}

/// Lines of a child's output, as they come.
fn lines_of(child: &mut std::process::Child) -> std::sync::mpsc::Receiver<String> {
    let (sender, lines) = std::sync::mpsc::channel();
    let output = std::io::BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || std::io::BufRead::lines(output).map_while(Result::ok).try_for_each(|line| sender.send(line)));
    lines
}

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// `tail -F dns.log | dnstxtscore score -` showed nothing until 4,096 answers had come.
#[test]
fn what_a_pipe_has_delivered_is_shown_when_it_pauses() {
    use std::io::Write as _;
    let installed = Installed::new();
    let mut child = installed.command(&["score", "--output", "jsonl", "-"]).spawn().unwrap();
    let (lines, mut input) = (lines_of(&mut child), child.stdin.take().unwrap());
    let event = |text: &str| format!("{{\"uid\":\"C\",\"query\":\"a.example\",\"qtype\":16,\"answers\":[\"{text}\"]}}\n");
    for number in 0..3 {
        let event = event(&format!("TXT 7 number {number}"));
        let (begin, rest) = event.split_at(20);
        input.write_all(begin.as_bytes()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(300)); // a pause inside a line
        input.write_all(rest.as_bytes()).unwrap();
        let line = lines.recv_timeout(PATIENCE).unwrap();
        assert!(line.contains(&format!("number {number}")), "{line}");
    }
    input.write_all(event("TXT 4 last").trim_end().as_bytes()).unwrap();
    drop(input);
    assert!(lines.recv_timeout(PATIENCE).unwrap().contains("last"));
    assert!(child.wait().unwrap().code().is_some());
}

/// `tcpdump -w - | dnstxtscore score -` showed nothing until a megabyte had come.
#[test]
fn a_capture_from_a_pipe_is_shown_when_it_pauses() {
    use std::io::{Read as _, Write as _};
    let mut capture = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(fixture("tunnels.pcap.gz")).unwrap()).read_to_end(&mut capture).unwrap();
    // The header and as many packets as hold several answers.
    let length = |at: usize| u32::from_le_bytes(capture[at + 8..at + 12].try_into().unwrap()) as usize + 16;
    let mut end = 24;
    for _ in 0..20 {
        end += length(end);
    }
    let installed = Installed::new();
    let mut child = installed.command(&["score", "--output", "jsonl", "-"]).spawn().unwrap();
    let (lines, mut input) = (lines_of(&mut child), child.stdin.take().unwrap());
    input.write_all(&capture[..10]).unwrap(); // a pause inside the header
    std::thread::sleep(std::time::Duration::from_millis(300));
    input.write_all(&capture[10..end - 7]).unwrap();
    assert!(lines.recv_timeout(PATIENCE).unwrap().contains("predicted_is_unknown"));
    input.write_all(&capture[end - 7..]).unwrap();
    drop(input);
    let rest = std::iter::from_fn(|| lines.recv_timeout(PATIENCE).ok()).count();
    let whole = installed.run(&["score", "--output", "jsonl", &fixture("tunnels.pcap.gz")], b"");
    assert_eq!(rest + 1, objects(&whole).len());
}

#[test]
fn a_log_is_followed_as_it_grows_and_when_it_is_replaced() {
    use std::io::Write as _;
    let (installed, folder) = (Installed::new(), tempfile::tempdir().unwrap());
    let log = folder.path().join("texts.log");
    std::fs::write(&log, "first line\n").unwrap();
    let mut child = installed.command(&["score", "--follow", log.to_str().unwrap()]).spawn().unwrap();
    let lines = lines_of(&mut child);
    let next = |expected: &str| {
        let line = lines.recv_timeout(PATIENCE).unwrap();
        assert!(line.ends_with(expected), "{line}");
    };
    next("first line");
    std::fs::OpenOptions::new().append(true).open(&log).unwrap().write_all(b"second line\n").unwrap();
    next("second line");
    std::fs::rename(&log, folder.path().join("texts.log.1")).unwrap();
    std::fs::write(&log, "after rotation\n").unwrap();
    next("after rotation");
    child.kill().unwrap();
    child.wait().unwrap();
    // Found by attack: a table or a compressed log was followed in silence.
    for (name, bytes) in [("x.csv", &b"src,text\n1,2\n"[..]), ("x.gz", &std::fs::read(fixture("tunnels.zeek.log.gz")).unwrap())] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let output = installed.run(&["score", "--follow", path.to_str().unwrap()], b"");
        assert!(output.status.code() == Some(1) && messages(&output).contains("cannot be followed"), "{}", messages(&output));
    }
    // Found in review: what needs all records was shown never.
    let log = log.to_str().unwrap();
    for args in [["--top", "3"], ["--sort", "time"], ["--group-by", "domain"]] {
        assert_eq!(installed.run(&[&["score", "--follow", log][..], &args].concat(), b"").status.code(), Some(2), "{args:?}");
    }
    let report = installed.run(&["report", "--follow", log, "-o", "-"], b"");
    assert!(report.status.code() == Some(1) && messages(&report).contains("--follow is for score"), "{}", messages(&report));
    let two = installed.run(&["score", "--follow", "a", "b"], b"");
    assert!(two.status.code() == Some(1) && messages(&two).contains("one file can be followed"), "{}", messages(&two));
}

#[test]
fn fields_are_listed_as_on_the_page() {
    let installed = Installed::new();
    let page = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/triage.md")).unwrap();
    let (_, shown) = page.split_once("score --list-fields tests/fixtures/triage/tunnels.eve2.json.gz\n").unwrap();
    let output = installed.run(&["score", "--list-fields", &fixture("tunnels.eve2.json.gz")], b"");
    let listed = String::from_utf8(output.stdout).unwrap();
    let shown: Vec<&str> = shown.split("```").next().unwrap().lines().collect();
    assert!(shown.len() > 6 && shown.iter().all(|line| listed.lines().any(|own| own == *line)), "{listed}");
    assert_eq!(output.status.code(), Some(0));
    let none = installed.run(&["score", "--list-fields", &fixture("tunnels.pcap.gz"), "nowhere"], b"");
    assert!(none.status.code() == Some(1) && messages(&none).contains("it has no fields"), "{}", messages(&none));
}

#[test]
fn a_folder_is_read_file_by_file() {
    let installed = Installed::new();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(at("below")).unwrap();
    for (name, text) in [("b.txt", "second\n"), ("a.txt", "first\n"), (".hidden", "hidden\n"), ("below/c.txt", "third\n")] {
        std::fs::write(at(name), text).unwrap();
    }
    std::os::unix::fs::symlink(folder.path(), at("loop")).unwrap();
    let texts = |args: &[&str]| -> Vec<String> {
        let output = installed.run(&[&["score"], args, &[folder.path().to_str().unwrap()]].concat(), b"");
        String::from_utf8(output.stdout).unwrap().lines().map(|line| line.split_whitespace().last().unwrap().to_owned()).collect()
    };
    assert_eq!(texts(&[]), ["first", "second"]);
    assert_eq!(texts(&["--recursive"]), ["first", "second", "third"]);
    let empty = installed.run(&["score", at("below").join("..").join("below").to_str().unwrap()], b"");
    assert_eq!(String::from_utf8_lossy(&empty.stdout).lines().count(), 1);
    std::fs::remove_file(at("below/c.txt")).unwrap();
    let empty = installed.run(&["score", at("below").to_str().unwrap()], b"");
    assert!(empty.status.code() == Some(1) && messages(&empty).contains("it has no file"), "{}", messages(&empty));
}

#[test]
fn an_unreadable_part_is_reported_and_the_rest_is_read() {
    let installed = Installed::new();
    let input = b"{\"text\":\"a\"}\n{\"text\":\nincomplete\n{\"n\":1}\n\n[]\n{}\n{\"text\":\"b\"}\n";
    let output = installed.run(&["score", "--format", "json", "--output", "jsonl"], input);
    assert_eq!(objects(&output).len(), 2);
    let named = messages(&output);
    for words in ["standard input: line 2: it is not a JSON object", "line 4: it is not an event", "5 records could not be read"] {
        assert!(named.contains(words), "{words}: {named}");
    }
    let quiet = messages(&installed.run(&["score", "--quiet", "--format", "json"], input));
    assert_eq!(quiet.lines().count(), 1, "{quiet}");
    // A capture that ends in the middle, from a pipe.
    let compressed = std::fs::read(fixture("tunnels.pcap.gz")).unwrap();
    let output = installed.run(&["score", "--output", "csv"], &compressed[..compressed.len() / 2]);
    assert!(messages(&output).contains("the rest cannot be read") && output.status.code() == Some(3), "{}", messages(&output));
    assert!(output.stdout.iter().filter(|byte| **byte == b'\n').count() > 50);
}

#[test]
fn an_input_object_comes_back_byte_for_byte() {
    let object = r#"{ "z":1.0, "text":"v=spf1 -all", "a":[1,2 ], "big":123456789012345678901234567890 "#;
    let output = Installed::new().run(&["score", "--output", "jsonl"], format!("{object}}}\n").as_bytes());
    let line = String::from_utf8(output.stdout).unwrap();
    assert!(line.starts_with(object.trim_end()) && line.trim_end().ends_with(",\"pred_is_unknown\":0}"), "{line}");
    // And what was scored once can be scored again.
    let again = String::from_utf8(Installed::new().run(&["score", "--output", "jsonl"], line.as_bytes()).stdout).unwrap();
    assert_eq!(again.matches("pred_is_unknown").count(), 1, "{again}");
}

#[test]
fn a_report_is_written_and_names_what_was_found() {
    let installed = Installed::new();
    let page = installed.folder().join("report.html");
    let output = installed.run(&["report", &fixture("tunnels.pcap.gz"), "-o", page.to_str().unwrap(), "--top", "50"], b"");
    assert!(
        output.status.code() == Some(3) && output.stdout.is_empty() && messages(&output).contains("report is written. 2 channels"),
        "{output:?}"
    );
    let page = std::fs::read_to_string(page).unwrap();
    for words in [
        "<b class=\"bad\">58</b> of 244 TXT answers",
        "t.example",
        "io.example",
        "192.0.2.10",
        "different answers are listed, those with the highest scores",
        "default-src 'none'",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let output = installed.run(&["report", "-o", "-"], b"");
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("No TXT answer was found"));
    let output = installed.run(&["report", "-o", "/no/such/folder/report.html"], b"a\n");
    assert!(output.status.code() == Some(1) && messages(&output).contains("/no/such/folder/report.html"), "{}", messages(&output));
}

/// Found in review: `report -o *.pcap` overwrote the first capture.
#[test]
fn a_report_does_not_overwrite_its_input() {
    let installed = Installed::new();
    let evidence = installed.folder().join("evidence.txt");
    std::fs::write(&evidence, "v=spf1 -all\n").unwrap();
    let path = evidence.to_str().unwrap();
    let output = installed.run(&["report", "-o", path, "/no/such/file", path], b"");
    assert!(output.status.code() == Some(1) && messages(&output).contains("the file exists and is not a report"), "{}", messages(&output));
    assert_eq!(std::fs::read_to_string(&evidence).unwrap(), "v=spf1 -all\n");
    // Another page is not a report either. A report is replaced, completely or not at all.
    std::fs::write(&evidence, "<!doctype html>\n<title>mine</title>\n").unwrap();
    assert_eq!(installed.run(&["report", "-o", path], b"a\n").status.code(), Some(1));
    let page = installed.folder().join("page.html");
    for texts in [&b"first-text\n"[..], b"second-text\n"] {
        assert_eq!(installed.run(&["report", "-o", page.to_str().unwrap()], texts).status.code(), Some(0));
    }
    let written = std::fs::read_to_string(&page).unwrap();
    assert!(written.contains("second-text") && !written.contains("first-text"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        // Found in review: a device became a file, a pipe blocked, a link was replaced, and a private report became readable for all.
        let (link, pipe) = (installed.folder().join("link.html"), installed.folder().join("pipe"));
        symlink(&page, &link).unwrap();
        std::fs::set_permissions(&page, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(installed.run(&["report", "-o", link.to_str().unwrap()], b"third-text\n").status.code(), Some(0));
        assert!(link.is_symlink() && std::fs::read_to_string(&page).unwrap().contains("third-text"));
        assert_eq!(page.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let output = installed.run(&["report", "-o", pipe.to_str().unwrap()], b"a\n");
        assert!(output.status.code() == Some(1) && messages(&output).contains("it is not a regular file"), "{}", messages(&output));
        assert!(!pipe.is_file());
    }
    let files: Vec<_> = std::fs::read_dir(installed.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!files.iter().any(|name| name.to_string_lossy().contains("dnstxtscore-report")), "{files:?}");
    let output = installed.run(&["report", "-o", "-", "/no/such/file", path], b"");
    assert!(output.status.code() == Some(1) && String::from_utf8_lossy(&output.stdout).contains("Not read: <code>/no/such/file</code>"));
}

/// Found in review: before `| head` the status reported that nothing was found.
#[test]
fn the_exit_status_is_right_if_the_output_is_closed() {
    let installed = Installed::new();
    for args in [&["--output", "csv"][..], &["--output", "table"], &["--sort", "score"], &["--group-by", "domain"]] {
        let mut command = installed.command(&[&["score"], args, &[&*fixture("tunnels.pcap.gz"), &fixture("tunnels.pcap.gz")]].concat());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(3), "{args:?}");
    }
}

/// Found in review: a capture that could not be read passed as one in which nothing was found.
#[test]
fn a_file_of_unreadable_parts_is_not_a_success() {
    let output = Installed::new().run(&["score", "--format", "pcap"], b"v=spf1 -all\n");
    assert!(output.status.code() == Some(1) && messages(&output).contains("it is not a capture"), "{}", messages(&output));
    // Found in review: with one incomplete line, a file without findings counted as unreadable.
    let output = Installed::new().run(&["score"], b"{\"event_type\":\"flow\",\"a\":1}\n{\"event_type\":\"flow\"}\n{\"event_ty");
    assert!(output.status.success() && messages(&output).contains("no TXT answer in 2 lines"), "{}", messages(&output));
}

/// Found in review: a file without answers, of another kind or with other traffic ended silently.
#[test]
fn a_file_without_answers_is_reported() {
    let of = |args: &[&str], input: &[u8]| messages(&Installed::new().run(&[&["score"], args].concat(), input));
    assert_eq!(of(&[], b""), "dnstxtscore: standard input: no TXT answer in 0 lines\n");
    assert_eq!(of(&[], b"{\"event_type\":\"flow\",\"a\":1}\n"), "dnstxtscore: standard input: no TXT answer in 1 line\n");
    assert_eq!(of(&["--quiet"], b""), "");
}

#[test]
fn csv_without_a_record_is_a_header() {
    let first =
        |args: &[&str]| String::from_utf8(Installed::new().run(&[&["score", "--output", "csv"], args].concat(), b"").stdout).unwrap();
    assert!(
        first(&[]).starts_with("time,client,")
            && first(&["--group-by", "client"]).starts_with("client,channel_score,channel_reason,suspicious_texts,")
    );
}

#[test]
fn completions_know_every_option() {
    let installed = Installed::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let words = String::from_utf8(installed.run(&["completions", shell], b"").stdout).unwrap();
        for option in ["score", "report", "doctor", "min-score", "group-by", "explain", "quiet"] {
            assert!(words.contains(option), "{shell}: {option}");
        }
    }
}

#[test]
fn colours_appear_on_a_terminal_and_never_with_no_color() {
    let installed = Installed::new();
    let payload = b"JABjAD0ATgBlAHcALQBPAGIAagBlAGMAdAAgAE4AZQB0AC4AVwBlAGIAQwBsAGkAZQBuAHQAOwBJAEUAWAAgACQAYwA=\n";
    let coloured = |name: &str, value: &str| {
        let mut command = installed.command(&["score"]);
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env(name, value);
        common::talk(&mut command, payload).stdout.contains(&0x1b)
    };
    assert!(!coloured("TERM", "xterm"), "a pipe is not a terminal");
    assert!(coloured("CLICOLOR_FORCE", "1"));
    assert!(!coloured("NO_COLOR", "1"));
}

/// Each answer of an idle tunnel scores near 0, and must; together they are a channel.
#[test]
fn an_idle_tunnel_is_found_as_a_channel_and_sets_the_exit_status() {
    let mut log = String::from("time,client,query,answer\n");
    for i in 0..12_u32 {
        let noise = dnstxtscore::digest::sha256(&i.to_le_bytes());
        let (sent, got) = (&noise[..4], &noise[8..12]);
        log += &format!("{},192.0.2.7,{sent}01a4f5{i:04x}8890.relay.example.net,{got}01a4f5{i:04x}9d21\n", 1_795_490_000 + i * 60);
        log += &format!("{},192.0.2.8,www.example.com,v=spf1 -all\n", 1_795_490_000 + i * 60);
    }
    let run = |args: &[&str]| Installed::new().run(&[&["score", "--format", "csv", "--output", "jsonl"], args].concat(), log.as_bytes());
    assert_eq!(run(&[]).status.code(), Some(0), "{}", String::from_utf8_lossy(&run(&[]).stdout));
    for by in ["channel", "client", "domain"] {
        let output = run(&["--group-by", by]);
        assert_eq!(output.status.code(), Some(3), "{by}");
        let objects = objects(&output);
        let name = if by == "domain" { &objects[0]["domain"] } else { &objects[0]["client"] };
        assert_eq!(name, if by == "domain" { "example.net" } else { "192.0.2.7" });
        assert!(objects[0]["channel_score"].as_f64().unwrap() > 0.5 && objects[1]["channel_score"].as_f64().unwrap() < 0.1, "{objects:?}");
        assert_eq!(
            objects[0]["channel_reason"],
            "12 different answers of 18 bytes, mostly hex; 12 different names below the domain, of 24 characters, mostly hex"
        );
    }
    let channel = &objects(&run(&["--group-by", "channel"]))[0];
    for key in ["client", "domain", "channel_score", "channel_reason", "unique_texts", "unique_queries", "firstTime", "lastTime"] {
        assert!(!channel[key].is_null(), "{key}: {channel}");
    }
}

/// Found in review: one harmless answer in a word was a finding, by its channel alone.
#[test]
fn one_answer_is_no_channel_that_is_found() {
    let log = "time,client,query,answer\n1795490000,192.0.2.7,state.example.com,ok\n";
    for args in [&["score", "--format", "csv", "--group-by", "channel"][..], &["score", "--format", "csv"]] {
        assert_eq!(Installed::new().run(args, log.as_bytes()).status.code(), Some(0), "{args:?}");
    }
}
