//! The functions of `eval` that shipped searches use.

use super::names::in_block;
use super::times::iso_time;
use super::value::Value::{self, List, Null, Number, Text, Truth};
use crate::Result;

/// Functions of which it is known what they do with several values.
const TAKE_SEVERAL_VALUES: [&str; 9] = ["if", "case", "coalesce", "isnull", "isnotnull", "mvindex", "mvcount", "mvappend", "mvjoin"];

/// Calls a function by its name.
pub(super) fn call(name: &str, args: Vec<Value>, now: i64) -> Result<Value> {
    let refused = || format!("{name} with {} arguments is not supported", args.len());
    if !TAKE_SEVERAL_VALUES.contains(&name) && args.iter().any(|arg| matches!(arg, List(_))) {
        return Err(format!("{name} of a field with several values is not supported"));
    }
    let whole = |value: &Value| value.number().map(|number| number as i64);
    Ok(match (name, args.as_slice()) {
        ("if", [condition, yes, no]) => if *condition == Truth(true) { yes } else { no }.clone(),
        ("case", _) if args.len().is_multiple_of(2) => {
            args.chunks(2).find(|pair| pair[0] == Truth(true)).map_or(Null, |pair| pair[1].clone())
        }
        ("coalesce", [_, ..]) => args.into_iter().find(|value| *value != Null).unwrap_or(Null),
        ("isnull", [value]) => Truth(*value == Null),
        ("isnotnull", [value]) => Truth(*value != Null),
        ("null", []) => Null,
        ("true", []) => Truth(true),
        ("false", []) => Truth(false),
        ("now", []) => Number(now as f64),
        ("lower", [value]) => value.text().map_or(Null, |text| Text(text.to_lowercase())),
        ("tonumber", [value]) => value.number().map_or(Null, Number),
        ("floor", [value]) => value.number().map_or(Null, |number| Number(number.floor())),
        ("len", [value]) => value.text().map_or(Null, |text| Number(text.chars().count() as f64)),
        ("round", [value, digits]) => value.number().zip(whole(digits)).map_or(Null, |(number, digits)| {
            let scale = 10f64.powi(digits as i32);
            Number((number * scale).round() / scale)
        }),
        ("in", [value, list @ ..]) => value.text().map_or(Null, |text| Truth(list.iter().any(|one| one.text().as_ref() == Some(&text)))),
        // Counts from 1, in characters.
        ("substr", [value, start, length]) => match (value.text(), whole(start), whole(length)) {
            (Some(text), Some(start), Some(length)) if start >= 1 && length >= 0 => {
                Text(text.chars().skip(start as usize - 1).take(length as usize).collect())
            }
            _ => Null,
        },
        ("mvindex", [value, first]) => {
            let values = value.clone().list();
            whole(first).and_then(|first| values.get(usize::try_from(first).ok()?).cloned()).map_or(Null, Text)
        }
        // The last index is included.
        ("mvindex", [value, first, last]) => {
            let values = value.clone().list();
            let (first, last) = whole(first).zip(whole(last)).filter(|(first, last)| 0 <= *first && first <= last).ok_or_else(refused)?;
            let some: Vec<String> = values.into_iter().skip(first as usize).take((last - first + 1) as usize).collect();
            Value::of(Some(&some))
        }
        ("mvcount", [value]) => Some(value.clone().list().len()).filter(|count| *count > 0).map_or(Null, |count| Number(count as f64)),
        ("mvappend", _) => Value::of(Some(&args.iter().flat_map(|value| value.clone().list()).collect())),
        ("mvjoin", [value, Text(gap)]) => {
            if *value == Null {
                Null
            } else {
                Text(value.clone().list().join(gap))
            }
        }
        ("split", [value, Text(gap)]) => {
            value.text().map_or(Null, |text| Value::of(Some(&text.split(gap.as_str()).map(str::to_owned).collect())))
        }
        ("match", [value, Text(pattern)]) => {
            value.text().map_or(Ok(Null), |text| Ok::<_, String>(Truth(regex(pattern)?.is_match(&text))))?
        }
        ("replace", [value, Text(pattern), Text(by)]) => {
            // A group is \1 in Splunk and ${1} in the crate.
            let by = regex(r"\\([0-9])")?.replace_all(by, "$${$1}").into_owned();
            value.text().map_or(Ok(Null), |text| Ok::<_, String>(Text(regex(pattern)?.replace_all(&text, by).into_owned())))?
        }
        ("strftime", [time, Text(format)]) if format == "%Y-%m-%d" => {
            whole(time).map_or(Null, |time| Text(iso_time(time)[..10].to_owned()))
        }
        // A number of days before, at midnight.
        ("relative_time", [time, Text(modifier)]) => {
            let days = modifier.strip_prefix('-').and_then(|rest| rest.strip_suffix("d@d")).and_then(|days| days.parse::<i64>().ok());
            let days = days.ok_or_else(refused)?;
            whole(time).map_or(Null, |time| Number((time.div_euclid(86_400) - days) as f64 * 86_400.0))
        }
        ("sha256", [value]) => value.text().map_or(Null, |text| Text(dnstxtscore::digest::sha256(text.as_bytes()))),
        ("cidrmatch", [Text(block), value]) => value.text().map_or(Null, |address| Truth(in_block(block, &address).unwrap_or(false))),
        _ => return Err(refused()),
    })
}

fn regex(pattern: &str) -> Result<regex::Regex> {
    regex::Regex::new(pattern).map_err(|e| format!("{pattern}: {e}"))
}
