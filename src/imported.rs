//! A model that a user imported (`models/train/import_dsdl.py`): its folder, its contract, and its scorer. Nothing of it is
//! embedded; it is there to compare with, and for who must go on with the original's scores.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ndarray::ArrayView2;
use serde::Deserialize;

use crate::library;
use crate::original::{self, Vocabulary};
use crate::scorer::Score;
use crate::session::{self, Session};

/// The app's folder of models, beside the folder of the program.
const FOLDER: &str = "models";
const MEND: &str = "import one with models/train/import_dsdl.py into that folder";

/// `config.json` of an imported model. An unknown or missing key is an error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    /// sha256 of `model.onnx`: another one's vocabulary would give wrong scores without a word.
    model_sha256: String,
    /// What the text is made into: `dsdl`, the tokens of the original detection.
    kind: String,
    /// Name of the input tensor: int32, `[rows, length]`, padded on the left.
    input: String,
    /// Name of the output tensor: float32, `[rows]` or `[rows, 1]`, a probability.
    output: String,
    /// The number that stands before the tokens of a shorter text; the network does nothing on it.
    padding: i32,
    vocabulary: Vocabulary,
}

/// Why an imported model cannot be used. Every message names the file and the mend.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no model {} in {}; {MEND}", name.escape_debug(), folder.display())]
    Missing { name: String, folder: PathBuf },
    #[error("{} cannot be read ({}); {MEND}", .0.display(), .1)]
    Unreadable(PathBuf, io::Error),
    #[error("{} is no model that this program can run: {}; {MEND}", .0.display(), .1)]
    Unsound(PathBuf, String),
}

/// Opens the model of a name, which is a folder in the app's `models/`.
pub fn open(name: &str) -> Result<Original, session::Error> {
    let library = library::path()?;
    let models = library.parent().and_then(Path::parent).unwrap_or(Path::new("")).join(FOLDER);
    let folder = models.join(name);
    // The option takes nothing but small letters, digits and `_`; asked again here, where the path is made.
    if !is_name(name) || !folder.is_dir() {
        return Err(Error::Missing { name: name.to_owned(), folder: models }.into());
    }
    Original::open(&library, &folder)
}

/// Whether a word can be the name of a model: `[a-z0-9_]+`.
pub fn is_name(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The original network as a scorer.
pub struct Original {
    session: Session,
    vocabulary: Vocabulary,
    padding: i32,
    /// Tokens of a batch's rows, padding included, and their scores. Used again.
    ids: Vec<i32>,
    scores: Vec<f32>,
}

impl Original {
    /// Opens the model in a folder.
    pub fn open(library: &Path, folder: &Path) -> Result<Self, session::Error> {
        let path = folder.join("config.json");
        let text = fs::read(&path).map_err(|error| Error::Unreadable(path.clone(), error))?;
        let unsound = |why: String| Error::Unsound(path.clone(), why);
        let config: Config = serde_json::from_slice(&text).map_err(|error| unsound(error.to_string()))?;
        if config.kind != "dsdl" {
            return Err(unsound(format!("its kind is {:?}, and dsdl is the one that is known", config.kind)).into());
        }
        if config.padding < 0 || config.vocabulary.values().any(|number| !(0..config.padding).contains(number)) {
            return Err(unsound("a number in its vocabulary is not below its padding".into()).into());
        }
        let file = folder.join("model.onnx");
        let onnx = fs::read(&file).map_err(|error| Error::Unreadable(file.clone(), error))?;
        if library::sha256(&onnx) != config.model_sha256 {
            return Err(unsound("model.onnx beside it is not the one that it was written with".into()).into());
        }
        let session = Session::open_model(library, &onnx, config.input, config.output)
            .map_err(|error| if let session::Error::Model(why) = error { Error::Unsound(file, why).into() } else { error })?;
        log::debug!("the model in {} is open", folder.display());
        Ok(Self { session, vocabulary: config.vocabulary, padding: config.padding, ids: Vec::new(), scores: Vec::new() })
    }

    /// Scores rows of at most so many tokens, each into its place.
    fn run(&mut self, longest: usize, rows: &[(usize, Vec<i32>)], out: &mut [f32]) -> Result<(), session::Error> {
        let Self { session, padding, ids, scores, .. } = self;
        ids.clear();
        ids.try_reserve(rows.len() * longest)?;
        for (_, own) in rows {
            ids.extend(std::iter::repeat_n(*padding, longest - own.len()));
            ids.extend_from_slice(own);
        }
        let array = ArrayView2::from_shape((rows.len(), longest), ids).map_err(|error| session::Error::Run(error.to_string()))?;
        scores.clear();
        session.run(array, scores)?;
        for ((place, _), score) in rows.iter().zip(&*scores) {
            if let Some(out) = out.get_mut(*place) {
                *out = *score;
            }
        }
        Ok(())
    }

    /// Token numbers of a text.
    pub fn tokens(&self, text: &[u8]) -> Vec<i32> {
        let mut tokens = Vec::new();
        original::tokens(&String::from_utf8_lossy(text), &self.vocabulary, &mut tokens);
        tokens
    }
}

/// Rows of one run, ids of one run, and bytes of texts whose tokens are held at once: more rows are no faster, and memory stays flat.
const ROWS_A_RUN: usize = 256;
const IDS_A_RUN: usize = 65_536;
const BYTES_A_PART: usize = 1 << 20;

impl Score for Original {
    /// A text without a token has probability 0; `text::as_it_is` lets none through.
    fn score(&mut self, texts: &[&[u8]]) -> Result<Vec<f32>, session::Error> {
        // By their bytes, so that texts of a part have about as many tokens.
        let bytes = |place: &usize| texts.get(*place).map_or(0, |text| text.len());
        let mut order: Vec<usize> = Vec::new();
        let mut out = Vec::new();
        order.try_reserve(texts.len())?;
        out.try_reserve(texts.len())?;
        out.resize(texts.len(), 0.0);
        order.extend(0..texts.len());
        order.sort_by_key(bytes);
        // The longest first: where memory ends, it ends at once.
        while let Some(longest) = order.last().map(bytes) {
            let part = order.split_off(order.len() - (BYTES_A_PART / longest.max(1)).clamp(1, ROWS_A_RUN).min(order.len()));
            let mut rows: Vec<(usize, Vec<i32>)> = part
                .iter()
                .filter_map(|place| Some((*place, self.tokens(texts.get(*place)?))))
                .filter(|(_, tokens)| !tokens.is_empty())
                .collect();
            rows.sort_by_key(|(_, tokens)| tokens.len());
            while let Some(longest) = rows.last().map(|(_, tokens)| tokens.len()) {
                let batch = rows.split_off(rows.len() - (IDS_A_RUN / longest).clamp(1, ROWS_A_RUN).min(rows.len()));
                self.run(longest, &batch, &mut out)?;
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        assert!(is_name("dsdl_2023"));
        for word in ["", "..", "a/b", "A", "a.b", "a b", "é", "a\0"] {
            assert!(!is_name(word), "{word:?}");
        }
        let Err(error) = open("../etc") else { panic!("it opened") };
        assert!(error.to_string().starts_with("there is no model ../etc in "), "{error}");
    }
}
