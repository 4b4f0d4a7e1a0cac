//! What several readers parse: names of columns, times, addresses, tables' headers.

use std::rc::Rc;

use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// Names of the column or member that holds the answer, unless the user names one: the first that exists.
pub const ANSWER_NAMES: [&str; 2] = ["text", "answer"];
/// Names, in Splunk's CIM and elsewhere, of the other columns or members that are used: the first that exists.
pub const TIME_NAMES: [&str; 5] = ["time", "_time", "timestamp", "ts", "firstTime"];
/// The client's address: our own name, CIM's, Suricata's, Zeek's, and Zeek's with underscores.
pub const CLIENT_NAMES: [&str; 5] = ["client", "src", "src_ip", "id.orig_h", "id_orig_h"];
/// The server's address.
pub const SERVER_NAMES: [&str; 5] = ["server", "dest", "dest_ip", "id.resp_h", "id_resp_h"];
/// The queried name: our own name and Zeek's, Suricata's, and that of other logs.
pub const QUERY_NAMES: [&str; 3] = ["query", "rrname", "qname"];

/// A time of a log: a number of seconds, milli-, micro- or nanoseconds since 1970, or ISO 8601. Without an offset it is UTC.
pub fn time(text: &str) -> Option<OffsetDateTime> {
    use time::format_description::well_known::Iso8601;
    let text = text.trim();
    if text.is_empty() {
        return None; // as in most tables: parsing would take longer than the rest of the row
    }
    if let Ok(number) = text.parse::<f64>() {
        // The size decides the unit: 1e11 seconds are the year 5138, 1e11 milliseconds are 1973.
        const UNITS: [(f64, f64); 4] = [(1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (1e20, 1e-3)]; // below, microseconds per unit
        let microseconds = UNITS.into_iter().find(|(below, _)| (0.0..*below).contains(&number))?.1;
        return OffsetDateTime::from_unix_timestamp_nanos(((number * microseconds).round() as i128).saturating_mul(1000)).ok();
    }
    let text = text.strip_suffix("UTC").unwrap_or(text).trim_end().replacen(' ', "T", 1).replace(' ', "");
    let with_offset = OffsetDateTime::parse(&text, &Iso8601::PARSING).ok();
    let time = with_offset.or_else(|| PrimitiveDateTime::parse(&text, &Iso8601::PARSING).ok().map(PrimitiveDateTime::assume_utc));
    time?.checked_to_offset(UtcOffset::UTC)
}

/// An address in its short form, so that a host has the same name in every file. Any other text is treated as a name.
pub fn address(text: &str) -> Rc<str> {
    text.parse::<std::net::IpAddr>().map_or_else(|_| name(text), |address| address.to_string().into())
}

/// A name, cut if it is longer than any name can be with four characters for each byte.
pub fn name(text: &str) -> Rc<str> {
    const MAX_CHARS: usize = 4 * 255;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => [text.get(..end).unwrap_or_default(), "…"].concat().into(),
        None => text.into(),
    }
}

/// The delimiter of a table: the most frequent of comma, semicolon, tab and bar in the first line that is not blank.
pub fn delimiter(beginning: &[u8]) -> u8 {
    let line = beginning.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

/// Whether a first line can only be the header of a table: three or more plain names, among them one that holds answers, or two
/// of time, client, server and query. Two names are too few, because the first line may be an answer of an attacker's choice,
/// after which only one column of the others would be read.
pub fn is_table_header(line: &[u8]) -> bool {
    let delimiter = delimiter(line);
    let unquoted = |cell: &'_ [u8]| -> Vec<u8> {
        let cell = cell.trim_ascii();
        cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell).to_vec()
    };
    let cells: Vec<Vec<u8>> = line.trim_ascii().split(|byte| *byte == delimiter).map(unquoted).collect();
    let has = |names: &[&str]| names.iter().any(|name| cells.iter().any(|cell| cell.eq_ignore_ascii_case(name.as_bytes())));
    let others = [&TIME_NAMES[..], &CLIENT_NAMES, &SERVER_NAMES, &QUERY_NAMES].iter().filter(|names| has(names)).count();
    cells.len() > 2 && cells.iter().all(|cell| is_column_name(cell)) && (has(&ANSWER_NAMES) || others > 1)
}

/// Whether a cell of a header can be the name of a column, and not a text.
pub fn is_column_name(cell: &[u8]) -> bool {
    const MAX_BYTES: usize = 60;
    (1..=MAX_BYTES).contains(&cell.len()) && cell.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_. ".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found in review: 300 names of megabytes took 4 GB.
    #[test]
    fn a_name_is_cut_at_the_length_of_the_longest_possible_name() {
        assert_eq!((&*name("a.example"), name(&"é".repeat(5000)).chars().count()), ("a.example", 1021));
    }

    #[test]
    fn an_address_has_one_form() {
        assert_eq!(&*address("2001:0db8:0000:0000:0000:0000:0000:0001"), "2001:db8::1");
        assert_eq!(&*address("mail.example.com"), "mail.example.com");
    }

    #[test]
    fn times_of_logs() {
        let shown = |text: &str| time(text).map(|time| time.unix_timestamp_nanos() / 1000);
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
}
