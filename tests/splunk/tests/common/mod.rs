//! Rows and runs that the tests of shipped searches share.
#![allow(dead_code)] // not every test file needs all

use test_splunk::spl::Row;
use test_splunk::{root, searches};

pub const SUSTAINED: &str = "DNSTXT - Detect sustained channel over DNS TXT answers - Rule";
pub const HUNT: &str = "DNSTXT - Hunt suspicious DNS TXT answers row by row";

pub fn row(src: &str, query: &str, answer: &str) -> Row {
    let cells = [
        ("DNS.src", src),
        ("DNS.dest", "198.51.100.53"),
        ("DNS.query", query),
        ("DNS.answer", answer),
        ("DNS.record_type", "TXT"),
        ("count", "1"),
        ("firstTime", "1795490000"),
        ("lastTime", "1795493600"),
    ];
    cells.map(|(name, value)| (name.to_owned(), vec![value.to_owned()])).into()
}

/// Answers as a tunnel gives them: base64 of noise, each another.
pub fn tunnel(src: &str, domain: &str, count: u64) -> Vec<Row> {
    let mut state = domain.bytes().fold(88_172_645_463_325_252u64, |state, byte| state.rotate_left(7) ^ u64::from(byte));
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut one = |i: u64| {
        let answer: String = (0..150).map(|_| char::from(ALPHABET[(noise() >> 20) as usize % 64])).collect();
        row(src, &format!("{i:x}.{:x}.{domain}", noise()), &answer)
    };
    (0..count).map(&mut one).collect()
}

pub fn rise(name: &str, rows: Vec<Row>) -> Vec<Row> {
    searches::run(&root(), name, rows, &mut searches::empty_lookups(&root()).unwrap(), searches::NOW).unwrap().rows
}

/// The app with a file in `local`, as an admin or Splunk's settings write it.
pub fn with_local(file: &str, text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for shipped in ["bin", "default", "lookups"] {
        std::os::unix::fs::symlink(root().join(shipped), folder.path().join(shipped)).unwrap();
    }
    std::fs::create_dir(folder.path().join("local")).unwrap();
    std::fs::write(folder.path().join("local").join(file), text).unwrap();
    folder
}
