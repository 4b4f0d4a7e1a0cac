//! Each stage that a chunk passes, measured separately: `cargo bench`. `cargo test` runs each once.
//!
//! The rows resemble ordinary records in length and characters. `cargo xtask bench` measures the whole program with rows of many
//! kinds.

use std::hint::black_box;
use std::io;

use divan::Bencher;
use divan::counter::ItemsCount;
use dnstxtscore::evidence::record_types;
use dnstxtscore::model::batches::Batches;
use dnstxtscore::model::embedded::{self, EmbeddedModel};
use dnstxtscore::model::{self, Scorer};
use dnstxtscore::splunk::chunk::Chunk;
use dnstxtscore::splunk::conversation::{Scorers, Settings, converse};
use dnstxtscore::splunk::rows;
use dnstxtscore::{domain, text};

const ROWS: usize = 50_000;

fn main() {
    divan::main();
}

/// Different texts of 20 to 200 characters.
fn texts() -> Vec<String> {
    let kinds = [
        "v=spf1 include:_spf.example.com ip4:198.51.100.",
        "google-site-verification=",
        "k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC",
        "",
    ];
    (0..ROWS).map(|i| format!("{}{i:020x}{}", kinds[i % kinds.len()], "A7".repeat(i * 7 % 60))).collect()
}

/// As splunkd writes it.
fn body() -> Vec<u8> {
    let mut out = b"text,\"_chunked_idx\",\"__mv_text\",\"__mv__chunked_idx\"\n".to_vec();
    for (i, text) in texts().iter().enumerate() {
        rows::write_value(&mut out, text.as_bytes());
        out.extend_from_slice(format!(",{i},,\n").as_bytes());
    }
    out
}

fn conversation() -> Vec<u8> {
    let mut out = Vec::new();
    Chunk::write(&mut out, br#"{"action":"getinfo","searchinfo":{"args":[],"sid":"1","app":"search"}}"#, b"").unwrap();
    Chunk::write(&mut out, br#"{"action":"execute","finished":false}"#, &body()).unwrap();
    out
}

struct Constant;

impl Scorer for Constant {
    fn score(&mut self, texts: &[&[u8]]) -> Result<Vec<model::Score>, model::Error> {
        Ok(vec![model::Score::of_model(0.25); texts.len()])
    }
}

#[divan::bench]
fn rows_in_and_out_with_a_constant_score(bencher: Bencher) {
    let input = conversation();
    bencher.counter(ItemsCount::new(ROWS)).bench(|| {
        converse(&mut &input[..], &mut io::sink(), &Settings::default(), &mut |_| Ok(Scorers::of_texts(Box::new(Constant)))).unwrap().rows
    });
}

#[divan::bench]
fn rows_in_and_out_by_the_csv_crate(bencher: Bencher) {
    let body = body();
    bencher.counter(ItemsCount::new(ROWS)).bench(|| {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&body[..]);
        let (mut writer, mut row) = (csv::Writer::from_writer(Vec::new()), csv::ByteRecord::new());
        while reader.read_byte_record(&mut row).unwrap() {
            writer.write_byte_record(&row).unwrap();
        }
        writer.into_inner().unwrap()
    });
}

#[divan::bench]
fn chunk_read(bencher: Bencher) {
    let input = conversation();
    let mut chunk = Chunk::default();
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let mut input = &input[..];
        while chunk.read(&mut input).unwrap() {}
        chunk.body.len()
    });
}

#[divan::bench]
fn text_normalised(bencher: Bencher) {
    let texts = texts();
    bencher
        .counter(ItemsCount::new(ROWS))
        .bench(|| texts.iter().filter_map(|cell| text::scorable_text(cell.as_bytes())).map(|text| text.len()).sum::<usize>());
}

#[divan::bench]
fn features_made(bencher: Bencher) {
    let texts = texts();
    let texts: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    let mut batches = Batches::new(embedded::table().unwrap());
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        batches
            .score(&texts, &mut |batch, scores| {
                scores.extend(std::iter::repeat_n(0.25, black_box(batch).dim().0));
                Ok(())
            })
            .unwrap()
    });
}

#[divan::bench]
fn domains_found(bencher: Bencher) {
    bencher.counter(ItemsCount::new(1000usize)).bench(|| {
        (0..1000)
            .filter_map(|i| domain::registered_domain(format!("{i:x}.t.example.co.uk").as_bytes()))
            .map(|name| name.len())
            .sum::<usize>()
    });
}

#[divan::bench]
fn record_types_classified(bencher: Bencher) {
    let texts = texts();
    bencher
        .counter(ItemsCount::new(1000usize))
        .bench(|| texts[..1000].iter().filter_map(|text| record_types::classify(text.as_bytes())).count());
}

/// The embedded model, one text per run; needs ONNX Runtime in `bin/` (`cargo xtask build`).
#[divan::bench(args = [20usize, 60, 130, 260, 500])]
fn texts_of_length_scored(bencher: Bencher, length: usize) {
    use std::sync::{Mutex, OnceLock};
    static MODEL: OnceLock<Mutex<EmbeddedModel>> = OnceLock::new();
    let library = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("bin/libonnxruntime.so");
    let open = || Mutex::new(EmbeddedModel::open(&library).expect("the library in bin/ opens: run `cargo xtask build`"));
    let model = MODEL.get_or_init(open);
    let rows = 8192 / length;
    let texts: Vec<Vec<u8>> = (0..rows).map(|row| (0..length).map(|i| (i * 7 + row * 31) as u8).collect()).collect();
    let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
    let mut model = model.lock().unwrap();
    bencher.counter(ItemsCount::new(rows)).bench_local(|| assert_eq!(model.score(&texts).unwrap().len(), rows));
}
