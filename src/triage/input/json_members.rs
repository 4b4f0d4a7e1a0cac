//! Access to the members of a JSON object by name.

use serde_json::{Map, Value};

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

/// The scalar of the first member that exists; else empty. A name with dots leads through nested objects, unless there is a
/// member of that very name.
pub(super) fn first(members: &Members, names: &[&str]) -> String {
    names.iter().find_map(|name| scalar(member(members, name)?)).unwrap_or_default()
}

fn member<'m>(members: &'m Members, name: &str) -> Option<&'m Value> {
    members.get(name).or_else(|| {
        let (outer, inner) = name.split_once('.')?;
        member(members.get(outer)?.as_object()?, inner)
    })
}

/// The texts of a field that the user named. A name with dots leads through objects and lists: `dns.answers.data` is one text
/// of each answer.
pub(super) fn field(members: &Members, name: &str) -> Option<Vec<String>> {
    if let Some(member) = members.get(name) {
        return values(Some(member));
    }
    let (outer, inner) = name.split_once('.')?;
    match members.get(outer)? {
        Value::Object(members) => field(members, inner),
        Value::Array(list) => {
            let texts: Vec<String> = list.iter().filter_map(|one| field(one.as_object()?, inner)).flatten().collect();
            (!texts.is_empty()).then_some(texts)
        }
        _ => None,
    }
}
