//! A hundred thousand requests of all sorts, on several threads at once: the counts add up exactly.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use futures_util::{FutureExt, stream};
use http::header::CONTENT_TYPE;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use perf_core::{Outcome, Recorder};
use perf_tower::PerfLayer;
use tokio::task::{JoinSet, yield_now};
use tower::{Layer, Service, ServiceExt};

const REQUESTS: u64 = 100_000;
const TASKS: u64 = 4;

/// What a request is meant to come to.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Ok,
    Head,
    Unmatched,
    NotFound,
    Failed,
    Broken,
    Panics,
    LeftBeforeHead,
    LeftInBody,
    LeftStream,
}

impl Kind {
    /// In an order of its own, so that no sort of request meets always the same neighbours.
    fn of(n: u64) -> Self {
        const ALL: [Kind; 10] = [
            Kind::Ok,
            Kind::Head,
            Kind::Unmatched,
            Kind::NotFound,
            Kind::Failed,
            Kind::Broken,
            Kind::Panics,
            Kind::LeftBeforeHead,
            Kind::LeftInBody,
            Kind::LeftStream,
        ];
        ALL[(n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize % ALL.len()]
    }

    fn outcome(self) -> Outcome {
        match self {
            Self::Ok | Self::Head => Outcome::Ok,
            Self::Unmatched | Self::NotFound => Outcome::ClientError,
            Self::Failed => Outcome::ServerError,
            Self::Broken => Outcome::InnerError,
            Self::Panics => Outcome::Panic,
            Self::LeftBeforeHead => Outcome::CancelledBeforeHead,
            Self::LeftInBody | Self::LeftStream => Outcome::CancelledInBody,
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Ok | Self::Head => "/do/ok",
            Self::Unmatched => "/nowhere",
            Self::NotFound => "/do/not_found",
            Self::Failed => "/do/failed",
            Self::Broken => "/do/broken",
            Self::Panics => "/do/panics",
            Self::LeftBeforeHead => "/do/never",
            Self::LeftInBody => "/do/parts",
            Self::LeftStream => "/do/stream",
        }
    }
}

fn parts(parts: Vec<io::Result<Bytes>>) -> Body {
    Body::from_stream(stream::iter(parts))
}

async fn act(Path(what): Path<String>) -> axum::response::Response {
    yield_now().await;
    let part = || Ok(Bytes::from_static(b"part"));
    match &*what {
        "ok" => "done".into_response(),
        "not_found" => StatusCode::NOT_FOUND.into_response(),
        "failed" => (StatusCode::BAD_GATEWAY, parts(vec![part(), part()])).into_response(),
        "broken" => parts(vec![part(), Err(io::Error::other("gone"))]).into_response(),
        "panics" => panic!("on purpose"),
        "never" => std::future::pending().await,
        "parts" => parts(vec![part(), part()]).into_response(),
        _ => ([(CONTENT_TYPE, "text/event-stream")], parts(vec![part(), part()])).into_response(),
    }
}

/// Sends one request and ends it in its way.
async fn send<S, B>(app: S, kind: Kind)
where
    S: Service<Request<Body>, Response = http::Response<B>, Error = Infallible>,
    B: http_body::Body,
{
    let method = if matches!(kind, Kind::Head) { Method::HEAD } else { Method::GET };
    let request = Request::builder().method(method).uri(kind.path()).body(Body::empty());
    let mut call = Box::pin(AssertUnwindSafe(app.oneshot(request.expect("valid"))).catch_unwind());
    if matches!(kind, Kind::LeftBeforeHead) {
        for _ in 0..3 {
            assert!(call.as_mut().now_or_never().is_none());
        }
        return;
    }
    let Ok(Ok(response)) = call.await else { return };
    let mut body = Box::pin(response.into_body());
    match kind {
        Kind::LeftInBody | Kind::LeftStream => {
            _ = body.frame().await;
        }
        _ => _ = body.collect().await,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_mixed_requests_add_up_exactly() {
    // Ten thousand of them are on purpose.
    std::panic::set_hook(Box::new(|_| {}));
    let recorder = Recorder::builder().build();
    let layer = PerfLayer::new(&recorder);
    let router = Router::new().route("/do/{what}", get(act)).layer(layer.clone());
    let around = layer.layer(router.clone());
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (router, around) = (router.clone(), around.clone());
        tasks.spawn(async move {
            for n in (task..REQUESTS).step_by(TASKS as usize) {
                match n % 3 {
                    0 => send(around.clone(), Kind::of(n)).await,
                    _ => send(router.clone(), Kind::of(n)).await,
                }
            }
        });
    }
    tasks.join_all().await;
    _ = std::panic::take_hook();

    let mut expected = BTreeMap::new();
    let (mut unmatched, mut streams) = (0, 0);
    for kind in (0..REQUESTS).map(Kind::of) {
        *expected.entry(kind.outcome()).or_insert(0_u64) += 1;
        unmatched += u64::from(matches!(kind, Kind::Unmatched));
        streams += u64::from(matches!(kind, Kind::LeftStream));
    }
    let routes = recorder.snapshot().routes;
    let mut counted = BTreeMap::new();
    for (outcome, count) in routes.iter().flat_map(|route| &route.outcomes) {
        *counted.entry(*outcome).or_insert(0_u64) += count;
    }
    assert_eq!(counted, expected);
    let requests = |name: &str| {
        routes.iter().find(|route| route.route == name).map_or(0, |route| route.requests)
    };
    assert_eq!(requests("_OTHER _unmatched"), unmatched);
    assert_eq!(routes.len(), 3, "GET, HEAD and what no template matched");
    for route in &routes {
        assert_eq!(route.in_flight, 0, "{}", route.route);
        let durations = route.total.count + route.streams.count;
        assert_eq!(durations, route.requests, "{}", route.route);
        let before_head = [Outcome::CancelledBeforeHead, Outcome::Panic];
        let heads = before_head.iter().filter_map(|outcome| route.outcomes.get(outcome));
        assert_eq!(route.head.count, route.requests - heads.sum::<u64>(), "{}", route.route);
    }
    assert_eq!(routes.iter().map(|route| route.streams.count).sum::<u64>(), streams);
}
