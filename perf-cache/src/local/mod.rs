//! The tier in this process.

mod entry;
mod moka;

use std::fmt;

use perf_core::sync::Arc;

pub(crate) use self::entry::Entry;
pub(crate) use self::moka::MokaTier;

/// A bounded map of typed entries. It neither knows what a fence is nor reads a clock: whether an
/// entry is still good is decided by those who read it.
pub(crate) trait LocalTier: fmt::Debug + Send + Sync + 'static {
    fn get(&self, key: &str) -> Option<Entry>;

    /// An entry that is heavier than the whole budget is not kept.
    fn insert(&self, key: Arc<str>, entry: Entry);

    /// Once this has returned, no `get` gives the entry.
    fn remove(&self, key: &str);

    /// The weight of all entries, in bytes.
    fn bytes(&self) -> u64;
}
