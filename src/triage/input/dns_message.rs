//! The TXT answers of a DNS message. Records are read one by one, so those before a malformed record count.
//!
//! This reads more than a parser of DNS does, because whoever answers must not choose what is seen: a name that is too long or
//! leads in a circle is shortened, and what follows it is read.

use std::rc::Rc;

use byteorder::{BigEndian, ByteOrder};

/// The contents of a response.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Response {
    /// Each TXT answer, after the queried name, or after its owner's name if the message has no question (mDNS, zone
    /// transfers). Texts are in the presentation format of `dig`, which `text::scorable_text` undoes without losing a byte.
    pub texts: Vec<(Rc<str>, String)>,
    /// Why the rest of the message was not read.
    pub error: Option<String>,
    /// What is unusual about a message that was read.
    pub remark: Option<&'static str>,
    /// The name for which a response to a TXT query has no TXT answer. A truncated one has it elsewhere.
    pub unanswered: Option<Rc<str>>,
}

/// What a message must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    /// It came from a DNS server's port. What cannot be read is an error, and the bits that call it a query or another
    /// operation are not believed: a tunnel chooses them.
    FromServer,
    /// It came over mDNS's port, where queries repeat known answers.
    Multicast,
    /// It may be something else than DNS. It counts only if it is a complete response with a TXT answer.
    Anything,
}

/// Bytes of the header: an identifier, flags, and four counts.
const HEADER_BYTES: usize = 12;
/// The number of the record type.
const TXT: u16 = 16;

/// Reads a message; `None` if it is not what is expected.
pub(super) fn read(message: &[u8], expect: Expect) -> Option<Response> {
    let only = |error: &str| Response { error: Some(error.to_owned()), ..Response::default() };
    let Some((header, _)) = message.split_at_checked(HEADER_BYTES) else {
        return (expect != Expect::Anything).then(|| only("it is too short for a DNS message"));
    };
    let word = |number: usize| header.as_chunks().0.get(number).map_or(0, |word| u16::from_be_bytes(*word));
    let (flags, questions, answers) = (word(1), word(2), word(3));
    const RESPONSE_AND_OPCODE: u16 = 0xf800;
    const TRUNCATED: u16 = 0x0200;
    let is_response = flags & RESPONSE_AND_OPCODE == 0x8000;
    if !is_response && expect != Expect::FromServer {
        return None;
    }
    if expect == Expect::Anything && (questions > 1 || answers == 0) {
        return None;
    }
    let mut reader = Reader { message, place: HEADER_BYTES };
    let mut response = Response::default();
    let (mut query, mut asks_for_txt): (Option<Rc<str>>, bool) = (None, false);
    for _ in 0..questions {
        match reader.question() {
            Ok((name, record_type)) => {
                if name.is_shortened {
                    response.remark = Some("the name in its question is not a valid DNS name and was shortened");
                }
                asks_for_txt |= record_type == TXT;
                query = query.or(Some(name.text));
            }
            Err(why) => {
                response.error = Some(format!("its question cannot be read: {why}"));
                break;
            }
        }
    }
    // The authority and additional sections too: a client that reads them is answered there, and mDNS announces there.
    let records = [answers, word(4), word(5)].into_iter().map(u32::from).fold(0, u32::saturating_add);
    let mut owners = Owners::default();
    for number in 1..=records {
        // A message on another port may announce more records than it has; it is read as far as it goes.
        if response.error.is_some() || expect == Expect::Anything && reader.is_at_end() {
            break;
        }
        match reader.record(query.as_ref(), &mut owners) {
            Ok(None) => (),
            Ok(Some(text)) => response.texts.push(text),
            // A truncated message is not an error: the client asks again over TCP.
            Err(_) if flags & TRUNCATED != 0 => break,
            Err(why) => response.error = Some(format!("its record {number} cannot be read: {why}")),
        }
    }
    if expect == Expect::Anything && (response.error.is_some() || response.texts.is_empty()) {
        return None;
    }
    if is_response && response.texts.is_empty() && response.error.is_none() && flags & TRUNCATED == 0 {
        response.unanswered = query.filter(|_| asks_for_txt);
    }
    if !is_response && !response.texts.is_empty() {
        response.remark = Some("its header does not say that it is a response; its answers were read anyway");
    }
    Some(response)
}

/// The name that a query asks for, if it asks for TXT. `None` for any other message.
pub(super) fn txt_query(message: &[u8]) -> Option<Rc<str>> {
    const QUERY_OF_ONE: [u8; 2] = [0, 1]; // the number of questions
    let (header, _) = message.split_at_checked(HEADER_BYTES)?;
    let [_, _, flags, _, rest @ ..] = header else { return None };
    if flags & 0xf8 != 0 || !rest.starts_with(&QUERY_OF_ONE) {
        return None;
    }
    let (name, record_type) = Reader { message, place: HEADER_BYTES }.question().ok()?;
    (record_type == TXT).then_some(name.text)
}

/// Reads a message from front to back.
struct Reader<'m> {
    message: &'m [u8],
    place: usize,
}

/// Why something was not read.
type Why = &'static str;
const ENDS_EARLY: Why = "the message ends early";

impl<'m> Reader<'m> {
    fn is_at_end(&self) -> bool {
        self.place >= self.message.len()
    }

    fn bytes(&mut self, count: usize) -> Result<&'m [u8], Why> {
        let (bytes, _) = self.message.get(self.place..).and_then(|rest| rest.split_at_checked(count)).ok_or(ENDS_EARLY)?;
        self.place = self.place.saturating_add(count);
        Ok(bytes)
    }

    fn number(&mut self) -> Result<u16, Why> {
        self.bytes(2).map(BigEndian::read_u16)
    }

    /// Skips a name without following its pointer, and returns where it began.
    fn skip_name(&mut self) -> Result<usize, Why> {
        let start = self.place;
        loop {
            match self.bytes(1)? {
                [0] => return Ok(start),
                [length @ 1..0x40] => self.bytes(usize::from(*length))?,
                [0xc0..=0xff] => return self.bytes(1).map(|_| start),
                _ => return Err("a name has a label of an unknown kind"),
            };
        }
    }

    /// The name and the type of a question.
    fn question(&mut self) -> Result<(Name, u16), Why> {
        let start = self.skip_name()?;
        let record_type = self.number()?;
        self.bytes(2)?; // class
        Ok((Name::read(self.message, start), record_type))
    }

    /// The name and the text of a record, if it is TXT (or SPF, RFC 4408, which has the same format). Of other records only
    /// the length is used, so that a record with malformed contents does not hide the next one.
    fn record(&mut self, query: Option<&Rc<str>>, owners: &mut Owners) -> Result<Option<(Rc<str>, String)>, Why> {
        const TXT_TYPES: [u16; 2] = [TXT, 99];
        let start = self.skip_name()?;
        let record_type = self.number()?;
        self.bytes(6)?; // class and time to live
        let length = self.number()?;
        let mut data = self.bytes(usize::from(length))?;
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
        let name = query.cloned().unwrap_or_else(|| owners.name(self.message, start));
        Ok(Some((name, presentation_format(strings.into_iter()))))
    }
}

/// A name that was read, as far as it is one.
struct Name {
    text: Rc<str>,
    is_shortened: bool,
}

impl Name {
    /// The name at a place of a message, as in zone files, without its last dot: bytes that are not printable ASCII as `\DDD`,
    /// a dot inside a label as `\.`. It ends at the length that DNS allows, and after few pointers, whose chain is followed
    /// for each record: found in review and by attack, 64 KiB of pointers or of labels between them took a second.
    fn read(message: &[u8], mut place: usize) -> Self {
        const MAX_BYTES: usize = 255;
        const MAX_POINTERS: usize = 16;
        let (mut text, mut bytes, mut pointers) = (String::new(), 0usize, 0usize);
        let is_shortened = loop {
            match message.get(place..) {
                Some([length @ 1..0x40, rest @ ..]) => {
                    let Some(label) = rest.get(..usize::from(*length)) else { break true };
                    bytes = label.len().saturating_add(1).saturating_add(bytes);
                    if bytes >= MAX_BYTES {
                        break true; // the byte that ends a name counts too
                    }
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text += &escape(label, b".\\");
                    place = label.len().saturating_add(1).saturating_add(place);
                }
                Some([high @ 0xc0..=0xff, low, ..]) => {
                    pointers = pointers.saturating_add(1);
                    if pointers > MAX_POINTERS {
                        break true;
                    }
                    place = usize::from(high & 0x3f) << 8 | usize::from(*low);
                }
                Some([0, ..]) => break false,
                _ => break true,
            }
        };
        match (is_shortened, text.is_empty()) {
            (true, false) => text += ".…",
            (true, true) => text += "…",
            (false, true) => text.push('.'),
            (false, false) => (),
        }
        Self { text: text.into(), is_shortened }
    }
}

/// The owner's name that was read last: the records of a message nearly always have the same one.
#[derive(Default)]
struct Owners {
    last: Option<([u8; 2], Rc<str>)>,
}

impl Owners {
    /// The name at a place. A name that is only a pointer is read once for all records in a row that have it.
    fn name(&mut self, message: &[u8], start: usize) -> Rc<str> {
        let pointer = message.get(start..).and_then(|name| name.first_chunk::<2>()).filter(|name| name[0] >= 0xc0);
        match (&self.last, pointer) {
            (Some((known, name)), Some(pointer)) if known == pointer => Rc::clone(name),
            (_, pointer) => {
                let name = Name::read(message, start).text;
                self.last = pointer.map(|pointer| (*pointer, Rc::clone(&name)));
                name
            }
        }
    }
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
    use hickory_proto::op::{Message, OpCode, Query};
    use hickory_proto::rr::rdata;
    use hickory_proto::rr::{Name, RData, Record, RecordType};
    use proptest::prelude::*;

    /// A response with TXT answers.
    fn response(query: &str, answers: &[&[&[u8]]]) -> Vec<u8> {
        let name = Name::from_ascii(query).unwrap();
        let mut message = Message::response(7, OpCode::Query);
        message.add_query(Query::query(name.clone(), RecordType::TXT));
        for strings in answers {
            message.add_answer(Record::from_rdata(name.clone(), 60, RData::TXT(rdata::TXT::from_bytes(strings.to_vec()))));
        }
        message.to_vec().unwrap()
    }

    fn texts(response: &Response) -> Vec<&str> {
        response.texts.iter().map(|(_, text)| &**text).collect()
    }

    #[test]
    fn answers_are_written_as_dig_writes_them() {
        let message = response("a.example", &[&[b"v=spf1 ", b"-all"], &[b"\x00\"\\\xff"]]);
        let read = read(&message, Expect::Anything).unwrap();
        assert!(read.texts.iter().all(|(name, _)| &**name == "a.example"));
        assert_eq!(texts(&read), [r#""v=spf1 " "-all""#, r#""\000\"\\\255""#]);
        assert_eq!(crate::text::scorable_text(texts(&read)[1].as_bytes()).as_deref(), Some(&b"\x00\"\\\xff"[..]));
    }

    #[test]
    fn names_are_written_as_in_zone_files() {
        let read = |name: &[u8]| super::Name::read(name, 0);
        assert_eq!(&*read(b"\x03a.b\x04\xbe x\\\x07example\0").text, r"a\.b.\190 x\\.example");
        assert_eq!(&*read(b"\0").text, ".");
    }

    #[test]
    fn records_before_a_malformed_one_count() {
        let message = response("a.example", &[&[b"first"], &[b"second"]]);
        let cut = &message[..message.len() - 3];
        let response = read(cut, Expect::FromServer).unwrap();
        assert_eq!(texts(&response), ["\"first\""]);
        assert!(response.error.unwrap().starts_with("its record 2 cannot be read"));
        assert_eq!(read(cut, Expect::Anything), None, "on another port it is not a message");
        assert_eq!(read(b"abc", Expect::FromServer).unwrap().error.as_deref(), Some("it is too short for a DNS message"));
    }

    /// Found in review: an A record of three bytes hid the TXT answer after it.
    #[test]
    fn a_malformed_record_does_not_hide_the_next_one() {
        let message = response("a.example", &[&[b"12"], &[b"second"]]);
        let mut malformed = message.clone();
        let kind = message.windows(4).skip(25).position(|bytes| bytes == [0, 16, 0, 1]).unwrap() + 25;
        malformed[kind + 1] = 1; // an A record, of three bytes
        assert_eq!(texts(&read(&malformed, Expect::FromServer).unwrap()), ["\"second\""]);
        let mut longer = response("a.example", &[&[b"abc"]]);
        let last = longer.len() - 4;
        longer[last] = 200;
        assert_eq!(texts(&read(&longer, Expect::FromServer).unwrap()), ["\"abc\""], "the string claims 200 bytes");
    }

    /// Found in review: all texts of an announcement had the name of the first, and on another port it was ignored.
    #[test]
    fn without_a_question_each_text_has_its_own_name() {
        let mut message = Message::response(7, OpCode::Query);
        for name in ["a.example", "b.example"] {
            let text = RData::TXT(rdata::TXT::from_bytes(vec![name.as_bytes()]));
            message.add_answer(Record::from_rdata(Name::from_ascii(name).unwrap(), 60, text));
        }
        let mut bytes = message.to_vec().unwrap();
        let expected = [("a.example".into(), "\"a.example\"".to_owned()), ("b.example".into(), "\"b.example\"".to_owned())];
        assert_eq!(read(&bytes, Expect::Anything).unwrap().texts, expected);
        bytes[7] = 9; // it claims nine records
        assert_eq!(read(&bytes, Expect::Anything).unwrap().texts, expected);
        assert!(read(&bytes, Expect::FromServer).unwrap().error.is_some());
    }

    #[test]
    fn an_spf_record_is_a_text() {
        let mut message = response("a.example", &[&[b"v=spf1 -all"]]);
        let kind = message.windows(4).rposition(|bytes| bytes == [0, 16, 0, 1]).unwrap();
        message[kind + 1] = 99;
        assert_eq!(texts(&read(&message, Expect::FromServer).unwrap()), ["\"v=spf1 -all\""]);
    }

    /// Found in review: with 4,000 records whose names began with a chain of 8,000 pointers, a message of 64 KiB took as long as
    /// 10 MB of others. Found by attack: 16,000 labels between the pointers did the same.
    #[test]
    fn a_name_without_an_end_is_shortened() {
        let read = |name: &[u8]| super::Name::read(name, 0);
        assert_eq!(&*read(b"\x01a\xc0\x00").text, "a.".repeat(17) + "…", "a circle");
        assert_eq!(&*read(&b"\x01a".repeat(9000)).text, "a.".repeat(127) + "…");
        let longest = [&b"\x01a".repeat(127)[..], b"\0"].concat();
        assert!(!read(&longest).is_shortened && read(&longest).text.len() == 253);
        for odd in [&b""[..], b"\xc0", b"\xc0\xff", b"\x05ab", b"\x80"] {
            assert!(read(odd).is_shortened && &*read(odd).text == "…", "{odd:?}");
        }
    }

    /// Found by attack, and in a real capture of dnscat2: a question of 266 bytes hid the answer.
    #[test]
    fn a_question_that_is_no_name_does_not_hide_the_answer() {
        for name in [[&b"\x3f"[..], &[b'b'; 63]].concat().repeat(5), b"\x01a\xc0\x0c".to_vec()] {
            let is_pointer = name.len() == 4;
            let mut message = b"\0\x07\x81\x80\0\x01\0\x01\0\0\0\0".to_vec();
            message.extend(&name);
            message.extend(if is_pointer { &b""[..] } else { b"\0" });
            message.extend(b"\0\x10\0\x01\xc0\x0c\0\x10\0\x01\0\0\0\0\0\x02\x01x");
            let response = super::read(&message, Expect::FromServer).unwrap();
            assert_eq!((texts(&response), &response.error), (vec!["\"x\""], &None));
            assert!(response.remark.unwrap().contains("shortened") && response.texts[0].0.ends_with('…'));
        }
    }

    /// Found by attack: a tunnel that set these bits was not seen.
    #[test]
    fn the_bits_of_a_header_hide_no_answer_from_a_server() {
        let mut message = response("a.example", &[&[b"x"]]);
        for flags in [0x01, 0x05, 0x91, 0xf9] {
            message[2] = flags;
            let read = read(&message, Expect::FromServer).unwrap();
            assert_eq!((texts(&read), read.remark.is_some()), (vec!["\"x\""], true), "{flags}");
            assert!(super::read(&message, Expect::Multicast).is_none() && super::read(&message, Expect::Anything).is_none());
        }
        let empty = response("a.example", &[]);
        let unanswered = Response { unanswered: Some("a.example".into()), ..Response::default() };
        assert_eq!(read(&empty, Expect::FromServer), Some(unanswered));
        assert_eq!(txt_query(&empty), None);
        message[2] = 0x01;
        assert_eq!(txt_query(&message).as_deref(), Some("a.example"));
        assert_eq!((txt_query(&message[..20]), txt_query(b"")), (None, None));
    }

    proptest! {
        #[test]
        fn strings_of_any_bytes_come_back(strings in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..255), 1..4)) {
            let slices: Vec<&[u8]> = strings.iter().map(Vec::as_slice).collect();
            let read = read(&response("a.example", &[&slices]), Expect::Anything).unwrap();
            let value = crate::text::normalise(read.texts[0].1.as_bytes());
            prop_assert_eq!(value.into_owned(), strings.concat());
        }
    }
}
