//! Access to the members of a JSON object by name.

use serde_json::{Map, Value};

use crate::triage::input::field_names::Name;

/// The members of an object.
pub(super) type Members = Map<String, Value>;

/// A string, number or truth value as text.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// The texts of a member that holds one or several scalars and nothing else. `null` is one empty text.
pub(super) fn values(member: Option<&Value>) -> Option<Vec<String>> {
    match member? {
        Value::Null => Some(vec![String::new()]),
        Value::Array(values) => values.iter().map(scalar).collect(),
        value => Some(vec![scalar(value)?]),
    }
}

/// The same without what is `null` in a list: a pipeline writes that in the place of an answer that it dropped.
pub(super) fn values_but_null(member: &Value) -> Option<Vec<String>> {
    match member {
        Value::Array(values) => values.iter().filter(|value| !value.is_null()).map(scalar).collect(),
        value => values(Some(value)),
    }
}

/// The scalar of the first member that exists, of a list its first one; else empty. A name with dots leads through nested
/// objects, unless there is a member of that very name.
pub(super) fn first(members: &Members, names: &[Name]) -> String {
    let one = |value: &Value| match value {
        Value::Array(list) => list.first().and_then(scalar),
        value => scalar(value),
    };
    names.iter().find_map(|(name, _)| one(member(members, name)?)).unwrap_or_default()
}

/// The member of a name; see [`first`].
pub(super) fn member<'m>(members: &'m Members, name: &str) -> Option<&'m Value> {
    members.get(name).or_else(|| {
        let (outer, inner) = name.split_once('.')?;
        member(members.get(outer)?.as_object()?, inner)
    })
}

/// Whether an object has a member of one of the names that holds anything.
pub(super) fn has(members: &Members, names: &[Name]) -> bool {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    };
    names.iter().any(|(name, _)| member(members, name).is_some_and(|value| !is_empty(value)))
}
