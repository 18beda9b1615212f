//! Who uses the connections of a pool.

use serde::Serialize;

use crate::event::{CallSite, HoldEvent, Name, PoolEvent};
use crate::metric::{Counters, Histogram, Latency};
use crate::sync::{AtomicU64, Ordering};
use crate::time::Duration;
use crate::units::serialize_millis;

#[derive(Debug, Default)]
pub(crate) struct PoolUseSeries {
    wait: Histogram,
    hold: Histogram,
    /// `BUSY`, `IDLE_IN_TRANSACTION`, in nanoseconds.
    parts: Counters<2>,
    longest_idle_in_transaction: AtomicU64,
}

const BUSY: usize = 0;
const IDLE_IN_TRANSACTION: usize = 1;

impl PoolUseSeries {
    pub(crate) fn count(&self, event: &PoolEvent<'_>) {
        self.wait.record(event.wait);
    }

    pub(crate) fn count_hold(&self, event: &HoldEvent<'_>) {
        self.hold.record(event.held);
        self.parts.add(BUSY, nanos(event.busy));
        if !event.idle_in_transaction.is_zero() {
            let idle = nanos(event.idle_in_transaction);
            self.parts.add(IDLE_IN_TRANSACTION, idle);
            self.longest_idle_in_transaction.fetch_max(idle, Ordering::Relaxed);
        }
    }

    pub(crate) fn stats(&self, pool: &Name, call_site: CallSite) -> PoolUseStats {
        let [busy, idle_in_transaction] = self.parts.values().map(Duration::from_nanos);
        let longest = self.longest_idle_in_transaction.load(Ordering::Relaxed);
        PoolUseStats {
            pool: pool.as_str().to_owned(),
            call_site,
            wait: self.wait.summary(),
            hold: self.hold.summary(),
            busy,
            idle_in_transaction,
            longest_idle_in_transaction: Duration::from_nanos(longest),
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// What is known about one place that takes connections of one pool.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PoolUseStats {
    /// The pool's name.
    pub pool: String,
    /// Who takes the connections.
    pub call_site: CallSite,
    /// How long it waited for them.
    pub wait: Latency,
    /// How long it held those that it has given back.
    pub hold: Latency,
    /// The part of the holding in which statements ran, in all.
    #[serde(rename = "busy_ms", serialize_with = "serialize_millis")]
    pub busy: Duration,
    /// The part of the holding in which a transaction was open and nothing ran, in all.
    #[serde(rename = "idle_in_transaction_ms", serialize_with = "serialize_millis")]
    pub idle_in_transaction: Duration,
    /// The same of the one holding that had most of it.
    #[serde(rename = "longest_idle_in_transaction_ms", serialize_with = "serialize_millis")]
    pub longest_idle_in_transaction: Duration,
}
