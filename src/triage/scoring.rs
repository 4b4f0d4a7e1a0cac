//! From records to scored records, in batches.

use std::borrow::Cow;
use std::io;

use crate::model::{self, CachedScorer, Score};
use crate::text::{self, ExtractText};
use crate::triage::input::{Kind, ReadError, Record};
use crate::{columns, domain, limits};

/// Records, and their bytes, that are scored at once.
const MAX_BATCH_RECORDS: usize = 4096;
const MAX_BATCH_BYTES: usize = 8 << 20;

/// A record and its score.
#[derive(Debug)]
pub struct ScoredRecord {
    pub record: Record,
    /// The rounded probability; `None` without an answer, or if the answer exceeds 1 MiB.
    pub score: Option<f64>,
    /// The model's own rounded probability, before a sign raised it.
    pub model_score: Option<f64>,
    texts: Texts,
}

/// Where the texts of a scored record come from.
#[derive(Debug)]
enum Texts {
    /// Extracted from the answer when they are needed.
    Answer(ExtractText),
    /// Kept, because the answer was cut.
    Kept { scored: Option<Vec<u8>>, normalised: Option<Vec<u8>> },
}

impl ScoredRecord {
    /// `extract` is what the model's text was extracted with.
    pub fn new(record: Record, score: Option<Score>, extract: ExtractText) -> Self {
        let rounded = |part: fn(Score) -> f32| score.map(|score| columns::round_score(part(score)));
        Self { record, score: rounded(|score| score.value), model_score: rounded(|score| score.of_model), texts: Texts::Answer(extract) }
    }

    /// Whether the score reaches a threshold.
    pub fn reaches(&self, threshold: f64) -> bool {
        self.score.is_some_and(|score| columns::is_suspicious(score, threshold))
    }

    /// The text that was scored: normalised for the embedded model, raw for an imported one.
    pub fn scored_text(&self) -> Option<Cow<'_, [u8]>> {
        match &self.texts {
            Texts::Answer(extract) => extract(&self.record.answer),
            Texts::Kept { scored, .. } => scored.as_deref().map(Cow::Borrowed),
        }
    }

    /// The normalised text, in which record types and payloads are found. `None` if nothing was scored.
    pub fn normalised_text(&self) -> Option<Cow<'_, [u8]>> {
        match &self.texts {
            Texts::Answer(extract) => extract(&self.record.answer).map(|_| text::normalise(&self.record.answer)),
            Texts::Kept { normalised, .. } => normalised.as_deref().map(Cow::Borrowed),
        }
    }

    /// Replaces a longer answer by the first `max_bytes` bytes of its texts. The texts are cut and not the answer, because the
    /// end of its presentation format would be missing.
    pub fn cut_answer(&mut self, max_bytes: usize) {
        if self.record.answer.len() > max_bytes {
            let cut = |text: Option<Cow<'_, [u8]>>| text.map(|text| text.get(..max_bytes).unwrap_or(&text).to_vec());
            let (scored, normalised) = (cut(self.scored_text()), cut(self.normalised_text()));
            self.record.answer = scored.clone().unwrap_or_default();
            self.texts = Texts::Kept { scored, normalised };
        }
    }

    /// The domain of the queried name, as [`domain_of`] gives it.
    pub fn domain(&self) -> String {
        domain_of(&self.record.query)
    }
}

/// The registered domain of a queried name in lower case; the whole name if it has none; [`NO_DOMAIN`] if it ends in data.
pub fn domain_of(query: &str) -> String {
    domain::registered_domain(query.as_bytes()).unwrap_or_else(|| {
        let name = query.trim_end_matches('.').to_lowercase();
        let is_address = name.parse::<std::net::IpAddr>().is_ok();
        let ends_in_data = name.rsplit_once('.').is_some_and(|(_, last)| !domain::is_top_level(last));
        if ends_in_data && !is_address { NO_DOMAIN.into() } else { name }
    })
}

/// The domain of names that end in data, as the searches of the app call it.
pub const NO_DOMAIN: &str = "(none)";

/// How much was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub records: u64,
    /// TXT queries that got no answer.
    pub queries: u64,
    /// Records at or above the threshold.
    pub suspicious: u64,
    /// Parts that could not be read.
    pub errors: u64,
    /// Parts that were read although they are not as they should be.
    pub remarks: u64,
}

/// Why scoring ended early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Model(#[from] model::Error),
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// Scores records.
pub struct RecordScorer {
    pub scorer: CachedScorer,
    /// Extracts the text to score from an answer.
    pub extract: ExtractText,
    pub threshold: f64,
}

impl RecordScorer {
    /// Scores all records of a reader, in order, and counts them. Read errors go to `report`; scored records, queries and pauses to
    /// `handle`.
    ///
    /// # Errors
    /// If the model or `handle` fails. A read error is not an error here.
    pub fn score_all(
        &mut self,
        reader: &mut dyn Iterator<Item = Result<Record, ReadError>>,
        tally: &mut Tally,
        report: &mut dyn FnMut(&ReadError),
        handle: &mut dyn FnMut(Step) -> io::Result<()>,
    ) -> Result<(), Error> {
        loop {
            let Batch { records: batch, queries, has_paused } = Batch::next(reader, tally, report);
            if batch.is_empty() && queries.is_empty() && !has_paused {
                return Ok(());
            }
            let is_short = |record: &&Record| record.answer.len() <= limits::MAX_TEXT_BYTES;
            let texts: Vec<_> =
                batch.iter().map(|record| Some(record).filter(is_short).and_then(|record| (self.extract)(&record.answer))).collect();
            let (scores, _) = self.scorer.score(&texts.iter().flatten().collect::<Vec<_>>())?;
            let mut scores = scores.iter().copied();
            let scores: Vec<Option<Score>> = texts.iter().map(|text| text.as_ref().and_then(|_| scores.next())).collect();
            drop(texts);
            let scored = batch.into_iter().zip(scores).map(|(record, score)| ScoredRecord::new(record, score, self.extract));
            let scored: Vec<ScoredRecord> = scored.collect();
            // Counted first: what was scored counts even if the output is closed.
            tally.records = tally.records.saturating_add(scored.len() as u64);
            let suspicious = scored.iter().filter(|one| one.reaches(self.threshold)).count() as u64;
            tally.suspicious = tally.suspicious.saturating_add(suspicious);
            scored.into_iter().map(Step::Record).chain(queries.into_iter().map(Step::Query)).try_for_each(&mut *handle)?;
            if has_paused {
                handle(Step::Pause)?;
            }
        }
    }
}

/// What scoring hands on.
pub enum Step {
    Record(ScoredRecord),
    /// A TXT query that got no answer.
    Query(Record),
    /// Nothing has come for a while: what was handed on is to be shown.
    Pause,
}

/// The next records of a reader, as many as are scored at once or as came until a pause. None and no pause is the end.
#[derive(Default)]
struct Batch {
    records: Vec<Record>,
    queries: Vec<Record>,
    has_paused: bool,
}

impl Batch {
    fn next(reader: &mut dyn Iterator<Item = Result<Record, ReadError>>, tally: &mut Tally, report: &mut dyn FnMut(&ReadError)) -> Self {
        let (mut batch, mut bytes) = (Self::default(), 0usize);
        let mut count_error = |error: ReadError, tally: &mut Tally| {
            match error.kind {
                Kind::Lost => tally.errors = tally.errors.saturating_add(1),
                Kind::Lenient => tally.remarks = tally.remarks.saturating_add(1),
                Kind::LeftOut | Kind::Pause => {}
            }
            report(&error);
        };
        while batch.records.len() < MAX_BATCH_RECORDS
            && batch.queries.len() < MAX_BATCH_RECORDS
            && bytes < MAX_BATCH_BYTES
            && let Some(record) = reader.next()
        {
            match record {
                Ok(record) => {
                    let object = record.object.as_ref().map_or(0, |object| object.len());
                    let parts = [record.answer.len(), object, record.query.len(), record.client.len(), record.server.len()];
                    bytes = parts.into_iter().fold(bytes, usize::saturating_add);
                    if record.is_query {
                        tally.queries = tally.queries.saturating_add(1);
                        batch.queries.push(record);
                        continue;
                    }
                    if record.answer.len() > limits::MAX_TEXT_BYTES {
                        let location = format!("answer {}", tally.records.saturating_add(batch.records.len() as u64).saturating_add(1));
                        let message = format!("it is longer than {} MiB and gets no score", limits::MAX_TEXT_BYTES >> 20);
                        count_error(ReadError::new(location, message), tally);
                    }
                    batch.records.push(record);
                }
                Err(error) if error.kind == Kind::Pause => return Self { has_paused: true, ..batch },
                Err(error) => count_error(error, tally),
            }
        }
        batch
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::Scorer;

    /// A scored record, for tests.
    pub(crate) fn scored(query: &str, client: &str, answer: &str, score: Option<f64>) -> ScoredRecord {
        let (query, client) = (query.into(), client.into());
        let record = Record { query, client, answer: answer.into(), ..Record::default() };
        ScoredRecord::new(record, score.map(|score| Score::of_model(score as f32)), text::scorable_text)
    }

    struct ByLength;

    impl Scorer for ByLength {
        fn score(&mut self, texts: &[&[u8]]) -> Result<Vec<Score>, model::Error> {
            Ok(texts.iter().map(|text| Score::of_model(text.len() as f32 / 10.0)).collect())
        }
    }

    fn by_length() -> RecordScorer {
        RecordScorer { scorer: CachedScorer::new(Box::new(ByLength)), extract: text::scorable_text, threshold: 0.5 }
    }

    #[test]
    fn every_record_comes_out_in_order_and_errors_are_reported() {
        let record = |answer: &str| Ok(Record { answer: answer.into(), ..Record::default() });
        let error = || Err(ReadError::in_line(2, "incomplete"));
        let mut parts = vec![record("\"aaaaa\""), error(), record("unknown"), record("b")];
        parts.extend((0..MAX_BATCH_RECORDS).map(|_| record("cccccccccc")));
        let (mut tally, mut named, mut out) = (Tally::default(), Vec::new(), Vec::new());
        let each = &mut |step| {
            if let Step::Record(one) = step {
                out.push(one.score);
            }
            Ok(())
        };
        by_length().score_all(&mut parts.into_iter(), &mut tally, &mut |part| named.push(part.to_string()), each).unwrap();
        assert_eq!(named, ["line 2: incomplete"]);
        assert_eq!(
            tally,
            Tally { records: 3 + MAX_BATCH_RECORDS as u64, suspicious: 1 + MAX_BATCH_RECORDS as u64, errors: 1, ..Tally::default() }
        );
        assert_eq!((&out[..3], out.len()), (&[Some(0.5), None, Some(0.1)][..], 3 + MAX_BATCH_RECORDS));
    }

    #[test]
    fn queries_are_handed_on_and_get_no_score() {
        let query = Record { query: "a.example".into(), is_query: true, ..Record::default() };
        let parts = vec![Ok(query), Ok(Record { answer: b"text".to_vec(), ..Record::default() })];
        let (mut tally, mut out) = (Tally::default(), Vec::new());
        let each = &mut |step| {
            out.push(match step {
                Step::Record(one) => one.score.is_some(),
                Step::Query(_) | Step::Pause => false,
            });
            Ok(())
        };
        by_length().score_all(&mut parts.into_iter(), &mut tally, &mut |_| {}, each).unwrap();
        assert_eq!((out, tally), (vec![true, false], Tally { records: 1, queries: 1, ..Tally::default() }));
    }

    /// Found in review: a text that is too long was ignored silently, and batches were unbounded.
    #[test]
    fn a_text_that_is_too_long_is_named_and_batches_are_bounded() {
        let long = || Ok(Record { answer: vec![b'x'; limits::MAX_TEXT_BYTES + 1], ..Record::default() });
        let (mut tally, mut named, mut out) = (Tally::default(), Vec::new(), 0);
        let each = &mut |step| {
            if let Step::Record(one) = step {
                out += usize::from(one.score.is_none());
            }
            Ok(())
        };
        by_length().score_all(&mut (0..20).map(|_| long()), &mut tally, &mut |part| named.push(part.to_string()), each).unwrap();
        assert_eq!((named.len(), out, tally.records, tally.errors), (20, 20, 20, 20));
        assert_eq!(named[19], "answer 20: it is longer than 1 MiB and gets no score");
    }

    /// Found in review: with an imported model, which scores raw cells, no answer got a record type.
    #[test]
    fn an_imported_model_scores_the_raw_text_and_explanations_read_the_normalised_one() {
        let record = || Record { answer: b"\"v=spf1\" \" -all\"".to_vec(), ..Record::default() };
        let (imported, embedded) =
            (ScoredRecord::new(record(), None, text::raw_text), ScoredRecord::new(record(), None, text::scorable_text));
        assert_eq!(imported.scored_text().as_deref(), Some(&b"\"v=spf1\" \" -all\""[..]));
        assert_eq!(embedded.scored_text().as_deref(), Some(&b"v=spf1 -all"[..]));
        for mut one in [imported, embedded] {
            assert_eq!(one.normalised_text().as_deref(), Some(&b"v=spf1 -all"[..]));
            one.cut_answer(6);
            assert_eq!(one.normalised_text().as_deref(), Some(&b"v=spf1"[..]));
        }
    }
}
