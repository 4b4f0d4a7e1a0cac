//! The stages that process one row after the other.

use super::names::is_plain;
use super::table::{Row, Table, compare};
use super::times::iso_time;
use super::value::{Value, number};
use super::{expression, stats, terms, tokens};
use crate::Result;

pub(super) fn rename(args: &[String], mut table: Table) -> Option<Table> {
    if args.is_empty() {
        return None;
    }
    for pair in args.chunks(3) {
        let [from, keyword, to] = pair else { return None };
        if !keyword.eq_ignore_ascii_case("as") {
            return None;
        }
        if let (Some(from), Some(to)) = (from.strip_suffix('*'), to.strip_suffix('*')) {
            let renamed = |name: &String| name.strip_prefix(from).map(|rest| format!("{to}{rest}"));
            if table.columns.iter().filter_map(renamed).any(|name| table.columns.contains(&name)) {
                return None;
            }
            let new = |name: String| renamed(&name).unwrap_or(name);
            table.columns = table.columns.into_iter().map(new).collect();
            table.rows = table.rows.into_iter().map(|row| row.into_iter().map(|(name, values)| (new(name), values)).collect()).collect();
            continue;
        }
        if !is_plain(from) || !is_plain(to) || from == to {
            return None;
        }
        table.columns.retain(|name| name != to);
        table.columns.iter_mut().filter(|name| *name == from).for_each(|name| name.clone_from(to));
        for row in &mut table.rows {
            match row.remove(from) {
                Some(values) => row.insert(to.clone(), values),
                None => row.remove(to),
            };
        }
    }
    Some(table)
}

pub(super) fn fields(args: &[String], mut table: Table) -> Option<Table> {
    if args.is_empty() || !args.iter().all(|name| is_plain(name)) {
        return None;
    }
    let kept = |name: &String| args.contains(name) || name == "_time" || name == "_raw";
    table.columns.retain(kept);
    table.rows.iter_mut().for_each(|row| row.retain(|name, _| kept(name)));
    Some(table)
}

pub(super) fn columns(args: &[String], mut table: Table) -> Option<Table> {
    if args.is_empty() || !args.iter().all(|name| is_plain(name)) {
        return None;
    }
    table.rows.iter_mut().for_each(|row| row.retain(|name, _| args.contains(name)));
    table.columns = args.to_vec();
    Some(table)
}

/// Sets fields: `name=expression, …`, each seeing those before it.
pub(super) fn eval(text: &str, mut table: Table, now: i64) -> Result<Table> {
    for part in tokens::parts(text) {
        let (name, value) = part.split_once('=').ok_or_else(|| format!("`eval {part}` has no ="))?;
        let name = name.trim();
        if !is_plain(name) {
            return Err(format!("`eval {part}` is not supported"));
        }
        if !table.columns.iter().any(|column| column == name) {
            table.columns.push(name.into());
        }
        for row in &mut table.rows {
            let value = expression::evaluate(value, row, now)?;
            let values = value.into_field().ok_or_else(|| format!("`eval {part}` sets a field to a truth value"))?;
            row.insert(name.into(), values);
        }
    }
    Ok(table)
}

/// `fillnull value=text field …`: fields that have no value get it, those that do not exist as well.
pub(super) fn fill_null(args: &[String], mut table: Table) -> Option<Table> {
    let (value, names) = args.split_first()?;
    let value = value.strip_prefix("value=")?;
    if names.is_empty() || !names.iter().all(|name| is_plain(name)) {
        return None;
    }
    for row in &mut table.rows {
        for name in names {
            let values = row.entry(name.clone()).or_default();
            if values.is_empty() {
                values.push(value.to_owned());
            }
        }
    }
    let new: Vec<String> = names.iter().filter(|name| !table.columns.contains(name)).cloned().collect();
    table.columns.extend(new);
    Some(table)
}

/// Keeps the rows for which the expression is true.
pub(super) fn filter(text: &str, mut table: Table, now: i64) -> Result<Table> {
    let mut kept = Vec::new();
    for row in table.rows {
        if expression::evaluate(text, &row, now)? == Value::Truth(true) {
            kept.push(row);
        }
    }
    table.rows = kept;
    Ok(table)
}

/// `search *` keeps all, `search term …` the rows for which all terms hold.
pub(super) fn search(args: &[String], mut table: Table) -> Result<Table> {
    if args == ["*"] {
        return Ok(table);
    }
    terms::hold(args, &Row::new())?; // a term of another form is refused where there is no row, too
    let mut kept = Vec::new();
    for row in table.rows {
        if terms::hold(args, &row)? {
            kept.push(row);
        }
    }
    table.rows = kept;
    Ok(table)
}

/// `sort 100 - field, other`: the first so many rows (all for 0), numbers as numbers, rows without a value last; equal ones
/// keep their order.
pub(super) fn sort(args: &[String], mut table: Table) -> Option<Table> {
    let (count, keys) = args.split_first()?;
    let (count, mut keys, mut order) = (count.parse().ok()?, keys.iter(), Vec::new());
    while let Some(word) = keys.next() {
        let (down, field) = if word == "-" { (true, keys.next()?) } else { (false, word) };
        order.push((down, is_plain(field).then_some(field)?));
    }
    if order.is_empty() {
        return None;
    }
    table.rows.sort_by(|a, b| {
        let by_one = |(down, field): &(bool, &String)| {
            let value = |row: &Row| row.get(*field).and_then(|values| values.first().cloned());
            match (value(a), value(b)) {
                (Some(a), Some(b)) if *down => compare(&b, &a),
                (Some(a), Some(b)) => compare(&a, &b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            }
        };
        order.iter().map(by_one).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    });
    table.rows.truncate(if count == 0 { usize::MAX } else { count });
    Some(table)
}

/// `timechart span=1h function(field) as name`: `stats` by the hour of `_time`. Hours without a row are not filled in.
pub(super) fn timechart(args: &[String], mut table: Table) -> Option<Table> {
    let (span, functions) = args.split_first()?;
    if span != "span=1h" || functions.iter().any(|word| word.eq_ignore_ascii_case("by")) {
        return None;
    }
    for row in &mut table.rows {
        let time = number(row.get("_time")?.first()?)?;
        row.insert("_time".into(), vec![((time / 3600.0).floor() * 3600.0).to_string()]);
    }
    stats::stats(&[functions, &["by".into(), "_time".into()]].concat(), table)
}

/// `addinfo`: the range of the search, here always the day before now.
pub(super) fn add_info(args: &[String], mut table: Table, now: i64) -> Option<Table> {
    for (name, time) in [("info_min_time", now - 86_400), ("info_max_time", now)] {
        table.columns.push(name.into());
        table.rows.iter_mut().for_each(|row| drop(row.insert(name.into(), vec![time.to_string()])));
    }
    args.is_empty().then_some(table)
}

/// `makeresults count=5` at the start: so many rows with the time. `makeresults format=csv data="a,b\n1,2"`: the rows of the text.
pub(super) fn make_results(args: &[String], text: &str, table: Table, now: i64) -> Option<Table> {
    if !table.rows.is_empty() {
        return None;
    }
    if let Some(text) = text.strip_prefix("format=csv data=\"") {
        return made_of_csv(text.strip_suffix('"')?);
    }
    let count = match args {
        [] => 1,
        [count] => count.strip_prefix("count=")?.parse().ok()?,
        _ => return None,
    };
    let row = Row::from([("_time".to_owned(), vec![now.to_string()])]);
    Some(Table { columns: vec!["_time".into()], rows: vec![row; count] })
}

/// Cells without quotes; the page has a space behind each comma.
fn made_of_csv(text: &str) -> Option<Table> {
    let cells = |line: &str| line.split(',').map(|cell| cell.trim().to_owned()).collect::<Vec<String>>();
    let mut lines = text.lines();
    let columns = cells(lines.next()?);
    let row = |line: &str| -> Option<Row> {
        let cells = cells(line);
        let several = |cell: String| if cell.is_empty() { Vec::new() } else { vec![cell] };
        (cells.len() == columns.len()).then(|| columns.iter().cloned().zip(cells.into_iter().map(several)).collect())
    };
    let rows = lines.map(row).collect::<Option<Vec<Row>>>()?;
    (!text.contains(['"', '\\'])).then_some(Table { columns, rows })
}

/// `head 20`.
pub(super) fn head(args: &[String], mut table: Table) -> Option<Table> {
    let [count] = args else { return None };
    table.rows.truncate(count.parse().ok()?);
    Some(table)
}

pub(super) fn convert(args: &[String], mut table: Table) -> Option<Table> {
    let [format, call] = args else { return None };
    let field = call.strip_prefix("ctime(")?.strip_suffix(')')?;
    if format != "timeformat=%Y-%m-%dT%H:%M:%S" || !is_plain(field) {
        return None;
    }
    for values in table.rows.iter_mut().filter_map(|row| row.get_mut(field)) {
        for value in values {
            if let Some(time) = number(value).map(|seconds| iso_time(seconds.floor() as i64)) {
                *value = time;
            }
        }
    }
    Some(table)
}
