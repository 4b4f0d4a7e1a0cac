//! The TXT answers of a DNS message. Records are read one by one: those before a broken one count.

use std::rc::Rc;

use hickory_proto::op::{Header, MessageType, OpCode, Query};
use hickory_proto::rr::Name;
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder, DecodeError};

/// What a response says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Response {
    /// The TXT answers, each behind the queried name, or its owner's where a message has no question (mDNS, zone transfers). Texts
    /// are as `dig` prints them, so that `text::answer` has one form to undo and no byte is lost.
    pub texts: Vec<(Rc<str>, String)>,
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
    if !sure && (header.counts.queries > 1 || header.counts.answers == 0) {
        return None;
    }
    let mut response = Response::default();
    let mut query: Option<Rc<str>> = None;
    for _ in 0..header.counts.queries {
        match Query::read(&mut decoder) {
            Ok(asked) => query = query.or_else(|| Some(shown_name(asked.name()).into())),
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
        // One that says it has more records than it has is read as far as it goes: on another port it must be one for all that.
        if !sure && decoder.is_empty() {
            break;
        }
        match record(message, &mut decoder, query.as_ref()) {
            Ok(None) => (),
            Ok(Some(text)) => response.texts.push(text),
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

/// The name and the text of a record, where it is of TXT (or of SPF, RFC 4408, which has the same form). Of all others nothing but
/// the length is looked at: a record that lies about itself must not hide the next one.
fn record(message: &[u8], decoder: &mut BinDecoder<'_>, query: Option<&Rc<str>>) -> Result<Option<(Rc<str>, String)>, DecodeError> {
    const TEXTS: [u16; 2] = [16, 99];
    let place = decoder.index();
    pass_name(decoder)?;
    let kind = decoder.read_u16()?.unverified(/* compared alone */);
    decoder.read_slice(6)?; // class and time to live
    let length = decoder.read_u16()?.unverified(/* read_slice compares it with what there is */);
    let mut data = decoder.read_slice(usize::from(length))?.unverified(/* any bytes */);
    if !TEXTS.contains(&kind) {
        return Ok(None);
    }
    let mut strings = Vec::new();
    while let Some((length, rest)) = data.split_first() {
        // A string that says it is longer than its record ends with it.
        let (string, rest) = rest.split_at_checked(usize::from(*length)).unwrap_or((rest, &[]));
        strings.push(string);
        data = rest;
    }
    let name = match query {
        Some(query) => Rc::clone(query),
        None if has_few_pointers(message, place) => shown_name(&Name::read(&mut BinDecoder::new(message).clone(place as u16))?).into(),
        None => "".into(),
    };
    Ok(Some((name, presented(strings.into_iter()))))
}

/// Goes on behind a name, without a look at what its pointer leads to.
fn pass_name(decoder: &mut BinDecoder<'_>) -> Result<(), DecodeError> {
    loop {
        match decoder.read_u8()?.unverified(/* every value is told apart */) {
            0 => return Ok(()),
            length @ 1..0x40 => decoder.read_slice(usize::from(length))?,
            0xc0.. => return decoder.read_u8().map(|_| ()),
            other => return Err(DecodeError::UnrecognizedLabelCode(other)),
        };
    }
}

/// Whether a name is one after few pointers. Found in review: a message of 64 KiB took as long as 10 MB of others, by a chain of
/// 8,000 pointers that 4,000 records began with.
fn has_few_pointers(message: &[u8], mut place: usize) -> bool {
    const FEW: usize = 16;
    (0..=FEW).any(|_| {
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

    fn texts(response: &Response) -> Vec<&str> {
        response.texts.iter().map(|(_, text)| &**text).collect()
    }

    #[test]
    fn answers_are_shown_as_dig_shows_them() {
        let message = response("a.example", &[&[b"v=spf1 ", b"-all"], &[b"\x00\"\\\xff"]]);
        let read = read(&message, false).unwrap();
        assert!(read.texts.iter().all(|(name, _)| &**name == "a.example"));
        assert_eq!(texts(&read), [r#""v=spf1 " "-all""#, r#""\000\"\\\255""#]);
        assert_eq!(crate::text::answer(texts(&read)[1].as_bytes()).as_deref(), Some(&b"\x00\"\\\xff"[..]));
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
        assert_eq!(texts(&said), ["\"first\""]);
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
        assert_eq!(texts(&read(&lying, true).unwrap()), ["\"second\""]);
        let mut longer = response("a.example", &[&[b"abc"]]);
        let last = longer.len() - 4;
        longer[last] = 200;
        assert_eq!(texts(&read(&longer, true).unwrap()), ["\"abc\""], "the string says 200 bytes");
    }

    /// Found in review: all texts of an announcement had the name of the first, and on another port no one saw it.
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
        bytes[7] = 9; // it says that there are nine
        assert_eq!(read(&bytes, false).unwrap().texts, expected);
        assert!(read(&bytes, true).unwrap().broken.is_some());
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
        // One TXT record in the answers, whose owner is at the end of the chain; the chain stands in a record of another type.
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
            let value = crate::text::normalise(read.texts[0].1.as_bytes());
            prop_assert_eq!(value.into_owned(), strings.concat());
        }
    }
}
