//! The models that score texts.
//!
//! In: texts. Out: one probability per text, which depends on nothing but that text.
//! This folder must not know Splunk's protocol, capture files or the command line. Only [`onnx`] names `ort`.
//!
//! [`scorer`] is the trait that everybody else knows, and [`cached_scorer`] the cache in front of it. There are two
//! implementations: [`embedded`] (text → [`features`] → [`batches`] → [`onnx`]) and [`dsdl`], an imported copy of the
//! original detection's network (text → [`dsdl_tokens`] → [`onnx`]). [`runtime`] finds the ONNX Runtime library.

pub mod batches;
pub mod cache;
pub mod cached_scorer;
pub mod dsdl;
pub mod dsdl_tokens;
pub mod embedded;
pub mod error;
pub mod features;
pub mod onnx;
pub mod runtime;
pub mod runtime_releases;
pub mod scorer;

use std::path::Path;

pub use cached_scorer::CachedScorer;
pub use dsdl::is_model_name;
pub use embedded::NAME as EMBEDDED_NAME;
pub use error::Error;
pub use scorer::{Score, Scorer};

/// Opens the embedded model, or the imported model of this name in the app's `models` folder.
///
/// # Errors
/// If the ONNX Runtime library or the model cannot be used.
pub fn open(imported: Option<&str>) -> Result<Box<dyn Scorer>, Error> {
    let library = runtime::path()?;
    Ok(match imported {
        None => Box::new(embedded::EmbeddedModel::open(&library)?),
        Some(name) => Box::new(dsdl::DsdlModel::open_named(&library, name)?),
    })
}

/// Opens the embedded model, or the imported model in this folder.
///
/// # Errors
/// If the ONNX Runtime library or the model cannot be used.
pub fn open_folder(imported: Option<&Path>) -> Result<Box<dyn Scorer>, Error> {
    let library = runtime::path()?;
    Ok(match imported {
        None => Box::new(embedded::EmbeddedModel::open(&library)?),
        Some(folder) => Box::new(dsdl::DsdlModel::open(&library, folder)?),
    })
}
