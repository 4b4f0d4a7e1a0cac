//! The command's options: one table that parses arguments and renders `--help`, `searchbnf.conf` and docs/splunk.md.

use std::fmt::Write as _;

use crate::splunk::multivalue;
use crate::{columns, model};

/// The options of one search.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The field that holds the TXT answer.
    pub field: String,
    /// The field that holds the queried name, if its registered domain is wanted.
    pub domain: Option<String>,
    /// A score at or above it sets `pred_is_unknown` to 1. From 0 to 1.
    pub threshold: f64,
    /// Whether to run on the search head only, not on the indexers.
    pub local: bool,
    /// Whether to explain each text.
    pub explain: bool,
    /// Whether each row is a channel, whose field holds exchanges.
    pub channel: bool,
    /// The name of an imported model; `None` is the embedded one.
    pub model: Option<String>,
    pub log_level: log::LevelFilter,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            field: "text".into(),
            domain: None,
            threshold: columns::DEFAULT_THRESHOLD,
            local: false,
            explain: false,
            channel: false,
            model: None,
            log_level: log::LevelFilter::Warn,
        }
    }
}

/// The value that an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    Field,
    Number,
    Bool,
    ModelName,
    LogLevel,
}

impl ValueKind {
    /// As the syntax line shows it.
    pub fn placeholder(self) -> &'static str {
        match self {
            Self::Field => "<field>",
            Self::Number => "<number from 0 to 1>",
            Self::Bool => "<bool>",
            Self::ModelName => "<name>",
            Self::LogLevel => "<error|warn|info|debug>",
        }
    }

    /// As an error describes it.
    fn description(self) -> &'static str {
        match self {
            Self::Field => "the name of one field, without wildcards, that this command does not add",
            Self::Number => "a number from 0 to 1",
            Self::Bool => "true or false",
            Self::ModelName => "the name of a folder in the app's models folder: lowercase letters, digits and _",
            Self::LogLevel => "error, warn, info or debug",
        }
    }
}

/// One option: its name, the value it takes, its default as a user would write it, and what it does.
pub struct Spec {
    pub name: &'static str,
    pub value: ValueKind,
    pub default: &'static str,
    pub help: &'static str,
    set: fn(&mut Options, &str) -> Option<()>,
}

impl Spec {
    fn default_for_display(&self) -> &'static str {
        if self.default.is_empty() { "none" } else { self.default }
    }
}

/// The option that a word without `=` sets.
const FIELD: &str = "field";

/// Every option. The first may be given without its name: `| dnstxtscore answer`.
pub const OPTIONS: [Spec; 8] = [
    Spec {
        name: FIELD,
        value: ValueKind::Field,
        default: "text",
        help: "Field that holds the TXT answer. In a multivalue field each value is scored and the highest score counts.",
        set: |options, value| (!value.is_empty() && is_input_field(value)).then(|| options.field = value.into()),
    },
    Spec {
        name: "domain",
        value: ValueKind::Field,
        default: "",
        help: "Field that holds the queried name. Adds registered_domain: the public suffix and one label before it, such as example.co.uk. If the field has several names, the first one counts.",
        set: |options, value| {
            (is_input_field(value) && value != columns::REGISTERED_DOMAIN)
                .then(|| options.domain = Some(value.into()).filter(|name: &String| !name.is_empty()))
        },
    },
    Spec {
        name: "threshold",
        value: ValueKind::Number,
        default: "0.5",
        help: "Minimum score for pred_is_unknown=1. It does not change predicted_is_unknown.",
        set: |options, value| {
            let number = columns::threshold(value).ok()?;
            options.threshold = number;
            Some(())
        },
    },
    Spec {
        name: "local",
        value: ValueKind::Bool,
        default: "false",
        help: "Run on the search head only. By default the command runs on the indexers if the search allows it.",
        set: |options, value| {
            options.local = boolean(value)?;
            Some(())
        },
    },
    Spec {
        name: "explain",
        value: ValueKind::Bool,
        default: "false",
        help: "Add txt_type, txt_reason, txt_encoding and txt_decoded, which describe the text, and txt_model_score, the score of the model alone. In a multivalue field they describe the value with the highest score. This costs several times the score: to explain few rows, filter by the score first and explain what is left in a second dnstxtscore.",
        set: |options, value| {
            options.explain = boolean(value)?;
            Some(())
        },
    },
    Spec {
        name: "channel",
        value: ValueKind::Bool,
        default: "false",
        help: "Each row is a channel: all TXT queries of one client for one registered domain, with their answers. Each value of the field is an exchange: the queried name, | and the answer, with nothing after | if there was none. Adds channel_score (0 to 1) and channel_reason, a sentence that describes the channel; predicted_is_unknown is the highest score of its answers. At most 200 different exchanges count, those with the smallest SHA-256.",
        set: |options, value| {
            options.channel = boolean(value)?;
            Some(())
        },
    },
    Spec {
        name: "model",
        value: ValueKind::ModelName,
        default: "",
        help: "The name of an imported model: its folder in the app's models folder (lowercase letters, digits, _). It scores the value of the field unchanged, and runs on the search head only.",
        set: |options, value| {
            (value.is_empty() || model::is_model_name(value))
                .then(|| options.model = Some(value).filter(|name| !name.is_empty() && *name != model::EMBEDDED_NAME).map(str::to_owned))
        },
    },
    Spec {
        name: "loglevel",
        value: ValueKind::LogLevel,
        default: "warn",
        help: "What is written to var/log/splunk/dnstxtscore.log. info adds one line per process: rows, unique texts, milliseconds.",
        set: |options, value| {
            options.log_level = value.parse().ok().filter(|level| {
                use log::LevelFilter::{Debug, Error, Info, Warn};
                [Error, Warn, Info, Debug].contains(level)
            })?;
            Some(())
        },
    },
];

/// An argument that is not an option, or has an invalid value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("unknown option \"{}\"; the options are {}", escape_for_log(name), names())]
    Unknown { name: String },
    #[error("option {name} cannot be \"{}\"; it takes {}", escape_for_log(value), kind.description())]
    Value { name: &'static str, kind: ValueKind, value: String },
    #[error("option {name} is given twice; keep one")]
    Duplicate { name: &'static str },
    #[error("channel=true cannot be used with model, because channels are judged by the scores of the embedded model; leave one out")]
    ChannelOfImportedModel,
}

/// Whether a name can be that of an input field: not a pattern, not a multivalue twin, not a column that this command adds.
/// A field called `registered_domain` may be scored.
fn is_input_field(name: &str) -> bool {
    let is_added = [&columns::SCORE[..], &columns::EXPLANATION, &columns::CHANNEL].into_iter().any(|added| added.contains(&name))
        || name.starts_with(multivalue::PREFIX);
    !name.contains('*') && !is_added
}

fn boolean(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "t" | "1" | "yes" => Some(true),
        "false" | "f" | "0" | "no" => Some(false),
        _ => None,
    }
}

impl Options {
    /// Parses `searchinfo.args`: `name=value`, split at the first `=`; a word without `=` is the name of the field.
    ///
    /// # Errors
    /// If an argument is not an option, has an invalid value, or is given twice.
    pub fn parse<A: AsRef<str>>(args: &[A]) -> Result<Self, Error> {
        let mut options = Self::default();
        let mut given: Vec<&str> = Vec::new();
        for arg in args {
            let (name, value) = arg.as_ref().split_once('=').unwrap_or((FIELD, arg.as_ref()));
            let (name, value) = (name.trim(), value.trim());
            let spec = OPTIONS.iter().find(|spec| spec.name == name).ok_or_else(|| Error::Unknown { name: name.into() })?;
            if given.contains(&spec.name) {
                return Err(Error::Duplicate { name: spec.name });
            }
            given.push(spec.name);
            (spec.set)(&mut options, value).ok_or_else(|| Error::Value { name: spec.name, kind: spec.value, value: value.into() })?;
        }
        if options.channel && options.model.is_some() {
            return Err(Error::ChannelOfImportedModel);
        }
        Ok(options)
    }
}

/// A word from the user, safe in one line of a log.
fn escape_for_log(word: &str) -> String {
    const MAX_CHARS: usize = 60;
    let cut: String = word.chars().take(MAX_CHARS).flat_map(char::escape_debug).collect();
    if word.chars().nth(MAX_CHARS).is_some() { cut + "…" } else { cut }
}

fn names() -> String {
    OPTIONS.map(|spec| format!("{}={}", spec.name, spec.value.placeholder())).join(", ")
}

/// `dnstxtscore [field=<field>] …`: the syntax line of searchbnf.conf, README and help.
pub fn syntax() -> String {
    OPTIONS.iter().fold("dnstxtscore".into(), |line, spec| format!("{line} [{}={}]", spec.name, spec.value.placeholder()))
}

/// The options as plain text for `--help`.
pub fn as_help() -> String {
    let mut text = format!("In Splunk: | {}\n", syntax());
    for spec in &OPTIONS {
        let (value, default) = (spec.value.placeholder(), spec.default_for_display());
        let _ = write!(text, "\n  {}={value} [default: {default}]\n      {}\n", spec.name, spec.help);
    }
    text
}

/// The options as a table for README.
pub fn as_markdown() -> String {
    let mut table = String::from("| option | default | what it does |\n| --- | --- | --- |\n");
    for spec in &OPTIONS {
        let value = spec.value.placeholder().replace('|', "\\|");
        let _ = writeln!(table, "| `{}={value}` | `{}` | {} |", spec.name, spec.default_for_display(), spec.help);
    }
    table
}

/// The whole of `default/searchbnf.conf`.
pub fn as_searchbnf() -> String {
    let mut details = String::new();
    for spec in &OPTIONS {
        let _ = write!(details, " \\\n{}: {} Default: {}.", spec.name, spec.help, spec.default_for_display());
    }
    format!(
        "# Written by `cargo xtask docs` from the options table in src/splunk/options.rs.\n\n\
         [dnstxtscore-command]\n\
         syntax = {}\n\
         shortdesc = Scores DNS TXT answers: the probability of a payload, command or tunnel answer.\n\
         description = Adds {} (0 to 1, the probability that the text is a payload, command or tunnel answer rather than an \
         ordinary record) and {} (1 at or above the threshold). Rows without an answer get empty cells.{details}\n\
         usage = public\n\
         category = streaming\n\
         tags = dns txt tunnel exfiltration c2 security\n\
         example1 = | makeresults | eval text=\"v=spf1 include:_spf.example.com ~all\" | dnstxtscore\n\
         comment1 = Score one text.\n\
         example2 = index=dns record_type=TXT | dnstxtscore field=answer threshold=0.9 | where pred_is_unknown=1\n\
         comment2 = Score raw events on the indexers and keep the suspicious ones.\n\
         example3 = index=dns record_type=TXT | dnstxtscore field=answer domain=query | stats max(predicted_is_unknown) by src registered_domain\n\
         comment3 = The highest score of each source and registered domain.\n\
         related = eval where\n",
        syntax(),
        columns::SCORE[0],
        columns::SCORE[1],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_default_in_the_table_is_the_default() {
        for spec in &OPTIONS {
            let parsed = Options::parse(&[format!("{}={}", spec.name, spec.default)]).unwrap();
            assert_eq!(parsed, Options::default(), "{}", spec.name);
        }
        assert_eq!(Options::parse::<&str>(&[]).unwrap(), Options::default());
    }

    #[test]
    fn arguments_of_every_kind() {
        let options = Options::parse(&["answer", "domain=query", "threshold=0.9", "local=T", "loglevel=INFO"]).unwrap();
        let expected = Options {
            field: "answer".into(),
            domain: Some("query".into()),
            threshold: 0.9,
            local: true,
            explain: false,
            channel: false,
            model: None,
            log_level: log::LevelFilter::Info,
        };
        assert_eq!(options, expected);
        assert_eq!(Options::parse(&["field=a=b c"]).unwrap().field, "a=b c");
    }

    #[test]
    fn errors_name_what_exists() {
        let error = |args: &[&str]| Options::parse(args).unwrap_err().to_string();
        assert_eq!(
            error(&["treshold=1"]),
            "unknown option \"treshold\"; the options are field=<field>, domain=<field>, threshold=<number from 0 to 1>, local=<bool>, explain=<bool>, channel=<bool>, model=<name>, loglevel=<error|warn|info|debug>"
        );
        assert_eq!(error(&["threshold=2"]), "option threshold cannot be \"2\"; it takes a number from 0 to 1");
        assert_eq!(error(&["threshold=nan"]), "option threshold cannot be \"nan\"; it takes a number from 0 to 1");
        assert_eq!(error(&["loglevel=trace"]), "option loglevel cannot be \"trace\"; it takes error, warn, info or debug");
        assert_eq!(error(&["local=maybe"]), "option local cannot be \"maybe\"; it takes true or false");
        assert!(error(&["field=pred_is_unknown"]).contains("that this command does not add"));
        assert!(error(&["domain=registered_domain"]).contains("that this command does not add"));
        assert_eq!(
            error(&["model=../x"]),
            "option model cannot be \"../x\"; it takes the name of a folder in the app's models folder: lowercase letters, digits and _"
        );
        assert!(error(&["field="]).contains("cannot be \"\""));
        assert!(error(&["field=ans*"]).contains("the name of one field"));
        // Found in review: a line break in an argument wrote a second, forged line into the log.
        assert!(error(&["threshold=x\n[ERROR] forged"]).contains("\"x\\n[ERROR] forged\""));
        assert!(error(&[&"x".repeat(1 << 20)[..], &format!("y{}=1", "z".repeat(1 << 20))]).len() < 300);
        assert_eq!(error(&["text", "answer"]), "option field is given twice; keep one");
        assert!(error(&["channel=t", "model=mine"]).starts_with("channel=true cannot be used with model"));
        assert!(Options::parse(&["channel=f", "model=mine"]).is_ok());
    }

    proptest! {
        #[test]
        fn no_arguments_make_it_panic(args: Vec<String>) {
            let _ = Options::parse(&args).map_err(|error| error.to_string());
        }
    }
}
