//! TXT answers out of a capture: blocks, frames, fragments, UDP datagrams and TCP streams, DNS messages.
//!
//! Ports 53 and 5353 carry DNS, and what cannot be read there is named. A datagram on any other port counts where it is, from
//! its first byte to its last answer, a DNS response with a TXT answer: tunnels choose their ports.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use byteorder::{BigEndian, ByteOrder, LittleEndian};
use etherparse::defrag::IpDefragPool;
use etherparse::{EtherType, IpNumber, LaxNetSlice, LaxSlicedPacket, NetSlice, SlicedPacket, TcpSlice, UdpSlice};
use pcap_parser::traits::{PcapNGPacketBlock, PcapReaderIterator};
use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError};
use time::OffsetDateTime;

use super::streams::{Segment, Streams, Way};
use super::{Broken, Input, Record, dns};

const BUFFER: usize = 1 << 20;
/// Bytes of the longest block. Packets have at most 256 KiB; a block of secrets or comments may have more.
const LONGEST_BLOCK: usize = 16 << 20;
/// Packets after which a fragment whose rest did not come is given up, and how often that is looked at.
const FRAGMENT_AGE: u64 = 1024;

const OBSOLETE_PACKET: u32 = 2;

const DNS: u16 = 53;
const MULTICAST_DNS: u16 = 5353;

/// Whether a file begins as pcap (either byte order, micro- or nanoseconds) or pcapng.
pub(super) fn is_one(beginning: &[u8]) -> bool {
    const MAGICS: [u32; 3] = [0xa1b2_c3d4, 0xa1b2_3c4d, 0x0a0d_0d0a];
    beginning
        .first_chunk::<4>()
        .is_some_and(|magic| MAGICS.contains(&LittleEndian::read_u32(magic)) || MAGICS.contains(&BigEndian::read_u32(magic)))
}

/// Reads until a buffer is full: the crate wants the whole of a first block at once. A fault of the file below is the end here,
/// and is kept: the crate would lose what it has, and the fault's words.
struct Full {
    input: Input,
    fault: Arc<Mutex<Option<String>>>,
}

impl Read for Full {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(room) = out.get_mut(filled..).filter(|room| !room.is_empty()) {
            match self.input.read(room) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
                Err(error) => {
                    *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
                    self.input = Box::new(io::empty());
                    break;
                }
            }
        }
        Ok(filled)
    }
}

/// How packets of an interface begin, and what its clock counts.
#[derive(Clone, Copy)]
struct Interface {
    link: Linktype,
    ticks_a_second: u64,
    offset_seconds: i64,
}

pub(super) struct Capture {
    blocks: Option<Box<dyn PcapReaderIterator + Send>>,
    input: Option<Input>,
    /// Why the file below could not be read further.
    fault: Arc<Mutex<Option<String>>>,
    /// Bytes that the buffer has room for.
    room: usize,
    interfaces: Vec<Interface>,
    packets: Packets,
    ended: bool,
}

/// What is known across packets.
#[derive(Default)]
struct Packets {
    number: u64,
    fragments: IpDefragPool<u64>,
    streams: Streams,
    links_not_read: Vec<Linktype>,
    ready: VecDeque<Result<Record, Broken>>,
}

impl Capture {
    pub(super) fn new(input: Input) -> Self {
        let (fault, packets) = (Arc::default(), Packets::default());
        Self { blocks: None, input: Some(input), fault, room: BUFFER, interfaces: Vec::new(), packets, ended: false }
    }

    /// Reads a block. Whether another may follow.
    fn advance(&mut self) -> bool {
        if let Some(input) = self.input.take() {
            match pcap_parser::create_reader(BUFFER, Full { input, fault: Arc::clone(&self.fault) }) {
                Ok(blocks) => self.blocks = Some(blocks),
                Err(error) => return self.end(&error),
            }
        }
        let Some(blocks) = &mut self.blocks else { return false };
        let failed = match blocks.next() {
            Ok((length, block)) => {
                match packet(&block, &mut self.interfaces) {
                    Some(Some((time, link, data))) => self.packets.take(time, link, data),
                    Some(None) => {
                        self.packets.number += 1;
                        self.packets.broken("it is of an interface that was not described, or in the obsolete form of a packet block");
                    }
                    None => (),
                }
                blocks.consume(length);
                return true;
            }
            Err(error) => error.to_owned_vec(),
        };
        let more = match failed {
            PcapError::Incomplete(_) if !blocks.reader_exhausted() => blocks.refill().map_err(|error| error.to_owned_vec()),
            other => Err(other),
        };
        match more {
            Ok(()) => true,
            // A block that the buffer has no room for.
            Err(PcapError::BufferTooSmall) if self.room < LONGEST_BLOCK => {
                self.room *= 2;
                blocks.grow(self.room)
            }
            Err(error) => self.end(&error),
        }
    }

    /// Says why nothing follows, unless the file ends where a block does.
    fn end(&mut self, error: &PcapError<&[u8]>) -> bool {
        self.blocks = None;
        let fault = self.fault.lock().ok().and_then(|mut fault| fault.take());
        let why = match (fault, error) {
            (Some(fault), _) => fault,
            (None, PcapError::Eof) => return false,
            (None, PcapError::UnexpectedEof | PcapError::Incomplete(_)) => "the file ends in the middle of a block".to_owned(),
            (None, PcapError::BufferTooSmall) => format!("a block is longer than {} MiB", LONGEST_BLOCK >> 20),
            (None, PcapError::ReadError | PcapError::HeaderNotRecognized) => "it is no capture".to_owned(),
            (None, PcapError::NomError(_, kind) | PcapError::OwnedNomError(_, kind)) => {
                format!("a block has not the form of one ({kind:?})")
            }
        };
        self.packets.broken(format!("the rest cannot be read: {why}"));
        false
    }
}

impl Iterator for Capture {
    type Item = Result<Record, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.packets.ready.is_empty() {
            if !self.advance() {
                self.blocks = None;
                if !std::mem::replace(&mut self.ended, true) {
                    self.packets.end();
                }
                break;
            }
        }
        self.packets.ready.pop_front()
    }
}

/// A packet's time, how it begins, and its bytes.
type Packet<'a> = (Option<OffsetDateTime>, Linktype, &'a [u8]);

/// The packet of a block, inside it nothing where its interface is not known; and what a block says of interfaces.
fn packet<'a>(block: &'a PcapBlockOwned<'_>, interfaces: &mut Vec<Interface>) -> Option<Option<Packet<'a>>> {
    let at = |interface: &Interface, ticks: u64| {
        let per = i128::from(interface.ticks_a_second.max(1));
        let nanoseconds = (i128::from(ticks) * 1_000_000_000 / per).checked_add(i128::from(interface.offset_seconds) * 1_000_000_000)?;
        OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()
    };
    match block {
        PcapBlockOwned::LegacyHeader(header) => {
            let ticks_a_second = if header.is_nanosecond_precision() { 1_000_000_000 } else { 1_000_000 };
            *interfaces = vec![Interface { link: header.network, ticks_a_second, offset_seconds: 0 }];
            None
        }
        PcapBlockOwned::Legacy(packet) => {
            let interface = interfaces.first()?;
            let ticks = u64::from(packet.ts_sec) * interface.ticks_a_second + u64::from(packet.ts_usec);
            Some(Some((at(interface, ticks), interface.link, packet.data)))
        }
        PcapBlockOwned::NG(Block::SectionHeader(_)) => {
            interfaces.clear();
            None
        }
        PcapBlockOwned::NG(Block::InterfaceDescription(one)) => {
            interfaces.push(Interface {
                link: one.linktype,
                ticks_a_second: one.ts_resolution().unwrap_or(1_000_000),
                offset_seconds: one.ts_offset(),
            });
            None
        }
        PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
            let ticks = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
            let interface = interfaces.get(packet.if_id as usize);
            Some(interface.map(|interface| (at(interface, ticks), interface.link, packet.packet_data())))
        }
        PcapBlockOwned::NG(Block::SimplePacket(packet)) => {
            Some(interfaces.first().map(|interface| (None, interface.link, packet.packet_data())))
        }
        // Packets in a form of before 2009, which the crate leaves as it is.
        PcapBlockOwned::NG(Block::Unknown(block)) if block.block_type == OBSOLETE_PACKET => Some(None),
        PcapBlockOwned::NG(_) => None,
    }
}

/// What a frame begins with, behind what is passed over.
enum Beginning {
    Ethernet,
    Ip,
    Typed(EtherType),
}

/// A frame without what this file takes off itself, or nothing where the link is of no known type.
fn beginning(link: Linktype, frame: &[u8]) -> Option<(Beginning, &[u8])> {
    let typed = |at: usize, behind: usize| {
        let number = BigEndian::read_u16(frame.get(at..at + 2)?);
        Some((Beginning::Typed(EtherType(number)), frame.get(behind..)?))
    };
    match link {
        Linktype::ETHERNET => Some((Beginning::Ethernet, frame)),
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 | Linktype(12 | 14) => Some((Beginning::Ip, frame)),
        Linktype::NULL | Linktype::LOOP => Some((Beginning::Ip, frame.get(4..)?)),
        Linktype::LINUX_SLL => typed(14, 16),
        Linktype(276) => typed(0, 20), // LINUX_SLL2
        _ => None,
    }
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
            self.broken("up to it, a fragmented datagram did not become whole");
        }
    }

    /// What is left over when a capture ends.
    fn end(&mut self) {
        self.give_up_fragments(u64::MAX);
        let torn = self.streams.torn();
        if torn > 0 {
            self.broken(format!("up to it, {torn} TCP streams were left in the middle of a message"));
        }
        self.streams = Streams::default();
    }

    fn broken(&mut self, what: impl Into<String>) {
        self.ready.push_back(Err(Broken { place: format!("packet {}", self.number), what: what.into() }));
    }

    fn take(&mut self, time: Option<OffsetDateTime>, link: Linktype, frame: &[u8]) {
        self.number += 1;
        if self.number.is_multiple_of(FRAGMENT_AGE) {
            self.give_up_fragments(self.number - FRAGMENT_AGE);
        }
        let Some((begins, rest)) = beginning(link, frame) else {
            if !self.links_not_read.contains(&link) {
                self.links_not_read.push(link);
                self.broken(format!("links of type {} are not read", link.0));
            }
            return;
        };
        let packet = match begins {
            Beginning::Ethernet => LaxSlicedPacket::from_ethernet(rest).ok(),
            Beginning::Ip => LaxSlicedPacket::from_ip(rest).ok(),
            Beginning::Typed(kind) => Some(LaxSlicedPacket::from_ether_type(kind, rest)),
        };
        let Some(net) = packet.and_then(|packet| packet.net) else { return };
        let Some(payload) = net.ip_payload_ref() else { return };
        let (source, destination) = match &net {
            LaxNetSlice::Ipv4(ip) => (IpAddr::from(ip.header().source_addr()), IpAddr::from(ip.header().destination_addr())),
            LaxNetSlice::Ipv6(ip) => (IpAddr::from(ip.header().source_addr()), IpAddr::from(ip.header().destination_addr())),
            LaxNetSlice::Arp(_) => return,
        };
        if !payload.fragmented {
            self.datagram(time, [source, destination], payload.ip_number, payload.payload, payload.incomplete);
            return;
        }
        if payload.ip_number != IpNumber::UDP {
            return;
        }
        if payload.incomplete {
            return self.broken("the capture cut a fragment");
        }
        let whole = match begins {
            Beginning::Ethernet => SlicedPacket::from_ethernet(rest).ok(),
            Beginning::Ip => SlicedPacket::from_ip(rest).ok(),
            Beginning::Typed(kind) => SlicedPacket::from_ether_type(kind, rest).ok(),
        };
        let Some(fragment) = whole.filter(|packet| matches!(packet.net, Some(NetSlice::Ipv4(_) | NetSlice::Ipv6(_)))) else { return };
        match self.fragments.process_sliced_packet(&fragment, self.number, ()) {
            Ok(Some(joined)) => {
                self.datagram(time, [source, destination], joined.ip_number, &joined.payload, false);
                self.fragments.return_buf(joined);
            }
            Ok(None) => (),
            Err(error) => self.broken(format!("its fragment does not fit: {error}")),
        }
    }

    fn datagram(&mut self, time: Option<OffsetDateTime>, [source, destination]: [IpAddr; 2], kind: IpNumber, payload: &[u8], cut: bool) {
        match kind {
            IpNumber::UDP => {
                let Ok(udp) = UdpSlice::from_slice_lax(payload) else { return };
                let ports = [udp.source_port(), udp.destination_port()];
                let sure = ports[0] == DNS || ports.contains(&MULTICAST_DNS);
                // To port 53 go queries; what else goes there is no answer.
                if ports[1] == DNS && !sure {
                    return;
                }
                self.message(time, source, destination, udp.payload(), sure, cut);
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
                let segment = Segment { number: tcp.sequence_number(), starts: tcp.syn(), payload: tcp.payload() };
                let (messages, gap) = self.streams.take(way, &segment);
                if gap {
                    self.broken("its TCP stream misses bytes");
                }
                for message in messages {
                    self.message(time, source, destination, &message, true, false);
                }
            }
            _ => (),
        }
    }

    fn message(&mut self, time: Option<OffsetDateTime>, server: IpAddr, client: IpAddr, message: &[u8], sure: bool, cut: bool) {
        let Some(response) = dns::read(message, sure) else { return };
        let (client, server): (Rc<str>, Rc<str>) = (client.to_string().into(), server.to_string().into());
        let query: Rc<str> = response.query.into();
        for text in response.texts {
            self.ready.push_back(Ok(Record {
                time,
                client: Rc::clone(&client),
                server: Rc::clone(&server),
                query: Rc::clone(&query),
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
