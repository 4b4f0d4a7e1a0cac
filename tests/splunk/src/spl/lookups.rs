//! `lookup`, `inputlookup` and `outputlookup` over collections of the KV store in memory.

use std::collections::{BTreeMap, BTreeSet};

use super::names::is_plain;
use super::table::{Row, Table};
use super::value::number;
use crate::Result;

/// Lookups by the name of their stanza in transforms.conf.
pub type Lookups = BTreeMap<String, Lookup>;

/// A lookup and its collection.
#[derive(Clone, Debug, Default)]
pub struct Lookup {
    /// The fields of `fields_list`, without `_key`: known when there is no row.
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
    /// The fields that collections.conf types as numbers.
    pub numbers: BTreeSet<String>,
    /// Whether a field of another type fails the whole insert, or is only dropped: `enforceTypes`.
    pub enforces_types: bool,
    /// Whether the KV store does not answer.
    pub is_down: bool,
}

/// Rows that the KV store returns for one query: limits.conf, `[kvstore] max_rows_per_query`.
const MAX_ROWS: usize = 50_000;

impl Lookup {
    fn read(&self, name: &str) -> Result<&[Row]> {
        match &self.rows {
            _ if self.is_down => Err(format!("{name} could not be read")),
            rows if rows.len() > MAX_ROWS => Err(format!("{name} has more than {MAX_ROWS} rows, of which Splunk reads only so many")),
            rows => Ok(rows),
        }
    }
}

/// Pairs of (field of the lookup, field of the search): `a AS b, c`.
fn pairs(words: &[String]) -> Option<Vec<(&String, &String)>> {
    let (mut pairs, mut words) = (Vec::new(), words.iter().peekable());
    while let Some(name) = words.next() {
        let renamed = words.next_if(|word| word.eq_ignore_ascii_case("as")).is_some();
        pairs.push((name, if renamed { words.next()? } else { name }));
    }
    (!pairs.is_empty() && pairs.iter().all(|(a, b)| is_plain(a) && is_plain(b))).then_some(pairs)
}

/// `lookup name key AS field, … OUTPUT column AS field, …`: the first row whose keys are equal, case included. If the KV store
/// does not answer, the search fails.
pub(super) fn lookup(args: &[String], mut table: Table, lookups: &Lookups) -> Result<Option<Table>> {
    let parsed = || {
        let (name, rest) = args.split_first()?;
        let output = rest.iter().position(|word| word == "OUTPUT")?;
        let (keys, wanted, known) = (pairs(&rest[..output])?, pairs(&rest[output + 1..])?, lookups.get(name)?);
        let exist = keys.iter().chain(&wanted).all(|(column, _)| known.columns.contains(column));
        exist.then_some((name, keys, wanted, known))
    };
    let Some((name, keys, wanted, known)) = parsed() else { return Ok(None) };
    let lines = known.read(name)?;
    for row in &mut table.rows {
        let one = |row: &Row, field: &str| row.get(field).filter(|values| values.len() == 1).map(|values| values[0].clone());
        let found =
            lines.iter().find(|line| keys.iter().all(|(key, field)| one(line, key).is_some_and(|key| Some(key) == one(row, field))));
        for (column, field) in &wanted {
            row.insert((*field).clone(), found.and_then(|line| line.get(*column)).cloned().unwrap_or_default());
        }
    }
    for (_, field) in wanted {
        if !table.columns.contains(field) {
            table.columns.push(field.clone());
        }
    }
    Ok(Some(table))
}

/// `inputlookup append=true strict=true name` after other stages, `inputlookup name` at the start. Without `strict=true` a
/// collection that cannot be read is only a warning, and the search goes on without its rows.
pub(super) fn input(args: &[String], mut table: Table, lookups: &Lookups) -> Result<Option<Table>> {
    let Some((name, options)) = args.split_last() else { return Ok(None) };
    let set = |option: &str| options.iter().any(|word| word == option);
    let known_options = options.iter().all(|word| ["append=true", "strict=true"].contains(&word.as_str()));
    let Some(known) = lookups.get(name).filter(|_| known_options && (set("append=true") || table.rows.is_empty())) else {
        return Ok(None);
    };
    let new: Vec<String> = known.columns.iter().filter(|column| !table.columns.contains(column)).cloned().collect();
    table.columns.extend(new);
    match known.read(name) {
        Ok(rows) => table.rows.extend(rows.iter().cloned()),
        Err(_) if known.is_down && !set("strict=true") => {}
        Err(error) => return Err(error),
    }
    Ok(Some(table))
}

/// `outputlookup name`: the rows replace those of the lookup, which must have their fields; with `append=true` they are added. A text in a field of numbers fails the
/// whole insert, or "drop\[s\] only the invalid field" (collections.conf.spec, `enforceTypes`).
pub(super) fn output(args: &[String], table: Table, lookups: &mut Lookups) -> Result<Option<Table>> {
    let (name, appends) = match args {
        [name] => (name, false),
        [append, name] if append == "append=true" => (name, true),
        _ => return Ok(None),
    };
    let Some(known) = lookups.get_mut(name).filter(|known| table.columns.iter().all(|column| known.columns.contains(column))) else {
        return Ok(None);
    };
    if known.is_down {
        return Err(format!("{name} could not be written"));
    }
    let mut rows = table.rows.clone();
    for (field, values) in rows.iter_mut().flatten() {
        if let Some(text) = values.iter().find(|value| known.numbers.contains(field) && number(value).is_none()) {
            if known.enforces_types {
                return Err(format!("{name} has numbers in {field}, not `{text}`"));
            }
            values.clear();
        }
    }
    if !appends {
        known.rows.clear();
    }
    known.rows.extend(rows);
    Ok(Some(table))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &str) -> Vec<String> {
        words.split(' ').map(str::to_owned).collect()
    }

    fn row(key: &str, seen: &str) -> Row {
        [("key", key), ("seen", seen)].map(|(name, value)| (name.to_owned(), vec![value.to_owned()])).into()
    }

    fn one(lookup: Lookup) -> Lookups {
        [("l".to_owned(), Lookup { columns: words("key seen"), numbers: ["seen".to_owned()].into(), ..lookup })].into()
    }

    /// The baseline forgot all but one day: a failed read is a warning unless it is strict.
    #[test]
    fn a_failed_read_fails_the_search_only_if_it_is_strict() {
        let down = one(Lookup { rows: vec![row("a", "1")], is_down: true, ..Lookup::default() });
        assert_eq!(input(&words("append=true l"), Table::default(), &down).unwrap().unwrap().rows, [] as [Row; 0]);
        assert!(input(&words("append=true strict=true l"), Table::default(), &down).unwrap_err().contains("could not be read"));
        assert!(lookup(&words("l key OUTPUT seen"), Table::default(), &down).unwrap_err().contains("could not be read"));
        assert!(output(&words("l"), Table::default(), &mut down.clone()).unwrap_err().contains("could not be written"));
    }

    #[test]
    fn types_and_sizes_of_a_collection_are_kept() {
        let table = |rows| Table { columns: words("key seen"), rows };
        let mut lookups = one(Lookup { enforces_types: true, ..Lookup::default() });
        assert!(output(&words("l"), table(vec![row("a", "often")]), &mut lookups).unwrap_err().contains("numbers in seen, not `often`"));
        lookups.get_mut("l").unwrap().enforces_types = false;
        output(&words("l"), table(vec![row("a", "often")]), &mut lookups).unwrap().unwrap();
        assert_eq!(lookups["l"].rows[0]["seen"], [] as [String; 0]);
        output(&words("l"), table(vec![row("a", "5"); MAX_ROWS + 1]), &mut lookups).unwrap().unwrap();
        assert!(input(&words("l"), Table::default(), &lookups).unwrap_err().contains("more than 50000 rows"));
    }
}
