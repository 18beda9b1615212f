use std::mem;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Full;
use perf_core::sync::Arc;
use tower::Service;

use super::ask::{Answer, Ask, HEADER};
use super::format::sentence;
use super::marker::{self, Marked};
use super::recording::Recording;
use super::repeat::{self, repeated};
use super::{Format, ProfileBody, ProfileError, ProfileFuture, ProfileLayer};
use crate::request::{OTHER_METHOD, matched, method};

/// The service made by [`ProfileLayer`]; see the [module docs](super).
///
/// # Cost
/// A request that does not ask costs a look for one header and one parameter.
#[derive(Clone, Debug)]
pub struct ProfileRequests<S> {
    inner: S,
    layer: ProfileLayer,
}

/// Marks a request for which a layer further outside has done what was asked.
#[derive(Clone, Copy)]
struct IsProfiled;

impl<S> ProfileRequests<S> {
    pub(super) fn new(inner: S, layer: ProfileLayer) -> Self {
        Self { inner, layer }
    }

    /// What is to be done, if this caller may ask for it. Anybody else is served as if there were
    /// no such parameter: that tells nothing, and breaks no application that has one of its own.
    fn ask(&self, request: &Parts) -> Option<Result<Ask, ProfileError>> {
        let is_profiled = request.extensions.get::<IsProfiled>().is_some();
        if is_profiled || [Method::OPTIONS, Method::CONNECT].contains(&request.method) {
            return None;
        }
        let ask = Ask::of(request, self.layer.profiler.longest_duration())?;
        let may = self.layer.profiler.allows(request) && (self.layer.consent)(request);
        may.then_some(ask)
    }
}

impl<S, Q, R> Service<Request<Q>> for ProfileRequests<S>
where
    S: Service<Request<Q>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    Q: Send + 'static,
    R: Body<Data = Bytes> + Send + 'static,
{
    type Response = Response<ProfileBody<R>>;
    type Error = S::Error;
    type Future = ProfileFuture<S::Future, R, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        match self.ask(&parts) {
            None => ProfileFuture::untouched(self.inner.call(Request::from_parts(parts, body))),
            Some(Err(error)) => ProfileFuture::ready(sentence(&error)),
            Some(Ok(mut ask)) => {
                // There would be no body to put the profile in.
                if parts.method == Method::HEAD && ask.seconds.is_none() {
                    ask.answer = Answer::Link;
                }
                parts.extensions.insert(IsProfiled);
                // The handler is to do its work, not to answer 304.
                parts.headers.remove(IF_NONE_MATCH);
                parts.headers.remove(IF_MODIFIED_SINCE);
                // The instance that was made ready is the one that is called.
                let next = self.inner.clone();
                let inner = mem::replace(&mut self.inner, next);
                let request = Request::from_parts(parts, body);
                let layer = self.layer.clone();
                match (ask.seconds, ask.answer) {
                    (Some(seconds), Answer::Profile(format)) => {
                        let plan = repeat::Plan { seconds, hz: ask.hz, format };
                        ProfileFuture::profiled(repeated(inner, request, plan, layer))
                    }
                    _ => ProfileFuture::profiled(profiled(inner, request, ask, layer)),
                }
            }
        }
    }
}

async fn profiled<S, Q, R>(
    mut inner: S,
    request: Request<Q>,
    ask: Ask,
    layer: ProfileLayer,
) -> Result<Response<ProfileBody<R>>, S::Error>
where
    S: Service<Request<Q>, Response = Response<R>>,
    R: Body<Data = Bytes>,
{
    let limit = layer.profiler.longest_duration();
    let started = layer.profiler.begin(label(&request), true, limit, ask.hz, None).await;
    let (id, mut recording) = match started {
        Ok(started) => started,
        Err(error) => return Ok(sentence(&error).map(ProfileBody::sent)),
    };
    let Some(future) = marker::run(|| inner.call(request)) else {
        return Ok(sentence(&ProfileError::Sampler(None)).map(ProfileBody::sent));
    };
    let mut response = Marked { inner: future }.await?;
    match ask.answer {
        Answer::Link => {
            let headers = response.headers_mut();
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            if let Some(link) = link(&layer, &id) {
                headers.insert(HEADER, link);
            }
            Ok(response.map(|body| ProfileBody::watched(body, recording)))
        }
        Answer::Profile(format) => {
            let status = response.status();
            let answer = instead(response.into_body(), &mut recording, format).await;
            Ok(with_status(answer, status).map(ProfileBody::sent))
        }
    }
}

/// Reads the body to its end, since making it is part of the request, or to the profile's limit,
/// since some have none.
async fn instead<R: Body<Data = Bytes>>(
    body: R,
    recording: &mut Recording,
    format: Format,
) -> Response<Full<Bytes>> {
    let body = std::pin::pin!(body);
    let made = recording.while_reading(body).await;
    match made {
        Ok(profile) => format.answer(profile).await,
        Err(error) => sentence(&error),
    }
}

/// Where the result is kept.
pub(super) fn link(layer: &ProfileLayer, id: &str) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("{}/profiles/{id}", layer.base)).ok()
}

/// What the application would have answered.
pub(super) fn with_status(
    mut response: Response<Full<Bytes>>,
    status: StatusCode,
) -> Response<Full<Bytes>> {
    let name = http::HeaderName::from_static("x-perf-status");
    response.headers_mut().insert(name, HeaderValue::from(status.as_u16()));
    response
}

/// The route's template, never the path, which may hold what is nobody's business.
pub(super) fn label<Q>(request: &Request<Q>) -> Arc<str> {
    match (matched(request), method(request.method())) {
        (Some(route), OTHER_METHOD) => route.into(),
        (Some(route), method) => format!("{method} {route}").into(),
        (None, _) => "request".into(),
    }
}
