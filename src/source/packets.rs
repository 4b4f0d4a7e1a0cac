//! TXT answers out of packets: frames, fragments, UDP datagrams and TCP streams, DNS messages.
//!
//! Ports 53 and 5353 carry DNS, and what cannot be read there is named. A datagram on any other port counts where it is, from
//! its first byte to its last answer, a DNS response with a TXT answer: tunnels choose their ports.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::rc::Rc;

use etherparse::defrag::IpDefragPool;
use etherparse::{IpNumber, LaxNetSlice, NetSlice, TcpSlice, UdpSlice};
use pcap_parser::Linktype;
use time::OffsetDateTime;

use super::frames::{self, Frame, LOOKED_INTO};
use super::streams::{Message, Segment, Streams, Way};
use super::{Broken, Record, dns};

/// Packets after which a fragment whose rest did not come is given up, and how often that is looked at.
const FRAGMENT_AGE: u64 = 1024;
/// How often a packet may be packed into another.
const DEEPEST: usize = 8;

const DNS: u16 = 53;
const MULTICAST_DNS: u16 = 5353;

/// What is known across packets, and what came of them.
#[derive(Default)]
pub(super) struct Packets {
    /// The packet that was taken last, and when it was seen.
    number: u64,
    time: Option<OffsetDateTime>,
    fragments: IpDefragPool<u64>,
    streams: Streams,
    /// Packets of links that are not read.
    not_read: BTreeMap<i32, u64>,
    good: u64,
    ready: VecDeque<Result<Record, Broken>>,
}

impl Packets {
    /// Gives up fragments that came before a packet, and says so.
    fn give_up_fragments(&mut self, oldest: u64) {
        let given_up = Cell::new(false); // the crate asks of each more than once
        self.fragments.retain(|seen| {
            let kept = *seen >= oldest;
            given_up.set(given_up.get() || !kept);
            kept
        });
        if given_up.get() {
            self.broken("up to here a fragmented datagram was still incomplete");
        }
    }

    /// The next record, or broken part, of the packets that were taken.
    pub(super) fn next(&mut self) -> Option<Result<Record, Broken>> {
        self.ready.pop_front()
    }

    /// Counts a packet that cannot be taken, and names it.
    pub(super) fn pass(&mut self, what: &str) {
        self.number += 1;
        self.broken(what);
    }

    /// What is left over when a capture ends.
    pub(super) fn end(&mut self) {
        self.give_up_fragments(u64::MAX);
        let (messages, torn) = self.streams.end();
        self.messages(messages);
        match torn {
            0 => (),
            1 => self.broken("up to here one TCP stream missed bytes"),
            _ => self.broken(format!("up to here {torn} TCP streams missed bytes")),
        }
        for (link, packets) in std::mem::take(&mut self.not_read) {
            let were = if packets == 1 { "packet was" } else { "packets were" };
            let hint = frames::hint(Linktype(link));
            self.broken(format!("up to here {packets} {were} of a link that is not read: type {link}{hint}"));
        }
    }

    /// Packets of links that are read.
    pub(super) fn good(&self) -> u64 {
        self.good
    }

    /// Names what is wrong with the packet that was taken last.
    fn broken(&mut self, what: impl Into<String>) {
        self.ready.push_back(Err(Broken { place: format!("packet {}", self.number), what: what.into() }));
    }

    /// Says why nothing follows the packet that was taken last.
    pub(super) fn broken_off(&mut self, why: &str) {
        let place = if self.number == 0 { "the beginning".to_owned() } else { format!("behind packet {}", self.number) };
        self.ready.push_back(Err(Broken { place, what: format!("the rest cannot be read: {why}") }));
    }

    /// Takes a packet as its link has it.
    pub(super) fn take(&mut self, time: Option<OffsetDateTime>, link: Linktype, frame: &[u8]) {
        self.number += 1;
        self.time = time;
        if self.number.is_multiple_of(FRAGMENT_AGE) {
            self.give_up_fragments(self.number - FRAGMENT_AGE);
        }
        let Some(frame) = Frame::of_link(link, frame) else {
            *self.not_read.entry(link.0).or_default() += 1;
            return;
        };
        self.good += 1;
        self.frame(frame, 0);
    }

    /// Takes a frame, and what is packed in it.
    fn frame(&mut self, frame: Frame<'_>, depth: usize) {
        if depth > DEEPEST {
            return self.broken(format!("it is packed into others more than {DEEPEST} times"));
        }
        let Some(packet) = frame.lax() else { return };
        let Some(net) = packet.net else {
            let inside = packet.ether_payload().and_then(|inside| Frame::in_frame(inside.ether_type, inside.payload));
            return inside.into_iter().for_each(|inside| self.frame(inside, depth + 1));
        };
        let Some(payload) = net.ip_payload_ref() else { return };
        let (source, destination) = match &net {
            LaxNetSlice::Ipv4(ip) => (IpAddr::from(ip.header().source_addr()), IpAddr::from(ip.header().destination_addr())),
            LaxNetSlice::Ipv6(ip) => (IpAddr::from(ip.header().source_addr()), IpAddr::from(ip.header().destination_addr())),
            LaxNetSlice::Arp(_) => return,
        };
        if !payload.fragmented {
            return self.payload([source, destination], payload.ip_number, payload.payload, payload.incomplete, depth);
        }
        if !LOOKED_INTO.contains(&payload.ip_number) {
            return;
        }
        if payload.incomplete {
            return self.broken("the capture cut a fragment");
        }
        let Some(fragment) = frame.whole().filter(|packet| matches!(packet.net, Some(NetSlice::Ipv4(_) | NetSlice::Ipv6(_)))) else {
            return;
        };
        match self.fragments.process_sliced_packet(&fragment, self.number, ()) {
            Ok(Some(joined)) => {
                self.payload([source, destination], joined.ip_number, &joined.payload, false, depth);
                self.fragments.return_buf(joined);
            }
            Ok(None) => (),
            Err(error) => self.broken(format!("its fragment does not fit: {error}")),
        }
    }

    /// Takes what an IP packet carries.
    fn payload(&mut self, [source, destination]: [IpAddr; 2], kind: IpNumber, payload: &[u8], cut: bool, depth: usize) {
        match kind {
            IpNumber::UDP => {
                let Ok(udp) = UdpSlice::from_slice_lax(payload) else { return };
                let ports = [udp.source_port(), udp.destination_port()];
                let sure = ports[0] == DNS || ports.contains(&MULTICAST_DNS);
                self.message(self.time, [source, destination], udp.payload(), sure, cut);
                if let Some(inside) = Frame::in_datagram(udp.destination_port(), udp.payload()) {
                    self.frame(inside, depth + 1);
                }
            }
            IpNumber::TCP => {
                let Ok(tcp) = TcpSlice::from_slice(payload) else { return };
                if tcp.source_port() != DNS {
                    return;
                }
                let way = Way::new(source, tcp.source_port(), destination, tcp.destination_port());
                if cut {
                    self.broken("the capture cut a segment of its TCP stream");
                }
                let segment = Segment { time: self.time, number: tcp.sequence_number(), starts: tcp.syn(), payload: tcp.payload() };
                let (messages, gap) = self.streams.take(way, &segment);
                if gap {
                    self.broken("its TCP stream misses bytes");
                }
                self.messages(messages);
            }
            _ => {
                if let Some(inside) = Frame::in_ip(kind, payload) {
                    self.frame(inside, depth + 1);
                }
            }
        }
    }

    fn messages(&mut self, messages: Vec<Message>) {
        for Message { way, time, bytes } in messages {
            self.message(time, [way.server.ip(), way.client.ip()], &bytes, true, false);
        }
    }

    fn message(&mut self, time: Option<OffsetDateTime>, [server, client]: [IpAddr; 2], message: &[u8], sure: bool, cut: bool) {
        let Some(response) = dns::read(message, sure) else { return };
        let (client, server): (Rc<str>, Rc<str>) = (client.to_string().into(), server.to_string().into());
        for (query, text) in response.texts {
            self.ready.push_back(Ok(Record {
                time,
                client: Rc::clone(&client),
                server: Rc::clone(&server),
                query,
                answer: text.into_bytes(),
                ..Record::default()
            }));
        }
        if let Some(what) = response.broken {
            let cut = if cut { "; the capture cut the packet" } else { "" };
            self.broken(format!("{what}{cut}"));
        }
    }
}
