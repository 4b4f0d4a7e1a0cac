//! The arguments of `score` and `report`. Doc comments here are the text of `--help`.

use std::path::PathBuf;

use clap::Args;
use time::UtcOffset;
use time::macros::format_description;

use crate::columns;
use crate::triage::groups::GroupBy;
use crate::triage::input::Format;
use crate::triage::input::field_names::Chosen;
use crate::triage::output::OutputFormat;
use crate::triage::ranking::Order;

/// What to read, and how to score it.
#[derive(Args)]
pub struct SourceArgs {
    /// Files to read, or folders whose files are read, except hidden ones; - is standard input
    #[arg(default_value = "-")]
    pub files: Vec<PathBuf>,
    /// Read the folders in a folder too
    #[arg(long, short)]
    pub recursive: bool,
    /// The format of the files
    #[arg(long, value_enum, default_value = "auto")]
    pub format: Format,
    #[command(flatten)]
    pub fields: FieldArgs,
    /// The zone of times that name none, such as +02:00
    #[arg(long, value_name = "OFFSET", default_value = "+00:00", value_parser = timezone, allow_hyphen_values = true)]
    pub timezone: UtcOffset,
    /// Minimum score for a record to count as suspicious, 0 to 1
    #[arg(long, default_value_t = columns::DEFAULT_THRESHOLD, value_parser = columns::threshold)]
    pub threshold: f64,
    /// The folder of an imported model to score with; it scores the answer unchanged
    #[arg(long, value_name = "FOLDER")]
    pub model: Option<PathBuf>,
    /// Keep reading as a log or capture grows, from its beginning if it is replaced, until interrupted
    #[arg(long)]
    pub follow: bool,
    /// Hide the progress bar, and report only how many records could not be read
    #[arg(long, short)]
    pub quiet: bool,
}

/// Which columns or JSON keys to read, if not those with known names. A name with dots goes through objects and lists.
#[derive(Args)]
pub struct FieldArgs {
    /// The column or JSON key that holds the answer [default: text, answer, or the name of a known product]
    #[arg(long, value_name = "NAME")]
    pub field: Option<String>,
    /// The column or JSON key that holds the queried name
    #[arg(long, value_name = "NAME")]
    pub query_field: Option<String>,
    /// The column or JSON key that holds the client
    #[arg(long, value_name = "NAME")]
    pub client_field: Option<String>,
    /// The column or JSON key that holds the server
    #[arg(long, value_name = "NAME")]
    pub server_field: Option<String>,
    /// The column or JSON key that holds the time
    #[arg(long, value_name = "NAME")]
    pub time_field: Option<String>,
    /// The column or JSON key that holds the record type; answers of other types than TXT and SPF are left out
    #[arg(long, value_name = "NAME")]
    pub type_field: Option<String>,
}

impl FieldArgs {
    pub fn chosen(&self) -> Chosen {
        let [answer, query, client, server, time, kind] =
            [&self.field, &self.query_field, &self.client_field, &self.server_field, &self.time_field, &self.type_field].map(Clone::clone);
        Chosen { answer, time, client, server, query, kind }
    }
}

#[derive(Args)]
pub struct ScoreArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    /// List the fields of tables, JSON and Zeek logs and what each field is read as; score nothing
    #[arg(long, conflicts_with_all = ["follow", "output", "explain", "min_score", "top", "sort", "group_by", "json", "all"])]
    pub list_fields: bool,
    /// The format of the results
    #[arg(long, value_enum, default_value = "table")]
    pub output: OutputFormat,
    /// The same as --output jsonl
    #[arg(long, conflicts_with = "output")]
    pub json: bool,
    /// Colours; auto shows them on a terminal, unless NO_COLOR is set
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Explain each text: record type, reason, encoding, decoded content
    #[arg(long)]
    pub explain: bool,
    /// Use only records with at least this score; groups count no others
    #[arg(long, value_name = "SCORE", value_parser = columns::threshold)]
    pub min_score: Option<f64>,
    /// Show only the N records with the highest scores, or the first N groups
    #[arg(long, value_name = "N", conflicts_with = "follow")]
    pub top: Option<usize>,
    /// On a terminal, show every answer as it was read: not the suspicious ones first, and equal ones not as one
    #[arg(long)]
    pub all: bool,
    /// Sort the records, which keeps all of them in memory. Without it they are written as they are read; on a terminal, the highest scores of files come first
    #[arg(long, value_enum, conflicts_with = "follow")]
    pub sort: Option<Order>,
    /// One row per domain or client, those with the most different suspicious texts first: shows channels rather than single odd answers
    #[arg(long, value_enum, conflicts_with_all = ["sort", "explain", "follow"])]
    pub group_by: Option<GroupBy>,
}

impl ScoreArgs {
    /// The format of the results.
    pub fn format(&self) -> OutputFormat {
        if self.json { OutputFormat::Jsonl } else { self.output }
    }
}

/// When colours are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Args)]
pub struct ReportArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    /// The file to write; - is standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// How many records to list
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub top: usize,
    /// Also write what the channels carried into files of this folder, which is made if it is missing. Nothing is run or overwritten. They may be malware
    #[arg(long, value_name = "FOLDER")]
    pub extract: Option<PathBuf>,
    /// End with status 0 instead of 3 if something is found
    #[arg(long)]
    pub exit_zero: bool,
}

fn timezone(word: &str) -> Result<UtcOffset, String> {
    let format = format_description!("[offset_hour sign:mandatory]:[offset_minute]");
    UtcOffset::parse(word, format).map_err(|_| "it takes hours and minutes, such as +02:00 or -05:30".to_owned())
}
