#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(feature = "profile")]
pub mod profile;
pub mod report;
pub mod request;

#[cfg(feature = "axum")]
mod dashboard;

#[cfg(feature = "axum")]
pub use dashboard::dashboard;
pub use report::{Authorize, Report};
pub use request::{PerfLayer, Route};
