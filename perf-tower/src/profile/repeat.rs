//! One request over and over, profiled as one.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response};
use http_body::Body;
use perf_core::time::Duration;
use tower::Service;

use super::format::sentence;
use super::marker::{self, Marked};
use super::requests::{label, link, with_status};
use super::runs::Runs;
use super::{Format, ProfileBody, ProfileError, ProfileLayer, ask};

const FRAMES_AT_ONCE: usize = 32;

/// For how long, and how it is answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) seconds: Duration,
    pub(super) hz: Option<u32>,
    pub(super) format: Format,
}

/// Whether `request` changes nothing, so that it may be run often (RFC 9110, section 9.2.1), and has
/// no body, which could be read only once.
pub(super) fn may_be_repeated(request: &Parts) -> bool {
    let headers = &request.headers;
    let is_zero = |length: &HeaderValue| length.to_str().is_ok_and(|l| l.parse() == Ok(0_u64));
    [Method::GET, Method::HEAD].contains(&request.method)
        && !headers.contains_key(TRANSFER_ENCODING)
        && headers.get_all(CONTENT_LENGTH).iter().all(is_zero)
}

pub(super) async fn repeated<S, Q, R>(
    inner: S,
    request: Request<Q>,
    plan: Plan,
    layer: ProfileLayer,
) -> Result<Response<ProfileBody<R>>, S::Error>
where
    S: Service<Request<Q>, Response = Response<R>>,
    Q: 'static,
    R: Body<Data = Bytes>,
{
    // Asked before the first run, so that nothing has happened where there are no more.
    if layer.empty_body.make::<Q>().is_none() {
        return Ok(sentence(&ProfileError::NoEmptyBody).map(ProfileBody::sent));
    }
    let (runs, what) = (Runs::default(), label(&request));
    let started = layer.profiler.begin(what, true, plan.seconds, plan.hz, Some(runs.clone())).await;
    let (id, mut recording) = match started {
        Ok(started) => started,
        Err(error) => return Ok(sentence(&error).map(ProfileBody::sent)),
    };
    let made = {
        // A run that is under way at the limit is given up as soon as the result is there.
        let all = pin!(run_all(inner, request, &runs, &layer));
        recording.while_running(all).await?
    };
    let mut answer = match made {
        Ok(profile) => plan.format.answer(profile).await,
        Err(error) => sentence(&error),
    };
    if let Some(link) = link(&layer, &id) {
        answer.headers_mut().insert(ask::HEADER, link);
    }
    let answer = match runs.close().status {
        Some(status) => with_status(answer, status),
        None => answer,
    };
    Ok(answer.map(ProfileBody::sent))
}

/// Ends when `runs` is closed.
async fn run_all<S, Q, R>(
    mut inner: S,
    request: Request<Q>,
    runs: &Runs,
    layer: &ProfileLayer,
) -> Result<(), S::Error>
where
    S: Service<Request<Q>, Response = Response<R>>,
    Q: 'static,
    R: Body<Data = Bytes>,
{
    let (parts, body) = request.into_parts();
    let mut body = Some(body);
    // The instance was made ready for the first run, not for the others.
    while let Some(body) = body.take().or_else(|| layer.empty_body.make())
        && runs.begin()
    {
        let request = Request::from_parts(parts.clone(), body);
        let Some(future) = marker::run(|| inner.call(request)) else { break };
        let response = Marked { inner: future }.await?;
        runs.answered(response.status());
        read(response.into_body()).await;
        yield_now().await;
        poll_fn(|cx| inner.poll_ready(cx)).await?;
    }
    Ok(())
}

/// Reads `body` to its end and throws it away.
async fn read<B: Body>(body: B) {
    let mut body = pin!(body);
    for frames in 1_usize.. {
        let frame = Marked { inner: poll_fn(|cx| body.as_mut().poll_frame(cx)) };
        let is_more = matches!(frame.await, Some(Ok(_)));
        if !is_more {
            return;
        }
        // A body that always has more would keep the worker to itself.
        if frames.is_multiple_of(FRAMES_AT_ONCE) {
            yield_now().await;
        }
    }
}

/// Lets the runtime do something else.
async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
