//! gzip, zstd, xz and bzip2, recognised by their first bytes and removed; and the first bytes of what is below.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::triage::input::record::Input;
use crate::triage::input::{pcap, tool_lines};

/// Bytes of a beginning that are examined.
pub(super) const MAX_PEEKED_BYTES: usize = 64 << 10;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const XZ: &[u8] = b"\xfd7zXZ\0";
/// What a file of xz may need: `xz -9` writes 64 MiB into its header, an attacker anything.
const MAX_XZ_KIB: u32 = 128 << 10;

/// `BZh`, a digit, and the number that begins a block or ends an empty file.
fn is_bzip2(magic: &[u8]) -> bool {
    matches!(
        magic,
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59] | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, ..]
    )
}

/// First bytes of formats that are not decompressed here, and what to do about them.
const UNSUPPORTED: [(&[u8], &str); 5] = [
    (b"\x04\x22\x4d\x18", "it is compressed with lz4; decompress it with `lz4 -dc`"),
    (b"PK\x03\x04", "it is a zip file; unpack it with `unzip -p`"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7-Zip file; unpack it with `7z e -so`"),
    (b"\xff\xfe", "it is UTF-16; convert it with `iconv -f UTF-16 -t UTF-8`"),
    (b"\xfe\xff", "it is UTF-16; convert it with `iconv -f UTF-16 -t UTF-8`"),
];
/// First bytes by which a compression is recognised.
const MAGIC_BYTES: usize = 10;
/// Compressions inside one another that are removed.
const MAX_DEPTH: usize = 3;
/// What Windows programs write before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The input without its compression and byte order mark, and whether it had a compression.
///
/// # Errors
/// If reading fails or the format is not supported.
pub(super) fn decompress(mut input: Input) -> io::Result<(Input, bool)> {
    let mut is_compressed = false;
    for depth in 0.. {
        let mut magic = Vec::new();
        input.by_ref().take(MAGIC_BYTES as u64).read_to_end(&mut magic)?;
        if let Some((_, message)) = UNSUPPORTED.iter().find(|(start, _)| magic.starts_with(start)) {
            return Err(io::Error::new(io::ErrorKind::Unsupported, *message));
        }
        let decoder: Option<fn(BufReader<Input>) -> Input> = match &*magic {
            magic if magic.starts_with(GZIP) => Some(|input| Box::new(MultiGzDecoder::new(input))),
            magic if magic.starts_with(ZSTD) || is_skippable_frame(magic) => Some(|input| Box::new(ZstdReader::new(input))),
            magic if magic.starts_with(XZ) => Some(|input| Box::new(XzReader::new_mem_limit(input, true, MAX_XZ_KIB))),
            magic if is_bzip2(magic) => Some(|input| Box::new(MultiBzDecoder::new(input))),
            _ => None,
        };
        if magic.starts_with(BYTE_ORDER_MARK) {
            magic.drain(..BYTE_ORDER_MARK.len());
        }
        input = Box::new(Cursor::new(magic).chain(input));
        match decoder.filter(|_| depth < MAX_DEPTH) {
            Some(decoder) => {
                input = decoder(BufReader::new(input));
                is_compressed = true;
            }
            None => break,
        }
    }
    Ok((input, is_compressed))
}

/// Whether a zstd file begins with a frame that holds no data.
fn is_skippable_frame(magic: &[u8]) -> bool {
    matches!(magic, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Whether a beginning is enough to detect the format: it has a complete line that is not blank and, if that line may be the
/// rest of an object, a second one. A capture shows what it is at once.
fn enough_to_detect(beginning: &[u8]) -> bool {
    if pcap::is_capture(beginning) {
        return true;
    }
    if memchr::memchr(b'\n', beginning).is_some() && tool_lines::needs_more(beginning) {
        return false;
    }
    let mut lines = beginning.trim_ascii_start().split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let may_be_rest = first.trim_ascii_end().ends_with(b"}") && !first.starts_with(b"{");
    lines.count() > usize::from(may_be_rest)
}

/// The beginning of an input, which stays in the input: as much as is enough to detect its format, or
/// [`MAX_PEEKED_BYTES`].
///
/// # Errors
/// If nothing could be read.
pub(super) fn peek(input: &mut Input) -> io::Result<Vec<u8>> {
    let (mut beginning, mut part) = (Vec::new(), [0; 4096]);
    // The first read may return no more than what was read before to recognise a compression. Found in review: archives whose
    // second line begins there were taken for texts.
    while beginning.len() <= MAGIC_BYTES || beginning.len() < MAX_PEEKED_BYTES && !enough_to_detect(&beginning) {
        match input.read(&mut part) {
            Ok(0) => break,
            Ok(read) => beginning.extend_from_slice(part.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            // What was read so far is kept. The error, or the end, comes again when the rest is read.
            Err(_) if !beginning.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    let rest = std::mem::replace(input, Box::new(io::empty()));
    *input = Box::new(Cursor::new(beginning.clone()).chain(rest));
    Ok(beginning)
}

/// All frames of zstd, one after the other. The crate's own reader stops after the first.
struct ZstdReader {
    input: BufReader<Input>,
    decoder: FrameDecoder,
    in_frame: bool,
}

impl ZstdReader {
    fn new(input: BufReader<Input>) -> Self {
        Self { input, decoder: FrameDecoder::new(), in_frame: false }
    }
}

impl Read for ZstdReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Self { input, decoder, in_frame } = self;
        let invalid = |error: FrameDecoderError| io::Error::new(io::ErrorKind::InvalidData, error.to_string());
        loop {
            if !*in_frame {
                if input.fill_buf()?.is_empty() {
                    return Ok(0);
                }
                match decoder.init(&mut *input) {
                    Ok(()) => *in_frame = true,
                    Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                        if io::copy(&mut input.by_ref().take(u64::from(length)), &mut io::sink())? < u64::from(length) {
                            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file ends inside a zstd frame without data"));
                        }
                    }
                    Err(error) => return Err(invalid(error)),
                }
                continue;
            }
            while decoder.can_collect() == 0 && !decoder.is_finished() {
                decoder.decode_blocks(&mut *input, BlockDecodingStrategy::UptoBlocks(1)).map_err(invalid)?;
            }
            let read = decoder.read(out)?;
            if read > 0 || out.is_empty() {
                return Ok(read);
            }
            // The crate computes the checksum and leaves it to the caller to compare.
            if let (Some(wanted), Some(found)) = (decoder.get_checksum_from_data(), decoder.get_calculated_checksum())
                && wanted != found
            {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "a zstd frame does not match its checksum; its contents are damaged",
                ));
            }
            *in_frame = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut input = decompress(Box::new(Cursor::new(bytes)))?;
        let mut out = Vec::new();
        input.0.read_to_end(&mut out).map(|_| out)
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn compressions_are_removed_member_by_member() {
        assert_eq!(read(b"plain".to_vec()).unwrap(), b"plain");
        assert_eq!(read(b"p".to_vec()).unwrap(), b"p");
        assert_eq!(read(Vec::new()).unwrap(), b"");
        assert_eq!(read([gzip(b"one "), gzip(b"two")].concat()).unwrap(), b"one two");
        let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        assert_eq!(read([zstd(b"one "), skipped, zstd(&b"two ".repeat(90_000))].concat()).unwrap().len(), 4 + 360_000);
        // Found in review: input that was compressed twice, began with an empty frame or had a byte order mark was read as texts.
        assert_eq!(read(gzip(&zstd(b"twice"))).unwrap(), b"twice");
        assert_eq!(read([&[0x5f, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9][..], &zstd(b"text")].concat()).unwrap(), b"text");
        assert_eq!(read(b"\xef\xbb\xbftext".to_vec()).unwrap(), b"text");
        assert_eq!(read(gzip(b"\xef\xbb\xbftext")).unwrap(), b"text");
        let mut incomplete = gzip(&b"text that is compressed".repeat(100));
        incomplete.truncate(30);
        assert!(read(incomplete).is_err());
        assert!(read([zstd(b"one"), b"rubbish".to_vec()].concat()).is_err());
        assert!(read(b"PK\x03\x04....".to_vec()).unwrap_err().to_string().contains("unzip -p"));
        assert!(read(b"\xff\xfet\0".to_vec()).unwrap_err().to_string().contains("iconv"));
    }

    /// Found by attack: texts with a wrong bit were scored.
    #[test]
    fn a_checksum_that_does_not_match_is_an_error() {
        for packed in [zstd(b"some text"), gzip(b"some text")] {
            let text = packed.windows(9).position(|part| part == b"some text");
            let mut damaged = packed.clone();
            match text {
                Some(at) => damaged[at] ^= 1,
                None => *damaged.iter_mut().rev().nth(5).unwrap() ^= 1, // gzip's checksum
            }
            assert!(read(packed).is_ok() && read(damaged).is_err());
        }
    }

    /// Found by attack: a file that ends inside a frame without data was read to its end without a word.
    #[test]
    fn a_frame_that_is_cut_is_an_error() {
        assert!(read([zstd(b"one "), b"\x50\x2a\x4d\x18\xff\0\0\0abc".to_vec()].concat()).is_err());
        for packed in [zstd(&b"two ".repeat(90)), gzip(&b"two ".repeat(90))] {
            for length in 1..packed.len() {
                assert!(read([&zstd(b"one ")[..], &packed[..length]].concat()).is_err(), "{length}");
            }
            for length in 4..packed.len() {
                assert!(read(packed[..length].to_vec()).is_err(), "{length}");
            }
        }
    }

    #[test]
    fn peeking_consumes_nothing() {
        let mut input: Input = Box::new(Cursor::new(b"\n\nfirst\nsecond".to_vec()));
        assert!(peek(&mut input).unwrap().starts_with(b"\n\nfirst\n"));
        let mut all = Vec::new();
        input.read_to_end(&mut all).unwrap();
        assert_eq!(all, b"\n\nfirst\nsecond");
    }

    /// Written by Python's lzma and bz2; the second xz asks for a dictionary of 1 GiB.
    #[test]
    fn xz_and_bzip2_are_removed_and_memory_is_bounded() {
        const TEXTS: &[u8] = b"v=spf1 -all\nsecond\n";
        const XZ: &[u8] = b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00\x00\x00\x74\x2f\xe5\xa3\x01\x00\x12\x76\x3d\x73\x70\x66\x31\x20\x2d\x61\x6c\x6c\x0a\x73\x65\x63\x6f\x6e\x64\x0a\x00\x00\x9d\x0b\xf7\x11\xa3\x5c\x3f\xa4\x00\x01\x2b\x13\x9c\x09\x48\xd2\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a";
        const BZIP2: &[u8] = b"\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x7d\x5d\xcd\x01\x00\x00\x09\x59\x80\x00\x10\x40\x02\x20\x02\x2f\x05\xc9\x00\x20\x00\x22\x86\x9a\x68\xf5\x34\x7e\xa8\x53\x00\x04\xd1\x69\xf0\x88\xe4\x82\xe8\x3f\x8b\x7c\x5d\xc9\x14\xe1\x42\x41\xf5\x77\x34\x04";
        const EMPTY_BZIP2: &[u8] = b"\x42\x5a\x68\x39\x17\x72\x45\x38\x50\x90\x00\x00\x00\x00";
        let read = |bytes: &[u8]| {
            let mut out = Vec::new();
            decompress(Box::new(Cursor::new(bytes.to_vec())))?.0.read_to_end(&mut out).map(|_| out)
        };
        assert_eq!(read(XZ).unwrap(), TEXTS);
        assert_eq!(read(BZIP2).unwrap(), TEXTS);
        assert_eq!(read(&[XZ, XZ].concat()).unwrap(), [TEXTS, TEXTS].concat());
        assert_eq!(read(&[BZIP2, BZIP2].concat()).unwrap(), [TEXTS, TEXTS].concat());
        assert_eq!(read(EMPTY_BZIP2).unwrap(), b"");
        assert!(read(&XZ[..XZ.len() - 20]).is_err() && read(&BZIP2[..BZIP2.len() - 5]).is_err());
        const LARGE_XZ: &[u8] = b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x24\x00\x00\x00\x5e\x1f\xc7\xf9\x01\x00\x00\x78\x00\x00\x00\x00\x45\xae\xef\x83\xf8\xee\x16\x0a\x00\x01\x19\x01\xa5\x2c\x81\xcc\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a";
        assert_eq!(read(LARGE_XZ).unwrap_err().kind(), io::ErrorKind::OutOfMemory);
        assert_eq!(read(b"BZh is how it begins").unwrap(), b"BZh is how it begins");
    }
}
