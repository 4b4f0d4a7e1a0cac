use xtask::bench::{
    cost::measure,
    inputs::{INPUTS, ordinary_texts},
};
fn main() {
    let texts = ordinary_texts().unwrap();
    let size: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let only = std::env::args().nth(2).unwrap_or_default();
    let mut base = 0.0;
    for i in INPUTS.iter().filter(|i| i.reader.contains(&only)) {
        let b = i.bytes(&texts, size);
        let p = std::path::Path::new("/tmp/cost.in");
        std::fs::write(p, &b).unwrap();
        let c = measure(&xtask::root().join("bin/dnstxtscore"), i.args, p).unwrap();
        if i.name == "ordinary" {
            base = c.seconds / b.len() as f64
        }
        println!(
            "{:8} {:40} {:6} KB {:7.3} s ratio {:5.2}  {:.3} us/B out {:6.1}x lines {} {:.2} us/line",
            i.reader,
            i.name,
            b.len() / 1024,
            c.seconds,
            c.seconds / b.len() as f64 / base,
            c.seconds * 1e6 / b.len() as f64,
            c.output_bytes as f64 / b.len() as f64,
            c.lines,
            c.seconds * 1e6 / c.lines.max(1) as f64
        );
    }
}
