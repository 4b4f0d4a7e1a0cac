//! gzip and zstd, taken off by their first bytes; and a look at what stands at the beginning.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::Input;

/// Bytes of a beginning that are looked at.
pub(super) const PEEKED: usize = 64 << 10;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// First bytes of what is not unpacked here, and what a person does about it.
const FOREIGN: [(&[u8], &str); 7] = [
    (b"\xfd7zXZ\0", "it is packed with xz; unpack it with `xz -dc`"),
    (b"BZh91AY&SY", "it is packed with bzip2; unpack it with `bzip2 -dc`"),
    (b"\x04\x22\x4d\x18", "it is packed with lz4; unpack it with `lz4 -dc`"),
    (b"PK\x03\x04", "it is a zip file; unpack it with `unzip -p`"),
    (b"7z\xbc\xaf\x27\x1c", "it is packed with 7-Zip; unpack it with `7z e -so`"),
    (b"\xff\xfe", "it is UTF-16; make it UTF-8 with `iconv -f UTF-16 -t UTF-8`"),
    (b"\xfe\xff", "it is UTF-16; make it UTF-8 with `iconv -f UTF-16 -t UTF-8`"),
];
/// Packings inside one another that are taken off.
const DEPTH: usize = 3;
/// What Windows programs write before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The input without its packings and byte order mark.
pub(super) fn unpacked(mut input: Input) -> io::Result<Input> {
    for depth in 0.. {
        let mut magic = Vec::new();
        input.by_ref().take(10).read_to_end(&mut magic)?;
        if let Some((_, what)) = FOREIGN.iter().find(|(foreign, _)| magic.starts_with(foreign)) {
            return Err(io::Error::new(io::ErrorKind::Unsupported, *what));
        }
        let (gzip, zstd) = (magic.starts_with(GZIP), magic.starts_with(ZSTD) || is_skipped_frame(&magic));
        if magic.starts_with(BYTE_ORDER_MARK) {
            magic.drain(..BYTE_ORDER_MARK.len());
        }
        input = Box::new(Cursor::new(magic).chain(input));
        if depth == DEPTH || !gzip && !zstd {
            break;
        }
        input = if gzip {
            Box::new(MultiGzDecoder::new(BufReader::new(input)))
        } else {
            Box::new(Zstd { input: BufReader::new(input), decoder: FrameDecoder::new(), inside: false })
        };
    }
    Ok(input)
}

/// Whether zstd begins with a frame that holds no data.
fn is_skipped_frame(magic: &[u8]) -> bool {
    matches!(magic, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Whether a beginning has a first line that is not blank; and, where that one may be the rest of an object, a second one.
fn tells(beginning: &[u8]) -> bool {
    let mut lines = beginning.trim_ascii_start().split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let is_rest = first.trim_ascii_end().ends_with(b"}") && !first.starts_with(b"{");
    lines.count() > usize::from(is_rest)
}

/// The beginning of an input: as much as [`tells`] what it is, or [`PEEKED`] bytes. The input still has it.
pub(super) fn peek(input: &mut Input) -> io::Result<Vec<u8>> {
    let (mut beginning, mut part) = (Vec::new(), [0; 4096]);
    while beginning.len() < PEEKED && !tells(&beginning) {
        match input.read(&mut part) {
            Ok(0) => break,
            Ok(read) => beginning.extend_from_slice(part.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            // What was read before is not lost: the error comes again, or the end, when the rest is read.
            Err(_) if !beginning.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    let rest = std::mem::replace(input, Box::new(io::empty()));
    *input = Box::new(Cursor::new(beginning.clone()).chain(rest));
    Ok(beginning)
}

/// Frame after frame of zstd; the crate's own reader ends behind the first.
struct Zstd {
    input: BufReader<Input>,
    decoder: FrameDecoder,
    inside: bool,
}

impl Read for Zstd {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Self { input, decoder, inside } = self;
        let invalid = |error: FrameDecoderError| io::Error::new(io::ErrorKind::InvalidData, error.to_string());
        loop {
            if !*inside {
                if input.fill_buf()?.is_empty() {
                    return Ok(0);
                }
                match decoder.init(&mut *input) {
                    Ok(()) => *inside = true,
                    Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                        io::copy(&mut input.by_ref().take(u64::from(length)), &mut io::sink())?;
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
            *inside = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut input = unpacked(Box::new(Cursor::new(bytes)))?;
        let mut out = Vec::new();
        input.read_to_end(&mut out).map(|_| out)
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
    fn packings_come_off_member_by_member() {
        assert_eq!(read(b"plain".to_vec()).unwrap(), b"plain");
        assert_eq!(read(b"p".to_vec()).unwrap(), b"p");
        assert_eq!(read(Vec::new()).unwrap(), b"");
        assert_eq!(read([gzip(b"one "), gzip(b"two")].concat()).unwrap(), b"one two");
        let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        assert_eq!(read([zstd(b"one "), skipped, zstd(&b"two ".repeat(90_000))].concat()).unwrap().len(), 4 + 360_000);
        // Found in review: what is packed twice, begins with an empty frame, or has a mark before it was read as texts.
        assert_eq!(read(gzip(&zstd(b"twice"))).unwrap(), b"twice");
        assert_eq!(read([&[0x5f, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9][..], &zstd(b"text")].concat()).unwrap(), b"text");
        assert_eq!(read(b"\xef\xbb\xbftext".to_vec()).unwrap(), b"text");
        assert_eq!(read(gzip(b"\xef\xbb\xbftext")).unwrap(), b"text");
        let mut torn = gzip(&b"text that is packed".repeat(100));
        torn.truncate(30);
        assert!(read(torn).is_err());
        assert!(read([zstd(b"one"), b"rubbish".to_vec()].concat()).is_err());
        assert!(read(b"PK\x03\x04....".to_vec()).unwrap_err().to_string().contains("unzip -p"));
        assert!(read(b"\xff\xfet\0".to_vec()).unwrap_err().to_string().contains("iconv"));
    }

    #[test]
    fn a_look_takes_nothing_away() {
        let mut input: Input = Box::new(Cursor::new(b"\n\nfirst\nsecond".to_vec()));
        assert!(peek(&mut input).unwrap().starts_with(b"\n\nfirst\n"));
        let mut all = Vec::new();
        input.read_to_end(&mut all).unwrap();
        assert_eq!(all, b"\n\nfirst\nsecond");
    }
}
