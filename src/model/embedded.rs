//! The embedded model: its bytes, its configuration, and its scorer. Because it is part of the program, program and model
//! always have the same version.

use std::path::Path;

use serde::Deserialize;

use crate::evidence::signs::{self, Sign};
use crate::model::batches::Batches;
use crate::model::error::Error;
use crate::model::features::{self, Table};
use crate::model::onnx::Session;
use crate::model::scorer::{self, Score, Scorer};
use crate::{columns, limits};

/// The folder below `models/` that is built in.
pub const NAME: &str = "dnstxt_v3";

const ONNX: &[u8] = include_bytes!("../../models/dnstxt_v3/model.onnx");
const TABLE: &[u8] = include_bytes!("../../models/dnstxt_v3/embedding.bin");
const CONFIG: &str = include_str!("../../models/dnstxt_v3/config.json");

/// `models/<name>/config.json`. An unknown or missing key is an error, so that no setting is ignored silently.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    name: String,
    /// Ids per window, markers included.
    window: usize,
    stride: usize,
    padding: i32,
    /// How many ids the model knows: bytes, markers and length classes.
    vocabulary: i32,
    /// Bytes per id: `embedding.bin` holds them for each id in turn.
    embedding: usize,
    buckets: Vec<usize>,
    /// The default threshold.
    threshold: f64,
    /// Name of the input tensor: uint8, `[rows, bucket, embedding]`.
    input: String,
    /// Name of the output tensor: float32, `[rows, 1]`, a probability.
    output: String,
}

impl Config {
    /// Parses the embedded configuration and compares it with what this program does.
    fn embedded() -> Result<Self, String> {
        let config: Config = serde_json::from_str(CONFIG).map_err(|error| format!("config.json: {error}"))?;
        let asked = (
            &*config.name,
            config.window,
            config.stride,
            config.padding,
            config.vocabulary,
            config.embedding,
            &config.buckets[..],
            config.threshold,
        );
        let built_in = (
            NAME,
            features::WINDOW,
            features::STRIDE,
            features::PAD,
            features::VOCABULARY,
            features::EMBEDDING,
            &features::BUCKETS[..],
            columns::DEFAULT_THRESHOLD,
        );
        if asked != built_in {
            return Err(format!("config.json expects {asked:?}, but this program was built with {built_in:?}"));
        }
        Ok(config)
    }
}

/// The embedded model as a scorer of normalised texts.
pub struct EmbeddedModel {
    session: Session,
    batches: Batches,
}

impl EmbeddedModel {
    /// Opens the embedded model with the ONNX Runtime library at `library`.
    ///
    /// # Errors
    /// If the library cannot be used or does not accept the model.
    pub fn open(library: &Path) -> Result<Self, Error> {
        let config = Config::embedded().map_err(Error::Open)?;
        let batches = Batches::new(table().ok_or_else(|| Error::Open("embedding.bin has no line for each id".into()))?);
        Ok(Self { session: Session::open(library, ONNX, config.input, config.output)?, batches })
    }
}

/// The embedding of the model.
pub fn table() -> Option<Table> {
    Table::new(TABLE)
}

impl Scorer for EmbeddedModel {
    /// The network's probability, raised to the floor of a text's sign.
    fn score(&mut self, texts: &[&[u8]]) -> Result<Vec<Score>, Error> {
        let Self { session, batches } = self;
        let scores = batches.score(texts, &mut |batch, scores| session.run(batch, scores))?;
        limits::check_headroom(0)?; // for the words of the signs
        let raise = |(text, score): (&&[u8], f32)| Score::raised(score, signs::strongest(text).map(Sign::floor));
        scorer::collect(texts.iter().zip(scores).map(raise))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_configuration_matches_the_program() {
        Config::embedded().unwrap();
    }
}
