//! Rows, tables and lookups.

use std::collections::BTreeMap;

/// Field values by name. Several values are a multivalue field, none is null.
pub type Row = BTreeMap<String, Vec<String>>;

/// Lookups by name, with the fields that they have even when they are empty.
pub type Lookups = BTreeMap<String, Table>;

/// Rows, and the order of columns if a stage fixed one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
}

/// The order of `sort` and `min`: two numbers by value, anything else as text.
pub fn compare(a: &str, b: &str) -> std::cmp::Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b),
        _ => a.cmp(b),
    }
}
