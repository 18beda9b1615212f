use std::task::{Wake, Waker};

use super::marks::Marks;
use super::notes::Notes;
use super::{Outcome, Split, SplitNanos, Work};
use crate::event::{Event, Name};
use crate::recorder::{Closed, Recorder, RouteId};
use crate::sync::{Arc, AtomicU64, AtomicUsize, Mutex, OnceLock, Ordering};
use crate::time::{self, Duration, Instant};

/// What a scope shares with the work inside it.
pub(crate) struct State {
    pub(super) recorder: Recorder,
    /// A [`RouteId`] as a number.
    route: AtomicUsize,
    pub(super) opened: Instant,
    pub(super) notes: Notes,
    log: Mutex<Log>,
    /// The task that polls the scope, once it has been polled: the first of these where nobody else
    /// had the state by then, which saves the lock.
    task: Option<Waker>,
    task_of_many: OnceLock<Waker>,
    /// When the task was woken, in nanoseconds since the opening; 0 when it was not.
    woken: AtomicU64,
}

/// The work of an open scope; on the heap, and only once there is any, so that a request without
/// events costs a small allocation and nothing more.
#[derive(Default)]
struct Log {
    is_closed: bool,
    work: Option<Box<Work>>,
    marks: Option<Box<Marks>>,
}

impl Log {
    #[inline]
    fn end(&mut self) -> Option<Box<Work>> {
        self.is_closed = true;
        self.work.take()
    }
}

impl State {
    // Built where it will stay: a copy costs as much as the allocation.
    #[inline(always)]
    pub(crate) fn open(recorder: Recorder, route: RouteId) -> Self {
        let opened = time::now();
        let (log, woken) = (Mutex::default(), AtomicU64::new(0));
        let (task, task_of_many) = (None, OnceLock::new());
        let route = AtomicUsize::new(route.to_number());
        let notes = Notes::default();
        Self { recorder, route, opened, notes, log, task, task_of_many, woken }
    }

    pub(super) fn append(&self, event: &impl Event) {
        let log = &mut *self.log.lock();
        if log.is_closed {
            self.recorder.count_late();
        } else {
            event.append(log.work.get_or_insert_default(), self.opened);
        }
    }

    pub(super) fn mark(&self, name: &Name) -> Option<u64> {
        self.log.lock().marks.as_ref()?.get(name)
    }

    pub(super) fn raise_mark(&self, name: &Name, to: u64) {
        self.log.lock().marks.get_or_insert_default().raise(name, to);
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

    /// Since the opening.
    #[inline]
    pub(super) fn nanos_at(&self, now: Instant) -> u64 {
        now.nanos_since(self.opened)
    }

    /// The end of the last poll; the opening until there was one.
    pub(super) fn paused_at(&self) -> Instant {
        self.opened + Duration::from_nanos(self.notes.paused_nanos.get())
    }

    /// Notes a poll.
    #[inline]
    pub(super) fn paused(&self, started: u64, now: Instant) {
        let paused = self.nanos_at(now);
        self.notes.paused_nanos.set(paused);
        self.notes.cpu_nanos.add(paused.saturating_sub(started));
    }

    /// Tells when the poll that begins now began, and notes for how long the task was woken where
    /// it was waiting for that.
    #[inline]
    pub(super) fn resumed(&self, was_waiting: bool) -> u64 {
        let now = self.nanos_at(time::now());
        // Mostly nobody woke it, and then a load is enough.
        let woken = match self.woken.load(Ordering::Relaxed) {
            0 => 0,
            _ => self.woken.swap(0, Ordering::Relaxed),
        };
        if was_waiting && woken > 0 {
            let since = woken.max(self.notes.paused_nanos.get());
            self.notes.scheduler_nanos.add(now.saturating_sub(since));
        }
        now
    }

    /// Records the head of the answer, once.
    #[inline]
    pub(super) fn mark_head(&self, now: Instant) {
        if !self.notes.has_head() {
            let after = self.nanos_at(now);
            self.notes.mark_head(after);
            self.recorder.route(self.route()).head.record(Duration::from_nanos(after));
        }
    }

    /// Where the time went up to now, and how much was done.
    pub(super) fn so_far(&self, now: Instant) -> (Split, Option<Work>) {
        let log = self.log.lock();
        let split = self.split(self.nanos_at(now), log.work.as_deref());
        (split.into(), log.work.as_deref().map(Work::totals))
    }

    #[inline]
    fn split(&self, nanos: u64, work: Option<&Work>) -> SplitNanos {
        let (cpu, scheduler) = (self.notes.cpu_nanos.get(), self.notes.scheduler_nanos.get());
        SplitNanos::new(nanos, cpu, scheduler, work.map(|work| &work.waits))
    }

    /// Ends the log and hands out the work; the owner calls it once, and counts it afterwards.
    #[inline]
    pub(super) fn end(this: &mut Arc<Self>) -> Option<Box<Work>> {
        match Arc::get_mut(this) {
            Some(this) => this.log.get_mut().end(),
            None => this.log.lock().end(),
        }
    }

    /// Counts the end and hands out the work where it is wanted.
    pub(super) fn close(
        &self,
        outcome: Outcome,
        now: Instant,
        mut work: Option<Box<Work>>,
        wants_work: bool,
    ) -> Option<Box<Work>> {
        let nanos = self.nanos_at(now);
        let elapsed = Duration::from_nanos(nanos);
        if let Some(work) = &mut work {
            work.elapsed = elapsed;
        }
        let (route, split) = (self.route(), self.split(nanos, work.as_deref()));
        let closed = Closed { route, outcome, now, elapsed, split, notes: &self.notes };
        self.recorder.fold(&closed, work, wants_work)
    }

    /// Whether waking this state wakes the task that polls now.
    #[inline]
    pub(super) fn is_polled_by(this: &mut Arc<Self>, task: &Waker) -> bool {
        if let Some(known) = this.task() {
            return known.will_wake(task);
        }
        match Arc::get_mut(this) {
            Some(this) => {
                this.task = Some(task.clone());
                true
            }
            None => this.task_of_many.get_or_init(|| task.clone()).will_wake(task),
        }
    }

    #[inline]
    fn task(&self) -> Option<&Waker> {
        self.task.as_ref().or_else(|| self.task_of_many.get())
    }
}

/// Notes when the task was woken, and wakes it.
impl Wake for State {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let nanos = self.nanos_at(time::now());
        // The first of several wakings counts.
        _ = self.woken.compare_exchange(0, nanos.max(1), Ordering::Relaxed, Ordering::Relaxed);
        if let Some(task) = self.task() {
            task.wake_by_ref();
        }
    }
}
