//! What a text is, by its format and its contents.
//!
//! In: a normalised text. Out: values that describe it: its record type, an encoded payload, what the payload is, and one
//! sentence. Nothing here changes a score: a record type explains a score and never lowers it.
//! This folder must not know the model, Splunk's protocol, capture files or how its values are written.
//!
//! [`record_types`] is the table of known records. [`encoding`] finds encoded parts, [`decoding`] decodes them, [`content`] names
//! bytes and commands, [`payload`] combines the three, and [`explanation`] turns all of it into the four `txt_` columns, which
//! [`explanation_cache`] remembers.

pub mod content;
pub mod decoding;
pub mod encoding;
pub mod explanation;
pub mod explanation_cache;
pub mod payload;
pub mod record_types;
