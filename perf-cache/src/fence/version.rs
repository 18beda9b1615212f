use perf_core::sync::Arc;

use crate::bytes::fingerprint;

/// When something was invalidated: microseconds on the clock of whoever hands versions out. Zero is
/// before everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Version(pub(crate) u64);

/// A tag, by the fingerprint of its text: two tags that meet are invalidated together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TagId(pub(crate) u64);

impl TagId {
    pub(crate) fn of(tag: &str) -> Self {
        Self(fingerprint::of(tag.as_bytes()))
    }
}

/// The version that a tag had at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TagVersion {
    pub(crate) tag: TagId,
    pub(crate) version: Version,
}

/// Values whose key matches and whose load began before the version are no longer good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) version: Version,
    pub(crate) pattern: Arc<str>,
}

/// What was in force when a load began. It goes with the value into every tier, and decides there
/// whether the value is still good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The version of the cache as a whole.
    pub(crate) all: Version,
    /// The version of the newest rule there was.
    pub(crate) rules: Version,
    /// The versions of the value's tags.
    pub(crate) tags: Vec<TagVersion>,
}
