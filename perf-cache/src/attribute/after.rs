use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use super::Returns;
use crate::{Cache, Key, Pattern};

/// What a function makes invalid.
#[derive(Debug)]
#[non_exhaustive]
pub enum Invalidation {
    /// One key.
    Key(Key),
    /// All values with a tag.
    Tag(Key),
    /// All keys that match.
    Matching(Key),
}

/// Runs all invalidations. Each is polled in the first poll, from which on it runs to its end even
/// when this future is dropped.
pub async fn invalidate(cache: &Cache, what: &[Invalidation]) {
    let mut running: Vec<Pin<Box<dyn Future<Output = ()> + Send + '_>>> = Vec::new();
    for one in what {
        running.push(match one {
            Invalidation::Key(key) => Box::pin(cache.invalidate(key)),
            Invalidation::Tag(tag) => Box::pin(cache.invalidate_tag(tag)),
            Invalidation::Matching(pattern) => {
                Box::pin(cache.invalidate_matching(Pattern::new(&**pattern)))
            }
        });
    }
    poll_fn(|context| {
        running.retain_mut(|one| one.as_mut().poll(context).is_pending());
        if running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

impl<V, E> Returns<Result<V, E>> {
    /// Whether the function succeeded.
    pub const fn succeeded(&self, returned: &Result<V, E>) -> bool {
        returned.is_ok()
    }
}

/// For every type that is no `Result`.
pub trait PlainSuccess<R> {
    /// Always true.
    fn succeeded(&self, _: &R) -> bool {
        true
    }
}

impl<R> PlainSuccess<R> for Returns<R> {}
