//! `cargo xtask demo`: fixture rows through the shipped detection and the real program, to the rows and risk events that an
//! analyst would see.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dnstxtscore::digest::sha256;
use test_splunk::risk::RiskEvent;
use test_splunk::searches::{self, DETECTION, NOW, detect, fixture_path, read_rows};
use test_splunk::spl::{Row, Table};

use crate::{Result, build, root};

/// Runs the fixture, or the rows in a folder, through the detection and prints what it finds.
///
/// # Errors
/// If the program cannot be built, a file cannot be read, or the detection fails.
pub fn run(data: Option<&Path>) -> Result<()> {
    build::run()?;
    let files = match data {
        None => vec![fixture_path()],
        Some(folder) => {
            let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
            let mut files: Vec<_> = entries
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| [".jsonl", ".jsonl.gz"].iter().any(|end| path.to_string_lossy().ends_with(end)))
                .collect();
            files.sort();
            files
        }
    };
    let mut rows = Vec::new();
    for file in &files {
        rows.extend(read_rows(file)?);
    }
    if rows.is_empty() {
        return Err(format!("no rows: {} holds no *.jsonl or *.jsonl.gz", data.unwrap_or(Path::new("tests/fixtures")).display()));
    }
    let sent = rows.len();
    let (table, events) = detect(&root(), rows)?;
    const MAX_ROWS_SHOWN: usize = 100;
    print!("{}", render(&table, MAX_ROWS_SHOWN));
    if table.rows.len() > MAX_ROWS_SHOWN {
        println!("… and {} more", table.rows.len() - MAX_ROWS_SHOWN);
    }
    println!("\nRisk events ({}), as Enterprise Security would raise them:", events.len());
    let mut grouped: BTreeMap<(&str, u64, &str), usize> = BTreeMap::new();
    for event in &events {
        *grouped.entry((&event.risk_object, event.risk_score, &event.risk_message)).or_default() += 1;
    }
    for ((object, score, message), times) in grouped {
        println!("  {times:>3} x risk_object={object} risk_score={score} risk_message=\"{message}\"");
    }
    let texts =
        table.rows.iter().filter_map(|row| row.get("unique_texts")?.first()?.parse::<f64>().ok()).fold(0.0, |sum, texts| sum + texts);
    println!(
        "\n{sent} rows went through the shipped search \"{DETECTION}\": {} findings from {texts} different answers.",
        table.rows.len()
    );
    println!("Your own captures, logs or texts:   bin/dnstxtscore score --explain FILE");
    println!("Your own rows (JSON lines like tests/fixtures/dns_txt_rows.jsonl):   cargo xtask demo --data FOLDER");
    Ok(())
}

/// Runs every shipped search over the fixture, and the detection over ten thousand answers of one tunnel. Prints rows, and risk
/// events as JSON.
///
/// # Errors
/// As [`run`].
pub fn run_all() -> Result<()> {
    build::run()?;
    const MAX_SHOWN: usize = 5;
    let print = |name: &str, sent: usize, table: &Table, events: &[RiskEvent]| {
        println!("== {name}\n{sent} rows in, {} out, {} risk events", table.rows.len(), events.len());
        print!("{}", render(table, MAX_SHOWN));
        events.iter().take(MAX_SHOWN).for_each(|event| println!("{}", event.to_json()));
        println!();
    };
    let sent = read_rows(&fixture_path())?.len();
    for (name, table, events) in searches::run_all(&root())? {
        print(&name, sent, &table, &events);
    }
    let rows = one_tunnel(10_000);
    let sent = rows.len();
    let (table, events) = detect(&root(), rows)?;
    print(&format!("{DETECTION}: one tunnel"), sent, &table, &events);
    Ok(())
}

/// Different answers of one source's tunnel, as `tstats` delivers them to the detection.
fn one_tunnel(count: u32) -> Vec<Row> {
    let row = |i: u32| {
        let answer = [0, 1, 2].map(|part| sha256(format!("{part} {i}").as_bytes())).concat();
        let cells = [("DNS.src", "192.0.2.77"), ("DNS.dest", "198.51.100.53"), ("DNS.record_type", "TXT"), ("count", "1")];
        let cells = cells.map(|(name, value)| (name.to_owned(), vec![value.to_owned()]));
        let times = [("firstTime", NOW - 3600), ("lastTime", NOW)].map(|(name, time)| (name.to_owned(), vec![time.to_string()]));
        let texts =
            [("DNS.query", format!("{i:x}.t.example.co.uk")), ("DNS.answer", answer)].map(|(name, text)| (name.to_owned(), vec![text]));
        cells.into_iter().chain(times).chain(texts).collect()
    };
    (0..count).map(row).collect()
}

/// The first rows of a table for a terminal: long cells are cut, control characters escaped.
fn render(table: &Table, max_rows: usize) -> String {
    const MAX_WIDTH: usize = 44;
    let cell = |row: &Row, column: &String| {
        let text: String = row
            .get(column)
            .map(|values| values.join(" ¶ "))
            .unwrap_or_default()
            .chars()
            .flat_map(|c| if c.is_control() { c.escape_unicode().collect::<Vec<_>>() } else { vec![c] })
            .collect();
        if text.chars().count() > MAX_WIDTH { text.chars().take(MAX_WIDTH - 1).chain(['…']).collect() } else { text }
    };
    let rows = table.rows.iter().take(max_rows).map(|row| table.columns.iter().map(|column| cell(row, column)).collect());
    let lines: Vec<Vec<String>> = [table.columns.clone()].into_iter().chain(rows).collect();
    let widths: Vec<usize> =
        (0..table.columns.len()).map(|c| lines.iter().map(|line| line[c].chars().count()).max().unwrap_or(0)).collect();
    lines.iter().fold(String::new(), |mut out, line| {
        for (text, width) in line.iter().zip(&widths) {
            out.push_str(text);
            out.extend(std::iter::repeat_n(' ', width + 2 - text.chars().count()));
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_an_attacker_is_cut_and_escaped() {
        let text = format!("\x1b[31m{}", "x".repeat(100));
        let row = [("src", "h1"), ("text", &text)].map(|(name, value)| (name.to_owned(), vec![value.to_owned()])).into();
        let shown = render(&Table { columns: vec!["src".into(), "text".into()], rows: vec![row] }, 1);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0], "src  text");
        assert!(lines[1].starts_with("h1   \\u{1b}[31mxxx") && lines[1].ends_with("x…") && lines[1].chars().count() == 5 + 44, "{shown}");
    }
}
