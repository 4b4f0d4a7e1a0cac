//! The times that logs, exports and portals write.

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Iso8601;
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use crate::escape::one_line;
use crate::triage::input::record::Kind;

/// Forms without a zone, beside ISO 8601. Where a month and a day are numbers, the month comes first, as in the portals.
const FORMS: [&[BorrowedFormatItem<'_>]; 6] = [
    // Kibana: `Jan 11, 2026 @ 22:46:24.341`.
    format_description!(version = 2, "[month repr:short] [day padding:none], [year] @ [hour]:[minute]:[second][optional [.[subsecond]]]"),
    // tshark's frame.time: `Jan 11, 2026 22:46:24.286885000`.
    format_description!(version = 2, "[month repr:short] [day padding:none], [year] [hour]:[minute]:[second][optional [.[subsecond]]]"),
    // Sentinel and Defender: `1/11/2026, 10:46:24.341 PM`.
    format_description!(
        version = 2,
        "[month padding:none]/[day padding:none]/[year][optional [,]] [hour repr:12 padding:none]:[minute]:[second][optional [.[subsecond]]] [period]"
    ),
    // Splunk Web: `01/11/2026 22:46:24`.
    format_description!(
        version = 2,
        "[month padding:none]/[day padding:none]/[year][optional [,]] [hour padding:none]:[minute]:[second][optional [.[subsecond]]]"
    ),
    // `2026/01/11 22:46:24`.
    format_description!(version = 2, "[year]/[month]/[day] [hour]:[minute]:[second][optional [.[subsecond]]]"),
    // BIND: `11-Jan-2026 22:46:24.123`.
    format_description!(version = 2, "[day padding:none]-[month repr:short]-[year] [hour]:[minute]:[second][optional [.[subsecond]]]"),
];

/// Reads the times of a file, and counts those that it does not understand.
pub(super) struct LogTimes {
    /// For times that name no zone.
    zone: UtcOffset,
    not_understood: u64,
    /// The first of them.
    example: String,
}

impl LogTimes {
    pub(super) fn new(zone: UtcOffset) -> Self {
        Self { zone, not_understood: 0, example: String::new() }
    }

    /// The time that a cell names; `None` if it is empty, or is not understood, which is counted.
    pub(super) fn read(&mut self, text: &str) -> Option<OffsetDateTime> {
        const MAX_EXAMPLE_CHARS: usize = 40;
        let text = text.trim();
        // As in most tables: parsing would take longer than the rest of the row.
        if text.is_empty() || text == "-" {
            return None;
        }
        let time = parse(text, self.zone);
        if time.is_none() {
            if self.not_understood == 0 {
                self.example = one_line(text, MAX_EXAMPLE_CHARS);
            }
            self.not_understood = self.not_understood.saturating_add(1);
        }
        time
    }

    /// What is said at the end.
    pub(super) fn remark(&self) -> Option<(Kind, String)> {
        let (times, were) = if self.not_understood == 1 { ("time", "was") } else { ("times", "were") };
        let message = format!("up to here, {} {times} {were} not understood, the first is `{}`", self.not_understood, self.example);
        (self.not_understood > 0).then_some((Kind::Lenient, message))
    }
}

/// A number of seconds, milli-, micro- or nanoseconds since 1970, a date of eight digits, ISO 8601, or one of [`FORMS`].
fn parse(text: &str, zone: UtcOffset) -> Option<OffsetDateTime> {
    let in_zone = |time: PrimitiveDateTime| time.assume_offset(zone).checked_to_offset(UtcOffset::UTC);
    if let Ok(number) = text.parse::<f64>() {
        if let Ok(date) = Date::parse(text, format_description!("[year][month][day]")) {
            return in_zone(date.with_time(Time::MIDNIGHT));
        }
        // The size decides the unit: 1e11 seconds are the year 5138, 1e11 milliseconds are 1973.
        const UNITS: [(f64, f64); 4] = [(1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (1e20, 1e-3)]; // below, microseconds per unit
        let microseconds = UNITS.into_iter().find(|(below, _)| (0.0..*below).contains(&number))?.1;
        return OffsetDateTime::from_unix_timestamp_nanos(((number * microseconds).round() as i128).saturating_mul(1000)).ok();
    }
    let (text, zone) = match text.strip_suffix("UTC").or_else(|| text.strip_suffix("GMT")) {
        Some(text) => (text.trim_end(), UtcOffset::UTC),
        None => (text, zone),
    };
    let in_zone = |time: PrimitiveDateTime| time.assume_offset(zone).checked_to_offset(UtcOffset::UTC);
    let iso = text.replacen(' ', "T", 1).replace(' ', "");
    if let Ok(time) = OffsetDateTime::parse(&iso, &Iso8601::PARSING) {
        return time.checked_to_offset(UtcOffset::UTC);
    }
    let other = || FORMS.iter().find_map(|form| PrimitiveDateTime::parse(text, *form).ok());
    PrimitiveDateTime::parse(&iso, &Iso8601::PARSING).ok().or_else(other).and_then(in_zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn microseconds(text: &str, zone: UtcOffset) -> Option<i128> {
        LogTimes::new(zone).read(text).map(|time| time.unix_timestamp_nanos() / 1000)
    }

    #[test]
    fn times_of_logs() {
        let shown = |text: &str| microseconds(text, UtcOffset::UTC);
        assert_eq!(shown("1700000000.123456"), Some(1_700_000_000_123_456));
        assert_eq!(shown("2023-11-14T22:13:20.123456Z"), Some(1_700_000_000_123_456));
        assert_eq!(shown("2023-11-14T23:13:20.123456+0100"), Some(1_700_000_000_123_456));
        // Found in review: these had no time, and a timeline was empty.
        assert_eq!(shown("1700000000123"), Some(1_700_000_000_123_000));
        assert_eq!(shown("1700000000123456789"), Some(1_700_000_000_123_457));
        for same in [
            "2023-11-14T22:13:20",
            "2023-11-14 22:13:20",
            "2023-11-14 22:13:20 UTC",
            "2023-11-14 22:13:20.000+00:00",
            "2023-11-14 22:13:20 +0000",
        ] {
            assert_eq!(shown(same), Some(1_700_000_000_000_000), "{same}");
        }
        // Found by attack: .NET's last date in a zone west of Greenwich ended the program.
        for none in ["9999-12-31T23:59:59-01:00", "-9999-01-01T00:00:00+01:00", "", "-", "yesterday", "NaN", "-1", "1e30", "inf"] {
            assert_eq!(shown(none), None, "{none}");
        }
    }

    /// Found by a responder: exports of portals had no time, and nothing was said.
    #[test]
    fn times_of_exports() {
        let at = |text: &str| microseconds(text, UtcOffset::UTC).map(|time| (time / 1000, time % 1000));
        for same in [
            "Jan 11, 2026 @ 22:46:24.341",
            "Jan 11, 2026 22:46:24.341000000 UTC",
            "1/11/2026, 10:46:24.341 PM",
            "01/11/2026 22:46:24.341",
            "2026/01/11 22:46:24.341",
            "11-Jan-2026 22:46:24.341",
            "1768171584341",
            "2026-01-11T22:46:24.341Z",
        ] {
            assert_eq!(at(same), Some((1_768_171_584_341, 0)), "{same}");
        }
        assert_eq!(at("20260111"), Some((1_768_089_600_000, 0)), "a date");
        assert_eq!(at("20261341"), Some((20_261_341_000, 0)), "no date: seconds");
        let paris = UtcOffset::from_hms(1, 0, 0).unwrap();
        assert_eq!(microseconds("Jan 11, 2026 @ 23:46:24.341", paris), microseconds("2026-01-11T22:46:24.341Z", paris));
        assert_eq!(microseconds("2026-01-11 23:46:24.341", paris), microseconds("2026-01-11T22:46:24.341Z", paris));
    }

    #[test]
    fn a_time_that_is_not_understood_is_counted_and_shown_safely() {
        let mut times = LogTimes::new(UtcOffset::UTC);
        for text in ["", "-", "next \u{1b}[31mweek", "CET", "1700000000"] {
            times.read(text);
        }
        let (kind, message) = times.remark().unwrap();
        assert_eq!(kind, Kind::Lenient);
        assert!(message.contains("2 times were not understood") && !message.contains('\u{1b}'), "{message}");
    }
}
