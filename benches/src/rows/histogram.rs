//! Recording one duration, from one and from two threads.

use std::sync::Mutex;
use std::time::Duration;

use perf_core::metric::Histogram;

use super::threads::on_threads;
use super::{Bench, Measured};
use crate::paired::{Effort, measure};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "histogram_record", run };

fn run(effort: Effort) -> Measured {
    let rows = [1, 2].map(|threads| {
        let ours = Histogram::new();
        let peer = hdrhistogram::Histogram::<u64>::new_with_bounds(1, 3_600_000_000, 2);
        let peer = Mutex::new(peer.expect("valid bounds"));
        let rounds = measure(
            effort,
            [
                Box::new(|repetitions| {
                    on_threads(threads, repetitions, |n| ours.record(duration(n)))
                }),
                Box::new(|repetitions| {
                    on_threads(threads, repetitions, |n| {
                        let micros = duration(n).as_micros() as u64;
                        peer.lock().expect("no panic").record(micros).expect("in range");
                    })
                }),
            ],
        );
        let bench = format!("histogram_record, {threads} threads, Mutex<hdr>");
        Row::of(&bench, &rounds, Goal::Nanos(15.0))
    });
    Ok(rows.into())
}

/// Latencies as they come: mostly around a millisecond, with a tail.
fn duration(n: u64) -> Duration {
    let spread = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54;
    Duration::from_micros(800 + spread + (spread >> 9) * 20_000)
}
