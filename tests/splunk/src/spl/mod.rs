//! A small interpreter for the searches of the app: stage by stage over rows in memory.
//!
//! In: the text of a search, macros expanded, and rows. Out: rows.
//! It supports the stages and forms that shipped searches use. It refuses everything else by name, so that a search cannot pass
//! because it was misread. `tstats` and other stages that read events are not run: their rows are given. [`pages`] names the page of Splunk's documentation that each
//! stage and function follows.

mod expression;
mod fields;
mod functions;
mod lookups;
mod names;
pub mod pages;
mod stages;
mod stats;
mod syntax;
mod table;
mod terms;
mod times;
mod tokens;
mod tstats;
mod value;

pub use lookups::{Lookup, Lookups};
pub use syntax::stages;
pub use table::{Row, Table};
pub use times::iso_time;
pub use tstats::{columns as tstats_columns, keeps as tstats_keeps};

use crate::Result;
use syntax::words;

/// Runs a command that is not Splunk's own: `(arguments, rows in) -> rows out`.
pub type Custom<'a> = &'a mut dyn FnMut(&[String], Table) -> Result<Table>;

/// What a search uses besides its rows.
pub struct SearchContext<'a> {
    /// The command that is not Splunk's own.
    pub command: Custom<'a>,
    /// Lookups and their rows, by the name of their stanza in transforms.conf.
    pub lookups: Lookups,
    /// Seconds since 1970.
    pub now: i64,
    /// What a stage that reads an index or asks splunkd delivers, by a part of the stage that no other has.
    pub given: Vec<(String, Table)>,
}

/// Runs the stages after `tstats` over the rows that it would deliver.
///
/// # Errors
/// If a stage is not supported, or reads a field that does not exist.
pub fn run(stages: &[String], mut table: Table, world: &mut SearchContext<'_>) -> Result<Table> {
    for stage in stages {
        if ["tstats ", "rest ", "index=", "search index="].iter().any(|begin| stage.starts_with(begin)) {
            let given = world.given.iter().find(|(part, _)| stage.contains(part)).map(|(_, rows)| rows.clone());
            table = given.ok_or_else(|| format!("no rows are given for `{stage}`"))?;
            continue;
        }
        let added = match (append(stage), stage.strip_prefix("appendpipe [").and_then(|rest| rest.strip_suffix(']'))) {
            (Some(subsearch), _) => Some(run(&syntax::stages(subsearch), Table::default(), world)?),
            (_, Some(pipe)) => Some(run(&syntax::stages(pipe), table.clone(), world)?),
            (None, None) => None,
        };
        if let Some(added) = added {
            let new: Vec<String> = added.columns.into_iter().filter(|column| !table.columns.contains(column)).collect();
            table.columns.extend(new);
            table.rows.extend(added.rows);
            continue;
        }
        let words = words(stage)?;
        let refused = || format!("`{stage}` is not supported");
        let (name, args) = words.split_first().ok_or_else(refused)?;
        if !pages::has(pages::STAGES, name) {
            return Err(refused());
        }
        let text = stage[name.len()..].trim();
        if let Some(missing) = fields::needed_by(name, args, text)?.into_iter().find(|field| !table.columns.contains(field)) {
            return Err(format!("`{stage}` reads the field {missing}, which does not exist there"));
        }
        table = match name.as_str() {
            "rename" => stages::rename(args, table).ok_or_else(refused)?,
            "fields" => stages::fields(args, table).ok_or_else(refused)?,
            "table" => stages::columns(args, table).ok_or_else(refused)?,
            "convert" => stages::convert(args, table).ok_or_else(refused)?,
            "eval" => stages::eval(text, table, world.now)?,
            "where" => stages::filter(text, table, world.now)?,
            "search" => stages::search(args, table)?,
            "fillnull" => stages::fill_null(args, table).ok_or_else(refused)?,
            "sort" => stages::sort(args, table).ok_or_else(refused)?,
            "head" => stages::head(args, table).ok_or_else(refused)?,
            "timechart" => stages::timechart(args, table).ok_or_else(refused)?,
            "eventstats" => stats::eventstats(args, table).ok_or_else(refused)?,
            "streamstats" => stats::streamstats(args, table).ok_or_else(refused)?,
            "addinfo" => stages::add_info(args, table, world.now).ok_or_else(refused)?,
            "makeresults" => stages::make_results(args, text, table, world.now).ok_or_else(refused)?,
            "stats" => stats::stats(args, table).ok_or_else(refused)?,
            "lookup" => lookups::lookup(args, table, &world.lookups)?.ok_or_else(refused)?,
            "inputlookup" => lookups::input(args, table, &world.lookups)?.ok_or_else(refused)?,
            "outputlookup" => lookups::output(args, table, &mut world.lookups)?.ok_or_else(refused)?,
            "dnstxtscore" => (world.command)(args, table)?,
            _ => return Err(refused()),
        };
    }
    Ok(table)
}

/// The subsearch of `append [ … ]`, perhaps with a limit of seconds.
fn append(stage: &str) -> Option<&str> {
    let (options, subsearch) = stage.strip_prefix("append ")?.split_once('[')?;
    let is_known = |option: &str| option.strip_prefix("maxtime=").is_some_and(|seconds| seconds.parse::<u32>().is_ok());
    options.split_whitespace().all(is_known).then(|| subsearch.strip_suffix(']')).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[&[(&str, &str)]]) -> Table {
        let rows: Vec<Row> = rows.iter().map(|row| row.iter().map(|(k, v)| (k.to_string(), vec![v.to_string()])).collect()).collect();
        Table { columns: rows.first().map(|row| row.keys().cloned().collect()).unwrap_or_default(), rows }
    }

    fn run_one(stage: &str, table: Table) -> Result<Table> {
        let mut world = SearchContext { command: &mut |_, table| Ok(table), lookups: Lookups::new(), now: 0, given: Vec::new() };
        run(&stages(stage), table, &mut world)
    }

    #[test]
    fn rename_moves_values() {
        let renamed = run_one("rename a as b", table(&[&[("a", "1"), ("b", "2"), ("c", "3")]])).unwrap();
        assert_eq!(renamed, table(&[&[("b", "1"), ("c", "3")]]));
        assert_eq!(
            run_one("rename \"DNS.*\" as \"*\"", table(&[&[("DNS.src", "1"), ("count", "2")]])).unwrap().rows,
            table(&[&[("src", "1"), ("count", "2")]]).rows
        );
    }

    #[test]
    fn fields_keeps_what_is_listed_and_the_internal_fields() {
        let kept = run_one("fields a", table(&[&[("_time", "0"), ("a", "1"), ("b", "2")]])).unwrap();
        assert_eq!(kept.rows, table(&[&[("_time", "0"), ("a", "1")]]).rows);
    }

    #[test]
    fn table_gives_the_columns_in_the_order_asked_for() {
        let shown = run_one("table b,a", table(&[&[("a", "1"), ("b", "2"), ("c", "3")]])).unwrap();
        assert_eq!(shown.columns, ["b", "a"]);
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
    fn stats_gives_one_row_per_group_and_drops_rows_without_a_key() {
        let rows = table(&[
            &[("k", "b"), ("n", "9"), ("t", "x")],
            &[("k", "a"), ("n", "10"), ("t", "y")],
            &[("k", "b"), ("n", "10"), ("t", "x")],
            &[("n", "1")],
        ]);
        let counted = run_one(
            "stats count, dc(t) as texts, max(n) as most, sum(n) as all, first(n) as head, values(t) as t, list(n) as list by k",
            rows,
        )
        .unwrap();
        assert_eq!(counted.columns, ["k", "count", "texts", "most", "all", "head", "t", "list"]);
        let expected = table(&[
            &[("k", "a"), ("count", "1"), ("texts", "1"), ("most", "10"), ("all", "10"), ("head", "10"), ("t", "y")],
            &[("k", "b"), ("count", "2"), ("texts", "1"), ("most", "10"), ("all", "19"), ("head", "9"), ("t", "x")],
        ]);
        let lists = ["10", "9 10"].map(|list| list.split(' ').map(str::to_owned).collect());
        let expected: Vec<Row> = expected
            .rows
            .into_iter()
            .zip(lists)
            .map(|(mut row, list)| {
                row.insert("list".into(), list);
                row
            })
            .collect();
        assert_eq!(counted.rows, expected);
    }

    #[test]
    fn sort_puts_numbers_in_their_order_and_search_drops_what_is_listed() {
        let rows = table(&[&[("s", "9")], &[("s", "10")], &[("s", "0.5")]]);
        assert_eq!(run_one("sort 0 - s", rows.clone()).unwrap().rows, table(&[&[("s", "10")], &[("s", "9")], &[("s", "0.5")]]).rows);
        let rows = table(&[&[("s", "10.0.0.9")], &[("s", "Mail.example.com")], &[("s", "x")]]);
        assert_eq!(run_one("search NOT s IN (\"10.0.0.0/8\", \"mail.*\")", rows).unwrap().rows, table(&[&[("s", "x")]]).rows);
    }

    #[test]
    fn sort_takes_several_fields_and_eventstats_keeps_every_row() {
        let rows = table(&[&[("k", "a"), ("n", "1")], &[("k", "b"), ("n", "2")], &[("k", "a"), ("n", "3")]]);
        let order = |stage: &str| run_one(stage, rows.clone()).unwrap().rows.iter().map(|row| row["n"][0].clone()).collect::<String>();
        assert_eq!((order("sort 2 - k, n"), order("sort 0 k - n")), ("21".into(), "312".into()));
        let counted = run_one("eventstats dc(n) as ns by k", rows).unwrap();
        assert_eq!(counted.columns, ["k", "n", "ns"]);
        assert_eq!(counted.rows.iter().map(|row| row["ns"][0].as_str()).collect::<Vec<_>>(), ["2", "1", "2"]);
    }

    #[test]
    fn lookups_are_read_joined_and_replaced() {
        let mut world = SearchContext { command: &mut |_, table| Ok(table), lookups: Lookups::new(), now: 0, given: Vec::new() };
        let known = table(&[&[("key", "a"), ("seen", "5")]]);
        world.lookups.insert("l".into(), Lookup { columns: known.columns, rows: known.rows, ..Lookup::default() });
        let joined = run(&stages("lookup l key AS k OUTPUT seen AS known"), table(&[&[("k", "a")], &[("k", "b")]]), &mut world).unwrap();
        assert_eq!((joined.rows[0]["known"].as_slice(), joined.rows[1]["known"].len()), (&["5".to_owned()][..], 0));
        run(
            &stages("inputlookup append=true l | stats max(seen) as seen by key | outputlookup l"),
            table(&[&[("key", "a"), ("seen", "7")]]),
            &mut world,
        )
        .unwrap();
        assert_eq!(world.lookups["l"].rows, table(&[&[("key", "a"), ("seen", "7")]]).rows);
        for unsupported in ["lookup l key AS k OUTPUT nothing", "lookup l nothing AS k OUTPUT seen", "outputlookup l"] {
            assert!(run(&stages(unsupported), table(&[&[("k", "a")]]), &mut world).unwrap_err().contains(unsupported));
        }
    }

    #[test]
    fn unsupported_stages_are_refused_by_name() {
        for stage in [
            "stats mode(x) by src",
            "stats count by",
            "search src<x",
            "sort a",
            "head x",
            "bin a",
            "makeresults annotate=true",
            "timechart count by a",
            "lookup l a OUTPUT b",
            "rename a",
            "rename",
            "rename a as a",
            "fields - a",
            "table a*",
            "convert ctime(t)",
        ] {
            let error = run_one(stage, Table::default()).unwrap_err();
            assert!(error.contains(stage) || error.contains("is not supported"), "{stage}: {error}");
        }
    }

    #[test]
    fn a_field_that_does_not_exist_is_named() {
        let refused = |stage: &str| run_one(stage, table(&[&[("a", "1")]])).unwrap_err();
        assert_eq!(refused("table a, b"), "`table a, b` reads the field b, which does not exist there");
        assert!(refused("rename x as b").contains("the field x") && refused("where y > 1").contains("the field y"));
    }
}
