//! Every request is counted exactly once, with how it ended.

use std::convert::Infallible;
use std::future::ready;
use std::io;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use futures_util::{FutureExt, stream};
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response, StatusCode};
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt, StreamBody};
use perf_core::{Outcome, Recorder};
use perf_tower::{PerfLayer, Route};
use tower::{Layer, ServiceExt, service_fn};

fn request(method: Method) -> Request<()> {
    let mut request = Request::new(());
    *request.method_mut() = method;
    request.extensions_mut().insert(Route::new("/thing/{id}"));
    request
}

fn respond(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

/// Two parts, so that the end of the first is not the end of the body.
fn two_parts() -> Body {
    let parts = [Ok::<_, io::Error>("one"), Ok("two")];
    Body::from_stream(stream::iter(parts.map(|part| part.map(Bytes::from))))
}

/// A body that knows its size but not its end.
struct Nothing;

impl http_body::Body for Nothing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(None)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(0)
    }
}

fn broken() -> Body {
    let parts = [Ok(Bytes::from("one")), Err(io::Error::other("gone"))];
    Body::from_stream(stream::iter(parts))
}

#[track_caller]
fn only_outcome(recorder: &Recorder, expected: Outcome) {
    let snapshot = recorder.snapshot();
    let route = &snapshot.routes[0];
    let outcomes: Vec<_> =
        route.outcomes.iter().map(|(outcome, count)| (*outcome, *count)).collect();
    assert_eq!(outcomes, [(expected, 1)]);
    assert_eq!(route.in_flight, 0);
}

/// Sends one request, reads the whole answer, and tells how it was counted.
async fn counted(method: Method, answer: impl Fn() -> Response<Body>, expected: Outcome) {
    let recorder = Recorder::builder().build();
    let service = service_fn(|_: Request<()>| ready(Ok::<_, Infallible>(answer())));
    let response = PerfLayer::new(&recorder).layer(service).oneshot(request(method)).await;
    let Ok(response) = response;
    _ = response.into_body().collect().await;
    only_outcome(&recorder, expected);
}

#[tokio::test]
async fn a_body_read_to_its_end_counts_by_its_status() {
    let ok = || respond(StatusCode::OK, Body::from("hello"));
    counted(Method::GET, ok, Outcome::Ok).await;
    counted(Method::GET, || respond(StatusCode::OK, two_parts()), Outcome::Ok).await;
    counted(Method::GET, || respond(StatusCode::NOT_FOUND, two_parts()), Outcome::ClientError)
        .await;
    counted(Method::GET, || respond(StatusCode::BAD_GATEWAY, two_parts()), Outcome::ServerError)
        .await;
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_inner_error() {
    counted(Method::GET, || respond(StatusCode::OK, broken()), Outcome::InnerError).await;
}

#[tokio::test]
async fn an_error_of_the_inner_service_passes_unchanged_and_counts() {
    let recorder = Recorder::builder().build();
    let service = service_fn(|_: Request<()>| ready(Err::<Response<Body>, _>("out of order")));
    let result = PerfLayer::new(&recorder).layer(service).oneshot(request(Method::GET)).await;
    assert_eq!(result.map(|_| ()), Err("out of order"));
    only_outcome(&recorder, Outcome::InnerError);
}

#[tokio::test]
async fn a_panic_counts_as_one() {
    let recorder = Recorder::builder().build();
    let panics = || -> Result<Response<Body>, Infallible> { panic!("on purpose") };
    let service = service_fn(move |_: Request<()>| async move { panics() });
    let call = PerfLayer::new(&recorder).layer(service).oneshot(request(Method::GET));
    assert!(AssertUnwindSafe(call).catch_unwind().await.is_err());
    only_outcome(&recorder, Outcome::Panic);
}

fn promising(length: u64, body: Body) -> Response<Body> {
    let mut response = respond(StatusCode::OK, body);
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    response
}

#[tokio::test]
async fn a_body_that_ends_before_its_promised_length_is_an_inner_error() {
    counted(Method::GET, || promising(6, two_parts()), Outcome::Ok).await;
    counted(Method::GET, || promising(7, two_parts()), Outcome::InnerError).await;
    counted(Method::GET, || promising(9, Body::from("short")), Outcome::InnerError).await;
    counted(Method::GET, || promising(9, Body::empty()), Outcome::InnerError).await;
    counted(Method::HEAD, || promising(9, Body::empty()), Outcome::Ok).await;
}

#[tokio::test]
async fn a_refused_tunnel_has_a_body_like_any_other_response() {
    let recorder = Recorder::builder().build();
    let service = service_fn(|_: Request<()>| {
        ready(Ok::<_, Infallible>(respond(StatusCode::FORBIDDEN, two_parts())))
    });
    let layered = PerfLayer::new(&recorder).layer(service);
    let Ok(response) = layered.oneshot(request(Method::CONNECT)).await;
    drop(response);
    only_outcome(&recorder, Outcome::CancelledInBody);
}

/// A server drops these bodies unread, and that is no cancellation.
#[tokio::test]
async fn responses_without_a_body_are_complete_with_their_head() {
    let statuses = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED];
    let to_get = statuses.map(|status| (Method::GET, respond(status, two_parts())));
    let empty = (Method::GET, respond(StatusCode::OK, Body::empty()));
    let no_bytes = Body::new(StreamBody::new(stream::empty::<Result<Frame<Bytes>, io::Error>>()));
    let of_no_length = (Method::GET, promising(0, no_bytes));
    let of_exact_size = (Method::GET, respond(StatusCode::OK, Body::new(Nothing)));
    let to_head = (Method::HEAD, respond(StatusCode::OK, two_parts()));
    let to_connect = (Method::CONNECT, respond(StatusCode::OK, two_parts()));
    let others = [empty, of_no_length, of_exact_size, to_head, to_connect];
    for (method, response) in to_get.into_iter().chain(others) {
        let recorder = Recorder::builder().build();
        let service = tower::util::BoxService::new(service_fn({
            let mut response = Some(response);
            move |_: Request<()>| {
                let response = response.take().expect("called once");
                async move { Ok::<_, Infallible>(response) }
            }
        }));
        let Ok(response) = PerfLayer::new(&recorder).layer(service).oneshot(request(method)).await;
        drop(response);
        only_outcome(&recorder, Outcome::Ok);
    }
}

/// hyper reads as many bytes as `Content-Length` says and never asks for the end.
#[tokio::test]
async fn a_body_of_promised_length_is_complete_with_its_last_byte() {
    let recorder = Recorder::builder().build();
    let service =
        service_fn(|_: Request<()>| ready(Ok::<_, Infallible>(promising(6, two_parts()))));
    let layered = PerfLayer::new(&recorder).layer(service);
    let Ok(response) = layered.oneshot(request(Method::GET)).await;
    let mut body = response.into_body();
    for _ in 0..2 {
        body.frame().await.expect("a part").expect("no error");
    }
    only_outcome(&recorder, Outcome::Ok);
}

#[tokio::test]
async fn a_future_dropped_before_the_head_and_a_body_dropped_in_the_middle_are_cancelled() {
    let recorder = Recorder::builder().build();
    let never =
        service_fn(|_: Request<()>| std::future::pending::<Result<Response<Body>, Infallible>>());
    {
        let mut call = pin!(PerfLayer::new(&recorder).layer(never).oneshot(request(Method::GET)));
        assert!(call.as_mut().now_or_never().is_none());
        assert_eq!(recorder.snapshot().routes[0].in_flight, 1);
    }
    only_outcome(&recorder, Outcome::CancelledBeforeHead);

    let recorder = Recorder::builder().build();
    let service = service_fn(|_: Request<()>| {
        ready(Ok::<_, Infallible>(respond(StatusCode::OK, two_parts())))
    });
    let layered = PerfLayer::new(&recorder).layer(service);
    let Ok(response) = layered.oneshot(request(Method::GET)).await;
    let mut body = response.into_body();
    body.frame().await.expect("a part").expect("no error");
    assert_eq!(recorder.snapshot().routes[0].in_flight, 1);
    drop(body);
    only_outcome(&recorder, Outcome::CancelledInBody);
}
