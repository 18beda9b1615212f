use serde::Serialize;

/// What a sample of a cache's loads found in place of what they loaded, since the cache was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Reloads {
    /// Loads in the sample that gave a value.
    pub sampled: u64,
    /// Those of them that replaced a value whose time was over, or nearly so that it was to be loaded
    /// anew. All others had nothing to replace, or something that was invalidated.
    pub expired: u64,
    /// Those of them that brought the same value once more.
    pub unchanged: u64,
}

impl Reloads {
    /// Loads in the sample, those that replaced what had expired, and those that brought the same.
    pub fn new(sampled: u64, expired: u64, unchanged: u64) -> Self {
        Self { sampled, expired, unchanged }
    }
}

/// What the loaders gave when they were run for a sample of hits, since the cache was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Audits {
    /// Hits whose loader gave a value, or said that there is none, while the one served was still kept.
    pub audited: u64,
    /// Those of them that had served something else.
    pub stale: u64,
    /// Those of `audited` that were served in the second half of the value's ttl.
    pub audited_late: u64,
    /// Those of `stale` that were served in the second half of the value's ttl.
    pub stale_late: u64,
    /// Hits whose loader failed, panicked or took too long; not among `audited`.
    pub failed: u64,
}

impl Audits {
    /// Audited and stale hits on values in the first half of their ttl, and on such in the second half;
    /// and audits that failed.
    pub fn new(early: (u64, u64), late: (u64, u64), failed: u64) -> Self {
        Self {
            audited: early.0 + late.0,
            stale: early.1 + late.1,
            audited_late: late.0,
            stale_late: late.1,
            failed,
        }
    }

    /// The share of audited hits that had served something else, from 0 to 1.
    pub fn stale_rate(&self) -> f64 {
        rate(self.stale, self.audited)
    }

    /// The same for values in the first half of their ttl, and for those in the second.
    pub(crate) fn stale_rates_by_age(&self) -> [f64; 2] {
        let early = rate(
            self.stale.saturating_sub(self.stale_late),
            self.audited.saturating_sub(self.audited_late),
        );
        [early, rate(self.stale_late, self.audited_late)]
    }
}

fn rate(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
