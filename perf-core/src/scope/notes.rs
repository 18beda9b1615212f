use super::TraceId;
use crate::alloc::Allocations;
use crate::time::Duration;

/// What the owner of a scope saw of it; it needs no lock, since there is one owner.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Notes {
    /// Until the head of the answer was there.
    pub(crate) head: Option<Duration>,
    /// In the code.
    pub(crate) cpu: Duration,
    /// Between being woken and being polled.
    pub(crate) scheduler: Duration,
    /// The status of the answer; 0 where there was none.
    pub(crate) status: u16,
    pub(crate) request_bytes: u64,
    pub(crate) response_bytes: u64,
    pub(crate) is_stream: bool,
    pub(crate) trace: Option<TraceId>,
    pub(crate) allocations: Allocations,
}
