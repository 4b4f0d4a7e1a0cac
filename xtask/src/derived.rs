//! Stanzas of savedsearches.conf whose search is that of another one: for a run by hand, because Splunk runs no disabled search
//! ("You cannot run a disabled search", savedsearches.conf.spec), as an alert without Enterprise Security, and for another period.

use crate::{Result, root};

/// The line below which the stanzas are written.
pub const BEGIN: &str = "# Below: searches of the stanzas above as alerts and for runs by hand, written by `cargo xtask docs`.\n";

struct Derived {
    name: &'static str,
    /// The stanza whose search it runs.
    of: &'static str,
    description: &'static str,
    earliest: &'static str,
    latest: &'static str,
    /// Stages that are left out, by their beginning.
    without: &'static [&'static str],
    /// When it runs, disabled like a detection, as an ordinary alert, and for how long a source and a domain are throttled. Else it is for
    /// runs by hand.
    alert: Option<(&'static str, &'static str)>,
}

const DERIVED: [Derived; 5] = [
    Derived {
        name: "DNSTXT - Alert on suspicious DNS TXT answers",
        of: "DNSTXT - Detect suspicious DNS TXT records using pretrained model - Rule",
        description: "The hourly detection for a Splunk without Enterprise Security: the same search as an ordinary alert. Its findings are listed \
                      under Triggered Alerts, at most once per day per source and registered domain. Add an alert action of your own, such as mail.",
        earliest: "-70m@m",
        latest: "-10m@m",
        without: &[],
        alert: Some(("0 * * * *", "86400s")),
    },
    Derived {
        name: "DNSTXT - Alert on channels over DNS TXT answers",
        of: "DNSTXT - Detect sustained channel over DNS TXT answers - Rule",
        description: "The channel search for a Splunk without Enterprise Security: the same search as an ordinary alert. Its findings are listed \
                      under Triggered Alerts, at most once per day per source and registered domain. Add an alert action of your own, such as mail.",
        earliest: "-1450m@m",
        latest: "-10m@m",
        without: &[],
        alert: Some(("20 */4 * * *", "86400s")),
    },
    Derived {
        name: "DNSTXT - Slow channels of the last week",
        of: "DNSTXT - Detect sustained channel over DNS TXT answers - Rule",
        description: "Runs the channel search once per day over the last week. It finds channels with too few exchanges per day for the daily \
                      window. It is an ordinary alert: results appear under Triggered Alerts, at most once per week per source and registered \
                      domain. Creates no notable event and no risk event.",
        earliest: "-7d@d",
        latest: "@d",
        without: &[],
        alert: Some(("47 3 * * *", "604800s")),
    },
    Derived {
        name: "DNSTXT - Learn the baseline from the last 14 days",
        of: "DNSTXT - Baseline of common DNS TXT answers",
        description: "Runs the baseline search once over 14 days, to start with what is already there. Run it by hand, as admin or sc_admin. It is never \
                      scheduled: the baseline search itself learns one day per night, once it is enabled.",
        earliest: "-14d@d",
        latest: "@d",
        without: &[],
        alert: None,
    },
    Derived {
        name: "DNSTXT - Show what the detection would find in a day",
        of: "DNSTXT - Detect suspicious DNS TXT records using pretrained model - Rule",
        description: "Runs the search of the hourly detection over the last day, before it is enabled: each row would be a finding, \
                      unless a source has more domains in an hour than dnstxtscore_most_domains. Creates no notable event and no risk event.",
        earliest: "-24h@h",
        latest: "now",
        // It counts domains per run, and a run of the detection reads an hour.
        without: &["| eventstats count as domains ", "| eval domain=if(domains > "],
        alert: None,
    },
];

/// The stanzas, as they stand in the file.
///
/// # Errors
/// If a stanza that they come from is missing.
pub fn stanzas(conf: &str) -> Result<String> {
    let mut out = String::new();
    for Derived { name, of, description, earliest, latest, without, alert } in DERIVED {
        let stanza = conf.split_once(&format!("[{of}]\n")).and_then(|(_, rest)| rest.split_once("\nsearch = "));
        let (_, search) = stanza.ok_or_else(|| format!("{} has no search of [{of}]", root().join("default").display()))?;
        let mut lines = search.split_inclusive('\n');
        let last = lines.clone().position(|line| !line.ends_with("\\\n")).unwrap_or_default();
        let kept = lines.by_ref().take(last + 1).filter(|line| !without.iter().any(|stage| line.starts_with(stage)));
        let search: String = kept.collect();
        let schedule = match alert {
            None => "disabled = false\nenableSched = 0\nis_visible = true\n".to_owned(),
            Some((cron, period)) => {
                format!(
                    "disabled = true\nenableSched = 1\ncron_schedule = {cron}\nschedule_window = auto\nrealtime_schedule = 0\nis_visible = false\n\
                     alert.track = 1\nalert.digest_mode = 1\nalert.suppress = 1\nalert.suppress.fields = src,domain\nalert.suppress.period = {period}\n\
                     counttype = number of events\nrelation = greater than\nquantity = 0\n"
                )
            }
        };
        out += &format!(
            "\n[{name}]\ndescription = {description}\ndispatch.earliest_time = {earliest}\ndispatch.latest_time = {latest}\n{schedule}search = {search}"
        );
    }
    Ok(out)
}
