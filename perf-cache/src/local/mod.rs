//! The tier in this process.

mod curve;
mod entry;
mod hottest;
mod moka;
#[cfg(feature = "quick_cache")]
mod quick;
mod store;
#[cfg(test)]
mod tests;
mod weigh;

use std::fmt;

use perf_core::sync::Arc;

pub(crate) use self::curve::{Curve, key_hash};
pub(crate) use self::entry::{Absent, Entry, Extra, held, weight};
pub(crate) use self::hottest::MAX_KEYS as MOST_HOT_KEYS;
pub use self::store::LocalStore;

/// A bounded map of typed entries. It neither knows what a fence is nor reads a clock: whether an
/// entry is still good is decided by those who read it.
pub(crate) trait LocalTier: fmt::Debug + Send + Sync + 'static {
    fn get(&self, key: &str) -> Option<Entry>;

    /// An entry that is too heavy for the budget is not kept, and what it was to replace is gone.
    fn insert(&self, key: Arc<str>, entry: Entry);

    /// Once this has returned, no `get` gives the entry.
    fn remove(&self, key: &str);

    /// Removes the entry under a key if it meets the condition; whether it did. An entry that takes its
    /// place meanwhile may go with it, and is then a miss.
    fn remove_if(&self, key: &str, condition: &dyn Fn(&Entry) -> bool) -> bool;

    /// Removes all entries that meet the condition, and says how many. No lock is held from one entry
    /// to the next, nor while the condition is asked. Entries that come meanwhile may be left out, and
    /// may go with the entry whose place they take.
    fn sweep(&self, condition: &mut dyn FnMut(&str, &Entry) -> bool) -> u64;

    /// The weight of all entries, in bytes.
    fn bytes(&self) -> u64;

    /// What an entry takes beside its weight, in bytes.
    fn overhead_bytes(&self) -> u32;

    /// How many entries there are.
    fn len(&self) -> u64;

    /// How many entries had to go, or were not kept, for want of room. Those that were removed or
    /// replaced are not among them.
    fn evictions(&self) -> u64;
}
