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
//!
//! The body ends with its last promised byte (`Content-Length`, or an exact size), so with the head
//! where none was promised or the server sends none: to `HEAD`, to `CONNECT` with 2xx, with 1xx, 204
//! and 304. One that ends before its last promised byte is an inner error. What the body does after
//! its end is late work of the same recorder.
//!
//! The route is the template, never the path: what no template matched is counted in one series,
//! so a scanner that tries a million paths adds one. Add the layer with `Router::layer` on the
//! outermost router; a layer around a finished router sees no template. A [`Route`] of the
//! application's own wins over the router's.

mod body;
mod future;
mod head;
mod layer;
mod route;
mod service;

pub use body::ResponseBody;
pub use future::ResponseFuture;
pub use layer::PerfLayer;
pub use route::Route;
pub(crate) use route::method;
pub use service::Perf;
