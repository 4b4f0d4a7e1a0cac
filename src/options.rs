//! The command's options: one table that parses arguments and renders `--help`, `searchbnf.conf` and README.

use std::fmt::Write as _;

use crate::{domain, explain, imported, model, multivalue, verdict};

/// What the user asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The field that holds the TXT answer.
    pub field: String,
    /// The field that holds the queried name, where its registered domain is wanted.
    pub domain: Option<String>,
    /// At or above it, `pred_is_unknown` is 1.
    pub threshold: f64,
    /// Run on the search head, not on the indexers.
    pub local: bool,
    /// Say what each text is.
    pub explain: bool,
    /// A model that the user imported; `None` is the embedded one.
    pub model: Option<String>,
    pub log_level: log::LevelFilter,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            field: "text".into(),
            domain: None,
            threshold: 0.5,
            local: false,
            explain: false,
            model: None,
            log_level: log::LevelFilter::Warn,
        }
    }
}

/// One option: its name, what it takes, its default as one would write it, and what it does.
pub struct Spec {
    pub name: &'static str,
    pub value: &'static str,
    pub default: &'static str,
    pub help: &'static str,
    set: fn(&mut Options, &str) -> Option<()>,
}

impl Spec {
    fn shown_default(&self) -> &'static str {
        if self.default.is_empty() { "none" } else { self.default }
    }
}

/// The option that a bare word sets.
const FIELD: &str = "field";

/// Every option. The first may be given as a bare word: `| dnstxtscore answer`.
pub const OPTIONS: [Spec; 7] = [
    Spec {
        name: FIELD,
        value: "<field>",
        default: "text",
        help: "Field that holds the TXT answer. Of a multivalue field each value is scored and the highest score counts.",
        set: |options, value| (!value.is_empty() && is_input(value)).then(|| options.field = value.into()),
    },
    Spec {
        name: "domain",
        value: "<field>",
        default: "",
        help: "Field that holds the queried name. Adds registered_domain: the part below the public suffix (of several names, the first one's).",
        set: |options, value| {
            (is_input(value) && value != domain::COLUMN)
                .then(|| options.domain = Some(value.into()).filter(|name: &String| !name.is_empty()))
        },
    },
    Spec {
        name: "threshold",
        value: "<number from 0 to 1>",
        default: "0.5",
        help: "Score from which on pred_is_unknown is 1. It does not change predicted_is_unknown.",
        set: |options, value| {
            let number = value.parse().ok().filter(|number| (0.0..=1.0).contains(number))?;
            options.threshold = number;
            Some(())
        },
    },
    Spec {
        name: "local",
        value: "<bool>",
        default: "false",
        help: "Run on the search head only. Without it the command runs on the indexers where the search allows it.",
        set: |options, value| {
            options.local = boolean(value)?;
            Some(())
        },
    },
    Spec {
        name: "explain",
        value: "<bool>",
        default: "false",
        help: "Add txt_type, txt_reason, txt_encoding and txt_decoded: what the text is, of a multivalue field the one that scores highest.",
        set: |options, value| {
            options.explain = boolean(value)?;
            Some(())
        },
    },
    Spec {
        name: "model",
        value: "<name>",
        default: "",
        help: "A model that was imported into the app's models folder, by the name of its folder (small letters, digits, _). It reads the text as it is and runs on the search head only.",
        set: |options, value| {
            (value.is_empty() || imported::is_name(value))
                .then(|| options.model = Some(value).filter(|name| !name.is_empty() && *name != model::NAME).map(str::to_owned))
        },
    },
    Spec {
        name: "loglevel",
        value: "<error|warn|info|debug>",
        default: "warn",
        help: "What goes to var/log/splunk/dnstxtscore.log. info adds one line a process: rows, unique texts, milliseconds.",
        set: |options, value| {
            options.log_level = value.parse().ok().filter(|level| {
                use log::LevelFilter::{Debug, Error, Info, Warn};
                [Error, Warn, Info, Debug].contains(level)
            })?;
            Some(())
        },
    },
];

/// An argument that is no option, or whose value is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("unknown option \"{}\"; the options are {}", shown(name), names())]
    Unknown { name: String },
    #[error("option {name} cannot be \"{}\"; it takes {}", shown(value), takes(name))]
    Value { name: &'static str, value: String },
    #[error("option {name} is given twice")]
    Twice { name: &'static str },
}

/// Whether a name can be that of a field that came in: not a pattern, a twin, or a column that this command adds. A field of the
/// name of the registered domain may be one to score.
fn is_input(name: &str) -> bool {
    let ours = verdict::COLUMNS.contains(&name) || explain::COLUMNS.contains(&name) || name.starts_with(multivalue::PREFIX);
    !name.contains('*') && !ours
}

fn boolean(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "t" | "1" | "yes" => Some(true),
        "false" | "f" | "0" | "no" => Some(false),
        _ => None,
    }
}

impl Options {
    /// Reads `searchinfo.args`: `name=value` split on the first `=`; anything else is the field's name.
    pub fn parse<A: AsRef<str>>(args: &[A]) -> Result<Self, Error> {
        let mut options = Self::default();
        let mut given: Vec<&str> = Vec::new();
        for arg in args {
            let (name, value) = arg.as_ref().split_once('=').unwrap_or((FIELD, arg.as_ref()));
            let (name, value) = (name.trim(), value.trim());
            let spec = OPTIONS.iter().find(|spec| spec.name == name).ok_or_else(|| Error::Unknown { name: name.into() })?;
            if given.contains(&spec.name) {
                return Err(Error::Twice { name: spec.name });
            }
            given.push(spec.name);
            (spec.set)(&mut options, value).ok_or_else(|| Error::Value { name: spec.name, value: value.into() })?;
        }
        Ok(options)
    }
}

/// What the user wrote, fit for one line of a log.
fn shown(word: &str) -> String {
    const MOST: usize = 60;
    let cut: String = word.chars().take(MOST).flat_map(char::escape_debug).collect();
    if word.chars().nth(MOST).is_some() { cut + "…" } else { cut }
}

fn names() -> String {
    OPTIONS.map(|spec| format!("{}={}", spec.name, spec.value)).join(", ")
}

fn takes(name: &str) -> String {
    match OPTIONS.iter().find(|spec| spec.name == name) {
        Some(spec) if spec.value == "<field>" => "the name of one input field, not one that this command adds".into(),
        Some(spec) if spec.value == "<name>" => "the name of a folder in the app's models folder: small letters, digits and _".into(),
        Some(spec) => spec.value.trim_matches(['<', '>']).replace('|', ", "),
        None => String::new(),
    }
}

/// `dnstxtscore [field=<field>] …`: the syntax line of searchbnf.conf, README and help.
pub fn syntax() -> String {
    OPTIONS.iter().fold("dnstxtscore".into(), |line, spec| format!("{line} [{}={}]", spec.name, spec.value))
}

/// The options as lines of plain text for `--help`.
pub fn as_help() -> String {
    let mut text = format!("In Splunk: | {}\n", syntax());
    for spec in &OPTIONS {
        let _ = write!(text, "\n  {}={} [default: {}]\n      {}\n", spec.name, spec.value, spec.shown_default(), spec.help);
    }
    text
}

/// The options as a table for README.
pub fn as_markdown() -> String {
    let mut table = String::from("| option | default | what it does |\n| --- | --- | --- |\n");
    for spec in &OPTIONS {
        let value = spec.value.replace('|', "\\|");
        let _ = writeln!(table, "| `{}={value}` | `{}` | {} |", spec.name, spec.shown_default(), spec.help);
    }
    table
}

/// The whole of `default/searchbnf.conf`.
pub fn as_searchbnf() -> String {
    let mut details = String::new();
    for spec in &OPTIONS {
        let _ = write!(details, " \\\n{}: {} Default: {}.", spec.name, spec.help, spec.shown_default());
    }
    format!(
        "# Written by `cargo xtask docs` from the options table in src/options.rs.\n\n\
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
         comment2 = Score raw events on the indexers and keep what is suspicious.\n\
         example3 = index=dns record_type=TXT | dnstxtscore field=answer domain=query | stats max(predicted_is_unknown) by src registered_domain\n\
         comment3 = The highest score of each source and registered domain.\n\
         related = eval where\n",
        syntax(),
        verdict::COLUMNS[0],
        verdict::COLUMNS[1],
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
    fn all_forms_of_arguments() {
        let options = Options::parse(&["answer", "domain=query", "threshold=0.9", "local=T", "loglevel=INFO"]).unwrap();
        let expected = Options {
            field: "answer".into(),
            domain: Some("query".into()),
            threshold: 0.9,
            local: true,
            explain: false,
            model: None,
            log_level: log::LevelFilter::Info,
        };
        assert_eq!(options, expected);
        assert_eq!(Options::parse(&["field=a=b c"]).unwrap().field, "a=b c");
    }

    #[test]
    fn errors_name_what_exists() {
        let said = |args: &[&str]| Options::parse(args).unwrap_err().to_string();
        assert_eq!(
            said(&["treshold=1"]),
            "unknown option \"treshold\"; the options are field=<field>, domain=<field>, threshold=<number from 0 to 1>, local=<bool>, explain=<bool>, model=<name>, loglevel=<error|warn|info|debug>"
        );
        assert_eq!(said(&["threshold=2"]), "option threshold cannot be \"2\"; it takes number from 0 to 1");
        assert_eq!(said(&["threshold=nan"]), "option threshold cannot be \"nan\"; it takes number from 0 to 1");
        assert_eq!(said(&["loglevel=trace"]), "option loglevel cannot be \"trace\"; it takes error, warn, info, debug");
        assert_eq!(said(&["local=maybe"]), "option local cannot be \"maybe\"; it takes bool");
        assert!(said(&["field=pred_is_unknown"]).contains("not one that this command adds"));
        assert!(said(&["domain=registered_domain"]).contains("not one that this command adds"));
        assert_eq!(
            said(&["model=../x"]),
            "option model cannot be \"../x\"; it takes the name of a folder in the app's models folder: small letters, digits and _"
        );
        assert!(said(&["field="]).contains("cannot be \"\""));
        assert!(said(&["field=ans*"]).contains("the name of one input field"));
        // Found in review: a line break in an argument wrote a second, forged line into the log.
        assert!(said(&["threshold=x\n[ERROR] forged"]).contains("\"x\\n[ERROR] forged\""));
        assert!(said(&[&"x".repeat(1 << 20)[..], &format!("y{}=1", "z".repeat(1 << 20))]).len() < 300);
        assert_eq!(said(&["text", "answer"]), "option field is given twice");
    }

    proptest! {
        #[test]
        fn no_arguments_make_it_panic(args: Vec<String>) {
            let _ = Options::parse(&args).map_err(|error| error.to_string());
        }
    }
}
