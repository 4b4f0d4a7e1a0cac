//! Frames and packets inside others: what a link begins with, and what networks wrap packets in. Mirrored and cloud traffic comes in
//! VXLAN, GENEVE, GRE and ERSPAN, a provider's in PPPoE and MPLS.
//!
//! Only headers are taken off here; nothing is checked of them but what tells one wrapping from another.

use byteorder::{BigEndian, ByteOrder, LittleEndian};
use etherparse::{EtherType, IpNumber, LaxSlicedPacket, SlicedPacket};
use pcap_parser::Linktype;

/// Protocols of an IP packet that are looked into.
pub(super) const LOOKED_INTO: [IpNumber; 5] = [IpNumber::UDP, IpNumber::TCP, IpNumber::IPV4, IpNumber::IPV6, IpNumber::GRE];

const PPPOE: EtherType = EtherType(0x8864);
const MPLS: [EtherType; 2] = [EtherType(0x8847), EtherType(0x8848)];
/// An Ethernet frame in GRE or GENEVE.
const BRIDGED: EtherType = EtherType(0x6558);
const ERSPAN: EtherType = EtherType(0x88be);
const ERSPAN_3: EtherType = EtherType(0x22eb);

/// The registered port, and the one that Linux had before there was one.
const VXLAN: [u16; 2] = [4789, 8472];
const GENEVE: u16 = 6081;

/// Bytes, and what they begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    Ethernet(&'a [u8]),
    Ip(&'a [u8]),
    Typed(EtherType, &'a [u8]),
}

/// The name of a link that is not read, where people meet it.
pub(super) fn hint(link: Linktype) -> &'static str {
    match link.0 {
        105 | 119 | 127 | 163 | 192 => ", wireless frames",
        189 | 220 | 249 => ", USB",
        187 | 201 | 251 | 254 => ", Bluetooth",
        _ => "",
    }
}

impl<'a> Frame<'a> {
    /// What a link carries; nothing where it is of no known type, or cut before that.
    pub(super) fn of_link(link: Linktype, bytes: &'a [u8]) -> Option<Self> {
        match link {
            Linktype::ETHERNET => Some(Self::Ethernet(bytes)),
            Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 | Linktype(12 | 14) => Some(Self::Ip(bytes)),
            Linktype::NULL | Linktype::LOOP => Some(Self::Ip(bytes.get(4..)?)),
            Linktype::LINUX_SLL => typed(bytes, 14, 16),
            Linktype(276) => typed(bytes, 0, 20), // LINUX_SLL2
            Linktype(9 | 50) => ppp(bytes.strip_prefix(&[0xff, 0x03]).unwrap_or(bytes)),
            Linktype(51) => Self::in_frame(PPPOE, bytes),
            // OpenBSD's packet filter: how long its header is, filled up to four bytes.
            Linktype(117) => Some(Self::Ip(bytes.get(usize::from(*bytes.first()?).next_multiple_of(4)..)?)),
            Linktype(239) => nflog(bytes.get(4..)?),
            // PKTAP: how long its header is, a word, and the link of what follows it.
            Linktype(258) => {
                let word = |at: usize| Some(LittleEndian::read_u32(bytes.get(at..at + 4)?));
                let inside = Linktype(word(8)?.cast_signed());
                if inside == link { None } else { Self::of_link(inside, bytes.get(word(0)? as usize..)?) }
            }
            _ => None,
        }
    }

    /// What a frame carries where etherparse knows no network in it.
    pub(super) fn in_frame(kind: EtherType, bytes: &'a [u8]) -> Option<Self> {
        match kind {
            // RFC 2516: version and type 1, code 0 for a session; behind six bytes PPP.
            PPPOE => ppp(bytes.strip_prefix(&[0x11, 0])?.get(4..)?),
            // RFC 3032: labels of four bytes, the last one marked. What follows says no type: IP by its version, a frame behind a
            // control word (RFC 4448) by the zero that stands there.
            _ if MPLS.contains(&kind) => {
                let labels = bytes.chunks_exact(4).position(|label| label.get(2).is_some_and(|byte| byte & 1 == 1))? + 1;
                let inside = bytes.get(labels * 4..)?;
                match inside.first()? >> 4 {
                    4 | 6 => Some(Self::Ip(inside)),
                    0 => Some(Self::Ethernet(inside.get(4..)?)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// What an IP packet carries that is no datagram and no segment.
    pub(super) fn in_ip(kind: IpNumber, bytes: &'a [u8]) -> Option<Self> {
        match kind {
            IpNumber::IPV4 | IpNumber::IPV6 => Some(Self::Ip(bytes)),
            IpNumber::GRE => gre(bytes),
            _ => None,
        }
    }

    /// What a datagram to a port carries.
    pub(super) fn in_datagram(port: u16, bytes: &'a [u8]) -> Option<Self> {
        match port {
            // RFC 7348: a flag that the network's number is there; other bits are of extensions, or nobody's.
            _ if VXLAN.contains(&port) => match bytes.first()? & 0x08 {
                0 => None,
                _ => Some(Self::Ethernet(bytes.get(8..)?)),
            },
            // RFC 8926: two bits of version, six that count four bytes of options each.
            GENEVE => match *bytes.first()? {
                head if head >> 6 == 0 => typed(bytes, 2, 8 + usize::from(head) * 4).map(Self::bridged),
                _ => None,
            },
            _ => None,
        }
    }

    fn bridged(self) -> Self {
        match self {
            Self::Typed(BRIDGED, inside) => Self::Ethernet(inside),
            other => other,
        }
    }

    /// As much of it as can be read: captures cut packets.
    pub(super) fn lax(self) -> Option<LaxSlicedPacket<'a>> {
        match self {
            Self::Ethernet(bytes) => LaxSlicedPacket::from_ethernet(bytes).ok(),
            Self::Ip(bytes) => LaxSlicedPacket::from_ip(bytes).ok(),
            Self::Typed(kind, bytes) => Some(LaxSlicedPacket::from_ether_type(kind, bytes)),
        }
    }

    /// The same, where nothing of it is cut.
    pub(super) fn whole(self) -> Option<SlicedPacket<'a>> {
        match self {
            Self::Ethernet(bytes) => SlicedPacket::from_ethernet(bytes).ok(),
            Self::Ip(bytes) => SlicedPacket::from_ip(bytes).ok(),
            Self::Typed(kind, bytes) => SlicedPacket::from_ether_type(kind, bytes).ok(),
        }
    }
}

/// What PPP carries, by the protocol that it begins with (RFC 1661, 1332, 5072).
fn ppp(bytes: &[u8]) -> Option<Frame<'_>> {
    match bytes.get(..2)? {
        [0x00, 0x21 | 0x57] => Some(Frame::Ip(bytes.get(2..)?)),
        _ => None,
    }
}

/// The packet of Linux's packet filter among what it says of it: lengths and types of two bytes, filled up to four.
fn nflog(mut said: &[u8]) -> Option<Frame<'_>> {
    const PACKET: u16 = 9;
    loop {
        let (length, kind) = (LittleEndian::read_u16(said.get(..2)?), LittleEndian::read_u16(said.get(2..4)?));
        if kind == PACKET {
            return Some(Frame::Ip(said.get(4..usize::from(length).min(said.len()))?));
        }
        said = said.get(usize::from(length).max(4).next_multiple_of(4)..)?;
    }
}

/// Bytes behind a header that has their type somewhere.
fn typed(bytes: &[u8], at: usize, behind: usize) -> Option<Frame<'_>> {
    let kind = EtherType(BigEndian::read_u16(bytes.get(at..at + 2)?));
    Some(Frame::Typed(kind, bytes.get(behind..)?))
}

/// RFC 2784 and 2890; ERSPAN after draft-foschiano-erspan.
fn gre(bytes: &[u8]) -> Option<Frame<'_>> {
    const CHECKSUM: u16 = 0x8000;
    const ROUTING: u16 = 0x4000;
    const KEY: u16 = 0x2000;
    const SEQUENCE: u16 = 0x1000;
    const VERSION: u16 = 0x0007;
    let flags = BigEndian::read_u16(bytes.get(..2)?);
    if flags & (ROUTING | VERSION) != 0 {
        return None; // PPTP, and what was given up before 2000
    }
    let fields = [CHECKSUM, KEY, SEQUENCE].iter().filter(|field| flags & **field != 0).count();
    match typed(bytes, 2, 4 + fields * 4)?.bridged() {
        // Type I has neither a header of its own nor a sequence number.
        Frame::Typed(ERSPAN, inside) if flags & SEQUENCE == 0 => Some(Frame::Ethernet(inside)),
        Frame::Typed(ERSPAN, inside) => Some(Frame::Ethernet(inside.get(8..)?)),
        Frame::Typed(ERSPAN_3, inside) => {
            let platform = if inside.get(11)? & 1 == 1 { 8 } else { 0 };
            Some(Frame::Ethernet(inside.get(12 + platform..)?))
        }
        other => Some(other),
    }
}
