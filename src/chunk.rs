//! The transport: `chunked 1.0,<metadata bytes>,<body bytes>\n`, then metadata, then body.
//!
//! Lengths are bytes. Nothing separates a body from the next header. This file knows no JSON and no CSV.
//! Source: the header that splunkd writes and the expression with which Splunk's Python SDK reads it.

use std::io::{self, BufRead, Read, Write};

use crate::limits;

/// One chunk as it came. The buffers are used again for the next one.
#[derive(Debug, Default)]
pub struct Chunk {
    pub metadata: Vec<u8>,
    pub body: Vec<u8>,
}

/// Each way in which a stream can be no chunk.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("expected a header `chunked 1.0,<metadata>,<body>`, found `{found}`; {}", limits::REPORT)]
    NotAHeader { found: String },
    #[error("a header line is longer than {} bytes; {}", limits::HEADER_BYTES, limits::REPORT)]
    HeaderTooLong,
    #[error("the header announces {announced} bytes of metadata; the limit is {}; {}", limits::METADATA_BYTES, limits::REPORT)]
    MetadataTooLarge { announced: String },
    #[error(
        "the header announces a body of {announced} bytes; the limit is {}; keep fewer or shorter fields with `| fields` before this command",
        limits::BODY_BYTES
    )]
    BodyTooLarge { announced: String },
    #[error("input ended inside {part}: {got} of {want} bytes; splunkd ended or gave up the search: look above in search.log")]
    Ended { part: &'static str, got: usize, want: usize },
    #[error("input ended inside a header, after `{found}`; splunkd ended or gave up the search: look above in search.log")]
    EndedInHeader { found: String },
    #[error("there is no memory for its {want} bytes; {}", limits::MORE_MEMORY)]
    NoMemory { want: usize },
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Error {
    /// Whether the writing side went away in mid-chunk: then nobody waits for a reply.
    pub fn is_end_of_input(&self) -> bool {
        matches!(self, Self::Ended { .. } | Self::EndedInHeader { .. })
    }
}

impl Chunk {
    /// Reads the next chunk over this one. `false` is the clean end: input ended between chunks.
    pub fn read(&mut self, input: &mut dyn BufRead) -> Result<bool, Error> {
        let mut line = Vec::with_capacity(64);
        let (metadata, body) = loop {
            line.clear();
            input.take(limits::HEADER_BYTES as u64).read_until(b'\n', &mut line)?;
            if line.trim_ascii().is_empty() && line.len() < limits::HEADER_BYTES {
                // splunkd 6.3 was recorded with a stray newline behind a chunk.
                if line.last() != Some(&b'\n') {
                    return Ok(false);
                }
                continue;
            }
            if line.last() == Some(&b'\n') {
                break parse_header(&line)?;
            }
            return Err(if line.len() == limits::HEADER_BYTES {
                Error::HeaderTooLong
            } else {
                Error::EndedInHeader { found: shown(&line) }
            });
        };
        read_exactly(input, &mut self.metadata, metadata, "metadata")?;
        read_exactly(input, &mut self.body, body, "the body")?;
        Ok(true)
    }

    /// Writes one chunk and flushes it: splunkd waits for each reply.
    pub fn write(output: &mut dyn Write, metadata: &[u8], body: &[u8]) -> io::Result<()> {
        writeln!(output, "chunked 1.0,{},{}", metadata.len(), body.len())?;
        output.write_all(metadata)?;
        output.write_all(body)?;
        output.flush()
    }
}

/// As the SDK: `chunked\s+1\.0\s*,\s*(\d+)\s*,\s*(\d+)\s*\n`.
fn parse_header(line: &[u8]) -> Result<(usize, usize), Error> {
    let lengths = line.strip_prefix(b"chunked").and_then(|rest| {
        let version = rest.trim_ascii_start();
        let rest = version.strip_prefix(b"1.0").filter(|_| version.len() < rest.len())?;
        let mut parts = rest.trim_ascii().strip_prefix(b",")?.split(|b| *b == b',').map(<[u8]>::trim_ascii);
        let lengths = (parts.next()?, parts.next()?);
        let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
        (parts.next().is_none() && digits(lengths.0) && digits(lengths.1)).then_some(lengths)
    });
    let Some((metadata, body)) = lengths else {
        return Err(Error::NotAHeader { found: shown(line) });
    };
    let within = |digits: &[u8], limit: usize| std::str::from_utf8(digits).ok()?.parse::<usize>().ok().filter(|length| *length <= limit);
    Ok((
        within(metadata, limits::METADATA_BYTES).ok_or_else(|| Error::MetadataTooLarge { announced: announced(metadata) })?,
        within(body, limits::BODY_BYTES).ok_or_else(|| Error::BodyTooLarge { announced: announced(body) })?,
    ))
}

/// A length that is too large, as it stands in the header: digits.
fn announced(digits: &[u8]) -> String {
    String::from_utf8_lossy(digits).into_owned()
}

/// Reads `want` bytes in place of what `into` held. Memory grows with what arrives, not with what was announced.
fn read_exactly(input: &mut dyn BufRead, into: &mut Vec<u8>, want: usize, part: &'static str) -> Result<(), Error> {
    const AT_ONCE: usize = 64 << 20;
    into.clear();
    into.try_reserve(want.min(AT_ONCE)).map_err(|_| Error::NoMemory { want })?;
    input.take(want as u64).read_to_end(into).map_err(|error| match error.kind() {
        io::ErrorKind::OutOfMemory => Error::NoMemory { want },
        _ => Error::Io(error),
    })?;
    if into.len() < want {
        return Err(Error::Ended { part, got: into.len(), want });
    }
    Ok(())
}

/// What was found in a header's place, if it can be nothing but a broken header. Anything else may be a row's text or
/// part of getinfo, session key included, when a length was wrong: of that only the size is said.
fn shown(bytes: &[u8]) -> String {
    const MOST: usize = 60;
    let bytes = bytes.trim_ascii_end();
    const WORD: &[u8] = b"chunked";
    let begins = bytes.starts_with(WORD) || WORD.starts_with(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.len() <= MOST && begins && bytes.iter().all(|b| b"chunked0123456789., \t-".contains(b)) => text.into(),
        _ => format!("{} other bytes", bytes.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(mut bytes: &[u8]) -> Result<Option<Chunk>, Error> {
        let mut chunk = Chunk::default();
        Ok(chunk.read(&mut bytes)?.then_some(chunk))
    }

    #[test]
    fn loose_headers_are_read_as_the_sdk_reads_them() {
        for header in ["chunked 1.0,2,3\n", "chunked\t 1.0 , 2 , 3 \r\n", "\n\r\nchunked 1.0,2,3\n", "chunked 1.0,02,3\n"] {
            let chunk = read(format!("{header}{{}}abc").as_bytes()).unwrap().unwrap();
            assert_eq!((&chunk.metadata[..], &chunk.body[..]), (&b"{}"[..], &b"abc"[..]), "{header:?}");
        }
    }

    #[test]
    fn clean_ends_are_no_error() {
        for input in ["", "\n", " \r\n"] {
            assert!(read(input.as_bytes()).unwrap().is_none(), "{input:?}");
        }
    }

    #[test]
    fn what_is_no_header_is_named() {
        for line in [
            "hello\n",
            "chunked1.0,2,3\n",
            "chunked 2.0,2,3\n",
            "chunked 1.0,2\n",
            "chunked 1.0,2,3,4\n",
            "chunked 1.0,-2,3\n",
            "chunked 1.0,,3\n",
            "chunked 1.0,2,3x\n",
        ] {
            let error = read(line.as_bytes()).unwrap_err();
            assert!(
                matches!(&error, Error::NotAHeader { found } if line.starts_with(found.as_str()) || found.ends_with(" other bytes")),
                "{line:?}: {error}"
            );
        }
    }

    /// Found in review: a length too short by some bytes put the session key into the log.
    #[test]
    fn what_may_be_text_or_a_key_is_not_shown() {
        let error = read(b"\"session_key\":\"S3CRET\"}\n").unwrap_err().to_string();
        assert!(error.starts_with("expected a header `chunked 1.0,<metadata>,<body>`, found `23 other bytes`; "), "{error}");
        assert!(!read(b"chunked secret").unwrap_err().to_string().contains("secret"));
        // Found in review: a row of digits looked like a part of a header.
        assert!(!read(b"4111111111111111\n").unwrap_err().to_string().contains("41111"));
        assert!(read(b"chunked 1.0,2").unwrap_err().to_string().contains("`chunked 1.0,2`"));
    }

    #[test]
    fn a_header_without_end_is_too_long() {
        assert!(matches!(read(&[b'c'; 10_000]), Err(Error::HeaderTooLong)));
        assert!(matches!(read(&[b' '; 10_000]), Err(Error::HeaderTooLong)));
    }

    #[test]
    fn lengths_above_the_limits_are_refused_before_memory_is_taken() {
        assert!(matches!(read(b"chunked 1.0,16777217,0\n"), Err(Error::MetadataTooLarge { .. })));
        assert!(matches!(read(b"chunked 1.0,2,1073741825\n{}"), Err(Error::BodyTooLarge { .. })));
        let error = read(b"chunked 1.0,2,99999999999999999999999999\n{}").unwrap_err();
        assert!(error.to_string().contains("99999999999999999999999999"), "{error}");
    }

    #[test]
    fn an_end_inside_a_chunk_says_where() {
        let position = |input: &[u8]| {
            let error = read(input).unwrap_err();
            assert!(error.is_end_of_input());
            error.to_string().split_once("; ").map(|(position, _)| position.to_owned()).unwrap()
        };
        assert_eq!(position(b"chunked 1.0,2"), "input ended inside a header, after `chunked 1.0,2`");
        assert_eq!(position(b"chunked 1.0,2,3\n{"), "input ended inside metadata: 1 of 2 bytes");
        assert_eq!(position(b"chunked 1.0,2,3\n{}ab"), "input ended inside the body: 2 of 3 bytes");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(metadata: Vec<u8>, body: Vec<u8>) {
            let mut stream = Vec::new();
            Chunk::write(&mut stream, &metadata, &body).unwrap();
            let chunk = read(&stream).unwrap().unwrap();
            prop_assert_eq!(chunk.metadata, metadata);
            prop_assert_eq!(chunk.body, body);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let mut input = &bytes[..];
            let mut chunk = Chunk::default();
            while let Ok(true) = chunk.read(&mut input) {}
        }
    }
}
