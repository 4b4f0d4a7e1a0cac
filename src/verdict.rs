//! The columns that a reply adds. Their names are those of the detection that this command succeeds, so that searches
//! written for it go on working.

/// Names of the added columns: the probability, and the verdict at the threshold.
pub const COLUMNS: [&str; 2] = ["predicted_is_unknown", "pred_is_unknown"];

const MILLION: f64 = 1e6;

/// The cells that stand behind a row: `,<probability>,<0 or 1>`, or `,,` for a row without an answer.
///
/// The verdict is made from the printed probability, so that a reader who compares the two columns finds no surprise.
pub fn write_cells(out: &mut Vec<u8>, score: Option<f32>, threshold: f64) {
    let Some(score) = score else {
        return out.extend_from_slice(b",,");
    };
    let millionths = (f64::from(score).clamp(0.0, 1.0) * MILLION).round();
    let mut digits = *b",0.000000,0";
    let mut rest = millionths as u32;
    if rest == 1_000_000 {
        digits[1] = b'1';
        rest = 0;
    }
    for digit in digits[3..9].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    if is_suspicious(millionths / MILLION, threshold) {
        digits[10] = b'1';
    }
    out.extend_from_slice(&digits);
}

/// The probability as it is printed: six decimals.
pub fn printed(score: f32) -> f64 {
    (f64::from(score).clamp(0.0, 1.0) * MILLION).round() / MILLION
}

/// Whether a printed probability reaches the threshold.
pub fn is_suspicious(printed: f64, threshold: f64) -> bool {
    printed >= threshold
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cells(score: Option<f32>, threshold: f64) -> String {
        let mut out = Vec::new();
        write_cells(&mut out, score, threshold);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn printed_forms() {
        assert_eq!(cells(None, 0.5), ",,");
        assert_eq!(cells(Some(0.0), 0.5), ",0.000000,0");
        assert_eq!(cells(Some(1.0), 0.5), ",1.000000,1");
        assert_eq!(cells(Some(0.9999996), 0.5), ",1.000000,1");
        assert_eq!(cells(Some(0.000012), 0.0), ",0.000012,1");
        assert_eq!(cells(Some(f32::NAN), 0.5), ",0.000000,0");
    }

    #[test]
    fn the_verdict_follows_the_printed_number() {
        assert_eq!(cells(Some(0.499_999_6), 0.5), ",0.500000,1");
        assert_eq!(cells(Some(0.499_999_4), 0.5), ",0.499999,0");
        assert_eq!(cells(Some(1.0), 1.0), ",1.000000,1");
    }

    proptest! {
        #[test]
        fn any_number_is_printed_as_std_prints_it(score in 0.0f32..=1.0, threshold in 0.0f64..=1.0) {
            let printed = format!("{:.6}", (f64::from(score) * 1e6).round() / 1e6);
            let verdict = u8::from(printed.parse::<f64>().unwrap() >= threshold);
            prop_assert_eq!(cells(Some(score), threshold), format!(",{printed},{verdict}"));
        }
    }
}
