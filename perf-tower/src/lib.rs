#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(feature = "findings")]
pub mod findings;
pub mod metrics;
pub mod report;
pub mod request;

mod answer;
#[cfg(feature = "axum")]
mod dashboard;

#[cfg(feature = "axum")]
pub use dashboard::dashboard;
pub use metrics::Metrics;
pub use report::{Authorize, Report};
pub use request::{PerfLayer, Route};
