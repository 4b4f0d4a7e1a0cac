//! What is rendered from the options table. Writer and checker are the same function.

use std::fs;
use std::path::PathBuf;

use dnstxtscore::options;

use crate::{Result, root};

const README: (&str, &str) = ("<!-- options: written by `cargo xtask docs` -->\n", "<!-- end of options -->");

/// Every rendered file with what should stand in it.
fn rendered() -> Result<Vec<(PathBuf, String)>> {
    let readme = root().join("README.md");
    let text = fs::read_to_string(&readme).map_err(|e| format!("{}: {e}", readme.display()))?;
    let (head, rest) = text.split_once(README.0).ok_or("README.md has no options block")?;
    let (_, tail) = rest.split_once(README.1).ok_or("the options block of README.md has no end")?;
    let block = format!("{head}{}```\n| {}\n```\n\n{}{}{tail}", README.0, options::syntax(), options::as_markdown(), README.1);
    Ok(vec![(root().join("default/searchbnf.conf"), options::as_searchbnf()), (readme, block)])
}

pub fn write() -> Result<()> {
    for (path, text) in rendered()? {
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

pub fn check() -> Result<()> {
    for (path, text) in rendered()? {
        if fs::read_to_string(&path).unwrap_or_default() != text {
            return Err(format!("{} is not what src/options.rs says; run `cargo xtask docs`", path.display()));
        }
    }
    Ok(())
}
