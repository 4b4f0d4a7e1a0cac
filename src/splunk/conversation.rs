//! The conversation with splunkd: getinfo, then chunks of rows, each answered by one reply chunk, until input ends.
//!
//! Two rules shape this file. splunkd sends getinfo several times per search, so getinfo must cost nothing: the scorer is
//! opened at the first row with a text, not before. And a reply is complete or absent: it is built in memory, because its
//! length comes first, and a chunk that did not arrive completely is not answered.

use std::borrow::Cow;
use std::io::{BufRead, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::time::Instant;

use crate::evidence::explanation_cache::ExplanationCache;
use crate::model::{self, CachedScorer, Scorer};
use crate::recycle::recycle;
use crate::splunk::chunk::Chunk;
use crate::splunk::error::Error;
use crate::splunk::log;
use crate::splunk::metadata::{Inspector, Reply, Request};
use crate::splunk::options::Options;
use crate::splunk::rows::{self, Field, Layout, Row, Rows, Texts};
use crate::text::{self, ExtractText};
use crate::{columns, domain, limits};

/// What the process that runs the conversation knows.
#[derive(Debug, Default)]
pub struct Settings {
    /// Whether `commands.conf` says that the command runs on the search head only.
    pub search_head_only: bool,
    /// `$SPLUNK_HOME`, below which the log is written.
    pub splunk_home: Option<PathBuf>,
}

impl Settings {
    /// Writes an error to the log. If getinfo was not read yet, the log is started with the default level.
    pub fn log_error(&self, error: &Error) {
        log::start(self.splunk_home.as_deref(), Options::default().log_level);
        ::log::error!("{error}");
    }
}

/// Bytes of texts, and rows, that are scored together. An ordinary chunk has less.
const MAX_GROUP_BYTES: usize = 16 << 20;
const MAX_GROUP_ROWS: usize = 64 << 10;

/// Opens the scorer that the options ask for. Called once, at the first text.
pub type OpenScorer<'a> = &'a mut dyn FnMut(&Options) -> Result<Box<dyn Scorer>, model::Error>;

/// What a whole conversation did, for the log and for Job Inspector.
#[derive(Debug, Default)]
pub struct Summary {
    pub sid: String,
    pub app: String,
    /// The name of the model.
    pub model: String,
    /// Chunks with rows.
    pub calls: u64,
    pub rows: u64,
    /// Texts that had to be scored, because the cache did not hold them.
    pub unique_texts: u64,
    pub seconds: f64,
}

impl Summary {
    /// Writes the line that `loglevel=info` asks for.
    pub fn log(&self) {
        if self.calls > 0 {
            let Self { sid, app, model, rows, unique_texts, seconds, .. } = self;
            let (milliseconds, rows_per_second) = (seconds * 1e3, *rows as f64 / seconds.max(1e-9));
            ::log::info!(
                "sid={sid:?} app={app:?} rows={rows} unique_texts={unique_texts} milliseconds={milliseconds:.0} \
                 rows_per_second={rows_per_second:.0} model={model}"
            );
        }
    }
}

/// Answers chunks until input ends.
///
/// # Errors
/// The first error ends the conversation. If splunkd still reads, it was already sent as a reply.
pub fn converse(input: &mut dyn BufRead, output: &mut dyn Write, settings: &Settings, open: OpenScorer<'_>) -> Result<Summary, Error> {
    let mut conversation = Conversation {
        settings,
        open,
        options: None,
        scorer: None,
        explained: ExplanationCache::default(),
        warned_of_long_text: false,
        scratch: Scratch::default(),
        summary: Summary::default(),
    };
    let mut chunk = Chunk::default();
    for number in 1.. {
        let answer = match chunk.read(input) {
            Ok(false) => break,
            Ok(true) => conversation.answer(number, &chunk, output),
            Err(source) => Err(Error::Transport { chunk: number, source }),
        };
        if let Err(error) = answer {
            if error.can_be_answered() {
                let message = error.to_string();
                let inspector = Inspector { messages: vec![("ERROR", message.clone())], cost: None };
                let reply = Reply { inspector, finished: Some(true), error: Some(&message), ..Reply::default() };
                Chunk::write(output, &reply.to_json(), b"").map_err(Error::Output)?;
            }
            return Err(error);
        }
    }
    Ok(conversation.summary)
}

struct Conversation<'a> {
    settings: &'a Settings,
    open: OpenScorer<'a>,
    options: Option<Options>,
    scorer: Option<CachedScorer>,
    explained: ExplanationCache,
    warned_of_long_text: bool,
    scratch: Scratch,
    summary: Summary,
}

/// Memory that is reused from chunk to chunk.
#[derive(Default)]
struct Scratch {
    cells: Vec<Range<usize>>,
    lines: Vec<Line>,
    /// The extracted texts of all rows. Empty between chunks.
    texts: Vec<Cow<'static, [u8]>>,
    /// The cells of registered domains, one after the other.
    domains: Vec<u8>,
    added: Vec<u8>,
    reply: Vec<u8>,
}

/// What the first pass over a chunk keeps of a row.
struct Line {
    row: Row,
    /// How many of the texts belong to this row.
    texts: u32,
    /// Where this row's cell ends in `Scratch::domains`.
    domains_end: usize,
}

impl Conversation<'_> {
    fn answer(&mut self, number: u64, chunk: &Chunk, output: &mut dyn Write) -> Result<(), Error> {
        let request = Request::parse(&chunk.metadata).map_err(|source| Error::Metadata { chunk: number, source })?;
        match request.action.as_str() {
            "getinfo" => self.answer_getinfo(request, output),
            "execute" => self.answer_execute(number, request.finished, chunk, output),
            // An action of a later splunkd: its rows are returned unchanged, so that nothing is lost.
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
        self.summary.model = options.model.as_deref().unwrap_or(model::EMBEDDED_NAME).to_owned();
        log::start(self.settings.splunk_home.as_deref(), options.log_level);
        // An imported model exists on the search head only: the knowledge bundle does not carry `models/`.
        let is_stateful = options.local || self.settings.search_head_only || options.model.is_some();
        let kind = if is_stateful { "stateful" } else { "streaming" };
        let fields: Vec<&str> = [Some(&options.field), options.domain.as_ref().filter(|name| **name != options.field)]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        let reply = Reply { kind: Some(kind), required_fields: Some(&fields), ..Reply::default() };
        Chunk::write(output, &reply.to_json(), b"").map_err(Error::Output)?;
        self.scorer = None; // the options may name another model
        self.options = Some(options);
        Ok(())
    }

    fn answer_execute(&mut self, number: u64, finished: bool, chunk: &Chunk, output: &mut dyn Write) -> Result<(), Error> {
        let start = Instant::now();
        let mut inspector = Inspector::default();
        self.scratch.reply.clear();
        if !chunk.body.is_empty() {
            self.score_body(number, &chunk.body, &mut inspector)?;
        }
        self.summary.calls = self.summary.calls.saturating_add(1);
        self.summary.seconds += start.elapsed().as_secs_f64();
        if finished {
            let Summary { seconds, calls, rows, .. } = self.summary;
            inspector.cost = Some((seconds, calls, rows, rows));
        }
        let reply = Reply { inspector, finished: Some(finished), ..Reply::default() };
        Chunk::write(output, &reply.to_json(), &self.scratch.reply).map_err(Error::Output)
    }

    /// Builds the reply body to one chunk's rows, in two passes: extract the texts and score them all, then write the rows.
    fn score_body(&mut self, number: u64, body: &[u8], inspector: &mut Inspector) -> Result<(), Error> {
        let Self { options, explained, scratch: Scratch { cells, lines, texts: kept, domains, added, reply }, .. } = self;
        let options = options.as_ref().ok_or(Error::NoGetinfo { chunk: number })?;
        let extract: ExtractText = if options.model.is_some() { text::raw_text } else { text::scorable_text };
        let rows_error = |source| Error::Rows { chunk: number, source };
        let no_memory = |_| Error::Memory { chunk: number };

        let mut rows = Rows::new(body);
        let Some(header) = rows.next(cells).map_err(rows_error)? else { return Ok(()) };
        let added_names = added_columns(options);
        let (layout, field) = (Layout::new(body, cells, &added_names), Field::find(body, cells, &options.field));
        let queried = options.domain.as_ref().map(|name| Field::find(body, cells, name));
        layout.write(reply, body, header, format!(",{}", added_names.join(",")).as_bytes()).map_err(rows_error)?;

        // Rows in groups, so that texts whose quotes or escapes were removed are few at a time.
        let (mut texts, mut too_long, mut text_count, mut more) = (recycle(std::mem::take(kept)), None, 0usize, true);
        // What most replies need: the body, and for rows of 90 bytes and more the added cells.
        reply.try_reserve(body.len().saturating_add(body.len() / 8).min(limits::MAX_REPLY_BYTES)).map_err(no_memory)?;
        while more {
            lines.clear();
            domains.clear();
            texts.clear();
            let mut bytes = 0usize;
            // First pass: the texts of a group's rows, and how many belong to each row.
            more = loop {
                if bytes >= MAX_GROUP_BYTES || lines.len() >= MAX_GROUP_ROWS {
                    break true;
                }
                let Some(row) = rows.next(cells).map_err(rows_error)? else { break false };
                let before = texts.len();
                texts.try_reserve(1).and_then(|()| lines.try_reserve(1)).map_err(no_memory)?;
                match field.texts(body, cells) {
                    Texts::One(cell) => push_text(extract, cell, &mut texts, &mut too_long, row.number),
                    Texts::Many(values) => {
                        for cell in values {
                            push_text(extract, cell, &mut texts, &mut too_long, row.number);
                        }
                    }
                }
                let own = texts.get(before..).unwrap_or_default();
                bytes = own.iter().map(|text| text.len()).fold(bytes, usize::saturating_add);
                text_count = text_count.saturating_add(own.len());
                if text_count > limits::MAX_TEXTS {
                    return Err(Error::TooManyTexts { chunk: number });
                }
                if let Some(queried) = &queried {
                    let name = match queried.texts(body, cells) {
                        Texts::One(name) => domain::registered_domain(&name),
                        Texts::Many(names) => names.first().and_then(|name| domain::registered_domain(name)),
                    };
                    let name = name.unwrap_or_default();
                    domains.try_reserve(name.len().saturating_mul(2).saturating_add(3)).map_err(no_memory)?;
                    rows::write_cells(domains, &[&name]);
                }
                lines.push(Line { row, texts: own.len() as u32, domains_end: domains.len() }); // at most MAX_TEXTS
            };
            self.summary.rows = self.summary.rows.saturating_add(lines.len() as u64);
            let (scores, unique) = score(&mut self.scorer, self.open, options, &texts)?;
            self.summary.unique_texts = self.summary.unique_texts.saturating_add(unique as u64);

            // Second pass: each row with the highest of its scores.
            let (mut first, mut domains_start) = (0usize, 0);
            for line in &*lines {
                let own = first..first.saturating_add(line.texts as usize);
                first = own.end;
                // Of equal scores the first: its text is the one that is explained.
                let best = own.reduce(|best, place| if scores.get(place) > scores.get(best) { place } else { best });
                added.clear();
                columns::write_score_cells(added, best.and_then(|place| scores.get(place).copied()), options.threshold);
                added.extend_from_slice(domains.get(domains_start..line.domains_end).unwrap_or_default());
                domains_start = line.domains_end;
                if options.explain {
                    // An imported model scores raw cells; record types and payloads are found in the normalised text.
                    let scored = best.and_then(|place| texts.get(place));
                    let text =
                        scored.map(|scored| if options.model.is_some() { text::normalise(scored) } else { Cow::Borrowed(&**scored) });
                    rows::write_cells(added, &explained.explain(text.as_deref()).cells());
                }
                layout.write(reply, body, line.row, added).map_err(rows_error)?;
            }
        }
        *kept = recycle(texts);
        if let (Some((row, bytes)), false) = (too_long, self.warned_of_long_text) {
            self.warned_of_long_text = true;
            let message = format!(
                "chunk {number}, row {row}: a text of {bytes} bytes is longer than {} and gets no score; later ones are not reported",
                limits::MAX_TEXT_BYTES
            );
            ::log::warn!("{message}");
            inspector.messages.push(("WARN", message));
        }
        Ok(())
    }
}

/// The names of the columns that a reply adds, in order.
fn added_columns(options: &Options) -> Vec<&'static str> {
    let mut names = columns::SCORE.to_vec();
    names.extend(options.domain.as_ref().map(|_| columns::REGISTERED_DOMAIN));
    names.extend(columns::EXPLANATION.into_iter().filter(|_| options.explain));
    names
}

/// Adds the text of a cell, unless it holds no answer or is too long.
fn push_text<'b>(extract: ExtractText, cell: Cow<'b, [u8]>, texts: &mut Vec<Cow<'b, [u8]>>, too_long: &mut Option<(u32, usize)>, row: u32) {
    if cell.len() > limits::MAX_TEXT_BYTES {
        too_long.get_or_insert((row, cell.len()));
        return;
    }
    texts.extend(match cell {
        Cow::Borrowed(cell) => extract(cell),
        Cow::Owned(cell) => extract(&cell).map(|value| Cow::Owned(value.into_owned())),
    });
}

/// The scores of texts, and how many of them were not in the cache. Opens the scorer if these are the first texts.
fn score<'s>(
    scorer: &'s mut Option<CachedScorer>,
    open: OpenScorer<'_>,
    options: &Options,
    texts: &[Cow<'_, [u8]>],
) -> Result<(&'s [f32], usize), Error> {
    if texts.is_empty() {
        return Ok((&[], 0));
    }
    let scorer = match scorer {
        Some(scorer) => scorer,
        None => scorer.insert(CachedScorer::new(open(options).map_err(Error::Model)?)),
    };
    scorer.score(texts).map_err(Error::Model)
}
