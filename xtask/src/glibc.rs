//! Which glibc a program or a library needs, read off its symbol versions.

use object::elf::FileHeader64;
use object::read::elf::{FileHeader as _, SectionHeader as _};

use crate::Result;

/// Fails if an ELF file asks for a glibc newer than `floor`. Other files pass.
pub fn check(name: &str, bytes: &[u8], floor: (u32, u32)) -> Result<()> {
    match needed(bytes).map_err(|e| format!("{name}: {e}"))? {
        Some(version) if version > floor => {
            Err(format!("{name} needs glibc {}.{}, newer than the floor of {}.{}", version.0, version.1, floor.0, floor.1))
        }
        _ => Ok(()),
    }
}

/// The newest `GLIBC_x.y` among the versions of needed symbols; nothing of a file that is no ELF or needs none.
pub fn needed(bytes: &[u8]) -> object::Result<Option<(u32, u32)>> {
    if !bytes.starts_with(b"\x7fELF") {
        return Ok(None);
    }
    let header = FileHeader64::<object::Endianness>::parse(bytes)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, bytes)?;
    let mut newest = None;
    for section in sections.iter() {
        let Some((mut needs, strings)) = section.gnu_verneed(endian, bytes)? else { continue };
        let strings = sections.strings(endian, bytes, strings)?;
        while let Some((_, mut versions)) = needs.next()? {
            while let Some(version) = versions.next()? {
                let name = String::from_utf8_lossy(version.name(endian, strings)?).into_owned();
                let numbers = name.strip_prefix("GLIBC_").and_then(|rest| rest.split_once('.'));
                let minor = |text: &str| text.split('.').next().and_then(|text| text.parse().ok());
                newest = newest.max(numbers.and_then(|(major, rest)| Some((major.parse().ok()?, minor(rest)?))));
            }
        }
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_needs_of_a_real_program_are_read_and_a_lower_floor_is_refused() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let (major, minor) = needed(&own).unwrap().unwrap();
        assert!(major == 2 && minor >= 2, "{major}.{minor}");
        assert!(check("own", &own, (major, minor)).is_ok());
        assert!(check("own", &own, (2, 1)).unwrap_err().contains(&format!("own needs glibc 2.{minor}")));
        assert_eq!(needed(b"no ELF").unwrap(), None);
        assert!(needed(&own[..100]).is_err());
    }
}
