use http::StatusCode;
use perf_core::sync::{Arc, Mutex};

/// The runs of a repeated request. The sampler's thread closes it when it stops, so that exactly
/// the runs that it counts have begun.
#[derive(Clone, Default)]
pub(super) struct Runs(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    is_closed: bool,
    ran: Ran,
}

/// How a repeated request went.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ran {
    /// Runs that began.
    pub(super) times: u64,
    /// The status of the first answer.
    pub(super) status: Option<StatusCode>,
    /// Answers with another status than the first.
    pub(super) differed: u64,
}

impl Runs {
    /// Counts one more, if there may be one.
    pub(super) fn begin(&self) -> bool {
        let mut state = self.0.lock();
        state.ran.times += u64::from(!state.is_closed);
        !state.is_closed
    }

    pub(super) fn answered(&self, status: StatusCode) {
        let mut state = self.0.lock();
        if !state.is_closed {
            let first = *state.ran.status.get_or_insert(status);
            state.ran.differed += u64::from(status != first);
        }
    }

    /// Lets no run begin any more.
    pub(super) fn close(&self) -> Ran {
        let mut state = self.0.lock();
        state.is_closed = true;
        state.ran
    }
}
