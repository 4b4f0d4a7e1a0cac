//! `dnstxtscore score`: scored records or groups of them, on a terminal, or as a table, CSV or JSON.

use std::io;
use std::path::PathBuf;

use console::measure_text_width;

use crate::cli::terminal::{Error, Outcome, Terminal, for_shell};
use crate::cli::triage::args::{Color, ScoreArgs};
use crate::cli::triage::fields;
use crate::cli::triage::sources::{Messages, OpenInput, ReadSummary, judge, read_all, reads_standard_input};
use crate::escape::escape_for_display;
use crate::triage::channels::Channels;
use crate::triage::groups::{GroupBy, Groups};
use crate::triage::output::{OutputFormat, Writer};
use crate::triage::ranking::{Order, TopRecords};
use crate::triage::scoring::{ScoredRecord, Step};
use crate::triage::screen::{Contents, Screen};
use crate::triage::unique::UniqueRecords;

/// Different rows that a terminal shows if no number is given.
const MAX_ROWS: usize = 10_000;
/// Bytes of an answer that are kept for a terminal, which shows three lines of it.
const MAX_ANSWER_BYTES: usize = 16 << 10;

pub(in crate::cli) fn run(args: &ScoreArgs, terminal: &mut Terminal<'_>) -> Result<Outcome, Error> {
    match args.color {
        Color::Auto => {}
        Color::Always => console::set_colors_enabled(true),
        Color::Never => console::set_colors_enabled(false),
    }
    if args.list_fields {
        return fields::run(&args.source, terminal);
    }
    if reads_standard_input(&args.source) && terminal.input_is_terminal && !args.source.quiet {
        writeln!(terminal.messages, "dnstxtscore: reading texts from this terminal, one per line; Ctrl-D ends the input")?;
    }
    let Terminal { input, output, messages, width, bar, .. } = terminal;
    let group_by = if args.format() == OutputFormat::Stix { Some(GroupBy::Channel) } else { args.group_by };
    let is_stream = args.source.follow || args.all || reads_standard_input(&args.source);
    let keeps_records = group_by.is_some() || args.top.is_some() || args.sort.is_some() || (width.is_some() && !is_stream);
    // Records that are written as they are read would be mixed with the bar on one terminal.
    let show_bar = !args.source.quiet && (keeps_records || width.is_none());
    let mut messages = Messages { messages: &mut **messages, bar, show_bar };
    let mut writer = Writer::new(&mut **output, args.format(), args.explain, args.source.threshold, *width);
    let (outcome, written) = match (group_by, *width) {
        (Some(by), _) => groups(args, by, *input, &mut messages, &mut writer)?,
        (None, Some(width)) if args.format() == OutputFormat::Table => {
            let mut screen = Screen::new(&mut **output, width, args.source.threshold, args.explain);
            if keeps_records {
                highest_on_screen(args, *input, &mut messages, &mut screen)?
            } else {
                stream_on_screen(args, *input, &mut messages, &mut screen)?
            }
        }
        (None, _) if keeps_records => {
            let mut highest = TopRecords::new(args.top);
            let summary = read(args, *input, &mut messages, &mut |step| {
                if let Step::Record(scored) = step
                    && is_wanted(args, &scored)
                {
                    highest.add(scored);
                }
                Ok(())
            })?;
            let mut sorted = highest.sorted(args.sort.unwrap_or(Order::Score)).into_iter();
            (summary.outcome(), sorted.try_for_each(|scored| writer.record(&scored)).and_then(|()| writer.end()))
        }
        (None, _) => {
            let write = &mut |step| match step {
                Step::Record(scored) if is_wanted(args, &scored) => writer.record(&scored),
                Step::Record(_) | Step::Query(_) => Ok(()),
                Step::Pause => writer.flush(),
            };
            (read(args, *input, &mut messages, write)?.outcome(), writer.end())
        }
    };
    match written {
        // A broken pipe is not an error: the reader of the output has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(outcome),
    }
}

/// How a task ended, and whether its output could be written.
type Written = (Outcome, io::Result<()>);

fn is_wanted(args: &ScoreArgs, scored: &ScoredRecord) -> bool {
    args.min_score.is_none_or(|min| scored.reaches(min))
}

fn read(
    args: &ScoreArgs,
    input: OpenInput,
    messages: &mut Messages<'_>,
    handle: &mut dyn FnMut(Step) -> io::Result<()>,
) -> Result<ReadSummary, Error> {
    let keep_objects = args.format() == OutputFormat::Jsonl && args.group_by.is_none();
    read_all(&args.source, keep_objects, input, messages, handle)
}

fn groups(args: &ScoreArgs, by: GroupBy, input: OpenInput, messages: &mut Messages<'_>, writer: &mut Writer<'_>) -> Result<Written, Error> {
    let (mut groups, mut channels) = (Groups::new(by, args.source.threshold), Channels::default());
    let summary = read(args, input, messages, &mut |step| {
        match step {
            Step::Record(scored) => {
                channels.add(&scored); // its score is that of all answers
                if is_wanted(args, &scored) {
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
    Ok((outcome, writer.groups(by, &sorted)))
}

/// The different records with the highest scores, and the summary.
fn highest_on_screen(args: &ScoreArgs, input: OpenInput, messages: &mut Messages<'_>, screen: &mut Screen<'_>) -> Result<Written, Error> {
    let (mut unique, mut channels) = (UniqueRecords::new(args.top.unwrap_or(MAX_ROWS)), Channels::default());
    let (mut every, mut client, mut has_names) = (args.all.then(|| TopRecords::new(args.top)), 0, false);
    let summary = read(args, input, messages, &mut |step| {
        match step {
            Step::Record(mut scored) => {
                channels.add(&scored);
                if is_wanted(args, &scored) {
                    client = client.max(measure_text_width(&escape_for_display(&scored.record.client)));
                    has_names |= !scored.record.client.is_empty() || !scored.record.query.is_empty();
                    scored.record.object = None;
                    scored.cut_answer(MAX_ANSWER_BYTES);
                    match &mut every {
                        Some(every) => every.add(scored),
                        None => unique.add(scored),
                    }
                }
            }
            Step::Query(query) => channels.add_query(&query),
            Step::Pause => {}
        }
        Ok(())
    })?;
    let judged = judge(channels, &args.source)?;
    let order = args.sort.unwrap_or(Order::Score);
    let different = unique.different();
    let rows: Vec<(ScoredRecord, u64)> = match every {
        Some(every) => every.sorted(order).into_iter().map(|one| (one, 1)).collect(),
        None => unique.sorted(order).collect(),
    };
    let hidden = if args.top.is_some() { 0 } else { different.saturating_sub(rows.len()) };
    let has_counts = rows.iter().any(|(_, times)| *times > 1);
    let show = |screen: &mut Screen<'_>| -> io::Result<()> {
        if !rows.is_empty() {
            screen.header(Contents { has_names, client, has_counts })?;
        }
        rows.iter().try_for_each(|(one, times)| screen.row(one, *times))?;
        screen.summary(&summary.tally, &judged, hidden, &files(args))
    };
    Ok((summary.outcome(), show(screen)))
}

/// Every record as it is read, and the summary unless the input has no end.
fn stream_on_screen(args: &ScoreArgs, input: OpenInput, messages: &mut Messages<'_>, screen: &mut Screen<'_>) -> Result<Written, Error> {
    let mut channels = Channels::default();
    let summary = read(args, input, messages, &mut |step| match step {
        Step::Record(scored) => {
            if !args.source.follow {
                channels.add(&scored);
            }
            if is_wanted(args, &scored) { screen.row(&scored, 1) } else { Ok(()) }
        }
        Step::Query(query) => {
            if !args.source.follow {
                channels.add_query(&query);
            }
            Ok(())
        }
        Step::Pause => screen.flush(),
    })?;
    let judged = judge(channels, &args.source)?;
    Ok((summary.outcome(), screen.summary(&summary.tally, &judged, 0, &files(args))))
}

/// The files as the user named them, for a command to run next.
fn files(args: &ScoreArgs) -> String {
    let name = |path: &PathBuf| if path.as_os_str() == "-" { "FILE".to_owned() } else { for_shell(path) };
    args.source.files.iter().map(name).collect::<Vec<_>>().join(" ")
}
