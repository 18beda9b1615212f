//! The shared tier as the cache sees it: what all processes of a service have in common.
//!
//! A store keeps three things: values under keys, each in its envelope; *versions*, which say when a
//! tag, a pattern or the whole cache was last invalidated; and a channel on which every change is told
//! to all processes. `redis/` is the real one; `testing/` has one in memory whose channel can be made
//! to lose, delay, repeat and reorder.
//!
//! Invariants that every store keeps:
//! 1. A value gets in by [`publish`](Store::publish) alone, and only while its key still holds what it
//!    held when the load began: a placeholder, or an older value. An invalidation takes that away, so a
//!    load that began before it stores nothing, however late its command arrives.
//! 2. A change and the notice of it are one step on the server: no process can see the one and miss the
//!    other because a third one died in between.
//! 3. Versions of one tag, and of the cache as a whole, only grow, by the server's clock. A version that
//!    the server has lost comes back as a greater one.

mod node;
mod notice;
pub(crate) mod redis;

use std::pin::Pin;

use perf_core::sync::Arc;
use perf_core::time::Duration;
use tokio::sync::mpsc;

pub(crate) use self::node::Node;
pub(crate) use self::notice::{Change, Heard, Notice, Ticket};
use crate::bytes::IDENTITY_LENGTH;
use crate::fence::{Rule, TagId, TagVersion, Version};

pub(crate) type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Why a store did not do what it was asked. The guard counts it; callers go on without.
#[derive(Debug)]
pub(crate) struct StoreError {
    /// One sentence, without addresses, passwords and values.
    pub(crate) reason: String,
}

/// A placeholder's number. All loads that began while it was there may store their value; the first
/// one to end does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generation(pub(crate) u128);

/// What a key held when a load of it began. What it is published over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    Placeholder(Generation),
    /// The first bytes of a value, or all when it is short. An envelope differs from every other one in
    /// its first [`IDENTITY_LENGTH`] bytes.
    Value(Vec<u8>),
}

impl Generation {
    /// One that nobody else has.
    pub(crate) fn new() -> Self {
        Self(fastrand::u128(..))
    }
}

impl Base {
    pub(crate) fn of_value(bytes: &[u8]) -> Self {
        Self::Value(bytes[..bytes.len().min(IDENTITY_LENGTH)].to_vec())
    }
}

/// What is under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    /// Somebody is loading it.
    Placeholder(Generation),
    /// An envelope, or bytes that somebody else wrote.
    Value(Vec<u8>),
}

/// The answer to a load that is about to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lease {
    /// No need to load.
    Value(Vec<u8>),
    Load {
        generation: Generation,
        /// Whether this load put the placeholder there; `false` when another is under way.
        first: bool,
        /// The server's clock.
        now: Version,
    },
}

/// A tag as the server knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TagState {
    pub(crate) current: TagVersion,
    /// When it was last invalidated; zero when it was only ever used.
    pub(crate) invalidated: Version,
}

/// What holds for all keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct World {
    /// The server's clock.
    pub(crate) now: Version,
    /// The version of the cache as a whole.
    pub(crate) all: Version,
    /// The version of the newest rule there ever was.
    pub(crate) last_rule: Version,
    /// The rules that still matter, oldest first.
    pub(crate) rules: Vec<Rule>,
}

/// How far a sweep has come: one cursor per primary that is not done yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sweep {
    pub(crate) cursors: Vec<(usize, u64)>,
    /// Keys removed so far.
    pub(crate) removed: u64,
    pub(crate) begun: bool,
}

/// All futures are bounded by their caller. Dropping one leaves open whether the server has done it.
pub(crate) trait Store: Send + Sync + 'static {
    /// What is under each key, in the order of the keys.
    fn read<'a>(&'a self, keys: &'a [&'a str]) -> Reply<'a, Vec<Found>>;

    /// The first bytes of what is under a key: enough for the head of an envelope.
    fn read_head<'a>(&'a self, key: &'a str, length: usize) -> Reply<'a, Option<Vec<u8>>>;

    /// Puts a placeholder of a new generation under a key that has nothing, for `keep`.
    fn lease<'a>(&'a self, key: &'a str, keep: Duration) -> Reply<'a, Lease>;

    /// Replaces whatever is under a key by the placeholder of `generation`, and tells all processes
    /// that the key has changed. Gives the server's clock.
    fn reopen<'a>(
        &'a self,
        key: &'a str,
        generation: Generation,
        keep: Duration,
        ticket: Ticket,
    ) -> Reply<'a, Version>;

    /// Stores a value for `keep` if the key still has `base`; `false` when it has not. Tells nobody: a
    /// fill changes nothing.
    fn publish<'a>(
        &'a self,
        key: &'a str,
        base: &'a Base,
        bytes: &'a [u8],
        keep: Duration,
    ) -> Reply<'a, bool>;

    /// Takes away value and placeholder of a key, and tells all processes.
    fn remove<'a>(&'a self, key: &'a str, ticket: Ticket) -> Reply<'a, ()>;

    /// The versions of tags, in their order. A tag that has none gets one. Each version is kept for at
    /// least `keep` from now, which is as long as a value with that tag may live.
    fn tags<'a>(&'a self, tags: &'a [TagId], keep: Duration) -> Reply<'a, Vec<TagState>>;

    /// Gives a tag a new version, and tells all processes.
    fn invalidate_tag<'a>(
        &'a self,
        tag: TagId,
        keep: Duration,
        ticket: Ticket,
    ) -> Reply<'a, Version>;

    /// Gives the cache as a whole a new version, and tells all processes.
    fn invalidate_all(&self, ticket: Ticket) -> Reply<'_, Version>;

    /// Adds a rule for all keys that match a pattern, and tells all processes.
    fn invalidate_matching<'a>(&'a self, pattern: &'a str, ticket: Ticket) -> Reply<'a, Version>;

    /// Takes a rule away whose keys are gone.
    fn retire(&self, rule: Version) -> Reply<'_, ()>;

    /// What holds for all keys. The cache as a whole gets a version if it has none.
    fn world(&self) -> Reply<'_, World>;

    /// Removes some of the keys that match, at most about `limit` looked at per primary. Continue until
    /// `cursors` is empty.
    fn sweep<'a>(&'a self, pattern: &'a str, from: Sweep, limit: usize) -> Reply<'a, Sweep>;

    /// Tells all processes that this one is alive and what its last number was. `beat` comes back to
    /// it with the notice.
    fn beat(&self, ticket: Ticket, beat: u64) -> Reply<'_, ()>;

    /// Hears everything that is told, from any process, this one included. The channel is bounded; the
    /// store reconnects by itself, with jitter, until the receiver is dropped.
    fn listen(self: Arc<Self>) -> mpsc::Receiver<Heard>;

    /// Keeps the list of the hottest keys for `keep`, in place of the one that is there.
    fn save_hottest<'a>(&'a self, list: &'a [u8], keep: Duration) -> Reply<'a, ()>;

    /// The list of the hottest keys: `longest` bytes of it at most.
    fn stored_hottest(&self, longest: usize) -> Reply<'_, Option<Vec<u8>>>;

    /// What each of the servers tells of itself. None where there is no server, or none that tells it to
    /// this user.
    fn nodes(&self) -> Reply<'_, Vec<Node>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    /// Drops connections that may be dead. Commands under way may fail.
    fn reconnect(&self);
}
