//! The network beside what the processor can do: `benches/peers/yardstick.py` runs both in one process.

use std::collections::BTreeMap;
use std::process::Command;

use dnstxtscore::model;
use serde::Deserialize;

use crate::{Result, root, tools};

/// Multiply-adds per second.
#[derive(Deserialize)]
struct Figures {
    /// Of ONNX Runtime's product of two matrices of 8-bit integers.
    product: f64,
    /// By length of a row: multiply-adds per row, and per second in the network.
    network: BTreeMap<usize, (u64, f64)>,
}

/// A table of Markdown: by length of a row, what the network reaches of the product.
///
/// # Errors
/// If Python cannot be set up or fails.
pub(super) fn table(quick: bool) -> Result<String> {
    let python = tools::PEER.install()?.join("python");
    let seconds = if quick { "0.05" } else { "2" };
    let output = Command::new(&python)
        .arg(root().join("benches/peers/yardstick.py"))
        .arg(root().join(format!("models/{}/model.onnx", model::EMBEDDED_NAME)))
        .arg(seconds)
        .env("OMP_NUM_THREADS", "1")
        .output()
        .map_err(|e| format!("{}: {e}", python.display()))?;
    if !output.status.success() {
        return Err(format!("yardstick.py failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let figures: Figures = serde_json::from_slice(&output.stdout).map_err(|e| format!("yardstick.py: {e}"))?;
    Ok(render(&figures))
}

fn render(figures: &Figures) -> String {
    let giga = |per_second: f64| format!("{:.1}", per_second / 1e9);
    let rows = figures.network.iter().map(|(length, (per_row, per_second))| {
        let share = per_second / figures.product * 100.0;
        format!("| {length} | {per_row} | {} | {share:.0} % |\n", giga(*per_second))
    });
    format!(
        "| bytes of a row | multiply-adds per row | billion per second | of the product's {} |\n| --- | --- | --- | --- |\n{}",
        giga(figures.product),
        rows.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_each_length_is_shown() {
        let figures = serde_json::from_str(r#"{"product": 9e10, "network": {"24": [84608, 4.5e10]}}"#).unwrap();
        assert!(render(&figures).ends_with("of the product's 90.0 |\n| --- | --- | --- | --- |\n| 24 | 84608 | 45.0 | 50 % |\n"));
    }
}
