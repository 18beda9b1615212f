use super::{Outcome, Work};
use crate::event::Event;
use crate::recorder::{Recorder, RouteId};
use crate::sync::Mutex;
use crate::time::{self, Duration, Instant};

/// What a scope shares with the work inside it.
pub(crate) struct State {
    pub(super) recorder: Recorder,
    route: RouteId,
    started: Instant,
    log: Mutex<Log>,
}

/// The work of an open scope; on the heap, and only once there is any, so that a request without
/// events costs a small allocation and nothing more.
#[derive(Default)]
struct Log {
    is_closed: bool,
    work: Option<Box<Work>>,
}

impl State {
    pub(super) fn open(recorder: Recorder, route: RouteId) -> Self {
        recorder.route(route).open();
        Self { recorder, route, started: time::now(), log: Mutex::default() }
    }

    pub(super) fn append(&self, event: &impl Event) {
        let log = &mut *self.log.lock();
        if log.is_closed {
            self.recorder.count_late();
        } else {
            event.append(log.work.get_or_insert_default());
        }
    }

    pub(super) fn mark_head(&self) {
        self.recorder.route(self.route).head.record(time::now() - self.started);
    }

    /// Counts the end and tells how long the scope was open and its work; the owner calls it once.
    pub(super) fn close(&self, outcome: Outcome) -> (Duration, Option<Box<Work>>) {
        let elapsed = time::now() - self.started;
        let work = {
            let log = &mut *self.log.lock();
            log.is_closed = true;
            log.work.take()
        };
        self.recorder.fold(self.route, outcome, elapsed, work.as_deref());
        (elapsed, work)
    }
}
