//! What `#[cached]` expands to. Not part of the public API: only generated code calls it.

mod shape;

use perf_core::sync::Arc;

pub use self::shape::{AllIsKept, OkIsKept, PlainShape, Returns, Shape, SomeIsKept};
use crate::flight::Pace;
use crate::{Cache, Claim, Loading, Policy, parked};

/// Runs the body of an async function unless its value is cached or another caller brings it.
pub async fn cached<S: Shape>(
    _: S,
    cache: &Cache,
    key: &str,
    policy: Policy,
    body: impl AsyncFnOnce() -> S::Returned,
) -> S::Returned {
    match settle::<S>(cache.claim(key).await) {
        Settled::Return(returned) => returned,
        Settled::Load(loading) => S::finish(body().await, loading, policy),
        Settled::Alone => body().await,
    }
}

/// Runs the body of a blocking function unless its value is cached or another thread brings it.
pub fn cached_blocking<S: Shape>(
    _: S,
    cache: &Cache,
    key: &str,
    policy: Policy,
    body: impl FnOnce() -> S::Returned,
) -> S::Returned {
    match settle::<S>(parked::wait(cache.claim_at(key, Pace::Blocking))) {
        Settled::Return(returned) => returned,
        Settled::Load(loading) => S::finish(body(), loading, policy),
        Settled::Alone => body(),
    }
}

enum Settled<S: Shape> {
    Return(S::Returned),
    Load(Loading<S::Value>),
    /// The key is shared with a function of another shape, which found nothing.
    Alone,
}

fn settle<S: Shape>(claim: Claim<S::Value>) -> Settled<S> {
    match claim {
        Claim::Hit(value) => Settled::Return(S::wrap(Arc::unwrap_or_clone(value))),
        Claim::Load(loading) => Settled::Load(loading),
        Claim::Absent => S::absent().map_or(Settled::Alone, Settled::Return),
    }
}
