//! The columns that this program adds, and how a score is written in them. Splunk, the command line and the report use the
//! same names and the same digits.
//!
//! `predicted_is_unknown` and `pred_is_unknown` are the names of the detection that this command succeeds, so that searches
//! written for it keep working.

/// The probability, and the verdict at the threshold.
pub const SCORE: [&str; 2] = ["predicted_is_unknown", "pred_is_unknown"];

/// What the option `explain` adds: an explanation, and the score of the model alone, without the floors of signs.
pub const EXPLANATION: [&str; 5] = ["txt_type", "txt_reason", "txt_encoding", "txt_decoded", MODEL_SCORE];

/// The last column of [`EXPLANATION`].
pub const MODEL_SCORE: &str = "txt_model_score";

/// What the option `domain` adds.
pub const REGISTERED_DOMAIN: &str = "registered_domain";

/// What the option `channel` adds: the score of a channel, and a sentence that describes it.
pub const CHANNEL: [&str; 2] = ["channel_score", "channel_reason"];

/// In JSON output: which answer of an object with several answers the line is about.
pub const ANSWER: &str = "txt_answer";

/// The default threshold. `models/<name>/config.json` names it too, and both are compared when the model opens.
pub const DEFAULT_THRESHOLD: f64 = 0.5;

/// A threshold as a user writes it.
///
/// # Errors
/// If it is not a number from 0 to 1.
pub fn threshold(word: &str) -> Result<f64, String> {
    word.parse().ok().filter(|number| (0.0..=1.0).contains(number)).ok_or_else(|| "it takes a number from 0 to 1".to_owned())
}

const MILLION: f64 = 1e6;

/// Appends `,<probability>,<0 or 1>`, or `,,` for a row without an answer.
///
/// The verdict follows from the rounded probability, so that the two columns never contradict each other.
pub fn write_score_cells(out: &mut Vec<u8>, score: Option<f32>, threshold: f64) {
    let rounded = score.map(round_score);
    write_rounded_cell(out, rounded);
    out.extend_from_slice(match rounded.map(|score| is_suspicious(score, threshold)) {
        Some(true) => b",1",
        Some(false) => b",0",
        None => b",",
    });
}

/// Appends `,<probability>`, or `,` for a row without an answer.
pub fn write_probability_cell(out: &mut Vec<u8>, score: Option<f32>) {
    write_rounded_cell(out, score.map(round_score));
}

fn write_rounded_cell(out: &mut Vec<u8>, rounded: Option<f64>) {
    let Some(rounded) = rounded else { return out.push(b',') };
    let mut digits = *b",0.000000";
    let mut rest = (rounded * MILLION + 0.5) as u32; // a whole number of millionths but for the last bits
    if rest == 1_000_000 {
        digits[1] = b'1';
        rest = 0;
    }
    for digit in digits[3..].iter_mut().rev() {
        *digit = b'0' | (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&digits);
}

/// The probability, rounded to the six decimals that are written.
pub fn round_score(score: f32) -> f64 {
    (f64::from(score).clamp(0.0, 1.0) * MILLION).round() / MILLION
}

/// A rounded score and its verdict as they are written; two empty texts without a score.
pub fn score_cells(rounded: Option<f64>, threshold: f64) -> [String; 2] {
    match rounded {
        Some(score) => {
            let mut cells = Vec::with_capacity(16);
            write_score_cells(&mut cells, Some(score as f32), threshold);
            let cells = String::from_utf8(cells).unwrap_or_default();
            let (score, verdict) = cells.trim_start_matches(',').split_once(',').unwrap_or_default();
            [score.to_owned(), verdict.to_owned()]
        }
        None => Default::default(),
    }
}

/// Whether a rounded score reaches the threshold.
pub fn is_suspicious(rounded: f64, threshold: f64) -> bool {
    rounded >= threshold
}

/// Whether a column or JSON member has a name that the command line adds.
pub fn is_added(name: &str) -> bool {
    name == ANSWER || SCORE.contains(&name) || EXPLANATION.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cells(score: Option<f32>, threshold: f64) -> String {
        let mut out = Vec::new();
        write_score_cells(&mut out, score, threshold);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn scores_have_six_decimals() {
        assert_eq!(cells(None, 0.5), ",,");
        assert_eq!(cells(Some(0.0), 0.5), ",0.000000,0");
        assert_eq!(cells(Some(1.0), 0.5), ",1.000000,1");
        assert_eq!(cells(Some(0.9999996), 0.5), ",1.000000,1");
        assert_eq!(cells(Some(0.000012), 0.0), ",0.000012,1");
        assert_eq!(cells(Some(f32::NAN), 0.5), ",0.000000,0");
    }

    #[test]
    fn the_verdict_follows_the_rounded_score() {
        assert_eq!(cells(Some(0.499_999_6), 0.5), ",0.500000,1");
        assert_eq!(cells(Some(0.499_999_4), 0.5), ",0.499999,0");
        assert_eq!(cells(Some(1.0), 1.0), ",1.000000,1");
    }

    proptest! {
        #[test]
        fn any_score_is_written_as_std_writes_it_and_in_both_forms_alike(score in 0.0f32..=1.0, threshold in 0.0f64..=1.0) {
            let printed = format!("{:.6}", (f64::from(score) * 1e6).round() / 1e6);
            let verdict = u8::from(printed.parse::<f64>().unwrap() >= threshold);
            prop_assert_eq!(cells(Some(score), threshold), format!(",{printed},{verdict}"));
            prop_assert_eq!(score_cells(Some(round_score(score)), threshold), [printed, verdict.to_string()]);
        }
    }
}
