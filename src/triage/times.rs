//! Writes times for output.

use time::OffsetDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;

/// UTC to the microsecond, always of the same length, so that it sorts as text.
pub fn rfc3339(time: OffsetDateTime) -> String {
    const FORMAT: &[FormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
    time.format(&FORMAT).unwrap_or_default()
}

/// UTC to the second, for reading.
pub fn seconds(time: OffsetDateTime) -> String {
    const FORMAT: &[FormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    time.format(&FORMAT).unwrap_or_default()
}

/// UTC to the millisecond, as STIX wants it: `2026-11-24T22:01:07.500Z`.
pub fn milliseconds(time: OffsetDateTime) -> String {
    const FORMAT: &[FormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    time.format(&FORMAT).unwrap_or_default()
}
