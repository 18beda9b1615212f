//! The claims, one file for each path through the SDK.

mod histogram;
mod perf_layer;
mod query_event;
mod threads;

use crate::paired::Effort;
use crate::row::Row;

/// A named set of rows.
pub struct Bench {
    pub name: &'static str,
    pub run: fn(Effort) -> Result<Vec<Row>, Box<dyn std::error::Error>>,
}

pub const ALL: [Bench; 3] = [perf_layer::BENCH, histogram::BENCH, query_event::BENCH];

pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|bench| bench.name).collect()
}
