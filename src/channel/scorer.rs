//! The embedded channel model: from features to a score.

use std::path::Path;

use ndarray::ArrayView2;
use serde::Deserialize;

use crate::channel::exchanges::MAX_EXCHANGES;
use crate::channel::features::COUNT;
use crate::columns;
use crate::model::Error;
use crate::model::onnx::Session;
use crate::model::runtime;

/// The folder below `models/` that is built in.
pub const NAME: &str = "channel_v1";

const ONNX: &[u8] = include_bytes!("../../models/channel_v1/model.onnx");
const CONFIG: &str = include_str!("../../models/channel_v1/config.json");
/// Names of the tensors: float32 `[channels, features]`, float32 `[channels, 1]`.
const INPUT: &str = "features";
const OUTPUT: &str = "score";
/// Channels that the session scores at once.
const MAX_BATCH: usize = 1024;

/// `models/<name>/config.json`. An unknown or missing key is an error, so that no setting is ignored silently.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    name: String,
    /// What each feature is.
    features: Vec<String>,
    max_exchanges: usize,
    threshold: f64,
}

impl Config {
    /// Parses the embedded configuration and compares it with what this program does.
    fn embedded() -> Result<Self, String> {
        let config: Config = serde_json::from_str(CONFIG).map_err(|error| format!("config.json: {error}"))?;
        let asked = (&*config.name, config.features.len(), config.max_exchanges, config.threshold);
        let built_in = (NAME, COUNT, MAX_EXCHANGES, columns::DEFAULT_THRESHOLD);
        if asked != built_in {
            return Err(format!("config.json expects {asked:?}, but this program was built with {built_in:?}"));
        }
        Ok(config)
    }
}

/// Anything that can score channels: the embedded model, a fake in tests.
pub trait ScoreChannels {
    /// The score of each channel, from 0 to 1, in order.
    ///
    /// # Errors
    /// If the model fails or memory runs out.
    fn score(&mut self, channels: &[[f32; COUNT]]) -> Result<Vec<f32>, Error>;
}

/// The embedded channel model.
pub struct ChannelScorer {
    session: Session,
}

impl ChannelScorer {
    /// Opens the embedded channel model with the ONNX Runtime library at `library`.
    ///
    /// # Errors
    /// If the library cannot be used or does not accept the model.
    pub fn open(library: &Path) -> Result<Self, Error> {
        Config::embedded().map_err(Error::Open)?;
        Ok(Self { session: Session::open(library, ONNX, INPUT.into(), OUTPUT.into())? })
    }

    /// Opens it with the ONNX Runtime library beside the program.
    ///
    /// # Errors
    /// If the library or the model cannot be used.
    pub fn open_beside_program() -> Result<Self, Error> {
        Self::open(&runtime::path()?)
    }
}

impl ScoreChannels for ChannelScorer {
    fn score(&mut self, channels: &[[f32; COUNT]]) -> Result<Vec<f32>, Error> {
        let mut scores = Vec::new();
        scores.try_reserve_exact(channels.len())?;
        for batch in channels.chunks(MAX_BATCH) {
            let view = ArrayView2::from_shape((batch.len(), COUNT), batch.as_flattened()).map_err(|error| Error::Run(error.to_string()))?;
            self.session.run(view, &mut scores)?;
        }
        Ok(scores)
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
