#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod report;
pub mod request;

#[cfg(feature = "dashboard")]
pub mod dashboard;

#[cfg(feature = "dashboard")]
pub use dashboard::{Dashboard, dashboard};
pub use report::{Authorize, Report};
pub use request::{PerfLayer, Route};
