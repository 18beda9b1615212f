//! Which stripe of a metric the current thread writes to.
//!
//! 1. A living thread with a seat is the only writer of the stripe of that number: it adds with a
//!    plain load and store, which cost a fifth of a locked add.
//! 2. All threads without a seat write to the last stripe, with locked adds.
//! 3. A thread that ends leaves its stripe before it gives its seat back, and the lock around the
//!    free seats puts all that it wrote before the first write of the next owner.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::thread;

use crate::sync::{AtomicU64, Mutex, OnceLock, Ordering};

/// The most threads that have a stripe of their own.
pub(crate) const SEATS: usize = 32;

/// One for each seat, and the one that the other threads share.
pub(crate) const STRIPES: usize = SEATS + 1;

/// Where one call writes to; looked up anew by the next, because a seat ends with its thread.
///
/// It cannot be sent to another thread, which would be a second writer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stripe {
    number: usize,
    stays_here: PhantomData<*const ()>,
}

impl Stripe {
    /// Below [`STRIPES`].
    #[inline]
    pub(crate) fn number(self) -> usize {
        self.number
    }

    /// The number of the seat, when the thread has one.
    #[inline]
    pub(crate) fn seat(self) -> Option<usize> {
        (self.number < SEATS).then_some(self.number)
    }

    /// Adds to a cell of this stripe; gives what was in it before.
    #[inline]
    pub(crate) fn add(self, cell: &AtomicU64, n: u64) -> u64 {
        match self.seat() {
            Some(_) => {
                let before = cell.load(Ordering::Relaxed);
                cell.store(before.wrapping_add(n), Ordering::Relaxed);
                before
            }
            None => cell.fetch_add(n, Ordering::Relaxed),
        }
    }
}

/// The stripe of the current thread.
#[inline]
pub(crate) fn current() -> Stripe {
    let number = match NUMBER.get() {
        UNKNOWN => take_seat(),
        number => number,
    };
    Stripe { number, stays_here: PhantomData }
}

const SHARED: usize = SEATS;
const UNKNOWN: usize = usize::MAX;

thread_local! {
    // Apart from the seat: what has no destructor is read without a check, and outlives the seat.
    static NUMBER: Cell<usize> = const { Cell::new(UNKNOWN) };
    static SEAT: Option<Seat> = FREE.lock().take().map(|number| Seat { number });
}

#[cold]
fn take_seat() -> usize {
    // A thread at its end has given its seat back and gets no other.
    let number = SEAT.try_with(|seat| seat.as_ref().map(|seat| seat.number)).ok().flatten();
    NUMBER.set(number.unwrap_or(SHARED));
    NUMBER.get()
}

/// The right to be the only writer of a stripe.
struct Seat {
    number: usize,
}

impl Drop for Seat {
    fn drop(&mut self) {
        NUMBER.set(SHARED);
        FREE.lock().given_back.insert(self.number);
    }
}

static FREE: Mutex<Free> = Mutex::new(Free::ALL);

/// The smallest number that was never given out, and the smaller ones that were given back.
struct Free {
    never_taken: usize,
    given_back: BTreeSet<usize>,
}

impl Free {
    const ALL: Self = Self { never_taken: 0, given_back: BTreeSet::new() };

    fn take(&mut self) -> Option<usize> {
        self.given_back.pop_first().or_else(|| {
            (self.never_taken < seats()).then(|| {
                self.never_taken += 1;
                self.never_taken - 1
            })
        })
    }
}

/// Two for each core, because the threads of a runtime are not the only ones; a pool of blocking
/// threads, however many, then takes no more memory than a few cores do.
fn seats() -> usize {
    static SEATS_HERE: OnceLock<usize> = OnceLock::new();
    *SEATS_HERE.get_or_init(|| {
        thread::available_parallelism().map_or(4, |cores| (2 * cores.get()).clamp(4, SEATS))
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_thread_that_ends_gives_its_seat_to_the_next() {
        let number = || thread::spawn(|| current().number()).join().expect("no panic");
        let numbers: BTreeSet<usize> = (0..1_000).map(|_| number()).collect();
        assert!(numbers.iter().any(|&number| number < SHARED), "{numbers:?}");
    }

    #[test]
    fn a_seat_is_given_to_one_thread_at_a_time() {
        let mut free = Free::ALL;
        let taken: Vec<usize> = (0..2 * SEATS).filter_map(|_| free.take()).collect();
        assert_eq!(taken, (0..seats()).collect::<Vec<_>>());
        free.given_back.extend([2, 1]);
        assert_eq!([free.take(), free.take(), free.take()], [Some(1), Some(2), None]);
    }

    /// Writes at the end of its thread, before or after the seat is given back.
    struct Late(Arc<Mutex<Vec<Option<usize>>>>);

    impl Drop for Late {
        fn drop(&mut self) {
            self.0.lock().push(current().seat());
        }
    }

    thread_local! {
        static BEFORE: RefCell<Option<Late>> = const { RefCell::new(None) };
        static AFTER: RefCell<Option<Late>> = const { RefCell::new(None) };
    }

    #[test]
    fn a_thread_whose_seat_was_given_back_shares_the_last_stripe() {
        let late = Arc::new(Mutex::new(Vec::new()));
        // Destructors run in the order of first use, or in the opposite one: one of two is late.
        let both = || {
            BEFORE.set(Some(Late(Arc::clone(&late))));
            let seat = current().seat();
            AFTER.set(Some(Late(Arc::clone(&late))));
            seat
        };
        let seat = (0..1_000)
            .find_map(|_| {
                late.lock().clear();
                thread::scope(|threads| threads.spawn(both).join().expect("no panic"))
            })
            .expect("a seat is free at some time");
        let late = late.lock();
        assert!(
            late.contains(&None) && late.iter().flatten().all(|late| *late == seat),
            "{late:?}"
        );
    }
}
