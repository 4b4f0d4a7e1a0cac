//! What a text is, by its format and its contents.
//!
//! In: a normalised text. Out: values that describe it: its record type, an encoded payload, what the payload is, one sentence, and
//! a sign. A sign may raise the embedded model's score to a floor, and nothing lowers it: a record type only explains.
//! This folder must not know the model, Splunk's protocol, capture files or how its values are written.
//!
//! [`record_types`] is the table of known records. [`encoding`] finds encoded parts, [`decoding`] decodes them, [`content`] names
//! bytes, [`payload`] combines the three, and [`explanation`] turns all of it into the `txt_` columns, which
//! [`explanation_cache`] remembers. [`signs`] is what a score asks. It reads the [`words`] of a text, and decodes the [`whole`] text.

pub mod byte_class;
pub mod content;
pub mod decoding;
pub mod encoding;
pub mod explanation;
pub mod explanation_cache;
pub mod marks;
pub mod payload;
pub mod record_types;
pub mod signs;
pub mod whole;
pub mod words;
