//! The terms of `search`, and of the `WHERE` of `tstats`.

use super::names::{is_plain, matches};
use super::table::Row;
use crate::Result;

/// Whether all terms hold for a row: `field=value`, `field!=value`, `field IN (value, …)`, each with `NOT` before it. Values are
/// texts without case, with `*` as a wildcard, or blocks of addresses. `!=` wants the field to exist.
///
/// # Errors
/// If a term has another form.
pub(super) fn hold(words: &[String], row: &Row) -> Result<bool> {
    let (mut words, mut all) = (words.iter().peekable(), true);
    if words.peek().is_none() {
        return Err("a search without terms is not supported".into());
    }
    while let Some(word) = words.next() {
        let negated = word == "NOT";
        let term = if negated { words.next().ok_or("NOT at the end")? } else { word };
        let known = |field: &str| if is_plain(field) { Ok(()) } else { Err(format!("`{term}` is not supported")) };
        let is = |field: &str, wanted: &str| row.get(field).is_some_and(|values| values.iter().any(|value| matches(wanted, value)));
        let holds = if words.next_if(|word| *word == "IN").is_some() {
            known(term)?;
            let mut list = Vec::new();
            for word in words.by_ref() {
                list.extend(word.trim_matches(['(', ')']).split(',').filter(|value| !value.is_empty()));
                if word.ends_with(')') {
                    break;
                }
            }
            list.iter().any(|wanted| is(term, wanted))
        } else if let Some((field, wanted)) = term.split_once("!=") {
            known(field)?;
            row.get(field).is_some_and(|values| !values.is_empty()) && !is(field, wanted)
        } else {
            let (field, wanted) = term.split_once('=').ok_or_else(|| format!("`{term}` is not supported"))?;
            known(field)?;
            is(field, wanted)
        };
        all &= holds != negated;
    }
    Ok(all)
}
