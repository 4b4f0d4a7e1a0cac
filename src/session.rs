//! The ONNX Runtime session. This is the only file that names `ort`.
//!
//! One intra-op thread: a search head runs many searches at once, and two threads help a model of this size little.
//! Telemetry is off. Whoever holds a session drops it before `main` returns and never calls `process::exit`, since the
//! library may abort when it is torn down under a live session.

use std::path::Path;

use ndarray::ArrayView2;
use ort::session::Session as OrtSession;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;

use crate::library;
use crate::model::Config;

/// Each way in which a session can fail.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Library(#[from] library::Error),
    #[error("the embedded model does not open: {0}; {mend}", mend = library::mend(.0))]
    Model(String),
    #[error("the model did not answer: {0}; {mend}", mend = library::mend(.0))]
    Run(String),
    #[error("there is no memory for the scores; {}", crate::limits::MORE_MEMORY)]
    Memory,
    #[error(transparent)]
    Imported(#[from] crate::imported::Error),
}

impl From<std::collections::TryReserveError> for Error {
    fn from(_: std::collections::TryReserveError) -> Self {
        Self::Memory
    }
}

/// A model that is ready to run.
pub struct Session {
    session: OrtSession,
    input: String,
    output: String,
}

impl Session {
    /// Loads the library at `path` and opens the embedded model in it.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let config = Config::embedded().map_err(Error::Model)?;
        Self::open_model(path, crate::model::ONNX, config.input, config.output)
    }

    /// Loads the library at `path` and opens a model whose input and output have these names.
    pub fn open_model(path: &Path, onnx: &[u8], input: String, output: String) -> Result<Self, Error> {
        library::check(path)?;
        let not_loaded = |error: &dyn std::fmt::Display| library::Error::NotLoaded(path.into(), one_line(error));
        let environment = match ort::init_from(path) {
            Ok(builder) => builder.with_name("dnstxtscore").with_telemetry(false).with_logger(std::sync::Arc::new(to_log)),
            Err(error) => {
                // The loader's own words stand one deeper.
                let words = match &error {
                    ort::LoadDynamicError::Dlopen { error, .. } => std::error::Error::source(error),
                    _ => None,
                };
                return Err(words.map_or_else(|| not_loaded(&error), |words| not_loaded(&words)).into());
            }
        };
        let environment = environment.build().map_err(|error| not_loaded(&error))?;
        let open = || -> ort::Result<OrtSession> {
            let mut builder = OrtSession::builder(&environment)?
                .with_optimization_level(GraphOptimizationLevel::All)?
                .with_intra_threads(1)?
                .with_inter_threads(1)?;
            builder.commit_from_memory(onnx)
        };
        let session = open().map_err(|error| Error::Model(one_line(&error)))?;
        Ok(Self { session, input, output })
    }

    /// The probability of each row of ids (`[rows, length]`), added to `scores`.
    pub fn run(&mut self, ids: ArrayView2<'_, i32>, scores: &mut Vec<f32>) -> Result<(), Error> {
        let rows = ids.nrows();
        let mut run = || -> ort::Result<()> {
            let input = TensorRef::from_array_view(ids)?;
            let outputs = self.session.run(ort::inputs![&*self.input => input])?;
            let output = outputs.get(&self.output).ok_or_else(|| ort::Error::new("it has no output of the configured name"))?;
            let (_, values) = output.try_extract_tensor::<f32>()?;
            if values.len() != rows || values.iter().any(|p| !(0.0..=1.0).contains(p)) {
                return Err(ort::Error::new("its output is not one probability a row"));
            }
            scores.extend_from_slice(values);
            Ok(())
        };
        run().map_err(|error| Error::Run(one_line(&error)))
    }
}

/// What ONNX Runtime would print on stderr goes to the log, where `loglevel` decides.
fn to_log(level: ort::logging::LogLevel, _category: &str, _id: &str, location: &str, message: &str) {
    use ort::logging::LogLevel as Ort;
    let level = match level {
        Ort::Verbose | Ort::Info => log::Level::Debug,
        Ort::Warning => log::Level::Warn,
        Ort::Error | Ort::Fatal => log::Level::Error,
    };
    log::log!(level, "onnxruntime {location}: {}", message.escape_debug());
}

fn one_line(error: &dyn std::fmt::Display) -> String {
    error.to_string().lines().map(str::trim).collect::<Vec<_>>().join(" ")
}
