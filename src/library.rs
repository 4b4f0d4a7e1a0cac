//! Where the ONNX Runtime library lies, and whether the file there can be one.
//!
//! It is taken from the folder of the executable and from nowhere else: no environment variable, no search path. Before
//! it is loaded its ELF header is read, so that a package for another machine is named as such instead of failing with
//! the loader's words.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use byteorder::{BigEndian, ByteOrder, LittleEndian, NativeEndian};
use sha2::{Digest, Sha256};

use crate::limits;

/// The library's name beside the executable.
pub const FILE_NAME: &str = if cfg!(windows) {
    "onnxruntime.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so"
};

const MEND: &str = "install the app package for this machine again, or run `cargo xtask build` in a checkout";

/// The sha256 of a file's bytes, as `sha256sum` prints it.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What to do about a failure that the loader or ONNX Runtime describes in its own words.
pub fn mend(words: &str) -> String {
    // The loader's words begin with the file's path, which may say anything.
    let words = words.split_once(": ").map_or(words, |(_, rest)| rest);
    if words.contains("failed to map") {
        return format!("{}; or allow programs in this folder (a file system mounted noexec, SELinux, AppArmor)", limits::MORE_MEMORY);
    }
    let of_memory = ["bad_alloc", "allocate memory", "out of memory"].iter().any(|word| words.contains(word));
    if of_memory { limits::MORE_MEMORY.into() } else { MEND.into() }
}

/// Each way in which the library cannot be used. Every message names the file and the mend.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the ONNX Runtime library {0} is missing; {MEND}")]
    Missing(PathBuf),
    #[error("the ONNX Runtime library {0} cannot be read ({1}); give the user that runs Splunk read access to it")]
    Unreadable(PathBuf, io::Error),
    #[error("{0} is not a library: {1}; {MEND}")]
    NotALibrary(PathBuf, &'static str),
    #[error("{0} is for {1}, this program is for {2}; {MEND}")]
    OtherMachine(PathBuf, String, String),
    #[error("{0} did not load: {1}; {mend}", mend = mend(.1))]
    NotLoaded(PathBuf, String),
    #[error("the folder of the executable is not known: {0}; {MEND}")]
    NoFolder(io::Error),
}

/// The library's path: beside the executable, links resolved.
pub fn path() -> Result<PathBuf, Error> {
    let executable = std::env::current_exe().map_err(Error::NoFolder)?;
    Ok(executable.with_file_name(FILE_NAME))
}

/// Checks that the file can be read and is made for this machine.
pub fn check(path: &Path) -> Result<(), Error> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Error::Missing(path.into()),
        _ => Error::Unreadable(path.into(), error),
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let head = read_at(&mut file, 0, HEADER).map_err(unreadable)?;
    if cfg!(not(target_os = "linux")) {
        return Ok(());
    }
    let machine = Machine::of(&head).map_err(|why| Error::NotALibrary(path.into(), why))?;
    if machine != Machine::HERE {
        return Err(Error::OtherMachine(path.into(), machine.to_string(), Machine::HERE.to_string()));
    }
    let length = file.metadata().map_err(unreadable)?.len();
    if machine.bits == 64 {
        let table = u64_at(&head, 32).ok_or_else(|| Error::NotALibrary(path.into(), "it ends inside its ELF header"))?;
        let segments = read_at(&mut file, table, SEGMENTS).map_err(unreadable)?;
        if bytes_needed(&head, &segments).is_none_or(|needed| needed > length) {
            return Err(Error::NotALibrary(path.into(), "it was cut short"));
        }
        if let Some(end) = last_section(&head) {
            let entry = read_at(&mut file, end, SECTION).map_err(unreadable)?;
            if entry.iter().all(|byte| *byte == 0) {
                return Err(Error::NotALibrary(path.into(), "its end is missing or zeros, as a full disk leaves it"));
            }
        }
    }
    Ok(())
}

/// Up to `count` bytes from `offset` on.
fn read_at(file: &mut File, offset: u64, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(count);
    file.seek(SeekFrom::Start(offset))?;
    file.take(count as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Bytes of the file that its loadable segments cover, or `None` where their table itself is not whole. The loader maps
/// segments without looking at the file's length, and a read behind its end kills the process (SIGBUS).
fn bytes_needed(head: &[u8], segments: &[u8]) -> Option<u64> {
    const LOADABLE: u32 = 1;
    let (size, count) = (NativeEndian::read_u16(head.get(54..56)?), NativeEndian::read_u16(head.get(56..58)?));
    let mut needed = 0;
    for i in 0..usize::from(count) {
        let segment = segments.get(i * usize::from(size)..)?.get(..SEGMENT)?;
        if NativeEndian::read_u32(segment) == LOADABLE {
            needed = needed.max(u64_at(segment, 8)?.checked_add(u64_at(segment, 32)?)?);
        }
    }
    (needed > 0).then_some(needed)
}

fn u64_at(bytes: &[u8], place: usize) -> Option<u64> {
    bytes.get(place..place + 8).map(NativeEndian::read_u64)
}

/// Where the last entry of the section table lies, which ends a library as linkers write it; none without a table.
fn last_section(head: &[u8]) -> Option<u64> {
    let count = NativeEndian::read_u16(head.get(60..62)?).checked_sub(1)?;
    u64_at(head, 40)?.checked_add(u64::from(count) * SECTION as u64)
}

/// Bytes of one entry of the section table of a 64-bit ELF file.
const SECTION: usize = 64;

/// Bytes of one entry of the segment table of a 64-bit ELF file, and of as many entries as any library has.
const SEGMENT: usize = 56;
const SEGMENTS: usize = 64 * SEGMENT;

/// Bytes of a 64-bit ELF header.
const HEADER: usize = 64;

/// What an ELF header says about the machine a file is made for (`e_ident` and `e_machine` of the System V ABI).
#[derive(Debug, PartialEq, Eq)]
struct Machine {
    bits: u8,
    big_endian: bool,
    architecture: u16,
}

impl Machine {
    const HERE: Machine = Machine {
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

    fn of(head: &[u8]) -> Result<Machine, &'static str> {
        if head.is_empty() {
            return Err("it is empty");
        }
        if !head.starts_with(b"\x7fELF") {
            return Err("it does not begin as an ELF file does");
        }
        let (Some([_, _, _, _, class, order, ..]), Some(kind), Some(machine)) = (head.get(..HEADER), head.get(16..18), head.get(18..20))
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
            return Err("it is an ELF file, but no shared object");
        }
        Ok(Machine { bits, big_endian, architecture: u16_at(machine) })
    }
}

impl std::fmt::Display for Machine {
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
        head.resize(HEADER, 0);
        head
    }

    #[test]
    fn headers_of_other_machines_are_named_in_their_own_byte_order() {
        let name = |head: Vec<u8>| Machine::of(&head).unwrap().to_string();
        assert_eq!(name(elf(2, 1, 3, 62)), "x86_64 (64 bits, little endian)");
        assert_eq!(name(elf(2, 1, 3, 183)), "aarch64 (64 bits, little endian)");
        assert_eq!(name(elf(1, 1, 3, 3)), "x86 (32 bits, little endian)");
        assert_eq!(name(elf(2, 2, 3, 22)), "ELF machine 22 (64 bits, big endian)");
    }

    #[test]
    fn what_is_no_library_is_said_to_be_none() {
        for (head, why) in [
            (vec![], "empty"),
            (b"#!/bin/sh\n".to_vec(), "ELF"),
            (b"\x7fELF\x02\x01".to_vec(), "ends inside"),
            (elf(9, 1, 3, 62), "class"),
            (elf(2, 9, 3, 62), "byte order"),
            (elf(2, 1, 2, 62), "shared object"),
        ] {
            let said = Machine::of(&head).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn each_message_names_the_file_and_the_mend() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        let said = |path: &Path| check(path).unwrap_err().to_string();
        assert!(said(&path).contains("is missing; install"), "{}", said(&path));
        let other = if Machine::HERE.architecture == 62 { 183 } else { 62 };
        std::fs::write(&path, elf(2, 1, 3, other)).unwrap();
        assert!(said(&path).contains(" is for ") && said(&path).contains(path.to_str().unwrap()), "{}", said(&path));
        let mut whole = elf(2, 1, 3, Machine::HERE.architecture);
        whole[32] = HEADER as u8;
        (whole[54], whole[56]) = (SEGMENT as u8, 1);
        whole.resize(HEADER + SEGMENT, 0);
        whole[HEADER] = 1;
        whole[HEADER + 32] = 130;
        std::fs::write(&path, &whole).unwrap();
        assert!(said(&path).contains("cut short"), "{}", said(&path));
        whole.resize(130, 0);
        std::fs::write(&path, &whole).unwrap();
        assert!(check(&path).is_ok());
    }
}
