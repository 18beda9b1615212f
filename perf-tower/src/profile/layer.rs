use std::fmt;

use http::request::Parts;
use perf_core::sync::Arc;
use tower::Layer;

use super::empty::EmptyBody;
use super::{ProfileRequests, Profiler};

/// Lets single requests be profiled; see the [module docs](super).
///
/// Put it inside of layers that answer by themselves (caches, compression) and around what is to be
/// seen in the graph: it shows what happens within.
#[derive(Clone)]
pub struct ProfileLayer {
    pub(super) profiler: Profiler,
    pub(super) consent: Arc<dyn Fn(&Parts) -> bool + Send + Sync>,
    /// Where results are served, without a slash at the end.
    pub(super) base: Arc<str>,
    pub(super) empty_body: EmptyBody,
}

impl ProfileLayer {
    /// A layer whose profiles `profiler` makes and keeps.
    pub fn new(profiler: &Profiler) -> Self {
        Self {
            profiler: profiler.clone(),
            consent: Arc::new(|_| true),
            base: "/perf".into(),
            empty_body: EmptyBody::default(),
        }
    }

    /// Which requests may be profiled, whoever asks: the application's own word, beside that of the
    /// [`Authorize`](crate::Authorize). Without it a request passes as if it had not asked.
    /// Defaults to all that pass this layer, since the application chose where to put it.
    #[must_use]
    pub fn consent(mut self, consent: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.consent = Arc::new(consent);
        self
    }

    /// Where [`ProfileService`](super::ProfileService) is mounted, for links to results. Defaults to
    /// `/perf`.
    #[must_use]
    pub fn base_path(mut self, path: &str) -> Self {
        self.base = path.trim_end_matches('/').into();
        self
    }

    /// Makes the request bodies of a repeated request (`seconds=`) from its second run on. Without it
    /// that is refused with 501 where requests have another body than those named below. Defaults
    /// to empty ones of axum's `Body` (feature `axum`), `Empty<Bytes>`, `Full<Bytes>` and `()`.
    #[must_use]
    pub fn empty_body<Q: 'static>(mut self, make: impl Fn() -> Q + Send + Sync + 'static) -> Self {
        self.empty_body = EmptyBody::by(make);
        self
    }
}

impl<S> Layer<S> for ProfileLayer {
    type Service = ProfileRequests<S>;

    fn layer(&self, inner: S) -> ProfileRequests<S> {
        ProfileRequests::new(inner, self.clone())
    }
}

impl fmt::Debug for ProfileLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { profiler, base, consent: _, empty_body: _ } = self;
        let mut debug = f.debug_struct("ProfileLayer");
        debug.field("profiler", profiler).field("base", base).finish_non_exhaustive()
    }
}
