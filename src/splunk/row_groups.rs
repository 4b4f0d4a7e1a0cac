//! The rows of a chunk in groups, with the texts to score: so many that a session has full batches, and so few that texts whose
//! quotes or escapes were removed take little memory beside the chunk.

use std::borrow::Cow;
use std::collections::TryReserveError;
use std::ops::Range;

use crate::recycle::recycle;
use crate::splunk::error::Error;
use crate::splunk::rows::{self, Field, Row, Rows, Texts};
use crate::text::ExtractText;
use crate::{domain, limits};

/// Bytes of texts, and rows, of a group. An ordinary chunk has less of both.
const MAX_GROUP_BYTES: usize = 16 << 20;
const MAX_GROUP_ROWS: usize = 64 << 10;

/// Some rows in order.
#[derive(Default)]
pub(super) struct Group<'b> {
    pub lines: Vec<Line>,
    /// The texts of all rows.
    pub texts: Vec<Cow<'b, [u8]>>,
    /// The cells of registered domains, one after the other.
    pub domains: Vec<u8>,
    /// The exchanges of all rows, if rows are channels. Those with an answer belong to the texts, in order.
    pub exchanges: Vec<Exchange<'b>>,
}

/// An exchange of a channel.
pub(super) struct Exchange<'b> {
    pub name: Cow<'b, [u8]>,
    pub is_answered: bool,
}

/// What is kept of a row.
pub(super) struct Line {
    pub row: Row,
    /// How many of the texts belong to this row.
    pub texts: u32,
    /// How many of the exchanges belong to this row.
    pub exchanges: u32,
    /// Where this row's cell ends in [`Group::domains`].
    pub domains_end: usize,
}

impl Group<'_> {
    /// An empty group with the same memory.
    pub(super) fn recycled<'b>(mut self) -> Group<'b> {
        self.lines.clear();
        self.domains.clear();
        Group { lines: self.lines, texts: recycle(self.texts), domains: self.domains, exchanges: Vec::new() }
    }
}

/// Reads the rows after a header.
pub(super) struct GroupReader<'b> {
    pub chunk: u64,
    pub body: &'b [u8],
    pub rows: Rows<'b>,
    /// The field of the texts, and that of the queried name.
    pub field: Field,
    pub queried: Option<Field>,
    pub extract: ExtractText,
    /// Whether each value is an exchange of a channel.
    pub is_channel: bool,
    pub texts_read: usize,
    /// The first text without a score because of its length: its row and its bytes.
    pub too_long: Option<(u32, usize)>,
}

impl<'b> GroupReader<'b> {
    /// Reads a group's rows. Returns whether more may follow.
    ///
    /// # Errors
    /// If a row is malformed, or texts or memory reach their limit.
    pub(super) fn read(&mut self, cells: &mut Vec<Range<usize>>, group: &mut Group<'b>) -> Result<bool, Error> {
        let (chunk, body) = (self.chunk, self.body);
        let no_memory = |_| Error::Memory { chunk };
        let mut bytes = 0usize;
        while bytes < MAX_GROUP_BYTES && group.lines.len() < MAX_GROUP_ROWS {
            let Some(row) = self.rows.next(cells).map_err(|source| Error::Rows { chunk, source })? else { return Ok(false) };
            let (before, exchanges_before) = (group.texts.len(), group.exchanges.len());
            group.lines.try_reserve(1).map_err(no_memory)?;
            match self.field.texts(body, cells) {
                Texts::One(cell) => self.add(cell, row.number, group).map_err(no_memory)?,
                Texts::Many(values) => {
                    values.into_iter().try_for_each(|cell| self.add(cell, row.number, group)).map_err(no_memory)?;
                }
            }
            let own = group.texts.get(before..).unwrap_or_default();
            let exchanges = group.exchanges.get(exchanges_before..).unwrap_or_default();
            let names = exchanges.iter().map(|exchange| exchange.name.len());
            bytes = own.iter().map(|text| text.len()).chain(names).fold(bytes, usize::saturating_add);
            self.texts_read = self.texts_read.saturating_add(own.len().max(exchanges.len()));
            if self.texts_read > limits::MAX_TEXTS {
                return Err(Error::TooManyTexts { chunk });
            }
            let (texts, exchanges) = (own.len() as u32, exchanges.len() as u32); // at most MAX_TEXTS
            if let Some(queried) = &self.queried {
                let name = match queried.texts(body, cells) {
                    Texts::One(name) => domain::registered_domain(&name),
                    Texts::Many(names) => names.first().and_then(|name| domain::registered_domain(name)),
                };
                let name = name.unwrap_or_default();
                group.domains.try_reserve(name.len().saturating_mul(2).saturating_add(3)).map_err(no_memory)?;
                rows::write_cells(&mut group.domains, &[&name]);
            }
            group.lines.push(Line { row, texts, exchanges, domains_end: group.domains.len() });
        }
        Ok(true)
    }

    /// Adds a value: a text, or an exchange and its text.
    fn add(&mut self, value: Cow<'b, [u8]>, row: u32, group: &mut Group<'b>) -> Result<(), TryReserveError> {
        group.texts.try_reserve(1)?;
        if !self.is_channel {
            self.add_text(value, row, &mut group.texts);
            return Ok(());
        }
        group.exchanges.try_reserve(1)?;
        let (name, answer) = split_exchange(value);
        if name.is_empty() && answer.is_empty() {
            return Ok(()); // a row without exchanges
        }
        if answer.len() > limits::MAX_TEXT_BYTES {
            self.too_long.get_or_insert((row, answer.len()));
            return Ok(()); // it is an answer, and has no score
        }
        let before = group.texts.len();
        self.add_text(answer, row, &mut group.texts);
        group.exchanges.push(Exchange { name, is_answered: group.texts.len() > before });
        Ok(())
    }

    /// Adds the text of a cell, unless it holds no answer or is too long.
    fn add_text(&mut self, cell: Cow<'b, [u8]>, row: u32, texts: &mut Vec<Cow<'b, [u8]>>) {
        if cell.len() > limits::MAX_TEXT_BYTES {
            self.too_long.get_or_insert((row, cell.len()));
            return;
        }
        texts.extend(match cell {
            Cow::Borrowed(cell) => (self.extract)(cell),
            Cow::Owned(cell) => (self.extract)(&cell).map(|value| Cow::Owned(value.into_owned())),
        });
    }
}

/// The name before the first `|` and the answer after it.
fn split_exchange(value: Cow<'_, [u8]>) -> (Cow<'_, [u8]>, Cow<'_, [u8]>) {
    let at = memchr::memchr(b'|', &value).unwrap_or(value.len());
    let after = at.saturating_add(1).min(value.len());
    match value {
        Cow::Borrowed(value) => (Cow::Borrowed(value.get(..at).unwrap_or_default()), Cow::Borrowed(value.get(after..).unwrap_or_default())),
        Cow::Owned(mut value) => {
            let answer = value.split_off(after);
            value.truncate(at);
            (Cow::Owned(value), Cow::Owned(answer))
        }
    }
}
