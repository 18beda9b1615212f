//! Records every request to another service: whom it asked for what, how long, and how it ended.
//!
//! ```
//! use bytes::Bytes;
//! use http_body_util::{BodyExt, Empty};
//! use hyper_util::{client::legacy::Client, rt::TokioExecutor};
//! use perf_core::{CallSite, Label, Recorder};
//! use perf_tower::{PerfClientLayer, Route};
//! use tower::{Layer, ServiceExt};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! # let app = axum::Router::new().route("/price/{id}", axum::routing::get(|| async { "120" }));
//! # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
//! # let address = listener.local_addr().unwrap();
//! # tokio::spawn(async move { axum::serve(listener, app).await });
//! let http = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
//! let client = PerfClientLayer::new().layer(http);
//!
//! let recorder = Recorder::builder().build();
//! let (price, work) = recorder.scope(Label::job("quote")).run(async {
//!     let uri = format!("http://{address}/price/7");
//!     let mut request = http::Request::get(uri).body(Empty::new()).unwrap();
//!     request.extensions_mut().insert(Route::new("/price/{id}"));
//!     request.extensions_mut().insert(CallSite::here());
//!     let response = client.oneshot(request).await.unwrap();
//!     response.into_body().collect().await.unwrap().to_bytes()
//! }).await;
//!
//! assert_eq!((&*price, work.calls()), (&b"120"[..], 1));
//! let calls = recorder.snapshot().calls;
//! assert_eq!(calls[0].target, format!("GET {address} /price/{{id}}"));
//! # }
//! ```
//!
//! Each request is one [`CallEvent`](perf_core::CallEvent) of the scope in which it was made, wherever
//! its body is read. It is recorded exactly once: at the end of the body, at an error, or when the
//! future or the body is dropped. Errors of the inner service pass unchanged.
//!
//! **The target** is method, host and template. The host comes from the URI or the `Host` header,
//! without user and password, with a port that is not the scheme's own. The template is a
//! [`Route`](crate::Route) in the request's extensions, or what the [layer's
//! function](PerfClientLayer::route) gives, or the path of a gRPC request, which is a template by
//! itself; without any of them the target is method and host alone, never the path. Hosts that come
//! from outside, as with webhooks, have no bound of their own: the recorder keeps 200 targets and
//! counts the others as `_other`.
//!
//! **The call site** is a [`CallSite`](perf_core::CallSite) in the request's extensions:
//! `request.extensions_mut().insert(CallSite::here())` in a plain `#[track_caller]` function.
//!
//! **The duration** runs from the call to the end of the body, with the wait for a connection and its
//! making; so a body that is read slowly is a slow call, and a stream lasts as long as it lives.
//!
//! **The outcome** is an error for 4xx and 5xx, which is OpenTelemetry's rule for clients, for an error
//! of the inner service or the body, and for a body that ends before its last promised byte. A
//! gRPC request succeeds with `grpc-status` 0 alone, in the head or the trailers; a missing one is
//! UNKNOWN. What is dropped before its end is cancelled, unless its head already told of a failure;
//! after the last promised byte it is at its end, whether or not somebody reads on.
//!
//! **Retries** are counted with the help of [`Attempts`].
//!
//! The wait for a pooled connection has no event of its own: `poll_ready` comes before the request, so
//! it knows no host, and the client of hyper-util is always ready and waits inside the call.

mod answer;
mod attempts;
mod body;
mod call;
mod future;
mod layer;
#[cfg(feature = "reqwest")]
mod middleware;
mod names;
mod service;
mod target;

pub use attempts::Attempts;
pub use body::ResponseBody;
pub use future::ResponseFuture;
pub use layer::PerfClientLayer;
#[cfg(feature = "reqwest")]
pub use middleware::PerfMiddleware;
pub use service::PerfClient;
