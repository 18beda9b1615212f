use serde::Serialize;

use super::CacheState;
use crate::time::Duration;
use crate::units::serialize_millis;

/// How well a process hears what others tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Backplane {
    /// How long something that is told takes at most to be heard here: what this process's last sign of
    /// life took to Redis and back, or how long one has been under way that is not back yet. No two
    /// clocks are compared for it.
    #[serde(rename = "lag_ms", serialize_with = "serialize_millis")]
    pub lag: Duration,
    /// Other processes that were heard lately. One that has ended counts for a while more: ten times the
    /// staleness bound.
    pub processes: u64,
    /// How long ago the one of them was heard that was silent longest. Each tells that it is alive in
    /// every quarter of its staleness bound.
    #[serde(rename = "longest_silence_ms", serialize_with = "serialize_millis")]
    pub longest_silence: Duration,
}

impl Backplane {
    /// A process that hears within `lag` what is told, from itself alone so far.
    pub fn new(lag: Duration) -> Self {
        Self { lag, ..Self::default() }
    }

    /// How many others were heard, and when last the one that was silent longest. Defaults to none.
    #[must_use]
    pub fn others(mut self, processes: u64, longest_silence: Duration) -> Self {
        (self.processes, self.longest_silence) = (processes, longest_silence);
        self
    }
}

/// A Redis server that holds what caches share, as it tells by `INFO`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RedisNode {
    /// Where it listens, as a cluster tells it; `None` where there is only one.
    pub address: Option<String>,
    /// What its keys and buffers take, in bytes (`used_memory`).
    pub used_bytes: u64,
    /// What they may take, in bytes (`maxmemory`); 0 for no limit.
    pub max_bytes: u64,
    /// Which keys it evicts when that is reached (`maxmemory_policy`).
    pub eviction_policy: String,
    /// What the system counts for it, in bytes (`used_memory_rss`).
    pub resident_bytes: u64,
    /// The memory of its machine, in bytes (`total_system_memory`); 0 where it is not told.
    pub system_bytes: u64,
    /// Keys evicted since it started, of whoever uses it.
    pub evicted_keys: u64,
    /// Keys evicted in a minute, between the last two times it was asked; `None` before the second.
    pub evicted_per_minute: Option<f64>,
    /// Keys that were asked for and found since it started, by whoever uses it.
    pub keyspace_hits: u64,
    /// Keys that were asked for and not found since it started.
    pub keyspace_misses: u64,
}

impl RedisNode {
    /// The share of its limit that is used, or of its machine's memory where it has no limit; from 0,
    /// and above 1 where more is used. `None` where neither is known.
    pub fn used_share(&self) -> Option<f64> {
        let whole = if self.max_bytes > 0 { self.max_bytes } else { self.system_bytes };
        (whole > 0).then(|| self.used_bytes as f64 / whole as f64)
    }

    /// What the system counts for each byte that it uses; 0 before it uses any.
    pub fn fragmentation(&self) -> f64 {
        if self.used_bytes == 0 { 0.0 } else { self.resident_bytes as f64 / self.used_bytes as f64 }
    }
}

impl CacheState {
    /// How well the process hears what others tell. Defaults to a cache without Redis.
    #[must_use]
    pub fn backplane(mut self, backplane: Backplane) -> Self {
        self.backplane = Some(backplane);
        self
    }

    /// The primaries of the Redis behind the cache. Defaults to none.
    #[must_use]
    pub fn redis(mut self, nodes: impl IntoIterator<Item = RedisNode>) -> Self {
        self.redis = nodes.into_iter().collect();
        self
    }
}
