//! A small server on 127.0.0.1, and clients for it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::get;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, StatusCode};
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use perf_core::recorder::CallStats;
use perf_core::{Label, Recorder};
use perf_tower::{PerfClientLayer, client::PerfClient};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tower::Layer;

pub(crate) type HttpClient = Client<HttpConnector, Empty<Bytes>>;

/// Tells that `/never` was asked.
pub(crate) type Asked = Arc<Notify>;

pub(crate) async fn serve() -> (SocketAddr, Asked) {
    let asked = Asked::default();
    let app = Router::new()
        .route("/price/{id}", get(|| async { "120" }))
        .route("/broken", get(|| async { (StatusCode::INTERNAL_SERVER_ERROR, "broken") }))
        .route("/empty", get(|| async { StatusCode::NO_CONTENT }))
        .route("/chunked", get(|| async { Body::from_stream(parts(2)) }))
        .route("/endless", get(|| async { Body::from_stream(parts(2).chain(stream::pending())) }))
        .route("/short", get(|| async { ([("content-length", "9")], Body::from_stream(parts(2))) }))
        .route("/never", get(never))
        .with_state(Arc::clone(&asked))
        .merge(Router::new().route("/flaky", get(flaky)).with_state(Arc::default()));
    (serve_app(app).await, asked)
}

pub(crate) async fn serve_app(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Each of three bytes, and sent before the next one comes.
fn parts(n: usize) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send {
    stream::iter(0..n).then(|_| async {
        tokio::task::yield_now().await;
        Ok(Bytes::from_static(b"one"))
    })
}

async fn never(State(asked): State<Asked>) {
    asked.notify_one();
    std::future::pending().await
}

/// Fails twice, then answers.
async fn flaky(State(asked): State<Arc<AtomicU32>>) -> (StatusCode, &'static str) {
    match asked.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => (StatusCode::SERVICE_UNAVAILABLE, "later"),
        _ => (StatusCode::OK, "now"),
    }
}

pub(crate) fn http_client() -> HttpClient {
    Client::builder(TokioExecutor::new()).build_http()
}

pub(crate) fn client() -> PerfClient<HttpClient> {
    PerfClientLayer::new().layer(http_client())
}

pub(crate) fn request(address: SocketAddr, path: &str) -> Request<Empty<Bytes>> {
    Request::get(format!("http://{address}{path}")).body(Empty::new()).expect("a request")
}

/// The calls that were made in a scope of their own.
pub(crate) async fn calls_of(made: impl Future<Output = ()>) -> Vec<CallStats> {
    let recorder = Recorder::builder().build();
    recorder.scope(Label::job("test")).run(made).await;
    recorder.snapshot().calls
}

/// Requests, errors, cancelled ones and retries of the only target.
#[track_caller]
pub(crate) fn counts(calls: &[CallStats]) -> [u64; 4] {
    let [call] = calls else { panic!("one target: {calls:?}") };
    [call.duration.count, call.errors, call.cancelled, call.retries]
}
