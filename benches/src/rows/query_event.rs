//! Handing in one query event within a request, for a statement and call site seen before.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use perf_core::{CallSite, Fingerprint, Label, QueryEvent, Recorder};

use super::{Bench, Measured};
use crate::paired::{Effort, measure};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "query_event", run };

const SQL: &str = "select id, name, price from products where id = $1";

fn run(effort: Effort) -> Measured {
    let recorder = Recorder::builder().build();
    let mut scope = recorder.scope(Label::request("GET", "/products/{id}"));
    let peer = Mutex::new(HashMap::<(&str, u32), hdrhistogram::Histogram<u64>>::new());
    let rounds = measure(
        effort,
        [
            Box::new(|repetitions| {
                scope.enter(|| {
                    timed(repetitions, |n| {
                        QueryEvent::new(
                            Fingerprint::of_static(black_box(SQL)),
                            CallSite::here(),
                            MILLI,
                        )
                        .parameters(n)
                        .rows(1)
                        .record();
                    })
                })
            }),
            // What one would write by hand: the text as the key, one lock for all.
            Box::new(|repetitions| {
                timed(repetitions, |_| {
                    peer.lock()
                        .expect("no panic")
                        .entry((black_box(SQL), line!()))
                        .or_insert_with(|| hdrhistogram::Histogram::new(2).expect("two digits"))
                        .record(MILLI.as_micros() as u64)
                        .expect("resizes itself");
                })
            }),
        ],
    );
    Ok(vec![Row::of("query_event, Mutex<HashMap<sql, hdr>>", &rounds, Goal::Nanos(100.0))])
}

const MILLI: Duration = Duration::from_millis(1);

fn timed(repetitions: u64, body: impl FnMut(u64)) -> Duration {
    let started = Instant::now();
    (0..repetitions).for_each(body);
    started.elapsed()
}
