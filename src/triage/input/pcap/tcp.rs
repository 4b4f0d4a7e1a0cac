//! DNS messages from TCP segments: the segments are put in order, then cut by the length before each message (RFC 1035, 4.2.2).
//!
//! Memory is bounded: the number of streams, the segments that wait for an earlier one, and the length of a message. Bytes that
//! do not arrive are given up and reported, and the stream continues after them.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

use byteorder::{BigEndian, ByteOrder};
use time::OffsetDateTime;

use crate::triage::input::pcap::overlap::RecentMessages;

/// Streams that are followed at once. Beyond that, the one that was idle for longest is closed.
const MAX_STREAMS: usize = 1024;
/// Segments of one stream that wait for an earlier one, and their bytes.
const MAX_WAITING_SEGMENTS: usize = 64;
const MAX_WAITING_BYTES: usize = 128 << 10;
/// Segments that are further apart than this do not belong to one connection.
const MAX_SEQ_DISTANCE: u32 = 1 << 20;

/// One direction of a connection: from server to client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FlowKey {
    /// The tunnels and VLANs around it. The same addresses in others are other hosts.
    pub path: u64,
    pub server: SocketAddr,
    pub client: SocketAddr,
}

/// The parts of a segment that are used. FIN and RST are not: a segment may arrive after them, and anybody can forge one.
pub(super) struct Segment<'a> {
    pub time: Option<OffsetDateTime>,
    pub seq: u32,
    pub syn: bool,
    pub payload: &'a [u8],
}

/// A complete message, and when the last of its bytes was seen.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub flow: FlowKey,
    pub time: Option<OffsetDateTime>,
    pub bytes: Vec<u8>,
}

/// The streams of a capture.
#[derive(Default)]
pub(super) struct Reassembly {
    streams: HashMap<FlowKey, Stream>,
    segments_seen: u64,
    /// Streams that were closed with missing bytes.
    incomplete: u64,
    /// Whether a segment differed from what was already seen since [`Reassembly::take_difference`] was last called.
    has_difference: bool,
    ready: Vec<Message>,
}

struct Stream {
    /// The sequence number of the first byte that was seen.
    first_seq: u32,
    /// The sequence number of the next byte.
    next_seq: u32,
    /// Whether a message begins at the start of `bytes`. This is unknown after a gap, and if the capture began inside the
    /// connection.
    aligned: bool,
    /// Whether bytes were discarded since [`Stream::take_gap_notice`] was last called.
    discarded: bool,
    /// Whether a gap was reported and no message has begun since.
    gap_reported: bool,
    /// Bytes in order that are not a complete message yet.
    bytes: Vec<u8>,
    /// How many of the next bytes belong to a message that is already incomplete.
    bytes_to_skip: usize,
    /// Segments that arrived too early, by sequence number.
    waiting: BTreeMap<u32, (Option<OffsetDateTime>, Vec<u8>)>,
    last_seen: u64,
    /// When the latest of the bytes in order was seen.
    time: Option<OffsetDateTime>,
    complete: Vec<(Option<OffsetDateTime>, Vec<u8>)>,
    recent: RecentMessages,
    has_difference: bool,
}

impl Reassembly {
    /// Adds a segment. Returns the messages that are complete now, and whether bytes of the stream were given up.
    pub(super) fn add(&mut self, flow: FlowKey, segment: &Segment<'_>) -> (Vec<Message>, bool) {
        self.segments_seen = self.segments_seen.saturating_add(1);
        let first_seq = segment.seq.wrapping_add(u32::from(segment.syn));
        if !segment.syn && segment.payload.is_empty() {
            return (Vec::new(), false);
        }
        let mut has_gap = false;
        // Whether this is another connection of the same ports. It begins elsewhere, or is far from the last one. Neither a
        // repeated SYN nor one that arrives after the bytes it begins is another connection.
        let is_other_connection = |stream: &Stream| match segment.syn {
            true => stream.first_seq != first_seq,
            false => stream.distance_to(first_seq).unsigned_abs() > MAX_SEQ_DISTANCE,
        };
        if self.streams.get(&flow).is_some_and(is_other_connection) {
            has_gap = self.close(flow);
        }
        self.close_idle_stream_for(flow);
        let stream = self.streams.entry(flow).or_insert_with(|| Stream::new(first_seq, segment.syn));
        stream.last_seen = self.segments_seen;
        if segment.syn {
            stream.align_to_start();
        }
        stream.add(first_seq, segment);
        let waiting_bytes = stream.waiting.values().map(|(_, bytes)| bytes.len()).sum::<usize>();
        if stream.waiting.len() > MAX_WAITING_SEGMENTS || waiting_bytes > MAX_WAITING_BYTES {
            has_gap = true;
            stream.skip_gap();
        }
        has_gap |= stream.take_gap_notice();
        self.has_difference |= std::mem::take(&mut stream.has_difference);
        self.ready.extend(stream.complete.drain(..).map(|(time, bytes)| Message { flow, time, bytes }));
        (std::mem::take(&mut self.ready), has_gap)
    }

    /// Adds a segment of a connection that may be something else: it is followed from a segment on that begins a response, or the
    /// length before one, and as long as responses come.
    pub(super) fn add_if_dns(&mut self, flow: FlowKey, segment: &Segment<'_>) -> Vec<Message> {
        let is_length = |payload: &[u8]| payload.len() == 2 && usize::from(BigEndian::read_u16(payload)) >= PREFIX_BYTES;
        let begins = begins_response(segment.payload) || is_length(segment.payload);
        if segment.syn || !begins && !self.streams.contains_key(&flow) {
            return Vec::new();
        }
        let (messages, _) = self.add(flow, segment);
        // What does not begin a response where one must begin is something else.
        if self.streams.get(&flow).is_some_and(|stream| !stream.can_go_on()) {
            self.streams.remove(&flow);
        }
        messages
    }

    /// Whether segments since the last call differed from bytes that were already seen.
    pub(super) fn take_difference(&mut self) -> bool {
        std::mem::take(&mut self.has_difference)
    }

    /// Closes all streams. Returns the messages after missing bytes, and how many streams had missing bytes.
    pub(super) fn finish(&mut self) -> (Vec<Message>, u64) {
        let mut flows: Vec<(u64, FlowKey)> = self.streams.iter().map(|(flow, stream)| (stream.last_seen, *flow)).collect();
        flows.sort_unstable_by_key(|(last_seen, _)| *last_seen);
        for (_, flow) in flows {
            self.incomplete = self.incomplete.saturating_add(u64::from(self.close(flow)));
        }
        (std::mem::take(&mut self.ready), std::mem::take(&mut self.incomplete))
    }

    /// Closes a stream, whose missing bytes will not arrive. Returns whether there were any.
    fn close(&mut self, flow: FlowKey) -> bool {
        let Some(mut stream) = self.streams.remove(&flow) else { return false };
        let is_incomplete = !stream.bytes.is_empty() || !stream.waiting.is_empty();
        while !stream.waiting.is_empty() {
            stream.skip_gap();
        }
        self.has_difference |= stream.has_difference;
        self.ready.extend(stream.complete.into_iter().map(|(time, bytes)| Message { flow, time, bytes }));
        is_incomplete
    }

    fn close_idle_stream_for(&mut self, flow: FlowKey) {
        if self.streams.len() >= MAX_STREAMS
            && !self.streams.contains_key(&flow)
            && let Some(idle) = self.streams.iter().min_by_key(|(_, stream)| stream.last_seen).map(|(flow, _)| *flow)
        {
            self.incomplete = self.incomplete.saturating_add(u64::from(self.close(idle)));
        }
    }
}

impl Stream {
    fn new(next_seq: u32, aligned: bool) -> Self {
        Self {
            first_seq: next_seq,
            next_seq,
            aligned,
            discarded: false,
            gap_reported: false,
            bytes: Vec::new(),
            bytes_to_skip: 0,
            waiting: BTreeMap::new(),
            last_seen: 0,
            time: None,
            complete: Vec::new(),
            recent: RecentMessages::default(),
            has_difference: false,
        }
    }

    /// Called when a SYN shows that the connection begins at `first_seq`: then a message begins there, unless some of its bytes
    /// were discarded.
    fn align_to_start(&mut self) {
        self.aligned |= self.next_seq.wrapping_sub(self.first_seq) as usize == self.bytes.len();
    }

    /// Whether what came so far may be responses.
    fn can_go_on(&self) -> bool {
        match self.aligned {
            true => self.bytes.len() < PREFIX_BYTES || begins_response(&self.bytes),
            false => !self.discarded && !self.gap_reported,
        }
    }

    /// How far a sequence number is after the next byte; negative if before. Sequence numbers wrap around.
    fn distance_to(&self, seq: u32) -> i32 {
        seq.wrapping_sub(self.next_seq).cast_signed()
    }

    /// Adds the bytes of a segment: bytes that are already known are compared, bytes that come too early wait.
    fn add(&mut self, seq: u32, segment: &Segment<'_>) {
        if self.distance_to(seq) <= 0 {
            self.push_from(seq, segment.time, segment.payload);
            return self.push_waiting();
        }
        let Some((_, known)) = self.waiting.get(&seq) else {
            self.waiting.insert(seq, (segment.time, segment.payload.to_vec()));
            return;
        };
        let is_longer = known.len() < segment.payload.len();
        let (short, long) = if is_longer { (&known[..], segment.payload) } else { (segment.payload, &known[..]) };
        if !long.starts_with(short) {
            self.has_difference = true;
            self.recent.wait(seq, short);
        }
        if is_longer {
            self.waiting.insert(seq, (segment.time, segment.payload.to_vec()));
        }
    }

    /// Compares the bytes of a segment that are already known, and appends the others.
    fn push_from(&mut self, seq: u32, time: Option<OffsetDateTime>, payload: &[u8]) {
        let known = self.distance_to(seq).unsigned_abs() as usize;
        let (again, new) = payload.split_at_checked(known).unwrap_or((payload, &[]));
        let pending_seq = self.next_seq.wrapping_sub(self.bytes.len() as u32);
        let (others, differs) = self.recent.compare(seq, again, pending_seq, &self.bytes);
        self.has_difference |= differs;
        self.complete.extend(others.into_iter().map(|message| (time, message)));
        self.push(time, new);
    }

    /// Appends the next bytes. While the start of a message is unknown, each segment may begin one.
    fn push(&mut self, time: Option<OffsetDateTime>, new: &[u8]) {
        self.time = self.time.max(time);
        self.next_seq = self.next_seq.wrapping_add(new.len() as u32);
        let skipped = self.bytes_to_skip.min(new.len());
        self.bytes_to_skip = self.bytes_to_skip.saturating_sub(skipped);
        let new = new.get(skipped..).unwrap_or_default();
        if !self.aligned && begins_response(new) {
            self.discarded |= self.bytes.len() > 1; // a single byte is a keep-alive
            self.bytes.clear();
            self.aligned = true;
        }
        self.bytes.extend_from_slice(new);
        if !self.aligned && self.bytes.len() >= PREFIX_BYTES {
            self.aligned = begins_response(&self.bytes);
            if !self.aligned {
                self.bytes.clear();
                self.discarded = true;
            }
        }
        self.cut_messages();
    }

    /// Appends waiting segments that are next now.
    fn push_waiting(&mut self) {
        while let Some((seq, distance)) = self.nearest_waiting()
            && distance <= 0
            && let Some((time, payload)) = self.waiting.remove(&seq)
        {
            self.push_from(seq, time, &payload);
        }
    }

    /// The first waiting segment, and its distance.
    fn nearest_waiting(&self) -> Option<(u32, i32)> {
        self.waiting.keys().map(|seq| (*seq, self.distance_to(*seq))).min_by_key(|(_, distance)| *distance)
    }

    /// Gives up the missing bytes before the first waiting segment, and the message that they belong to. If the length of that
    /// message is known, so is the start of the next one.
    fn skip_gap(&mut self) {
        let Some((seq, missing)) = self.nearest_waiting() else { return };
        let has = usize::try_from(missing).unwrap_or_default().saturating_add(self.bytes.len());
        let length = self.bytes.get(..2).filter(|_| self.aligned).map(|length| 2 + usize::from(BigEndian::read_u16(length)));
        let wants = if self.bytes_to_skip > 0 { Some(self.bytes_to_skip) } else { length };
        let rest = wants.and_then(|wants| wants.checked_sub(has));
        (self.aligned, self.gap_reported) = (rest.is_some(), true);
        self.bytes_to_skip = rest.unwrap_or_default();
        self.bytes.clear();
        self.next_seq = seq;
        self.push_waiting();
    }

    /// Moves complete messages out of `bytes`.
    fn cut_messages(&mut self) {
        let mut rest = &self.bytes[..];
        while let Some(length) = rest.get(..2).filter(|_| self.aligned) {
            let length = 2 + usize::from(BigEndian::read_u16(length));
            let Some((framed, after)) = rest.split_at_checked(length) else { break };
            let seq = self.next_seq.wrapping_sub(rest.len() as u32);
            let others = self.recent.add(seq, framed);
            let message = framed.get(2..).unwrap_or_default().to_vec();
            self.complete.extend([message].into_iter().chain(others).map(|message| (self.time, message)));
            rest = after;
        }
        let used = self.bytes.len().saturating_sub(rest.len());
        self.bytes.drain(..used);
    }

    /// Whether bytes were discarded because no message begins with them. True once, until a message begins.
    fn take_gap_notice(&mut self) -> bool {
        let is_new = std::mem::take(&mut self.discarded) && !self.gap_reported;
        self.gap_reported = (self.gap_reported || is_new) && !self.aligned;
        is_new
    }
}

/// Bytes of a message's length and header.
const PREFIX_BYTES: usize = 14;

/// Whether bytes look like the length and header of a response: an answer to a query, with at most one question.
fn begins_response(bytes: &[u8]) -> bool {
    matches!(bytes, [high, low, _, _, flags, _, 0, 0 | 1, ..] if u16::from_be_bytes([*high, *low]) >= 12 && flags & 0xf8 == 0x80)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn flow() -> FlowKey {
        flow_to(4000)
    }

    fn flow_to(port: u16) -> FlowKey {
        FlowKey { path: 0, server: "192.0.2.53:53".parse().unwrap(), client: SocketAddr::new("192.0.2.7".parse().unwrap(), port) }
    }

    fn framed(messages: &[Vec<u8>]) -> Vec<u8> {
        messages.iter().flat_map(|message| [&(message.len() as u16).to_be_bytes()[..], message].concat()).collect()
    }

    fn segment(seq: u32, payload: &[u8]) -> Segment<'_> {
        Segment { time: None, seq, syn: false, payload }
    }

    fn syn(seq: u32) -> Segment<'static> {
        Segment { time: None, seq, syn: true, payload: b"" }
    }

    #[test]
    fn missing_bytes_are_reported_and_what_follows_is_read() {
        let mut streams = Reassembly::default();
        streams.add(flow(), &syn(0));
        let message = framed(&[response(7)]);
        let (mut got, mut gaps) = (Vec::new(), 0);
        for place in 0..=MAX_WAITING_SEGMENTS {
            let (messages, gap) = streams.add(flow(), &segment(1000 + (place * message.len()) as u32, &message));
            got.extend(messages);
            gaps += usize::from(gap);
        }
        assert_eq!((got.len(), gaps), (MAX_WAITING_SEGMENTS + 1, 1));
        streams.add(flow(), &segment(50_000, b"late"));
        assert_eq!(streams.finish(), (Vec::new(), 1));
    }

    /// Found in review: messages after missing bytes were lost unless many followed, and with them the positions where messages begin.
    #[test]
    fn what_follows_missing_bytes_is_read_when_a_stream_ends() {
        let stream = framed(&[response(1), vec![9; 60], response(3), response(4)]);
        let lost = framed(&[response(1)]).len() as u32 + 20;
        for again in [false, true] {
            let mut streams = Reassembly::default();
            streams.add(flow(), &syn(999));
            streams.add(flow(), &segment(1000, &stream[..lost as usize]));
            // Ten bytes do not arrive; the segments after them begin anywhere in a message.
            let rest = &stream[lost as usize + 10..];
            streams.add(flow(), &segment(1010 + lost, &rest[..17]));
            streams.add(flow(), &segment(1027 + lost, &rest[17..]));
            let (messages, incomplete) = if again { (streams.add(flow(), &syn(7_000_000)).0, 1) } else { streams.finish() };
            let got: Vec<Vec<u8>> = messages.into_iter().map(|message| message.bytes).collect();
            assert_eq!((got, incomplete), (vec![response(3), response(4)], 1));
        }
    }

    /// The smallest response: a header that counts one question, which is absent.
    fn response(id: u8) -> Vec<u8> {
        vec![0, id, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0]
    }

    /// Found in review: each of these lost messages silently.
    #[test]
    fn what_networks_do_to_connections() {
        let message = framed(&[response(1)]);
        let length = message.len() as u32;
        let count = |segments: &[Segment<'_>]| {
            let mut streams = Reassembly::default();
            let taken: Vec<_> = segments.iter().map(|segment| streams.add(flow(), segment)).collect();
            let (last, incomplete) = streams.finish();
            let messages = taken.iter().map(|(messages, _)| messages.len()).sum::<usize>() + last.len();
            (messages, taken.iter().filter(|(_, gap)| *gap).count(), incomplete)
        };
        // The end comes first; a SYN comes again; new connections of the same ports, with one and without.
        assert_eq!(count(&[syn(999), segment(1008, &message[8..]), segment(1000, &message[..8])]), (1, 0, 0));
        assert_eq!(count(&[syn(999), segment(1000, &message), syn(999), segment(1000 + length, &message)]), (2, 0, 0));
        assert_eq!(count(&[syn(999), segment(1000, &message), syn(70), segment(71, &message)]), (2, 0, 0));
        assert_eq!(count(&[segment(4_000_000_000, &message), segment(3_000_000_000, &message)]), (2, 0, 0));
        // A capture that begins in the middle of a message: its bytes are discarded, and that is reported.
        assert_eq!(count(&[segment(1000, &[7; 40]), segment(1040, &message), segment(1040 + length, &message)]), (2, 1, 0));
        assert_eq!(count(&[syn(999), segment(1000, &message[..9])]), (0, 0, 1));
        // A byte that keeps a connection alive; a connection without SYN before one that has it, with sequence numbers not far from its own.
        assert_eq!(count(&[segment(999, b"\0"), segment(1000, &message)]), (1, 0, 0));
        assert_eq!(count(&[segment(500_000, &message), syn(99), segment(100, &message)]), (2, 0, 0));
        // A SYN after the bytes that it begins.
        assert_eq!(count(&[segment(1000, &message[..9]), syn(999), segment(1009, &message[9..])]), (1, 0, 0));
    }

    /// Found in review: after the lost beginning of one message, everything that waited was discarded.
    #[test]
    fn a_lost_beginning_costs_one_message() {
        let one = |id: u8| framed(&[[&response(id)[..], &[id; 40]].concat()]);
        let mut streams = Reassembly::default();
        streams.add(flow(), &syn(999));
        let (mut seq, mut got) = (1000, Vec::new());
        for id in 0..20u8 {
            for (part, bytes) in one(id).chunks(18).enumerate() {
                if (id, part) != (2, 0) {
                    got.extend(streams.add(flow(), &segment(seq, bytes)).0);
                }
                seq += bytes.len() as u32;
            }
        }
        let (rest, incomplete) = streams.finish();
        got.extend(rest);
        assert_eq!((got.len(), incomplete), (19, 1), "{got:?}");
    }

    /// Found in review: messages after missing bytes had the time of the stream's last segment.
    #[test]
    fn a_message_after_missing_bytes_has_its_own_time() {
        let at = |second: i64| OffsetDateTime::from_unix_timestamp(second).ok();
        let message = framed(&[response(1)]);
        let length = message.len() as u32;
        let mut streams = Reassembly::default();
        streams.add(flow(), &syn(999));
        for place in 1..4u32 {
            streams.add(flow(), &Segment { time: at(i64::from(place)), seq: 1000 + place * length, syn: false, payload: &message });
        }
        let (rest, _) = streams.finish();
        assert_eq!(rest.iter().map(|message| message.time).collect::<Vec<_>>(), [at(1), at(2), at(3)]);
        // A message whose segments arrived out of order has the time of the last one.
        let mut streams = Reassembly::default();
        streams.add(flow(), &syn(999));
        streams.add(flow(), &Segment { time: at(5), seq: 1004, syn: false, payload: &message[4..] });
        let (got, _) = streams.add(flow(), &Segment { time: at(9), seq: 1000, syn: false, payload: &message[..4] });
        assert_eq!(got[0].time, at(9));
    }

    /// A connection on any port is followed if it carries responses, and left as soon as it does not.
    #[test]
    fn responses_on_any_port_are_found_in_other_traffic() {
        let mut streams = Reassembly::default();
        let message = framed(&[[&response(1)[..], &[7; 600]].concat()]);
        let mut add = |seq: u32, payload: &[u8]| (streams.add_if_dns(flow(), &segment(seq, payload)).len(), streams.streams.len());
        assert_eq!(add(1000, b"GET / HTTP/1.1\r\n\r\n"), (0, 0));
        assert_eq!(add(2000, &message[..300]), (0, 1));
        assert_eq!(add(2300, &message[300..]), (1, 1));
        let after = 2000 + message.len() as u32;
        assert_eq!(add(after, &message[..2]), (0, 1), "the length alone");
        assert_eq!(add(after + 2, &message[2..]), (1, 1));
        assert_eq!(add(2 * after - 2000, b"and now something else"), (0, 0));
        assert_eq!(add(9000, b"\x10\x10"), (0, 1));
        assert_eq!(add(9002, b"no response at all"), (0, 0));
    }

    #[test]
    fn streams_are_bounded() {
        let mut streams = Reassembly::default();
        for port in 0..3000 {
            streams.add(flow_to(port), &segment(1, b"\x00"));
        }
        assert_eq!(streams.streams.len(), MAX_STREAMS);
        assert_eq!(streams.finish(), (Vec::new(), 3000));
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
            prop_assume!(parts.len() <= MAX_WAITING_SEGMENTS);
            let mut streams = Reassembly::default();
            streams.add(flow(), &syn(start));
            let mut got = Vec::new();
            for (seq, part) in &parts {
                got.extend(streams.add(flow(), &segment(*seq, part)).0);
                got.extend(streams.add(flow(), &segment(*seq, part)).0); // sent twice
            }
            prop_assert_eq!(got.into_iter().map(|message| message.bytes).collect::<Vec<_>>(), messages);
        }
    }
}
