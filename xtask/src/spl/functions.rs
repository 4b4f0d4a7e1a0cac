//! The functions of `eval` that shipped searches use.

use std::net::Ipv4Addr;

use super::expression::Value::{self, Null, Number, Text, Truth};
use crate::Result;

/// Calls a function by its name.
pub(super) fn call(name: &str, args: Vec<Value>, now: i64) -> Result<Value> {
    let refused = || format!("this interpreter does not know {name} with {} arguments", args.len());
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
        // The last index is part of what is given.
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
            whole(time).map_or(Null, |time| Text(super::iso_time(time)[..10].to_owned()))
        }
        // So many days before, at midnight.
        ("relative_time", [time, Text(modifier)]) => {
            let days = modifier.strip_prefix('-').and_then(|rest| rest.strip_suffix("d@d")).and_then(|days| days.parse::<i64>().ok());
            let days = days.ok_or_else(refused)?;
            whole(time).map_or(Null, |time| Number((time.div_euclid(86_400) - days) as f64 * 86_400.0))
        }
        ("sha256", [value]) => value.text().map_or(Null, |text| Text(crate::sha256(text.as_bytes()))),
        ("cidrmatch", [Text(block), value]) => value.text().map_or(Null, |address| Truth(in_block(block, &address).unwrap_or(false))),
        _ => return Err(refused()),
    })
}

fn regex(pattern: &str) -> Result<regex::Regex> {
    regex::Regex::new(pattern).map_err(|e| format!("{pattern}: {e}"))
}

/// Whether an IPv4 address lies in a block such as `10.0.0.0/8`; nothing where one is none.
pub fn in_block(block: &str, address: &str) -> Option<bool> {
    let (network, bits) = block.split_once('/')?;
    let (network, address): (Ipv4Addr, Ipv4Addr) = (network.parse().ok()?, address.parse().ok()?);
    let shift = 32 - bits.parse::<u32>().ok().filter(|bits| *bits <= 32)?;
    let high = |address: Ipv4Addr| u64::from(u32::from(address)) >> shift;
    Some(high(network) == high(address))
}

#[cfg(test)]
mod tests {
    use super::Value::{self, List, Number, Text, Truth};
    use crate::spl::expression::evaluate;

    fn of(text: &str) -> Value {
        let row = [("n", vec!["0.50"]), ("s", vec!["Ab"]), ("m", vec!["a", "b", "c"])];
        let row = row.map(|(name, values)| (name.to_owned(), values.into_iter().map(str::to_owned).collect())).into();
        evaluate(text, &row, 1_700_000_000).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn functions() {
        assert_eq!(of("coalesce(e, s)"), Text("Ab".into()));
        assert_eq!(of("case(n > 1, \"a\", true(), \"b\")"), Text("b".into()));
        assert_eq!(of("substr(\"äbcd\", 2, 2)"), Text("bc".into()));
        assert_eq!(of("floor(tonumber(\"7.9\"))"), Number(7.0));
        assert_eq!(of("mvindex(m, 0)"), Text("a".into()));
        assert_eq!(of("mvindex(m, 0, 1)"), List(vec!["a".into(), "b".into()]));
        assert_eq!(of("mvcount(m)"), Number(3.0));
        assert_eq!(of("mvappend(s, e, \"x\")"), List(vec!["Ab".into(), "x".into()]));
        assert_eq!(of("mvjoin(m, \"|\")"), Text("a|b|c".into()));
        assert_eq!(of("round(2 / 3, 2)"), Number(0.67));
        assert_eq!(of("in(s, \"x\", \"Ab\")"), Truth(true));
        assert_eq!(of("cidrmatch(\"10.0.0.0/8\", \"10.1.2.3\")"), Truth(true));
        assert_eq!(of("cidrmatch(\"0.0.0.0/0\", \"no address\")"), Truth(false));
        assert_eq!(of("mvfilter(m != \"b\" AND NOT match(m, \"^[x-z]\"))"), List(vec!["a".into(), "c".into()]));
        assert_eq!(of("split(\"a b\", \" \")"), List(vec!["a".into(), "b".into()]));
        assert_eq!(of("replace(\"1.2.3\", \"^(\\d)[.](\\d).*\", \"\\2-\\1\")"), Text("2-1".into()));
        assert_eq!(of("strftime(relative_time(now(), \"-14d@d\"), \"%Y-%m-%d\")"), Text("2023-10-31".into()));
        assert_eq!(of("now()"), Number(1_700_000_000.0));
        assert_eq!(of("sha256(\"abc\")"), Text("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".into()));
        assert_eq!(of("\"a \\\"quote\\\", | and \\\\\""), Text("a \"quote\", | and \\".into()));
    }
}
