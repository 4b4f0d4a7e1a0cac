//! The table of record types on the command line: the types of texts, and texts of types; and the signs of texts. Training uses
//! it and holds no patterns of its own.

use std::io::{BufRead, Write};

use dnstxtscore::evidence::record_types::patterns::sampler_expression;
use dnstxtscore::evidence::record_types::{self, Group, RecordType};
use dnstxtscore::evidence::signs;
use dnstxtscore::text::normalise;
use rand::SeedableRng;
use rand::distr::Distribution;
use rand::rngs::StdRng;

use crate::Result;

/// Prints the type of each line of standard input, or an empty line. Escapes in a line are decoded as in a cell.
///
/// # Errors
/// If reading or writing fails.
pub fn label_stdin() -> Result<()> {
    label(std::io::stdin().lock(), std::io::stdout().lock())
}

/// Prints the hash of the table.
///
/// # Errors
/// Never.
pub fn print_hash() -> Result<()> {
    println!("{}", record_types::hash());
    Ok(())
}

/// Prints the kind and the floor of each line's sign, with a tab between, or an empty line.
///
/// # Errors
/// If reading or writing fails.
pub fn signs_of_stdin() -> Result<()> {
    answer(std::io::stdin().lock(), std::io::stdout().lock(), |text| {
        signs::strongest(text).map(|sign| format!("{}\t{}", sign.name(), sign.floor())).unwrap_or_default()
    })
}

fn label(texts: impl BufRead, types: impl Write) -> Result<()> {
    answer(texts, types, |text| record_types::classify(text).map_or("", |found| found.name).to_owned())
}

/// Writes a line for each line.
fn answer(mut texts: impl BufRead, mut answers: impl Write, to: impl Fn(&[u8]) -> String) -> Result<()> {
    let mut line = Vec::new();
    while texts.read_until(b'\n', &mut line).map_err(|error| format!("stdin: {error}"))? > 0 {
        let text = normalise(line.strip_suffix(b"\n").unwrap_or(&line));
        writeln!(answers, "{}", to(&text)).map_err(|error| format!("stdout: {error}"))?;
        line.clear();
    }
    Ok(())
}

/// The types whose patterns alone give natural records: proofs, tokens, digests. The others have grammars or words, which
/// `models/train/texts` generates.
pub fn sampled() -> impl Iterator<Item = &'static RecordType> {
    const DIGESTS: [&str; 11] =
        ["clamav", "did", "ens", "enr", "enrtree", "keyoxide", "malware_hash", "minisign", "moneropulse", "tlsa_text", "tor_exit"];
    record_types::all().filter(|one| {
        one.name != "verification:other" && (matches!(one.group, Group::Verification | Group::Token) || DIGESTS.contains(&one.name))
    })
}

/// Random records of a type, the same for the same seed. Whole words are control characters, which `models/train/texts` replaces
/// (`SAMPLED_WORDS`).
///
/// # Errors
/// If the type has no pattern.
pub fn samples(one: &RecordType, count: usize, seed: u64) -> Result<Vec<String>> {
    let expression = sampler_expression(one.check).ok_or("a rule has no pattern to sample")?;
    let hir = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(&expression)
        .map_err(|error| format!("{}: {error}", one.name))?;
    let pattern = rand_regex::Regex::with_hir(hir, 8).map_err(|error| format!("{}: {error}", one.name))?;
    let mut random = StdRng::seed_from_u64(seed ^ known_seed(one.name));
    let mut texts = Vec::with_capacity(count);
    for _ in 0..count {
        let text: Vec<u8> = pattern.sample(&mut random);
        texts.push(String::from_utf8(text).map_err(|_| format!("{} has a pattern beyond ASCII", one.name))?);
    }
    Ok(texts)
}

fn known_seed(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Prints random records of each sampled type as JSON lines.
///
/// # Errors
/// If writing fails.
pub fn print_samples(count: usize, seed: u64) -> Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for one in sampled() {
        for text in samples(one, count, seed)? {
            writeln!(out, "{}", serde_json::json!({"type": one.name, "group": one.group.name(), "text": text}))
                .map_err(|error| format!("stdout: {error}"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_text_and_escapes_are_decoded() {
        let mut names = Vec::new();
        label(&b"v=spf1 -all\n\nv=spf1\\032-all\nv=spf1\\010-all\nTXT 6 v=spf1 \n\xff\nlast=\"line\""[..], &mut names).unwrap();
        assert_eq!(String::from_utf8(names).unwrap(), "spf\n\nspf\n\nspf\n\n\n");
    }

    #[test]
    fn samples_are_the_same_for_the_same_seed_and_of_their_type() {
        for one in sampled() {
            let texts = samples(one, 20, 3).unwrap();
            assert_eq!(texts, samples(one, 20, 3).unwrap());
            for text in texts.iter().filter(|text| !text.chars().any(char::is_control)) {
                assert_eq!(record_types::classify(text.as_bytes()).map(|found| found.name), Some(one.name), "{text}");
            }
        }
    }
}
