//! How two results differ, in one sentence.

use test_splunk::spl::{Row, Table};

/// `None` if both have the same rows, in whatever order; numbers may differ in their last digits.
pub(super) fn difference(here: &Table, there: &Table) -> Option<String> {
    // A column without any value is not delivered by Splunk.
    let lacking = here.columns.iter().find(|column| !there.columns.contains(column) && here.rows.iter().any(|row| has_value(row, column)));
    if let Some(column) = lacking {
        return Some(format!("the column {column} is missing there"));
    }
    let (mut unmatched, mut only_here): (Vec<&Row>, Vec<&Row>) = (there.rows.iter().collect(), Vec::new());
    for row in &here.rows {
        match unmatched.iter().position(|other| is_same(row, other, &here.columns)) {
            Some(at) => drop(unmatched.swap_remove(at)),
            None => only_here.push(row),
        }
    }
    let show = |row: Option<&&Row>| row.map_or_else(|| "none".to_owned(), |row| in_words(row, &here.columns));
    let count = only_here.len().max(unmatched.len());
    (count > 0).then(|| {
        format!(
            "{} rows expected, {} there, {count} of them differ; the first expected: {}; the first there: {}",
            here.rows.len(),
            there.rows.len(),
            show(only_here.first()),
            show(unmatched.first())
        )
    })
}

fn values<'r>(row: &'r Row, column: &str) -> impl Iterator<Item = &'r String> {
    row.get(column).into_iter().flatten().filter(|value| !value.is_empty())
}

fn has_value(row: &Row, column: &str) -> bool {
    values(row, column).next().is_some()
}

fn is_same(a: &Row, b: &Row, columns: &[String]) -> bool {
    columns.iter().all(|column| {
        let (a, b): (Vec<&String>, Vec<&String>) = (values(a, column).collect(), values(b, column).collect());
        a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a == b || is_same_number(a, b))
    })
}

fn is_same_number(a: &str, b: &str) -> bool {
    matches!((a.parse::<f64>(), b.parse::<f64>()), (Ok(a), Ok(b)) if (a - b).abs() <= 1e-6 * a.abs().max(1.0))
}

/// Long values are cut.
fn in_words(row: &Row, columns: &[String]) -> String {
    let cell = |column: &String| {
        let text = values(row, column).map(String::as_str).collect::<Vec<_>>().join(" | ");
        (!text.is_empty()).then(|| format!("{column}={}", text.chars().take(60).collect::<String>()))
    };
    columns.iter().filter_map(cell).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[&[(&str, &str)]]) -> Table {
        let row = |row: &&[(&str, &str)]| row.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect();
        Table { columns: vec!["a".into(), "n".into()], rows: rows.iter().map(row).collect() }
    }

    #[test]
    fn order_and_last_digits_do_not_count_and_all_else_does() {
        let here = table(&[&[("a", "x"), ("n", "0.5")], &[("a", "y")]]);
        assert_eq!(difference(&here, &table(&[&[("a", "y"), ("n", "")], &[("a", "x"), ("n", "0.50000001")]])), None);
        let more = difference(&here, &table(&[&[("a", "x"), ("n", "0.6")], &[("a", "y")]])).unwrap();
        assert!(more.contains("a=x n=0.5;") && more.ends_with("a=x n=0.6"), "{more}");
        assert!(difference(&here, &table(&[&[("a", "x"), ("n", "0.5")]])).unwrap().ends_with("the first there: none"));
        let narrow = Table { columns: vec!["a".into()], rows: Vec::new() };
        assert_eq!(difference(&here, &narrow).unwrap(), "the column n is missing there");
    }
}
