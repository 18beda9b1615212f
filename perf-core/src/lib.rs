#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "allocations"), forbid(unsafe_code))]

pub mod alloc;
pub mod concurrent;
pub mod event;
pub mod finding;
pub mod metric;
pub mod recorder;
pub mod scope;
pub mod snapshot;
pub mod sql;
pub mod sync;
pub mod time;
pub mod units;

mod report;
mod table;

pub use concurrent::map_concurrent;
pub use event::{
    CacheEvent, CacheOutcome, CacheTier, CallEvent, CallSite, EventOutcome, FetchEvent,
    FetchedColumn, HoldEvent, Name, PoolEvent, QueryEvent, SkipEvent, SpanEvent,
};
pub use finding::{Finding, FindingKind};
pub use recorder::{Recorder, RecorderBuilder};
pub use scope::{FutureExt, Label, Outcome, Scope, Split, TraceId, Work};
pub use snapshot::Snapshot;
pub use sql::Fingerprint;
