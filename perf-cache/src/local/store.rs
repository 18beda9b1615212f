use super::LocalTier;
use super::moka::MokaTier;
#[cfg(feature = "quick_cache")]
use super::quick::QuickTier;

/// Which cache holds what the local tier keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocalStore {
    /// moka: of as many entries it answers more where some keys are asked for far more often than others
    /// (TinyLFU). It takes about 300 bytes more for each, so that small values are fewer. An entry may
    /// take the whole budget.
    #[default]
    Moka,
    /// quick_cache: hits cost a fraction of moka's and do not slow down with the number of threads, and
    /// an entry takes less memory beside its value.
    ///
    /// The budget is split among 8 shards, or more where each has 32 MiB then; fewer where it would have
    /// less than 1 MiB. An entry that is heavier than 97 % of a shard's share is not kept: 7.7 MiB with
    /// a budget of 64 MiB.
    #[cfg(feature = "quick_cache")]
    QuickCache,
}

impl LocalStore {
    pub(crate) fn open(self, max_bytes: u64) -> Box<dyn LocalTier> {
        match self {
            Self::Moka => Box::new(MokaTier::new(max_bytes)),
            #[cfg(feature = "quick_cache")]
            Self::QuickCache => Box::new(QuickTier::new(max_bytes)),
        }
    }
}
