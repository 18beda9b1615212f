//! One scope with a distributed trace for each step of a route's durations.

use crate::metric::LATENCY_BOUNDS_MICROS;
use crate::scope::TraceId;
use crate::sync::{Mutex, OnceLock};
use crate::time::{self, Duration};

/// One for each bound, and one for what is above them all.
const STEPS: usize = LATENCY_BOUNDS_MICROS.len() + 1;

/// A scope that stands for others of about the same duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exemplar {
    /// The distributed trace that it is a part of.
    pub trace: TraceId,
    /// From the opening to the close, to a microsecond.
    pub elapsed: Duration,
    /// When it closed, in milliseconds since 1970.
    pub closed_unix_ms: u64,
}

/// The latest of each step; nothing is allocated for a route whose scopes have no trace.
#[derive(Debug, Default)]
pub(crate) struct Exemplars {
    latest: OnceLock<Box<Mutex<[Option<Exemplar>; STEPS]>>>,
}

impl Exemplars {
    /// Keeps this scope, unless another one is being kept or read at this moment: any will do.
    pub(crate) fn keep(&self, trace: TraceId, elapsed: Duration) {
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let step = LATENCY_BOUNDS_MICROS.partition_point(|&bound| bound < micros);
        let latest = self.latest.get_or_init(|| Box::new(Mutex::new([None; STEPS])));
        if let Some(mut latest) = latest.try_lock() {
            let elapsed = Duration::from_micros(micros);
            latest[step] = Some(Exemplar { trace, elapsed, closed_unix_ms: time::unix_millis() });
        }
    }

    pub(crate) fn all(&self) -> Vec<Exemplar> {
        let latest = self.latest.get().map(|latest| *latest.lock());
        latest.into_iter().flatten().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_of_each_step_is_kept_and_a_bound_belongs_to_the_step_below() {
        let exemplars = Exemplars::default();
        assert_eq!(exemplars.all(), []);
        let trace = |n| TraceId::from_bytes([n; 16]).expect("not zero");
        for (n, millis) in [(1, 6), (2, 10), (3, 11), (4, 60_000)] {
            exemplars.keep(trace(n), Duration::from_millis(millis));
        }
        let all: Vec<_> = exemplars.all().into_iter().map(|exemplar| exemplar.trace).collect();
        assert_eq!(all, [trace(2), trace(3), trace(4)]);
    }
}
