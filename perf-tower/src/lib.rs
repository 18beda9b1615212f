#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod client;
pub mod report;
pub mod request;

mod body_end;
#[cfg(feature = "axum")]
mod dashboard;

pub use client::PerfClientLayer;
#[cfg(feature = "reqwest")]
pub use client::PerfMiddleware;
#[cfg(feature = "axum")]
pub use dashboard::dashboard;
pub use report::{Authorize, Report};
pub use request::{PerfLayer, Route};
