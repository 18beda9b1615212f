//! The report as text and as JSON, for those whom the application lets in.
//!
//! ```
//! use perf_core::Recorder;
//! use perf_tower::{Authorize, Report};
//! use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let report = Report::new(Recorder::global(), Authorize::bearer("s3cret"));
//! let request = http::Request::get("/perf/report.txt").body(()).unwrap();
//! assert_eq!(report.oneshot(request).await.unwrap().status(), 403);
//! # }
//! ```

mod authorize;
mod loopback;
mod service;

pub use authorize::Authorize;
#[cfg(feature = "dashboard")]
pub(crate) use authorize::TOKEN_COOKIE;
pub use service::Report;
