//! `dnstxtscore doctor --bundle FILE`: an archive of text files for whoever helps with an installation.
//!
//! In it: the report of `doctor`, versions, the files of the app with their hashes, what `local/` sets, and the end of the log. Not in it: texts
//! that were scored, the salt of the channel search, and the values of alert actions, which may be addresses and tokens.
//! No process is started, so `btool` is named and not run.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::cli::terminal::Error;
use crate::digest::sha256;
use crate::model;

/// Bytes at the end of the log that are kept, and of the largest file in `local/`.
const MAX_PART_BYTES: u64 = 256 << 10;
/// Files of the app that are listed, and the folders below each other that are searched for them.
const MAX_FILES: usize = 2000;
const MAX_DEPTH: usize = 6;

/// Writes the archive, a tar file, and gives the names of what is in it. A file that exists is not replaced. Without `$SPLUNK_HOME` it is
/// taken from the place of the app.
///
/// # Errors
/// If the file exists or cannot be written.
pub(super) fn write(path: &Path, report: &str, splunk_home: Option<PathBuf>) -> Result<Vec<String>, Error> {
    let parts = parts(report, splunk_home);
    let write = || -> io::Result<()> {
        let mut archive = tar::Builder::new(File::create_new(path)?);
        for (name, text) in &parts {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(0);
            archive.append_data(&mut header, format!("dnstxtscore-bundle/{name}"), text.as_bytes())?;
        }
        archive.into_inner()?.sync_all()
    };
    write().map_err(|error| Error::File(path.into(), error))?;
    Ok(parts.into_iter().map(|(name, _)| name).collect())
}

fn parts(report: &str, splunk_home: Option<PathBuf>) -> Vec<(String, String)> {
    let app = app_folder();
    let home = splunk_home.or_else(|| Some(app.as_ref()?.parent()?.parent()?.parent()?.to_owned()));
    let mut parts =
        vec![("doctor.txt".to_owned(), report.to_owned()), ("versions.txt".to_owned(), versions(app.as_deref(), home.as_deref()))];
    if let Some(app) = &app {
        parts.push(("files.txt".to_owned(), files(app)));
        for folder in ["local", "metadata"] {
            let confs = sorted(&app.join(folder)).into_iter().filter(|path| folder == "local" || path.ends_with("local.meta"));
            let is_file = |path: &PathBuf| path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()); // a link may lead anywhere
            for path in confs.filter(is_file) {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                // In part, it could begin behind the name of a stanza whose value is secret.
                let is_short = path.metadata().is_ok_and(|metadata| metadata.len() <= MAX_PART_BYTES);
                let text =
                    if is_short { without_secrets(&end_of(&path)) } else { format!("larger than {MAX_PART_BYTES} bytes: left out\n") };
                parts.push((format!("{folder}/{name}"), text));
            }
        }
    }
    if let Some(home) = home {
        parts.push(("dnstxtscore.log".to_owned(), end_of(&home.join("var/log/splunk/dnstxtscore.log"))));
    }
    parts
}

/// The folder of the app: that above `bin`, in which the program is.
fn app_folder() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    Some(program.parent()?.parent()?.to_owned())
}

fn versions(app: Option<&Path>, home: Option<&Path>) -> String {
    let mut text = format!(
        "dnstxtscore {} ({}, {})\nmodels {} and {}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        model::EMBEDDED_NAME,
        crate::channel::scorer::NAME
    );
    let shown = |path: Option<&Path>| path.map_or("unknown".to_owned(), |path| path.display().to_string());
    let _ = writeln!(text, "app folder {}\nSPLUNK_HOME {}", shown(app), shown(home));
    if let Some(version) = home.map(|home| home.join("etc/splunk.version")).filter(|path| path.exists()) {
        text.push_str(&end_of(&version));
    }
    text.push_str("\nWhat the files in local/ give together with other apps: splunk btool macros list --app=SA-dnstxtscore --debug\n");
    text
}

/// Each file of the app: its bytes, its SHA-256, its path. Links are named, and not followed.
fn files(app: &Path) -> String {
    let (mut text, mut count, mut waiting) = (String::new(), 0usize, vec![(app.to_owned(), 0usize)]);
    while let Some((folder, depth)) = waiting.pop() {
        for path in sorted(&folder) {
            let shown = path.strip_prefix(app).unwrap_or(&path).display().to_string();
            let Ok(metadata) = path.symlink_metadata() else { continue };
            if metadata.is_dir() {
                if depth < MAX_DEPTH {
                    waiting.push((path, depth.saturating_add(1)));
                }
                continue;
            }
            count = count.saturating_add(1);
            if count > MAX_FILES {
                let _ = writeln!(text, "more than {MAX_FILES} files: the rest is not listed");
                return text;
            }
            let what = if metadata.is_file() {
                fs::read(&path).map_or_else(|error| error.to_string(), |bytes| sha256(&bytes))
            } else {
                "not a file".into()
            };
            let _ = writeln!(text, "{:>10}  {what}  {shown}", metadata.len());
        }
    }
    text
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The last bytes of a file, from the beginning of a line on; why it cannot be read otherwise.
fn end_of(path: &Path) -> String {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let start = file.metadata()?.len().saturating_sub(MAX_PART_BYTES);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(MAX_PART_BYTES).read_to_end(&mut bytes)?;
        let whole = if start == 0 { Some(0) } else { bytes.iter().position(|byte| *byte == b'\n') };
        Ok(bytes.split_off(whole.unwrap_or_default()))
    };
    read().map_or_else(|error| format!("{}: {error}\n", path.display()), |bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The lines of a .conf file. The values of alert actions and of the salt are left out, with the lines that continue them.
fn without_secrets(conf: &str) -> String {
    let (mut text, mut is_salt, mut is_left_out) = (String::new(), false, false);
    for line in conf.lines() {
        if is_left_out {
            is_left_out = line.ends_with('\\');
            continue;
        }
        if let Some(stanza) = line.trim().strip_prefix('[') {
            is_salt = stanza.contains("salt");
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        let key = key.trim();
        let is_secret = key.starts_with("action.") && key.split('.').nth(2).is_some() || is_salt && key == "definition";
        if is_secret && !value.is_empty() {
            let _ = writeln!(text, "{key} = (left out)");
            is_left_out = line.ends_with('\\');
        } else {
            let _ = writeln!(text, "{line}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_salt_and_the_values_of_actions_are_left_out() {
        let conf = "[dnstxtscore_salt]\ndefinition = \"a \\\nsecret\"\n[dnstxtscore_threshold]\ndefinition = 0.9\n[DNSTXT - x]\naction.webhook.param.url = https://t\naction.email.to = a@b\naction.risk = 1\n";
        let expected = "[dnstxtscore_salt]\ndefinition = (left out)\n[dnstxtscore_threshold]\ndefinition = 0.9\n[DNSTXT - x]\naction.webhook.param.url = (left out)\naction.email.to = (left out)\naction.risk = 1\n";
        assert_eq!(without_secrets(conf), expected);
    }
}
