//! The ONNX Runtime library: where it is, and whether the file there can be loaded.
//!
//! It is loaded from the folder of the executable and from nowhere else: no environment variable, no search path. Its ELF
//! header is read first, so that a package for another CPU is reported as such instead of in the loader's words.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use byteorder::{BigEndian, ByteOrder, LittleEndian, NativeEndian};

use crate::limits;

/// The name of the library, in the folder of the executable.
pub const FILE_NAME: &str = if cfg!(windows) {
    "onnxruntime.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so"
};

const REMEDY_REINSTALL: &str = "reinstall the app package for this CPU, or run `cargo xtask build` in a checkout";

/// What to do about a failure, judged by the message of the loader or of ONNX Runtime.
pub fn remedy_for(message: &str) -> String {
    // The loader's message begins with the path of the file, which may contain any words.
    let message = message.split_once(": ").map_or(message, |(_, rest)| rest);
    if message.contains("failed to map") {
        let memory = limits::REMEDY_MORE_MEMORY;
        return format!("{memory}; or allow programs in this folder (it may be mounted noexec, or SELinux or AppArmor may forbid it)");
    }
    let is_about_memory = ["bad_alloc", "allocate memory", "out of memory"].iter().any(|word| message.contains(word));
    if is_about_memory { limits::REMEDY_MORE_MEMORY.into() } else { REMEDY_REINSTALL.into() }
}

/// Why the library cannot be used. Each message names the file and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the ONNX Runtime library {0} is missing, it must be beside the program; {REMEDY_REINSTALL}")]
    Missing(PathBuf),
    #[error("the ONNX Runtime library {0} cannot be read ({1}); give the user that runs Splunk read access to it")]
    Unreadable(PathBuf, io::Error),
    #[error("{0} is not a library: {1}; {REMEDY_REINSTALL}")]
    NotALibrary(PathBuf, &'static str),
    #[error("{0} is for {1}, but this program is for {2}; {REMEDY_REINSTALL}")]
    OtherCpu(PathBuf, String, String),
    #[error("{0} did not load: {1}; {remedy}", remedy = remedy_for(.1))]
    NotLoaded(PathBuf, String),
    #[error("the path of this executable cannot be determined: {0}; check that /proc is mounted")]
    NoFolder(io::Error),
}

/// The path of the library: in the folder of the executable, with links resolved.
///
/// # Errors
/// If the operating system does not report the path of the executable.
pub fn path() -> Result<PathBuf, Error> {
    let executable = std::env::current_exe().map_err(Error::NoFolder)?;
    Ok(executable.with_file_name(FILE_NAME))
}

/// Checks that the file can be read and is built for this CPU.
///
/// # Errors
/// If it is missing, unreadable, not a library, incomplete, or for another CPU.
pub fn check(path: &Path) -> Result<(), Error> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Error::Missing(path.into()),
        _ => Error::Unreadable(path.into(), error),
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let head = read_at(&mut file, 0, ELF_HEADER_BYTES).map_err(unreadable)?;
    if cfg!(not(target_os = "linux")) {
        return Ok(());
    }
    let cpu = Cpu::of(&head).map_err(|why| Error::NotALibrary(path.into(), why))?;
    if cpu != Cpu::THIS {
        return Err(Error::OtherCpu(path.into(), cpu.to_string(), Cpu::THIS.to_string()));
    }
    let length = file.metadata().map_err(unreadable)?.len();
    if cpu.bits == 64 {
        let table = u64_at(&head, 32).ok_or_else(|| Error::NotALibrary(path.into(), "it ends inside its ELF header"))?;
        let segments = read_at(&mut file, table, MAX_SEGMENT_BYTES).map_err(unreadable)?;
        if bytes_needed(&head, &segments).is_none_or(|needed| needed > length) {
            return Err(Error::NotALibrary(path.into(), "it was cut short"));
        }
        if let Some(end) = last_section(&head) {
            let entry = read_at(&mut file, end, SECTION_BYTES).map_err(unreadable)?;
            if entry.iter().all(|byte| *byte == 0) {
                return Err(Error::NotALibrary(path.into(), "its end is missing or all zeros, as after a full disk"));
            }
        }
    }
    Ok(())
}

/// Up to `count` bytes, starting at `offset`.
fn read_at(file: &mut File, offset: u64, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(count);
    file.seek(SeekFrom::Start(offset))?;
    file.take(count as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// How many bytes of the file its loadable segments cover, or `None` if their table is incomplete. The loader maps segments
/// without looking at the length of the file, and reading after its end kills the process (SIGBUS).
fn bytes_needed(head: &[u8], segments: &[u8]) -> Option<u64> {
    const LOADABLE: u32 = 1;
    let (size, count) = (NativeEndian::read_u16(head.get(54..56)?), NativeEndian::read_u16(head.get(56..58)?));
    let mut needed = 0;
    for i in 0..usize::from(count) {
        let segment = segments.get(i.checked_mul(usize::from(size))?..)?.get(..SEGMENT_BYTES)?;
        if NativeEndian::read_u32(segment) == LOADABLE {
            needed = needed.max(u64_at(segment, 8)?.checked_add(u64_at(segment, 32)?)?);
        }
    }
    (needed > 0).then_some(needed)
}

fn u64_at(bytes: &[u8], place: usize) -> Option<u64> {
    bytes.get(place..)?.get(..8).map(NativeEndian::read_u64)
}

/// The offset of the last entry of the section table, with which linkers end a library; `None` without a table.
fn last_section(head: &[u8]) -> Option<u64> {
    let count = NativeEndian::read_u16(head.get(60..62)?).checked_sub(1)?;
    u64_at(head, 40)?.checked_add(u64::from(count).checked_mul(SECTION_BYTES as u64)?)
}

/// Bytes of a 64-bit ELF header, of an entry of its section table, and of an entry of its segment table.
const ELF_HEADER_BYTES: usize = 64;
const SECTION_BYTES: usize = 64;
const SEGMENT_BYTES: usize = 56;
/// Bytes of a segment table of 64 entries; libraries have fewer.
const MAX_SEGMENT_BYTES: usize = 64 * SEGMENT_BYTES;

/// The CPU that an ELF file is built for (`e_ident` and `e_machine` of the System V ABI).
#[derive(Debug, PartialEq, Eq)]
struct Cpu {
    bits: u8,
    big_endian: bool,
    architecture: u16,
}

impl Cpu {
    const THIS: Cpu = Cpu {
        bits: if cfg!(target_pointer_width = "64") { 64 } else { 32 },
        big_endian: cfg!(target_endian = "big"),
        architecture: if cfg!(target_arch = "x86_64") {
            62
        } else if cfg!(target_arch = "aarch64") {
            183
        } else {
            0
        },
    };

    fn of(head: &[u8]) -> Result<Cpu, &'static str> {
        if head.is_empty() {
            return Err("it is empty");
        }
        if !head.starts_with(b"\x7fELF") {
            return Err("it does not begin like an ELF file");
        }
        let (Some([_, _, _, _, class, order, ..]), Some(kind), Some(machine)) =
            (head.get(..ELF_HEADER_BYTES), head.get(16..18), head.get(18..20))
        else {
            return Err("it ends inside its ELF header");
        };
        let bits = match class {
            1 => 32,
            2 => 64,
            _ => return Err("its ELF class is unknown"),
        };
        let (big_endian, u16_at): (bool, fn(&[u8]) -> u16) = match order {
            1 => (false, LittleEndian::read_u16),
            2 => (true, BigEndian::read_u16),
            _ => return Err("its ELF byte order is unknown"),
        };
        const SHARED_OBJECT: u16 = 3;
        if u16_at(kind) != SHARED_OBJECT {
            return Err("it is an ELF file but not a shared object");
        }
        Ok(Cpu { bits, big_endian, architecture: u16_at(machine) })
    }
}

impl std::fmt::Display for Cpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.architecture {
            3 => f.write_str("x86")?,
            40 => f.write_str("ARM (32 bits)")?,
            62 => f.write_str("x86_64")?,
            183 => f.write_str("aarch64")?,
            other => write!(f, "ELF machine {other}")?,
        }
        write!(f, " ({} bits, {} endian)", self.bits, if self.big_endian { "big" } else { "little" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elf(class: u8, data: u8, kind: u16, machine: u16) -> Vec<u8> {
        let mut head = b"\x7fELF".to_vec();
        head.extend([class, data, 1, 0]);
        head.resize(16, 0);
        for value in [kind, machine] {
            head.extend(if data == 2 { value.to_be_bytes() } else { value.to_le_bytes() });
        }
        head.resize(ELF_HEADER_BYTES, 0);
        head
    }

    #[test]
    fn headers_of_other_cpus_are_read_in_their_own_byte_order() {
        let name = |head: Vec<u8>| Cpu::of(&head).unwrap().to_string();
        assert_eq!(name(elf(2, 1, 3, 62)), "x86_64 (64 bits, little endian)");
        assert_eq!(name(elf(2, 1, 3, 183)), "aarch64 (64 bits, little endian)");
        assert_eq!(name(elf(1, 1, 3, 3)), "x86 (32 bits, little endian)");
        assert_eq!(name(elf(2, 2, 3, 22)), "ELF machine 22 (64 bits, big endian)");
    }

    #[test]
    fn a_file_that_is_not_a_library_is_named_as_such() {
        for (head, why) in [
            (vec![], "empty"),
            (b"#!/bin/sh\n".to_vec(), "ELF"),
            (b"\x7fELF\x02\x01".to_vec(), "ends inside"),
            (elf(9, 1, 3, 62), "class"),
            (elf(2, 9, 3, 62), "byte order"),
            (elf(2, 1, 2, 62), "shared object"),
        ] {
            let reported = Cpu::of(&head).unwrap_err();
            assert!(reported.contains(why), "{reported}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn each_message_names_the_file_and_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        let reported = |path: &Path| check(path).unwrap_err().to_string();
        assert!(reported(&path).contains("is missing, it must be beside the program; reinstall"), "{}", reported(&path));
        let other = if Cpu::THIS.architecture == 62 { 183 } else { 62 };
        std::fs::write(&path, elf(2, 1, 3, other)).unwrap();
        assert!(reported(&path).contains(" is for ") && reported(&path).contains(path.to_str().unwrap()), "{}", reported(&path));
        let mut whole = elf(2, 1, 3, Cpu::THIS.architecture);
        whole[32] = ELF_HEADER_BYTES as u8;
        (whole[54], whole[56]) = (SEGMENT_BYTES as u8, 1);
        whole.resize(ELF_HEADER_BYTES + SEGMENT_BYTES, 0);
        whole[ELF_HEADER_BYTES] = 1;
        whole[ELF_HEADER_BYTES + 32] = 130;
        std::fs::write(&path, &whole).unwrap();
        assert!(reported(&path).contains("cut short"), "{}", reported(&path));
        whole.resize(130, 0);
        std::fs::write(&path, &whole).unwrap();
        assert!(check(&path).is_ok());
    }
}
