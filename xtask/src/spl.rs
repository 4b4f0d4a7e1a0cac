//! A small interpreter for the searches that this app ships: macros, then stage by stage over rows in memory.
//!
//! It knows the stages and forms that shipped searches use and no others; what it does not know it refuses by name, so
//! that a search cannot pass by being misread. `tstats` is not run: its rows are given. Behaviour follows Splunk's Search
//! Reference for each command, quoted at the tests.

use std::collections::BTreeMap;

use crate::Result;
use crate::conf::Conf;

/// Field values by name; more than one value is a multivalue field, none is null.
pub type Row = BTreeMap<String, Vec<String>>;

/// Rows, and the order of columns where a stage fixed one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
}

/// Macros of other apps that the shipped searches call, with the meaning their app documents.
const EXTERNAL_MACROS: [(&str, &str, &str); 1] = [("drop_dm_object_name(1)", "object", "rename \"$object$.*\" as \"*\"")];

/// Runs a command that is not Splunk's own: `(arguments, rows in) -> rows out`.
pub type Custom<'a> = &'a mut dyn FnMut(&[String], Table) -> Result<Table>;

/// Replaces every macro of a search by its definition.
pub fn expand(search: &str, macros: &Conf) -> Result<String> {
    let mut text = search.to_owned();
    for _ in 0..100 {
        let Some(open) = text.find('`') else { return Ok(text) };
        let close = open + 1 + text[open + 1..].find('`').ok_or("a macro's backquote is not closed")?;
        let definition = definition(&text[open + 1..close], macros)?;
        text.replace_range(open..=close, &definition);
    }
    Err("macros nest more than 100 deep".into())
}

fn definition(call: &str, macros: &Conf) -> Result<String> {
    let (name, args) = match call.split_once('(') {
        Some((name, args)) => {
            let args = args.strip_suffix(')').ok_or_else(|| format!("macro `{call}` has no closing parenthesis"))?;
            (name, args.split(',').map(|arg| arg.trim().trim_matches('"')).collect())
        }
        None => (call, Vec::new()),
    };
    let stanza = if args.is_empty() { name.to_owned() } else { format!("{name}({})", args.len()) };
    let external = EXTERNAL_MACROS.iter().find(|(known, ..)| *known == stanza).map(|(_, parameters, text)| (*parameters, *text));
    if macros.get(&stanza).is_some_and(|keys| keys.contains_key("iseval")) {
        return Err(format!("this interpreter does not know the eval macro `{stanza}`"));
    }
    let own = macros.get(&stanza).map(|keys| {
        let key = |key: &str| keys.get(key).map_or("", String::as_str);
        (key("args"), key("definition"))
    });
    let (parameters, text) =
        own.or(external).ok_or_else(|| format!("macro `{stanza}` is neither in macros.conf nor known from another app"))?;
    let parameters = parameters.split(',').map(str::trim);
    Ok(parameters.zip(&args).fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}$"), value)))
}

/// The stages of an expanded search, split at the pipes outside quotes.
pub fn stages(search: &str) -> Vec<String> {
    let (mut stages, mut quoted) = (vec![String::new()], false);
    for c in search.chars() {
        match c {
            '"' => quoted = !quoted,
            '|' if !quoted => {
                stages.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(stage) = stages.last_mut() {
            stage.push(c);
        }
    }
    stages.iter().map(|stage| stage.trim().to_owned()).filter(|stage| !stage.is_empty()).collect()
}

/// The words of a stage: commas and white space part them, quotes hold them together and are dropped; a comparison sign
/// is a word of its own, and so is an equals sign that stands between spaces.
fn words(stage: &str) -> Result<Vec<String>> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in stage.chars() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => word.push(c),
            ',' | ' ' | '\t' | '\n' => words.push(std::mem::take(&mut word)),
            '<' | '>' => words.extend([std::mem::take(&mut word), c.to_string()]),
            _ => word.push(c),
        }
    }
    if quoted {
        return Err(format!("a quote is not closed in `{stage}`"));
    }
    words.push(word);
    Ok(words.into_iter().filter(|word| !word.is_empty()).collect())
}

/// The columns that a `tstats … BY …` stage delivers: its functions' names, then its fields.
pub fn tstats_columns(stage: &str) -> Result<Vec<String>> {
    let words = words(stage)?;
    let is = |word: &str, keyword: &str| word.eq_ignore_ascii_case(keyword);
    if !words.first().is_some_and(|word| is(word, "tstats")) {
        return Err(format!("the search does not begin with tstats but with `{stage}`"));
    }
    let by = words.iter().position(|word| is(word, "by")).ok_or("tstats without BY")?;
    let from = words.iter().position(|word| is(word, "from")).ok_or("tstats without FROM")?;
    let mut columns = Vec::new();
    let mut functions = words[1..from].iter().filter(|word| !word.contains('=')).peekable();
    while let Some(function) = functions.next() {
        let renamed = functions.next_if(|word| is(word, "as")).is_some();
        columns.push(if renamed { functions.next().ok_or("`as` without a name")?.clone() } else { function.clone() });
    }
    columns.extend_from_slice(&words[by + 1..]);
    Ok(columns)
}

/// Runs the stages behind `tstats` over the rows it would have delivered.
pub fn run(stages: &[String], mut table: Table, command: Custom<'_>) -> Result<Table> {
    for stage in stages {
        let words = words(stage)?;
        let refused = || format!("this interpreter does not know `{stage}`");
        let (name, args) = words.split_first().ok_or_else(refused)?;
        table = match name.as_str() {
            "rename" => rename(args, table).ok_or_else(refused)?,
            "fields" => fields(args, table).ok_or_else(refused)?,
            "table" => columns(args, table).ok_or_else(refused)?,
            // In eval, quotes make a string of a field and of a number.
            "where" if stage.contains('"') => return Err(refused()),
            "where" => filter(args, table).ok_or_else(refused)?,
            "convert" => convert(args, table).ok_or_else(refused)?,
            "search" if args == ["*"] => table,
            "dnstxtscore" => command(args, table)?,
            _ => return Err(refused()),
        };
    }
    Ok(table)
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
}

fn rename(args: &[String], mut table: Table) -> Option<Table> {
    if args.is_empty() {
        return None;
    }
    for pair in args.chunks(3) {
        let [from, keyword, to] = pair else { return None };
        if !keyword.eq_ignore_ascii_case("as") {
            return None;
        }
        if let (Some(prefix), "*") = (from.strip_suffix('*'), to.as_str()) {
            let collides = |name: &String| name.strip_prefix(prefix).is_some_and(|short| table.columns.iter().any(|other| other == short));
            if table.columns.iter().any(collides) {
                return None;
            }
            let short = |name: String| name.strip_prefix(prefix).map(str::to_owned).unwrap_or(name);
            table.columns = table.columns.into_iter().map(short).collect();
            table.rows = table.rows.into_iter().map(|row| row.into_iter().map(|(name, values)| (short(name), values)).collect()).collect();
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

fn fields(args: &[String], mut table: Table) -> Option<Table> {
    if args.is_empty() || !args.iter().all(|name| is_plain(name)) {
        return None;
    }
    let kept = |name: &String| args.contains(name) || name == "_time" || name == "_raw";
    table.columns.retain(kept);
    table.rows.iter_mut().for_each(|row| row.retain(|name, _| kept(name)));
    Some(table)
}

fn columns(args: &[String], mut table: Table) -> Option<Table> {
    if args.is_empty() || !args.iter().all(|name| is_plain(name)) {
        return None;
    }
    table.rows.iter_mut().for_each(|row| row.retain(|name, _| args.contains(name)));
    table.columns = args.to_vec();
    Some(table)
}

fn filter(args: &[String], mut table: Table) -> Option<Table> {
    let [field, sign, limit] = args else { return None };
    let limit: f64 = limit.parse().ok().filter(|limit: &f64| limit.is_finite())?;
    if !is_plain(field) || field.contains('.') || !matches!(sign.as_str(), ">" | "<") {
        return None;
    }
    table.rows.retain(|row| {
        let value = row.get(field).filter(|values| values.len() == 1).and_then(|values| values[0].parse::<f64>().ok());
        value.is_some_and(|value| if sign == ">" { value > limit } else { value < limit })
    });
    Some(table)
}

fn convert(args: &[String], mut table: Table) -> Option<Table> {
    let [format, call] = args else { return None };
    let field = call.strip_prefix("ctime(")?.strip_suffix(')')?;
    if format != "timeformat=%Y-%m-%dT%H:%M:%S" || !is_plain(field) {
        return None;
    }
    for values in table.rows.iter_mut().filter_map(|row| row.get_mut(field)) {
        for value in values {
            if let Some(time) = value.parse::<f64>().ok().map(|seconds| iso_time(seconds.floor() as i64)) {
                *value = time;
            }
        }
    }
    Some(table)
}

/// Seconds since 1970 as `2026-11-24T04:13:00`, in UTC (Splunk uses the user's zone).
fn iso_time(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days to a date of the proleptic Gregorian calendar, with years that begin in March (H. Hinnant, "chrono-compatible
    // low-level date algorithms").
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[&[(&str, &str)]]) -> Table {
        let rows: Vec<Row> = rows.iter().map(|row| row.iter().map(|(k, v)| (k.to_string(), vec![v.to_string()])).collect()).collect();
        Table { columns: rows.first().map(|row| row.keys().cloned().collect()).unwrap_or_default(), rows }
    }

    fn run_one(stage: &str, table: Table) -> Result<Table> {
        run(&stages(stage), table, &mut |_, table| Ok(table))
    }

    #[test]
    fn rename_moves_values_and_a_missing_field_clears_its_target() {
        // Search Reference, rename: "Renaming a field that does not exist … sets the new field to a null value".
        let renamed = run_one("rename a as b", table(&[&[("a", "1"), ("b", "2"), ("c", "3")]])).unwrap();
        assert_eq!(renamed, table(&[&[("b", "1"), ("c", "3")]]));
        assert_eq!(run_one("rename x as b", table(&[&[("b", "2"), ("c", "3")]])).unwrap().rows, table(&[&[("c", "3")]]).rows);
        assert_eq!(
            run_one("rename \"DNS.*\" as \"*\"", table(&[&[("DNS.src", "1"), ("count", "2")]])).unwrap().rows,
            table(&[&[("src", "1"), ("count", "2")]]).rows
        );
    }

    #[test]
    fn fields_keeps_what_is_listed_and_the_internal_fields() {
        let kept = run_one("fields a, missing", table(&[&[("_time", "0"), ("a", "1"), ("b", "2")]])).unwrap();
        assert_eq!(kept.rows, table(&[&[("_time", "0"), ("a", "1")]]).rows);
    }

    #[test]
    fn table_gives_the_columns_in_the_order_asked_for() {
        let shown = run_one("table b,a,missing", table(&[&[("a", "1"), ("b", "2"), ("c", "3")]])).unwrap();
        assert_eq!(shown.columns, ["b", "a", "missing"]);
        assert_eq!(shown.rows[0].len(), 2);
    }

    #[test]
    fn where_compares_numbers_and_drops_null() {
        // Search Reference, where: a comparison with a null value is not true.
        let rows = table(&[&[("s", "0.50")], &[("s", "0.500001")], &[("s", "")], &[("x", "9")]]);
        assert_eq!(run_one("where s > 0.5", rows.clone()).unwrap().rows, table(&[&[("s", "0.500001")]]).rows);
        assert_eq!(run_one("where s<0.6", rows).unwrap().rows.len(), 2);
    }

    #[test]
    fn convert_writes_times_in_the_format_of_the_macro() {
        let format = "convert timeformat=\"%Y-%m-%dT%H:%M:%S\" ctime(t)";
        let times =
            ["0", "951827696.5", "1795493580", "-1"].map(|t| run_one(format, table(&[&[("t", t)]])).unwrap().rows[0]["t"][0].clone());
        assert_eq!(times, ["1970-01-01T00:00:00", "2000-02-29T12:34:56", "2026-11-24T04:13:00", "1969-12-31T23:59:59"]);
    }

    #[test]
    fn what_it_does_not_know_it_refuses_by_name() {
        for stage in [
            "stats count by src",
            "where a > b",
            "where a > 1 OR b > 1",
            "search src=x",
            "rename a",
            "rename",
            "rename a as a",
            "where \"s\" > 0.5",
            "where a.b > 1",
            "where a > inf",
            "fields - a",
            "table a*",
            "convert ctime(t)",
            "eval x=1",
        ] {
            assert!(run_one(stage, Table::default()).unwrap_err().contains(stage), "{stage}");
        }
    }

    #[test]
    fn macros_expand_with_arguments_and_unknown_ones_are_named() {
        let macros = crate::conf::parse("[t]\ndefinition = 0.5\n[c(1)]\nargs = field\ndefinition = x $field$ `t`\n").unwrap();
        assert_eq!(expand("| a `c(f)` | `drop_dm_object_name(\"DNS\")`", &macros).unwrap(), "| a x f 0.5 | rename \"DNS.*\" as \"*\"");
        assert!(expand("`nope(1)`", &macros).unwrap_err().contains("nope(1)"));
        assert!(expand("`t", &macros).is_err());
    }

    #[test]
    fn pipes_in_quotes_do_not_part_stages() {
        assert_eq!(stages("| a \"x|y\" | b"), ["a \"x|y\"", "b"]);
    }

    #[test]
    fn tstats_names_its_columns() {
        let stage = "tstats summariesonly=false count min(_time) as firstTime FROM datamodel=Network_Resolution WHERE DNS.record_type IN (\"TXT\") BY DNS.src DNS.answer";
        assert_eq!(tstats_columns(stage).unwrap(), ["count", "firstTime", "DNS.src", "DNS.answer"]);
        assert!(tstats_columns("search x").is_err());
    }
}
