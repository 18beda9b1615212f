use perf_core::metric::Counters;
use perf_core::recorder::Audits;
use perf_core::sync::{Arc, AtomicBool, Ordering};
use perf_core::time::{self, Duration};

use super::spaced::Spaced;
use crate::cache::Inner;

/// Between two audits: ten in a second at most.
const GAP: Duration = Duration::from_millis(100);

/// Counts by what was found: `2 * is_late + is_stale`; then the failures.
const FAILED: usize = 4;

/// What a loader gave in an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Same { is_late: bool },
    Stale { is_late: bool },
    Failed,
}

/// Decides which hits are audited, and counts what was found.
#[derive(Debug)]
pub(crate) struct Auditor {
    /// Hits of keys whose hash lies below are audited.
    bar: u64,
    spaced: Spaced,
    is_at_work: AtomicBool,
    counts: Counters<5>,
}

/// The one audit that runs. Dropped, another may begin.
pub(crate) struct AtWork(Arc<Inner>);

impl Auditor {
    /// `None` where no hit is audited. `share` lies between 0 and 1.
    pub(crate) fn of(share: f64) -> Option<Self> {
        let bar = (share * (f64::from(u32::MAX) + 1.0)) as u64;
        (bar > 0).then(|| Self {
            bar,
            spaced: Spaced::by(GAP),
            is_at_work: AtomicBool::new(false),
            counts: Counters::new(),
        })
    }

    pub(crate) fn takes(&self, key_hash: u32) -> bool {
        u64::from(key_hash) < self.bar
    }

    fn begin(&self) -> bool {
        // Due or not, there is only one at a time: asked first, or a long one would use up the turns.
        !self.is_at_work.load(Ordering::Relaxed)
            && self.spaced.is_due(time::now())
            && !self.is_at_work.swap(true, Ordering::Relaxed)
    }

    pub(crate) fn count(&self, found: Found) {
        let index = match found {
            Found::Same { is_late } => 2 * usize::from(is_late),
            Found::Stale { is_late } => 2 * usize::from(is_late) + 1,
            Found::Failed => FAILED,
        };
        self.counts.add(index, 1);
    }

    pub(crate) fn seen(&self) -> Audits {
        let [same_early, stale_early, same_late, stale_late, failed] = self.counts.values();
        let early = (same_early + stale_early, stale_early);
        let late = (same_late + stale_late, stale_late);
        Audits::new(early, late, failed)
    }
}

impl Inner {
    /// Whether hits of this key are audited.
    pub(crate) fn is_audited(&self, key_hash: u32) -> bool {
        self.auditor.as_ref().is_some_and(|auditor| auditor.takes(key_hash))
    }

    /// The right to audit a hit now.
    pub(crate) fn begin_audit(self: &Arc<Self>) -> Option<AtWork> {
        self.auditor.as_ref()?.begin().then(|| AtWork(self.clone()))
    }
}

impl AtWork {
    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    pub(crate) fn count(&self, found: Found) {
        if let Some(auditor) = &self.0.auditor {
            auditor.count(found);
        }
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        if let Some(auditor) = &self.0.auditor {
            auditor.is_at_work.store(false, Ordering::Relaxed);
        }
    }
}
