use perf_core::metric::Counters;
use perf_core::recorder::Reloads;
use perf_core::sync::Arc;
use perf_core::time::{self, Duration};

use super::spaced::Spaced;
use super::{Likeness, likeness};
use crate::cache::Inner;
use crate::fence::Verdict;
use crate::local::Entry;
use crate::value::CacheValue;

/// Between two loads that are looked at.
const GAP: Duration = Duration::from_millis(50);

const SAMPLED: usize = 0;
const EXPIRED: usize = 1;
const UNCHANGED: usize = 2;

/// What loads bring, against what they replace in this process.
#[derive(Debug)]
pub(crate) struct Reloading {
    spaced: Spaced,
    counts: Counters<3>,
}

impl Reloading {
    pub(crate) fn new() -> Self {
        Self { spaced: Spaced::by(GAP), counts: Counters::new() }
    }

    pub(crate) fn seen(&self) -> Reloads {
        let [sampled, expired, unchanged] = self.counts.values();
        Reloads::new(sampled, expired, unchanged)
    }
}

impl Inner {
    /// Takes note of what a load has brought. Before it is kept, while what it replaces is still there.
    pub(crate) fn note_reload<V: CacheValue>(&self, key: &str, loaded: &Arc<V>) {
        let (reloading, started) = (&self.reloading, time::now());
        if !reloading.spaced.is_due(started) {
            return;
        }
        reloading.counts.add(SAMPLED, 1);
        let former = self.local.get(key).filter(|former| self.has_expired(key, former));
        let Some(former) = former.and_then(|former| former.value::<V>()) else { return };
        reloading.counts.add(EXPIRED, 1);
        // In doubt it has changed: a ttl is not to be blamed for the order of a list.
        let is_same =
            Arc::ptr_eq(&former, loaded) || likeness(&*former, &**loaded) == Some(Likeness::Same);
        if is_same {
            reloading.counts.add(UNCHANGED, 1);
        }
        reloading.spaced.took(time::now() - started);
    }

    /// Whether nothing but its age speaks against a value.
    fn has_expired(&self, key: &str, entry: &Entry) -> bool {
        let from = entry.extra.as_ref().map_or(entry.fresh_until, |extra| extra.refresh_from);
        let is_over = time::now() >= from.min(entry.fresh_until);
        is_over && matches!(self.ledger.check(key, entry.seen, entry.tags()), Verdict::Valid(_))
    }
}
