//! A capture, pcap or pcapng, block by block: what each packet's time and link are. What is in the packets is `packets`' part.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use byteorder::{BigEndian, ByteOrder, LittleEndian};
use pcap_parser::traits::{PcapNGPacketBlock, PcapReaderIterator};
use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError};
use time::OffsetDateTime;

use super::packets::Packets;
use super::{Broken, Input, Record, Source};

const BUFFER: usize = 1 << 20;
/// Bytes of the longest block. Packets have at most 256 KiB; a block of secrets or comments may have more.
const LONGEST_BLOCK: usize = 16 << 20;
/// The type of a block that held a packet before 2009.
const OBSOLETE_PACKET: u32 = 2;

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
    ticks_a_second: u128,
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
                match told(&block, &mut self.interfaces) {
                    Told::Packet(time, link, data) => self.packets.take(time, link, data),
                    Told::Unknown => {
                        self.packets.pass("it is of an interface that was not described, or in the obsolete form of a packet block");
                    }
                    Told::Nothing => (),
                    Told::Another => {
                        self.blocks = None;
                        self.packets.broken_off("another capture begins here; name the files one by one, or join them with mergecap");
                        return false;
                    }
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
            (None, PcapError::ReadError | PcapError::HeaderNotRecognized) => "it is not a capture".to_owned(),
            (None, PcapError::NomError(_, kind) | PcapError::OwnedNomError(_, kind)) => {
                format!("a block is malformed ({kind:?})")
            }
        };
        self.packets.broken_off(&why);
        false
    }
}

impl Iterator for Capture {
    type Item = Result<Record, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(ready) = self.packets.next() {
                return Some(ready);
            }
            if self.ended {
                return None;
            }
            if !self.advance() {
                self.ended = true;
                self.packets.end();
            }
        }
    }
}

impl Source for Capture {
    fn good(&self) -> (u64, &'static str) {
        (self.packets.good(), "packets")
    }
}

/// What a block says.
enum Told<'a> {
    /// A packet: its time, how it begins, and its bytes.
    Packet(Option<OffsetDateTime>, Linktype, &'a [u8]),
    /// A packet that nobody knows the beginning of.
    Unknown,
    /// Nothing of packets.
    Nothing,
    /// That another capture begins: files were joined as if they were lines.
    Another,
}

/// Ticks a second of a clock: ten, or with the highest bit two, to the power of a byte. The crate does not take that bit off.
fn ticks_a_second(resolution: u8) -> u128 {
    let (base, power) = if resolution & 0x80 == 0 { (10u128, resolution) } else { (2, resolution & 0x7f) };
    base.checked_pow(u32::from(power)).unwrap_or(u128::MAX)
}

/// Version 2.4 of a capture, in either byte order.
const VERSION: [u32; 2] = [0x0004_0002, 0x0002_0004];

/// Takes a block; interfaces that it describes are kept.
fn told<'a>(block: &'a PcapBlockOwned<'_>, interfaces: &mut Vec<Interface>) -> Told<'a> {
    let at = |interface: &Interface, ticks: u64| {
        let nanoseconds = i128::try_from(u128::from(ticks) * 1_000_000_000 / interface.ticks_a_second.max(1)).ok()?;
        OffsetDateTime::from_unix_timestamp_nanos(nanoseconds.checked_add(i128::from(interface.offset_seconds) * 1_000_000_000)?).ok()
    };
    let packet = |interface: Option<&Interface>, ticks: Option<u64>, data: &'a [u8]| match interface {
        Some(interface) => Told::Packet(ticks.and_then(|ticks| at(interface, ticks)), interface.link, data),
        None => Told::Unknown,
    };
    match block {
        PcapBlockOwned::LegacyHeader(header) => {
            const LINK: i32 = 0xffff; // above it stands how long checksums of frames are
            let ticks_a_second = if header.is_nanosecond_precision() { 1_000_000_000 } else { 1_000_000 };
            *interfaces = vec![Interface { link: Linktype(header.network.0 & LINK), ticks_a_second, offset_seconds: 0 }];
            Told::Nothing
        }
        // Four bytes that a time cannot be, version 2.4, and no byte of a packet.
        PcapBlockOwned::Legacy(one) if is_one(&one.ts_sec.to_le_bytes()) && VERSION.contains(&one.ts_usec) && one.caplen == 0 => {
            Told::Another
        }
        PcapBlockOwned::Legacy(one) => {
            let parts = interfaces.first().map_or(1_000_000, |interface| interface.ticks_a_second) as u64;
            packet(interfaces.first(), Some(u64::from(one.ts_sec) * parts + u64::from(one.ts_usec)), one.data)
        }
        PcapBlockOwned::NG(Block::SectionHeader(_)) => {
            interfaces.clear();
            Told::Nothing
        }
        PcapBlockOwned::NG(Block::InterfaceDescription(one)) => {
            interfaces.push(Interface {
                link: one.linktype,
                ticks_a_second: ticks_a_second(one.if_tsresol),
                offset_seconds: one.ts_offset(),
            });
            Told::Nothing
        }
        PcapBlockOwned::NG(Block::EnhancedPacket(one)) => {
            let ticks = u64::from(one.ts_high) << 32 | u64::from(one.ts_low);
            packet(interfaces.get(one.if_id as usize), Some(ticks), one.packet_data())
        }
        PcapBlockOwned::NG(Block::SimplePacket(one)) => packet(interfaces.first(), None, one.packet_data()),
        // Packets in a form of before 2009, which the crate leaves as it is.
        PcapBlockOwned::NG(Block::Unknown(block)) if block.block_type == OBSOLETE_PACKET => Told::Unknown,
        PcapBlockOwned::NG(_) => Told::Nothing,
    }
}
