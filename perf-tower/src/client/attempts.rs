use http::Request;
use perf_core::sync::{Arc, AtomicU32, Ordering};

/// Counts the tries of one request, as a request extension that its clones share.
///
/// A retry layer clones the request before a layer inside of it sees it, so the counter has to be put
/// in outside of the retries, for each request anew. [`count`](Self::count) does that:
///
/// ```
/// use perf_tower::PerfClientLayer;
/// use perf_tower::client::Attempts;
/// use tower::ServiceBuilder;
/// # use tower::retry::RetryLayer;
/// # fn client<P, S>(policy: P, http: S)
/// # where
/// #     P: Clone + tower::retry::Policy<http::Request<()>, http::Response<String>, S::Error>,
/// #     S: Clone + tower::Service<http::Request<()>, Response = http::Response<String>>,
/// # {
/// let client = ServiceBuilder::new()
///     .map_request(Attempts::count::<()>)
///     .layer(RetryLayer::new(policy))
///     .layer(PerfClientLayer::new())
///     .service(http);
/// # }
/// ```
///
/// Each try is a call of its own, and those after the first are its target's `retries`. Without the
/// counter every try is a first one. A request with the counter inside that the application clones
/// and sends again counts as a retry.
#[derive(Clone, Debug, Default)]
pub struct Attempts {
    made: Arc<AtomicU32>,
}

impl Attempts {
    /// Puts a new counter into a request, in place of one that is there.
    pub fn count<Q>(mut request: Request<Q>) -> Request<Q> {
        request.extensions_mut().insert(Self::default());
        request
    }

    /// Which try the one that begins now is, from 1.
    pub(super) fn next(&self) -> u32 {
        self.made.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }
}
