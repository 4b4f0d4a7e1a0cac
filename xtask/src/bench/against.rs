//! `cargo xtask bench --against PROGRAM`: this build and another one, alternating in one run.

use std::fs;
use std::path::Path;
use std::process::Command;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

use super::cost::measure;
use super::inputs::{INPUTS, noise, ordinary_texts};
use super::player::Player;
use super::statistics::{median, spread};
use super::texts::{bodies, texts};
use super::{play, start_seconds};
use crate::{Result, build, root};

/// Measures both programs, and prints a table.
///
/// # Errors
/// If a program fails. The other one needs its ONNX Runtime beside it.
pub fn run(other: &Path, quick: bool) -> Result<()> {
    build::run()?;
    let other = fs::canonicalize(other).map_err(|e| format!("{}: {e}", other.display()))?;
    let own = root().join("bin/dnstxtscore");
    let (rows, repeats, bytes) = if quick { (2_000, 1, 50_000) } else { (100_000, 5, 2_000_000) };
    println!("| what | this build | the other | ratio |\n| --- | --- | --- | --- |");
    for (what, first_row) in [("spawn to getinfo reply", false), ("spawn to the first scored row", true)] {
        let [this, that] = [&own, &other].map(|program| start_seconds(&|| Command::new(program), repeats * 4, first_row));
        let (this, that) = (this?, that?);
        println!("| {what} | {:.1} ms | {:.1} ms | {:.2} |", this * 1e3, that * 1e3, this / that);
    }
    let different = texts(rows, 1)?;
    let mut repeated: Vec<_> = different[..rows / 10].iter().flat_map(|text| std::iter::repeat_n(text.clone(), 10)).collect();
    repeated.shuffle(&mut StdRng::seed_from_u64(2));
    for (what, texts, args) in [
        ("all texts different", &different, &["field=text"][..]),
        ("each text 10 times", &repeated, &["field=text"]),
        ("all texts different, explain=true", &different, &["field=text", "explain=true"]),
        ("each text 10 times, explain=true", &repeated, &["field=text", "explain=true"]),
    ] {
        let bodies = bodies(texts);
        let rate = |program: &Path| Ok::<_, String>(play(Player::start_with(Command::new(program), args)?, &bodies)?.rate);
        compare(&format!("CPU per row, {what}"), rows, repeats, &mut |program| Ok(rows as f64 / rate(program)?), [&own, &other])?;
    }
    // The shipped hunt scores all rows, and explains in a second process the one in a hundred that is above the threshold.
    let found: Vec<_> = (0..rows / 100).map(|number| noise(number, 60 + number % 190)).collect();
    let all = bodies(&[&different[found.len()..], &found].concat());
    let whole = |program: &Path, args: &[&str], bodies: &[(Vec<u8>, usize)]| -> Result<f64> {
        let mut player = Player::start_with(Command::new(program), args)?;
        for (body, rows) in bodies {
            player.rows(body, *rows)?;
        }
        let seconds = player.cpu_seconds();
        player.finish()?;
        Ok(seconds)
    };
    let mut hunt = |program: &Path| {
        let explain = if program == own { whole(program, &["field=text", "explain=true"], &bodies(&found))? } else { 0.0 };
        Ok(whole(program, &["field=text"], &all)? + explain)
    };
    compare(
        "CPU per row, start included: this build scores all and explains 1 %, the other scores",
        rows,
        repeats,
        &mut hunt,
        [&own, &other],
    )?;
    let texts = ordinary_texts()?;
    for input in INPUTS {
        let path = root().join("target/bench.input");
        let bytes = input.bytes(&texts, bytes);
        fs::write(&path, &bytes).map_err(|e| format!("{}: {e}", path.display()))?;
        let mut seconds = |program: &Path| Ok(measure(program, input.args, &path)?.seconds);
        compare(&format!("{input}, CPU per KB"), bytes.len() / 1000, repeats.min(3), &mut seconds, [&own, &other])?;
    }
    Ok(())
}

/// Measures CPU seconds of both programs some times, and prints them per unit.
fn compare(
    what: &str,
    units: usize,
    repeats: usize,
    seconds: &mut dyn FnMut(&Path) -> Result<f64>,
    [own, other]: [&Path; 2],
) -> Result<()> {
    let (mut all, mut ratios) = ([Vec::new(), Vec::new()], Vec::new());
    for _ in 0..repeats {
        let (this, that) = (seconds(own)?, seconds(other)?);
        all[0].push(this);
        all[1].push(that);
        ratios.push(this / that);
    }
    let [this, that] = all.map(|seconds| format!("{:.2} µs", median(seconds) * 1e6 / units as f64));
    println!("| {what} | {this} | {that} | {} |", spread(ratios));
    Ok(())
}
