use std::any::Any;

use perf_core::sync::Arc;

/// How a flight ended.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// With a value of some type.
    Value(Arc<dyn Any + Send + Sync>),
    /// The loader looked and there is no such value.
    Absent,
    /// The loader failed; with its error where that can be shared.
    Failed(Option<Arc<dyn Any + Send + Sync>>),
    /// The loader panicked, with this message.
    Panicked(Arc<str>),
    /// Its leader left.
    Abandoned,
}
