//! Link types and encapsulations: what a packet of a link begins with, and packets inside other packets. Mirrored and cloud
//! traffic comes in VXLAN, GENEVE, GRE and ERSPAN, a provider's traffic in PPPoE and MPLS.
//!
//! This file only removes headers. Of their contents it checks what tells one encapsulation from another.

use byteorder::{BigEndian, ByteOrder, LittleEndian};
use etherparse::{EtherType, IpNumber, LaxSlicedPacket, SlicedPacket};
use pcap_parser::Linktype;

/// Protocols of IP packets that are decoded.
pub(super) const DECODED_PROTOCOLS: [IpNumber; 5] = [IpNumber::UDP, IpNumber::TCP, IpNumber::IPV4, IpNumber::IPV6, IpNumber::GRE];

const PPPOE: EtherType = EtherType(0x8864);
const MPLS: [EtherType; 2] = [EtherType(0x8847), EtherType(0x8848)];
/// An Ethernet frame in GRE or GENEVE.
const BRIDGED: EtherType = EtherType(0x6558);
const ERSPAN: EtherType = EtherType(0x88be);
const ERSPAN_3: EtherType = EtherType(0x22eb);
/// Cisco's tag of virtual interfaces (802.1BR's predecessor).
const VNTAG: EtherType = EtherType(0x8926);
const VLANS: [EtherType; 3] = [EtherType(0x8100), EtherType(0x88a8), EtherType(0x9100)];
/// No protocol: a frame that carries no data.
const NOTHING: EtherType = EtherType(0xffff);
/// LLC and SNAP with the organisation of Ethernet's types (RFC 1042).
const SNAP: &[u8] = &[0xaa, 0xaa, 0x03, 0, 0, 0];

/// The registered port, and the one that Linux used before.
const VXLAN: [u16; 2] = [4789, 8472];
const GENEVE: u16 = 6081;
/// Mobile networks' user plane (3GPP TS 29.281).
const GTP_U: u16 = 2152;
/// TaZmen Sniffer Protocol: what access points and routers mirror.
const TZSP: u16 = 37008;

/// Bytes, and the kind of header that they begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    Ethernet(&'a [u8]),
    Ip(&'a [u8]),
    Typed(EtherType, &'a [u8]),
}

/// A frame inside another one, and the bytes of the header that tell its tunnel from others of the same two hosts: they have the same
/// addresses inside, and are other hosts.
pub(super) type Inner<'a> = (Frame<'a>, &'a [u8]);

/// For well-known link types that are not decoded: `, ` and their name.
pub(super) fn link_name(link: Linktype) -> &'static str {
    match link.0 {
        189 | 220 | 249 => ", USB",
        187 | 201 | 251 | 254 => ", Bluetooth",
        _ => "",
    }
}

impl<'a> Frame<'a> {
    /// The frame inside an IEEE 802.3 frame, which has a length in place of a type: LLC and SNAP. etherparse knows it on Linux's cooked captures only. `None` for any other frame.
    pub(super) fn in_snap(self) -> Option<Self> {
        const MAX_LENGTH: u16 = 1500;
        let Self::Ethernet(bytes) = self else { return None };
        let mut rest = bytes.get(12..)?;
        loop {
            let (head, after) = rest.split_at_checked(2)?;
            match BigEndian::read_u16(head) {
                kind if VLANS.contains(&EtherType(kind)) => rest = after.get(2..)?,
                length if length <= MAX_LENGTH => return snap(after),
                _ => return None,
            }
        }
    }

    /// The frame in a packet of a link; `None` if the link type is not decoded or the packet is cut before the frame.
    pub(super) fn of_link(link: Linktype, bytes: &'a [u8]) -> Option<Self> {
        match link {
            Linktype::ETHERNET => Some(Self::Ethernet(bytes)),
            Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 | Linktype(12 | 14) => Some(Self::Ip(bytes)),
            Linktype::NULL | Linktype::LOOP => Some(Self::Ip(bytes.get(4..)?)),
            Linktype::LINUX_SLL => typed(bytes, 14, 16),
            Linktype(276) => typed(bytes, 0, 20), // LINUX_SLL2
            // FDDI: a control byte and two addresses.
            Linktype(10) => Some(snap(bytes.get(13..)?).unwrap_or(Self::nothing())),
            Linktype(105) => wireless(bytes),
            // radiotap, Prism and AVS: their own length, then the frame.
            Linktype(127) => wireless(bytes.get(usize::from(LittleEndian::read_u16(bytes.get(2..4)?))..)?),
            Linktype(119) => wireless(bytes.get(LittleEndian::read_u32(bytes.get(4..8)?) as usize..)?),
            Linktype(163) => wireless(bytes.get(BigEndian::read_u32(bytes.get(4..8)?) as usize..)?),
            Linktype(9 | 50) => ppp(bytes.strip_prefix(&[0xff, 0x03]).unwrap_or(bytes)),
            Linktype(51) => Self::in_frame(PPPOE, bytes).map(|(frame, _)| frame),
            // PFLOG, of OpenBSD's packet filter: the first byte is the length of its header, which is padded to four bytes.
            Linktype(117) => Some(Self::Ip(bytes.get(usize::from(*bytes.first()?).next_multiple_of(4)..)?)),
            Linktype(239) => nflog(bytes.get(4..)?),
            // PKTAP: the length of its header, a word, and the link type of what follows.
            Linktype(258) => {
                let word = |at: usize| Some(LittleEndian::read_u32(bytes.get(at..)?.get(..4)?));
                let inside = Linktype(word(8)?.cast_signed());
                if inside == link { None } else { Self::of_link(inside, bytes.get(word(0)? as usize..)?) }
            }
            _ => None,
        }
    }

    /// The frame inside a frame whose payload etherparse does not decode.
    pub(super) fn in_frame(kind: EtherType, bytes: &'a [u8]) -> Option<Inner<'a>> {
        match kind {
            // RFC 2516: version and type 1, code 0 for a session and its number; PPP after six bytes.
            PPPOE => Some((ppp(bytes.strip_prefix(&[0x11, 0])?.get(4..)?)?, bytes.get(2..4)?)),
            VNTAG => Some((typed(bytes, 4, 6)?, &[])),
            // More VLANs inside one another than etherparse removes.
            _ if VLANS.contains(&kind) => Some((typed(bytes, 2, 4)?, bytes.get(..2)?)),
            // RFC 3032: labels of four bytes, the last one marked. The type of what follows is not given: IP is recognised by
            // its version, and a frame after a control word (RFC 4448) by a zero in its place.
            _ if MPLS.contains(&kind) => {
                let labels = bytes.chunks_exact(4).position(|label| label.get(2).is_some_and(|byte| byte & 1 == 1))?;
                let inside = bytes.get(labels.saturating_add(1).saturating_mul(4)..)?;
                // Of each label the last byte counts down; the first two tell most labels apart.
                let label = bytes.get(labels.saturating_mul(4)..)?.get(..2)?;
                match inside.first()? >> 4 {
                    4 | 6 => Some((Self::Ip(inside), label)),
                    0 => Some((Self::Ethernet(inside.get(4..)?), label)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The packet inside an IP packet that is neither UDP nor TCP.
    pub(super) fn in_ip(kind: IpNumber, bytes: &'a [u8]) -> Option<Inner<'a>> {
        match kind {
            IpNumber::IPV4 | IpNumber::IPV6 => Some((Self::Ip(bytes), &[])),
            IpNumber::GRE => gre(bytes),
            _ => None,
        }
    }

    /// The frame inside a UDP datagram to this port.
    pub(super) fn in_datagram(port: u16, bytes: &'a [u8]) -> Option<Inner<'a>> {
        // The number of the network, or of the tunnel's end.
        let number = |frame: Option<Self>| Some((frame?, bytes.get(4..8)?));
        match port {
            // RFC 7348: the flag of a valid network identifier. Other bits belong to extensions or are unused.
            _ if VXLAN.contains(&port) => match bytes.first()? & 0x08 {
                0 => None,
                _ => number(Some(Self::Ethernet(bytes.get(8..)?))),
            },
            // RFC 8926: two bits of version, then the length of the options in units of four bytes.
            GENEVE => match *bytes.first()? {
                head if head >> 6 == 0 => number(typed(bytes, 2, usize::from(head).saturating_mul(4).saturating_add(8)).map(Self::bridged)),
                _ => None,
            },
            GTP_U => number(gtp(bytes)),
            TZSP => Some((tzsp(bytes)?, &[])),
            _ => None,
        }
    }

    fn nothing() -> Self {
        Self::Typed(NOTHING, &[])
    }

    fn bridged(self) -> Self {
        match self {
            Self::Typed(BRIDGED, inside) => Self::Ethernet(inside),
            other => other,
        }
    }

    /// The layers that can be decoded: captures cut packets.
    pub(super) fn lax(self) -> Option<LaxSlicedPacket<'a>> {
        match self {
            Self::Ethernet(bytes) => LaxSlicedPacket::from_ethernet(bytes).ok(),
            Self::Ip(bytes) => LaxSlicedPacket::from_ip(bytes).ok(),
            Self::Typed(kind, bytes) => Some(LaxSlicedPacket::from_ether_type(kind, bytes)),
        }
    }

    /// The same, if nothing is cut.
    pub(super) fn strict(self) -> Option<SlicedPacket<'a>> {
        match self {
            Self::Ethernet(bytes) => SlicedPacket::from_ethernet(bytes).ok(),
            Self::Ip(bytes) => SlicedPacket::from_ip(bytes).ok(),
            Self::Typed(kind, bytes) => SlicedPacket::from_ether_type(kind, bytes).ok(),
        }
    }
}

/// The packet after LLC and SNAP.
fn snap(bytes: &[u8]) -> Option<Frame<'_>> {
    typed(bytes.strip_prefix(SNAP)?, 0, 2)
}

/// The packet in a frame of IEEE 802.11. Frames without data, and encrypted ones, hold nothing.
fn wireless(bytes: &[u8]) -> Option<Frame<'_>> {
    const KIND: u8 = 0x0f; // version and type
    const DATA: u8 = 0x08;
    const WITHOUT_DATA: u8 = 0x40;
    const QUALITY: u8 = 0x80; // of service: two bytes more
    const FOUR_ADDRESSES: u8 = 0x03;
    const PROTECTED: u8 = 0x40;
    const ORDER: u8 = 0x80; // with quality of service: four bytes more
    let [control, flags] = *bytes.first_chunk::<2>()?;
    if control & KIND != DATA || control & WITHOUT_DATA != 0 || flags & PROTECTED != 0 {
        return Some(Frame::nothing());
    }
    let address = if flags & FOUR_ADDRESSES == FOUR_ADDRESSES { 6 } else { 0 };
    let quality = match (control & QUALITY != 0, flags & ORDER != 0) {
        (false, _) => 0,
        (true, false) => 2,
        (true, true) => 6,
    };
    let header: usize = [24, address, quality].iter().sum();
    // Some drivers pad the header to a multiple of four.
    let body = |start: usize| snap(bytes.get(start..)?);
    Some(body(header).or_else(|| body(header.next_multiple_of(4))).unwrap_or(Frame::nothing()))
}

/// The packet in GTP-U: version 1, a user's packet, then perhaps a number and extensions.
fn gtp(bytes: &[u8]) -> Option<Frame<'_>> {
    const USER_PACKET: u8 = 0xff;
    let [flags, USER_PACKET, ..] = *bytes else { return None };
    if flags & 0xf0 != 0x30 {
        return None;
    }
    if flags & 0x07 == 0 {
        return Some(Frame::Ip(bytes.get(8..)?));
    }
    let (mut kind, mut rest) = (*bytes.get(11)?, bytes.get(12..)?);
    // Each extension has its length in units of four bytes, and the kind of the next one at its end.
    while flags & 0x04 != 0 && kind != 0 {
        let length = usize::from(*rest.first()?).saturating_mul(4);
        kind = *rest.get(length.checked_sub(1)?)?;
        rest = rest.get(length..)?;
    }
    Some(Frame::Ip(rest))
}

/// The frame in TZSP: version, type and protocol, then tags until the one that ends them.
fn tzsp(bytes: &[u8]) -> Option<Frame<'_>> {
    const PADDING: u8 = 0;
    const END: u8 = 1;
    let [1, _, 0, protocol, ..] = *bytes else { return None };
    let mut rest = bytes.get(4..)?;
    loop {
        match *rest.first()? {
            END => break,
            PADDING => rest = rest.get(1..)?,
            _ => rest = rest.get(usize::from(*rest.get(1)?).saturating_add(2)..)?,
        }
    }
    let frame = rest.get(1..)?;
    match protocol {
        1 => Some(Frame::Ethernet(frame)),
        18 => wireless(frame),
        _ => None,
    }
}

/// The packet inside PPP, by the protocol at its beginning (RFC 1661, 1332, 5072).
fn ppp(bytes: &[u8]) -> Option<Frame<'_>> {
    match bytes.get(..2)? {
        [0x00, 0x21 | 0x57] => Some(Frame::Ip(bytes.get(2..)?)),
        _ => None,
    }
}

/// The packet among the attributes of Linux's packet filter log: each has a length and a type of two bytes, and is padded to
/// four.
fn nflog(mut attributes: &[u8]) -> Option<Frame<'_>> {
    const PACKET: u16 = 9;
    loop {
        let (length, kind) = (LittleEndian::read_u16(attributes.get(..2)?), LittleEndian::read_u16(attributes.get(2..4)?));
        if kind == PACKET {
            return Some(Frame::Ip(attributes.get(4..usize::from(length).min(attributes.len()))?));
        }
        attributes = attributes.get(usize::from(length).max(4).next_multiple_of(4)..)?;
    }
}

/// The payload at `payload_start`, whose EtherType is at `type_at` in the header.
fn typed(bytes: &[u8], type_at: usize, payload_start: usize) -> Option<Frame<'_>> {
    let kind = EtherType(BigEndian::read_u16(bytes.get(type_at..)?.get(..2)?));
    Some(Frame::Typed(kind, bytes.get(payload_start..)?))
}

/// The payload of GRE (RFC 2784 and 2890), and of ERSPAN in it (draft-foschiano-erspan).
fn gre(bytes: &[u8]) -> Option<Inner<'_>> {
    const CHECKSUM: u16 = 0x8000;
    const ROUTING: u16 = 0x4000;
    const KEY: u16 = 0x2000;
    const SEQUENCE: u16 = 0x1000;
    const VERSION: u16 = 0x0007;
    let flags = BigEndian::read_u16(bytes.get(..2)?);
    if flags & (ROUTING | VERSION) != 0 {
        return None; // PPTP, and source routing, which RFC 2784 deprecated
    }
    let fields = [CHECKSUM, KEY, SEQUENCE].iter().filter(|field| flags & **field != 0).count();
    let key_at = if flags & CHECKSUM == 0 { 4 } else { 8 };
    let key = if flags & KEY == 0 { &[] } else { bytes.get(key_at..)?.get(..4)? };
    let frame = match typed(bytes, 2, fields.saturating_add(1).saturating_mul(4))?.bridged() {
        // ERSPAN type I has no header of its own and no sequence number.
        Frame::Typed(ERSPAN, inside) if flags & SEQUENCE == 0 => Frame::Ethernet(inside),
        Frame::Typed(ERSPAN, inside) => Frame::Ethernet(inside.get(8..)?),
        Frame::Typed(ERSPAN_3, inside) => {
            let platform = if inside.get(11)? & 1 == 1 { 8 } else { 0 };
            Frame::Ethernet(inside.get(12..)?.get(platform..)?)
        }
        other => other,
    };
    Some((frame, key))
}
