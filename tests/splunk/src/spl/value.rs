//! The values of expressions.

/// A value: null, a text, a number, a truth value, or a list of texts.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Text(String),
    Number(f64),
    Truth(bool),
    List(Vec<String>),
}

use Value::{List, Null, Number, Text, Truth};

impl Value {
    /// The value of a field.
    pub fn of(values: Option<&Vec<String>>) -> Self {
        match values.map(Vec::as_slice) {
            None | Some([]) => Null,
            Some([one]) => Text(one.clone()),
            Some(more) => List(more.to_vec()),
        }
    }

    /// The values of a field that is set to this. `None` for a truth value, which a field cannot hold.
    pub fn into_field(self) -> Option<Vec<String>> {
        match self {
            Null => Some(Vec::new()),
            Text(text) => Some(vec![text]),
            Number(number) => Some(vec![number.to_string()]),
            List(values) => Some(values),
            Truth(_) => None,
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Number(number) => Some(*number),
            Text(text) => number(text),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<String> {
        match self {
            Text(text) => Some(text.clone()),
            Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    pub(super) fn list(self) -> Vec<String> {
        self.into_field().unwrap_or_default()
    }
}

/// The number that a text reads as. `nan`, `inf` and `infinity`, which Rust reads, are texts in Splunk.
pub(super) fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}
