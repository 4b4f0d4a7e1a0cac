//! Rows and tables.

use std::collections::BTreeMap;

use super::value::number;

/// Field values by name. Several values are a multivalue field, none is null.
pub type Row = BTreeMap<String, Vec<String>>;

/// Rows, and the order of columns if a stage fixed one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
}

/// The order of `sort` and `min`: two numbers by value, anything else as text.
pub fn compare(a: &str, b: &str) -> std::cmp::Ordering {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.cmp(b),
    }
}
