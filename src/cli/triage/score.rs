//! `dnstxtscore score`: scored records or groups of them, as a table, CSV or JSON.

use std::io;

use crate::cli::terminal::{Error, Outcome, Terminal};
use crate::cli::triage::args::ScoreArgs;
use crate::cli::triage::fields;
use crate::cli::triage::sources::{Messages, judge, read_all};
use crate::triage::channels::Channels;
use crate::triage::groups::Groups;
use crate::triage::output::{OutputFormat, Writer};
use crate::triage::ranking::{Order, TopRecords};
use crate::triage::scoring::{ScoredRecord, Step};

pub(in crate::cli) fn run(args: &ScoreArgs, terminal: &mut Terminal<'_>) -> Result<Outcome, Error> {
    if args.list_fields {
        return fields::run(&args.source, terminal);
    }
    let Terminal { input, output, messages, width, bar, .. } = terminal;
    let keeps_records = args.group_by.is_some() || args.top.is_some() || args.sort.is_some();
    // Records that are written as they are read would be mixed with the bar on one terminal.
    let show_bar = !args.source.quiet && (keeps_records || width.is_none());
    let mut messages = Messages { messages: &mut **messages, bar, show_bar };
    let mut writer = Writer::new(&mut **output, args.output, args.explain, args.source.threshold, *width);
    let keep_objects = args.output == OutputFormat::Jsonl && args.group_by.is_none();
    let is_wanted = |scored: &ScoredRecord| args.min_score.is_none_or(|min| scored.reaches(min));
    let (outcome, written) = if let Some(by) = args.group_by {
        let (mut groups, mut channels) = (Groups::new(by, args.source.threshold), Channels::default());
        let summary = read_all(&args.source, keep_objects, *input, &mut messages, &mut |step| {
            match step {
                Step::Record(scored) => {
                    channels.add(&scored); // its score is that of all answers
                    if is_wanted(&scored) {
                        groups.add(&scored);
                    }
                }
                Step::Query(query) => {
                    channels.add_query(&query);
                    if args.min_score.is_none() {
                        groups.add_query(&query);
                    }
                }
                Step::Pause => {}
            }
            Ok(())
        })?;
        let judged = judge(channels, &args.source)?;
        let outcome = summary.outcome_with(&judged, args.source.threshold);
        let mut sorted = groups.sorted(&judged);
        sorted.truncate(args.top.unwrap_or(usize::MAX));
        (outcome, writer.groups(by, &sorted))
    } else if keeps_records {
        let mut highest = TopRecords::new(args.top);
        let summary = read_all(&args.source, keep_objects, *input, &mut messages, &mut |step| {
            if let Step::Record(scored) = step
                && is_wanted(&scored)
            {
                highest.add(scored);
            }
            Ok(())
        })?;
        let mut sorted = highest.sorted(args.sort.unwrap_or(Order::Score)).into_iter();
        (summary.outcome(), sorted.try_for_each(|scored| writer.record(&scored)).and_then(|()| writer.end()))
    } else {
        let write = &mut |step| match step {
            Step::Record(scored) if is_wanted(&scored) => writer.record(&scored),
            Step::Record(_) | Step::Query(_) => Ok(()),
            Step::Pause => writer.flush(),
        };
        (read_all(&args.source, keep_objects, *input, &mut messages, write)?.outcome(), writer.end())
    };
    match written {
        // A broken pipe is not an error: the reader of the output has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(outcome),
    }
}
