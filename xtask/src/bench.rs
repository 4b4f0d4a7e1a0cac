//! `cargo xtask bench`: plays splunkd to the shipped binary and to a Python command with the same model, side by side in one
//! run, and prints what `benches/RESULTS.md` holds. Ratios and CPU seconds are the figures; wall time is said beside them.
//!
//! Rows are made here: records of the known-type table's patterns and answers like those of tunnels, in their own lengths.

mod inside;
mod player;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::Command;
use std::time::Instant;

use dnstxtscore::rows;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use crate::{Result, label, original, provide, root, spl, tools};
use player::Player;

/// splunkd's own mark for the rows of a chunk.
const CHUNK: usize = 50_000;
/// Chunks of the runs that are compared.
const CHUNKS: usize = 4;

pub fn run(args: &[&str]) -> Result<()> {
    let (rows, times, long) = match args {
        [] => (CHUNKS * CHUNK, 21, 5_000_000),
        ["--quick"] => (2_000, 3, 4_000),
        _ => return Err("bench takes nothing, or --quick: once through with few rows, for function and not for figures".into()),
    };
    if args.is_empty() && cfg!(debug_assertions) {
        // Part of what is measured runs in this program.
        return provide::cargo(&["run", "--release", "--quiet", "--locked", "--package", "xtask", "--", "bench"])?
            .then_some(())
            .ok_or_else(|| "the bench failed; its words are above".into());
    }
    provide::build()?;
    let python = tools::PEER.provide()?.join("python");
    let ours = || Command::new(root().join("bin/dnstxtscore"));
    let peer = || {
        let mut command = Command::new(&python);
        let model = root().join(format!("models/{}/model.onnx", dnstxtscore::model::NAME));
        command.arg(root().join("benches/peers/splunklib_onnx.py")).arg(model).env("OMP_NUM_THREADS", "1");
        command
    };
    let unique = texts(rows, 1)?;
    let mut repeated: Vec<Vec<u8>> = unique[..rows / 10].iter().flat_map(|text| std::iter::repeat_n(text.clone(), 10)).collect();
    repeated.shuffle(&mut StdRng::seed_from_u64(2));
    let (different, repeated) = (bodies(&unique), bodies(&repeated));

    let mut out = heading();
    let mut line = |what: &str, ours: String, peer: String, ratio: String| {
        let text = format!("| {what} | {ours} | {peer} | {ratio} |");
        println!("{text}");
        let _ = writeln!(out, "{text}");
    };
    println!("| what | dnstxtscore | Python peer | ratio |\n| --- | --- | --- | --- |");
    for (what, first_row) in [("spawn to getinfo reply, median", false), ("spawn to the first scored row, median", true)] {
        let (a, b) = (start(&ours, times, first_row)?, start(&peer, times, first_row)?);
        line(what, format!("{:.1} ms", a * 1e3), format!("{:.1} ms", b * 1e3), format!("{:.0}", b / a));
    }
    let mut alone = 0.0;
    for (what, texts) in [
        ("rows a CPU second, all texts different", &different),
        ("the same, each text 10 times, shuffled; the peer scores each again", &repeated),
    ] {
        let (mut rates, mut ratios, mut peaks) = ([Vec::new(), Vec::new()], Vec::new(), [0.0, 0.0]);
        for _ in 0..times.min(5) {
            let (a, b) = (played(ours(), texts)?, played(peer(), texts)?);
            if a.found.abs_diff(b.found) * 1000 > rows {
                return Err(format!("the peer does something else: {} and {} rows are suspicious", a.found, b.found));
            }
            ratios.push(a.rate / b.rate);
            rates[0].push(a.rate);
            rates[1].push(b.rate);
            peaks = [a.peak, b.peak];
        }
        let [a, b] = rates.map(median);
        line(what, thousands(a), thousands(b), spread(ratios));
        let [a_peak, b_peak] = peaks;
        line(&format!("peak memory ({what})"), format!("{a_peak:.1} MiB"), format!("{b_peak:.1} MiB"), format!("{:.1}", b_peak / a_peak));
        if alone == 0.0 {
            alone = a;
        }
    }
    const ORIGINAL: f64 = 120.0;
    line(
        "rows a CPU second, all texts different, to the 120 rows/s of the original's row loop in its container (taken elsewhere)",
        thousands(alone),
        String::new(),
        format!("{:.0}", alone / ORIGINAL),
    );

    if let Some(app) = original::app()? {
        let most = rows.min(10_000);
        let texts: Vec<Vec<u8>> = unique.iter().take(most).cloned().collect();
        let program = || Command::new(app.join("bin/dnstxtscore"));
        let args = ["field=text", &format!("model={}", original::NAME)];
        let mut rates = Vec::new();
        for _ in 0..times.min(3) {
            rates.push(flow(Player::start_with(program(), &args)?, &bodies(&texts))?.rate);
        }
        let rate = median(rates);
        line(
            "the original's own weights (`model=`), to the same 120 rows/s",
            thousands(rate),
            String::new(),
            format!("{:.0}", rate / ORIGINAL),
        );
    } else {
        println!("not measured: the original's weights, which are not here");
    }

    let [outside, reply, csv] = inside::outside_the_model(&unique, times)?;
    line(
        "CPU a row outside the model's run, from the second chunk on, without pipes",
        format!("{:.2} µs", median(outside)),
        String::new(),
        String::new(),
    );
    let ratios = reply.iter().zip(&csv).map(|(reply, csv)| reply / csv).collect();
    line(
        "rows in and out with a constant score, to the csv crate",
        format!("{:.2} µs", median(reply)),
        format!("{:.2} µs (csv)", median(csv)),
        spread(ratios),
    );

    // One and two in turn: what else the machine does counts against both.
    let mut ratios = Vec::new();
    for _ in 0..times.min(9) {
        let single = played(ours(), &different)?.rate;
        let together = std::thread::scope(|scope| {
            let other = scope.spawn(|| played(ours(), &different));
            Ok::<_, String>([played(ours(), &different)?.rate, other.join().map_err(|_| "a thread died")??.rate])
        })?;
        ratios.push(single * 2.0 / together.iter().sum::<f64>());
    }
    line("CPU a row of two processes at once, to one", String::new(), String::new(), spread(ratios));

    let short = stream(ours(), CHUNK.min(long))?;
    for count in [long / 10, long] {
        let flow = stream(ours(), count)?;
        line(
            &format!("{} rows: rows/s", thousands(count as f64)),
            thousands(flow.rate),
            String::new(),
            format!("{:.2} of 50,000 rows", flow.rate / short.rate),
        );
        line(&format!("{} rows: peak memory", thousands(count as f64)), format!("{:.1} MiB", flow.peak), String::new(), String::new());
    }
    if args.is_empty() {
        let path = root().join("benches/RESULTS.md");
        fs::write(&path, out).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

fn heading() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpus.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(" unknown").trim_start_matches([' ', '\t', ':']);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "# Figures of `cargo xtask bench`\n\n{}, {cores} cores of {cpu}, model {}.\n\n| what | dnstxtscore | Python peer | ratio |\n| --- | --- | --- | --- |\n",
        &spl::iso_time(seconds)[..10],
        dnstxtscore::model::NAME
    )
}

/// `12,345,678`.
fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let commas = digits.as_bytes().rchunks(3).rev().map(|part| String::from_utf8_lossy(part).into_owned());
    commas.collect::<Vec<_>>().join(",")
}

/// So many different texts: nine records of known types to one answer of a tunnel.
fn texts(count: usize, seed: u64) -> Result<Vec<Vec<u8>>> {
    let mut random = StdRng::seed_from_u64(seed);
    let types: Vec<_> = label::sampled().collect();
    let (mut seen, mut texts) = (HashSet::new(), Vec::with_capacity(count));
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for round in 0.. {
        for one in &types {
            for text in label::samples(one, 20, seed + round)? {
                let noise: Vec<u8> = (0..random.random_range(30..250)).map(|_| ALPHABET[random.random_range(0..64)]).collect();
                let text = if random.random_range(0..10) == 0 { noise } else { text.into_bytes() };
                if seen.insert(text.clone()) {
                    texts.push(text);
                }
            }
        }
        if texts.len() >= count {
            break;
        }
    }
    texts.shuffle(&mut random);
    texts.truncate(count);
    Ok(texts)
}

/// The body of a chunk as splunkd writes it: the text, its number, and their twins.
fn body<'t>(texts: impl Iterator<Item = &'t [u8]>) -> Vec<u8> {
    let mut out = b"text,\"_chunked_idx\",\"__mv_text\",\"__mv__chunked_idx\"\n".to_vec();
    for (number, text) in texts.enumerate() {
        rows::write_value(&mut out, text);
        let _ = writeln!(out, ",{number},,");
    }
    out
}

/// Seconds from spawn to the getinfo reply, or to the first scored row; the median.
fn start(command: &dyn Fn() -> Command, times: usize, first_row: bool) -> Result<f64> {
    let mut all = Vec::new();
    for _ in 0..times {
        let begun = Instant::now();
        let mut player = Player::start(command())?;
        if first_row {
            player.rows(&body([&b"v=spf1 -all"[..]].into_iter()), 1)?;
        }
        all.push(begun.elapsed().as_secs_f64());
        player.end()?;
    }
    Ok(median(all))
}

struct Flow {
    /// Rows a second: of CPU, or of the clock.
    rate: f64,
    peak: f64,
    found: usize,
}

/// The texts in four chunks, and how many rows each has.
fn bodies(texts: &[Vec<u8>]) -> Vec<(Vec<u8>, usize)> {
    texts.chunks(texts.len().div_ceil(CHUNKS)).map(|chunk| (body(chunk.iter().map(Vec::as_slice)), chunk.len())).collect()
}

/// Rows a CPU second of a command, its start left out.
fn played(command: Command, bodies: &[(Vec<u8>, usize)]) -> Result<Flow> {
    flow(Player::start(command)?, bodies)
}

fn flow(mut player: Player, bodies: &[(Vec<u8>, usize)]) -> Result<Flow> {
    player.rows(&body([&b"v=spf1 -all"[..]].into_iter()), 1)?;
    let (before, mut found) = (player.cpu(), 0);
    for (body, rows) in bodies {
        found += player.rows(body, *rows)?;
    }
    let (cpu, peak) = ((player.cpu() - before).max(0.01), player.peak());
    player.end()?;
    Ok(Flow { rate: bodies.iter().map(|(_, rows)| *rows as f64).sum::<f64>() / cpu, peak, found })
}

/// Rows a second of the clock while the command works, over so many different texts of 100 characters on average.
fn stream(command: Command, count: usize) -> Result<Flow> {
    let mut player = Player::start(command)?;
    player.rows(&body([&b"v=spf1 -all"[..]].into_iter()), 1)?;
    let (mut random, mut seconds, mut found) = (StdRng::seed_from_u64(3), 0.0, 0);
    for from in (0..count).step_by(CHUNK) {
        let size = CHUNK.min(count - from);
        let texts: Vec<Vec<u8>> =
            (0..size).map(|i| format!("{}{:08x}", "x".repeat(random.random_range(42..142)), from + i).into_bytes()).collect();
        let body = body(texts.iter().map(Vec::as_slice));
        let begun = Instant::now();
        found += player.rows(&body, size)?;
        seconds += begun.elapsed().as_secs_f64();
    }
    let peak = player.peak();
    player.end()?;
    Ok(Flow { rate: count as f64 / seconds, peak, found })
}

/// The middle one; 0 of none.
fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// The middle one, the lowest and the highest.
fn spread(ratios: Vec<f64>) -> String {
    let (lowest, highest) = ratios.iter().fold((f64::MAX, f64::MIN), |(low, high), one| (low.min(*one), high.max(*one)));
    format!("{:.2} ({lowest:.2} to {highest:.2})", median(ratios))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_different_and_natural_and_numbers_are_readable() {
        let made = texts(500, 7).unwrap();
        assert_eq!(made.iter().collect::<HashSet<_>>().len(), 500);
        let mean = made.iter().map(Vec::len).sum::<usize>() / made.len();
        assert!((20..200).contains(&mean), "{mean}");
        assert_eq!((thousands(1_234_567.4), thousands(12.0)), ("1,234,567".into(), "12".into()));
    }
}
