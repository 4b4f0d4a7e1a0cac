//! What is rendered from the code: searchbnf.conf and a part of `docs/splunk.md` from the options, the macros in `docs/tuning.md`, the list of files in
//! `docs/architecture.md`, the saved searches that are made from others, and `detections`. Writer and checker are the same function.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use dnstxtscore::splunk::options;
use test_splunk::conf::{self, Conf};

use crate::{Result, derived, detections, root, structure};

/// What stands before and after a rendered block.
const OPTIONS: (&str, &str) = ("<!-- options: written by `cargo xtask docs` -->\n", "<!-- end of options -->");
const MACROS: (&str, &str) = ("<!-- macros: written by `cargo xtask docs` -->\n", "<!-- end of macros -->");
const FILES: (&str, &str) = ("<!-- files: written by `cargo xtask docs` -->\n", "<!-- end of files -->");

/// Every rendered file and the text that it should have.
fn rendered() -> Result<Vec<(PathBuf, String)>> {
    let options = format!("```\n| {}\n```\n\n{}", options::syntax(), options::as_markdown());
    let mut files = vec![
        (root().join("default/searchbnf.conf"), options::as_searchbnf()),
        with_block("docs/splunk.md", OPTIONS, &options)?,
        with_block("docs/tuning.md", MACROS, &macro_table()?)?,
        searches()?,
        with_block("docs/architecture.md", FILES, &structure::file_table()?)?,
    ];
    files.extend(detections::rendered()?);
    Ok(files)
}

/// The file with the text between two marks replaced.
fn with_block(file: &str, (begin, end): (&str, &str), block: &str) -> Result<(PathBuf, String)> {
    let path = root().join(file);
    let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let (head, rest) = text.split_once(begin).ok_or_else(|| format!("{file} has no line {begin}"))?;
    let (_, tail) = rest.split_once(end).ok_or_else(|| format!("{file} has no {end}"))?;
    Ok((path, format!("{head}{begin}{block}{end}{tail}")))
}

/// The saved searches that macros belong to, and their short names on the page.
const SEARCHES: [(&str, &str); 5] = [
    ("DNSTXT - Detect suspicious DNS TXT records using pretrained model - Rule", "hourly rule"),
    ("DNSTXT - Detect sustained channel over DNS TXT answers - Rule", "sustained rule"),
    ("DNSTXT - Hunt suspicious DNS TXT answers row by row", "row hunt"),
    ("DNSTXT - Hunt domains that give one source many different DNS TXT answers", "counting hunt"),
    ("DNSTXT - Baseline of common DNS TXT answers", "baseline"),
];

/// The searches that use a macro, by itself or through others.
fn users(name: &str, macros: &Conf, searches: &Conf) -> Vec<&'static str> {
    let bare = name.split('(').next().unwrap_or(name);
    let uses = |text: &str| text.split('`').skip(1).step_by(2).any(|used| used.split('(').next() == Some(bare));
    let through = macros.iter().filter(|(other, keys)| *other != name && keys.get("definition").is_some_and(|text| uses(text)));
    let through: Vec<_> = through.flat_map(|(other, _)| users(other, macros, searches)).collect();
    let direct = |stanza: &str| searches.get(stanza).and_then(|keys| keys.get("search")).is_some_and(|text| uses(text));
    SEARCHES.into_iter().filter(|(stanza, short)| direct(stanza) || through.contains(short)).map(|(_, short)| short).collect()
}

/// Every macro: its name, its definition, the searches that use it, and its description, which says when to change it.
fn macro_table() -> Result<String> {
    let macros = conf::read(&root().join("default/macros.conf"))?;
    let searches = conf::read(&root().join("default/savedsearches.conf"))?;
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    let row = |(name, keys): (&String, &BTreeMap<String, String>)| {
        let key = |key: &str| keys.get(key).map_or("", String::as_str);
        let default = key("definition").lines().map(str::trim).collect::<Vec<_>>().join(" ");
        // A definition may have backquotes of its own.
        let default = if default.contains('`') { format!("`` {default} ``") } else { format!("`{default}`") };
        let users = users(name, &macros, &searches);
        let users = if users.len() == SEARCHES.len() { "all".to_owned() } else { users.join(", ") };
        format!("| `{name}` | {} | {users} | {} |\n", cell(&default), cell(key("description")))
    };
    Ok(format!(
        "| macro | default | searches | what it does, and when to change it |\n| --- | --- | --- | --- |\n{}",
        macros.iter().map(row).collect::<String>()
    ))
}

/// The saved searches, with those at their end that are made from others.
fn searches() -> Result<(PathBuf, String)> {
    let path = root().join("default/savedsearches.conf");
    let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let (head, _) = text.split_once(derived::BEGIN).ok_or_else(|| format!("{} has no line {}", path.display(), derived::BEGIN))?;
    Ok((path, format!("{head}{}{}", derived::BEGIN, derived::stanzas(head)?)))
}

/// Writes the rendered files.
///
/// # Errors
/// If a file cannot be read or written.
pub fn write() -> Result<()> {
    for (path, text) in rendered()? {
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

/// Compares the rendered files.
///
/// # Errors
/// If a file is not up to date.
pub fn check() -> Result<()> {
    for (path, text) in rendered()? {
        if fs::read_to_string(&path).unwrap_or_default() != text {
            return Err(format!("{} is not up to date; run `cargo xtask docs`", path.display()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rendered_files_are_up_to_date() {
        check().unwrap();
    }

    /// The front page shows; the rest is in docs.
    #[test]
    fn the_readme_keeps_its_limits() {
        let text = fs::read_to_string(root().join("README.md")).unwrap();
        let (lines, words) = (text.lines().count(), text.split_whitespace().count());
        assert!(lines <= 150 && words <= 1300, "{lines} lines, {words} words");
    }

    #[test]
    fn links_lead_to_files_and_headings_that_exist() {
        let pages =
            ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/splunk.md", "docs/tuning.md", "docs/triage.md", "docs/training.md"];
        for page in pages.into_iter().chain(["docs/architecture.md"]) {
            let path = root().join(page);
            let text = fs::read_to_string(&path).unwrap();
            for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap_or_default()) {
                let (file, heading) = link.split_once('#').unwrap_or((link, ""));
                if file.starts_with("http") {
                    continue;
                }
                let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
                assert!(target.exists(), "{page} links to {link}");
                let slug = |line: &str| {
                    let words = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
                    words.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect::<String>()
                };
                let has = |text: String| text.lines().any(|line| line.starts_with('#') && slug(line) == heading);
                assert!(heading.is_empty() || has(fs::read_to_string(&target).unwrap()), "{page} links to {link}");
            }
        }
    }
}
