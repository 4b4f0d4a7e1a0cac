//! A capture, pcap or pcapng, block by block: what each packet's time and link are. What is in the packets is `packets`' part.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use byteorder::{BigEndian, ByteOrder, LittleEndian};
use pcap_parser::traits::{PcapNGPacketBlock, PcapReaderIterator};
use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError};
use time::OffsetDateTime;

use super::packets::Packets;
use super::{Broken, Input, Record};

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
                        self.packets.pass("it is of an interface that was not described, or in the obsolete form of a packet block");
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
