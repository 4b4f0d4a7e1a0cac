//! The weights of the original detection, if `../shared` holds them: imported into a separate app, to compare scores and speed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::{Result, root, tools};

/// The name of the imported model.
pub const NAME: &str = "dsdl";

const WEIGHTS: &str = "detect_suspicious_dns_txt_records_using_pretrained_model_in_dsdl.pt";

/// The folder of the original weights, if it exists.
pub fn artefact() -> Option<PathBuf> {
    Some(root().join("../shared/dsdl_artifact")).filter(|folder| folder.is_dir())
}

/// Runs the importer in its environment.
///
/// # Errors
/// If it does not start.
pub fn import(weights: &Path, vocabulary: &Path, folder: &Path) -> Result<Output> {
    let python = tools::IMPORT.install()?.join("python");
    let mut command = Command::new(&python);
    command.arg(root().join("models/train/import_dsdl.py")).args([weights, vocabulary, folder]).arg("--here");
    command.env("PYTHONDONTWRITEBYTECODE", "1").output().map_err(|e| format!("{}: {e}", python.display()))
}

/// The folder of an app with the program of `bin/` and the imported model; `None` without the original weights.
///
/// # Errors
/// If the import fails.
pub fn app() -> Result<Option<PathBuf>> {
    let Some(artefact) = artefact() else { return Ok(None) };
    let app = root().join("target/original");
    let (bin, models) = (app.join("bin"), app.join("models").join(NAME));
    let output = import(&artefact.join(WEIGHTS), &artefact.join("vocab.pkl"), &models)?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    fs::create_dir_all(&bin).map_err(|e| format!("{}: {e}", bin.display()))?;
    for file in ["dnstxtscore", dnstxtscore::model::runtime::FILE_NAME] {
        fs::copy(root().join("bin").join(file), bin.join(file)).map_err(|e| format!("{}: {e}", bin.join(file).display()))?;
    }
    Ok(Some(app))
}
