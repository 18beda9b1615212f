use perf_core::sync::Arc;

use crate::fence::{Rule, TagId, Version};

/// Who tells something, and how much it has told before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// A number drawn at random when the cache was built.
    pub(crate) publisher: u64,
    /// Counts this publisher's changes from 1. In a beat: the number of its last change.
    pub(crate) number: u64,
}

/// What one process tells all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) ticket: Ticket,
    pub(crate) change: Change,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The key was written or removed.
    Key(Arc<str>),
    Tag(TagId, Version),
    All(Version),
    Rule(Rule),
    /// Nothing; the process is alive. Does not take a number of its own, and counts by another one.
    Beat(u64),
}

/// What comes out of the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Notice(Notice),
    /// Somebody who does not speak to us has written or removed the key (RESP3 tracking).
    Touched(Arc<str>),
    /// The channel was opened, or opened again: what was told before is lost.
    Opened,
    /// The channel broke.
    Broken,
}
