//! DNS messages out of TCP segments: put in order, then cut by the length that stands before each message (RFC 1035, 4.2.2).
//!
//! Memory is bounded: streams, segments that wait for one before them, and a message's length. Bytes that do not come are given
//! up with a word, and the stream goes on with what follows them.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};

use byteorder::{BigEndian, ByteOrder};
use time::OffsetDateTime;

/// Streams that are followed at once. Then the one that was idle for longest is dropped.
const STREAMS: usize = 1024;
/// Segments of one stream that wait, and bytes of them.
const WAITING: usize = 64;
const WAITING_BYTES: usize = 128 << 10;
/// Bytes between two segments that cannot be of one connection.
const FAR: u32 = 1 << 20;

/// One direction of a connection, from server to client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Way {
    pub server: SocketAddr,
    pub client: SocketAddr,
}

impl Way {
    pub(super) fn new(server: IpAddr, server_port: u16, client: IpAddr, client_port: u16) -> Self {
        Self { server: SocketAddr::new(server, server_port), client: SocketAddr::new(client, client_port) }
    }
}

/// A segment, as far as it matters here. FIN and RST do not: a segment may come after them, and anybody can forge one.
pub(super) struct Segment<'a> {
    pub time: Option<OffsetDateTime>,
    pub number: u32,
    pub starts: bool,
    pub payload: &'a [u8],
}

/// A whole message, and when the last of its bytes was seen.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub way: Way,
    pub time: Option<OffsetDateTime>,
    pub bytes: Vec<u8>,
}

#[derive(Default)]
pub(super) struct Streams {
    streams: HashMap<Way, Stream>,
    seen: u64,
    /// Streams that ended, or were dropped, without bytes that they miss.
    torn: u64,
    ready: Vec<Message>,
}

struct Stream {
    /// The number of the first byte that was seen.
    first: u32,
    /// The number of the byte that comes next.
    next: u32,
    /// Whether a message begins where `bytes` begin. Not known behind a gap, nor where a capture begins in mid-connection.
    aligned: bool,
    /// Whether bytes were given up since that was asked last, and whether it was said and no message has begun since.
    given_up: bool,
    lost: bool,
    /// Bytes in order that are no whole message yet.
    bytes: Vec<u8>,
    /// How many of the next bytes belong to a message that misses some.
    passed_over: usize,
    waiting: BTreeMap<u32, (Option<OffsetDateTime>, Vec<u8>)>,
    last_seen: u64,
    /// When the latest of the bytes in order was seen.
    time: Option<OffsetDateTime>,
    /// Messages that are whole.
    whole: Vec<(Option<OffsetDateTime>, Vec<u8>)>,
}

impl Streams {
    /// Takes a segment; gives the messages that are whole now, and whether bytes were given up for it.
    pub(super) fn take(&mut self, way: Way, segment: &Segment<'_>) -> (Vec<Message>, bool) {
        self.seen += 1;
        let first = segment.number.wrapping_add(u32::from(segment.starts));
        if !segment.starts && segment.payload.is_empty() {
            return (Vec::new(), false);
        }
        let mut gap = false;
        // Another connection of the same ports: it begins elsewhere, or is far from where the last one was. A SYN that is sent again is
        // not one, nor is a SYN that arrives after the bytes it begins.
        let another = |stream: &Stream| match segment.starts {
            true => stream.first != first,
            false => stream.ahead(first).unsigned_abs() > FAR,
        };
        if self.streams.get(&way).is_some_and(another) {
            gap = self.close(way);
        }
        self.make_room(way);
        let stream = self.streams.entry(way).or_insert_with(|| Stream::new(first, segment.starts));
        stream.last_seen = self.seen;
        if segment.starts {
            stream.begin();
        }
        stream.add(first, segment);
        if stream.waiting.len() > WAITING || stream.waiting.values().map(|(_, bytes)| bytes.len()).sum::<usize>() > WAITING_BYTES {
            gap = true;
            stream.jump();
        }
        gap |= stream.has_news();
        self.ready.extend(stream.whole.drain(..).map(|(time, bytes)| Message { way, time, bytes }));
        (std::mem::take(&mut self.ready), gap)
    }

    /// Ends all streams: the messages that were behind missing bytes, and how many streams missed some.
    pub(super) fn end(&mut self) -> (Vec<Message>, u64) {
        let mut ways: Vec<(u64, Way)> = self.streams.iter().map(|(way, stream)| (stream.last_seen, *way)).collect();
        ways.sort_unstable_by_key(|(last_seen, _)| *last_seen);
        for (_, way) in ways {
            self.torn += u64::from(self.close(way));
        }
        (std::mem::take(&mut self.ready), std::mem::take(&mut self.torn))
    }

    /// Ends a stream: nothing that it still misses will come. Whether it missed something.
    fn close(&mut self, way: Way) -> bool {
        let Some(mut stream) = self.streams.remove(&way) else { return false };
        let torn = !stream.bytes.is_empty() || !stream.waiting.is_empty();
        while !stream.waiting.is_empty() {
            stream.jump();
        }
        self.ready.extend(stream.whole.into_iter().map(|(time, bytes)| Message { way, time, bytes }));
        torn
    }

    fn make_room(&mut self, way: Way) {
        if self.streams.len() >= STREAMS
            && !self.streams.contains_key(&way)
            && let Some(idle) = self.streams.iter().min_by_key(|(_, stream)| stream.last_seen).map(|(way, _)| *way)
        {
            self.torn += u64::from(self.close(idle));
        }
    }
}

impl Stream {
    fn new(next: u32, starts: bool) -> Self {
        Self {
            first: next,
            next,
            aligned: starts,
            lost: false,
            given_up: false,
            bytes: Vec::new(),
            passed_over: 0,
            waiting: BTreeMap::new(),
            last_seen: 0,
            time: None,
            whole: Vec::new(),
        }
    }

    /// Learns that the stream begins where it was first seen: a message begins there, where none of its bytes was given up.
    fn begin(&mut self) {
        self.aligned |= self.next.wrapping_sub(self.first) as usize == self.bytes.len();
    }

    /// How far a number is ahead of the byte that comes next: numbers wrap round.
    fn ahead(&self, number: u32) -> i32 {
        number.wrapping_sub(self.next).cast_signed()
    }

    /// Puts bytes in their place: what is known already is cut off, what comes too early waits.
    fn add(&mut self, number: u32, segment: &Segment<'_>) {
        let ahead = self.ahead(number);
        if ahead > 0 {
            if self.waiting.get(&number).is_none_or(|(_, known)| known.len() < segment.payload.len()) {
                self.waiting.insert(number, (segment.time, segment.payload.to_vec()));
            }
            return;
        }
        self.push(segment.time, segment.payload.get(ahead.unsigned_abs() as usize..).unwrap_or_default());
        self.join();
    }

    /// Adds the bytes of a segment that come next. While nobody knows where a message begins, a segment may begin with one.
    fn push(&mut self, time: Option<OffsetDateTime>, new: &[u8]) {
        self.time = self.time.max(time);
        self.next = self.next.wrapping_add(new.len() as u32);
        let over = self.passed_over.min(new.len());
        self.passed_over -= over;
        let new = new.get(over..).unwrap_or_default();
        if !self.aligned && begins_a_response(new) {
            self.given_up |= self.bytes.len() > 1; // one byte alone keeps a connection alive
            self.bytes.clear();
            self.aligned = true;
        }
        self.bytes.extend_from_slice(new);
        if !self.aligned && self.bytes.len() >= HEAD {
            self.aligned = begins_a_response(&self.bytes);
            if !self.aligned {
                self.bytes.clear();
                self.given_up = true;
            }
        }
        self.cut();
    }

    /// Adds what waited for the bytes that are there now.
    fn join(&mut self) {
        while let Some((number, ahead)) = self.nearest()
            && ahead <= 0
            && let Some((time, payload)) = self.waiting.remove(&number)
        {
            self.push(time, payload.get(ahead.unsigned_abs() as usize..).unwrap_or_default());
        }
    }

    /// The waiting segment that comes first, and how far ahead it is.
    fn nearest(&self) -> Option<(u32, i32)> {
        self.waiting.keys().map(|number| (*number, self.ahead(*number))).min_by_key(|(_, ahead)| *ahead)
    }

    /// Gives up the missing bytes, and the message that they belong to. Where the length of that one is known, so is where the
    /// next one begins.
    fn jump(&mut self) {
        let Some((number, missing)) = self.nearest() else { return };
        let has = self.bytes.len() + usize::try_from(missing).unwrap_or_default();
        let length = self.bytes.get(..2).filter(|_| self.aligned).map(|length| 2 + usize::from(BigEndian::read_u16(length)));
        let wants = if self.passed_over > 0 { Some(self.passed_over) } else { length };
        let rest = wants.and_then(|wants| wants.checked_sub(has));
        (self.aligned, self.lost) = (rest.is_some(), true);
        self.passed_over = rest.unwrap_or_default();
        self.bytes.clear();
        self.next = number;
        self.join();
    }

    /// Cuts whole messages off.
    fn cut(&mut self) {
        let mut rest = &self.bytes[..];
        while let Some((length, behind)) = rest.split_at_checked(2).filter(|_| self.aligned) {
            let Some((message, behind)) = behind.split_at_checked(usize::from(BigEndian::read_u16(length))) else { break };
            self.whole.push((self.time, message.to_vec()));
            rest = behind;
        }
        let used = self.bytes.len() - rest.len();
        self.bytes.drain(..used);
    }

    /// Whether bytes were given up because no message begins with them: said once, until one does.
    fn has_news(&mut self) -> bool {
        let is_news = std::mem::take(&mut self.given_up) && !self.lost;
        self.lost = (self.lost || is_news) && !self.aligned;
        is_news
    }
}

/// Bytes of a message's length and header.
const HEAD: usize = 14;

/// Whether bytes look like the length and header of a response: an answer to a query, with one question or none.
fn begins_a_response(bytes: &[u8]) -> bool {
    matches!(bytes, [high, low, _, _, flags, _, 0, 0 | 1, ..] if u16::from_be_bytes([*high, *low]) >= 12 && flags & 0xf8 == 0x80)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn way() -> Way {
        Way::new("192.0.2.53".parse().unwrap(), 53, "192.0.2.7".parse().unwrap(), 4000)
    }

    fn framed(messages: &[Vec<u8>]) -> Vec<u8> {
        messages.iter().flat_map(|message| [&(message.len() as u16).to_be_bytes()[..], message].concat()).collect()
    }

    fn segment(number: u32, payload: &[u8]) -> Segment<'_> {
        Segment { time: None, number, starts: false, payload }
    }

    fn syn(number: u32) -> Segment<'static> {
        Segment { time: None, number, starts: true, payload: b"" }
    }

    #[test]
    fn missing_bytes_are_said_and_what_follows_is_read() {
        let mut streams = Streams::default();
        streams.take(way(), &syn(0));
        let message = framed(&[response(7)]);
        let (mut got, mut gaps) = (Vec::new(), 0);
        for place in 0..=WAITING {
            let (messages, gap) = streams.take(way(), &segment(1000 + (place * message.len()) as u32, &message));
            got.extend(messages);
            gaps += usize::from(gap);
        }
        assert_eq!((got.len(), gaps), (WAITING + 1, 1));
        streams.take(way(), &segment(50_000, b"late"));
        assert_eq!(streams.end(), (Vec::new(), 1));
    }

    /// Found in review: what stood behind missing bytes was lost unless very much followed, and with it where messages begin.
    #[test]
    fn what_follows_missing_bytes_is_read_when_a_stream_ends() {
        let stream = framed(&[response(1), vec![9; 60], response(3), response(4)]);
        let lost = framed(&[response(1)]).len() as u32 + 20;
        for again in [false, true] {
            let mut streams = Streams::default();
            streams.take(way(), &syn(999));
            streams.take(way(), &segment(1000, &stream[..lost as usize]));
            // Ten bytes do not come; what comes then is torn anywhere.
            let rest = &stream[lost as usize + 10..];
            streams.take(way(), &segment(1010 + lost, &rest[..17]));
            streams.take(way(), &segment(1027 + lost, &rest[17..]));
            let (messages, torn) = if again { (streams.take(way(), &syn(7_000_000)).0, 1) } else { streams.end() };
            let got: Vec<Vec<u8>> = messages.into_iter().map(|message| message.bytes).collect();
            assert_eq!((got, torn), (vec![response(3), response(4)], 1));
        }
    }

    /// The least response: a header with one question that is counted and not there.
    fn response(id: u8) -> Vec<u8> {
        vec![0, id, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0]
    }

    /// Found in review: each of these lost messages without a word.
    #[test]
    fn what_networks_do_to_connections() {
        let message = framed(&[response(1)]);
        let length = message.len() as u32;
        let count = |segments: &[Segment<'_>]| {
            let mut streams = Streams::default();
            let taken: Vec<_> = segments.iter().map(|segment| streams.take(way(), segment)).collect();
            let (last, torn) = streams.end();
            let messages = taken.iter().map(|(messages, _)| messages.len()).sum::<usize>() + last.len();
            (messages, taken.iter().filter(|(_, gap)| *gap).count(), torn)
        };
        // The end comes first; a SYN comes again; new connections of the same ports, with one and without.
        assert_eq!(count(&[syn(999), segment(1008, &message[8..]), segment(1000, &message[..8])]), (1, 0, 0));
        assert_eq!(count(&[syn(999), segment(1000, &message), syn(999), segment(1000 + length, &message)]), (2, 0, 0));
        assert_eq!(count(&[syn(999), segment(1000, &message), syn(70), segment(71, &message)]), (2, 0, 0));
        assert_eq!(count(&[segment(4_000_000_000, &message), segment(3_000_000_000, &message)]), (2, 0, 0));
        // A capture that begins in the middle of a message: what belongs to it is given up, and said.
        assert_eq!(count(&[segment(1000, &[7; 40]), segment(1040, &message), segment(1040 + length, &message)]), (2, 1, 0));
        assert_eq!(count(&[syn(999), segment(1000, &message[..9])]), (0, 0, 1));
        // A byte that keeps a connection alive; a connection without SYN before one that has it, numbers not far from its own.
        assert_eq!(count(&[segment(999, b"\0"), segment(1000, &message)]), (1, 0, 0));
        assert_eq!(count(&[segment(500_000, &message), syn(99), segment(100, &message)]), (2, 0, 0));
        // A SYN behind what it begins.
        assert_eq!(count(&[segment(1000, &message[..9]), syn(999), segment(1009, &message[9..])]), (1, 0, 0));
    }

    /// Found in review: behind the lost beginning of one message, all that waited was given up together.
    #[test]
    fn a_lost_beginning_costs_one_message() {
        let one = |id: u8| framed(&[[&response(id)[..], &[id; 40]].concat()]);
        let mut streams = Streams::default();
        streams.take(way(), &syn(999));
        let (mut number, mut got) = (1000, Vec::new());
        for id in 0..20u8 {
            for (part, bytes) in one(id).chunks(18).enumerate() {
                if (id, part) != (2, 0) {
                    got.extend(streams.take(way(), &segment(number, bytes)).0);
                }
                number += bytes.len() as u32;
            }
        }
        let (rest, torn) = streams.end();
        got.extend(rest);
        assert_eq!((got.len(), torn), (19, 1), "{got:?}");
    }

    /// Found in review: what stood behind missing bytes had the time of the stream's last segment.
    #[test]
    fn a_message_behind_missing_bytes_has_its_own_time() {
        let at = |second: i64| OffsetDateTime::from_unix_timestamp(second).ok();
        let message = framed(&[response(1)]);
        let length = message.len() as u32;
        let mut streams = Streams::default();
        streams.take(way(), &syn(999));
        for place in 1..4u32 {
            streams.take(way(), &Segment { time: at(i64::from(place)), number: 1000 + place * length, starts: false, payload: &message });
        }
        let (rest, _) = streams.end();
        assert_eq!(rest.iter().map(|message| message.time).collect::<Vec<_>>(), [at(1), at(2), at(3)]);
        // One that was waited for is as late as the last of its bytes.
        let mut streams = Streams::default();
        streams.take(way(), &syn(999));
        streams.take(way(), &Segment { time: at(5), number: 1004, starts: false, payload: &message[4..] });
        let (got, _) = streams.take(way(), &Segment { time: at(9), number: 1000, starts: false, payload: &message[..4] });
        assert_eq!(got[0].time, at(9));
    }

    #[test]
    fn streams_are_bounded() {
        let mut streams = Streams::default();
        for port in 0..3000 {
            streams.take(Way::new("192.0.2.53".parse().unwrap(), 53, "192.0.2.7".parse().unwrap(), port), &segment(1, b"\x00"));
        }
        assert_eq!(streams.streams.len(), STREAMS);
        assert_eq!(streams.end(), (Vec::new(), 3000));
    }

    proptest! {
        #[test]
        fn messages_come_out_however_they_are_cut_and_shuffled(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..6),
            first: u32,
            cut in 1usize..20,
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        ) {
            let bytes = framed(&messages);
            let start = first.wrapping_sub(1);
            let mut parts: Vec<(u32, &[u8])> =
                bytes.chunks(cut).enumerate().map(|(i, part)| (first.wrapping_add((i * cut) as u32), part)).collect();
            for (i, other) in order.iter().enumerate() {
                let (a, b) = (i % parts.len(), other.index(parts.len()));
                parts.swap(a, b);
            }
            prop_assume!(parts.len() <= WAITING);
            let mut streams = Streams::default();
            streams.take(way(), &syn(start));
            let mut got = Vec::new();
            for (number, part) in &parts {
                got.extend(streams.take(way(), &segment(*number, part)).0);
                got.extend(streams.take(way(), &segment(*number, part)).0); // sent twice
            }
            prop_assert_eq!(got.into_iter().map(|message| message.bytes).collect::<Vec<_>>(), messages);
        }
    }
}
