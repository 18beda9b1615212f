//! The one place of a process in which a profile can run.

use perf_core::sync::{Arc, Mutex};
use perf_core::time::{self, Duration, Instant};

use super::{ProfileError, Running};

static SLOT: Mutex<State> = Mutex::new(State { running: None, last_start: None });

struct State {
    running: Option<Entry>,
    last_start: Option<Instant>,
}

struct Entry {
    what: Arc<str>,
    id: String,
    started: Instant,
    limit: Duration,
}

impl Entry {
    fn left(&self) -> Duration {
        self.limit.saturating_sub(self.started.elapsed())
    }
}

/// Whoever holds it may profile; it frees the slot when it is dropped, however that happens.
pub(super) struct Slot(());

impl Slot {
    /// Takes the slot for `what`, which will take `limit` at most.
    pub(super) fn take(
        what: &Arc<str>,
        id: &str,
        limit: Duration,
        pause: Duration,
    ) -> Result<Self, ProfileError> {
        let mut state = SLOT.lock();
        if let Some(running) = &state.running {
            return Err(ProfileError::Running { left: running.left() });
        }
        let since = state.last_start.map_or(Duration::MAX, Instant::elapsed);
        if since < pause {
            return Err(ProfileError::TooSoon { wait: pause - since });
        }
        let started = time::now();
        state.last_start = Some(started);
        state.running = Some(Entry { what: what.clone(), id: id.to_owned(), started, limit });
        Ok(Self(()))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        SLOT.lock().running = None;
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
