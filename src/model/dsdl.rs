//! A model that a user imported with `models/train/import_dsdl.py`: the network of the original detection (Splunk's DSDL app).
//! It is not embedded. It exists to compare with, and for users who must keep the original's scores.

use std::fs;
use std::path::Path;

use ndarray::ArrayView2;
use serde::Deserialize;

use crate::digest::sha256;
use crate::model::dsdl_tokens::{self, Vocabulary};
use crate::model::error::Error;
use crate::model::onnx::Session;
use crate::model::scorer::{self, Score, Scorer};

/// The app's folder of models, next to the folder of the program.
const FOLDER: &str = "models";

/// `config.json` of an imported model. An unknown or missing key is an error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    /// SHA-256 of `model.onnx`: with the vocabulary of another model, scores would be wrong without an error.
    model_sha256: String,
    /// How a text becomes ids: `dsdl`, the tokens of the original detection.
    kind: String,
    /// Name of the input tensor: int32, `[rows, length]`, padded on the left.
    input: String,
    /// Name of the output tensor: float32, `[rows]` or `[rows, 1]`, a probability.
    output: String,
    /// The id of padding, which comes before the tokens of a shorter text. The network ignores it.
    padding: i32,
    vocabulary: Vocabulary,
}

/// Whether a word can be the name of a model: `[a-z0-9_]+`.
pub fn is_model_name(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The original network as a scorer of raw texts.
pub struct DsdlModel {
    session: Session,
    vocabulary: Vocabulary,
    padding: i32,
    /// Tokens of a batch's rows, padding included, and their scores. Reused.
    ids: Vec<i32>,
    scores: Vec<f32>,
}

impl DsdlModel {
    /// Opens the model of this name in the app's `models` folder.
    ///
    /// # Errors
    /// If there is no such folder, or as [`DsdlModel::open`].
    pub fn open_named(library: &Path, name: &str) -> Result<Self, Error> {
        let models = library.parent().and_then(Path::parent).unwrap_or(Path::new("")).join(FOLDER);
        let folder = models.join(name);
        // The option allows only lowercase letters, digits and `_`. Checked again here, where the path is built.
        if !is_model_name(name) || !folder.is_dir() {
            return Err(Error::MissingImport { name: name.to_owned(), folder: models });
        }
        Self::open(library, &folder)
    }

    /// Opens the model in a folder, which holds `config.json` and `model.onnx`.
    ///
    /// # Errors
    /// If a file cannot be read, does not match the other, or the ONNX Runtime library rejects the model.
    pub fn open(library: &Path, folder: &Path) -> Result<Self, Error> {
        let path = folder.join("config.json");
        let text = fs::read(&path).map_err(|error| Error::UnreadableImport(path.clone(), error))?;
        let invalid = |why: String| Error::InvalidImport(path.clone(), why);
        let config: Config = serde_json::from_slice(&text).map_err(|error| invalid(error.to_string()))?;
        if config.kind != "dsdl" {
            return Err(invalid(format!("its kind is {:?}; only dsdl is supported", config.kind)));
        }
        if config.padding < 0 || config.vocabulary.values().any(|number| !(0..config.padding).contains(number)) {
            return Err(invalid("a token id in its vocabulary is negative, or not below the padding id".into()));
        }
        let file = folder.join("model.onnx");
        let onnx = fs::read(&file).map_err(|error| Error::UnreadableImport(file.clone(), error))?;
        if sha256(&onnx) != config.model_sha256 {
            return Err(invalid("model.onnx does not match its model_sha256".into()));
        }
        let session = Session::open(library, &onnx, config.input, config.output)
            .map_err(|error| if let Error::Open(why) = error { Error::InvalidImport(file, why) } else { error })?;
        log::debug!("the model in {} is open", folder.display());
        Ok(Self { session, vocabulary: config.vocabulary, padding: config.padding, ids: Vec::new(), scores: Vec::new() })
    }

    /// Scores rows of at most `longest` tokens, each given with the index of its text, into `out`.
    fn run(&mut self, longest: usize, rows: &[(usize, Vec<i32>)], out: &mut [f32]) -> Result<(), Error> {
        let Self { session, padding, ids, scores, .. } = self;
        ids.clear();
        ids.try_reserve(rows.len().saturating_mul(longest))?;
        for (_, tokens) in rows {
            ids.extend(std::iter::repeat_n(*padding, longest.saturating_sub(tokens.len())));
            ids.extend_from_slice(tokens);
        }
        let array = ArrayView2::from_shape((rows.len(), longest), ids).map_err(|error| Error::Run(error.to_string()))?;
        scores.clear();
        session.run(array, scores)?;
        for ((place, _), score) in rows.iter().zip(&*scores) {
            if let Some(out) = out.get_mut(*place) {
                *out = *score;
            }
        }
        Ok(())
    }

    /// The token numbers of a text.
    pub fn tokens(&self, text: &[u8]) -> Vec<i32> {
        let mut tokens = Vec::new();
        dsdl_tokens::tokens(&String::from_utf8_lossy(text), &self.vocabulary, &mut tokens);
        tokens
    }
}

/// More rows per run are not faster, and these limits keep memory flat. The last one bounds the bytes of the texts whose
/// tokens are held at once.
const MAX_ROWS_PER_RUN: usize = 256;
const MAX_IDS_PER_RUN: usize = 65_536;
const MAX_BYTES_PER_PART: usize = 1 << 20;

impl Scorer for DsdlModel {
    /// A text without a token gets probability 0; `text::raw_text` lets none through.
    fn score(&mut self, texts: &[&[u8]]) -> Result<Vec<Score>, Error> {
        // Ordered by length, so that the texts of a part have about as many tokens.
        let bytes = |place: &usize| texts.get(*place).map_or(0, |text| text.len());
        let mut order: Vec<usize> = Vec::new();
        let mut out = Vec::new();
        order.try_reserve(texts.len())?;
        out.try_reserve(texts.len())?;
        out.resize(texts.len(), 0.0);
        order.extend(0..texts.len());
        order.sort_by_key(bytes);
        // The longest first: if memory runs out, it does so at once.
        while let Some(longest) = order.last().map(bytes) {
            let size = MAX_BYTES_PER_PART.checked_div(longest).unwrap_or(usize::MAX).clamp(1, MAX_ROWS_PER_RUN);
            let part = order.split_off(order.len().saturating_sub(size));
            let mut rows: Vec<(usize, Vec<i32>)> = part
                .iter()
                .filter_map(|place| Some((*place, self.tokens(texts.get(*place)?))))
                .filter(|(_, tokens)| !tokens.is_empty())
                .collect();
            rows.sort_by_key(|(_, tokens)| tokens.len());
            while let Some(longest) = rows.last().map(|(_, tokens)| tokens.len()) {
                let size = MAX_IDS_PER_RUN.checked_div(longest).unwrap_or(usize::MAX).clamp(1, MAX_ROWS_PER_RUN);
                let batch = rows.split_off(rows.len().saturating_sub(size));
                self.run(longest, &batch, &mut out)?;
            }
        }
        scorer::collect(out.into_iter().map(Score::of_model)) // no sign raises it: these are the original's scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_the_models_folder() {
        assert!(is_model_name("dsdl_2023"));
        for word in ["", "..", "a/b", "A", "a.b", "a b", "é", "a\0"] {
            assert!(!is_model_name(word), "{word:?}");
        }
        let Err(error) = DsdlModel::open_named(Path::new("app/bin/library"), "../etc") else { panic!("it opened") };
        assert!(error.to_string().starts_with("there is no model ../etc in app/models; "), "{error}");
    }
}
