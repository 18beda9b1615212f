//! What the attributes expand to. Not part of the public API: only generated code calls it.

mod after;
mod shape;

use perf_core::sync::Arc;

pub use self::after::{Invalidation, PlainSuccess, invalidate};
pub use self::shape::{
    AllIsKept, Kept, NoneIsKept, OkIsKept, OkNoneIsKept, PlainShape, Returns, Shape, SomeIsKept,
};
use crate::flight::Pace;
pub use crate::key::{Part, PlainPart};
use crate::look::Look;
use crate::{Cache, Claim, Loading, Policy, parked};

/// Runs the body of an async function unless its value is cached or another caller brings it. The
/// body makes the policy too, so that a hit does not pay for it.
pub async fn cached<S: Shape>(
    _: S,
    cache: &Cache,
    key: &str,
    body: impl AsyncFnOnce() -> (Policy, S::Returned),
) -> S::Returned {
    let claim = match cache.look_first::<S::Value>(key) {
        Look::Hit(value) => return S::wrap(shared(&value)),
        look => cache.claim_after(look, key, Pace::Async).await,
    };
    match settle::<S>(claim) {
        Settled::Return(returned) => returned,
        Settled::Load(loading) => finish::<S>(body().await, *loading),
        Settled::Alone => body().await.1,
    }
}

/// Runs the body of a blocking function unless its value is cached or another thread brings it.
pub fn cached_blocking<S: Shape>(
    _: S,
    cache: &Cache,
    key: &str,
    body: impl FnOnce() -> (Policy, S::Returned),
) -> S::Returned {
    let claim = match cache.look_first::<S::Value>(key) {
        Look::Hit(value) => return S::wrap(shared(&value)),
        look => parked::wait(cache.claim_after(look, key, Pace::Blocking)),
    };
    match settle::<S>(claim) {
        Settled::Return(returned) => returned,
        Settled::Load(loading) => finish::<S>(body(), *loading),
        Settled::Alone => body().1,
    }
}

/// A copy of what the local tier has, which shares it: to try and take it out first would be a locked
/// instruction for nothing.
#[inline]
fn shared<V: Clone>(value: &Arc<V>) -> V {
    V::clone(value)
}

/// Runs the body of an async function unless its value is cached; nobody waits for another.
pub async fn cached_alone<S: Shape>(
    shape: S,
    cache: &Cache,
    key: &str,
    body: impl AsyncFnOnce() -> (Policy, S::Returned),
) -> S::Returned {
    match cache.get::<S::Value>(key).await {
        Some(value) => S::wrap(Arc::unwrap_or_clone(value)),
        None => prime(shape, cache, key, body).await,
    }
}

/// Runs the body whatever is cached, and keeps what it returned unless something was invalidated
/// meanwhile.
pub async fn prime<S: Shape>(
    _: S,
    cache: &Cache,
    key: &str,
    body: impl AsyncFnOnce() -> (Policy, S::Returned),
) -> S::Returned {
    let loading = cache.claim_anew::<S::Value>(key).await;
    finish::<S>(body().await, loading)
}

enum Settled<S: Shape> {
    Return(S::Returned),
    /// Boxed because the others are small.
    Load(Box<Loading<S::Value>>),
    /// The key is shared with a function of another shape, which found nothing.
    Alone,
}

fn settle<S: Shape>(claim: Claim<S::Value>) -> Settled<S> {
    match claim {
        Claim::Hit(value) => Settled::Return(S::wrap(Arc::unwrap_or_clone(value))),
        Claim::Load(loading) => Settled::Load(Box::new(loading)),
        Claim::Absent => S::absent().map_or(Settled::Alone, Settled::Return),
    }
}

fn finish<S: Shape>(
    (policy, returned): (Policy, S::Returned),
    loading: Loading<S::Value>,
) -> S::Returned {
    match S::keep(&returned) {
        Kept::Value(value) => _ = loading.finish(value, policy),
        Kept::Nothing(value) => _ = loading.finish(value, policy.for_nothing()),
        Kept::Absent => loading.absent(policy),
        // What may be served instead goes to those who wait, and to this caller too.
        Kept::Failed => {
            if let Some(stale) = loading.fail() {
                return S::wrap(Arc::unwrap_or_clone(stale));
            }
        }
    }
    returned
}
