//! Slow executions, kept with their values so that they can be explained afterwards.

mod plans;
mod sample;

use std::fmt;

use perf_core::sync::{Arc, Mutex};
use perf_core::time::Duration;

pub use self::plans::SlowPlan;
use self::sample::Sample;
use crate::pool::Connection;
use crate::statement::Call;

/// Statements of which an execution is kept.
const MAX_SAMPLES: usize = 32;

/// The slowest execution of each of the last statements that were slow.
///
/// Invariant: no two samples are of one statement; the one that was noted last is the last.
pub(crate) struct SlowExecutions {
    threshold: Duration,
    samples: Mutex<Vec<Arc<Sample>>>,
}

impl SlowExecutions {
    pub(crate) fn new(threshold: Duration) -> Self {
        Self { threshold, samples: Mutex::default() }
    }

    /// A statement has been answered after this time.
    ///
    /// Only statements that read are kept, since nobody should wonder whether the others may be
    /// explained.
    pub(crate) fn answered(&self, call: &Call<'_>, connection: &Connection, took: Duration) {
        if took >= self.threshold && call.only_reads() && self.is_slowest(call, took) {
            self.note(Sample::of(call, connection, took));
        }
    }

    /// Asked before the values are copied.
    fn is_slowest(&self, call: &Call<'_>, took: Duration) -> bool {
        let statement = call.sql().fingerprint().id();
        let samples = self.samples.lock();
        samples.iter().all(|kept| kept.statement() != statement || kept.took < took)
    }

    fn note(&self, sample: Option<Sample>) {
        let Some(sample) = sample else { return };
        let mut samples = self.samples.lock();
        let kept = samples.iter().position(|kept| kept.statement() == sample.statement());
        match kept {
            // Another execution was noted meanwhile.
            Some(place) if samples[place].took > sample.took => return,
            Some(place) => drop(samples.remove(place)),
            None if samples.len() == MAX_SAMPLES => drop(samples.remove(0)),
            None => {}
        }
        samples.push(Arc::new(sample));
    }

    /// The slowest first.
    fn samples(&self) -> Vec<Arc<Sample>> {
        let mut samples = self.samples.lock().clone();
        samples.sort_by_key(|sample| std::cmp::Reverse(sample.took));
        samples
    }
}

impl fmt::Debug for SlowExecutions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlowExecutions")
            .field("threshold", &self.threshold)
            .field("samples", &self.samples.lock().len())
            .finish_non_exhaustive()
    }
}
