use std::borrow::Cow;

use http::request::Parts;
use perf_core::Recorder;
use perf_core::sync::Arc;
use tower::Layer;

use super::Perf;
use super::settings::{Rate, Settings};
use crate::Authorize;

/// Wraps a service so that every request is recorded; see the [module docs](super).
///
/// ```
/// use perf_core::Recorder;
/// use perf_tower::{Authorize, PerfLayer};
///
/// let layer = PerfLayer::new(Recorder::global())
///     .skip(["/healthz", "/assets/{*path}"])
///     .one_in(100, ["/ping"])
///     .server_timing(Authorize::bearer("a long random token"));
/// ```
///
/// # Cost
/// Per request one allocation, four readings of the clock and two histogram records; no lock that
/// requests share (bench `perf_layer`).
#[derive(Clone, Debug)]
pub struct PerfLayer {
    recorder: Recorder,
    /// None as long as nothing was set: the usual layer has nothing to look up.
    settings: Option<Arc<Settings>>,
}

impl PerfLayer {
    /// A layer that records into `recorder`.
    pub fn new(recorder: &Recorder) -> Self {
        Self { recorder: recorder.clone(), settings: None }
    }

    /// Asks a closure for the template of a request, for services that no router marked.
    ///
    /// What it gives must be a template: a path with ids in it makes a series of its own for each
    /// id, until the recorder's bound is reached. A [`Route`](super::Route) wins over it; where it
    /// gives none, the router's template counts. Defaults to no closure.
    ///
    /// ```
    /// # use perf_core::Recorder;
    /// # use perf_tower::PerfLayer;
    /// let layer = PerfLayer::new(Recorder::global()).route_by(|request| {
    ///     let path = request.uri.path();
    ///     path.starts_with("/orders/").then_some("/orders/{id}")
    /// });
    /// ```
    #[must_use]
    pub fn route_by<F, T>(self, route: F) -> Self
    where
        F: Fn(&Parts) -> Option<T> + Send + Sync + 'static,
        T: Into<Cow<'static, str>>,
    {
        let route_by = move |request: &Parts| route(request).map(Into::into);
        self.set(|settings| settings.route_by = Some(Arc::new(route_by)))
    }

    /// Records nothing of requests to these templates, whatever their method; what is done for
    /// them is counted outside of every scope. A gRPC method is a template too.
    ///
    /// The template must be known when the request comes in: a layer outside of the router cannot
    /// skip by the router's templates. Defaults to none.
    #[must_use]
    pub fn skip<T: Into<Box<str>>>(self, templates: impl IntoIterator<Item = T>) -> Self {
        self.set(|settings| settings.skip.extend(templates.into_iter().map(Into::into)))
    }

    /// Records the first and then every `n`th request to these templates, taken together; none
    /// with an `n` of 0.
    ///
    /// All figures of these routes are those of the recorded requests: nothing is scaled up. As
    /// with [`skip`](Self::skip) the template must be known when the request comes in. Defaults to
    /// recording every request.
    #[must_use]
    pub fn one_in<T>(self, n: u64, templates: impl IntoIterator<Item = T>) -> Self
    where
        T: Into<Box<str>>,
    {
        let templates = templates.into_iter().map(Into::into).collect();
        let rate = Rate { one_in: n, templates, seen: Arc::default() };
        self.set(|settings| settings.rates.push(rate))
    }

    /// Adds a `Server-Timing` header for those whom `authorize` lets in: where the time went up to
    /// the head of the answer, in milliseconds, and how many statements and calls there were.
    ///
    /// The header describes the inside of the service. Browsers show it in their network tools. The
    /// answer gets `Cache-Control: private` beside what it has, so that no shared cache hands it to
    /// others. Defaults to nobody.
    #[must_use]
    pub fn server_timing(self, authorize: Authorize) -> Self {
        self.set(|settings| settings.server_timing = Some(authorize))
    }

    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(self.settings.get_or_insert_default()));
        self
    }
}

impl<S> Layer<S> for PerfLayer {
    type Service = Perf<S>;

    fn layer(&self, inner: S) -> Perf<S> {
        Perf::new(inner, self.recorder.clone(), self.settings.clone())
    }
}
