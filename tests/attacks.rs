//! Faults that were found by attacking the program as a whole: the first version failed each of these tests.

mod common;

use std::fs;
use std::process::Command;

use common::{Installed, execute, getinfo, replies, talk};

fn stdout(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A date near year 9999 with an offset ended the program: 0 of 100 rows came out, and later files were not read.
#[test]
fn a_date_at_the_end_of_the_calendar_ends_nothing() {
    let table = format!("time,src,text\n{}", "9999-12-31T23:59:59-01:00,192.0.2.7,v=spf1 -all\n".repeat(100));
    let output = Installed::new().run(&["score", "--output", "csv", "-"], table.as_bytes());
    assert_eq!((output.status.code(), stdout(&output).lines().count()), (Some(0), 101));
}

/// A list of texts whose first line an attacker wrote was taken for a log or for a table, and the payloads after it were hidden.
#[test]
fn a_first_line_does_not_hide_the_others() {
    let program = Installed::new();
    let payload = "powershell -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA";
    for first in ["#fields\tanswers", "text,query", "#close\t1"] {
        let output = program.run(&["score", "-"], format!("{first}\n{payload}\n").as_bytes());
        assert!(output.status.code() == Some(3) && stdout(&output).contains("suspicious"), "{first}: {output:?}");
    }
}

/// A table that its first line alone made one is said to be one.
#[test]
fn what_a_first_line_makes_of_a_file_is_said() {
    let (program, table) = (Installed::new(), b"src,query,text\n192.0.2.7,a.example,v=spf1 -all\n");
    let said = |args: &[&str]| String::from_utf8_lossy(&program.run(args, table).stderr).contains("read as a table");
    assert!(said(&["score", "-"]) && !said(&["score", "--format", "csv", "-"]) && !said(&["score", "--quiet", "-"]));
}

/// Texts of a chunk are scored in groups: rows before, in and after a group of more than its bytes come out in order.
#[test]
fn a_chunk_of_many_megabytes_comes_out_whole() {
    let (long, mut body) = ("v=spf1 -all ".repeat(80_000), b"text,n\n".to_vec());
    for number in 0..50 {
        body.extend(format!("{},{number}\n", if number % 2 == 0 { &long } else { "v=spf1 -all" }).into_bytes());
    }
    let output = Installed::new().run(&[], &[getinfo(&[]), execute(true, &body)].concat());
    let replies = replies(&output.stdout);
    let rows: Vec<Vec<&str>> = std::str::from_utf8(&replies[1].1).unwrap().lines().skip(1).map(|row| row.split(',').collect()).collect();
    assert!(rows.len() == 50 && rows.iter().enumerate().all(|(number, row)| row[1] == number.to_string() && row.len() == 4));
    assert!(rows.iter().all(|row| row[2] == rows[usize::from(row[0] != long)][2] && !row[2].is_empty()), "one score per text");
}

/// Spaces and tabs carried a command: alone it had no score, behind an SPF record the score of that record.
#[test]
fn white_space_that_carries_data_is_scored() {
    let bits: String =
        b"powershell irm".iter().flat_map(|byte| (0..8).map(move |bit| if byte >> bit & 1 == 1 { "\t" } else { " " })).collect();
    let cells = [bits.clone(), format!("v=spf1 -all{bits}"), "v=spf1 -all".to_owned()];
    let lines: String = cells.iter().map(|text| serde_json::json!({ "text": text }).to_string() + "\n").collect();
    let output = Installed::new().run(&["score", "--output", "jsonl", "--explain", "-"], lines.as_bytes());
    let objects: Vec<serde_json::Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(objects[0]["predicted_is_unknown"].is_number(), "{objects:?}");
    assert_eq!((&objects[1]["txt_type"], &objects[2]["txt_type"]), (&"".into(), &"spf".into()));
}

/// A capture whose answer held the report's mark was replaced.
#[test]
fn a_report_replaces_nothing_but_a_report() {
    let (program, folder) = (Installed::new(), tempfile::tempdir().unwrap());
    let (texts, capture, page) = (folder.path().join("texts"), folder.path().join("a.pcap"), folder.path().join("r.html"));
    fs::write(&texts, "v=spf1 -all\n").unwrap();
    let precious = [&[0xd4, 0xc3, 0xb2, 0xa1][..], br#"<meta name="generator" content="dnstxtscore report">"#].concat();
    fs::write(&capture, &precious).unwrap();
    let report = |target: &std::path::Path| program.run(&["report", texts.to_str().unwrap(), "-o", target.to_str().unwrap()], b"");
    assert_eq!(report(&capture).status.code(), Some(1));
    assert_eq!(fs::read(&capture).unwrap(), precious);
    assert!(report(&page).status.success() && report(&page).status.success(), "a report is written, and replaced");
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(folder.path().join("nowhere"), &link).unwrap();
    assert!(String::from_utf8_lossy(&report(&link).stderr).contains("does not exist"));
    fs::remove_file(link).unwrap();
    // A limit on the size of files ended the process in the middle of the report.
    let limited = |command: &str| Command::new("sh").args(["-c", command]).output().unwrap();
    let program = program.folder().join("dnstxtscore");
    let output = limited(&format!("ulimit -f 1; {} report {} -o {}/new.html", program.display(), texts.display(), folder.path().display()));
    assert!(output.status.code() == Some(1) && String::from_utf8_lossy(&output.stderr).contains("ulimit -f"), "{output:?}");
    let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["a.pcap", "r.html", "texts"]);
}

/// A file that appeared at a report's place while the report was made was another program's.
#[test]
fn a_report_spares_a_file_that_appeared_meanwhile() {
    use std::io::Write as _;
    let (program, folder) = (Installed::new(), tempfile::tempdir().unwrap());
    let page = folder.path().join("r.html");
    let mut child = program.command(&["report", "-", "-o", page.to_str().unwrap()]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"v=spf1 -all\n").unwrap();
    // The place is looked at when the report begins; the input does not end before the file is there.
    std::thread::sleep(std::time::Duration::from_millis(500));
    fs::write(&page, "somebody else's").unwrap();
    drop(stdin);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(1));
    assert_eq!(fs::read_to_string(&page).unwrap(), "somebody else's");
}

/// A pipe under the log's name made a search wait before its reply, and a limit on the size of files ended it.
#[test]
fn a_log_ends_no_search() {
    let (program, home) = (Installed::new(), tempfile::tempdir().unwrap());
    let folder = home.path().join("var/log/splunk");
    fs::create_dir_all(&folder).unwrap();
    let input = [getinfo(&["loglevel=debug"]), execute(true, b"text\nv=spf1 -all\n")].concat();
    let limited = |limit: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -f {limit}; exec {} | cat", program.folder().join("dnstxtscore").display())]);
        command.env("SPLUNK_HOME", home.path()).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        talk(&mut command, &input)
    };
    assert_eq!(replies(&limited("0").stdout).len(), 2);
    let _ = fs::remove_file(folder.join("dnstxtscore.log"));
    assert!(Command::new("mkfifo").arg(folder.join("dnstxtscore.log")).status().unwrap().success());
    assert_eq!(replies(&limited("unlimited").stdout).len(), 2);
}

/// A second getinfo that names another model was answered, and rows were scored by the first.
#[test]
fn a_second_getinfo_opens_its_own_model() {
    let rows = execute(false, b"text\nv=spf1 -all\n");
    let input = [getinfo(&[]), rows.clone(), getinfo(&["model=nosuch"]), rows].concat();
    let output = Installed::new().run(&[], &input);
    let replies = replies(&output.stdout);
    assert!(replies.len() == 4 && replies[3].0["error"].as_str().unwrap().contains("no model nosuch"), "{replies:?}");
}
