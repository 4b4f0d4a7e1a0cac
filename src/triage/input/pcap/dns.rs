//! The TXT answers of a DNS message. Records are read one by one, so those before a malformed record count.

use std::rc::Rc;

use hickory_proto::op::{Header, MessageType, OpCode, Query};
use hickory_proto::rr::Name;
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder, DecodeError};

/// The contents of a response.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Response {
    /// Each TXT answer, after the queried name, or after its owner's name if the message has no question (mDNS, zone
    /// transfers). Texts are in the presentation format of `dig`, which `text::scorable_text` undoes without losing a byte.
    pub texts: Vec<(Rc<str>, String)>,
    /// Why the rest of the message was not read.
    pub error: Option<String>,
}

/// Reads a message; `None` if it is not a response to a query. If `expect_dns` is false it may be something else than DNS, and
/// then it counts only if it is a complete response with a TXT answer.
pub(super) fn read(message: &[u8], expect_dns: bool) -> Option<Response> {
    let mut decoder = BinDecoder::new(message);
    let header = match Header::read(&mut decoder) {
        Ok(header) => header,
        Err(_) if expect_dns => {
            return Some(Response { error: Some("it is too short for a DNS message".to_owned()), ..Response::default() });
        }
        Err(_) => return None,
    };
    if header.message_type != MessageType::Response || header.op_code != OpCode::Query {
        return None;
    }
    if !expect_dns && (header.counts.queries > 1 || header.counts.answers == 0) {
        return None;
    }
    let mut response = Response::default();
    let mut query: Option<Rc<str>> = None;
    for _ in 0..header.counts.queries {
        match Query::read(&mut decoder) {
            Ok(asked) => query = query.or_else(|| Some(escaped_name(asked.name()).into())),
            Err(error) => {
                response.error = Some(format!("its question cannot be read: {error}"));
                break;
            }
        }
    }
    // The authority and additional sections too: a client that reads them is answered there, and mDNS announces there.
    let counts = &header.counts;
    let records = usize::from(counts.answers) + usize::from(counts.authorities) + usize::from(counts.additionals);
    for number in 1..=records {
        if response.error.is_some() {
            break;
        }
        // A message on another port may announce more records than it has; it is read as far as it goes.
        if !expect_dns && decoder.is_empty() {
            break;
        }
        match read_record(message, &mut decoder, query.as_ref()) {
            Ok(None) => (),
            Ok(Some(text)) => response.texts.push(text),
            // A truncated message is not an error: the client asks again over TCP.
            Err(_) if header.truncation => break,
            Err(error) => response.error = Some(format!("its record {number} cannot be read: {error}")),
        }
    }
    if !expect_dns && (response.error.is_some() || response.texts.is_empty()) {
        return None;
    }
    Some(response)
}

/// The name and the text of a record, if it is TXT (or SPF, RFC 4408, which has the same format). Of other records only the
/// length is used, so that a record with malformed contents does not hide the next one.
fn read_record(message: &[u8], decoder: &mut BinDecoder<'_>, query: Option<&Rc<str>>) -> Result<Option<(Rc<str>, String)>, DecodeError> {
    const TXT_TYPES: [u16; 2] = [16, 99];
    let start = decoder.index();
    skip_name(decoder)?;
    let record_type = decoder.read_u16()?.unverified(/* only compared */);
    decoder.read_slice(6)?; // class and time to live
    let length = decoder.read_u16()?.unverified(/* read_slice checks it */);
    let mut data = decoder.read_slice(usize::from(length))?.unverified(/* any bytes are valid */);
    if !TXT_TYPES.contains(&record_type) {
        return Ok(None);
    }
    let mut strings = Vec::new();
    while let Some((length, rest)) = data.split_first() {
        // A string that claims to be longer than its record ends with the record.
        let (string, rest) = rest.split_at_checked(usize::from(*length)).unwrap_or((rest, &[]));
        strings.push(string);
        data = rest;
    }
    let name = match query {
        Some(query) => Rc::clone(query),
        None if has_few_pointers(message, start) => escaped_name(&Name::read(&mut BinDecoder::new(message).clone(start as u16))?).into(),
        None => "".into(),
    };
    Ok(Some((name, presentation_format(strings.into_iter()))))
}

/// Skips a name without following its pointer.
fn skip_name(decoder: &mut BinDecoder<'_>) -> Result<(), DecodeError> {
    loop {
        match decoder.read_u8()?.unverified(/* every value is handled */) {
            0 => return Ok(()),
            length @ 1..0x40 => decoder.read_slice(usize::from(length))?,
            0xc0.. => return decoder.read_u8().map(|_| ()),
            other => return Err(DecodeError::UnrecognizedLabelCode(other)),
        };
    }
}

/// Whether a name ends after few pointers. Found in review: with 4,000 records whose names began with a chain of 8,000
/// pointers, a message of 64 KiB took as long as 10 MB of others.
fn has_few_pointers(message: &[u8], mut place: usize) -> bool {
    const MAX_POINTERS: usize = 16;
    (0..=MAX_POINTERS).any(|_| {
        while let Some(length @ 1..0x40) = message.get(place) {
            place += 1 + usize::from(*length);
        }
        match (message.get(place), message.get(place + 1)) {
            (Some(high @ 0xc0..), Some(low)) => {
                place = usize::from(high & 0x3f) << 8 | usize::from(*low);
                false
            }
            _ => true,
        }
    })
}

/// A name as in zone files, without its last dot: bytes that are not printable ASCII as `\DDD`, a dot inside a label as `\.`.
fn escaped_name(name: &Name) -> String {
    let labels: Vec<String> = name.iter().map(|label| escape(label, b".\\")).collect();
    if labels.is_empty() { ".".to_owned() } else { labels.join(".") }
}

/// Character strings in quotes, as `dig` prints them.
fn presentation_format<'a>(strings: impl Iterator<Item = &'a [u8]>) -> String {
    let quoted: Vec<String> = strings.map(|string| format!("\"{}\"", escape(string, b"\"\\"))).collect();
    if quoted.is_empty() { "\"\"".to_owned() } else { quoted.join(" ") }
}

fn escape(bytes: &[u8], special: &[u8]) -> String {
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
mod tests {
    use super::*;
    use hickory_proto::op::Message;
    use hickory_proto::rr::rdata::TXT;
    use hickory_proto::rr::{RData, Record, RecordType};
    use proptest::prelude::*;

    /// A response with TXT answers.
    fn response(query: &str, answers: &[&[&[u8]]]) -> Vec<u8> {
        let name = Name::from_ascii(query).unwrap();
        let mut message = Message::response(7, OpCode::Query);
        message.add_query(Query::query(name.clone(), RecordType::TXT));
        for strings in answers {
            message.add_answer(Record::from_rdata(name.clone(), 60, RData::TXT(TXT::from_bytes(strings.to_vec()))));
        }
        message.to_vec().unwrap()
    }

    fn texts(response: &Response) -> Vec<&str> {
        response.texts.iter().map(|(_, text)| &**text).collect()
    }

    #[test]
    fn answers_are_written_as_dig_writes_them() {
        let message = response("a.example", &[&[b"v=spf1 ", b"-all"], &[b"\x00\"\\\xff"]]);
        let read = read(&message, false).unwrap();
        assert!(read.texts.iter().all(|(name, _)| &**name == "a.example"));
        assert_eq!(texts(&read), [r#""v=spf1 " "-all""#, r#""\000\"\\\255""#]);
        assert_eq!(crate::text::scorable_text(texts(&read)[1].as_bytes()).as_deref(), Some(&b"\x00\"\\\xff"[..]));
    }

    #[test]
    fn names_are_written_as_in_zone_files() {
        let name = Name::from_labels([&b"a.b"[..], b"\xbe x\\", b"example"]).unwrap();
        assert_eq!(escaped_name(&name), r"a\.b.\190 x\\.example");
        assert_eq!(escaped_name(&Name::root()), ".");
    }

    #[test]
    fn records_before_a_malformed_one_count() {
        let message = response("a.example", &[&[b"first"], &[b"second"]]);
        let cut = &message[..message.len() - 3];
        let response = read(cut, true).unwrap();
        assert_eq!(texts(&response), ["\"first\""]);
        assert!(response.error.unwrap().starts_with("its record 2 cannot be read"));
        assert_eq!(read(cut, false), None, "on another port it is not a message");
        assert_eq!(read(b"abc", true).unwrap().error.as_deref(), Some("it is too short for a DNS message"));
    }

    /// Found in review: an A record of three bytes hid the TXT answer after it.
    #[test]
    fn a_malformed_record_does_not_hide_the_next_one() {
        let message = response("a.example", &[&[b"12"], &[b"second"]]);
        let mut malformed = message.clone();
        let kind = message.windows(4).skip(25).position(|bytes| bytes == [0, 16, 0, 1]).unwrap() + 25;
        malformed[kind + 1] = 1; // an A record, of three bytes
        assert_eq!(texts(&read(&malformed, true).unwrap()), ["\"second\""]);
        let mut longer = response("a.example", &[&[b"abc"]]);
        let last = longer.len() - 4;
        longer[last] = 200;
        assert_eq!(texts(&read(&longer, true).unwrap()), ["\"abc\""], "the string claims 200 bytes");
    }

    /// Found in review: all texts of an announcement had the name of the first, and on another port it was ignored.
    #[test]
    fn without_a_question_each_text_has_its_own_name() {
        let mut message = Message::response(7, OpCode::Query);
        for name in ["a.example", "b.example"] {
            let text = RData::TXT(TXT::from_bytes(vec![name.as_bytes()]));
            message.add_answer(Record::from_rdata(Name::from_ascii(name).unwrap(), 60, text));
        }
        let mut bytes = message.to_vec().unwrap();
        let expected = [("a.example".into(), "\"a.example\"".to_owned()), ("b.example".into(), "\"b.example\"".to_owned())];
        assert_eq!(read(&bytes, false).unwrap().texts, expected);
        bytes[7] = 9; // it claims nine records
        assert_eq!(read(&bytes, false).unwrap().texts, expected);
        assert!(read(&bytes, true).unwrap().error.is_some());
    }

    #[test]
    fn an_spf_record_is_a_text() {
        let mut message = response("a.example", &[&[b"v=spf1 -all"]]);
        let kind = message.windows(4).rposition(|bytes| bytes == [0, 16, 0, 1]).unwrap();
        message[kind + 1] = 99;
        assert_eq!(texts(&read(&message, true).unwrap()), ["\"v=spf1 -all\""]);
    }

    #[test]
    fn a_chain_of_pointers_is_not_followed() {
        // One TXT record in the answers, whose owner name is at the end of the chain; the chain is in a record of another type.
        let mut message = b"\0\x07\x81\x80\0\0\0\x02\0\0\0\0\x01a\0\0\x0a\0\x01\0\0\0\0\0\x50".to_vec();
        let mut last = 12u16;
        for _ in 0..40 {
            let place = message.len() as u16;
            message.extend((0xc000 | last).to_be_bytes());
            last = place;
        }
        let place = message.len();
        message.extend((0xc000 | last).to_be_bytes());
        assert!(!has_few_pointers(&message, place) && has_few_pointers(&message, 12));
        message.extend(b"\0\x10\0\x01\0\0\0\0\0\x02\x01x");
        assert_eq!(read(&message, true).unwrap().texts, [("".into(), "\"x\"".to_owned())]);
        for odd in [&b""[..], b"\xc0", b"\xc0\x00", b"\x05ab", b"\x80"] {
            has_few_pointers(odd, 0);
        }
    }

    #[test]
    fn a_query_is_not_a_response() {
        let mut query = response("a.example", &[]);
        query[2] &= 0x7f;
        assert_eq!(read(&query, true), None);
    }

    proptest! {
        #[test]
        fn strings_of_any_bytes_come_back(strings in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..255), 1..4)) {
            let slices: Vec<&[u8]> = strings.iter().map(Vec::as_slice).collect();
            let read = read(&response("a.example", &[&slices]), false).unwrap();
            let value = crate::text::normalise(read.texts[0].1.as_bytes());
            prop_assert_eq!(value.into_owned(), strings.concat());
        }
    }
}
