//! How a cache tells a recorder what it holds.

use perf_core::recorder::{self, CacheState, TellState};
use perf_core::sync::{Arc, Weak};

use crate::cache::Inner;
use crate::guard::Remote;

impl Inner {
    /// Names itself to the recorder that counts what happens now. Not called on the path of hits: a
    /// recorder that has seen nothing but hits knows no state.
    pub(crate) fn tell_state(self: &Arc<Self>) {
        let this: Weak<Self> = Arc::downgrade(self);
        recorder::register_cache(&self.name, this);
    }
}

impl TellState for Inner {
    fn state(&self) -> CacheState {
        let local = &self.local;
        let state = CacheState::new(local.len(), local.bytes(), self.max_bytes);
        let predicted = self.curve.hit_rates(self.max_bytes);
        let state = state.evictions(local.evictions()).predicted(predicted.into_iter().flatten());
        let state = state.reloads(self.reloading.seen());
        let state = match &self.auditor {
            Some(auditor) => state.audits(auditor.seen()),
            None => state,
        };
        match &self.remote {
            Some(remote) => behind(remote, state),
            None => state,
        }
    }
}

/// With what is known of the store.
fn behind(remote: &Remote, state: CacheState) -> CacheState {
    let (breaker, waiting) = remote.state();
    state.breaker(breaker, waiting).backplane(remote.backplane()).redis(remote.nodes())
}
