//! The command line of the app's program, which is built without the feature `triage`:
//! `cargo test --package dnstxtscore --no-default-features`, a part of `cargo xtask test`.
#![cfg(not(feature = "triage"))]

mod common;

use std::process::Output;

use common::Installed;

const COMMAND: &[u8] = b"JABjAD0ATgBlAHcALQBPAGIAagBlAGMAdAAgAE4AZQB0AC4AVwBlAGIAQwBsAGkAZQBuAHQAOwBJAEUAWAAgACQAYwA=\n";

fn score(args: &[&str], input: &[u8]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = Installed::new().run(&[&["score"], args].concat(), input);
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn texts_are_scored_as_by_the_whole_program() {
    let (status, table, messages) = score(&[], &[&b"v=spf1 -all\r\n\nunknown\n"[..], COMMAND].concat());
    assert_eq!((status, &*messages), (Some(3), ""));
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines.len() == 3 && lines[0].ends_with("              v=spf1 -all") && lines[2].contains("  suspicious  JABj"), "{table}");
    assert_eq!(lines[1].trim(), "unknown");
    assert_eq!(score(&["--threshold", "1"], COMMAND).0, Some(0));
    assert_eq!(score(&["--threshold", "2"], COMMAND).0, Some(2));
    let (_, explained, _) = score(&["--explain"], COMMAND);
    assert!(explained.contains("\n                      PowerShell: $c=New-Object Net.WebClient"), "{explained}");
    // More than one batch, in order.
    let many: String = (0..3000).map(|i| format!("text number {i}\n")).collect();
    let (_, table, _) = score(&[], many.as_bytes());
    let texts: Vec<&str> = table.lines().map(|line| &line[22..]).collect();
    assert_eq!(texts, many.lines().collect::<Vec<_>>());
}

#[test]
fn what_needs_the_whole_program_names_it() {
    let archive = format!("dnstxtscore-{}-linux-", env!("CARGO_PKG_VERSION"));
    let capture = [&0xa1b2_c3d4_u32.to_le_bytes()[..], &[0; 20]].concat();
    for other in [&capture[..], b"\x1f\x8b\x08", b"{\"answer\":\"x\"}\n", b"#separator \\x09\n", b"_time,src,text\n1,2,3\n", b"a\tb\tc\n"] {
        let (status, table, messages) = score(&[], other);
        assert!(status == Some(1) && table.is_empty() && messages.contains(&archive), "{messages}");
    }
    for args in [&["report", "x.pcap", "-o", "x.html"][..], &["report", "--help"]] {
        let output = Installed::new().run(args, b"");
        assert!(output.status.code() == Some(1) && String::from_utf8_lossy(&output.stderr).contains(&archive), "{output:?}");
    }
    let help = Installed::new().run(&["score", "--help"], b"");
    assert!(String::from_utf8_lossy(&help.stdout).contains("dnstxtscore-"));
}

#[test]
fn a_file_that_cannot_be_read_does_not_end_the_others() {
    let (status, table, messages) = score(&["/no/such/file", "-"], COMMAND);
    assert!(status == Some(1) && table.contains("suspicious") && messages.contains("/no/such/file: "), "{messages}");
    let long = vec![b'x'; (1 << 20) + 10];
    let (status, _, messages) = score(&[], &long);
    assert!(status == Some(1) && messages.contains("line 1 is longer than 1 MiB"), "{messages}");
    let (status, table, _) = score(&[], &[&long[..1 << 20], b"\n"].concat());
    assert!(status.is_some_and(|status| status != 1) && table.len() > 1 << 20);
}
