//! The TXT answers of a DNS message. Records are read one by one: those before a broken one count.

use hickory_proto::op::{Header, MessageType, OpCode, Query};
use hickory_proto::rr::Name;
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder, DecodeError};

/// What a response says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Response {
    /// The queried name, or the owner of the first TXT record where a message has no question (mDNS).
    pub query: String,
    /// The TXT answers as `dig` prints them, so that `text::answer` has one form to undo and no byte is lost.
    pub texts: Vec<String>,
    /// Why the rest of it was not read.
    pub broken: Option<String>,
}

/// Reads a message; nothing where it is no response, or one that is no answer to a query. `sure` says that it must be a message:
/// else it is asked whether it is one at all, and what does not look like one is nothing.
pub(super) fn read(message: &[u8], sure: bool) -> Option<Response> {
    let mut decoder = BinDecoder::new(message);
    let header = match Header::read(&mut decoder) {
        Ok(header) => header,
        Err(_) if sure => return Some(broken("it is too short for a DNS message")),
        Err(_) => return None,
    };
    if header.message_type != MessageType::Response || header.op_code != OpCode::Query {
        return None;
    }
    if !sure && (header.counts.queries != 1 || header.counts.answers == 0) {
        return None;
    }
    let mut response = Response::default();
    for _ in 0..header.counts.queries {
        match Query::read(&mut decoder) {
            Ok(query) if response.query.is_empty() => response.query = shown_name(query.name()),
            Ok(_) => (),
            Err(error) => {
                response.broken = Some(format!("its question cannot be read: {error}"));
                break;
            }
        }
    }
    // Authorities and additionals too: whoever listens to them is answered there. mDNS announces so.
    let counts = &header.counts;
    let records = usize::from(counts.answers) + usize::from(counts.authorities) + usize::from(counts.additionals);
    for number in 1..=records {
        if response.broken.is_some() {
            break;
        }
        match record(&mut decoder) {
            Ok(None) => (),
            Ok(Some((owner, text))) => {
                if response.query.is_empty() {
                    response.query = shown_name(&owner);
                }
                response.texts.push(text);
            }
            // A message cut where its server had no more room is no fault: the client asks again over TCP.
            Err(_) if header.truncation => break,
            Err(error) => response.broken = Some(format!("its record {number} cannot be read: {error}")),
        }
    }
    // What only looks like DNS is none: a message on another port must be whole and hold what is looked for.
    if !sure && (response.broken.is_some() || response.texts.is_empty()) {
        return None;
    }
    Some(response)
}

/// The owner and the text of a record, where it is of TXT. Of all others nothing but the length is looked at: a record that lies
/// about itself must not hide the next one.
fn record(decoder: &mut BinDecoder<'_>) -> Result<Option<(Name, String)>, DecodeError> {
    const TXT: u16 = 16;
    let owner = Name::read(decoder)?;
    let kind = decoder.read_u16()?.unverified(/* compared alone */);
    decoder.read_slice(6)?; // class and time to live
    let length = decoder.read_u16()?.unverified(/* read_slice compares it with what there is */);
    let mut data = decoder.read_slice(usize::from(length))?.unverified(/* any bytes */);
    let mut strings = Vec::new();
    while let Some((length, rest)) = data.split_first().filter(|_| kind == TXT) {
        // A string that says it is longer than its record ends with it.
        let (string, rest) = rest.split_at_checked(usize::from(*length)).unwrap_or((rest, &[]));
        strings.push(string);
        data = rest;
    }
    Ok((kind == TXT).then(|| (owner, presented(strings.into_iter()))))
}

fn broken(what: &str) -> Response {
    Response { broken: Some(what.to_owned()), ..Response::default() }
}

/// A name without its last dot, as zone files write it: what is no printable ASCII as `\DDD`, a dot inside a label as `\.`.
fn shown_name(name: &Name) -> String {
    let labels: Vec<String> = name.iter().map(|label| escaped(label, b".\\")).collect();
    if labels.is_empty() { ".".to_owned() } else { labels.join(".") }
}

/// Strings in quotes, as `dig` prints them.
fn presented<'a>(strings: impl Iterator<Item = &'a [u8]>) -> String {
    let quoted: Vec<String> = strings.map(|string| format!("\"{}\"", escaped(string, b"\"\\"))).collect();
    if quoted.is_empty() { "\"\"".to_owned() } else { quoted.join(" ") }
}

fn escaped(bytes: &[u8], special: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len()), |mut out, byte| {
        match byte {
            _ if special.contains(byte) => out.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => out.push(char::from(*byte)),
            _ => out.push_str(&format!("\\{byte:03}")),
        }
        out
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use hickory_proto::op::Message;
    use hickory_proto::rr::rdata::TXT;
    use hickory_proto::rr::{RData, Record, RecordType};
    use proptest::prelude::*;

    /// A response with TXT answers.
    pub(in crate::source) fn response(query: &str, answers: &[&[&[u8]]]) -> Vec<u8> {
        let name = Name::from_ascii(query).unwrap();
        let mut message = Message::response(7, OpCode::Query);
        message.add_query(Query::query(name.clone(), RecordType::TXT));
        for strings in answers {
            message.add_answer(Record::from_rdata(name.clone(), 60, RData::TXT(TXT::from_bytes(strings.to_vec()))));
        }
        message.to_vec().unwrap()
    }

    #[test]
    fn answers_are_shown_as_dig_shows_them() {
        let message = response("a.example", &[&[b"v=spf1 ", b"-all"], &[b"\x00\"\\\xff"]]);
        let read = read(&message, false).unwrap();
        assert_eq!(read.query, "a.example");
        assert_eq!(read.texts, [r#""v=spf1 " "-all""#, r#""\000\"\\\255""#]);
        assert_eq!(crate::text::answer(read.texts[1].as_bytes()).as_deref(), Some(&b"\x00\"\\\xff"[..]));
    }

    #[test]
    fn names_are_shown_as_zones_show_them() {
        let name = Name::from_labels([&b"a.b"[..], b"\xbe x\\", b"example"]).unwrap();
        assert_eq!(shown_name(&name), r"a\.b.\190 x\\.example");
        assert_eq!(shown_name(&Name::root()), ".");
    }

    #[test]
    fn what_stands_before_a_broken_record_counts() {
        let message = response("a.example", &[&[b"first"], &[b"second"]]);
        let cut = &message[..message.len() - 3];
        let said = read(cut, true).unwrap();
        assert_eq!(said.texts, ["\"first\""]);
        assert!(said.broken.unwrap().starts_with("its record 2 cannot be read"));
        assert_eq!(read(cut, false), None, "on another port it is no message");
        assert_eq!(read(b"abc", true).unwrap().broken.as_deref(), Some("it is too short for a DNS message"));
    }

    /// Found in review: an address of three bytes before it hid a TXT answer.
    #[test]
    fn a_record_that_lies_about_itself_does_not_hide_the_next_one() {
        let message = response("a.example", &[&[b"12"], &[b"second"]]);
        let mut lying = message.clone();
        let kind = message.windows(4).skip(25).position(|bytes| bytes == [0, 16, 0, 1]).unwrap() + 25;
        lying[kind + 1] = 1; // an A record, of three bytes
        assert_eq!(read(&lying, true).unwrap().texts, ["\"second\""]);
        let mut longer = response("a.example", &[&[b"abc"]]);
        let last = longer.len() - 4;
        longer[last] = 200;
        assert_eq!(read(&longer, true).unwrap().texts, ["\"abc\""], "the string says 200 bytes");
    }

    #[test]
    fn a_query_is_no_response() {
        let mut query = response("a.example", &[]);
        query[2] &= 0x7f;
        assert_eq!(read(&query, true), None);
    }

    proptest! {
        #[test]
        fn strings_of_any_bytes_come_back(strings in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..255), 1..4)) {
            let slices: Vec<&[u8]> = strings.iter().map(Vec::as_slice).collect();
            let read = read(&response("a.example", &[&slices]), false).unwrap();
            let value = crate::text::normalise(read.texts[0].as_bytes());
            prop_assert_eq!(value.into_owned(), strings.concat());
        }
    }
}
