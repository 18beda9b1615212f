use super::{TagId, TagVersion, Version};

/// Counts what this process has learned. A kept value that was seen good in some epoch is good as
/// long as that is the present one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Epoch(pub(super) u64);

/// What is to be thought of a kept value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Good, and seen good in this epoch.
    Valid(Epoch),
    Invalid,
    /// Something may have been missed: the store has to be asked.
    Suspect,
}

/// What is to be thought of a value that the store has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StampVerdict {
    Valid,
    Invalid,
    /// The versions of these tags have to be asked for first.
    Unknown(Vec<TagId>),
}

/// What was in force when a load began, before its tags are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Birth {
    pub(crate) epoch: Epoch,
    pub(super) learned: u64,
    pub(crate) all: Version,
    pub(crate) rules: Version,
}

/// What has become of the tags of a load that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TagsSince {
    Same(Vec<TagVersion>),
    Changed,
    /// The versions of these have to be asked for first.
    Unknown(Vec<TagId>),
}

/// Who hands out versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authority {
    /// This process: there is no store.
    Process,
    /// The store's server. What is not known here can be asked there.
    Server,
}
