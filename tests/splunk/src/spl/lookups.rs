//! `lookup`, `inputlookup` and `outputlookup` over rows in memory.

use super::names::is_plain;
use super::table::{Lookups, Row, Table};

/// Pairs of (field of the lookup, field of the search): `a AS b, c`.
fn pairs(words: &[String]) -> Option<Vec<(&String, &String)>> {
    let (mut pairs, mut words) = (Vec::new(), words.iter().peekable());
    while let Some(name) = words.next() {
        let renamed = words.next_if(|word| word.eq_ignore_ascii_case("as")).is_some();
        pairs.push((name, if renamed { words.next()? } else { name }));
    }
    (!pairs.is_empty() && pairs.iter().all(|(a, b)| is_plain(a) && is_plain(b))).then_some(pairs)
}

/// `lookup name key AS field, … OUTPUT column AS field, …`: the first row whose keys are equal, case included.
pub(super) fn lookup(args: &[String], mut table: Table, lookups: &Lookups) -> Option<Table> {
    let (name, rest) = args.split_first()?;
    let output = rest.iter().position(|word| word == "OUTPUT")?;
    let (keys, wanted, known) = (pairs(&rest[..output])?, pairs(&rest[output + 1..])?, lookups.get(name)?);
    if keys.iter().chain(&wanted).any(|(column, _)| !known.columns.contains(column)) {
        return None;
    }
    for row in &mut table.rows {
        let one = |row: &Row, field: &str| row.get(field).filter(|values| values.len() == 1).map(|values| values[0].clone());
        let found =
            known.rows.iter().find(|line| keys.iter().all(|(key, field)| one(line, key).is_some_and(|key| Some(key) == one(row, field))));
        for (column, field) in &wanted {
            row.insert((*field).clone(), found.and_then(|line| line.get(*column)).cloned().unwrap_or_default());
        }
    }
    for (_, field) in wanted {
        if !table.columns.contains(field) {
            table.columns.push(field.clone());
        }
    }
    Some(table)
}

/// `inputlookup append=true name` after other stages, `inputlookup name` at the start.
pub(super) fn input(args: &[String], mut table: Table, lookups: &Lookups) -> Option<Table> {
    let name = match args {
        [append, name] if append == "append=true" => name,
        [name] if table.rows.is_empty() => name,
        _ => return None,
    };
    let known = lookups.get(name)?;
    let new: Vec<String> = known.columns.iter().filter(|column| !table.columns.contains(column)).cloned().collect();
    table.columns.extend(new);
    table.rows.extend(known.rows.iter().cloned());
    Some(table)
}

/// `outputlookup name`: the rows replace those of the lookup, which must have their fields.
pub(super) fn output(args: &[String], table: Table, lookups: &mut Lookups) -> Option<Table> {
    let [name] = args else { return None };
    let known = lookups.get_mut(name)?;
    if table.columns.iter().any(|column| !known.columns.contains(column)) {
        return None;
    }
    known.rows.clone_from(&table.rows);
    Some(table)
}
