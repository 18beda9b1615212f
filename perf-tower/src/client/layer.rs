use http::Uri;
use tower::Layer;

use super::PerfClient;
use super::call::Calls;
use crate::Route;

/// Wraps a client so that every request to another service is recorded; see the [module docs](super).
///
/// Inside of layers that retry, so that each try is a call; outside of layers that make several
/// requests of one in a way that is their own business, such as following redirects.
#[derive(Clone, Debug, Default)]
#[must_use = "a layer does nothing until it wraps a service"]
pub struct PerfClientLayer {
    calls: Calls,
}

impl PerfClientLayer {
    /// A layer that names targets by method and host, and by the request's [`Route`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the template of a request that carries no [`Route`]. Defaults to none.
    ///
    /// ```
    /// use perf_tower::{PerfClientLayer, Route};
    ///
    /// let layer = PerfClientLayer::new().route(|uri| match uri.path() {
    ///     path if path.starts_with("/price/") => Some(Route::new("/price/{id}")),
    ///     _ => None,
    /// });
    /// ```
    pub fn route(self, route: impl Fn(&Uri) -> Option<Route> + Send + Sync + 'static) -> Self {
        Self { calls: self.calls.route(route) }
    }
}

impl<S> Layer<S> for PerfClientLayer {
    type Service = PerfClient<S>;

    fn layer(&self, inner: S) -> PerfClient<S> {
        PerfClient::new(inner, self.calls.clone())
    }
}
