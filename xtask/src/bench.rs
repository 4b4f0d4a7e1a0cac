//! `cargo xtask bench`: plays splunkd to the shipped binary and to a Python command with the same model, side by side in one
//! run, and prints what `benches/RESULTS.md` holds. Ratios and CPU seconds are the figures; wall time is said beside them.
//!
//! Rows are made here: records of the known-type table's patterns and answers like those of tunnels, in their own lengths.

mod player;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::io::{BufReader, Write as _};
use std::process::Command;
use std::time::Instant;

use dnstxtscore::chunk::Chunk;
use dnstxtscore::scorer::{self, Score};
use dnstxtscore::{command, rows, session};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;

use crate::{Result, label, provide, root, spl, tools};
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
    for (what, texts) in [("rows a CPU second, all texts different", &different), ("the same, each text 10 times, shuffled", &repeated)] {
        let (mut a, mut b) = (played(ours(), texts)?, played(peer(), texts)?);
        for _ in 1..times.min(3) {
            a.rate = a.rate.max(played(ours(), texts)?.rate);
            b.rate = b.rate.max(played(peer(), texts)?.rate);
        }
        if a.found.abs_diff(b.found) * 1000 > rows {
            return Err(format!("the peer does something else: {} and {} rows are suspicious", a.found, b.found));
        }
        line(what, thousands(a.rate), thousands(b.rate), format!("{:.1}", a.rate / b.rate));
        line(
            &format!("peak memory ({what})"),
            format!("{:.1} MiB", a.peak),
            format!("{:.1} MiB", b.peak),
            format!("{:.1}", b.peak / a.peak),
        );
        if alone == 0.0 {
            alone = a.rate;
        }
    }
    const ORIGINAL: f64 = 120.0;
    line(
        "rows a CPU second, all texts different, to the 120 rows/s of the original's row loop in its container (taken elsewhere)",
        thousands(alone),
        String::new(),
        format!("{:.0}", alone / ORIGINAL),
    );

    let (outside, csv, reply) = outside_the_model(&different)?;
    line(
        "CPU a row outside the model's run, from the second chunk on, without pipes",
        format!("{outside:.2} µs"),
        String::new(),
        String::new(),
    );
    line(
        "rows in and out with a constant score, to the csv crate",
        format!("{reply:.2} µs"),
        format!("{csv:.2} µs (csv)"),
        format!("{:.2}", reply / csv),
    );

    // Of five, one after the other, the best of each: what else the machine does counts against both.
    let (mut single, mut pair) = (0.0f64, 0.0f64);
    for _ in 0..times.min(5) {
        single = single.max(played(ours(), &different)?.rate);
        let together = std::thread::scope(|scope| {
            let other = scope.spawn(|| played(ours(), &different));
            Ok::<_, String>([played(ours(), &different)?.rate, other.join().map_err(|_| "a thread died")??.rate])
        })?;
        pair = pair.max(together[0].min(together[1]));
    }
    line("CPU a row of two processes at once, to one", format!("{:.2}", single / pair), String::new(), String::new());

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
    all.sort_by(f64::total_cmp);
    Ok(all[all.len() / 2])
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
    let mut player = Player::start(command)?;
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

/// Everything but the model: each row of ids has the same score.
struct WithoutModel(Vec<i32>);

impl Score for WithoutModel {
    fn score(&mut self, texts: &[&[u8]]) -> std::result::Result<Vec<f32>, session::Error> {
        scorer::in_batches(texts, &mut self.0, &mut |ids, scores| {
            scores.extend(std::iter::repeat_n(0.25, black_box(ids).nrows()));
            Ok(())
        })
    }
}

/// The same score for every text, ids not even made.
struct Constant;

impl Score for Constant {
    fn score(&mut self, texts: &[&[u8]]) -> std::result::Result<Vec<f32>, session::Error> {
        Ok(vec![0.25; texts.len()])
    }
}

/// Microseconds of CPU a row: all but the model's run, from a file to nowhere; the csv crate reading and writing the same
/// bytes; rows alone, with a constant score. The first chunk is left out: in it memory is touched for the first time.
fn outside_the_model(bodies: &[(Vec<u8>, usize)]) -> Result<(f64, f64, f64)> {
    let path = root().join("target/bench.chunks");
    let written = |e: std::io::Error| format!("{}: {e}", path.display());
    let converse = |count: usize, open: &dyn Fn() -> Box<dyn Score>| -> Result<f64> {
        let mut file = fs::File::create(&path).map_err(written)?;
        let getinfo = json!({"action": "getinfo", "searchinfo": {"args": [], "sid": "1", "app": "search"}}).to_string();
        Chunk::write(&mut file, getinfo.as_bytes(), b"").map_err(written)?;
        for (body, _) in &bodies[..count] {
            Chunk::write(&mut file, br#"{"action":"execute","finished":false}"#, body).map_err(written)?;
        }
        let mut file = BufReader::new(fs::File::open(&path).map_err(written)?);
        let begun = thread_cpu();
        command::converse(&mut file, &mut std::io::sink(), false, &mut || Ok(open()), &mut |_| ()).map_err(|e| e.to_string())?;
        Ok(thread_cpu() - begun)
    };
    let by_csv = |count: usize| -> Result<f64> {
        let (begun, mut out) = (thread_cpu(), Vec::new());
        for (body, _) in &bodies[..count] {
            out.clear();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&body[..]);
            let (mut writer, mut row) = (csv::Writer::from_writer(&mut out), csv::ByteRecord::new());
            while reader.read_byte_record(&mut row).map_err(|e| e.to_string())? {
                writer.write_byte_record(&row).map_err(|e| e.to_string())?;
            }
            writer.flush().map_err(|e| e.to_string())?;
        }
        black_box(&out);
        Ok(thread_cpu() - begun)
    };
    let rows: usize = bodies[1..].iter().map(|(_, rows)| rows).sum();
    let per_row = |run: &dyn Fn(usize) -> Result<f64>| -> Result<f64> {
        let best =
            |count: usize| (0..7).map(|_| run(count)).collect::<Result<Vec<f64>>>().map(|all| all.into_iter().fold(f64::MAX, f64::min));
        Ok((best(bodies.len())? - best(1)?) * 1e6 / rows as f64)
    };
    let outside = per_row(&|count| converse(count, &|| Box::new(WithoutModel(Vec::new()))))?;
    let reply = per_row(&|count| converse(count, &|| Box::new(Constant)))?;
    let csv = per_row(&by_csv)?;
    let _ = fs::remove_file(&path);
    Ok((outside, csv, reply))
}

/// Seconds that this thread was on a processor.
fn thread_cpu() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
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

    #[test]
    fn time_on_a_processor_goes_on() {
        let begun = thread_cpu();
        let mut sum = 0u64;
        for i in 0..20_000_000u64 {
            sum = sum.wrapping_add(black_box(i));
        }
        assert!(black_box(sum) > 0 && thread_cpu() > begun);
    }
}
