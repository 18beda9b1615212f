//! Counters and histograms that many threads may write at once.
//!
//! Both are striped: a thread writes to its own stripe and a reader adds the stripes up, so
//! no lock is shared on the way in.
//!
//! ```
//! use std::time::Duration;
//! use perf_core::metric::Histogram;
//!
//! let latency = Histogram::new();
//! for millis in 1..=100 {
//!     latency.record(Duration::from_millis(millis));
//! }
//! let summary = latency.summary();
//! assert_eq!(summary.count, 100);
//! assert_eq!(summary.total(), Duration::from_millis(5050));
//! assert!(summary.p95 >= Duration::from_millis(95) && summary.p95 < Duration::from_millis(96));
//! assert_eq!(latency.at_most(&[10_000, 50_000]), [10, 50]);
//! ```

mod counter;
mod cumulative;
mod histogram;
mod slot;
mod stripe;

pub use counter::{Counter, Counters};
pub use cumulative::{Cumulative, LATENCY_BOUNDS_MICROS, SIZE_BOUNDS_BYTES};
pub use histogram::{Bucket, Histogram, Latency, Sizes};
