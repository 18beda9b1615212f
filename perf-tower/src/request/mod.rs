//! Records every request: how long it took, how it ended, and what was done for it.
//!
//! ```
//! use axum::{Router, body::Body, http::Request, routing::get};
//! use perf_core::Recorder;
//! use perf_tower::PerfLayer;
//! use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let recorder = Recorder::builder().build();
//! let app = Router::new()
//!     .route("/orders/{id}", get(|| async { "an order" }))
//!     .layer(PerfLayer::new(&recorder));
//!
//! let response = app.oneshot(Request::get("/orders/42").body(Body::empty()).unwrap()).await.unwrap();
//! axum::body::to_bytes(response.into_body(), 1_000).await.unwrap();
//!
//! let routes = recorder.snapshot().routes;
//! assert_eq!(routes[0].route, "GET /orders/{id}");
//! assert_eq!(routes[0].requests, 1);
//! # }
//! ```
//!
//! Each request is one [`Scope`](perf_core::Scope). It is open while the handler runs and while the
//! body is read, and closes exactly once: at the end of the body, or when the future or the body is
//! dropped, which counts as cancelled or as a panic. Errors of the inner service pass unchanged.
//! Noted are also the status, the trace that a `traceparent` names, the size of the request's body
//! by its `Content-Length`, where it has one of a TiB at most, and that of the response's body as far
//! as it was sent.
//!
//! The body ends with its last promised byte (`Content-Length`, or an exact size), so with the head
//! where none was promised or the server sends none: to `HEAD`, to `CONNECT` with 2xx, with 1xx, 204
//! and 304. One that ends before its last promised byte is an inner error. What the body does after
//! its end is late work of the same recorder.
//!
//! Answers without an end of their own are streams, whose lives are counted apart from the durations
//! of other requests: server-sent events, and gRPC answers of more than one message. A connection
//! that is upgraded (101) counts as one too; its scope closes with the head, since the upgraded
//! connection is not the layer's to see.
//!
//! # Routes
//!
//! The route is the template, never the path: what no template matched is counted in one series,
//! so a scanner that tries a million paths adds one. The first of these that there is counts:
//!
//! 1. a [`Route`] in the request's extensions,
//! 2. what the closure of [`PerfLayer::route_by`] gives,
//! 3. the method of a gRPC call, once it is known to exist,
//! 4. axum's `MatchedPath` (feature `axum`).
//!
//! Add the layer with `Router::layer` on the outermost router: a layer around a finished router sees
//! no template, and axum gives none to `nest_service` and to fallbacks. A layer that must stand
//! outside, to see what other layers do, takes a second one inside: of two layers that one request
//! passes, with one recorder, the outer one counts, and the inner one only tells it the template
//! when it knew none. They count twice only where both know a template and not the same.
//!
//! # gRPC
//!
//! A call is a `POST` with content type `application/grpc`; its route is its path,
//! `/package.Service/Method`. Since a client can make up paths, a method becomes a route with the
//! first call that is answered by other than an error; calls before, and of methods that do not
//! exist, have the router's template or none. The outcome follows `grpc-status`, from the head or
//! from the trailers, by OpenTelemetry's rule for servers; a missing one is UNKNOWN, a server error.
//! Where the code is not OK it is noted as the status. gRPC-Web is HTTP like any other.

mod body;
mod future;
mod grpc;
mod head;
mod layer;
mod messages;
mod opening;
mod route;
mod server_timing;
mod service;
mod settings;

pub use body::ResponseBody;
pub use future::ResponseFuture;
pub(crate) use grpc::is_grpc;
pub use layer::PerfLayer;
pub use route::Route;
pub(crate) use route::method;
#[cfg(feature = "profile")]
pub(crate) use route::{OTHER_METHOD, matched};
pub use service::Perf;
