//! The known-type table on the command line: types of texts, and texts of types. Training asks here and holds no pattern.

use std::io::{BufRead, Write};

use dnstxtscore::known::{self, Group, Type};
use dnstxtscore::text::normalise;
use rand::SeedableRng;
use rand::distr::Distribution;
use rand::rngs::StdRng;

use crate::Result;

/// `label < texts`: the name of each text's type, or an empty line. A text is one line; escapes are undone as in a cell.
pub fn run(args: &[&str]) -> Result<()> {
    match args {
        [] => label(std::io::stdin().lock(), std::io::stdout().lock()),
        ["--hash"] => {
            println!("{}", known::hash());
            Ok(())
        }
        ["--samples", count, "--seed", seed] => {
            let count = count.parse().map_err(|_| format!("{count} is no number of samples"))?;
            let seed = seed.parse().map_err(|_| format!("{seed} is no seed"))?;
            print_samples(count, seed)
        }
        _ => Err("label takes texts on stdin, or --hash, or --samples N --seed N".into()),
    }
}

fn label(mut texts: impl BufRead, mut types: impl Write) -> Result<()> {
    let mut line = Vec::new();
    while texts.read_until(b'\n', &mut line).map_err(|error| format!("stdin: {error}"))? > 0 {
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let name = known::of(&normalise(text)).map_or("", |found| found.name);
        writeln!(types, "{name}").map_err(|error| format!("stdout: {error}"))?;
        line.clear();
    }
    Ok(())
}

/// Types whose records a pattern alone writes naturally: proofs, tokens, digests. Others have grammars or words in them,
/// which `models/train/texts` knows.
pub fn sampled() -> impl Iterator<Item = &'static Type> {
    const DIGESTS: [&str; 11] =
        ["clamav", "did", "ens", "enr", "enrtree", "keyoxide", "malware_hash", "minisign", "moneropulse", "tlsa_text", "tor_exit"];
    known::types().filter(|one| {
        one.name != "verification:other" && (matches!(one.group, Group::Verification | Group::Token) || DIGESTS.contains(&one.name))
    })
}

/// Random records of a type. Whole words stand as control characters, which `models/train/texts` fills (`known::WORDS`).
pub fn samples(one: &Type, count: usize, seed: u64) -> Result<Vec<String>> {
    let expression = one.expression(true).ok_or("a rule has no pattern to sample")?;
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

fn print_samples(count: usize, seed: u64) -> Result<()> {
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
    fn a_line_is_a_text_and_escapes_are_undone() {
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
                assert_eq!(known::of(text.as_bytes()).map(|found| found.name), Some(one.name), "{text}");
            }
        }
    }
}
