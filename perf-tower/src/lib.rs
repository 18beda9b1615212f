#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod report;
pub mod request;

mod body_end;
#[cfg(feature = "axum")]
mod dashboard;

#[cfg(feature = "axum")]
pub use dashboard::dashboard;
pub use report::{Authorize, Report};
pub use request::{PerfLayer, Route};
