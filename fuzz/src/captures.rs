//! Captures, as whole files and at the level of frames, of messages and of TCP segments: a mutation of a file seldom leaves the
//! lengths around a message right, so they are written here.

use dnstxtscore::triage::input::Format;

use crate::readers::read;

const RAW_IP: u32 = 101;

/// A capture as it is.
pub fn capture(bytes: &[u8]) {
    read(Format::Pcap, None, bytes);
}

/// Frames of one link type, which the first byte chooses. Each begins with its length of one byte, in units of four bytes.
pub fn frames(bytes: &[u8]) {
    /// Loopback, Ethernet, PPP, raw IP, PPP in HDLC, PPPoE, Linux's two cooked links, OpenBSD's and Linux's filter logs, PKTAP, FDDI,
    /// 802.11 alone and behind radiotap, Prism and AVS.
    const LINKS: [u32; 17] = [0, 1, 9, 12, RAW_IP, 50, 51, 113, 276, 117, 239, 258, 10, 105, 127, 119, 163];
    let Some((choice, rest)) = bytes.split_first() else { return };
    let link = LINKS[usize::from(*choice) % LINKS.len()];
    let frames: Vec<Vec<u8>> = parts(rest, |head| usize::from(head[0]) * 4, 1).map(|(_, frame)| frame.to_vec()).collect();
    read_packets(link, &frames);
}

/// DNS messages in datagrams. Before each stand its port of one byte and its length of two.
pub fn messages(bytes: &[u8]) {
    const PORTS: [u16; 4] = [53, 5353, 4789, 60_000];
    let datagrams: Vec<Vec<u8>> = parts(bytes, |head| usize::from(u16::from_be_bytes([head[1], head[2]])), 3)
        .map(|(head, message)| {
            let length = (message.len() as u16 + 8).to_be_bytes();
            ip(17, &[&PORTS[usize::from(head[0]) % PORTS.len()].to_be_bytes(), &4000u16.to_be_bytes(), &length, &[0, 0], message].concat())
        })
        .collect();
    read_packets(RAW_IP, &datagrams);
}

/// TCP segments. Before each stand a byte of flags (the lowest bit is SYN, the next two choose the client, the next one the server's port), how
/// far it is behind the one before, as two bytes with a sign, and its length of one byte. The sequence numbers wrap around.
pub fn tcp(bytes: &[u8]) {
    let mut next = u32::MAX - 100;
    let segments: Vec<Vec<u8>> = parts(bytes, |head| usize::from(head[3]), 4)
        .map(|(head, payload)| {
            let seq = next.wrapping_add_signed(i32::from(i16::from_be_bytes([head[1], head[2]])));
            let is_syn = head[0] & 1 == 1;
            next = seq.wrapping_add(payload.len() as u32 + u32::from(is_syn));
            let (flags, client) = (if is_syn { 0x12 } else { 0x10 }, 4000 + u16::from(head[0] >> 1 & 3));
            let server: u16 = if head[0] & 8 == 0 { 53 } else { 8053 };
            let ports = [server.to_be_bytes(), client.to_be_bytes()].concat();
            ip(6, &[&ports, &seq.to_be_bytes()[..], &[0, 0, 0, 1, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0], payload].concat())
        })
        .collect();
    read_packets(RAW_IP, &segments);
}

/// Cuts bytes into parts, each behind a head of `head_bytes` that tells its length. The last one may be cut.
fn parts<'b>(mut rest: &'b [u8], length: impl Fn(&[u8]) -> usize, head_bytes: usize) -> impl Iterator<Item = (&'b [u8], &'b [u8])> {
    std::iter::from_fn(move || {
        let (head, after) = rest.split_at_checked(head_bytes)?;
        let (part, after) = after.split_at(length(head).min(after.len()));
        rest = after;
        Some((head, part))
    })
}

/// An IPv4 packet.
fn ip(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16 + 20).to_be_bytes();
    let header = [0x45, 0, length[0], length[1], 0, 0, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 53, 192, 0, 2, 7];
    [&header[..], payload].concat()
}

/// Reads packets as a capture.
fn read_packets(link: u32, packets: &[Vec<u8>]) {
    let mut file = [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65_535, link].map(u32::to_le_bytes).concat();
    for packet in packets {
        file.extend([1_700_000_000, 0, packet.len() as u32, packet.len() as u32].map(u32::to_le_bytes).as_flattened());
        file.extend(packet);
    }
    read(Format::Pcap, None, &file);
}
