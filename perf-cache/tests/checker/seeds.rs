use std::env;

use crate::history::History;
use crate::setting::Setting;
use crate::{judge, play};

/// Plays `count` histories, or the one of `PERF_CACHE_SEED`, and judges each.
pub(crate) fn check(count: u64, setting: &Setting) {
    for seed in asked(count) {
        let (history, wrong) = judged(seed, setting);
        if let Some(first) = wrong.first() {
            panic!(
                "{}\nand {} more. PERF_CACHE_SEED={seed} plays it again. Its history up to there:\n{}",
                first,
                wrong.len() - 1,
                history.tail(first.event, 80),
            );
        }
    }
}

/// What one seed leads to.
pub(crate) fn judged(seed: u64, setting: &Setting) -> (History, Vec<judge::Wrong>) {
    let history = play::play(seed, setting);
    let wrong = judge::judge(&history);
    (history, wrong)
}

fn asked(count: u64) -> Vec<u64> {
    if let Some(seed) = number("PERF_CACHE_SEED") {
        return vec![seed];
    }
    match number("PERF_SOAK_SEEDS") {
        Some(count) => {
            let first = fastrand::u64(..1 << 40);
            (first..first + count).collect()
        }
        None => (0..count).collect(),
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text} is not a number")))
}
