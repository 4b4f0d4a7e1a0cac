//! `cargo xtask bench`: plays splunkd to the shipped binary and to a Python command with the same model, alternating in one run,
//! and prints what `benches/RESULTS.md` holds. The figures are ratios and CPU seconds; wall time is given beside them.

mod against;
pub mod cost;
pub mod inputs;
mod inside;
mod player;
mod statistics;
mod texts;
mod yardstick;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::process::Command;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use dnstxtscore::model;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use test_splunk::spl::iso_time;

use crate::{Result, build, imported_model, root, tools};
pub use against::run as run_against;
use player::Player;
use statistics::{median, spread, thousands};
use texts::{bodies, body, texts};

/// The most rows that splunkd sends in a chunk.
const CHUNK_ROWS: usize = 50_000;
/// Rows per second of the original's loop over rows, measured in its container on another machine.
const ORIGINAL_ROWS_PER_SECOND: f64 = 120.0;

/// How much is measured.
struct Size {
    rows: usize,
    repeats: usize,
    long_rows: usize,
    long_answers: usize,
}

/// Measures, and writes `benches/RESULTS.md` unless `quick`.
///
/// # Errors
/// If a command fails, or the peer's verdicts differ.
pub fn run(quick: bool) -> Result<()> {
    let size = match quick {
        true => Size { rows: 2_000, repeats: 3, long_rows: 4_000, long_answers: 20 },
        false => Size { rows: 4 * CHUNK_ROWS, repeats: 21, long_rows: 5_000_000, long_answers: 10_000 },
    };
    if !quick && cfg!(debug_assertions) {
        // A part of the bench runs in this process, which must be optimised.
        let again = build::cargo(&["run", "--release", "--quiet", "--locked", "--package", "xtask", "--", "bench"])?;
        return if again { Ok(()) } else { Err("the bench failed; see its output above".into()) };
    }
    build::run()?;
    let mut table = Results::new();
    let unique = texts(size.rows, 1)?;
    compare_with_peer(&size, &unique, &mut table)?;
    compare_with_original(&size, &unique, &mut table)?;

    let [outside, reply, csv, copy] = inside::outside_the_model(&unique, size.repeats)?;
    let per_row = |times: Vec<f64>| format!("{:.2} µs", median(times));
    let ratios = reply.iter().zip(&csv).map(|(reply, csv)| reply / csv).collect();
    let (outside, copy) = (median(outside), median(copy));
    let (what, ratio) =
        ("CPU per row outside the model's run, from the second chunk on, without pipes, to a copy of the bytes", outside / copy);
    table.add([what, &per_row(vec![outside]), &format!("{copy:.3} µs (copy)"), &format!("{ratio:.0}")]);
    let (reply, csv) = (per_row(reply), per_row(csv) + " (csv)");
    table.add(["CPU per row in and out with a constant score, to the csv crate", &reply, &csv, &spread(ratios)]);

    for (what, texts) in [("texts of the bench", Some(&unique)), ("ordinary texts of ../shared", ordinary_of_shared()?.as_ref())] {
        let Some(texts) = texts else { continue };
        let (per_text, found) = inside::signs_per_text(texts, size.repeats);
        let what = format!("CPU per text to look for signs, {what} ({} texts, {found} with one)", thousands(texts.len() as f64));
        table.add([&what, &format!("{:.2} µs", median(per_text)), "", ""]);
    }

    let per_channel = median(inside::channel(&unique, size.repeats)?);
    let what = format!("channels per CPU second, {0} different queries and answers each, text scores given", inside::EXCHANGES);
    table.add([&what, &thousands(1e6 / per_channel), "", ""]);

    // One process and two at once, alternating: what else the machine does affects both.
    let different = bodies(&unique);
    let mut ratios = Vec::new();
    for _ in 0..size.repeats.min(9) {
        let single = rows_per_cpu_second(ours(), &different)?.rate;
        let together = std::thread::scope(|scope| {
            let other = scope.spawn(|| rows_per_cpu_second(ours(), &different));
            Ok::<_, String>([rows_per_cpu_second(ours(), &different)?.rate, other.join().map_err(|_| "a thread panicked")??.rate])
        })?;
        ratios.push(single * 2.0 / together.iter().sum::<f64>());
    }
    table.add(["CPU per row of two processes at once, to one", "", "", &spread(ratios)]);

    let short = rows_per_second(ours(), CHUNK_ROWS.min(size.long_rows))?;
    for count in [size.long_rows / 10, size.long_rows] {
        let long = rows_per_second(ours(), count)?;
        let (rows, ratio) = (thousands(count as f64), format!("{:.2} of 50,000 rows", long.rate / short.rate));
        table.add([&format!("{rows} rows: rows per second"), &thousands(long.rate), "", &ratio]);
        table.add([&format!("{rows} rows: peak memory"), &format!("{:.1} MiB", long.peak_mib), "", ""]);
    }
    let (peak, chunk) = cost::memory_of_long_answers(&root().join("bin/dnstxtscore"), size.long_answers)?;
    let what = format!("peak memory, {} answers of 65,535 bytes in one chunk", thousands(size.long_answers as f64));
    table.add([&what, &format!("{peak:.0} MiB"), "", &format!("{:.2} of the chunk", peak / chunk)]);

    table.section("The network beside ONNX Runtime's own product of 8-bit integers, in one process", &yardstick::table(quick)?);
    table.section("Cost of each input, ordinary and crafted, through the whole program", &cost::table(quick)?);
    if !quick {
        let path = root().join("benches/RESULTS.md");
        fs::write(&path, table.0).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

/// The ordinary texts of `../shared`, each once; `None` without it.
fn ordinary_of_shared() -> Result<Option<Vec<Vec<u8>>>> {
    let shared = root().join("../shared");
    if !shared.exists() {
        return Ok(None);
    }
    let mut seen = HashSet::new();
    for file in ["data/benign", "data/benign_unknown", "data/rare", "data2/benign", "data2/municipal", "data2/vendor_fill"] {
        let path = shared.join(format!("{file}.jsonl.gz"));
        let failed = |e: std::io::Error| format!("{}: {e}", path.display());
        let mut lines = String::new();
        flate2::read::GzDecoder::new(fs::File::open(&path).map_err(failed)?).read_to_string(&mut lines).map_err(failed)?;
        for line in lines.lines() {
            let row: serde_json::Value = serde_json::from_str(line).map_err(|e| format!("{}: {e}", path.display()))?;
            let is_ordinary = row["kind"].as_str().is_some_and(|kind| kind.starts_with("benign"));
            seen.extend(row["text"].as_str().filter(|_| is_ordinary).map(|text| text.as_bytes().to_vec()));
        }
    }
    Ok(Some(seen.into_iter().collect()))
}

fn ours() -> Command {
    Command::new(root().join("bin/dnstxtscore"))
}

fn compare_with_peer(size: &Size, unique: &[Vec<u8>], table: &mut Results) -> Result<()> {
    let python = tools::PEER.install()?.join("python");
    let peer = || {
        let mut command = Command::new(&python);
        let model = root().join(format!("models/{}/model.onnx", model::EMBEDDED_NAME));
        command.arg(root().join("benches/peers/splunklib_onnx.py")).arg(model).env("OMP_NUM_THREADS", "1");
        command
    };
    for (what, first_row) in [("spawn to getinfo reply, median", false), ("spawn to the first scored row, median", true)] {
        let (a, b) = (start_seconds(&ours, size.repeats, first_row)?, start_seconds(&peer, size.repeats, first_row)?);
        table.add([what, &format!("{:.1} ms", a * 1e3), &format!("{:.1} ms", b * 1e3), &format!("{:.0}", b / a)]);
    }
    let mut repeated: Vec<Vec<u8>> = unique[..size.rows / 10].iter().flat_map(|text| std::iter::repeat_n(text.clone(), 10)).collect();
    repeated.shuffle(&mut StdRng::seed_from_u64(2));
    for (number, (what, texts)) in [
        ("rows per CPU second, all texts different", bodies(unique)),
        ("the same, each text 10 times, shuffled; the peer scores each again", bodies(&repeated)),
    ]
    .into_iter()
    .enumerate()
    {
        let (mut our_rates, mut peer_rates, mut ratios, mut peaks) = (Vec::new(), Vec::new(), Vec::new(), [0.0, 0.0]);
        for _ in 0..size.repeats.min(5) {
            let (a, b) = (rows_per_cpu_second(ours(), &texts)?, rows_per_cpu_second(peer(), &texts)?);
            if a.suspicious.abs_diff(b.suspicious) * 1000 > size.rows {
                return Err(format!("the peer's verdicts differ: {} and {} rows are suspicious", a.suspicious, b.suspicious));
            }
            ratios.push(a.rate / b.rate);
            our_rates.push(a.rate);
            peer_rates.push(b.rate);
            peaks = [a.peak_mib, b.peak_mib];
        }
        let our_rate = median(our_rates);
        table.add([what, &thousands(our_rate), &thousands(median(peer_rates)), &spread(ratios)]);
        let [a, b] = peaks;
        let mib = |peak: f64| format!("{peak:.1} MiB");
        table.add([&format!("peak memory ({what})"), &mib(a), &mib(b), &format!("{:.1}", b / a)]);
        if number == 0 {
            let what =
                "rows per CPU second, all texts different, to the 120 rows/s of the original's row loop in its container (taken elsewhere)";
            table.add([what, &thousands(our_rate), "", &format!("{:.0}", our_rate / ORIGINAL_ROWS_PER_SECOND)]);
        }
    }
    Ok(())
}

fn compare_with_original(size: &Size, unique: &[Vec<u8>], table: &mut Results) -> Result<()> {
    let Some(app) = imported_model::app()? else {
        println!("not measured: the original's weights, because ../shared is absent");
        return Ok(());
    };
    let texts = &unique[..size.rows.min(10_000)];
    let program = || Command::new(app.join("bin/dnstxtscore"));
    let args = ["field=text", &format!("model={}", imported_model::NAME)];
    let mut rates = Vec::new();
    for _ in 0..size.repeats.min(3) {
        rates.push(play(Player::start_with(program(), &args)?, &bodies(texts))?.rate);
    }
    let rate = median(rates);
    let ratio = format!("{:.0}", rate / ORIGINAL_ROWS_PER_SECOND);
    table.add(["rows per CPU second with the original's own weights (`model=`), to the same 120 rows/s", &thousands(rate), "", &ratio]);
    Ok(())
}

/// The text of the results; each row is printed when it is added.
struct Results(String);

impl Results {
    fn new() -> Self {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let cpu = cpus.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(" unknown").trim_start_matches([' ', '\t', ':']);
        let flags = cpus.lines().find_map(|line| line.strip_prefix("flags")).unwrap_or_default();
        let has = |name: &&str| flags.split_whitespace().any(|flag| flag == *name);
        let features = ["avx2", "avx512bw", "avx_vnni", "avx512_vnni", "amx_int8"].into_iter().filter(has).collect::<Vec<_>>().join(", ");
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let head = "| what | dnstxtscore | Python peer | ratio |\n| --- | --- | --- | --- |";
        println!("{head}");
        let (date, model) = (&iso_time(seconds)[..10], model::EMBEDDED_NAME);
        Self(format!("# Figures of `cargo xtask bench`\n\n{date}, {cores} cores of {cpu} ({features}), model {model}.\n\n{head}\n"))
    }

    /// Adds another table.
    fn section(&mut self, title: &str, table: &str) {
        println!("\n{table}");
        let _ = write!(self.0, "\n## {title}\n\n{table}");
    }

    fn add(&mut self, cells: [&str; 4]) {
        let row = format!("| {} |", cells.join(" | "));
        println!("{row}");
        let _ = writeln!(self.0, "{row}");
    }
}

/// Seconds from spawn to the getinfo reply, or to the first scored row; the median.
fn start_seconds(command: &dyn Fn() -> Command, repeats: usize, first_row: bool) -> Result<f64> {
    let mut all = Vec::new();
    for _ in 0..repeats {
        let start = Instant::now();
        let mut player = Player::start(command())?;
        if first_row {
            player.rows(&body([&b"v=spf1 -all"[..]].into_iter()), 1)?;
        }
        all.push(start.elapsed().as_secs_f64());
        player.finish()?;
    }
    Ok(median(all))
}

struct Measurement {
    /// Rows per second: of CPU, or of the clock.
    rate: f64,
    peak_mib: f64,
    suspicious: usize,
}

/// Rows per CPU second of a command, without its start.
fn rows_per_cpu_second(command: Command, bodies: &[(Vec<u8>, usize)]) -> Result<Measurement> {
    play(Player::start(command)?, bodies)
}

fn play(mut player: Player, bodies: &[(Vec<u8>, usize)]) -> Result<Measurement> {
    player.rows(&body([&b"v=spf1 -all"[..]].into_iter()), 1)?;
    let (before, mut suspicious) = (player.cpu_seconds(), 0);
    for (body, rows) in bodies {
        suspicious += player.rows(body, *rows)?;
    }
    let (cpu, peak_mib) = ((player.cpu_seconds() - before).max(0.01), player.peak_mib());
    player.finish()?;
    Ok(Measurement { rate: bodies.iter().map(|(_, rows)| *rows as f64).sum::<f64>() / cpu, peak_mib, suspicious })
}

/// Rows per second of the clock while the command works, over this many different texts of 100 characters on average.
fn rows_per_second(command: Command, count: usize) -> Result<Measurement> {
    let mut player = Player::start(command)?;
    player.rows(&body([&b"v=spf1 -all"[..]].into_iter()), 1)?;
    let (mut random, mut seconds, mut suspicious) = (StdRng::seed_from_u64(3), 0.0, 0);
    for from in (0..count).step_by(CHUNK_ROWS) {
        let rows = CHUNK_ROWS.min(count - from);
        let texts: Vec<Vec<u8>> =
            (0..rows).map(|i| format!("{}{:08x}", "x".repeat(random.random_range(42..142)), from + i).into_bytes()).collect();
        let body = body(texts.iter().map(Vec::as_slice));
        let start = Instant::now();
        suspicious += player.rows(&body, rows)?;
        seconds += start.elapsed().as_secs_f64();
    }
    let peak_mib = player.peak_mib();
    player.finish()?;
    Ok(Measurement { rate: count as f64 / seconds, peak_mib, suspicious })
}
