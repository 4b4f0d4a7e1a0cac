//! The conversation with splunkd: getinfo, then chunks of rows, each answered by one chunk, until input ends.
//!
//! Two things are kept apart on purpose. getinfo is asked several times a search and must cost nothing, so the scorer is
//! opened at the first row and not before. And a reply is whole or does not exist: it is built in memory, since its
//! length stands before it, and nothing of a chunk that did not arrive whole is answered.

use std::borrow::Cow;
use std::io::{BufRead, Write};
use std::ops::Range;
use std::time::Instant;

use crate::chunk::Chunk;
use crate::error::Error;
use crate::message::{Inspector, Reply, Request};
use crate::options::Options;
use crate::rows::{self, Field, Layout, Row, Rows, Texts};
use crate::scorer::{Remembering, Score, emptied};
use crate::{domain, explain, limits, session, text, verdict};

/// Opens the scorer, once, at the first row.
pub type Open<'a> = &'a mut dyn FnMut() -> Result<Box<dyn Score>, session::Error>;

/// What a whole conversation did, for the log and for Job Inspector.
#[derive(Debug, Default)]
pub struct Summary {
    pub sid: String,
    pub app: String,
    pub calls: u64,
    pub rows: u64,
    /// Texts that had to be scored: different ones, as far as the cache remembers.
    pub unique_texts: u64,
    pub seconds: f64,
}

/// Talks until input ends. An error that can be told to the user has been told when this returns it.
pub fn converse(
    input: &mut dyn BufRead,
    output: &mut dyn Write,
    search_head: bool,
    open: Open<'_>,
    on_options: &mut dyn FnMut(&Options),
) -> Result<Summary, Error> {
    let mut command = Command {
        search_head,
        open,
        on_options,
        options: None,
        scorer: None,
        warned: false,
        work: Work::default(),
        summary: Summary::default(),
    };
    let mut chunk = Chunk::default();
    for number in 1.. {
        let answer = match chunk.read(input) {
            Ok(false) => break,
            Ok(true) => command.answer(number, &chunk, output),
            Err(source) => Err(Error::Transport { chunk: number, source }),
        };
        if let Err(error) = answer {
            if error.can_be_answered() {
                let said = error.to_string();
                let inspector = Inspector { messages: vec![("ERROR", said.clone())], cost: None };
                let reply = Reply { inspector, finished: Some(true), error: Some(&said), ..Reply::default() };
                Chunk::write(output, &reply.to_json(), b"").map_err(Error::Output)?;
            }
            return Err(error);
        }
    }
    Ok(command.summary)
}

struct Command<'a> {
    search_head: bool,
    open: Open<'a>,
    on_options: &'a mut dyn FnMut(&Options),
    options: Option<Options>,
    scorer: Option<Remembering>,
    warned: bool,
    work: Work,
    summary: Summary,
}

/// Memory that is used again from chunk to chunk.
#[derive(Default)]
struct Work {
    cells: Vec<Range<usize>>,
    lines: Vec<Line>,
    /// Texts of the rows, as the model reads them. Empty between chunks.
    texts: Vec<Cow<'static, [u8]>>,
    /// The cells of registered domains, one behind the other.
    domains: Vec<u8>,
    added: Vec<u8>,
    reply: Vec<u8>,
}

/// What the first pass over a chunk keeps of a row.
struct Line {
    row: Row,
    /// How many of the texts are its own.
    texts: u32,
    /// Where its cell ends in `Work::domains`.
    domains: usize,
}

impl Command<'_> {
    fn answer(&mut self, number: u64, chunk: &Chunk, output: &mut dyn Write) -> Result<(), Error> {
        let request = Request::parse(&chunk.metadata).map_err(|source| Error::Metadata { chunk: number, source })?;
        match request.action.as_str() {
            "getinfo" => self.answer_getinfo(request, output),
            "execute" => self.answer_execute(number, request.finished, chunk, output),
            // An action of a later splunkd: its rows go back as they came, so that nothing is lost.
            _ => {
                let reply = Reply { finished: Some(request.finished), ..Reply::default() };
                Chunk::write(output, &reply.to_json(), &chunk.body).map_err(Error::Output)
            }
        }
    }

    fn answer_getinfo(&mut self, request: Request, output: &mut dyn Write) -> Result<(), Error> {
        self.summary.sid = request.searchinfo.sid;
        self.summary.app = request.searchinfo.app;
        let options = Options::parse(&request.searchinfo.args)?;
        (self.on_options)(&options);
        // An imported model lies on the search head alone: the knowledge bundle does not carry `models/`.
        let kind = if options.local || self.search_head || options.model.is_some() { "stateful" } else { "streaming" };
        let fields: Vec<&str> = [Some(&options.field), options.domain.as_ref().filter(|name| **name != options.field)]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        let reply = Reply { kind: Some(kind), required_fields: Some(&fields), ..Reply::default() };
        Chunk::write(output, &reply.to_json(), b"").map_err(Error::Output)?;
        self.options = Some(options);
        Ok(())
    }

    fn answer_execute(&mut self, number: u64, finished: bool, chunk: &Chunk, output: &mut dyn Write) -> Result<(), Error> {
        let begun = Instant::now();
        let mut inspector = Inspector::default();
        self.work.reply.clear();
        if !chunk.body.is_empty() {
            self.score_body(number, &chunk.body, &mut inspector)?;
        }
        self.summary.calls += 1;
        self.summary.seconds += begun.elapsed().as_secs_f64();
        if finished {
            let Summary { seconds, calls, rows, .. } = self.summary;
            inspector.cost = Some((seconds, calls, rows, rows));
        }
        let reply = Reply { inspector, finished: Some(finished), ..Reply::default() };
        Chunk::write(output, &reply.to_json(), &self.work.reply).map_err(Error::Output)
    }

    /// Writes the reply body to one chunk's rows.
    fn score_body(&mut self, number: u64, body: &[u8], inspector: &mut Inspector) -> Result<(), Error> {
        let Self { options, work: Work { cells, lines, texts: kept, domains, added, reply }, .. } = self;
        let options = options.as_ref().ok_or(Error::NoGetinfo { chunk: number })?;
        let reads: text::Reads = if options.model.is_some() { text::as_it_is } else { text::answer };
        let failed = |source| Error::Rows { chunk: number, source };
        let no_memory = |_| Error::Memory { chunk: number };

        let mut rows = Rows::new(body);
        let Some(header) = rows.next(cells).map_err(failed)? else { return Ok(()) };
        let mut ours = verdict::COLUMNS.to_vec();
        ours.extend(options.domain.as_ref().map(|_| domain::COLUMN));
        ours.extend(explain::COLUMNS.into_iter().filter(|_| options.explain));
        let (layout, field) = (Layout::new(body, cells, &ours), Field::find(body, cells, &options.field));
        let queried = options.domain.as_ref().map(|name| Field::find(body, cells, name));
        let names = format!(",{}", ours.join(","));
        layout.write(reply, body, header, names.as_bytes()).map_err(failed)?;

        // First pass: the texts of all rows, and for each row how many of them are its own.
        let (mut texts, mut too_long) = (emptied(std::mem::take(kept)), None);
        lines.clear();
        domains.clear();
        while let Some(row) = rows.next(cells).map_err(failed)? {
            let before = texts.len();
            texts.try_reserve(1).and_then(|()| lines.try_reserve(1)).map_err(no_memory)?;
            match field.texts(body, cells) {
                Texts::One(cell) => take(reads, cell, &mut texts, &mut too_long, row.number),
                Texts::Many(values) => {
                    for cell in values {
                        take(reads, Cow::Owned(cell), &mut texts, &mut too_long, row.number);
                    }
                }
            }
            if texts.len() > limits::TEXTS {
                return Err(Error::TooManyTexts { chunk: number });
            }
            if let Some(queried) = &queried {
                domains.push(b',');
                let name = match queried.texts(body, cells) {
                    Texts::One(name) => domain::registered(&name),
                    Texts::Many(names) => names.first().and_then(|name| domain::registered(name)),
                };
                let name = name.unwrap_or_default();
                domains.try_reserve(2 * name.len() + 2).map_err(no_memory)?;
                rows::write_value(domains, name.as_bytes());
            }
            lines.push(Line { row, texts: (texts.len() - before) as u32, domains: domains.len() }); // at most VALUES
        }
        if let (Some((row, bytes)), false) = (too_long, self.warned) {
            self.warned = true;
            let said = format!(
                "chunk {number}, row {row}: a text of {bytes} bytes is longer than {} and gets no score; later ones are not reported",
                limits::TEXT_BYTES
            );
            log::warn!("{said}");
            inspector.messages.push(("WARN", said));
        }
        self.summary.rows += lines.len() as u64;
        let (scores, unique) = score(&mut self.scorer, self.open, &texts)?;
        self.summary.unique_texts += unique as u64;

        // Second pass: each row with the highest of its scores.
        let (mut from, mut before) = (0, 0);
        const ADDED: usize = ",0.123456,1".len();
        reply.try_reserve((body.len() + lines.len() * ADDED + domains.len()).min(limits::REPLY_BYTES)).map_err(no_memory)?;
        for line in &*lines {
            let own = from..from + line.texts as usize;
            from = own.end;
            // The first of the highest: the text that an explanation is of.
            let place = own.reduce(|best, place| if scores.get(place) > scores.get(best) { place } else { best });
            added.clear();
            verdict::write_cells(added, place.and_then(|place| scores.get(place).copied()), options.threshold);
            added.extend_from_slice(domains.get(before..line.domains).unwrap_or_default());
            before = line.domains;
            if options.explain {
                explain::explain(place.and_then(|place| texts.get(place)).map(|text| &**text)).write_cells(added);
            }
            layout.write(reply, body, line.row, added).map_err(failed)?;
        }
        *kept = emptied(texts);
        Ok(())
    }
}

/// Adds the text of a cell, unless it holds no answer or is too long.
fn take<'b>(reads: text::Reads, cell: Cow<'b, [u8]>, texts: &mut Vec<Cow<'b, [u8]>>, too_long: &mut Option<(u32, usize)>, row: u32) {
    if cell.len() > limits::TEXT_BYTES {
        too_long.get_or_insert((row, cell.len()));
        return;
    }
    texts.extend(match cell {
        Cow::Borrowed(cell) => reads(cell),
        Cow::Owned(cell) => reads(&cell).map(|value| Cow::Owned(value.into_owned())),
    });
}

/// Scores texts, and opens the scorer if these are the first.
fn score<'s>(scorer: &'s mut Option<Remembering>, open: Open<'_>, texts: &[Cow<'_, [u8]>]) -> Result<(&'s [f32], usize), Error> {
    if texts.is_empty() {
        return Ok((&[], 0));
    }
    let failed = |source| Error::Session { source };
    let scorer = match scorer {
        Some(scorer) => scorer,
        None => scorer.insert(Remembering::new(open().map_err(failed)?)),
    };
    scorer.score(texts).map_err(failed)
}
