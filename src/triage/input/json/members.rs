//! Access to the members of a JSON object by name.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::triage::input::field_names::Name;

/// The members of an object.
pub(super) type Members = Map<String, Value>;

/// The members of the object that a text holds. A name that comes again, as in tshark's JSON, gets a list of its values: a parser
/// that keeps the last one hides the others.
pub(super) fn parse(text: &str) -> serde_json::Result<Members> {
    serde_json::from_str::<Object>(text).map(|object| object.0)
}

struct Object(Members);
struct AnyValue(Value);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;
        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = Object;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
                all_members(members).map(Object)
            }
        }
        deserializer.deserialize_map(ObjectVisitor)
    }
}

impl<'de> Deserialize<'de> for AnyValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;
        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = Value;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("any value")
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
                Ok(truth.into())
            }

            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(number.into())
            }

            fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
                Ok(number.into())
            }

            fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
                Ok(number.into())
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(text.into())
            }

            fn visit_string<E>(self, text: String) -> Result<Value, E> {
                Ok(text.into())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
                let mut values = Vec::new();
                while let Some(AnyValue(value)) = list.next_element()? {
                    values.push(value);
                }
                Ok(values.into())
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Value, A::Error> {
                all_members(members).map(Value::Object)
            }
        }
        deserializer.deserialize_any(ValueVisitor).map(AnyValue)
    }
}

fn all_members<'de, A: MapAccess<'de>>(mut map: A) -> Result<Members, A::Error> {
    let mut members = Members::new();
    while let Some((name, AnyValue(value))) = map.next_entry::<String, _>()? {
        match members.entry(name) {
            Entry::Vacant(empty) => {
                empty.insert(value);
            }
            Entry::Occupied(mut earlier) => match (earlier.get_mut(), value) {
                (Value::Array(list), Value::Array(more)) => list.extend(more),
                (Value::Array(list), value) => list.push(value),
                (earlier, value) => *earlier = vec![earlier.take(), value].into(),
            },
        }
    }
    Ok(members)
}

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
pub(super) fn first(members: &Members, names: &'static [Name]) -> String {
    let one = |name: &str, value: &Value| match value {
        // Of the addresses of a packet in a tunnel, those of the innermost.
        Value::Array(list) if name.starts_with("layers.") => list.last().and_then(scalar),
        Value::Array(list) => list.first().and_then(scalar),
        value => scalar(value),
    };
    known(members, names).find_map(|(name, value)| one(name, value)).unwrap_or_default()
}

/// The member of a name; see [`first`].
pub(super) fn member<'m>(members: &'m Members, name: &str) -> Option<&'m Value> {
    members.get(name).or_else(|| {
        let (outer, inner) = name.split_once('.')?;
        match members.get(outer)? {
            // A packet in a tunnel has a layer twice.
            Value::Array(list) if outer.starts_with("ip") => list.last().and_then(Value::as_object),
            value => value.as_object(),
        }
        .and_then(|members| member(members, inner))
    })
}

/// The members that have one of the names, in the order of the names. Most objects have few of them, and begin with other letters:
/// looking for each name took longer than reading the object.
pub(super) fn known<'m>(members: &'m Members, names: &'static [Name]) -> impl Iterator<Item = (&'static str, &'m Value)> {
    let place = |name: &str| name.bytes().next().map_or(0, |first| 1u128 << (first & 0x7f));
    let begins = members.keys().fold(0, |all, name| all | place(name));
    let may_be = move |(name, _): &&Name| begins & place(name) != 0;
    names.iter().filter(may_be).filter_map(|(name, _)| Some((*name, member(members, name)?)))
}

/// Whether an object has a member of one of the names that holds anything.
pub(super) fn has(members: &Members, names: &'static [Name]) -> bool {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    };
    known(members, names).any(|(_, value)| !is_empty(value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_a_name_that_comes_again_are_a_list() {
        let of = |text: &str| Value::Object(parse(text).unwrap());
        assert_eq!(of(r#"{"a":1,"b":{"c":"x","c":"y"},"a":"2","a":null}"#), json!({"a": [1, "2", null], "b": {"c": ["x", "y"]}}));
        assert_eq!(of(r#"{"a":[1],"a":[2],"a":3}"#), json!({"a": [1, 2, 3]}));
        assert_eq!(of(r#"{"a":-1,"b":1.5,"c":"\u0041","d":true}"#), json!({"a": -1, "b": 1.5, "c": "A", "d": true}));
        assert!(parse("[1]").is_err() && parse("{").is_err() && parse("{} x").is_err());
    }

    proptest::proptest! {
        /// As the crate reads it, where no name comes again.
        #[test]
        fn any_object_is_read_as_the_crate_reads_it(text in ".{0,40}", number: i64, real: f64) {
            let text = json!({"a": {"b": [text, number, {"c": real}], "c": null}, "d": text}).to_string();
            proptest::prop_assert_eq!(parse(&text).unwrap(), serde_json::from_str::<Members>(&text).unwrap());
        }
    }
}
