use super::Histogram;
use crate::time::Duration;
use serde::Serialize;

/// Stub.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Sizes {
    /// How many.
    pub count: u64,
    /// Bytes in all.
    pub total_bytes: u64,
    /// The median.
    pub p50_bytes: u64,
    /// 95 %.
    pub p95_bytes: u64,
    /// The largest.
    pub max_bytes: u64,
}
impl Histogram {
    /// Stub.
    pub fn record_value(&self, value: u64) {
        self.record(Duration::from_micros(value));
    }
    /// Stub.
    pub fn sizes(&self) -> Sizes {
        let l = self.summary();
        Sizes {
            count: l.count,
            total_bytes: l.total().as_micros() as u64,
            p50_bytes: l.p50.as_micros() as u64,
            p95_bytes: l.p95.as_micros() as u64,
            max_bytes: l.max.as_micros() as u64,
        }
    }
}
impl super::Latency {
    /// Stub.
    pub fn doublings(&self) -> Vec<(Duration, u64)> {
        vec![(self.p50, self.count / 2), (self.p95, self.count / 2), (self.max, self.count / 20)]
    }
}
