//! The ONNX Runtime session. This is the only file that names `ort`.
//!
//! One thread per session: a search head runs many searches at once, and a second thread helps a model of this size little.
//! Telemetry is off. Whoever holds a session must drop it before `main` returns and must not call `process::exit`, because
//! the library may abort when it is unloaded under an open session.

use std::path::Path;
use std::sync::OnceLock;

use ndarray::{ArrayView, Axis, Dimension};
use ort::environment::Environment;
use ort::session::Session as OrtSession;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::{PrimitiveTensorElementType, TensorRef};

use crate::limits;
use crate::model::error::Error;
use crate::model::runtime;

/// A model that is ready to run.
pub struct Session {
    session: OrtSession,
    input: String,
    output: String,
}

impl Session {
    /// Loads the library and opens a model with these input and output names.
    ///
    /// # Errors
    /// [`Error::Runtime`] if the library cannot be loaded, [`Error::Open`] if it does not accept the model.
    pub fn open(library: &Path, onnx: &[u8], input: String, output: String) -> Result<Self, Error> {
        let environment = environment(library)?;
        limits::check_headroom(0)?;
        let open = || -> ort::Result<OrtSession> {
            let mut builder = OrtSession::builder(environment)?
                .with_optimization_level(GraphOptimizationLevel::All)?
                .with_intra_threads(1)?
                .with_inter_threads(1)?;
            builder.commit_from_memory(onnx)
        };
        let session = open().map_err(|error| Error::Open(one_line(&error)))?;
        Ok(Self { session, input, output })
    }

    /// Appends the probability of each row of a batch to `scores`.
    ///
    /// # Errors
    /// [`Error::Run`] if the run fails or its output is not one probability from 0 to 1 per row.
    pub fn run<T, D>(&mut self, batch: ArrayView<'_, T, D>, scores: &mut Vec<f32>) -> Result<(), Error>
    where
        T: PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static,
        D: Dimension + 'static,
    {
        limits::check_headroom(0)?;
        let rows = batch.len_of(Axis(0));
        let run = || -> ort::Result<()> {
            let input = TensorRef::from_array_view(batch)?;
            let outputs = self.session.run(ort::inputs![&*self.input => input])?;
            let output = outputs.get(&self.output).ok_or_else(|| ort::Error::new("it has no output with the configured name"))?;
            let (_, values) = output.try_extract_tensor::<f32>()?;
            if values.len() != rows || values.iter().any(|p| !(0.0..=1.0).contains(p)) {
                return Err(ort::Error::new("its output is not one probability from 0 to 1 per row"));
            }
            scores.extend_from_slice(values);
            Ok(())
        };
        run().map_err(|error| Error::Run(one_line(&error)))
    }
}

/// The environment of all sessions: ONNX Runtime allows one per process, also after it was released, so it is kept.
fn environment(library: &Path) -> Result<&'static Environment, Error> {
    static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
    if let Some(environment) = ENVIRONMENT.get() {
        return Ok(environment);
    }
    runtime::check(library)?;
    let bytes = std::fs::metadata(library).map_or(0, |file| file.len() as usize);
    limits::check_headroom(bytes)?;
    let not_loaded = |error: &dyn std::fmt::Display| runtime::Error::NotLoaded(library.into(), one_line(error));
    let builder = match ort::init_from(library) {
        Ok(builder) => builder.with_name("dnstxtscore").with_telemetry(false).with_logger(std::sync::Arc::new(to_log)),
        Err(error) => {
            // The loader's own message is one level deeper.
            let cause = match &error {
                ort::LoadDynamicError::Dlopen { error, .. } => std::error::Error::source(error),
                _ => None,
            };
            return Err(cause.map_or_else(|| not_loaded(&error), |cause| not_loaded(&cause)).into());
        }
    };
    let environment = builder.build().map_err(|error| not_loaded(&error))?;
    Ok(ENVIRONMENT.get_or_init(|| environment))
}

/// Messages that ONNX Runtime would print on stderr go to the log, where `loglevel` decides.
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
