use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use perf_core::Recorder;
use perf_core::sync::Arc;
use tower::Service;

use super::opening::Opening;
use super::settings::{Settings, Told};
use super::{ResponseBody, ResponseFuture};

/// The service made by [`PerfLayer`](super::PerfLayer); see the [module docs](super).
///
/// # Cost
/// Per request one allocation, four readings of the clock and two or three histogram records; no lock that
/// requests share (bench `perf_layer`).
#[derive(Clone, Debug)]
pub struct Perf<S> {
    inner: S,
    recorder: Recorder,
    settings: Option<Arc<Settings>>,
}

impl<S> Perf<S> {
    pub(super) fn new(inner: S, recorder: Recorder, settings: Option<Arc<Settings>>) -> Self {
        Self { inner, recorder, settings }
    }
}

impl<S, Q, R> Service<Request<Q>> for Perf<S>
where
    S: Service<Request<Q>, Response = Response<R>>,
    R: Body,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Q>) -> Self::Future {
        let settings = self.settings.as_deref();
        let mut told = Told::default();
        if let Some(settings) = settings.filter(|settings| settings.asks()) {
            let (parts, body) = request.into_parts();
            told = settings.ask(&parts);
            request = Request::from_parts(parts, body);
        }
        let mut opening = Opening::of(&self.recorder, settings, &told, &request);
        let future = match &mut opening.scope {
            Some(scope) => scope.enter(|| self.inner.call(request)),
            None => self.inner.call(request),
        };
        ResponseFuture::new(future, opening)
    }
}
