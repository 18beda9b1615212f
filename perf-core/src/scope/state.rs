use std::task::{Wake, Waker};

use super::notes::Notes;
use super::{Outcome, Split, Work};
use crate::event::Event;
use crate::recorder::{Closed, Recorder, RouteId};
use crate::sync::{Arc, AtomicU64, AtomicUsize, Mutex, OnceLock, Ordering};
use crate::time::{self, Duration, Instant};

/// What a scope shares with the work inside it.
pub(crate) struct State {
    pub(super) recorder: Recorder,
    /// A [`RouteId`] as a number.
    route: AtomicUsize,
    pub(super) opened: Instant,
    log: Mutex<Log>,
    /// The task that polls the scope, once it has been polled.
    task: OnceLock<Waker>,
    /// When the task was woken, in nanoseconds since the opening; 0 when it was not.
    woken: AtomicU64,
}

/// The work of an open scope; on the heap, and only once there is any, so that a request without
/// events costs a small allocation and nothing more.
#[derive(Default)]
struct Log {
    is_closed: bool,
    work: Option<Box<Work>>,
}

impl State {
    // Built where it will stay: a copy costs as much as the allocation.
    #[inline(always)]
    pub(super) fn open(recorder: Recorder, route: RouteId, opened: Instant) -> Self {
        recorder.route(route).open();
        let (log, task, woken) = (Mutex::default(), OnceLock::new(), AtomicU64::new(0));
        let route = AtomicUsize::new(route.to_number());
        Self { recorder, route, opened, log, task, woken }
    }

    pub(super) fn append(&self, event: &impl Event) {
        let log = &mut *self.log.lock();
        if log.is_closed {
            self.recorder.count_late();
        } else {
            event.append(log.work.get_or_insert_default(), self.opened);
        }
    }

    pub(crate) fn route(&self) -> RouteId {
        RouteId::from_number(self.route.load(Ordering::Relaxed))
    }

    pub(crate) fn is_of(&self, recorder: &Recorder) -> bool {
        self.recorder.is(recorder)
    }

    /// Moves an open scope to another route.
    ///
    /// Outside of a borrow of the current scope, since an observer may open a scope of its own.
    pub(crate) fn relabel(&self, route: RouteId) {
        let from = {
            // Held to the end, so that a close on another thread counts on one side of it.
            let log = self.log.lock();
            let from = self.route();
            if log.is_closed || from == route {
                return;
            }
            self.recorder.route(from).move_away();
            self.recorder.route(route).open();
            self.route.store(route.to_number(), Ordering::Relaxed);
            from
        };
        // What an observer records belongs to this scope and takes the same lock.
        if let Some(observer) = self.recorder.observer() {
            let [from, to] = [from, route].map(|id| self.recorder.label(id));
            observer.relabelled(from, to);
        }
    }

    pub(super) fn mark_head(&self, after: Duration) {
        self.recorder.route(self.route()).head.record(after);
    }

    /// Where the time went up to now, and how much was done.
    pub(super) fn so_far(&self, now: Instant, notes: &Notes) -> (Split, Option<Work>) {
        let log = self.log.lock();
        let waits = log.work.as_ref().map(|work| &work.waits);
        let split = Split::new(now - self.opened, notes.cpu, notes.scheduler, waits);
        (split, log.work.as_deref().map(Work::totals))
    }

    /// Counts the end and hands out the work where it is wanted; the owner calls it once.
    pub(super) fn close(
        &self,
        outcome: Outcome,
        now: Instant,
        notes: &Notes,
        wants_work: bool,
    ) -> Option<Box<Work>> {
        let mut work = {
            let log = &mut *self.log.lock();
            log.is_closed = true;
            log.work.take()
        };
        let elapsed = now - self.opened;
        if let Some(work) = &mut work {
            work.elapsed = elapsed;
        }
        let waits = work.as_ref().map(|work| &work.waits);
        let split = Split::new(elapsed, notes.cpu, notes.scheduler, waits);
        let closed = Closed { route: self.route(), outcome, now, elapsed, split, notes };
        self.recorder.fold(&closed, work, wants_work)
    }

    /// Whether waking this state wakes the task that polls now.
    pub(super) fn is_polled_by(&self, task: &Waker) -> bool {
        self.task.get_or_init(|| task.clone()).will_wake(task)
    }

    /// When the task was woken since it was last asked.
    pub(super) fn take_woken(&self) -> Option<Instant> {
        // Mostly nobody woke it, and then a load is enough.
        let nanos = match self.woken.load(Ordering::Relaxed) {
            0 => 0,
            _ => self.woken.swap(0, Ordering::Relaxed),
        };
        (nanos > 0).then(|| self.opened + Duration::from_nanos(nanos))
    }
}

/// Notes when the task was woken, and wakes it.
impl Wake for State {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let nanos = u64::try_from((time::now() - self.opened).as_nanos()).unwrap_or(u64::MAX);
        // The first of several wakings counts.
        _ = self.woken.compare_exchange(0, nanos.max(1), Ordering::Relaxed, Ordering::Relaxed);
        if let Some(task) = self.task.get() {
            task.wake_by_ref();
        }
    }
}
