#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod client;
#[cfg(feature = "dashboard")]
pub mod dashboard;
#[cfg(feature = "findings")]
pub mod findings;
pub mod metrics;
#[cfg(feature = "profile")]
pub mod profile;
pub mod report;
pub mod request;

mod answer;
mod body_end;

pub use client::PerfClientLayer;
#[cfg(feature = "reqwest")]
pub use client::PerfMiddleware;
#[cfg(feature = "dashboard")]
pub use dashboard::{Dashboard, dashboard};
pub use metrics::Metrics;
pub use report::{Authorize, Report};
pub use request::{PerfLayer, Route};
