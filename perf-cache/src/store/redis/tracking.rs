//! Tells the keys that others have touched from those that this process has just written.
//!
//! Redis reports writes of all connections to a tracking one, and `NOLOOP` spares only what that very
//! connection wrote, which is nothing: commands go over another. So each write of a value is announced
//! here before it is sent, and the report of it is swallowed.
//!
//! What remains:
//! - A fill of *another* process is reported as a touch, and so is a key that expires or is evicted.
//! - Redis puts all writes to a key of one turn of its event loop into one report. A foreign write in
//!   the same turn as ours is swallowed with it, and one that comes up to 250 ms after a write of ours
//!   whose report was merged into another's.
//! - A report that comes later than that, or while more keys are announced than there is room for, is
//!   a touch: one load too many.

use std::collections::HashMap;

use perf_core::sync::{Arc, Mutex};
use perf_core::time::{self, Duration, Instant};

use crate::bytes::fingerprint;

/// From the reply to a write to the report of it.
const GRACE: Duration = Duration::from_millis(250);
/// A command whose caller still waits; longer than any time limit of an operation that makes sense.
const UNDER_WAY: Duration = Duration::from_secs(10);
const MAX_KEYS: usize = 4096;

/// The keys that this process is writing.
#[derive(Clone, Default)]
pub(super) struct Own(Arc<Mutex<HashMap<u64, Announced>>>);

struct Announced {
    writes: u32,
    until: Instant,
}

/// Takes the announcement back when it is dropped, unless something was written.
#[must_use = "the report of the write is swallowed while this lives"]
pub(super) struct Expected(Option<(Own, u64)>);

impl Own {
    pub(super) fn expect(&self, key: &str) -> Expected {
        let key = fingerprint::of(key.as_bytes());
        let now = time::now();
        let mut announced = self.0.lock();
        if announced.len() >= MAX_KEYS {
            announced.retain(|_, announced| announced.until > now);
            if announced.len() >= MAX_KEYS {
                return Expected::nothing();
            }
        }
        let until = now + UNDER_WAY;
        let writes = &mut announced.entry(key).or_insert(Announced { writes: 0, until });
        writes.writes += 1;
        writes.until = until;
        Expected(Some((self.clone(), key)))
    }

    /// Whether a report is of a write of ours.
    pub(super) fn is_own(&self, key: &str) -> bool {
        self.take(fingerprint::of(key.as_bytes()))
    }

    fn take(&self, key: u64) -> bool {
        let mut announced = self.0.lock();
        let Some(writes) = announced.get_mut(&key) else {
            return false;
        };
        let current = writes.until > time::now();
        writes.writes -= 1;
        if writes.writes == 0 || !current {
            announced.remove(&key);
        }
        current
    }
}

impl Expected {
    pub(super) fn nothing() -> Self {
        Self(None)
    }

    pub(super) fn written(mut self) {
        if let Some((own, key)) = self.0.take()
            && let Some(writes) = own.0.lock().get_mut(&key)
        {
            writes.until = time::now() + GRACE;
        }
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        if let Some((own, key)) = self.0.take() {
            own.take(key);
        }
    }
}
