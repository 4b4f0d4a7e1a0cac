//! Finds the reading of a channel's answers that gives the most known content, and puts them together in it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::Read as _;

use flate2::read::GzDecoder;

use crate::evidence::content::{content_of_text, file_kind, whole_characters};
use crate::triage::carried::alignment::{Alignment, Encoding};
use crate::triage::carried::pieces::Pieces;

/// Answers, and characters of them, by which readings are compared.
const MAX_TRIED_PIECES: usize = 300;
const MAX_TRIED_BYTES: usize = 64 << 10;
/// Characters before the encoded part, and bytes of a header, that are tried.
const MAX_LETTERS: usize = 6;
const MAX_HEADER: usize = 16;
/// Places of the two bytes that tell streams apart: dns2tcp has its session first, dnscat2 after a packet's number and type.
const STREAMS: [usize; 2] = [0, 3];
const MAX_STREAMS: usize = 16;
/// Bytes of a compressed stream that are unpacked to see whether it is whole. Nothing of it is kept.
const MAX_UNPACKED: u64 = 16 << 20;

/// How gzip begins.
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];

/// A part of what a channel carried.
pub(super) struct Content {
    pub(super) kind: &'static str,
    pub(super) bytes: Vec<u8>,
    pub(super) how: String,
}

/// What the answers hold: one content per stream, and the body of an HTTP message besides.
pub(super) fn assemble(pieces: &Pieces) -> Vec<Content> {
    let orders = pieces.orders();
    let best = orders
        .iter()
        .flat_map(|(texts, order)| readings(texts).into_iter().map(move |reading| (reading, texts, *order)))
        // Names that count up say how the answers belong together.
        .max_by_key(|((value, alignment), _, order)| (*value, !order.is_empty(), Reverse((alignment.cost(), alignment.encoding))));
    let Some(((_, alignment), texts, order)) = best else { return Vec::new() };
    let Read { streams, used } = streams(texts, alignment);
    let all = pieces.len();
    let count = if used == all { format!("{all} answers") } else { format!("{used} of {all} answers, the others are written otherwise") };
    let how = format!("{count}, {}{order}", alignment.in_words());
    let is_plain = alignment.encoding == Encoding::Plain;
    let mut contents = Vec::new();
    for bytes in streams.into_values() {
        let body = body_of_http(&bytes).map(<[u8]>::to_vec);
        if let Some(bytes) = body {
            contents.push(Content { kind: kind_of(&bytes, is_plain), bytes, how: format!("{how}; the body of an HTTP message") });
        }
        let is_torn = bytes.starts_with(&GZIP) && !is_whole_gzip(&bytes);
        let how = if is_torn { format!("{how}; the gzip is not whole") } else { how.clone() };
        contents.push(Content { kind: kind_of(&bytes, is_plain), bytes, how });
    }
    contents.retain(|content| !content.bytes.is_empty());
    contents
}

/// The readings of the first answers that give known content, with their value; without one, the first that can be decoded.
fn readings(texts: &[&[u8]]) -> Vec<(u64, Alignment)> {
    let mut size = 0_usize;
    let is_tried = |text: &&&[u8]| {
        size = size.saturating_add(text.len());
        size <= MAX_TRIED_BYTES
    };
    let mut tried: Vec<&[u8]> = texts.iter().take(MAX_TRIED_PIECES).take_while(is_tried).copied().collect();
    if tried.is_empty() {
        tried.extend(texts.first().map(|text| text.get(..MAX_TRIED_BYTES).unwrap_or(text)));
    }
    let mut readings = Vec::new();
    for encoding in Encoding::ALL {
        for letters in 0..=MAX_LETTERS {
            let plain = Alignment { encoding, letters, header: 0, is_joined: false, stream: None };
            let decoded = decoded(&tried, plain);
            // One answer in ten may be of another form: an end mark, an error.
            if decoded.len() < tried.len().saturating_sub(tried.len() / 10) {
                continue;
            }
            if encoding != Encoding::Plain {
                readings.push(Alignment { is_joined: true, ..plain });
            }
            for header in 0..=MAX_HEADER {
                let has_room = |place: &usize| place.saturating_add(2) <= header;
                readings.push(Alignment { header, ..plain });
                readings.extend(STREAMS.into_iter().filter(has_room).map(|place| Alignment { header, stream: Some(place), ..plain }));
            }
        }
        // Joined texts need not be decodable one by one.
        readings.push(Alignment { encoding, letters: 0, header: 0, is_joined: true, stream: None });
    }
    let value = |alignment: &Alignment| {
        let is_plain = alignment.encoding == Encoding::Plain;
        let streams = streams(&tried, *alignment).streams;
        let all = streams.values().map(Vec::len).fold(0, usize::saturating_add);
        let known = streams.values().map(|bytes| value_of(bytes, is_plain).saturating_mul(bytes.len() as u64)).fold(0, u64::saturating_add);
        if all == 0 || streams.len() > MAX_STREAMS { None } else { Some(known.checked_div(all as u64).unwrap_or_default()) }
    };
    readings.into_iter().filter_map(|alignment| Some((value(&alignment)?, alignment))).collect()
}

/// The decoded answers, without those that are not written so.
fn decoded(texts: &[&[u8]], alignment: Alignment) -> Vec<Vec<u8>> {
    texts.iter().filter_map(|text| alignment.encoding.decode(text.get(alignment.letters..)?)).collect()
}

/// What a reading gives.
struct Read {
    /// The content of each stream, in the order of their first bytes' names; all in one without such a name.
    streams: BTreeMap<[u8; 2], Vec<u8>>,
    /// Answers that are written so.
    used: usize,
}

fn streams(texts: &[&[u8]], alignment: Alignment) -> Read {
    let mut streams = BTreeMap::new();
    if alignment.is_joined {
        let parts: Vec<&[u8]> =
            texts.iter().filter_map(|text| text.get(alignment.letters..)).filter(|part| alignment.encoding.has_only(part)).collect();
        let mut joined: Vec<u8> = parts.iter().copied().flatten().filter(|byte| **byte != b'=').copied().collect();
        // The last unit may be torn.
        const UNIT: usize = 8;
        let bytes = (0..UNIT).find_map(|_| {
            let bytes = alignment.encoding.decode(&joined);
            joined.pop();
            bytes
        });
        let used = if bytes.is_some() { parts.len() } else { 0 };
        streams.extend(bytes.map(|bytes| ([0; 2], bytes)));
        return Read { streams, used };
    }
    let pieces = decoded(texts, alignment);
    let used = pieces.len();
    for piece in pieces {
        let name = match alignment.stream {
            Some(place) => piece.get(place..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default(),
            None => [0; 2],
        };
        streams.entry(name).or_insert_with(Vec::new).extend_from_slice(piece.get(alignment.header..).unwrap_or_default());
    }
    Read { streams, used }
}

/// How sure it is that bytes were put together rightly, from 0 to 100: whole files, known files, text without control characters.
fn value_of(bytes: &[u8], is_plain: bool) -> u64 {
    if is_whole_gzip(bytes) || body_of_http(bytes).is_some_and(|body| bytes.ends_with(body)) {
        return 100;
    }
    if file_kind(bytes).is_some() {
        return 90;
    }
    const MIN_TEXT: usize = 16;
    match whole_characters(bytes) {
        Some(text) if text.len() >= MIN_TEXT => {
            let odd = text.chars().filter(|c| c.is_control() && !matches!(c, '\t' | '\r' | '\n')).count();
            let share = odd.saturating_mul(1000).checked_div(text.chars().count()).unwrap_or_default() as u64;
            let spaces = text.chars().filter(|c| c.is_whitespace()).count();
            let value: u64 = match spaces.saturating_mul(25) >= text.chars().count() {
                true => 60,
                false if is_plain => 0, // letters and digits: it is encoded
                false => 20,
            };
            if share > 50 { 0 } else { value.saturating_sub(share) }
        }
        _ => 0,
    }
}

fn is_whole_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&GZIP) && {
        let mut limited = GzDecoder::new(bytes).take(MAX_UNPACKED);
        std::io::copy(&mut limited, &mut std::io::sink()).is_ok_and(|count| count < MAX_UNPACKED)
    }
}

/// The body of a whole HTTP message at or near the beginning of bytes: a tunnel may have greeted before.
fn body_of_http(bytes: &[u8]) -> Option<&[u8]> {
    const MAX_GREETING: usize = 1 << 10;
    const MAX_HEAD: usize = 16 << 10;
    let begin = memchr::memmem::find(bytes.get(..MAX_GREETING.min(bytes.len()))?, b"HTTP/1.")?;
    let bytes = bytes.get(begin..)?;
    let head_end = memchr::memmem::find(bytes.get(..MAX_HEAD.min(bytes.len()))?, b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..head_end)?).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    })?;
    let body_start = head_end.saturating_add(4);
    bytes.get(body_start..body_start.checked_add(length)?)
}

fn kind_of(bytes: &[u8], is_plain: bool) -> &'static str {
    if let Some(kind) = file_kind(bytes) {
        return kind.name();
    }
    match whole_characters(bytes) {
        Some(text) if bytes.starts_with(b"HTTP/1.") && text.len() > 8 => "HTTP",
        Some(text) if value_of(bytes, is_plain) > 0 => content_of_text(text).name(),
        _ if bytes.starts_with(b"HTTP/1.") => "HTTP",
        _ if bytes.starts_with(b"SSH-") => "SSH",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// A program, as far as its first bytes tell, of bytes that look random.
    fn program(bytes: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        [0x7f, b'E', b'L', b'F'].into_iter().chain(noise).take(bytes).collect()
    }

    fn contents(answers: impl Iterator<Item = (String, Vec<u8>)>) -> Vec<Content> {
        let mut pieces = Pieces::default();
        answers.for_each(|(query, text)| {
            pieces.add(&query, &text);
        });
        assemble(&pieces)
    }

    fn the_one(answers: impl Iterator<Item = (String, Vec<u8>)>) -> Content {
        let mut all = contents(answers);
        assert_eq!(all.len(), 1, "{:?}", all.iter().map(|one| (one.kind, &one.how)).collect::<Vec<_>>());
        all.remove(0)
    }

    #[test]
    fn a_file_in_chunks_of_every_encoding_and_behind_every_header_is_put_together() {
        let file = program(3_000);
        type Encode = fn(&[u8]) -> String;
        let encodings: [(Encode, &str); 4] = [
            (|bytes| STANDARD.encode(bytes), "base64"),
            (|bytes| URL_SAFE_NO_PAD.encode(bytes), "base64"),
            (|bytes| data_encoding::BASE32_NOPAD.encode(bytes).to_lowercase(), "base32"),
            (|bytes| data_encoding::HEXLOWER.encode(bytes), "hex"),
        ];
        for (encode, name) in encodings {
            for (prefix, header) in [("", 0), ("A", 0), ("", 7), ("A", 7), ("d3:", 2)] {
                let answers = file.chunks(97).enumerate().map(|(number, chunk)| {
                    let head: Vec<u8> = [[1, 2, number as u8, 9, 9, 9, 9].as_slice(), chunk].concat();
                    let start = 7 - header;
                    (format!("x{:x}.t.example.net", number * 7919), format!("{prefix}{}", encode(&head[start..])).into_bytes())
                });
                let one = the_one(answers);
                assert!(
                    one.bytes == file && one.kind == "ELF" && one.how.starts_with(&format!("31 answers, {name}")),
                    "{name} {prefix} {header}: {}",
                    one.how
                );
            }
        }
    }

    #[test]
    fn one_text_cut_anywhere_is_joined_before_it_is_decoded() {
        let file = program(2_000);
        let text = STANDARD.encode(&file);
        let answers =
            text.as_bytes().chunks(61).enumerate().map(|(number, chunk)| (format!("x{}.t.example.net", number * 7919), chunk.to_vec()));
        let one = the_one(answers);
        assert!(one.bytes == file && one.how.contains("joined before it was decoded"), "{}", one.how);
    }

    /// Found by attack: an end mark behind more answers than are tried made all of it vanish, and what was left out was counted as used.
    #[test]
    fn what_is_written_otherwise_is_left_out_and_counted() {
        let file = program(60_000);
        let text = STANDARD.encode(&file);
        let lines = text.as_bytes().chunks(250).map(<[u8]>::to_vec).chain([b"<EOF>".to_vec()]);
        let one = the_one(lines.enumerate().map(|(number, line)| (format!("x{}.t.example.net", number * 7919), line)));
        assert!(one.bytes == file && one.how.starts_with("320 of 321 answers, the others are written otherwise, base64"), "{}", one.how);

        let chunk = |(number, chunk): (usize, &[u8])| {
            let dot = if number < 300 { "" } else { "." };
            (format!("x{}.t.example.net", number * 7919), format!("{dot}{}", STANDARD.encode(chunk)).into_bytes())
        };
        let one = the_one(file.chunks(99).enumerate().map(chunk));
        assert!(one.bytes == file[..300 * 99] && one.how.starts_with("300 of 607 answers"), "{}", one.how);

        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&file).unwrap();
        let gzip = gzip.finish().unwrap();
        let one = the_one(gzip[..gzip.len() / 2].chunks(99).enumerate().map(chunk).take(300));
        assert!(one.kind == "gzip" && one.how.ends_with("; the gzip is not whole"), "{}", one.how);
    }

    #[test]
    fn names_that_count_up_order_the_answers_and_repeated_answers_count_once() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&program(1_500)).unwrap();
        let file = gzip.finish().unwrap();
        let mut answers: Vec<(String, Vec<u8>)> = file
            .chunks(90)
            .enumerate()
            .map(|(number, chunk)| (format!("p{number}.x.example.net"), STANDARD.encode(chunk).into_bytes()))
            .collect();
        answers.rotate_left(5);
        answers.extend_from_within(..4);
        let one = the_one(answers.into_iter());
        assert!(one.bytes == file && one.kind == "gzip" && one.how.ends_with("ordered by the numbers in the names"), "{}", one.how);
    }

    #[test]
    fn two_sessions_are_two_contents_and_an_http_body_is_one_of_its_own() {
        let body = "line of a file\n".repeat(40);
        let http = format!("HTTP/1.0 200 OK\r\nServer: x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let other = "another session, in plain text, of some length. ".repeat(10);
        let session = |name: u8, text: &str| -> Vec<(String, Vec<u8>)> {
            let piece = |(number, chunk): (usize, &[u8])| {
                let head = [[name, 7, 0, number as u8, 0, 4, 24].as_slice(), chunk].concat();
                (format!("{name:x}{number:x}q.t.example.net"), format!("A{}", STANDARD.encode(head)).into_bytes())
            };
            text.as_bytes().chunks(80).enumerate().map(piece).collect()
        };
        let (one, two) = (session(3, &http), session(200, &other));
        let mixed = one.into_iter().zip(two).flat_map(|(a, b)| [a, b]).collect::<Vec<_>>();
        let rest = session(3, &http).into_iter().skip(mixed.len() / 2).chain(session(200, &other).into_iter().skip(mixed.len() / 2));
        let all = contents(mixed.into_iter().chain(rest));
        assert!(
            all.iter().any(|content| content.bytes == body.as_bytes() && content.how.contains("HTTP")),
            "{:?}",
            all.iter().map(|one| &one.how).collect::<Vec<_>>()
        );
        assert!(all.iter().any(|content| content.bytes == other.as_bytes()) && all.len() == 3);
    }

    proptest::proptest! {
        /// Whatever the answers are, the contents hold at most their bytes, but for the body of an HTTP message.
        #[test]
        fn no_answers_make_more_than_they_hold(
            answers in proptest::collection::vec(("[a-z0-9]{0,9}(\\.[a-z0-9-]{1,9}){0,3}", proptest::collection::vec(proptest::num::u8::ANY, 0..300)), 0..30)
        ) {
            let all: usize = answers.iter().map(|(_, text)| text.len()).sum();
            let made: usize = contents(answers.into_iter()).iter().filter(|one| !one.how.contains("HTTP")).map(|one| one.bytes.len()).sum();
            proptest::prop_assert!(made <= all);
        }
    }

    #[test]
    fn what_is_not_known_is_kept_as_it_decodes() {
        let noise = program(600)[4..].to_vec();
        let answers = noise
            .chunks(60)
            .enumerate()
            .map(|(number, chunk)| (format!("x{}.t.example.net", number * 7919), STANDARD.encode(chunk).into_bytes()));
        let one = the_one(answers);
        assert_eq!((one.kind, one.bytes), ("unknown", noise));
        assert!(contents(std::iter::empty()).is_empty());
    }
}
