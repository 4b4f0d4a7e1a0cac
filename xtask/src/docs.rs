//! What is rendered from the code: searchbnf.conf and a part of README.md from the options, and the list of files in
//! `docs/architecture.md`, the saved searches that are made from others, and `detections`. Writer and checker are the same function.

use std::fs;
use std::path::PathBuf;

use dnstxtscore::splunk::options;

use crate::{Result, derived, detections, root, structure};

/// What stands before and after a rendered block.
const OPTIONS: (&str, &str) = ("<!-- options: written by `cargo xtask docs` -->\n", "<!-- end of options -->");
const FILES: (&str, &str) = ("<!-- files: written by `cargo xtask docs` -->\n", "<!-- end of files -->");

/// Every rendered file and the text that it should have.
fn rendered() -> Result<Vec<(PathBuf, String)>> {
    let options = format!("```\n| {}\n```\n\n{}", options::syntax(), options::as_markdown());
    let mut files = vec![
        (root().join("default/searchbnf.conf"), options::as_searchbnf()),
        with_block("README.md", OPTIONS, &options)?,
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
    #[test]
    fn rendered_files_are_up_to_date() {
        super::check().unwrap();
    }
}
