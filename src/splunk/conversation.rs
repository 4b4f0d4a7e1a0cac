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

use crate::channel::exchanges::Exchanges;
use crate::channel::reason::reason;
use crate::channel::scorer::ScoreChannels;
use crate::channel::services::service_of;
use crate::evidence::explanation_cache::ExplanationCache;
use crate::model::{self, CachedScorer, Score, Scorer};
use crate::splunk::chunk::Chunk;
use crate::splunk::error::Error;
use crate::splunk::log;
use crate::splunk::metadata::{Inspector, Reply, Request};
use crate::splunk::options::Options;
use crate::splunk::row_groups::{Group, GroupReader};
use crate::splunk::rows::{self, Field, Layout, Rows};
use crate::{columns, limits, text};

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

/// What scores texts, and channels if the options ask for that.
pub struct Scorers {
    pub texts: Box<dyn Scorer>,
    pub channels: Option<Box<dyn ScoreChannels>>,
}

impl Scorers {
    /// Those of a search whose rows are no channels.
    pub fn of_texts(texts: Box<dyn Scorer>) -> Self {
        Self { texts, channels: None }
    }
}

/// Opens the scorers that the options ask for. Called once, at the first text or channel.
pub type OpenScorers<'a> = &'a mut dyn FnMut(&Options) -> Result<Scorers, model::Error>;

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
pub fn converse(input: &mut dyn BufRead, output: &mut dyn Write, settings: &Settings, open: OpenScorers<'_>) -> Result<Summary, Error> {
    let mut conversation = Conversation {
        settings,
        open,
        options: None,
        scorers: None,
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
    open: OpenScorers<'a>,
    options: Option<Options>,
    scorers: Option<Open>,
    explained: ExplanationCache,
    warned_of_long_text: bool,
    scratch: Scratch,
    summary: Summary,
}

/// The scorers of a conversation.
struct Open {
    texts: CachedScorer,
    channels: Option<Box<dyn ScoreChannels>>,
}

/// Memory that is reused from chunk to chunk.
#[derive(Default)]
struct Scratch {
    cells: Vec<Range<usize>>,
    /// Empty between chunks.
    group: Group<'static>,
    added: Vec<u8>,
    reply: Vec<u8>,
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
        self.scorers = None; // the options may name another model
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

    /// Builds the reply body to one chunk's rows, group by group: read the texts and score them all, then write the rows.
    fn score_body(&mut self, number: u64, body: &[u8], inspector: &mut Inspector) -> Result<(), Error> {
        let options = self.options.as_ref().ok_or(Error::NoGetinfo { chunk: number })?;
        let Scratch { cells, group: kept, added, reply } = &mut self.scratch;
        let rows_error = |source| Error::Rows { chunk: number, source };

        let mut rows = Rows::new(body);
        let Some(header) = rows.next(cells).map_err(rows_error)? else { return Ok(()) };
        let added_names = added_columns(options);
        let layout = Layout::new(body, cells, &added_names);
        let mut reader = GroupReader {
            chunk: number,
            body,
            rows,
            field: Field::find(body, cells, &options.field),
            queried: options.domain.as_ref().map(|name| Field::find(body, cells, name)),
            extract: if options.model.is_some() { text::raw_text } else { text::scorable_text },
            is_channel: options.channel,
            texts_read: 0,
            too_long: None,
        };
        layout.write(reply, body, header, format!(",{}", added_names.join(",")).as_bytes()).map_err(rows_error)?;
        // What most replies need: the body, and for rows of 90 bytes and more the added cells.
        let estimate = body.len().saturating_add(body.len() / 8).min(limits::MAX_REPLY_BYTES);
        reply.try_reserve(estimate).map_err(|_| Error::Memory { chunk: number })?;

        let (mut group, mut more) = (std::mem::take(kept).recycled(), true);
        while more {
            group = group.recycled();
            more = reader.read(cells, &mut group)?;
            self.summary.rows = self.summary.rows.saturating_add(group.lines.len() as u64);
            let has_work = !group.texts.is_empty() || !group.exchanges.is_empty();
            let (texts, channels) = match open_scorers(&mut self.scorers, self.open, options, has_work)? {
                Some(Open { texts, channels }) => (Some(texts), channels.as_mut()),
                None => (None, None),
            };
            let (scores, unique) = match texts {
                Some(texts) => texts.score(&group.texts).map_err(Error::Model)?,
                None => (&[][..], 0),
            };
            self.summary.unique_texts = self.summary.unique_texts.saturating_add(unique as u64);
            let judged = match channels.filter(|_| options.channel) {
                Some(channels) => judge_channels(number, &group, scores, channels.as_mut())?,
                None => Vec::new(),
            };
            let mut judged = judged.into_iter();
            let (mut first, mut domains_start) = (0usize, 0);
            for (place, line) in group.lines.iter().enumerate() {
                check_headroom(number, place)?;
                let own = first..first.saturating_add(line.texts as usize);
                first = own.end;
                // Of equal scores the first: its text is the one that is explained.
                let value = |place: usize| scores.get(place).map(|score| score.value);
                let best = own.reduce(|best, place| if value(place) > value(best) { place } else { best });
                added.clear();
                columns::write_score_cells(added, best.and_then(value), options.threshold);
                added.extend_from_slice(group.domains.get(domains_start..line.domains_end).unwrap_or_default());
                domains_start = line.domains_end;
                if options.explain {
                    // An imported model scores raw cells; record types and payloads are found in the normalised text.
                    let scored = best.and_then(|place| group.texts.get(place));
                    let text =
                        scored.map(|scored| if options.model.is_some() { text::normalise(scored) } else { Cow::Borrowed(&**scored) });
                    rows::write_cells(added, &self.explained.explain(text.as_deref()).cells());
                    columns::write_probability_cell(added, best.and_then(|place| scores.get(place)).map(|score| score.of_model));
                }
                if options.channel {
                    let (score, said) = judged.next().unwrap_or_default();
                    columns::write_probability_cell(added, score);
                    rows::write_cells(added, &[&said]);
                }
                layout.write(reply, body, line.row, added).map_err(rows_error)?;
            }
        }
        *kept = group.recycled();
        if let (Some((row, bytes)), false) = (reader.too_long, self.warned_of_long_text) {
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
    names.extend(columns::CHANNEL.into_iter().filter(|_| options.channel));
    names
}

/// The scorers, if there is something to score. Opens them if it is the first.
fn open_scorers<'s>(
    scorers: &'s mut Option<Open>,
    open: OpenScorers<'_>,
    options: &Options,
    has_work: bool,
) -> Result<Option<&'s mut Open>, Error> {
    if !has_work {
        return Ok(None);
    }
    if scorers.is_none() {
        let Scorers { texts, channels } = open(options).map_err(Error::Model)?;
        *scorers = Some(Open { texts: CachedScorer::new(texts), channels });
    }
    Ok(scorers.as_mut())
}

/// Asks for memory for the explanations and sentences of some rows: one by one they do not ask.
fn check_headroom(chunk: u64, row: usize) -> Result<(), Error> {
    const ROWS: usize = 1024;
    if row.is_multiple_of(ROWS) { limits::check_headroom(0).map_err(|_| Error::Memory { chunk }) } else { Ok(()) }
}

/// The score and the sentence of each row's channel. A row without exchanges has neither.
fn judge_channels(
    chunk: u64,
    group: &Group<'_>,
    scores: &[Score],
    scorer: &mut dyn ScoreChannels,
) -> Result<Vec<(Option<f32>, String)>, Error> {
    let mut answers = group.texts.iter().zip(scores);
    let mut exchanges = group.exchanges.iter();
    let (mut features, mut judged) = (Vec::new(), Vec::new());
    let rows = group.lines.len();
    features.try_reserve_exact(rows).and_then(|()| judged.try_reserve_exact(rows)).map_err(|_| Error::Memory { chunk })?;
    for (place, line) in group.lines.iter().enumerate() {
        check_headroom(chunk, place)?;
        let mut channel = Exchanges::default();
        let mut service = None; // of the first name: the exchanges of a row are of one domain
        for (place, exchange) in exchanges.by_ref().take(line.exchanges as usize).enumerate() {
            let answer = if exchange.is_answered { answers.next() } else { None };
            channel.add(&exchange.name, answer.map(|(text, score)| (&**text, score.value)));
            if place == 0 {
                service = service_of(&exchange.name);
            }
        }
        if line.exchanges > 0 {
            let parts = channel.parts();
            features.push(parts.features());
            judged.push((Some(0.0), reason(&parts, service)));
        } else {
            judged.push((None, String::new()));
        }
    }
    let mut scores = scorer.score(&features).map_err(Error::Model)?.into_iter();
    judged.iter_mut().filter(|(score, _)| score.is_some()).for_each(|(score, _)| *score = scores.next());
    Ok(judged)
}
