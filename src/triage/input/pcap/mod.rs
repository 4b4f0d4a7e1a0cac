//! A capture, pcap or pcapng: its blocks, and the time and link type of each packet.
//!
//! In: the bytes of a capture. Out: TXT answers as records. This folder must not know other formats.
//! [`packets`] decodes a packet, with [`frames`] (encapsulations), [`tcp`] and [`overlap`] (reassembly) and `dns_message`.

mod frames;
mod overlap;
mod packets;
mod tcp;

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use byteorder::{BigEndian, ByteOrder, LittleEndian};
use pcap_parser::traits::{PcapNGPacketBlock, PcapReaderIterator};
use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError};
use time::OffsetDateTime;

use crate::triage::input::record::{Input, Item, ReadError, Record, RecordReader};
use packets::Packets;

const BUFFER_BYTES: usize = 1 << 20;
/// Bytes of a block. Packets have at most 256 KiB; a block of secrets or comments may have more.
const MAX_BLOCK_BYTES: usize = 16 << 20;
/// The type of the block that held a packet before 2009.
const OBSOLETE_PACKET_BLOCK: u32 = 2;

/// Whether a file begins like pcap (either byte order, micro- or nanoseconds, or modified by Kuznetzov, which patched libpcaps of
/// Linux wrote) or pcapng.
pub(super) fn is_capture(beginning: &[u8]) -> bool {
    const MAGICS: [u32; 3] = [0xa1b2_c3d4, 0xa1b2_3c4d, PCAPNG];
    const MODIFIED: u32 = 0xa1b2_cd34; // in little-endian order only, as the crate reads it
    beginning.first_chunk::<4>().is_some_and(|magic| {
        let (little, big) = (LittleEndian::read_u32(magic), BigEndian::read_u32(magic));
        MAGICS.contains(&little) || MAGICS.contains(&big) || little == MODIFIED
    })
}

const PCAPNG: u32 = 0x0a0d_0d0a;
/// Bytes of pcap's header, and of as much of pcapng's first block as tells its length and byte order.
const PCAP_HEADER_BYTES: usize = 24;
const PCAPNG_HEAD_BYTES: usize = 12;

/// How many bytes a capture's first block has: the crate wants it complete at once.
fn first_block_bytes(beginning: &[u8]) -> usize {
    const BIG_ENDIAN: &[u8] = &[0x1a, 0x2b, 0x3c, 0x4d];
    match beginning.get(..PCAPNG_HEAD_BYTES).and_then(|head| head.first_chunk::<PCAPNG_HEAD_BYTES>()) {
        Some([0x0a, 0x0d, 0x0d, 0x0a, length @ .., a, b, c, d]) if [*a, *b, *c, *d] == BIG_ENDIAN => BigEndian::read_u32(length) as usize,
        Some([0x0a, 0x0d, 0x0d, 0x0a, length @ .., _, _, _, _]) => LittleEndian::read_u32(length) as usize,
        _ => PCAP_HEADER_BYTES,
    }
}

/// Reads until the buffer is full, or until nothing comes for a while. An error of the file is kept and reported as the end of the
/// file: the crate would lose the bytes before it, and its message.
struct FillReader {
    input: Input,
    state: Arc<Mutex<FillState>>,
    reads: u64,
}

#[derive(Default)]
struct FillState {
    error: Option<String>,
    /// Whether nothing has come for a while, which is said when all bytes before that were used.
    has_paused: bool,
}

impl FillReader {
    fn state(&self) -> MutexGuard<'_, FillState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read for FillReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.reads = self.reads.saturating_add(1);
        // The crate reads twice before it uses a byte, and ends if there is none for the second.
        if self.reads == 2 {
            return Ok(0);
        }
        if self.reads > 1 && self.state().has_paused {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let mut filled = 0usize;
        while let Some(empty) = out.get_mut(filled..).filter(|empty| !empty.is_empty()) {
            match self.input.read(empty) {
                Ok(0) => break,
                Ok(read) => filled = filled.saturating_add(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let beginning = out.get(..filled).unwrap_or_default();
                    if self.reads > 1 || filled >= PCAPNG_HEAD_BYTES && filled >= first_block_bytes(beginning) {
                        self.state().has_paused = true;
                        break;
                    }
                }
                Err(error) => {
                    self.state().error = Some(error.to_string());
                    self.input = Box::new(io::empty());
                    break;
                }
            }
        }
        if filled == 0 && self.state().has_paused { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(filled) }
    }
}

/// The link type of an interface, and its clock.
#[derive(Clone, Copy)]
struct Interface {
    link: Linktype,
    ticks_per_second: u128,
    offset_seconds: i64,
}

/// Reads the packets of a capture.
pub(super) struct CaptureReader {
    blocks: Option<Box<dyn PcapReaderIterator + Send>>,
    input: Option<Input>,
    /// Whether the file has paused, and why it could not be read to its end.
    state: Arc<Mutex<FillState>>,
    /// The current size of the buffer.
    buffer_bytes: usize,
    interfaces: Vec<Interface>,
    packets: Packets,
    ended: bool,
}

impl CaptureReader {
    pub(super) fn new(input: Input) -> Self {
        let (state, packets) = (Arc::default(), Packets::default());
        Self { blocks: None, input: Some(input), state, buffer_bytes: BUFFER_BYTES, interfaces: Vec::new(), packets, ended: false }
    }

    /// Reads one block. Returns whether another may follow.
    fn advance(&mut self) -> bool {
        if let Some(input) = self.input.take() {
            match pcap_parser::create_reader(BUFFER_BYTES, FillReader { input, state: Arc::clone(&self.state), reads: 0 }) {
                Ok(blocks) => self.blocks = Some(blocks),
                Err(error) => return self.end(&error),
            }
        }
        let Some(blocks) = &mut self.blocks else { return false };
        let failed = match blocks.next() {
            Ok((length, block)) => {
                match classify_block(&block, &mut self.interfaces) {
                    BlockKind::Packet(time, link, data) => self.packets.add(time, link, data),
                    BlockKind::UnknownPacket => {
                        self.packets
                            .skip("its interface was not described, or it is an obsolete packet block; convert the capture with editcap");
                    }
                    BlockKind::Other => (),
                    BlockKind::NewCapture => {
                        self.blocks = None;
                        self.packets.report_end("another capture begins here; name the files one by one, or join them with mergecap");
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
            Err(PcapError::ReadError) if self.state.lock().is_ok_and(|mut state| std::mem::take(&mut state.has_paused)) => {
                self.packets.pause();
                true
            }
            // The block is larger than the buffer.
            Err(PcapError::BufferTooSmall) if self.buffer_bytes < MAX_BLOCK_BYTES => {
                self.buffer_bytes = self.buffer_bytes.saturating_mul(2);
                blocks.grow(self.buffer_bytes)
            }
            Err(error) => self.end(&error),
        }
    }

    /// Reports why nothing follows, unless the file ends at the end of a block.
    fn end(&mut self, error: &PcapError<&[u8]>) -> bool {
        self.blocks = None;
        let file_error = self.state.lock().ok().and_then(|mut state| state.error.take());
        let why = match (file_error, error) {
            (Some(file_error), _) => file_error,
            (None, PcapError::Eof) => return false,
            (None, PcapError::UnexpectedEof | PcapError::Incomplete(_)) => "the file ends inside a block".to_owned(),
            (None, PcapError::BufferTooSmall) => format!("a block is longer than {} MiB", MAX_BLOCK_BYTES >> 20),
            (None, PcapError::ReadError | PcapError::HeaderNotRecognized) => "it is not a capture".to_owned(),
            (None, PcapError::NomError(_, kind) | PcapError::OwnedNomError(_, kind)) => {
                format!("a block is malformed ({kind:?})")
            }
        };
        self.packets.report_end(&why);
        false
    }
}

impl Iterator for CaptureReader {
    type Item = Result<Record, ReadError>;

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
                self.packets.finish();
            }
        }
    }
}

impl RecordReader for CaptureReader {
    fn items_read(&self) -> (u64, Item) {
        (self.packets.decoded(), Item::Packet)
    }
}

/// What a block holds.
enum BlockKind<'a> {
    /// A packet: its time, its link type and its bytes.
    Packet(Option<OffsetDateTime>, Linktype, &'a [u8]),
    /// A packet whose link type is unknown.
    UnknownPacket,
    /// No packet.
    Other,
    /// The header of another capture: files were joined without a tool for captures.
    NewCapture,
}

/// Ticks per second of a clock: a power of ten or, if the highest bit is set, of two. The crate does not remove that bit.
fn ticks_per_second(resolution: u8) -> u128 {
    let (base, power) = if resolution & 0x80 == 0 { (10u128, resolution) } else { (2, resolution & 0x7f) };
    base.checked_pow(u32::from(power)).unwrap_or(u128::MAX)
}

/// Version 2.4 of a capture, in either byte order.
const VERSION: [u32; 2] = [0x0004_0002, 0x0002_0004];

/// Classifies a block, and keeps the interfaces that it describes.
fn classify_block<'a>(block: &'a PcapBlockOwned<'_>, interfaces: &mut Vec<Interface>) -> BlockKind<'a> {
    let time = |interface: &Interface, ticks: u64| {
        let nanoseconds = i128::try_from(u128::from(ticks).saturating_mul(1_000_000_000).checked_div(interface.ticks_per_second)?).ok()?;
        OffsetDateTime::from_unix_timestamp_nanos(
            nanoseconds.checked_add(i128::from(interface.offset_seconds).checked_mul(1_000_000_000)?)?,
        )
        .ok()
    };
    let packet = |interface: Option<&Interface>, ticks: Option<u64>, data: &'a [u8]| match interface {
        Some(interface) => BlockKind::Packet(ticks.and_then(|ticks| time(interface, ticks)), interface.link, data),
        None => BlockKind::UnknownPacket,
    };
    match block {
        PcapBlockOwned::LegacyHeader(header) => {
            const LINK_MASK: i32 = 0xffff; // the bits above hold the length of the frames' checksums
            let ticks_per_second = if header.is_nanosecond_precision() { 1_000_000_000 } else { 1_000_000 };
            *interfaces = vec![Interface { link: Linktype(header.network.0 & LINK_MASK), ticks_per_second, offset_seconds: 0 }];
            BlockKind::Other
        }
        // The magic number in place of a time, version 2.4, and a packet without bytes.
        PcapBlockOwned::Legacy(one) if is_capture(&one.ts_sec.to_le_bytes()) && VERSION.contains(&one.ts_usec) && one.caplen == 0 => {
            BlockKind::NewCapture
        }
        PcapBlockOwned::Legacy(one) => {
            let ticks_per_second = interfaces.first().map_or(1_000_000, |interface| interface.ticks_per_second) as u64;
            packet(
                interfaces.first(),
                u64::from(one.ts_sec).checked_mul(ticks_per_second).and_then(|ticks| ticks.checked_add(u64::from(one.ts_usec))),
                one.data,
            )
        }
        PcapBlockOwned::NG(Block::SectionHeader(_)) => {
            interfaces.clear();
            BlockKind::Other
        }
        PcapBlockOwned::NG(Block::InterfaceDescription(one)) => {
            interfaces.push(Interface {
                link: one.linktype,
                ticks_per_second: ticks_per_second(one.if_tsresol),
                offset_seconds: one.ts_offset(),
            });
            BlockKind::Other
        }
        PcapBlockOwned::NG(Block::EnhancedPacket(one)) => {
            let ticks = u64::from(one.ts_high) << 32 | u64::from(one.ts_low);
            packet(interfaces.get(one.if_id as usize), Some(ticks), one.packet_data())
        }
        PcapBlockOwned::NG(Block::SimplePacket(one)) => packet(interfaces.first(), None, one.packet_data()),
        // The crate does not parse this block.
        PcapBlockOwned::NG(Block::Unknown(block)) if block.block_type == OBSOLETE_PACKET_BLOCK => BlockKind::UnknownPacket,
        PcapBlockOwned::NG(_) => BlockKind::Other,
    }
}
