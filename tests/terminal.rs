//! What a person sees: the real program on a terminal of a known width, which Python's `pty` plays, and on a pipe.

mod common;

use std::path::Path;
use std::process::{Command, Stdio};

use common::Installed;

const CAPTURE: &str = "tests/fixtures/triage/tunnels.pcap.gz";

/// Runs a program on a terminal of so many columns: args are the columns, what is typed, the program and its arguments. Prints what the
/// terminal got, and ends with the program's status.
const PLAY: &str = r#"
import fcntl, os, pty, struct, sys, termios
columns, typed = int(sys.argv[1]), sys.argv[2].encode()
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    os.execv(sys.argv[3], sys.argv[3:])
os.write(fd, typed)
out = b""
while True:
    try:
        part = os.read(fd, 65536)
    except OSError:
        break
    if not part:
        break
    out += part
sys.stdout.buffer.write(out.replace(b"\r\n", b"\n"))
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;

/// What a terminal of so many columns shows, and the exit status.
fn on_terminal(columns: usize, typed: &str, args: &[&str]) -> (String, i32) {
    let installed = Installed::new();
    let python = std::env::var_os("PYTHON").unwrap_or("python3".into());
    let mut command = Command::new(python);
    command
        .args(["-c", PLAY, &columns.to_string(), typed])
        .arg(installed.folder().join("dnstxtscore"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.env_remove("NO_COLOR").env("TERM", "xterm-256color").stdin(Stdio::null()).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

#[test]
fn at_every_width_the_verdict_the_name_and_the_text_are_seen_and_suspicious_answers_come_first() {
    for columns in [80, 120, 200] {
        let (screen, status) = on_terminal(columns, "", &["score", "--quiet", "--color", "never", CAPTURE]);
        assert_eq!(status, 3);
        let lines: Vec<&str> = screen.lines().collect();
        assert!(lines.iter().all(|line| console::measure_text_width(line) <= columns), "{columns}: {screen}");
        assert!(lines[0].starts_with("   score  verdict") && lines[0].contains("client"), "{}", lines[0]);
        let verdicts: Vec<bool> = lines
            .iter()
            .filter(|line| line.starts_with("0.") || line.starts_with("1."))
            .map(|line| line.contains("  suspicious  "))
            .collect();
        let suspicious = verdicts.iter().filter(|is_suspicious| **is_suspicious).count();
        assert!(suspicious >= 45 && verdicts[..suspicious].iter().all(|is_suspicious| *is_suspicious), "{columns}: {screen}");
        let row =
            lines.iter().position(|line| line.contains("  suspicious  ") && line.contains(".t.example") || line.contains("  t.example  "));
        let row = row.unwrap_or_else(|| panic!("{columns}: {screen}"));
        let text = if columns < 110 { lines[row + 1] } else { lines[row] };
        assert!(text.contains("AZHoAAAAEGEhUVFAvMS4w"), "{columns}: {text}");
        assert!(lines.contains(&"channel 0.999948: 192.0.2.10 and t.example") || screen.contains("\nchannel 0."), "{screen}");
        let last = lines.last().unwrap();
        assert!(
            last.starts_with("244 answers, 58 suspicious, 2 channels found. Next: ") && last.contains("score --group-by channel"),
            "{last}"
        );
    }
}

#[test]
fn equal_texts_are_one_row_with_a_count_unless_all_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("texts");
    std::fs::write(&file, "v=spf1 -all\nhello\nv=spf1 -all\nv=spf1 -all\n").unwrap();
    let file = file.to_str().unwrap();
    let (screen, _) = on_terminal(80, "", &["score", "--quiet", "--color", "never", file]);
    let row = screen.lines().find(|line| line.ends_with("v=spf1 -all")).unwrap();
    assert!(screen.matches("v=spf1 -all").count() == 1 && row.contains("  3x  "), "{screen}");
    let (screen, _) = on_terminal(80, "", &["score", "--quiet", "--color", "never", "--all", file]);
    let texts: Vec<&str> = screen.lines().filter(|line| line.contains("   ")).filter_map(|line| line.rsplit("   ").next()).collect();
    assert_eq!(texts, ["text", "v=spf1 -all", "hello", "v=spf1 -all", "v=spf1 -all"], "{screen}");
}

#[test]
fn a_terminal_that_is_waited_for_says_so_and_its_rows_come_at_once() {
    let (screen, status) = on_terminal(80, "v=spf1 -all\n\u{4}", &["score"]);
    assert!(screen.contains("reading texts from this terminal, one per line; Ctrl-D ends the input"), "{screen}");
    assert!(screen.contains("1 answer, none suspicious.") && status == 0, "{screen}");
}

#[test]
fn colours_are_shown_when_they_are_asked_for() {
    let (screen, _) = on_terminal(80, "", &["score", "--quiet", CAPTURE]);
    assert!(screen.contains("\u{1b}[31m"), "{screen}");
    let installed = Installed::new();
    let capture = Path::new(env!("CARGO_MANIFEST_DIR")).join(CAPTURE);
    let piped = |color: &str| {
        let output = installed.run(&["score", "--quiet", "--color", color, capture.to_str().unwrap()], b"");
        String::from_utf8(output.stdout).unwrap()
    };
    let [plain, coloured] = ["auto", "always"].map(piped);
    assert!(!plain.contains('\u{1b}') && coloured.contains("\u{1b}[31m"));
    assert_eq!(console::strip_ansi_codes(&coloured), plain, "a pipe gets the same rows");
}

#[test]
fn json_is_jsonl_and_help_is_a_command_with_two_examples_each() {
    let installed = Installed::new();
    let run = |args: &[&str]| String::from_utf8(installed.run(args, b"hello\n").stdout).unwrap();
    assert_eq!(run(&["score", "--json", "-"]), run(&["score", "--output", "jsonl", "-"]));
    assert_eq!(run(&["help"]), run(&["--help"]));
    for command in ["score", "report", "doctor", "completions"] {
        let help = run(&["help", command]);
        let examples = help.rsplit_once("Examples:\n").unwrap_or_else(|| panic!("{help}")).1;
        assert_eq!(examples.lines().filter(|line| line.starts_with("  ") && line.contains("dnstxtscore ")).count(), 2, "{examples}");
    }
}

#[test]
fn a_file_without_a_command_is_answered_with_the_command() {
    let installed = Installed::new();
    let output = installed.run(&["Cargo.toml"], b"");
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(2) && message.ends_with("\ndnstxtscore: to score it: dnstxtscore score Cargo.toml\n"),
        "{message}"
    );
    let output = installed.run(&["nothing-here.pcap"], b"");
    assert!(output.status.code() == Some(2) && !String::from_utf8(output.stderr).unwrap().contains("to score it"));
}
