//! The functions of `eval` that shipped searches use.

use super::names::in_block;
use super::pages;
use super::times::iso_time;
use super::value::Value::{self, List, Null, Number, Text, Truth};
use crate::Result;

/// Functions of which it is known what they do with several values.
const TAKE_SEVERAL_VALUES: [&str; 10] =
    ["if", "case", "coalesce", "isnull", "isnotnull", "lower", "mvindex", "mvcount", "mvappend", "mvjoin"];

/// Calls a function by its name.
pub(super) fn call(name: &str, args: Vec<Value>, now: i64) -> Result<Value> {
    let refused = || format!("{name} with {} arguments is not supported", args.len());
    if !pages::has(pages::FUNCTIONS, name) {
        return Err(refused());
    }
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
        ("lower", [List(values)]) => List(values.iter().map(|value| value.to_lowercase()).collect()),
        ("lower", [value]) => value.text().map_or(Null, |text| Text(text.to_lowercase())),
        ("tonumber", [value]) => value.number().map_or(Null, Number),
        ("tonumber", [Text(text), base]) => match whole(base).and_then(|base| u32::try_from(base).ok()) {
            Some(base) if (2..=36).contains(&base) => i64::from_str_radix(text, base).map_or(Null, |number| Number(number as f64)),
            _ => return Err(refused()),
        },
        ("floor", [value]) => value.number().map_or(Null, |number| Number(number.floor())),
        ("len", [value]) => value.text().map_or(Null, |text| Number(text.chars().count() as f64)),
        ("round", [value]) => value.number().map_or(Null, |number| Number(rounded(number, 0))),
        ("round", [value, digits]) => {
            value.number().zip(whole(digits)).map_or(Null, |(number, digits)| Number(rounded(number, digits as i32)))
        }
        ("in", [value, list @ ..]) => value.text().map_or(Null, |text| Truth(list.iter().any(|one| one.text().as_ref() == Some(&text)))),
        ("substr", [value, start]) => substr(value, whole(start), Some(i64::MAX)),
        ("substr", [value, start, length]) => substr(value, whole(start), whole(length)),
        ("urldecode", [value]) => {
            value.text().map_or(Null, |text| Text(percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()))
        }
        ("mvindex", [value, at]) => some_of(value, whole(at), whole(at)),
        ("mvindex", [value, first, last]) => some_of(value, whole(first), whole(last)),
        ("mvcount", [value]) => Some(value.clone().list().len()).filter(|count| *count > 0).map_or(Null, |count| Number(count as f64)),
        ("mvappend", _) => Value::of(Some(&args.iter().flat_map(|value| value.clone().list()).collect())),
        ("mvjoin", [value, Text(gap)]) => {
            if *value == Null {
                Null
            } else {
                Text(value.clone().list().join(gap))
            }
        }
        // Between each two characters.
        ("split", [value, Text(gap)]) if gap.is_empty() => {
            value.text().map_or(Null, |text| Value::of(Some(&text.chars().map(String::from).collect())))
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

/// Rounded as decimals are: 2.555 to 2.56, although its double is a little less.
fn rounded(number: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (number * scale + number.signum() * 1e-9).round() / scale
}

/// Characters from a place on, which counts from 1, or from the end if it is negative.
fn substr(value: &Value, start: Option<i64>, length: Option<i64>) -> Value {
    let (Some(text), Some(start), Some(length)) = (value.text(), start, length) else { return Null };
    let skipped = match start {
        ..0 => (text.chars().count() as i64 + start).max(0),
        0 => return Null,
        1.. => start - 1,
    };
    Text(text.chars().skip(skipped as usize).take(length.max(0) as usize).collect())
}

/// The values between two places, both included. Negative ones count from the end.
fn some_of(value: &Value, first: Option<i64>, last: Option<i64>) -> Value {
    let values = value.clone().list();
    let place = |at: i64| usize::try_from(if at < 0 { at + values.len() as i64 } else { at }).ok();
    let (Some(first), Some(last)) = (first.and_then(place), last.and_then(place)) else { return Null };
    values.get(first..=last).map_or(Null, |some| Value::of(Some(&some.to_vec())))
}

fn regex(pattern: &str) -> Result<regex::Regex> {
    regex::Regex::new(pattern).map_err(|e| format!("{pattern}: {e}"))
}
