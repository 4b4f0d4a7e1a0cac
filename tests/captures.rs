//! Captures of every supported kind, built frame by frame: link types, byte orders, clocks, VLANs, IPv6, fragments, TCP.

use std::io::Cursor;

use dnstxtscore::triage::input::{self, ReadError, ReadOptions, Record};
use etherparse::{IpFragOffset, IpNumber, PacketBuilder, UdpHeader};
use hickory_proto::op::{Message, OpCode, Query};
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{Name, RData, Record as DnsRecord, RecordType};

const SERVER: [u8; 4] = [192, 0, 2, 53];
const CLIENT: [u8; 4] = [192, 0, 2, 7];

/// A response with one TXT answer.
fn message(text: &[u8]) -> Vec<u8> {
    let name = Name::from_ascii("a.example.").unwrap();
    let mut message = Message::response(7, OpCode::Query);
    message.add_query(Query::query(name.clone(), RecordType::TXT));
    message.add_answer(DnsRecord::from_rdata(name, 60, RData::TXT(TXT::from_bytes(text.chunks(255).collect()))));
    message.to_vec().unwrap()
}

fn ip_udp(payload: &[u8], source_port: u16) -> Vec<u8> {
    let builder = PacketBuilder::ipv4(SERVER, CLIENT, 64).udp(source_port, 4000);
    let mut packet = Vec::new();
    builder.write(&mut packet, payload).unwrap();
    packet
}

fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2][..], &kind.to_be_bytes(), payload].concat()
}

fn udp() -> Vec<u8> {
    ethernet(0x0800, &ip_udp(&message(b"hello"), 53))
}

/// A pcap file; seconds count from 1,700,000,000.
fn pcap(link: u32, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes =
        [0xa1b2_c3d4u32.to_le_bytes(), 0x0004_0002u32.to_le_bytes(), [0; 4], [0; 4], 65535u32.to_le_bytes(), link.to_le_bytes()].concat();
    for (number, packet) in packets.iter().enumerate() {
        let length = packet.len() as u32;
        for word in [1_700_000_000 + number as u32, 250_000, length, length] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(packet);
    }
    bytes
}

fn read(bytes: Vec<u8>) -> Vec<Result<Record, ReadError>> {
    input::open(Box::new(Cursor::new(bytes)), "x", &ReadOptions::default()).unwrap().collect()
}

/// The only record of a capture.
#[track_caller]
fn one(bytes: Vec<u8>) -> Record {
    let mut records = read(bytes);
    assert_eq!(records.len(), 1, "{records:?}");
    let record = records.remove(0).unwrap();
    assert_eq!((&*record.query, &*record.answer), ("a.example", &b"\"hello\""[..]));
    record
}

#[test]
fn a_record_has_time_and_addresses_of_its_packet() {
    let record = one(pcap(1, &[udp()]));
    assert_eq!((&*record.client, &*record.server), ("192.0.2.7", "192.0.2.53"));
    assert_eq!(record.time.unwrap().unix_timestamp_nanos(), 1_700_000_000_250_000_000);
}

#[test]
fn every_supported_link_type() {
    let ip = ip_udp(&message(b"hello"), 53);
    let vlan = |frame: &[u8]| [&frame[..12], &[0x81, 0x00, 0x00, 42], &frame[12..]].concat();
    one(pcap(1, &[vlan(&udp())]));
    one(pcap(1, &[vlan(&vlan(&udp()))]));
    one(pcap(101, std::slice::from_ref(&ip)));
    one(pcap(228, std::slice::from_ref(&ip)));
    one(pcap(0, &[[&[2, 0, 0, 0][..], &ip].concat()]));
    one(pcap(113, &[[&[0; 14][..], &[0x08, 0x00], &ip].concat()]));
    one(pcap(276, &[[&[0x08, 0x00][..], &[0; 18], &ip].concat()]));
    one(pcap(9, &[[&[0xff, 0x03, 0x00, 0x21][..], &ip].concat()]));
    one(pcap(51, &[[&[0x11, 0, 0, 1, 0, 0, 0x00, 0x21][..], &ip].concat()]));
    one(pcap(117, &[[&[61][..], &[0; 63], &ip].concat()]));
    let packet = [&(ip.len() as u16 + 4).to_le_bytes()[..], &[9, 0], &ip].concat();
    one(pcap(239, &[[&[2, 0, 0, 0, 5, 0, 10, 0, b'x', 0, 0, 0][..], &packet].concat()]));
    one(pcap(258, &[[&[12, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0][..], &udp()].concat()]));
    let snap = [&[0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x00][..], &ip].concat();
    one(pcap(10, &[[&[0x50][..], &[0; 12], &snap].concat()]));
    let data = |control: u8, flags: u8, rest: usize| [&[control, flags][..], &vec![0; rest], &snap].concat();
    one(pcap(105, &[data(0x08, 0, 22)]));
    one(pcap(105, &[data(0x88, 0x03, 30)]));
    one(pcap(105, &[data(0x88, 0, 26)])); // padded
    one(pcap(127, &[[&[0, 0, 8, 0, 0, 0, 0, 0][..], &data(0x88, 0x80, 28)].concat()]));
    one(pcap(163, &[[&[0, 0, 0, 1, 0, 0, 0, 8][..], &data(0x08, 0, 22)].concat()]));
    one(pcap(119, &[[&[0, 0, 0, 0, 8, 0, 0, 0][..], &data(0x08, 0, 22)].concat()]));
    for other in [data(0x80, 0, 22), data(0x48, 0, 22), data(0x08, 0x40, 22)] {
        assert_eq!(read(pcap(105, &[other])), [], "a beacon, a frame without data, an encrypted one");
    }
    let records = read(pcap(195, &[ip.clone(), ip]));
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].as_ref().unwrap_err().to_string(), "packet 2: up to here, 2 packets have a link type that is not supported: 195");
}

/// An IP packet between two addresses that are neither the client nor the server.
fn ip(kind: u8, payload: &[u8]) -> Vec<u8> {
    let header = etherparse::Ipv4Header::new(payload.len() as u16, 64, IpNumber(kind), [198, 51, 100, 1], [198, 51, 100, 2]);
    [&header.unwrap().to_bytes()[..], payload].concat()
}

fn datagram(port: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    PacketBuilder::ipv4([198, 51, 100, 1], [198, 51, 100, 2], 64).udp(40_000, port).write(&mut packet, payload).unwrap();
    packet
}

/// Mirrored traffic, or traffic across a provider's network: the inner packet has the client and the server.
#[test]
fn packets_inside_other_packets() {
    let (inner, frame) = (ip_udp(&message(b"hello"), 53), udp());
    let after = |header: &[u8], inside: &[u8]| [header, inside].concat();
    let vxlan = |frame: &[u8]| datagram(4789, &after(&[8, 0, 0, 0, 0, 0, 7, 0], frame));
    let encapsulated = [
        ("IP in IP", ethernet(0x0800, &ip(4, &inner))),
        ("VXLAN", ethernet(0x0800, &vxlan(&frame))),
        ("GENEVE with an option", ethernet(0x0800, &datagram(6081, &after(&[1, 0, 0x65, 0x58, 0, 0, 7, 0, 0, 0, 0, 0], &frame)))),
        ("GENEVE of IP", ethernet(0x0800, &datagram(6081, &after(&[0, 0, 8, 0, 0, 0, 7, 0], &inner)))),
        ("GRE", ethernet(0x0800, &ip(47, &after(&[0, 0, 8, 0], &inner)))),
        ("GRE with all fields", ethernet(0x0800, &ip(47, &after(&[0xb0, 0, 8, 0, 1, 1, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1], &inner)))),
        ("GRE of frames", ethernet(0x0800, &ip(47, &after(&[0x20, 0, 0x65, 0x58, 0, 0, 0, 7], &frame)))),
        ("ERSPAN", ethernet(0x0800, &ip(47, &after(&[0, 0, 0x88, 0xbe], &frame)))),
        ("ERSPAN II", ethernet(0x0800, &ip(47, &after(&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 7, 0, 0, 0, 1], &frame)))),
        (
            "ERSPAN III",
            ethernet(0x0800, &ip(47, &after(&[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0], &frame))),
        ),
        ("GTP-U", ethernet(0x0800, &datagram(2152, &after(&[0x30, 0xff, 0, 0, 0, 0, 0, 7], &inner)))),
        (
            "GTP-U with an extension",
            ethernet(0x0800, &datagram(2152, &after(&[0x34, 0xff, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0x85, 1, 0, 9, 0], &inner))),
        ),
        ("TZSP", ethernet(0x0800, &datagram(37008, &after(&[1, 0, 0, 1, 0, 10, 1, 7, 1], &frame)))),
        ("VN-Tag", ethernet(0x8926, &after(&[0, 1, 0, 2, 0x08, 0x00], &inner))),
        ("PPPoE", ethernet(0x8864, &after(&[0x11, 0, 0, 1, 0, inner.len() as u8 + 2, 0, 0x21], &inner))),
        ("MPLS", ethernet(0x8847, &after(&[0, 1, 0, 64, 0, 2, 1, 64], &inner))),
        ("Ethernet over MPLS", ethernet(0x8847, &after(&[0, 2, 1, 64, 0, 0, 0, 0], &frame))),
        ("VXLAN in VXLAN", ethernet(0x0800, &vxlan(&ethernet(0x0800, &vxlan(&frame))))),
    ];
    for (name, packet) in encapsulated {
        let mut reader = input::open(Box::new(Cursor::new(pcap(1, std::slice::from_ref(&packet)))), "x", &ReadOptions::default()).unwrap();
        assert!(reader.next().is_some() && reader.next().is_none() && reader.items_read().0 <= 1, "{name}: {:?}", reader.items_read());
        let record = one(pcap(1, std::slice::from_ref(&packet)));
        assert_eq!((&*record.client, &*record.server), ("192.0.2.7", "192.0.2.53"), "{name}");
        // A header that is cut is not an error, and not an answer.
        for cut in 14..packet.len() - frame.len() {
            assert_eq!(read(pcap(1, &[packet[..cut].to_vec()])), [], "{name}, cut at {cut}");
        }
    }
    let deep = (0..40).fold(inner, |packet, _| ip(4, &packet));
    assert_eq!(read(pcap(101, &[deep]))[0].as_ref().unwrap_err().to_string(), "packet 1: it has more than 8 encapsulations");
    // Answers to a tunnel on such a port are answers.
    one(pcap(101, &[datagram(4789, &message(b"hello"))]));
}

#[test]
fn ipv6() {
    let builder = PacketBuilder::ethernet2([1; 6], [2; 6]).ipv6([0x20; 16], [0x21; 16], 64).udp(53, 4000);
    let mut packet = Vec::new();
    builder.write(&mut packet, &message(b"hello")).unwrap();
    assert_eq!(&*one(pcap(1, &[packet])).client, "2121:2121:2121:2121:2121:2121:2121:2121");
}

#[test]
fn byte_orders_and_clocks() {
    let packet = udp();
    let length = (packet.len() as u32).to_be_bytes();
    let nanoseconds = [
        0xa1b2_3c4du32.to_be_bytes().to_vec(),
        [0, 2, 0, 4].to_vec(),
        vec![0; 8],
        [0, 0, 255, 255, 0, 0, 0, 1].to_vec(),
        1_700_000_000u32.to_be_bytes().to_vec(),
        250_000_000u32.to_be_bytes().to_vec(),
        length.to_vec(),
        length.to_vec(),
        packet.clone(),
    ];
    assert_eq!(one(nanoseconds.concat()).time.unwrap().unix_timestamp_nanos(), 1_700_000_000_250_000_000);

    // pcapng: a section, an interface that counts milliseconds, and the packet; an unknown block between them.
    let block = |kind: u32, body: &[u8]| {
        let padded = [body, &vec![0; body.len().next_multiple_of(4) - body.len()]].concat();
        let length = (padded.len() as u32 + 12).to_le_bytes();
        [&kind.to_le_bytes()[..], &length, &padded, &length].concat()
    };
    let section = block(0x0a0d_0d0a, &[&0x1a2b_3c4du32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat());
    let interface = block(1, &[1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
    let ticks = 1_700_000_000_250u64;
    let length = (packet.len() as u32).to_le_bytes();
    let head = [[0; 4], ((ticks >> 32) as u32).to_le_bytes(), (ticks as u32).to_le_bytes(), length, length].concat();
    let enhanced = block(6, &[head, packet].concat());
    let record = one([&section[..], &interface, &block(0x7777, b"none"), &enhanced].concat());
    assert_eq!(record.time.unwrap().unix_timestamp_nanos(), 1_700_000_000_250_000_000);

    // Found in review: a clock that counts 1,024ths of a second was read as one of microseconds.
    let binary = block(1, &[1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 0x8a, 0, 0, 0, 0, 0, 0, 0]);
    let ticks = 1_700_000_000u64 * 1024 + 256;
    let head = [[0; 4], ((ticks >> 32) as u32).to_le_bytes(), (ticks as u32).to_le_bytes(), length, length].concat();
    let record = one([section, binary, block(6, &[head, udp()].concat())].concat());
    assert_eq!(record.time.unwrap().unix_timestamp_nanos(), 1_700_000_000_250_000_000);
}

/// Found in review: the second of two captures in one file was read as a block of 16 MiB.
#[test]
fn a_second_capture_in_a_file_is_reported() {
    let records = read([pcap(1, &[udp()]), pcap(1, &[udp()])].concat());
    assert_eq!(records.len(), 2);
    let named = records[1].as_ref().unwrap_err().to_string();
    assert!(named.starts_with("after packet 1: the rest cannot be read: another capture begins"), "{named}");
}

#[test]
fn a_link_type_may_hold_the_length_of_checksums() {
    one(pcap(0x2400_0001, &[udp()]));
}

#[test]
fn a_fragmented_answer_is_reassembled() {
    let text = b"hello".repeat(500);
    let payload = message(&text);
    let header =
        UdpHeader::with_ipv4_checksum(53, 4000, &etherparse::Ipv4Header::new(0, 64, IpNumber::UDP, SERVER, CLIENT).unwrap(), &payload);
    let datagram = [&header.unwrap().to_bytes()[..], &payload].concat();
    let parts: Vec<&[u8]> = datagram.chunks(1000).collect();
    let fragment = |number: usize, part: &[u8]| {
        let mut ip = etherparse::Ipv4Header::new(part.len() as u16, 64, IpNumber::UDP, SERVER, CLIENT).unwrap();
        ip.identification = 77;
        ip.more_fragments = number + 1 < parts.len();
        ip.fragment_offset = IpFragOffset::try_new(number as u16 * 125).unwrap();
        ethernet(0x0800, &[&ip.to_bytes()[..], part].concat())
    };
    let mut packets: Vec<Vec<u8>> = parts.iter().enumerate().map(|(number, part)| fragment(number, part)).collect();
    packets.reverse();
    let records = read(pcap(1, &packets));
    assert_eq!(records.len(), 1, "{records:?}");
    let answer = dnstxtscore::text::scorable_text(&records[0].as_ref().unwrap().answer).unwrap().into_owned();
    assert_eq!(answer, text);
}

#[test]
fn answers_over_tcp_are_reassembled() {
    let framed = |text: &[u8]| [&(message(text).len() as u16).to_be_bytes()[..], &message(text)].concat();
    let stream = [framed(b"first"), framed(b"second")].concat();
    let segment = |number: usize, part: &[u8]| {
        let builder = PacketBuilder::ethernet2([1; 6], [2; 6]).ipv4(SERVER, CLIENT, 64).tcp(53, 4000, 1000 + number as u32, 1024);
        let mut packet = Vec::new();
        builder.write(&mut packet, part).unwrap();
        packet
    };
    let mut packets = vec![segment(0, &stream[..20])];
    packets.extend(stream[20..].chunks(30).enumerate().map(|(number, part)| segment(20 + number * 30, part)));
    packets[1..].reverse();
    let records = read(pcap(1, &packets));
    let answers: Vec<_> = records.into_iter().map(|record| String::from_utf8(record.unwrap().answer).unwrap()).collect();
    assert_eq!(answers, ["\"first\"", "\"second\""]);
}

#[test]
fn a_tunnel_on_another_port_is_found_and_other_traffic_is_ignored() {
    let other = |payload: &[u8]| ethernet(0x0800, &ip_udp(payload, 5300));
    one(pcap(1, &[other(&message(b"hello"))]));
    let mut cut = message(b"hello");
    cut.pop();
    assert!(read(pcap(1, &[other(&cut), other(b"\x16\x03\x01 something else"), other(b"")])).is_empty());
    let named = read(pcap(1, &[ethernet(0x0800, &ip_udp(&cut, 53))]));
    assert!(named[0].as_ref().unwrap_err().to_string().starts_with("packet 1: its record 1 cannot be read"), "{named:?}");
}

/// Found in review: each of these was lost silently.
#[test]
fn incomplete_packets_are_reported() {
    let named = |bytes: Vec<u8>| read(bytes).into_iter().filter_map(Result::err).map(|error| error.to_string()).collect::<Vec<_>>();
    let mut first = etherparse::Ipv4Header::new(1000, 64, IpNumber::UDP, SERVER, CLIENT).unwrap();
    first.more_fragments = true;
    let fragment = ethernet(0x0800, &[&first.to_bytes()[..], &[0; 1000]].concat());
    assert_eq!(named(pcap(1, std::slice::from_ref(&fragment))), ["packet 1: up to here, fragments of a datagram are missing"]);
    assert_eq!(named(pcap(1, &[fragment[..200].to_vec()])), ["packet 1: the capture truncated an IP fragment (snap length)"]);

    let tcp = |payload: &[u8]| {
        let mut packet = Vec::new();
        PacketBuilder::ethernet2([1; 6], [2; 6]).ipv4(SERVER, CLIENT, 64).tcp(53, 4000, 1000, 1024).write(&mut packet, payload).unwrap();
        packet
    };
    let framed = [&(message(b"hello").len() as u16).to_be_bytes()[..], &message(b"hello")].concat();
    let incomplete = named(pcap(1, &[tcp(&framed[..30])]));
    assert_eq!(incomplete, ["packet 1: up to here, one TCP stream has missing bytes"]);
    let cut = named(pcap(1, &[tcp(&framed)[..80].to_vec()]));
    assert_eq!(cut[0], "packet 1: the capture truncated a segment of its TCP stream (snap length)");
}

#[test]
fn an_answer_in_another_section_counts() {
    let name = Name::from_ascii("b.example.").unwrap();
    let mut message = Message::response(7, OpCode::Query);
    message.add_query(Query::query(Name::from_ascii("a.example.").unwrap(), RecordType::TXT));
    message.add_additional(DnsRecord::from_rdata(name, 60, RData::TXT(TXT::from_bytes(vec![b"hello"]))));
    one(pcap(1, &[ethernet(0x0800, &ip_udp(&message.to_vec().unwrap(), 53))]));
}

#[test]
fn a_capture_with_wrong_lengths_is_reported() {
    let mut bytes = pcap(1, &[udp(), udp()]);
    let second = 24 + 16 + udp().len();
    bytes[second + 8..second + 12].copy_from_slice(&u32::MAX.to_le_bytes());
    let records = read(bytes);
    assert_eq!(records.len(), 2);
    let named = records[1].as_ref().unwrap_err().to_string();
    assert!(named.starts_with("after packet 1: the rest cannot be read"), "{named}");
}

/// Found by attack: a frame of IEEE 802.3 was passed over silently.
#[test]
fn an_answer_behind_llc_and_snap_is_read() {
    let snap = [&[0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00][..], &ip_udp(&message(b"hello"), 53)].concat();
    let frame = ethernet(snap.len() as u16, &snap);
    one(pcap(1, std::slice::from_ref(&frame)));
    one(pcap(1, &[[&frame[..12], &[0x81, 0, 0, 42], &frame[12..]].concat()]));
}

/// Found by attack: the second of two segments with the same sequence number was not read, and the client may have taken it.
#[test]
fn tcp_segments_that_differ_are_read_both_ways() {
    let framed = |text: &[u8]| {
        let message = message(text);
        [&(message.len() as u16).to_be_bytes()[..], &message].concat()
    };
    let segment = |seq: u32, payload: &[u8]| {
        let mut packet = Vec::new();
        PacketBuilder::ethernet2([0; 6], [0; 6]).ipv4(SERVER, CLIENT, 64).tcp(53, 4000, seq, 9000).write(&mut packet, payload).unwrap();
        packet
    };
    let (first, other) = (framed(b"hello"), framed(b"evil!"));
    let half = first.len() - 3;
    for segments in [
        vec![(0, &first[..]), (0, &other)],
        vec![(0, &first[..half]), (half, &other[half..]), (half, &first[half..])],
        vec![(0, &first[..half + 1]), (half - 2, &other[half - 2..])],
        vec![(half, &first[half..]), (half, &other[half..]), (0, &first[..half])],
        vec![(half, &other[half..]), (half - 3, &first[half - 3..]), (0, &first[..half])],
    ] {
        let mut syn = Vec::new();
        PacketBuilder::ethernet2([0; 6], [0; 6]).ipv4(SERVER, CLIENT, 64).tcp(53, 4000, 999, 9000).syn().write(&mut syn, b"").unwrap();
        let later = segments.iter().map(|(at, bytes)| segment(1000 + *at as u32, bytes));
        let packets: Vec<_> = [syn].into_iter().chain(later).collect();
        let read = read(pcap(1, &packets));
        let texts: Vec<_> = read.iter().flatten().map(|record| record.answer.clone()).collect();
        assert!(texts.len() == 2 && texts[0] != texts[1], "{segments:?}: {read:?}");
        assert!(
            read.iter().any(|one| {
                one.as_ref().is_err_and(|error| {
                    error.kind == dnstxtscore::triage::input::record::Kind::Lenient && error.message.contains("both ways")
                })
            }),
            "{read:?}"
        );
    }
    // What comes again unchanged is read once, and the byte of a keep-alive means nothing.
    assert_eq!(read(pcap(1, &[segment(1000, &first), segment(1000, &first), segment(1000 + first.len() as u32 - 1, b"\0")])).len(), 1);
}

/// A TCP segment to the client, in VLANs.
fn segment(port: u16, vlan: Option<u16>, seq: u32, payload: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    let ethernet = PacketBuilder::ethernet2([0; 6], [0; 6]);
    let ip = match vlan {
        Some(vlan) => ethernet.single_vlan(vlan.try_into().unwrap()).ipv4(SERVER, CLIENT, 64),
        None => ethernet.ipv4(SERVER, CLIENT, 64),
    };
    ip.tcp(port, 4000, seq, 9000).write(&mut packet, payload).unwrap();
    packet
}

fn framed(text: &[u8]) -> Vec<u8> {
    let message = message(text);
    [&(message.len() as u16).to_be_bytes()[..], &message].concat()
}

fn texts(read: &[Result<Record, ReadError>]) -> Vec<String> {
    read.iter().flatten().filter(|record| !record.is_query).map(|record| String::from_utf8_lossy(&record.answer).into_owned()).collect()
}

/// A virtual network's frame in a datagram, after VXLAN's header with the network's number.
fn vxlan(network: u8, frame: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    let datagram = [&[8, 0, 0, 0, 0, 0, network, 0][..], frame].concat();
    PacketBuilder::ipv4([198, 51, 100, 1], [198, 51, 100, 2], 64).udp(40000, 4789).write(&mut packet, &datagram).unwrap();
    ethernet(0x0800, &packet)
}

/// Found by a responder: connections of the same addresses in two VLANs or tunnels were taken for one, and answers were lost.
#[test]
fn the_same_addresses_in_two_vlans_or_tunnels_are_apart() {
    let (one, two) = (framed(b"of the first"), framed(b"of the other"));
    let parts = |bytes: &[u8], wrap: &dyn Fn(u32, &[u8]) -> Vec<u8>| [wrap(1000, &bytes[..30]), wrap(1030, &bytes[30..])];
    let in_vlan = |vlan: u16| move |seq: u32, payload: &[u8]| segment(53, Some(vlan), seq, payload);
    let in_network = |network: u8| move |seq: u32, payload: &[u8]| vxlan(network, &segment(53, None, seq, payload));
    let pairs = [[parts(&one, &in_vlan(5)), parts(&two, &in_vlan(6))], [parts(&one, &in_network(1)), parts(&two, &in_network(2))]];
    for [[a, b], [c, d]] in pairs {
        let read = read(pcap(1, &[a, c, b, d]));
        assert_eq!(texts(&read), ["\"of the first\"", "\"of the other\""], "{read:?}");
        assert_eq!(read.len(), 2, "{read:?}");
    }
}

/// Found by attack: etherparse removes three VLANs, and what stood in a fourth was lost without a word.
#[test]
fn an_answer_in_many_vlans_and_over_multicast_is_read() {
    let tagged = (0..6u16).fold(ip_udp(&message(b"hello"), 53), |inner, vlan| {
        let kind: u16 = if vlan == 0 { 0x0800 } else { 0x8100 };
        [&vlan.to_be_bytes()[..], &kind.to_be_bytes(), &inner].concat()
    });
    assert_eq!(one(pcap(1, &[ethernet(0x8100, &tagged)])).answer, b"\"hello\"");
    assert_eq!(one(pcap(1, &[ethernet(0x0800, &ip_udp(&message(b"hello"), 5353))])).answer, b"\"hello\"");
}

/// Found by a responder: a tunnel over TCP was seen on port 53 only.
#[test]
fn a_tunnel_over_tcp_is_found_on_any_port() {
    let message = framed(b"hello");
    let packets = [
        segment(443, None, 500, b"\x16\x03\x01\x02\x00\x01"),
        segment(8053, None, 1000, &message[..2]),
        segment(8053, None, 1002, &message[2..30]),
        segment(8053, None, 1030, &message[30..]),
        segment(443, None, 506, &message[20..]),
    ];
    let read = read(pcap(1, &packets));
    assert_eq!((texts(&read), read.len()), (vec!["\"hello\"".to_owned()], 1), "{read:?}");
}

/// A capture of a libpcap that Linux distributions once patched: the header of a packet has eight bytes more.
#[test]
fn a_modified_pcap_is_read() {
    let packet = udp();
    let length = packet.len() as u32;
    let mut bytes =
        [0xa1b2_cd34u32, 0x0004_0002, 0, 0, 65_535, 1, 1_700_000_000, 250_000, length, length, 7, 0].map(u32::to_le_bytes).concat();
    bytes.extend(packet);
    assert_eq!(one(bytes).answer, b"\"hello\"");
}

/// A TXT query from the client.
fn query(name: &str, id: u16) -> Vec<u8> {
    let mut message = Message::query();
    message.metadata.id = id;
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), RecordType::TXT));
    let mut packet = Vec::new();
    PacketBuilder::ipv4(CLIENT, SERVER, 64).udp(4000, 53).write(&mut packet, &message.to_vec().unwrap()).unwrap();
    ethernet(0x0800, &packet)
}

/// For groups: a tunnel speaks in its queries too. A query and its response count once.
#[test]
fn queries_without_an_answer_are_handed_on() {
    let mut nothing_there = Message::response(7, OpCode::Query);
    nothing_there.add_query(Query::query(Name::from_ascii("gone.example.").unwrap(), RecordType::TXT));
    let nothing_there = ethernet(0x0800, &ip_udp(&nothing_there.to_vec().unwrap(), 53));
    let packets = [
        query("a.example.", 1),
        query("b.example.", 2),
        udp(),
        query("b.example.", 3),
        query("gone.example.", 4),
        nothing_there.clone(),
        nothing_there,
    ];
    let read = read(pcap(1, &packets));
    let queries: Vec<_> = read.iter().flatten().filter(|record| record.is_query).collect();
    let names: Vec<&str> = queries.iter().map(|record| &*record.query).collect();
    assert_eq!((&names[..], texts(&read)), (&["b.example", "gone.example"][..], vec!["\"hello\"".to_owned()]));
    assert_eq!(
        (&*queries[0].client, &*queries[0].server, queries[0].time.map(|time| time.unix_timestamp())),
        ("192.0.2.7", "192.0.2.53", Some(1_700_000_001))
    );
}
