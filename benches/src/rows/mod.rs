//! The claims, one file for each path through the SDK.

mod batch;
mod batch_insert;
mod cached_macro;
mod dashboard_open;
pub(crate) mod doctor;
mod histogram;
mod hit_rate;
mod index_search;
mod keyset;
mod lint;
mod loader;
mod local_hit;
mod metrics_page;
mod multi_tier;
mod one_core;
mod outgoing;
mod pattern;
mod perf_layer;
mod pipeline;
mod plan_analysis;
mod pooled_query;
mod products;
mod query_event;
mod redis_hit;
mod request_threads;
mod stampede;
mod threads;
mod zipf;

use std::error::Error;

use crate::paired::Effort;
use crate::row::Row;

/// Rows, or why they could not be measured.
pub(crate) type Measured = Result<Vec<Row>, Box<dyn Error>>;

/// A named set of rows.
pub(crate) struct Bench {
    pub(crate) name: &'static str,
    pub(crate) run: fn(Effort) -> Measured,
}

pub(crate) const ALL: [Bench; 24] = [
    perf_layer::BENCH,
    request_threads::BENCH,
    outgoing::BENCH,
    dashboard_open::BENCH,
    metrics_page::BENCH,
    histogram::BENCH,
    query_event::BENCH,
    local_hit::BENCH,
    hit_rate::BENCH,
    cached_macro::BENCH,
    redis_hit::BENCH,
    batch::BENCH,
    stampede::BENCH,
    pattern::BENCH,
    multi_tier::BENCH,
    pooled_query::BENCH,
    pipeline::BENCH,
    batch_insert::BENCH,
    loader::BENCH,
    keyset::BENCH,
    lint::BENCH,
    doctor::BENCH,
    plan_analysis::BENCH,
    index_search::BENCH,
];

pub(crate) fn names() -> Vec<&'static str> {
    ALL.iter().map(|bench| bench.name).collect()
}
