use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::result::Data;

/// A function and its samples.
#[derive(Clone, Debug, Serialize, PartialEq)]
#[non_exhaustive]
pub struct Hot {
    /// Its name.
    pub function: String,
    /// Samples in the function itself.
    pub self_samples: u64,
    /// Samples in it and in what it called.
    pub total_samples: u64,
    /// `self_samples` of all samples, from 0 to 1.
    pub self_share: f64,
    /// `total_samples` of all samples, from 0 to 1.
    pub total_share: f64,
}

/// All functions, the hottest by itself first.
pub(super) fn of(data: &Data) -> Vec<Hot> {
    let mut counts: HashMap<u32, (u64, u64)> = HashMap::new();
    for stack in &data.stacks {
        // The root is no function. What calls itself is counted once for each sample.
        let functions = &stack.frames[1.min(stack.frames.len())..];
        for &function in functions.iter().collect::<HashSet<_>>() {
            counts.entry(function).or_default().1 += stack.count;
        }
        if let Some(&leaf) = functions.last() {
            counts.entry(leaf).or_default().0 += stack.count;
        }
    }
    let all = data.about.samples.max(1) as f64;
    let hot = |(function, (self_samples, total_samples)): (u32, (u64, u64))| Hot {
        function: data
            .functions
            .get(function as usize)
            .map_or_else(String::new, |f| f.name.clone()),
        self_samples,
        total_samples,
        self_share: self_samples as f64 / all,
        total_share: total_samples as f64 / all,
    };
    let mut hot: Vec<Hot> = counts.into_iter().map(hot).collect();
    hot.sort_by(|a, b| by_self(b).cmp(&by_self(a)).then_with(|| a.function.cmp(&b.function)));
    hot
}

fn by_self(hot: &Hot) -> (u64, u64) {
    (hot.self_samples, hot.total_samples)
}
