//! The pages on which one sees a service at work: `/perf`.
//!
//! ```
//! use axum::{Router, body::Body, http::Request};
//! use perf_core::Recorder;
//! use perf_tower::{Authorize, dashboard};
//! use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let pages: Router = dashboard(Recorder::global(), Authorize::bearer("s3cret"));
//! let stranger = Request::get("/perf").body(Body::empty()).unwrap();
//! assert_eq!(pages.oneshot(stranger).await.unwrap().status(), 403);
//! # }
//! ```
//!
//! Every view has an address of its own, is a plain page that needs no JavaScript, and changes by
//! itself each second where there is some. Nothing is loaded from elsewhere: style and script are
//! in the binary, and a strict Content-Security-Policy lets in nothing else.
//!
//! Nothing is shown to whom the [`Authorize`](crate::Authorize) refuses (guarantee G9). A browser
//! that opens `/perf?token=T` once, where `T` is the token of
//! [`Authorize::bearer`](crate::Authorize::bearer), gets a cookie for it and is sent on to the
//! address without the token.

mod address;
mod admitted;
mod answer;
mod assets;
mod draw;
mod live;
mod page;
#[cfg_attr(not(feature = "profile"), path = "no_profiles.rs")]
mod profiles;
mod router;
mod source;
mod token;
mod wall;

pub use router::{Dashboard, dashboard};
