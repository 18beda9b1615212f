use serde::Serialize;

use super::cache::TierStats;
use super::cache_state::CacheState;
use crate::time::Duration;
use crate::units::serialize_millis;

const MIB: f64 = 1024.0 * 1024.0;

/// The time of loads that callers of a cache did not wait for. An estimate, made when a snapshot is
/// taken: each value that a tier served counts as one load of mean duration, less the mean time of a
/// hit for each that came from Redis. A hit in the process costs too little to count.
///
/// The mean is over the loads there were, not over those that were spared: where the keys that are
/// asked for most are dear to load, more was spared, and where they are cheap, less. Those who waited for
/// another caller's load are not counted, though they spared one, and loads in the background, for which
/// nobody waits, are not taken off. All is zero where hits took longer than loads would have, or where no
/// load was timed that gave a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Spared {
    /// Since the recorder began.
    #[serde(rename = "total_ms", serialize_with = "serialize_millis")]
    pub total: Duration,
    /// In one minute, in the mean.
    #[serde(rename = "per_minute_ms", serialize_with = "serialize_millis")]
    pub per_minute: Duration,
    /// In one minute by one MiB of what the cache holds in this process now: which cache makes the most
    /// of its memory. `None` where that is not known or nothing.
    #[serde(rename = "per_minute_and_mib_ms", serialize_with = "optional_millis")]
    pub per_minute_and_mib: Option<Duration>,
}

impl Spared {
    pub(super) fn of(
        [local, remote, loader]: [&TierStats; 3],
        state: Option<&CacheState>,
        observed: Duration,
    ) -> Self {
        let served = local.hits + local.stale + remote.hits + remote.stale;
        let of_loads = loader.mean_hit.as_secs_f64() * served as f64;
        let of_hits = remote.mean_hit.as_secs_f64() * remote.hits as f64;
        let seconds = (of_loads - of_hits).max(0.0);
        let per_minute = seconds * 60.0 / observed.as_secs_f64();
        let bytes = state.map(|state| state.bytes).filter(|&bytes| bytes > 0);
        Self {
            total: lasting(seconds),
            per_minute: lasting(per_minute),
            per_minute_and_mib: bytes.map(|bytes| lasting(per_minute * MIB / bytes as f64)),
        }
    }
}

/// So many seconds; 0 / 0 is none, and what is too much to tell is [`Duration::MAX`].
fn lasting(seconds: f64) -> Duration {
    let seconds = if seconds.is_nan() { 0.0 } else { seconds };
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

fn optional_millis<S: serde::Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => serialize_millis(duration, serializer),
        None => serializer.serialize_none(),
    }
}
