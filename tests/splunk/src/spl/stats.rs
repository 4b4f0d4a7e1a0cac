//! `stats`: one row per group.

use std::collections::{BTreeMap, BTreeSet};

use super::names::is_plain;
use super::table::{Row, Table, compare};
use super::value::number;

/// `stats count sum(a) as b … BY c d`. Rows that lack a field after BY are dropped, a list there counts once per
/// value, and groups come in the order of their keys, as in Splunk.
pub(super) fn stats(args: &[String], table: Table) -> Option<Table> {
    let by = args.iter().position(|word| word.eq_ignore_ascii_case("by"));
    let keys = by.map_or(&[][..], |by| &args[by + 1..]);
    let mut functions = Vec::new();
    let mut words = args[..by.unwrap_or(args.len())].iter().peekable();
    while let Some(function) = words.next() {
        let renamed = words.next_if(|word| word.eq_ignore_ascii_case("as")).is_some();
        let name = if renamed { words.next()? } else { function };
        let (what, field) = function.strip_suffix(')').and_then(|f| f.split_once('(')).unwrap_or((function, ""));
        let known = matches!(
            (what, field.is_empty()),
            ("count", true) | ("sum" | "dc" | "estdc" | "min" | "max" | "avg" | "first" | "list" | "values", false)
        );
        if !known || !(field.is_empty() || is_plain(field)) {
            return None;
        }
        functions.push((what, field, name.clone()));
    }
    if functions.is_empty() || !keys.iter().all(|key| is_plain(key)) || (by.is_some() && keys.is_empty()) {
        return None;
    }
    let mut groups: BTreeMap<Vec<String>, Vec<Row>> = BTreeMap::new();
    if keys.is_empty() && functions.iter().any(|(what, ..)| *what == "count") {
        groups.insert(Vec::new(), Vec::new()); // a count of nothing is 0
    }
    for row in table.rows {
        let mut group = vec![Vec::new()];
        for key in keys {
            let values = row.get(key).map_or(&[][..], Vec::as_slice);
            group = group.iter().flat_map(|start| values.iter().map(|value| [&start[..], std::slice::from_ref(value)].concat())).collect();
        }
        for key in group {
            groups.entry(key).or_default().push(row.clone());
        }
    }
    let rows = groups.into_iter().map(|(group, rows)| {
        let mut out: Row = keys.iter().cloned().zip(group.into_iter().map(|value| vec![value])).collect();
        for (what, field, name) in &functions {
            out.insert(name.clone(), aggregate(what, field, &rows));
        }
        out
    });
    Some(Table { rows: rows.collect(), columns: keys.iter().cloned().chain(functions.iter().map(|(.., name)| name.clone())).collect() })
}

/// `eventstats dc(a) as b by c`: every row as it is, with what `stats` gives for its group.
pub(super) fn eventstats(args: &[String], mut table: Table) -> Option<Table> {
    let by = args.iter().position(|word| word.eq_ignore_ascii_case("by")).unwrap_or(args.len());
    let keys = args.get(by + 1..).unwrap_or_default();
    let key = |row: &Row| keys.iter().map(|key| row.get(key).filter(|values| values.len() == 1).cloned()).collect::<Option<Vec<_>>>();
    let groups = stats(args, table.clone())?;
    let new: Vec<String> = groups.columns[keys.len()..].to_vec();
    let groups: BTreeMap<_, _> = groups.rows.iter().filter_map(|row| Some((key(row)?, row))).collect();
    for row in &mut table.rows {
        if let Some(group) = key(row).and_then(|key| groups.get(&key)) {
            row.extend(new.iter().map(|name| (name.clone(), group[name].clone())));
        }
    }
    table.columns.extend(new.into_iter().filter(|name| !table.columns.contains(name)).collect::<Vec<_>>());
    Some(table)
}

/// `streamstats count as place by a b`: the number of each row among those before it with the same values.
pub(super) fn streamstats(args: &[String], mut table: Table) -> Option<Table> {
    let by = args.iter().position(|word| word.eq_ignore_ascii_case("by")).unwrap_or(args.len());
    let keys = args.get(by + 1..).unwrap_or_default();
    let name = match &args[..by] {
        [count] if count == "count" => "count".to_owned(),
        [count, keyword, name] if count == "count" && keyword.eq_ignore_ascii_case("as") && is_plain(name) => name.clone(),
        _ => return None,
    };
    let mut places: BTreeMap<Vec<Vec<String>>, u64> = BTreeMap::new();
    for row in &mut table.rows {
        let key = keys.iter().map(|key| row.get(key).cloned().unwrap_or_default()).collect();
        let place = places.entry(key).or_default();
        *place += 1;
        row.insert(name.clone(), vec![place.to_string()]);
    }
    if !table.columns.contains(&name) {
        table.columns.push(name);
    }
    Some(table)
}

fn aggregate(what: &str, field: &str, rows: &[Row]) -> Vec<String> {
    let values = || rows.iter().filter_map(|row| row.get(field)).flatten();
    let numbers: Vec<f64> = values().filter_map(|value| number(value)).collect();
    let some = |result: f64| if numbers.is_empty() { Vec::new() } else { vec![result.to_string()] };
    match what {
        "count" => vec![rows.len().to_string()],
        "sum" => some(numbers.iter().sum()),
        "avg" => some(numbers.iter().sum::<f64>() / numbers.len() as f64),
        // An estimate there, the same for few values.
        "dc" | "estdc" => vec![values().collect::<BTreeSet<_>>().len().to_string()],
        "min" => values().min_by(|a, b| compare(a, b)).cloned().into_iter().collect(),
        "max" => values().max_by(|a, b| compare(a, b)).cloned().into_iter().collect(),
        "first" => values().next().cloned().into_iter().collect(),
        // In the order of the rows, a hundred at most.
        "list" => values().take(100).cloned().collect(),
        _ => values().collect::<BTreeSet<_>>().into_iter().cloned().collect(),
    }
}
