//! The glibc, libstdc++ and libgcc that a program or a library needs, from its symbol versions.

use object::elf::FileHeader64;
use object::read::elf::{FileHeader as _, SectionHeader as _};

use crate::Result;
use crate::app::GLIBC_FLOOR;

/// Families of symbol versions and the newest that RHEL 8 has: glibc 2.28, and the libraries of its gcc 8.
pub const FLOORS: [(&str, &[u32]); 4] =
    [("GLIBC_", &[GLIBC_FLOOR.0, GLIBC_FLOOR.1]), ("GLIBCXX_", &[3, 4, 25]), ("CXXABI_", &[1, 3, 11]), ("GCC_", &[7, 0, 0])];

/// Fails if an ELF file asks for a symbol version that is newer than its family's floor, or of an unknown family.
///
/// # Errors
/// With the version that is too new.
pub fn check(name: &str, bytes: &[u8], floors: &[(&str, &[u32])]) -> Result<()> {
    let needed = needed(bytes).map_err(|e| format!("{name}: {e}"))?;
    match needed.iter().find(|version| !floors.iter().any(|(family, floor)| within(version, family, floor))) {
        Some(version) => Err(format!("{name} needs {version}, which is newer than {floors:?}")),
        None => Ok(()),
    }
}

/// A version without numbers, such as `GLIBC_ABI_DT_RELR` of glibc 2.36, is never within a floor.
fn within(version: &str, family: &str, floor: &[u32]) -> bool {
    let numbers =
        version.strip_prefix(family).and_then(|rest| rest.split('.').map(|number| number.parse().ok()).collect::<Option<Vec<u32>>>());
    numbers.is_some_and(|numbers| numbers.as_slice() <= floor)
}

/// The names of the versions of needed symbols; none for a file that is not ELF.
///
/// # Errors
/// If an ELF file is malformed.
pub fn needed(bytes: &[u8]) -> object::Result<Vec<String>> {
    let mut names = Vec::new();
    if !bytes.starts_with(b"\x7fELF") {
        return Ok(names);
    }
    let header = FileHeader64::<object::Endianness>::parse(bytes)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, bytes)?;
    for section in sections.iter() {
        let Some((mut needs, strings)) = section.gnu_verneed(endian, bytes)? else { continue };
        let strings = sections.strings(endian, bytes, strings)?;
        while let Some((_, mut versions)) = needs.next()? {
            while let Some(version) = versions.next()? {
                names.push(String::from_utf8_lossy(version.name(endian, strings)?).into_owned());
            }
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_of_a_real_program_are_read_and_a_lower_floor_is_refused() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(needed(&own).unwrap().iter().any(|version| version.starts_with("GLIBC_2.")));
        let floors: [(&str, &[u32]); 2] = [("GLIBC_", &[2, 99]), ("GCC_", &[99])];
        assert!(check("own", &own, &floors).is_ok());
        assert!(check("own", &own, &floors[..1]).unwrap_err().contains("own needs GCC_"));
        assert!(check("own", &own, &[("GLIBC_", &[2, 1]), floors[1]]).unwrap_err().contains("own needs GLIBC_2."));
        assert_eq!(needed(b"not ELF").unwrap(), [""; 0]);
        assert!(needed(&own[..100]).is_err());
    }

    /// Found in review: a version without numbers was ignored.
    #[test]
    fn a_version_without_numbers_is_too_new() {
        let within = |version: &str| FLOORS.iter().any(|(family, floor)| within(version, family, floor));
        assert!(within("GLIBC_2.2.5") && within("GLIBC_2.28") && within("GLIBCXX_3.4") && within("GCC_3.0"));
        assert!(!within("GLIBC_2.29") && !within("GLIBC_ABI_DT_RELR") && !within("GLIBC_PRIVATE") && !within("GLIBCXX_3.4.26"));
        assert!(!within("NEW_1.0"));
    }
}
