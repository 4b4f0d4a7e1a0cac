//! Crafted input costs the shipped program little more than ordinary input of the same size, and output and memory are bounded.

use std::fs;

use xtask::bench::cost::{measure, memory_of_long_answers};
use xtask::bench::inputs::{INPUTS, ordinary_texts};
use xtask::root;

/// How many times more than ordinary input of the same size.
const MAX_RATIO: f64 = 5.0;
/// Bytes of output per byte of input, as SECURITY.md states it; and with explanations, which say something of an empty line too.
const MAX_OUTPUT: usize = 128;
const MAX_OUTPUT_EXPLAINED: usize = 160;
/// So many that the start of the program counts little.
const BYTES: usize = 4_000_000;

/// One test, so that nothing else runs in this process: a ratio of CPU times, and the best of some.
#[test]
fn no_input_costs_much_more_than_an_ordinary_one() {
    let (program, texts, folder) = (root().join("bin/dnstxtscore"), ordinary_texts().unwrap(), tempfile::tempdir().unwrap());
    let path = folder.path().join("input");
    let (mut ordinary, mut wrong) = ((Vec::new(), INPUTS[0].args), Vec::new());
    for input in INPUTS {
        let bytes = input.bytes(&texts, BYTES);
        if input.name == "ordinary" {
            ordinary = (bytes.clone(), input.args);
        }
        let (mut best, mut best_ordinary) = (f64::MAX, f64::MAX);
        // Both by turns, so that other work on the machine makes both dearer, and until the crafted one costs little enough.
        for _ in 0..8 {
            let mut seconds_per_byte = |bytes: &[u8], args: &[&str]| {
                fs::write(&path, bytes).unwrap();
                let cost = measure(&program, args, &path).unwrap();
                let max_output = if args.contains(&"--explain") { MAX_OUTPUT_EXPLAINED } else { MAX_OUTPUT };
                if cost.output_bytes > max_output * bytes.len() {
                    wrong.push(format!("{input}: {} bytes of output for {}", cost.output_bytes, bytes.len()));
                }
                cost.seconds / bytes.len() as f64
            };
            best_ordinary = best_ordinary.min(seconds_per_byte(&ordinary.0, ordinary.1));
            best = best.min(seconds_per_byte(&bytes, input.args));
            if best <= best_ordinary * MAX_RATIO {
                break;
            }
        }
        if best > best_ordinary * MAX_RATIO {
            wrong.push(format!("{input}: {:.1} times an ordinary one", best / best_ordinary));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    let (peak, chunk) = memory_of_long_answers(&program, 500).unwrap();
    assert!(peak <= chunk * 2.0 + 64.0, "{peak:.0} MiB for a chunk of {chunk:.0} MiB");
}
