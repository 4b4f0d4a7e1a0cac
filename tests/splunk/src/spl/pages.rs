//! The page of Splunk's documentation that each stage and function follows. What has no page here is refused.
//!
//! Where a page shows an example with its input and its result, `tests/documentation.rs` runs it.

/// A page.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The stages or functions.
    pub of: &'static [&'static str],
    pub title: &'static str,
    pub address: &'static str,
    /// Why no example of the page is a test, for some of them.
    pub without: &'static [(&'static str, &'static str)],
}

const NONE: &str = "the page shows no example with its result";
const ZONE: &str = "its examples depend on a time zone that the page does not name";

macro_rules! command {
    ($name:literal, $without:expr) => {
        Page {
            of: &[$name],
            title: concat!("Search Reference, ", $name),
            address: concat!("https://help.splunk.com/en/splunk-enterprise/search/spl-search-reference/9.4/search-commands/", $name),
            without: $without,
        }
    };
}

macro_rules! functions {
    ($title:literal, $page:literal, $of:expr, $without:expr) => {
        Page {
            of: &$of,
            title: concat!("Search Reference, ", $title),
            address: concat!("https://help.splunk.com/splunk-enterprise/spl-search-reference/10.0/evaluation-functions/", $page),
            without: $without,
        }
    };
}

/// The stages.
pub const STAGES: &[Page] = &[
    command!("rename", &[]),
    command!("fields", &[("fields", NONE)]),
    command!("table", &[("table", "its one printed table contradicts itself: 192.0.1.51 and 192.0.1.39 are of one block")]),
    command!("convert", &[("convert", ZONE)]),
    command!("eval", &[]),
    command!("where", &[("where", NONE)]),
    command!("search", &[]),
    command!("sort", &[]),
    command!("head", &[("head", "its example uses keeplast and null, which are not modelled")]),
    command!("fillnull", &[]),
    command!("timechart", &[("timechart", NONE)]),
    command!("eventstats", &[]),
    command!("streamstats", &[]),
    command!("stats", &[]),
    command!("makeresults", &[]),
    command!("addinfo", &[("addinfo", "its examples show no values")]),
    command!("append", &[]),
    command!("appendpipe", &[]),
    command!("lookup", &[("lookup", "its example matches blocks of addresses, which is not modelled")]),
    command!("inputlookup", &[("inputlookup", NONE)]),
    command!("outputlookup", &[("outputlookup", "its example writes a CSV file, not a collection")]),
    Page {
        of: &["dnstxtscore"],
        title: "this command, by the real program",
        address: "README.md",
        without: &[("dnstxtscore", "not Splunk's")],
    },
];

/// The functions of `eval` and `where`.
pub const FUNCTIONS: &[Page] = &[
    functions!(
        "Comparison and conditional functions",
        "comparison-and-conditional-functions",
        ["if", "case", "coalesce", "cidrmatch", "false", "in", "match", "null", "true"],
        &[("coalesce", NONE), ("false", NONE), ("in", NONE), ("match", NONE), ("null", NONE)]
    ),
    functions!("Informational functions", "informational-functions", ["isnull", "isnotnull"], &[("isnull", NONE), ("isnotnull", NONE)]),
    functions!("Text functions", "text-functions", ["len", "lower", "substr", "replace", "urldecode"], &[("lower", NONE)]),
    functions!("Conversion functions", "conversion-functions", ["tonumber"], &[]),
    functions!("Mathematical functions", "mathematical-functions", ["floor", "round"], &[]),
    functions!(
        "Multivalue eval functions",
        "multivalue-eval-functions",
        ["mvappend", "mvcount", "mvfilter", "mvindex", "mvjoin", "mvmap", "split"],
        &[("mvcount", NONE), ("mvfilter", NONE), ("mvmap", "that part of the page was not at hand")]
    ),
    functions!(
        "Date and time functions",
        "date-and-time-functions",
        ["now", "relative_time", "strftime"],
        &[("now", NONE), ("relative_time", NONE), ("strftime", ZONE)]
    ),
    functions!(
        "Cryptographic functions",
        "cryptographic-functions",
        ["sha256"],
        &[("sha256", "that part of the page was not at hand; the test has the value of FIPS 180-2")]
    ),
];

/// Whether a name has a page.
pub(super) fn has(pages: &[Page], name: &str) -> bool {
    pages.iter().any(|page| page.of.contains(&name))
}
