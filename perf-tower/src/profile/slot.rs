//! The one place of a process in which a profile can run.

use std::pin::pin;
use std::sync::Weak;
use std::sync::mpsc::Sender;

use perf_core::sync::{Arc, Mutex};
use perf_core::time::{self, Duration, Instant};

use tokio::sync::Notify;

use super::recording::{Finish, Plan};
use super::{ProfileError, Running};

static SLOT: Mutex<State> = Mutex::new(State { running: None, last_start: None });

/// Told each time the slot becomes free.
static FREED: Notify = Notify::const_new();

struct State {
    running: Option<Entry>,
    last_start: Option<Instant>,
}

struct Entry {
    what: Arc<str>,
    id: String,
    started: Instant,
    limit: Duration,
    /// How to end the live table, which gives way to everything else.
    live: Option<Weak<Sender<Finish>>>,
}

impl Entry {
    fn left(&self) -> Duration {
        self.limit.saturating_sub(self.started.elapsed())
    }
}

/// Whoever holds it may profile; it frees the slot when it is dropped, however that happens.
pub(super) struct Slot(());

/// Why a slot was not given.
enum Taken {
    Refused(ProfileError),
    /// The live table holds it, and has been told to end.
    SoonFree,
}

impl Slot {
    /// Takes the slot for `plan`. Where the live table holds it that one is ended and waited for, so
    /// that an open dashboard is in nobody's way.
    pub(super) async fn take(plan: &Plan, pause: Duration) -> Result<Self, ProfileError> {
        loop {
            let mut freed = pin!(FREED.notified());
            freed.as_mut().enable();
            match Self::try_take(plan, pause, None) {
                Ok(slot) => return Ok(slot),
                Err(Taken::Refused(error)) => return Err(error),
                Err(Taken::SoonFree) => freed.await,
            }
        }
    }

    /// Takes the slot for the live table, which `stop` ends.
    pub(super) fn take_for_live(
        plan: &Plan,
        stop: Weak<Sender<Finish>>,
    ) -> Result<Self, ProfileError> {
        Self::try_take(plan, Duration::ZERO, Some(stop)).map_err(|taken| match taken {
            Taken::Refused(error) => error,
            Taken::SoonFree => ProfileError::Running { left: Duration::ZERO },
        })
    }

    fn try_take(
        plan: &Plan,
        pause: Duration,
        live: Option<Weak<Sender<Finish>>>,
    ) -> Result<Self, Taken> {
        let mut state = SLOT.lock();
        if let Some(running) = &state.running {
            return Err(match (&running.live, &live) {
                (Some(stop), None) => {
                    // What cannot be told any more is ending.
                    if let Some(stop) = stop.upgrade() {
                        drop(stop.send(Finish));
                    }
                    Taken::SoonFree
                }
                _ => Taken::Refused(ProfileError::Running { left: running.left() }),
            });
        }
        let since = state.last_start.map_or(Duration::MAX, Instant::elapsed);
        if since < pause {
            return Err(Taken::Refused(ProfileError::TooSoon { wait: pause - since }));
        }
        let started = time::now();
        if live.is_none() {
            state.last_start = Some(started);
        }
        let (what, id) = (plan.asked.what.clone(), plan.asked.id.clone());
        state.running = Some(Entry { what, id, started, limit: plan.limit, live });
        Ok(Self(()))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        SLOT.lock().running = None;
        FREED.notify_waiters();
    }
}

pub(super) fn status() -> Option<Running> {
    SLOT.lock().running.as_ref().map(|entry| Running {
        what: entry.what.clone(),
        elapsed: entry.started.elapsed(),
        left: entry.left(),
    })
}

pub(super) fn is_held_by(id: &str) -> bool {
    SLOT.lock().running.as_ref().is_some_and(|entry| entry.id == id)
}
