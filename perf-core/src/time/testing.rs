//! A clock that a test holds in its hand.
//!
//! ```
//! use std::cell::Cell;
//! use std::rc::Rc;
//! use perf_core::time::{self, Duration};
//!
//! let seconds = Rc::new(Cell::new(7));
//! let hand = seconds.clone();
//! let _following = time::testing::follow(move || Duration::from_secs(hand.get()));
//! let started = time::now();
//! seconds.set(67);
//! assert_eq!(started.elapsed(), Duration::from_secs(60));
//! ```
//!
//! Made to follow the paused clock of Tokio on a runtime of one thread: other threads, its blocking
//! ones among them, keep the real clock, and moments of the one compared with moments of the other
//! mean nothing.
//!
//! # Cost
//! While no thread follows anything, one relaxed load of an atomic per reading.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use crate::sync::{AtomicUsize, Ordering};
use crate::time::Duration;

/// What [`unix_millis`](super::unix_millis) says where the source says zero: 2026-01-01. The same in
/// every run, so that runs are alike.
pub const UNIX_MILLIS: u64 = 1_767_225_600_000;

/// Sources in all threads.
static FOLLOWED: AtomicUsize = AtomicUsize::new(0);

type Source = Rc<dyn Fn() -> Duration>;

thread_local! {
    static SOURCE: RefCell<Option<Source>> = const { RefCell::new(None) };
}

/// From now on the clocks of this thread say what `source` says: the time since a moment of its choice.
/// It must never go back. Ends, and gives way to what was followed before, when the guard is dropped.
pub fn follow(source: impl Fn() -> Duration + 'static) -> Following {
    FOLLOWED.fetch_add(1, Ordering::Relaxed);
    let before = SOURCE.replace(Some(Rc::new(source)));
    Following { before, stays_here: PhantomData }
}

/// Follows a source of time until it is dropped.
#[must_use = "the clock is followed until this is dropped"]
pub struct Following {
    before: Option<Source>,
    /// The source belongs to the thread.
    stays_here: PhantomData<*const ()>,
}

impl Drop for Following {
    fn drop(&mut self) {
        let before = self.before.take();
        // At the end of the thread there may be nothing left to restore.
        _ = SOURCE.try_with(|source| source.replace(before));
        FOLLOWED.fetch_sub(1, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Following {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Following").finish_non_exhaustive()
    }
}

/// What the source of this thread says, if it has one.
#[inline]
pub(super) fn reading() -> Option<Duration> {
    if FOLLOWED.load(Ordering::Relaxed) == 0 {
        return None;
    }
    // Out of the cell before it is called: it may read the clock itself, or be replaced by what it calls.
    let source = SOURCE.try_with(|source| source.borrow().clone()).ok().flatten()?;
    Some(source())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{now, unix_millis};

    #[test]
    fn what_was_followed_before_is_followed_again() {
        let outer = follow(|| Duration::from_secs(10));
        let moment = now();
        {
            let _inner = follow(|| Duration::from_secs(25));
            assert_eq!(moment.elapsed(), Duration::from_secs(15));
            assert_eq!(unix_millis(), UNIX_MILLIS + 25_000);
        }
        assert_eq!(moment.elapsed(), Duration::ZERO);
        drop(outer);
        assert!(unix_millis() > UNIX_MILLIS + 25_000, "the real clock is past that");
    }

    #[test]
    fn other_threads_keep_the_real_clock() {
        let _following = follow(|| Duration::ZERO);
        assert_eq!(unix_millis(), UNIX_MILLIS);
        let elsewhere = std::thread::spawn(unix_millis).join().expect("it reads a clock");
        assert_ne!(elsewhere, UNIX_MILLIS);
    }

    #[tokio::test(flavor = "current_thread", start_paused = true)]
    async fn it_follows_the_paused_clock_of_tokio() {
        let started = tokio::time::Instant::now();
        let _following = follow(move || started.elapsed());
        let moment = now();
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(moment.elapsed(), Duration::from_secs(3600));
    }
}
