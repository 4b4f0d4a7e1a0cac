//! The command line for people: `score`, `report`, `doctor`, `completions`, `--help`, `--version`. splunkd never comes here.

use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory, Parser, Subcommand};
use indicatif::ProgressBar;

use crate::groups::{By, Groups};
use crate::imported::Original;
use crate::options::{self, Options};
use crate::report::Report;
use crate::scorer::{Model, Remembering, Score};
use crate::session::{self, Session};
use crate::show::{Form, Writer, shown};
use crate::source::{self, Broken, Input, Reading};
use crate::triage::{self, Highest, Judged, Order, Tally};
use crate::{doctor, library, text};

/// Score DNS TXT answers: the probability of a payload, command or tunnel answer.
///
/// Without arguments (or with --search-head alone) it speaks Splunk's chunked protocol on standard input and output.
#[derive(Parser)]
#[command(name = "dnstxtscore", version = VERSION, after_help = options::as_help(), disable_help_subcommand = true)]
pub struct Cli {
    /// Answer splunkd that the command runs on the search head only (set by command.arg.1 in commands.conf)
    #[arg(long)]
    pub search_head: bool,
    #[command(subcommand)]
    pub task: Option<Task>,
}

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (model dnstxt_v2)");

#[derive(Subcommand)]
pub enum Task {
    /// Score the TXT answers of captures, logs, tables and texts
    ///
    /// Reads pcap, pcapng, Zeek's dns.log (TSV and JSON), Suricata's EVE, CSV, JSON lines and one text a line, packed with gzip
    /// or zstd or not. What cannot be read is counted and named on standard error, and the rest is read.
    ///
    /// Exit status: 0 nothing at or above the threshold; 3 something was; 1 it failed, or a file could not be opened or
    /// gave nothing but broken parts; 2 the command line has a fault.
    #[command(verbatim_doc_comment)]
    Score(ScoreArgs),
    /// Write a report to read and to hand on: one HTML file that needs no network
    Report(ReportArgs),
    /// Check library, model and two known scores, and say what to mend
    Doctor,
    /// Print completions for a shell
    Completions {
        /// The shell that they are for
        shell: clap_complete::Shell,
    },
}

/// What to read, and how to judge it.
#[derive(Args)]
pub struct SourceArgs {
    /// Files to read; - is standard input
    #[arg(default_value = "-")]
    files: Vec<PathBuf>,
    /// What the files are
    #[arg(long, value_enum, default_value = "auto")]
    format: source::Format,
    /// The column or member that holds the answer [default: text, else answer]
    #[arg(long, value_name = "NAME")]
    field: Option<String>,
    /// The score from which on a record is suspicious, 0 to 1
    #[arg(long, default_value_t = Options::default().threshold, value_parser = probability)]
    threshold: f64,
    /// The folder of an imported model to score with; it reads the text as it is
    #[arg(long, value_name = "FOLDER")]
    model: Option<PathBuf>,
    /// No progress bar, and no word about what could not be read but its number
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Args)]
pub struct ScoreArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// How to write results
    #[arg(long, value_enum, default_value = "table")]
    output: Form,
    /// Say what each text is: known type, reason, encoding, what it decodes to
    #[arg(long)]
    explain: bool,
    /// Leave out what scores lower
    #[arg(long, value_name = "SCORE", value_parser = probability)]
    min_score: Option<f64>,
    /// Only the N that score highest
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// Sort, which holds all records in memory; without it they come as they are read
    #[arg(long, value_enum)]
    sort: Option<Order>,
    /// One row for each domain or client, those with most different suspicious texts first: a channel, not one odd answer
    #[arg(long, value_enum, conflicts_with_all = ["sort", "explain"])]
    group_by: Option<By>,
}

#[derive(Args)]
pub struct ReportArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// The file to write; - is standard output
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Records that are listed
    #[arg(long, value_name = "N", default_value_t = 200)]
    top: usize,
}

fn probability(word: &str) -> Result<f64, String> {
    word.parse().ok().filter(|number| (0.0..=1.0).contains(number)).ok_or_else(|| "it takes a number from 0 to 1".to_owned())
}

/// What a task may use of the process that it runs in; `main` holds the real things.
pub struct Terminal<'a> {
    pub input: fn() -> Input,
    pub output: &'a mut dyn Write,
    /// Where people are told what could not be read.
    pub notes: &'a mut dyn Write,
    /// Columns of the terminal that the output goes to, if it is one.
    pub width: Option<usize>,
    /// Draws nothing where there is no terminal to draw on.
    pub bar: ProgressBar,
}

/// Why a task failed, in words for the person who ran it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Output(#[from] io::Error),
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    #[error(transparent)]
    Session(#[from] session::Error),
}

impl From<triage::Error> for Error {
    fn from(error: triage::Error) -> Self {
        match error {
            triage::Error::Session(error) => Self::Session(error),
            triage::Error::Output(error) => Self::Output(error),
        }
    }
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Well,
    /// `doctor` found a fault, or a file could not be opened.
    NotWell,
    /// A record reaches the threshold.
    Found,
}

/// Runs a task.
pub fn run(task: Task, terminal: &mut Terminal<'_>) -> Result<Outcome, Error> {
    match task {
        Task::Doctor => {
            let (report, well) = doctor::examine();
            terminal.output.write_all(report.as_bytes())?;
            Ok(if well { Outcome::Well } else { Outcome::NotWell })
        }
        Task::Completions { shell } => {
            let mut words = Vec::new(); // the crate panics where it cannot write
            clap_complete::generate(shell, &mut Cli::command(), "dnstxtscore", &mut words);
            terminal.output.write_all(&words)?;
            Ok(Outcome::Well)
        }
        Task::Score(args) => score(&args, terminal),
        Task::Report(args) => report(&args, terminal),
    }
}

fn score(args: &ScoreArgs, terminal: &mut Terminal<'_>) -> Result<Outcome, Error> {
    let threshold = args.source.threshold;
    let wanted = |judged: &Judged| args.min_score.is_none_or(|least| judged.reaches(least));
    let width = terminal.width;
    if let Some(by) = args.group_by {
        let mut groups = Groups::new(by, threshold);
        let read = read(&args.source, terminal, true, &mut |judged, _| {
            if wanted(&judged) {
                groups.add(&judged);
            }
            Ok(())
        })?;
        let mut sorted = groups.sorted();
        sorted.truncate(args.top.unwrap_or(usize::MAX));
        let written = Writer::new(terminal.output, args.output, false, threshold, width).groups(by, &sorted);
        return read.ended(written);
    }
    if args.top.is_some() || args.sort.is_some() {
        let mut highest = Highest::new(args.top);
        let read = read(&args.source, terminal, true, &mut |judged, _| {
            if wanted(&judged) {
                highest.add(judged);
            }
            Ok(())
        })?;
        let mut writer = Writer::new(terminal.output, args.output, args.explain, threshold, width);
        let written = highest.sorted(args.sort.unwrap_or(Order::Score)).iter().try_for_each(|judged| writer.record(judged));
        return read.ended(written);
    }
    let mut begun = false;
    let read = read(&args.source, terminal, false, &mut |judged, output| {
        if !wanted(&judged) {
            return Ok(());
        }
        let mut writer = Writer::new(output, args.output, args.explain, threshold, width);
        writer.go_on(std::mem::replace(&mut begun, true));
        writer.record(&judged)
    })?;
    if !begun {
        Writer::new(terminal.output, args.output, args.explain, threshold, width).nothing()?;
    }
    Ok(read.outcome())
}

fn report(args: &ReportArgs, terminal: &mut Terminal<'_>) -> Result<Outcome, Error> {
    // A forgotten name behind -o (`-o *.pcap`) must not write over what was captured: only a page is written over.
    const PAGE: &str = "<!doctype html>";
    let mut beginning = Vec::new();
    if args.output.is_file()
        && let Ok(file) = File::open(&args.output)
    {
        file.take(PAGE.len() as u64).read_to_end(&mut beginning)?;
        if !beginning.is_empty() && beginning != PAGE.as_bytes() {
            let error = io::Error::new(io::ErrorKind::AlreadyExists, "it is there and is no report; name another file for it");
            return Err(Error::File(args.output.clone(), error));
        }
    }
    let imported = args.source.model.as_ref().map(|folder| {
        let name = folder.canonicalize().ok().and_then(|folder| folder.file_name().map(|name| name.to_string_lossy().into_owned()));
        shown(&name.unwrap_or_default())
    });
    let mut report = Report::new(args.source.threshold, args.top, imported);
    let read = read(&args.source, terminal, true, &mut |judged, _| {
        report.add(judged);
        Ok(())
    })?;
    let page = report.page(&read.sources, &read.failed, &read.tally).map_err(io::Error::other)?;
    if args.output.as_os_str() == "-" {
        terminal.output.write_all(page.as_bytes())?;
    } else {
        std::fs::write(&args.output, page).map_err(|error| Error::File(args.output.clone(), error))?;
    }
    Ok(read.outcome())
}

/// What came of reading sources.
struct Read {
    tally: Tally,
    /// Names of the sources that were read, as they were given.
    sources: Vec<String>,
    /// And of those that could not be opened.
    failed: Vec<String>,
}

impl Read {
    /// The outcome where results were written behind it: a reader who has seen enough is no fault.
    fn ended(&self, written: io::Result<()>) -> Result<Outcome, Error> {
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(self.outcome()),
        }
    }

    /// A file that could not be opened comes before what was found: nobody knows what it holds.
    fn outcome(&self) -> Outcome {
        if !self.failed.is_empty() {
            Outcome::NotWell
        } else if self.tally.suspicious > 0 {
            Outcome::Found
        } else {
            Outcome::Well
        }
    }
}

/// Reads all sources and hands each judged record on. `quietly` says that nothing is written meanwhile, so that a progress
/// bar is in nobody's way.
fn read(
    args: &SourceArgs,
    terminal: &mut Terminal<'_>,
    quietly: bool,
    each: &mut dyn FnMut(Judged, &mut dyn Write) -> io::Result<()>,
) -> Result<Read, Error> {
    /// Broken parts of one source that are named; of more, their number is.
    const NAMED: u64 = 5;
    let Terminal { input: standard_input, output, notes, width, bar } = terminal;
    let show_bar = !args.quiet && (quietly || width.is_none());
    let reading = Reading { format: args.format, field: args.field.clone() };
    let library = library::path().map_err(session::Error::from)?;
    let (model, reads): (Box<dyn Score>, text::Reads) = match &args.model {
        None => (Box::new(Model::new(Session::open(&library)?)), text::answer),
        Some(folder) => (Box::new(Original::open(&library, folder)?), text::as_it_is),
    };
    let mut scorer = Remembering::new(model);
    let mut read = Read { tally: Tally::default(), sources: Vec::new(), failed: Vec::new() };
    for path in &args.files {
        let name = if path.as_os_str() == "-" { "standard input".into() } else { shown(&path.display().to_string()) };
        let opened = if path.as_os_str() == "-" { Ok(standard_input()) } else { open(path, bar, show_bar) };
        let records = match opened.and_then(|input| source::open(input, &path.to_string_lossy(), &reading)) {
            Ok(records) => records,
            Err(error) => {
                // Where nobody can be told, nobody is; the exit status stands.
                let _ = bar.suspend(|| writeln!(notes, "dnstxtscore: {name}: {error}"));
                read.failed.push(name);
                continue;
            }
        };
        let (before, records_before) = (read.tally.broken, read.tally.records);
        let mut named = 0;
        let mut name_it = |part: &Broken| {
            named += 1;
            if named <= NAMED && !args.quiet {
                let _ = bar.suspend(|| writeln!(notes, "dnstxtscore: {name}: {}", shown(&part.to_string())));
            }
        };
        let judged = triage::judge(records, &mut scorer, reads, args.threshold, &mut read.tally, &mut name_it, &mut |judged| {
            each(judged, &mut **output)
        });
        let broken = read.tally.broken - before;
        if broken > 0 {
            let parts = if broken == 1 { "part" } else { "parts" };
            let _ = bar.suspend(|| writeln!(notes, "dnstxtscore: {name}: {broken} {parts} could not be read"));
        }
        // What gave nothing but broken parts was not read, and nobody knows what it holds.
        if broken > 0 && read.tally.records == records_before {
            read.failed.push(name)
        } else {
            read.sources.push(name)
        }
        match judged.and_then(|()| Ok(output.flush()?)) {
            // Whoever reads has seen enough (`| head`): what was found until then counts.
            Err(triage::Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => break,
            other => other?,
        }
    }
    bar.finish_and_clear();
    Ok(read)
}

/// Opens a file; the bar follows how much of it was read.
fn open(path: &Path, bar: &ProgressBar, show_bar: bool) -> io::Result<Input> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    if about.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder; name the files in it"));
    }
    if !show_bar {
        return Ok(Box::new(file));
    }
    bar.inc_length(about.len());
    Ok(Box::new(bar.wrap_read(file)))
}

/// Said once to a person who starts the command by hand, since it would wait for splunkd without a word.
pub const GREETING: &str = "dnstxtscore: waiting for splunkd on standard input; for people: dnstxtscore --help";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_names_the_embedded_model() {
        assert!(VERSION.contains(crate::model::NAME));
    }

    #[test]
    fn definitions_are_sound() {
        Cli::command().debug_assert();
    }
}
