use std::any::Any;

use perf_core::sync::Arc;
use perf_core::time::Duration;

use crate::fence::TagId;

/// How a flight ended.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// With a value of some type; and its tags, where the loader named them.
    Value(Arc<dyn Any + Send + Sync>, Option<Arc<[TagId]>>),
    /// The loader looked and there is no such value.
    Absent,
    /// The loader failed; with its error where that can be shared.
    Failed(Option<Arc<dyn Any + Send + Sync>>),
    /// The loader panicked, with this message.
    Panicked(Arc<str>),
    /// The loader took longer than this.
    TimedOut(Duration),
    /// Its leader left.
    Abandoned,
}
