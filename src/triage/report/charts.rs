//! The bars of the report's charts.

#![expect(clippy::arithmetic_side_effects, reason = "times are of years -9999 to 9999, heights at most 1000, bars at most 96")]

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::triage::times::seconds;

/// Parts of the score from 0 to 1.
const BINS: usize = 20;
/// Bars of the timeline, and buckets that are kept until it is drawn.
const MAX_BARS: usize = 96;
const MAX_BUCKETS: usize = 4096;

/// A bar of a chart. Heights are in tenths of a percent, so that the template has no number to format.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) all: u64,
    pub(super) suspicious: u64,
    pub(super) height: u32,
    pub(super) suspicious_height: u32,
    pub(super) has_suspicious: bool,
}

impl Bar {
    /// Where the bar begins, from the top of a chart of height 1000.
    pub(super) fn top(&self) -> u32 {
        1000 - self.height
    }

    pub(super) fn suspicious_top(&self) -> u32 {
        1000 - self.suspicious_height
    }
}

/// A bar that counts anything is visible: at least a hundredth of the chart.
fn tenths(part: f64) -> u32 {
    if part > 0.0 { ((part * 1000.0).round() as u32).clamp(10, 1000) } else { 0 }
}

/// How many records, and how many suspicious ones, each part of the score has.
#[derive(Default)]
pub(super) struct Histogram([(u64, u64); BINS]);

impl Histogram {
    /// Counts a score from 0 to 1.
    pub(super) fn add(&mut self, score: f64, suspicious: bool) {
        if let Some((all, suspicious_count)) = self.0.get_mut(((score * BINS as f64) as usize).min(BINS - 1)) {
            *all += 1;
            *suspicious_count += u64::from(suspicious);
        }
    }

    /// One bar per part. Heights are logarithmic: most answers are ordinary, and the few others must be visible.
    pub(super) fn bars(&self) -> Vec<Bar> {
        let max = (self.0.iter().map(|(all, _)| *all).max().unwrap_or_default() as f64).ln_1p().max(f64::MIN_POSITIVE);
        let width = 1.0 / BINS as f64;
        let bar = |(place, &(all, suspicious)): (usize, &(u64, u64))| {
            let from = place as f64 * width;
            let part = (all as f64).ln_1p() / max;
            let suspicious_height = tenths(part * suspicious as f64 / all.max(1) as f64);
            let (label, has_suspicious) = (format!("{from:.2} to {:.2}", from + width), suspicious > 0);
            Bar { label, all, suspicious, height: tenths(part), suspicious_height, has_suspicious }
        };
        self.0.iter().enumerate().map(bar).collect()
    }
}

/// How many records, and how many suspicious ones, were seen when.
pub(super) struct Timeline {
    /// Seconds per bucket; doubled whenever there are too many buckets.
    bucket_seconds: i64,
    buckets: BTreeMap<i64, (u64, u64)>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { bucket_seconds: 1, buckets: BTreeMap::new() }
    }
}

impl Timeline {
    pub(super) fn add(&mut self, time: OffsetDateTime, suspicious: bool) {
        let bucket = self.buckets.entry(time.unix_timestamp().div_euclid(self.bucket_seconds)).or_default();
        bucket.0 += 1;
        bucket.1 += u64::from(suspicious);
        while self.buckets.len() > MAX_BUCKETS {
            self.bucket_seconds *= 2;
            let mut wider: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
            for (place, (all, suspicious)) in std::mem::take(&mut self.buckets) {
                let bucket = wider.entry(place.div_euclid(2)).or_default();
                bucket.0 += all;
                bucket.1 += suspicious;
            }
            self.buckets = wider;
        }
    }

    /// At most 96 bars of equal length, from the first record to the last.
    pub(super) fn bars(&self) -> Vec<Bar> {
        let (Some(first), Some(last)) = (self.buckets.keys().next(), self.buckets.keys().next_back()) else { return Vec::new() };
        let buckets_per_bar = (last - first) / MAX_BARS as i64 + 1;
        let mut counts = vec![(0u64, 0u64); ((last - first) / buckets_per_bar) as usize + 1];
        for (place, (all, suspicious)) in &self.buckets {
            if let Some(bar) = counts.get_mut(((place - first) / buckets_per_bar) as usize) {
                bar.0 += all;
                bar.1 += suspicious;
            }
        }
        let max = counts.iter().map(|(all, _)| *all).max().unwrap_or(1) as f64;
        let starts = (0..).map(|number| (first + number * buckets_per_bar) * self.bucket_seconds);
        let label = |second: i64| OffsetDateTime::from_unix_timestamp(second).map(seconds).unwrap_or_default();
        counts
            .iter()
            .zip(starts)
            .map(|(&(all, suspicious), start)| Bar {
                label: label(start),
                all,
                suspicious,
                height: tenths(all as f64 / max),
                suspicious_height: tenths(suspicious as f64 / max),
                has_suspicious: suspicious > 0,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeline_has_few_bars_and_loses_no_record() {
        let mut timeline = Timeline::default();
        for second in 0..20_000i64 {
            timeline.add(OffsetDateTime::from_unix_timestamp(1_700_000_000 + second * 7).unwrap(), second % 4 == 0);
        }
        timeline.add(OffsetDateTime::from_unix_timestamp(0).unwrap(), true);
        let bars = timeline.bars();
        assert!(bars.len() <= MAX_BARS && timeline.buckets.len() <= MAX_BUCKETS);
        assert_eq!(bars.iter().map(|bar| bar.all).sum::<u64>(), 20_001);
        assert_eq!(bars.iter().map(|bar| bar.suspicious).sum::<u64>(), 5_001);
    }
}
