//! The columns and the `WHERE` of a `tstats` stage, which itself is not run.

use super::syntax::words;
use super::table::Row;
use super::terms;
use crate::Result;

/// The columns that a `tstats … BY …` stage delivers: its functions' names, then its fields.
///
/// # Errors
/// If the stage is no `tstats … FROM … BY …`.
pub fn columns(stage: &str) -> Result<Vec<String>> {
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
    columns.extend(words[by + 1..].iter().filter(|word| !word.starts_with("span=")).cloned());
    Ok(columns)
}

/// Whether the `WHERE` of a `tstats` stage lets a row through. A block of addresses is refused there: by its page `0.0.0.0/0` finds
/// names of hosts as well.
///
/// # Errors
/// If the stage has no `WHERE … BY`, or a term of another form.
pub fn keeps(stage: &str, row: &Row) -> Result<bool> {
    let words = words(stage)?;
    let place = |word: &str| words.iter().position(|other| other.eq_ignore_ascii_case(word));
    let (from, to) = (place("where").ok_or("tstats without WHERE")? + 1, place("by").ok_or("tstats without BY")?);
    if let Some(block) = words[from..to].iter().find(|word| word.contains('/')) {
        return Err(format!("a block of addresses in WHERE is not supported: `{block}`"));
    }
    terms::hold(&words[from..to], row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tstats_names_its_columns() {
        let stage = "tstats summariesonly=false count min(_time) as firstTime FROM datamodel=Network_Resolution WHERE DNS.record_type IN (\"TXT\") BY DNS.src DNS.answer";
        assert_eq!(columns(stage).unwrap(), ["count", "firstTime", "DNS.src", "DNS.answer"]);
        assert!(columns("search x").is_err());
    }

    #[test]
    fn where_takes_terms_that_all_hold_without_case() {
        let row = [("a", "X"), ("b", "2")].map(|(name, value)| (name.to_owned(), vec![value.to_owned()])).into();
        let kept = |terms: &str| keeps(&format!("tstats count FROM datamodel=d WHERE {terms} BY a"), &row);
        for (terms, expected) in [
            ("a=x", true),
            ("a=x b=3", false),
            ("a!=x", false),
            ("c!=x", false), // the field must exist
            ("NOT c=x", true),
            ("a IN (\"y\",\"x\") b!=1", true),
            ("NOT b IN (\"1\", \"2\")", false),
            // The page of `search`: NOT before OR before AND.
            ("(a=y OR b=2) a=x", true),
            ("a=x OR a=y b=3", false),
            ("a=y b=2 OR a=x", false),
            ("a=x AND (b=3 OR NOT c=x)", true),
            ("(a=x (b=3 OR b=4))", false),
            ("(a IN (\"y\",\"x\")) b=2", true),
            ("NOT (a=x b=2)", false),
        ] {
            assert_eq!(kept(terms).unwrap(), expected, "{terms}");
        }
        for wrong in ["strange", "NOT", "(a=x", "a=x) OR", "a=x OR", "a IN x", "a IN (x"] {
            assert!(kept(wrong).is_err(), "{wrong}");
        }
    }
}
