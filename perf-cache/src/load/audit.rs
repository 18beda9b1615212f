//! Whether a hit has served what its loader would give: the loader of that very call is run, and what
//! it gives is compared and dropped.

use perf_core::sync::Arc;
use perf_core::time::{self, Duration};
use tokio::runtime::Handle;

use super::fly::run_loader;
use super::loaded::{Content, Loaded, Previous};
use crate::cache::Inner;
use crate::fence::Verdict;
use crate::freshness::{Found, Likeness, likeness};
use crate::local::Entry;
use crate::{Cache, CacheValue, Policy};

/// The longest that a loader may take here: nothing waits for it, and no other audit begins meanwhile.
const LONGEST: Duration = Duration::from_secs(30);

/// How long a value that was found to differ must stay in use to count as stale. Whoever changed it is
/// given this time to invalidate it.
const GRACE: Duration = Duration::from_secs(1);

impl Cache {
    /// Audits a hit, if it is time for that. The caller does not wait, and its scope is not charged.
    #[cold]
    pub(super) fn audit<V, E, F, L>(&self, key: &str, policy: &Policy, served: Entry, load: F)
    where
        V: CacheValue,
        E: Send + Sync + 'static,
        F: FnOnce(Option<Previous<V>>) -> L + Send + 'static,
        L: Future<Output = Result<Loaded<V>, E>> + Send + 'static,
    {
        // A hit needs no runtime.
        let Ok(runtime) = Handle::try_current() else { return };
        let Some(at_work) = self.inner.begin_audit() else { return };
        let limit = policy.hard_timeout.map_or(LONGEST, |limit| limit.min(LONGEST));
        let is_late = served.extra.as_ref().is_some_and(|extra| extra.is_late(time::now()));
        let key: Arc<str> = key.into();
        let audit = async move {
            let loaded = run_loader(Some(limit), async { load(None).await }).await;
            let differs = match loaded {
                Ok(loaded) => differs(&served, loaded.content),
                Err(_) => return at_work.count(Found::Failed),
            };
            let Some(differs) = differs else { return };
            if differs {
                tokio::time::sleep(GRACE).await;
            }
            if at_work.inner().still_serves(&key, &served) {
                at_work.count(match differs {
                    true => Found::Stale { is_late },
                    false => Found::Same { is_late },
                });
            }
        };
        drop(runtime.spawn(audit));
    }
}

/// Whether the loader gave something else; `None` for what cannot be compared.
fn differs<V: CacheValue>(served: &Entry, content: Content<V>) -> Option<bool> {
    let served = served.value::<V>()?;
    let likeness = match &content {
        Content::New(value) => likeness(&*served, value),
        Content::Same(value) => likeness(&*served, &**value),
        Content::Absent => Some(Likeness::Different),
    };
    // In doubt it is not: a hash map has another order with each load.
    likeness.map(|likeness| likeness == Likeness::Different)
}

impl Inner {
    /// Whether nothing has replaced or invalidated a value since it was served.
    fn still_serves(&self, key: &str, served: &Entry) -> bool {
        self.local.get(key).is_some_and(|there| {
            there.is(served)
                && matches!(self.ledger.check(key, there.seen, there.tags()), Verdict::Valid(_))
        })
    }
}
