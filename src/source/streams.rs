//! DNS messages out of TCP segments: put in order, then cut by the length that stands before each message (RFC 1035, 4.2.2).
//!
//! Memory is bounded: streams, segments that wait for one before them, and a message's length. What exceeds a bound is
//! dropped with a word, and the stream goes on with what follows.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};

use byteorder::{BigEndian, ByteOrder};

/// Streams that are followed at once. Then the one that was idle for longest is dropped.
const STREAMS: usize = 1024;
/// Segments of one stream that wait.
const WAITING: usize = 64;

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

/// A segment, as far as it matters here.
pub(super) struct Segment<'a> {
    pub number: u32,
    pub starts: bool,
    pub ends: bool,
    pub payload: &'a [u8],
}

#[derive(Default)]
pub(super) struct Streams {
    streams: HashMap<Way, Stream>,
    seen: u64,
}

struct Stream {
    /// The number of the byte that comes next.
    next: u32,
    /// Bytes in order that are no whole message yet.
    bytes: Vec<u8>,
    waiting: BTreeMap<u32, Vec<u8>>,
    last_seen: u64,
}

impl Streams {
    /// Takes a segment; gives the messages that are whole now, and whether bytes were missing before it.
    pub(super) fn take(&mut self, way: Way, segment: &Segment<'_>) -> (Vec<Vec<u8>>, bool) {
        self.seen += 1;
        let first = segment.number.wrapping_add(u32::from(segment.starts));
        if segment.starts {
            self.streams.remove(&way);
        }
        if !segment.payload.is_empty() || segment.starts {
            self.make_room(way);
        }
        let mut gap = false;
        let mut messages = Vec::new();
        // A capture may begin in the middle of a connection: a message mostly begins with a segment.
        let stream = self.streams.entry(way).or_insert_with(|| Stream::new(first));
        stream.last_seen = self.seen;
        if !segment.payload.is_empty() {
            stream.add(first, segment.payload);
            if stream.waiting.len() > WAITING {
                gap = true;
                stream.jump();
            }
            messages = stream.messages();
        }
        if segment.ends {
            gap |= !stream.waiting.is_empty() || !stream.bytes.is_empty();
            self.streams.remove(&way);
        }
        (messages, gap)
    }

    fn make_room(&mut self, way: Way) {
        if self.streams.len() >= STREAMS
            && !self.streams.contains_key(&way)
            && let Some(idle) = self.streams.iter().min_by_key(|(_, stream)| stream.last_seen).map(|(way, _)| *way)
        {
            self.streams.remove(&idle);
        }
    }
}

impl Stream {
    fn new(next: u32) -> Self {
        Self { next, bytes: Vec::new(), waiting: BTreeMap::new(), last_seen: 0 }
    }

    /// Puts bytes in their place: what is known already is cut off, what comes too early waits.
    fn add(&mut self, number: u32, payload: &[u8]) {
        let ahead = number.wrapping_sub(self.next).cast_signed();
        if ahead > 0 {
            self.waiting.insert(number, payload.to_vec());
            return;
        }
        let new = payload.get(ahead.unsigned_abs() as usize..).unwrap_or_default();
        self.bytes.extend_from_slice(new);
        self.next = self.next.wrapping_add(new.len() as u32);
        self.join();
    }

    /// Adds what waited for the bytes that are there now.
    fn join(&mut self) {
        while let Some((number, ahead)) = self.nearest()
            && ahead <= 0
            && let Some(payload) = self.waiting.remove(&number)
        {
            let new = payload.get(ahead.unsigned_abs() as usize..).unwrap_or_default();
            self.bytes.extend_from_slice(new);
            self.next = self.next.wrapping_add(new.len() as u32);
        }
    }

    /// The waiting segment that comes first, and how far ahead it is: numbers wrap round.
    fn nearest(&self) -> Option<(u32, i32)> {
        let ahead = self.waiting.keys().map(|number| (*number, number.wrapping_sub(self.next).cast_signed()));
        ahead.min_by_key(|(_, ahead)| *ahead)
    }

    /// Gives up the missing bytes, and the message that they belong to.
    fn jump(&mut self) {
        if let Some((number, _)) = self.nearest() {
            self.bytes.clear();
            self.next = number;
            self.join();
        }
    }

    /// Cuts whole messages off.
    fn messages(&mut self) -> Vec<Vec<u8>> {
        let (mut messages, mut rest) = (Vec::new(), &self.bytes[..]);
        while let Some((length, behind)) = rest.split_at_checked(2) {
            let Some((message, behind)) = behind.split_at_checked(usize::from(BigEndian::read_u16(length))) else { break };
            messages.push(message.to_vec());
            rest = behind;
        }
        self.bytes = rest.to_vec();
        messages
    }
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
        Segment { number, starts: false, ends: false, payload }
    }

    #[test]
    fn missing_bytes_are_said_and_what_follows_is_read() {
        let mut streams = Streams::default();
        streams.take(way(), &Segment { number: 0, starts: true, ends: false, payload: b"" });
        let message = framed(&[b"hello".to_vec()]);
        let (mut got, mut gaps) = (Vec::new(), 0);
        for place in 0..=WAITING as u32 {
            let (messages, gap) = streams.take(way(), &segment(1000 + place * 7, &message));
            got.extend(messages);
            gaps += usize::from(gap);
        }
        assert_eq!((got.len(), gaps), (WAITING + 1, 1));
        assert!(streams.take(way(), &Segment { number: 5000, starts: false, ends: true, payload: b"x" }).1);
        assert!(streams.streams.is_empty());
    }

    #[test]
    fn streams_are_bounded() {
        let mut streams = Streams::default();
        for port in 0..3000 {
            streams.take(Way::new("192.0.2.53".parse().unwrap(), 53, "192.0.2.7".parse().unwrap(), port), &segment(1, b"\x00"));
        }
        assert_eq!(streams.streams.len(), STREAMS);
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
            streams.take(way(), &Segment { number: start, starts: true, ends: false, payload: b"" });
            let mut got = Vec::new();
            for (number, part) in &parts {
                got.extend(streams.take(way(), &segment(*number, part)).0);
                got.extend(streams.take(way(), &segment(*number, part)).0); // sent twice
            }
            prop_assert_eq!(got, messages);
        }
    }
}
