//! `dnstxtscore doctor`: checks this installation step by step, and says how to fix the step that fails.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::channel::exchanges::Exchanges;
use crate::channel::scorer::{self, ChannelScorer, ScoreChannels};
use crate::columns;
use crate::digest::sha256;
use crate::model::embedded::EmbeddedModel;
use crate::model::{self, Scorer, runtime, runtime_releases};

/// A text that must score low and one that must score high: an SPF record, and PowerShell as implants carry it.
const KNOWN_TEXTS: [(&str, bool); 2] = [
    ("v=spf1 include:_spf.example.com ip4:192.0.2.0/24 ~all", false),
    (
        "JABjAD0ATgBlAHcALQBPAGIAagBlAGMAdAAgAE4AZQB0AC4AVwBlAGIAQwBsAGkAZQBuAHQAOwBJAEUAWAAgACQAYwAuAEQAbwB3AG4AbABvAGEAZABTAHQAcgBpAG4AZwA=",
        true,
    ),
];

/// The report, and whether all checks passed.
pub(super) fn examine() -> (String, bool) {
    let mut report = String::new();
    let outcome = runtime::path().map_err(|error| error.to_string()).and_then(|path| check_all(&path, &mut report));
    match &outcome {
        Ok(()) => report.push_str("all checks passed\n"),
        Err(why) => {
            let _ = writeln!(report, "FAILED    {why}");
        }
    }
    (report, outcome.is_ok())
}

fn check_all(path: &Path, report: &mut String) -> Result<(), String> {
    let mut passed = |what: &str, detail: String| {
        let _ = writeln!(report, "ok        {what}: {detail}");
    };
    passed("program", format!("dnstxtscore {} for {}", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH));
    runtime::check(path).map_err(|error| error.to_string())?;
    passed("library", path.display().to_string());

    let mut bytes = Vec::new();
    let file = File::open(path).and_then(|mut file| file.read_to_end(&mut bytes).map(|_| file));
    let file = file.map_err(|error| runtime::Error::Unreadable(path.into(), error).to_string())?;
    let digest = sha256(&bytes);
    let pinned = runtime_releases::find(std::env::consts::OS, std::env::consts::ARCH).map(|release| release.library_sha256);
    if pinned.is_some_and(|pinned| pinned != digest) {
        return Err(format!(
            "{} is not the library that this program was tested with (ONNX Runtime {}): its sha256 is {digest}; \
             reinstall the app package for this CPU, or run `cargo xtask build` in a checkout",
            path.display(),
            runtime_releases::VERSION
        ));
    }
    let version = if pinned.is_some() { runtime_releases::VERSION } else { "for a platform without a tested release" };
    passed("sha256", format!("{digest} (ONNX Runtime {version})"));

    let mut scorer = EmbeddedModel::open(&path_of_open_file(&file).unwrap_or(path.into())).map_err(|error| error.to_string())?;
    passed("model", format!("{} opens", model::EMBEDDED_NAME));
    let scores = scorer.score(&KNOWN_TEXTS.map(|(text, _)| text.as_bytes())).map_err(|error| error.to_string())?;
    // The model's own scores: they show whether this computer computes rightly.
    for ((text, bad), score) in KNOWN_TEXTS.into_iter().zip(scores.into_iter().map(|score| score.of_model)) {
        let kind = if bad { "known bad" } else { "known good" };
        if columns::is_suspicious(columns::round_score(score), columns::DEFAULT_THRESHOLD) != bad {
            return Err(format!("the {kind} text `{text}` scores {score:.6}: this build computes wrong scores, please report it"));
        }
        passed(kind, format!("{score:.6}"));
    }

    let mut channels = ChannelScorer::open(path).map_err(|error| error.to_string())?;
    passed("model", format!("{} opens", scorer::NAME));
    let score = channels.score(&[known_channel().parts().features()]).map_err(|error| error.to_string())?;
    let score = score.first().copied().unwrap_or_default();
    if !columns::is_suspicious(columns::round_score(score), columns::DEFAULT_THRESHOLD) {
        return Err(format!("a known tunnel scores {score:.6}: this build computes wrong scores, please report it"));
    }
    passed("known tunnel", format!("{score:.6}"));
    Ok(())
}

/// An idle tunnel: numbered names and answers in hex, of which none is suspicious by itself.
fn known_channel() -> Exchanges {
    let mut channel = Exchanges::default();
    for number in 0u32..12 {
        let mixed = number.wrapping_mul(2_654_435_761);
        let (name, text) =
            (format!("{:04x}01a4f5{number:04x}8890.t.example.com", mixed >> 16), format!("{:04x}01a4f5{number:04x}9d21", mixed & 0xffff));
        channel.add(name.as_bytes(), Some((text.as_bytes(), 0.05)));
    }
    channel
}

/// A path of the file that is open, whatever is at its own path by now: the library that is loaded is then the one whose hash was
/// printed. `None` where the system has no such path.
fn path_of_open_file(file: &File) -> Option<PathBuf> {
    #[cfg(target_os = "linux")]
    return Some(PathBuf::from(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(file)))).filter(|path| path.exists());
    #[cfg(not(target_os = "linux"))]
    return Some(file).and(None);
}
