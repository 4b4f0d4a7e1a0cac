//! `dnstxtscore doctor`: whether this installation can work, step by step, and what mends it if not.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::scorer::{Model, Score};
use crate::session::Session;
use crate::{library, model};

#[path = "../xtask/src/runtimes.rs"]
#[allow(dead_code, unreachable_pub)] // the download half of the table is xtask's
mod runtimes;

/// A text that must score low, and one that must score high: an SPF record, and PowerShell as implants carry it.
const KNOWN: [(&str, bool); 2] = [
    ("v=spf1 include:_spf.example.com ip4:192.0.2.0/24 ~all", false),
    (
        "JABjAD0ATgBlAHcALQBPAGIAagBlAGMAdAAgAE4AZQB0AC4AVwBlAGIAQwBsAGkAZQBuAHQAOwBJAEUAWAAgACQAYwAuAEQAbwB3AG4AbABvAGEAZABTAHQAcgBpAG4AZwA=",
        true,
    ),
];

/// The report, and whether everything is well.
pub fn examine() -> (String, bool) {
    let mut report = String::new();
    let outcome = library::path().map_err(|error| error.to_string()).and_then(|path| steps(&path, &mut report));
    match &outcome {
        Ok(()) => report.push_str("all is well\n"),
        Err(why) => {
            let _ = writeln!(report, "NOT WELL  {why}");
        }
    }
    (report, outcome.is_ok())
}

fn steps(path: &Path, report: &mut String) -> Result<(), String> {
    let mut well = |what: &str, detail: String| {
        let _ = writeln!(report, "well      {what}: {detail}");
    };
    well("program", format!("dnstxtscore {} for {}", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH));
    library::check(path).map_err(|error| error.to_string())?;
    well("library", path.display().to_string());

    let digest =
        fs::read(path).map(|bytes| library::sha256(&bytes)).map_err(|error| library::Error::Unreadable(path.into(), error).to_string())?;
    let pinned = runtimes::find(std::env::consts::OS, std::env::consts::ARCH).map(|runtime| runtime.library_sha256);
    if pinned.is_some_and(|pinned| pinned != digest) {
        return Err(format!(
            "{} is not the library this program was tested with (ONNX Runtime {}): its sha256 is {digest}; \
             install the app package for this machine again, or run `cargo xtask build` in a checkout",
            path.display(),
            runtimes::VERSION
        ));
    }
    well("sha256", format!("{digest} (ONNX Runtime {})", if pinned.is_some() { runtimes::VERSION } else { "of an unlisted platform" }));

    let session = Session::open(path).map_err(|error| error.to_string())?;
    well("model", format!("{} opens", model::NAME));
    let scores = Model::new(session).score(&KNOWN.map(|(text, _)| text.as_bytes())).map_err(|error| error.to_string())?;
    for ((text, bad), score) in KNOWN.into_iter().zip(scores) {
        let kind = if bad { "known bad" } else { "known good" };
        if (score >= 0.5) != bad {
            return Err(format!("the {kind} text `{text}` scores {score:.6}: this build is not sound, please report it"));
        }
        well(kind, format!("{score:.6}"));
    }
    Ok(())
}
