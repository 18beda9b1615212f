//! What the layer adds to a request on two threads at once, beside what it adds on one alone.

use std::time::Duration;

use axum::Router;
use perf_core::Recorder;
use perf_tower::PerfLayer;
use tokio::runtime::Builder;

use super::perf_layer::{requests, router};
use super::threads::on_each_of;
use super::{Bench, Measured};
use crate::paired::{Effort, measure};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "request_threads", run };

fn run(effort: Effort) -> Measured {
    let bare = router;
    let ours = || router().layer(PerfLayer::new(Recorder::global()));
    let rounds = measure(
        effort,
        [
            Box::new(|repetitions| on(2, repetitions, bare)),
            Box::new(|repetitions| on(2, repetitions, ours)),
            Box::new(|repetitions| on(1, repetitions, bare)),
            Box::new(|repetitions| on(1, repetitions, ours)),
        ],
    );
    let name = "request_threads, two threads, one thread";
    Ok(vec![Row::of_added_to_each(name, &rounds, Goal::Ratio(1.1))])
}

/// Each thread has a runtime and a router, so that they share the recorder and nothing else.
fn on(threads: usize, repetitions: u64, app: impl Fn() -> Router + Sync) -> Duration {
    on_each_of(threads, || {
        let app = app();
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        move || requests(&runtime, &app, repetitions)
    })
}
