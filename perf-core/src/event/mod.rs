//! What the parts of the SDK tell a scope and its recorder.
//!
//! An event is made when the work is over and handed in with `record()`: to the scope that runs
//! now and to that scope's recorder, or to the global recorder outside every scope.
//!
//! ```
//! use std::time::Duration;
//! use perf_core::{CallSite, Fingerprint, QueryEvent, Recorder};
//!
//! QueryEvent::new(Fingerprint::of_static("select 1"), CallSite::here(), Duration::from_millis(2))
//!     .rows(1)
//!     .record();
//! let snapshot = Recorder::global().snapshot();
//! assert_eq!(snapshot.queries[0].statement, "select ?");
//! assert_eq!(snapshot.queries[0].call_site.file, file!());
//! ```

mod cache;
mod call;
mod call_site;
mod fetch;
mod hold;
mod name;
mod pool;
mod query;
mod skip;
mod span;

use serde::Serialize;

pub use cache::{CacheEvent, CacheOutcome, CacheTier};
pub use call::CallEvent;
pub use call_site::CallSite;
pub use fetch::{FetchEvent, FetchedColumn};
pub use hold::HoldEvent;
pub use name::Name;
pub use pool::PoolEvent;
pub use query::QueryEvent;
pub use skip::SkipEvent;
pub use span::SpanEvent;

use crate::recorder::{Observe, Recorder};
use crate::scope::Work;
use crate::time::Instant;

/// How a piece of work ended, as far as an event knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventOutcome {
    /// It succeeded.
    #[default]
    Ok,
    /// It failed.
    Error,
    /// Its future was dropped before it ended.
    Cancelled,
}

/// The two places that every event reaches.
pub(crate) trait Event {
    /// Adds the event to its bounded series.
    fn count(&self, recorder: &Recorder);

    /// Shows the event, under the name by which it was counted, to the recorder's observer.
    fn show(&self, recorder: &Recorder, observer: &dyn Observe);

    /// Adds the event to the unit of work that it belongs to, which was `opened` then.
    fn append(&self, work: &mut Work, opened: Instant);
}
