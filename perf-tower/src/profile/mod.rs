//! CPU profiles on demand: of exactly one request, and of the whole process.
//!
//! ```
//! use axum::{Router, body::Body, http::Request, routing::get};
//! use perf_tower::Authorize;
//! use perf_tower::profile::{ProfileLayer, ProfileService, Profiler};
//! use tower::ServiceExt;
//!
//! # #[tokio::main] async fn main() {
//! let profiler = Profiler::new(Authorize::bearer("s3cret"));
//! let app: Router = Router::new()
//!     .route("/orders", get(|| async { "orders" }))
//!     .layer(ProfileLayer::new(&profiler))
//!     .nest_service("/perf", ProfileService::new(&profiler));
//!
//! let request = Request::get("/orders?profile=top").header("authorization", "Bearer s3cret");
//! let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
//! let text = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
//! assert!(text.starts_with(b"GET /orders: 0 samples at 99 Hz"));
//! # }
//! ```
//!
//! # One request
//!
//! `?profile=` on any route within [`ProfileLayer`], or the header `x-perf-profile:`, takes
//!
//! | value | answer |
//! |---|---|
//! | `1` | the application's own, with `cache-control: no-store` and a header `x-perf-profile` that holds the path of the result |
//! | `flamegraph` | the flame graph as SVG instead of it; `x-perf-status` tells the application's status |
//! | `collapsed`, `pprof`, `top` | the same as collapsed stacks, gzipped protobuf, text |
//!
//! with `&hz=250` for another rate (in the header `flamegraph; hz=250`). `HEAD` gets the link;
//! `OPTIONS` and `CONNECT` are never profiled. `If-None-Match` and `If-Modified-Since` are taken from
//! a profiled request, so that it does its work.
//!
//! The request's future and its body are polled through one function that is never inlined, and only
//! stacks that pass through it count, from there on. So nothing of other requests is in the graph,
//! and the task may move between workers. What the handler gives away, by `tokio::spawn`,
//! `spawn_blocking` or a thread, is not in it. The root is the route (`GET /orders/{id}`, from axum's
//! `MatchedPath`), and below it comes the first function that is not of the HTTP stack, the runtime or
//! the standard library: the handler. A function that calls itself directly is one frame.
//!
//! **Two keys.** The caller must be let in by the profiler's [`Authorize`](crate::Authorize), and the
//! application must have consented: by adding the layer to these routes, and by
//! [`ProfileLayer::consent`] where only some of their requests may be profiled. Where one is missing
//! the request passes untouched, so nobody learns that there is a profiler, and an application with a
//! parameter of that name keeps it.
//!
//! # A short request
//!
//! A request that takes less processor time than lies between two samples mostly has none. Add
//! `&seconds=2` (from 0.1 to [`Profiler::longest`]; in the header `flamegraph; seconds=2`): the
//! request runs one time after the other for that long, and the profile is of all runs together. It
//! says how many they were (`GET /orders, 3,120 times in 2.0 s`), and how many answers had another
//! status than the first, which is in `x-perf-status`.
//!
//! - Only for `GET` and `HEAD` (RFC 9110, section 9.2.1: they change nothing) without a body, and not
//!   with `profile=1`, whose answer is that of one run: else 400, and nothing runs. Content that
//!   HTTP/2 sends without a `content-length` reaches the first run only.
//! - Each response's body is read to its end and thrown away. The answer links to the result, too.
//! - Layers further outside, such as [`PerfLayer`](crate::PerfLayer), see one request; layers further
//!   inside and the handler see all of them, with clones of the request's headers and extensions.
//!   So does what they call: a database, a counter, a rate limiter.
//! - Between two runs other requests get their turn. At the limit a run under way is given up.
//! - An application with a parameter `seconds` of its own is profiled by the header.
//!
//! # The whole process
//!
//! [`Profiler::record`] and [`Profiler::top`], and [`ProfileService`] for both over HTTP.
//!
//! # Caveats
//!
//! - **Linux on x86-64 is what this was tried on.** It uses pprof 0.15 with its `framehop-unwinder`,
//!   which needs no frame pointers; on aarch64 that version loses the innermost function. Cargo lets
//!   no program have that feature together with pprof's `frame-pointer`.
//! - Names come from the symbol table and from line tables: `debug = "line-tables-only"` shows what was
//!   inlined, `strip = true` takes both away, and then no request can be told from another.
//! - A profile shows processor time, not waiting.
//! - One profile runs at a time in a process; the next is refused with the seconds left. It ends at
//!   its limit, with the response, or when the client leaves.
//! - Samples are one for each 1/`hz` s of processor time of the whole process, 250 per second at most:
//!   with many busy cores some are lost, which the result says.
//! - The signal is SIGPROF. After the first profile it is ignored rather than deadly, also in programs
//!   started later by this one.
//! - The first profile takes 40 to 85 MB, for the sampler's tables and the program's debug information,
//!   which stay; reading the latter, it starts 50 ms to seconds late.
//! - Libraries loaded by `dlopen` after the first profile end a stack.

mod ask;
mod body;
mod empty;
mod error;
mod fold;
mod format;
mod future;
mod layer;
mod marker;
mod name;
mod notes;
mod profiler;
mod protobuf;
mod recording;
mod repeat;
mod requests;
mod result;
mod runs;
mod sampler;
mod service;
mod slot;
mod store;
mod svg;
mod symbols;
mod symtab;
mod text;
mod top;
mod tree;

pub use body::ProfileBody;
pub use error::ProfileError;
pub use format::Format;
pub use future::ProfileFuture;
pub use layer::ProfileLayer;
pub use profiler::{Profiler, Running};
pub use requests::ProfileRequests;
pub use result::{About, Profile};
pub use service::{ProfileService, ServiceFuture};
pub use top::Hot;
pub use tree::Node;
