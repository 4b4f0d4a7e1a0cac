//! The embedded model: its bytes, its contract and its name. Binary and model cannot be of different versions.

use serde::Deserialize;

use crate::features;

/// The folder under `models/` that is built in.
pub const NAME: &str = "dnstxt_v2";

/// The ONNX file.
pub const ONNX: &[u8] = include_bytes!("../models/dnstxt_v2/model.onnx");

const CONFIG: &str = include_str!("../models/dnstxt_v2/config.json");

/// `models/<name>/config.json`. An unknown or missing key is an error: no knob is silently passed over.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub name: String,
    /// Ids a window, markers included.
    pub window: usize,
    pub stride: usize,
    pub padding: i32,
    /// Ids that the model has a meaning for: markers and length classes included.
    pub vocabulary: i32,
    pub buckets: Vec<usize>,
    /// The default cut: a score at or above it is `pred_is_unknown` 1.
    pub threshold: f64,
    /// Name of the input tensor: int32, `[rows, bucket]`.
    pub input: String,
    /// Name of the output tensor: float32, `[rows, 1]`, a probability.
    pub output: String,
}

impl Config {
    /// The embedded configuration, checked against what `features` does.
    pub fn embedded() -> Result<Self, String> {
        let config: Config = serde_json::from_str(CONFIG).map_err(|error| format!("config.json: {error}"))?;
        let built_in = (NAME, features::WINDOW, features::STRIDE, features::PAD, features::VOCABULARY, &features::BUCKETS[..]);
        let asked = (&*config.name, config.window, config.stride, config.padding, config.vocabulary, &config.buckets[..]);
        if asked != built_in {
            return Err(format!("config.json asks for {asked:?}; this program does {built_in:?}"));
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_configuration_is_what_features_does() {
        let config = Config::embedded().unwrap();
        assert_eq!(config.threshold, crate::options::Options::default().threshold);
    }
}
