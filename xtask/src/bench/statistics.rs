//! Medians, spreads and numbers as they are printed.

/// The median; 0 of none.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The median, the lowest and the highest: `1.02 (0.98 to 1.10)`.
pub(super) fn spread(ratios: Vec<f64>) -> String {
    let (lowest, highest) = ratios.iter().fold((f64::MAX, f64::MIN), |(low, high), one| (low.min(*one), high.max(*one)));
    format!("{:.2} ({lowest:.2} to {highest:.2})", median(ratios))
}

/// `12,345,678`.
pub(super) fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let groups = digits.as_bytes().rchunks(3).rev().map(|part| String::from_utf8_lossy(part).into_owned());
    groups.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!((thousands(1_234_567.4), thousands(12.0)), ("1,234,567".into(), "12".into()));
        assert_eq!((median(vec![3.0, 1.0, 2.0]), &*spread(vec![1.0, 3.0, 2.0])), (2.0, "2.00 (1.00 to 3.00)"));
    }
}
