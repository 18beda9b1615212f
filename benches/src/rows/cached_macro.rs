//! A hit of `#[cached]`, beside the macro of the same name of the crate `cached`.

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Instant;

use cached::macros::cached as peer;
use perf_cache::{Cache, LocalStore, cached};
use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Runtime};

use super::{Bench, Measured};
use crate::paired::{Contestant, Effort, measure};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "cached_macro", run };

const KEYS: u64 = 1_000;

static MOKA: LazyLock<Cache> = LazyLock::new(|| build(LocalStore::Moka));
static QUICK: LazyLock<Cache> = LazyLock::new(|| build(LocalStore::QuickCache));

#[derive(Clone, Serialize, Deserialize)]
struct Product {
    id: u64,
    name: String,
}

impl Product {
    fn of(id: u64) -> Self {
        Self { id, name: format!("product {id}") }
    }
}

#[cached(ttl = "10m", key = "product:{id}", cache = *MOKA)]
fn on_moka(id: u64) -> Product {
    Product::of(id)
}

#[cached(ttl = "10m", key = "product:{id}", cache = *QUICK)]
fn on_quick(id: u64) -> Product {
    Product::of(id)
}

#[peer(
    max_size = 10_000,
    ttl_secs = 600,
    key = "String",
    convert = r#"{ format!("product:{id}") }"#
)]
fn theirs(id: u64) -> Product {
    Product::of(id)
}

#[peer(max_size = 10_000, ttl_secs = 600)]
fn theirs_by_number(id: u64) -> Product {
    Product::of(id)
}

#[cached(ttl = "10m", key = "product:{id}", cache = *MOKA)]
async fn on_moka_async(id: u64) -> Product {
    Product::of(id)
}

#[cached(ttl = "10m", key = "product:{id}", cache = *QUICK)]
async fn on_quick_async(id: u64) -> Product {
    Product::of(id)
}

#[peer(
    max_size = 10_000,
    ttl_secs = 600,
    key = "String",
    convert = r#"{ format!("product:{id}") }"#
)]
async fn theirs_async(id: u64) -> Product {
    Product::of(id)
}

#[peer(max_size = 10_000, ttl_secs = 600)]
async fn theirs_by_number_async(id: u64) -> Product {
    Product::of(id)
}

fn run(effort: Effort) -> Measured {
    // They block on a runtime of their own, which cannot be done inside of another.
    LazyLock::force(&MOKA);
    LazyLock::force(&QUICK);
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let row = |name: &str, ours: Contestant<'_>, peer: Contestant<'_>, goal| {
        Row::of(name, &measure(effort, [ours, peer]), goal)
    };
    let a_runtime = &runtime;
    Ok(vec![
        row("cached_macro, quick_cache, cached 4", each(on_quick), each(theirs), Goal::Ratio(1.0)),
        row("cached_macro, moka, cached 4", each(on_moka), each(theirs), Goal::Shown),
        row(
            "cached_macro, quick_cache, cached 4 by u64",
            each(on_quick),
            each(theirs_by_number),
            Goal::Shown,
        ),
        row(
            "cached_macro, async, quick_cache, cached 4",
            each_async(a_runtime, on_quick_async),
            each_async(a_runtime, theirs_async),
            Goal::Ratio(1.0),
        ),
        row(
            "cached_macro, async, moka, cached 4",
            each_async(a_runtime, on_moka_async),
            each_async(a_runtime, theirs_async),
            Goal::Shown,
        ),
        row(
            "cached_macro, async, quick_cache, by u64",
            each_async(a_runtime, on_quick_async),
            each_async(a_runtime, theirs_by_number_async),
            Goal::Shown,
        ),
    ])
}

fn build(store: LocalStore) -> Cache {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(Cache::builder().name("bench").local_store(store).build()).expect("a cache")
}

fn each<'a>(call: impl Fn(u64) -> Product + 'a) -> Contestant<'a> {
    (0..KEYS).for_each(|id| drop(call(id)));
    Box::new(move |repetitions| {
        let started = Instant::now();
        for id in ids(repetitions) {
            assert_eq!(black_box(call(black_box(id))).id, id);
        }
        started.elapsed()
    })
}

fn each_async<'a>(runtime: &'a Runtime, call: impl AsyncFn(u64) -> Product + 'a) -> Contestant<'a> {
    Box::new(move |repetitions| {
        runtime.block_on(async {
            let started = Instant::now();
            for id in ids(repetitions) {
                assert_eq!(black_box(call(black_box(id)).await).id, id);
            }
            started.elapsed()
        })
    })
}

fn ids(repetitions: u64) -> impl Iterator<Item = u64> {
    (0..repetitions).map(|n| n % KEYS)
}
