//! From packets to TXT answers: frames, fragments, UDP datagrams, TCP streams, DNS messages.
//!
//! On ports 53 and 5353 a packet must be DNS, and what cannot be read there is an error. A message on any other port counts if it is
//! a complete DNS response with a TXT answer: tunnels choose their ports. Queries are read on UDP port 53.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use etherparse::defrag::IpDefragPool;
use etherparse::{IpNumber, LaxNetSlice, NetSlice, TcpSlice, UdpSlice};
use pcap_parser::Linktype;
use time::OffsetDateTime;

use crate::triage::input::dns_message::{self, Expect};
use crate::triage::input::open_queries::OpenQueries;
use crate::triage::input::pcap::frames::{DECODED_PROTOCOLS, Frame, link_name};
use crate::triage::input::pcap::tcp::{FlowKey, Message, Reassembly, Segment};
use crate::triage::input::record::{ReadError, Record};

/// Packets after which an incomplete datagram is dropped, and how often that is checked.
const MAX_FRAGMENT_AGE: u64 = 1024;
/// Encapsulations inside one another that are removed.
const MAX_DEPTH: usize = 8;

const DNS_PORT: u16 = 53;
const MDNS_PORT: u16 = 5353;

/// The state across packets, and the results so far.
#[derive(Default)]
pub(super) struct Packets {
    /// The number of the current packet, from 1, and when it was seen.
    number: u64,
    time: Option<OffsetDateTime>,
    fragments: IpDefragPool<u64, u64>,
    streams: Reassembly,
    /// Connections from other ports, which may be anything: they must not use up the room for those from port 53.
    other_streams: Reassembly,
    queries: OpenQueries,
    hash: RandomState,
    /// How many packets had a link type that is not decoded.
    undecoded_links: BTreeMap<i32, u64>,
    decoded: u64,
    ready: VecDeque<Result<Record, ReadError>>,
}

impl Packets {
    /// Drops fragments from before the packet `oldest`, and reports it.
    fn drop_fragments_before(&mut self, oldest: u64) {
        let dropped = Cell::new(false); // the crate may call the closure more than once per fragment
        self.fragments.retain(|seen| {
            let keep = *seen >= oldest;
            dropped.set(dropped.get() || !keep);
            keep
        });
        if dropped.get() {
            self.report("up to here, fragments of a datagram are missing");
        }
    }

    /// The next record or error of the packets so far.
    pub(super) fn next(&mut self) -> Option<Result<Record, ReadError>> {
        self.ready.pop_front()
    }

    /// Counts a packet that cannot be decoded, and reports it.
    pub(super) fn skip(&mut self, message: &str) {
        self.number = self.number.saturating_add(1);
        self.report(message);
    }

    /// Completes what is left when the capture ends.
    pub(super) fn finish(&mut self) {
        self.drop_fragments_before(u64::MAX);
        let (messages, incomplete) = self.streams.finish();
        self.messages(messages, Expect::FromServer);
        let (messages, _) = self.other_streams.finish();
        self.messages(messages, Expect::Anything);
        match incomplete {
            0 => (),
            1 => self.report("up to here, one TCP stream has missing bytes"),
            _ => self.report(format!("up to here, {incomplete} TCP streams have missing bytes")),
        }
        for (link, packets) in std::mem::take(&mut self.undecoded_links) {
            let have = if packets == 1 { "packet has" } else { "packets have" };
            let name = link_name(Linktype(link));
            self.report(format!("up to here, {packets} {have} a link type that is not supported: {link}{name}"));
        }
        while let Some(query) = self.queries.next_unanswered() {
            self.ready.push_back(Ok(query));
        }
    }

    /// How many packets had a link type that is decoded.
    pub(super) fn decoded(&self) -> u64 {
        self.decoded
    }

    /// Reports an error in the current packet.
    fn report(&mut self, message: impl Into<String>) {
        self.ready.push_back(Err(ReadError::new(format!("packet {}", self.number), message)));
    }

    /// Reports something unusual in the current packet, which was read.
    fn remark(&mut self, message: &str) {
        self.ready.push_back(Err(ReadError::new(format!("packet {}", self.number), message).lenient()));
    }

    /// Reports that nothing has come for a while.
    pub(super) fn pause(&mut self) {
        self.ready.push_back(Err(ReadError::pause()));
    }

    /// Reports why the capture cannot be read after the current packet.
    pub(super) fn report_end(&mut self, why: &str) {
        let location = if self.number == 0 { "the beginning".to_owned() } else { format!("after packet {}", self.number) };
        self.ready.push_back(Err(ReadError::new(location, format!("the rest cannot be read: {why}"))));
    }

    /// Decodes the next packet.
    pub(super) fn add(&mut self, time: Option<OffsetDateTime>, link: Linktype, packet: &[u8]) {
        self.number = self.number.saturating_add(1);
        self.time = time;
        if self.number.is_multiple_of(MAX_FRAGMENT_AGE) {
            self.drop_fragments_before(self.number.saturating_sub(MAX_FRAGMENT_AGE));
        }
        let Some(frame) = Frame::of_link(link, packet) else {
            let seen: &mut u64 = self.undecoded_links.entry(link.0).or_default();
            *seen = seen.saturating_add(1);
            return;
        };
        self.decoded = self.decoded.saturating_add(1);
        self.frame(frame, 0, 0);
    }

    /// The path of a frame inside another one.
    fn inner_path(&self, path: u64, around: impl Hash) -> u64 {
        self.hash.hash_one((path, around))
    }

    /// Decodes a frame, and frames inside it. The path stands for the VLANs and tunnels around it.
    fn frame(&mut self, frame: Frame<'_>, mut path: u64, depth: usize) {
        if depth > MAX_DEPTH {
            return self.report(format!("it has more than {MAX_DEPTH} encapsulations"));
        }
        if let Some(inner) = frame.in_snap() {
            return self.frame(inner, path, depth.saturating_add(1));
        }
        let Some(packet) = frame.lax() else { return };
        for vlan in packet.vlan_ids() {
            path = self.inner_path(path, vlan.value());
        }
        let Some(net) = packet.net else {
            let inner = packet.ether_payload().and_then(|payload| Frame::in_frame(payload.ether_type, payload.payload));
            return inner.into_iter().for_each(|(inner, id)| self.frame(inner, self.inner_path(path, id), depth.saturating_add(1)));
        };
        let Some(payload) = net.ip_payload_ref() else { return };
        let (source, destination) = match &net {
            LaxNetSlice::Ipv4(ip) => (IpAddr::from(ip.header().source_addr()), IpAddr::from(ip.header().destination_addr())),
            LaxNetSlice::Ipv6(ip) => (IpAddr::from(ip.header().source_addr()), IpAddr::from(ip.header().destination_addr())),
            LaxNetSlice::Arp(_) => return,
        };
        if !payload.fragmented {
            let hosts = Hosts { path, source, destination };
            return self.ip_payload(hosts, payload.ip_number, payload.payload, payload.incomplete, depth);
        }
        if !DECODED_PROTOCOLS.contains(&payload.ip_number) {
            return;
        }
        if payload.incomplete {
            return self.report("the capture truncated an IP fragment (snap length)");
        }
        let Some(fragment) = frame.strict().filter(|packet| matches!(packet.net, Some(NetSlice::Ipv4(_) | NetSlice::Ipv6(_)))) else {
            return;
        };
        match self.fragments.process_sliced_packet(&fragment, self.number, path) {
            Ok(Some(joined)) => {
                self.ip_payload(Hosts { path, source, destination }, joined.ip_number, &joined.payload, false, depth);
                self.fragments.return_buf(joined);
            }
            Ok(None) => (),
            Err(error) => self.report(format!("its IP fragment cannot be reassembled: {error}")),
        }
    }

    /// Decodes the payload of an IP packet. `cut` says that the capture has only its beginning.
    fn ip_payload(&mut self, hosts: Hosts, protocol: IpNumber, payload: &[u8], cut: bool, depth: usize) {
        let Hosts { path, source, destination } = hosts;
        let inner = match protocol {
            IpNumber::UDP => {
                let Ok(udp) = UdpSlice::from_slice_lax(payload) else { return };
                self.datagram(hosts, &udp, cut);
                Frame::in_datagram(udp.destination_port(), udp.payload())
            }
            IpNumber::TCP => {
                let Ok(tcp) = TcpSlice::from_slice(payload) else { return };
                return self.segment(hosts, &tcp, cut);
            }
            _ => Frame::in_ip(protocol, payload),
        };
        if let Some((inner, id)) = inner {
            self.frame(inner, self.inner_path(path, (source, destination, id)), depth.saturating_add(1));
        }
    }

    fn datagram(&mut self, Hosts { source, destination, .. }: Hosts, udp: &UdpSlice<'_>, cut: bool) {
        let ports = [udp.source_port(), udp.destination_port()];
        let expect = match ports {
            [DNS_PORT, _] => Expect::FromServer,
            [MDNS_PORT, _] | [_, MDNS_PORT] => Expect::Multicast,
            _ => Expect::Anything,
        };
        if ports[1] == DNS_PORT
            && let Some(query) = dns_message::txt_query(udp.payload())
        {
            let (client, server): (Rc<str>, Rc<str>) = (source.to_string().into(), destination.to_string().into());
            return self.unanswered(Record { time: self.time, client, server, query, is_query: true, ..Record::default() });
        }
        self.message(self.time, [source, destination], udp.payload(), expect, cut);
    }

    fn segment(&mut self, Hosts { path, source, destination }: Hosts, tcp: &TcpSlice<'_>, cut: bool) {
        let (server, client) = (SocketAddr::new(source, tcp.source_port()), SocketAddr::new(destination, tcp.destination_port()));
        let flow = FlowKey { path, server, client };
        let segment = Segment { time: self.time, seq: tcp.sequence_number(), syn: tcp.syn(), payload: tcp.payload() };
        if tcp.source_port() != DNS_PORT {
            let messages = self.other_streams.add_if_dns(flow, &segment);
            return self.messages(messages, Expect::Anything);
        }
        if cut {
            self.report("the capture truncated a segment of its TCP stream (snap length)");
        }
        let (messages, has_gap) = self.streams.add(flow, &segment);
        if has_gap {
            self.report("its TCP stream has missing bytes");
        }
        if self.streams.take_difference() {
            self.remark("its TCP segment differs from an earlier one for the same bytes; messages are read both ways");
        }
        self.messages(messages, Expect::FromServer);
    }

    fn messages(&mut self, messages: Vec<Message>, expect: Expect) {
        for Message { flow, time, bytes } in messages {
            self.message(time, [flow.server.ip(), flow.client.ip()], &bytes, expect, false);
        }
    }

    fn message(&mut self, time: Option<OffsetDateTime>, [server, client]: [IpAddr; 2], message: &[u8], expect: Expect, cut: bool) {
        let Some(response) = dns_message::read(message, expect) else { return };
        let (client, server): (Rc<str>, Rc<str>) = (client.to_string().into(), server.to_string().into());
        if let Some((query, _)) = response.texts.first() {
            self.queries.answered(&client, &server, query);
        }
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
        if let Some(query) = response.unanswered.filter(|_| expect == Expect::FromServer) {
            self.unanswered(Record { time, client, server, query, is_query: true, ..Record::default() });
        }
        if let Some(error) = response.error {
            let cut = if cut { "; the capture truncated the packet (snap length)" } else { "" };
            self.report(format!("{error}{cut}"));
        }
        if let Some(remark) = response.remark {
            self.remark(remark);
        }
    }

    /// Keeps a query until its answer comes, or too many others.
    fn unanswered(&mut self, query: Record) {
        self.ready.extend(self.queries.asked(query).map(Ok));
    }
}

/// Where an IP packet comes from and goes to.
#[derive(Clone, Copy)]
struct Hosts {
    /// The tunnels and VLANs around it.
    path: u64,
    source: IpAddr,
    destination: IpAddr,
}
