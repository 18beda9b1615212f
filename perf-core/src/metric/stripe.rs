//! Which stripe of a metric the current thread writes to.

use std::collections::BTreeSet;

use crate::sync::Mutex;

/// Four stripes keep a histogram below 64 KiB and two busy cores out of each other's way.
pub(crate) const STRIPES: usize = 4;

/// The stripe of the current thread.
///
/// Living threads hold the smallest free numbers, so few threads share a stripe for as long as
/// few threads live.
pub(crate) fn current() -> usize {
    SEAT.try_with(|seat| seat.number % STRIPES).unwrap_or(0)
}

struct Seat {
    number: usize,
}

static FREED: Mutex<(usize, BTreeSet<usize>)> = Mutex::new((0, BTreeSet::new()));

thread_local! {
    static SEAT: Seat = Seat::take();
}

impl Seat {
    fn take() -> Self {
        let (never_used, freed) = &mut *FREED.lock();
        let number = freed.pop_first().unwrap_or_else(|| {
            *never_used += 1;
            *never_used - 1
        });
        Self { number }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        FREED.lock().1.insert(self.number);
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
