//! Reads Splunk's .conf files: stanzas of `key = value`. A backslash at the end of a line continues it, `#` begins a comment.

use std::collections::BTreeMap;
use std::path::Path;

use crate::Result;

/// Stanzas by name, keys by name.
pub type Conf = BTreeMap<String, BTreeMap<String, String>>;

/// Reads a file.
///
/// # Errors
/// If the file cannot be read or parsed.
pub fn read(path: &Path) -> Result<Conf> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    parse(&text).map_err(|why| format!("{}: {why}", path.display()))
}

/// A file of an app as Splunk reads it: `local`, where there is one, over `default`, key by key.
///
/// # Errors
/// As [`read`].
pub fn of_app(app: &Path, file: &str) -> Result<Conf> {
    let mut conf = read(&app.join("default").join(file))?;
    let local = app.join("local").join(file);
    if local.exists() {
        for (stanza, keys) in read(&local)? {
            conf.entry(stanza).or_default().extend(keys);
        }
    }
    Ok(conf)
}

/// Parses the text of a file.
///
/// # Errors
/// With the number of the line that is neither a stanza nor `key = value`, or repeats one.
pub fn parse(text: &str) -> Result<Conf> {
    let (mut conf, mut stanza) = (Conf::new(), String::from("default"));
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            stanza = name.into();
            if conf.insert(stanza.clone(), BTreeMap::new()).is_some() {
                return Err(format!("line {}: stanza [{stanza}] appears twice", number + 1));
            }
            continue;
        }
        let (key, value) = line.split_once('=').ok_or_else(|| format!("line {}: neither a stanza nor key = value", number + 1))?;
        let mut value = value.trim().to_owned();
        while let Some(open) = value.strip_suffix('\\') {
            let (_, next) = lines.next().ok_or_else(|| format!("line {}: continues after the end of the file", number + 1))?;
            value = format!("{open}\n{}", next.trim_end());
        }
        if conf.entry(stanza.clone()).or_default().insert(key.trim().into(), value).is_some() {
            return Err(format!("line {}: key {} appears twice in [{stanza}]", number + 1, key.trim()));
        }
    }
    Ok(conf)
}

#[cfg(test)]
mod tests {
    #[test]
    fn stanzas_comments_and_continued_lines() {
        let conf = super::parse("# c\n[a b(1)]\nx = 1 = 2\ny = one \\\n  two \\\nthree\n[c]\n").unwrap();
        assert_eq!(conf["a b(1)"]["x"], "1 = 2");
        assert_eq!(conf["a b(1)"]["y"], "one \n  two \nthree");
        assert!(conf["c"].is_empty());
        assert!(super::parse("[a]\nx\n").is_err() && super::parse("[a]\n[a]\n").is_err() && super::parse("[a]\nx=1\nx=2\n").is_err());
    }
}
