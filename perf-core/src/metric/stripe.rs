//! Which stripe of a metric the current thread writes to.

use std::cell::Cell;
use std::collections::BTreeSet;

use crate::sync::Mutex;

/// Four stripes keep a histogram below 64 KiB and two busy cores out of each other's way.
pub(crate) const STRIPES: usize = 4;

/// The stripe of the current thread.
///
/// Living threads hold the smallest free numbers, so few threads share a stripe for as long as
/// few threads live.
#[inline]
pub(crate) fn current() -> usize {
    match NUMBER.get() {
        UNKNOWN => take_seat(),
        number => number % STRIPES,
    }
}

const UNKNOWN: usize = usize::MAX;

thread_local! {
    // Apart from the seat: what has no destructor is read without a check.
    static NUMBER: Cell<usize> = const { Cell::new(UNKNOWN) };
    static SEAT: Seat = Seat::take();
}

#[cold]
fn take_seat() -> usize {
    // A thread at its end has given its seat back; any stripe will do.
    let number = SEAT.try_with(|seat| seat.number).unwrap_or(0);
    NUMBER.set(number);
    number % STRIPES
}

/// The number of a living thread.
struct Seat {
    number: usize,
}

/// The smallest number that was never given out, and the smaller ones that were given back.
static FREE: Mutex<(usize, BTreeSet<usize>)> = Mutex::new((0, BTreeSet::new()));

impl Seat {
    fn take() -> Self {
        let (never_used, freed) = &mut *FREE.lock();
        let number = freed.pop_first().unwrap_or_else(|| {
            *never_used += 1;
            *never_used - 1
        });
        Self { number }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        FREE.lock().1.insert(self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_thread_that_ends_gives_its_stripe_to_the_next() {
        let seat = || thread::spawn(|| SEAT.with(|seat| seat.number)).join().expect("no panic");
        let numbers: Vec<usize> = (0..100).map(|_| seat()).collect();
        assert!(numbers.iter().all(|&number| number < 100), "{numbers:?}");
        assert!(numbers.iter().collect::<BTreeSet<_>>().len() < 50, "{numbers:?}");
    }
}
