//! Times as Splunk writes them, in UTC (Splunk uses the time zone of the user).

use time::OffsetDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;

/// Seconds since 1970 as `2026-11-24T04:13:00`; empty outside the years that `time` supports.
pub fn iso_time(seconds: i64) -> String {
    const FORMAT: &[FormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok();
    time.and_then(|time| time.format(&FORMAT).ok()).unwrap_or_default()
}
