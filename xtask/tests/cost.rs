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
    let (mut ordinary, mut wrong) = (0.0, Vec::new());
    for input in INPUTS {
        let bytes = input.bytes(&texts, BYTES);
        fs::write(&path, &bytes).unwrap();
        let mut best = f64::MAX;
        // An ordinary one three times; a crafted one until it costs little enough, since other work only makes it dearer.
        for _ in 0..if input.name == "ordinary" { 3 } else { 8 } {
            let cost = measure(&program, input.args, &path).unwrap();
            best = best.min(cost.seconds / bytes.len() as f64);
            let max_output = if input.args.contains(&"--explain") { MAX_OUTPUT_EXPLAINED } else { MAX_OUTPUT };
            if cost.output_bytes > max_output * bytes.len() {
                wrong.push(format!("{input}: {} bytes of output for {}", cost.output_bytes, bytes.len()));
            }
            if input.name != "ordinary" && best <= ordinary * MAX_RATIO {
                break;
            }
        }
        match input.name {
            "ordinary" => ordinary = best,
            _ if best > ordinary * MAX_RATIO => wrong.push(format!("{input}: {:.1} times an ordinary one", best / ordinary)),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    let (peak, chunk) = memory_of_long_answers(&program, 500).unwrap();
    assert!(peak <= chunk * 2.0 + 64.0, "{peak:.0} MiB for a chunk of {chunk:.0} MiB");
}
