//! The terms of `search`, and of the `WHERE` of `tstats`.

use super::names::{is_plain, matches};
use super::table::Row;
use crate::Result;

/// Whether terms hold for a row: `field=value`, `field!=value`, `field IN (value, …)`, in parentheses and with `NOT`, `OR` and
/// `AND`, which bind in this order and of which `AND` may be left out. Values are texts without case, with `*` as a wildcard, or
/// blocks of addresses. `!=` wants the field to exist.
///
/// # Errors
/// If a term has another form.
pub(super) fn hold(words: &[String], row: &Row) -> Result<bool> {
    if words.is_empty() {
        return Err("a search without terms is not supported".into());
    }
    let mut terms = Terms { rest: words.iter().rev().cloned().collect(), row, depth: 0 };
    let holds = terms.all()?;
    match terms.rest.pop() {
        None => Ok(holds),
        Some(word) => Err(format!("`{word}` is not supported")),
    }
}

struct Terms<'a> {
    /// The words that were not read yet, the next one last.
    rest: Vec<String>,
    row: &'a Row,
    /// Open parentheses.
    depth: usize,
}

impl Terms<'_> {
    fn next_if(&mut self, word: &str) -> bool {
        let is_next = self.rest.last().is_some_and(|next| next == word);
        if is_next {
            self.rest.pop();
        }
        is_next
    }

    fn all(&mut self) -> Result<bool> {
        let mut holds = self.any()?;
        while self.rest.last().is_some_and(|next| next != ")") {
            self.next_if("AND");
            holds &= self.any()?;
        }
        Ok(holds)
    }

    fn any(&mut self) -> Result<bool> {
        let mut holds = self.one()?;
        while self.next_if("OR") {
            holds |= self.one()?;
        }
        Ok(holds)
    }

    fn one(&mut self) -> Result<bool> {
        if self.next_if("NOT") {
            return Ok(!self.one()?);
        }
        let word = self.rest.pop().ok_or("a term is missing at the end")?;
        let Some(inside) = word.strip_prefix('(') else { return self.comparison(&word) };
        if !inside.is_empty() {
            self.rest.push(inside.to_owned());
        }
        self.depth += 1;
        let holds = self.all()?;
        self.depth -= 1;
        if self.next_if(")") { Ok(holds) } else { Err(format!("`{word}` has no closing parenthesis")) }
    }

    /// A word without the parentheses that end what it stands in, which become words of their own.
    fn without_end(&mut self, word: &str) -> String {
        let bare = word.trim_end_matches(')');
        let closing = (word.len() - bare.len()).min(self.depth);
        self.rest.extend(std::iter::repeat_n(")".to_owned(), closing));
        word[..word.len() - closing].to_owned()
    }

    fn comparison(&mut self, term: &str) -> Result<bool> {
        let row = self.row;
        let known = |field: &str| if is_plain(field) { Ok(()) } else { Err(format!("`{term}` is not supported")) };
        let is = |field: &str, wanted: &str| row.get(field).is_some_and(|values| values.iter().any(|value| matches(wanted, value)));
        if self.next_if("IN") {
            known(term)?;
            return Ok(self.list()?.iter().any(|wanted| is(term, wanted)));
        }
        if let Some((field, wanted)) = term.split_once("!=") {
            known(field)?;
            let wanted = self.without_end(wanted);
            return Ok(row.get(field).is_some_and(|values| !values.is_empty()) && !is(field, &wanted));
        }
        let (field, wanted) = term.split_once('=').ok_or_else(|| format!("`{term}` is not supported"))?;
        known(field)?;
        let wanted = self.without_end(wanted);
        Ok(is(field, &wanted))
    }

    /// The values behind `IN`.
    fn list(&mut self) -> Result<Vec<String>> {
        let mut values = Vec::new();
        loop {
            let word = self.rest.pop().ok_or("the list behind IN does not end")?;
            let value = if values.is_empty() { word.strip_prefix('(').ok_or("IN wants a list in parentheses")? } else { &word };
            match value.strip_suffix(')') {
                Some(last) => {
                    let last = self.without_end(last);
                    values.push(last);
                    return Ok(values);
                }
                None => values.push(value.to_owned()),
            }
        }
    }
}
