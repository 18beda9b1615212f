//! Which keys are asked for most, learned from a sample of look-ups.
//!
//! One look-up in 128 is drawn. A drawn key that is counted already counts one more; another one takes the
//! place of the least counted of eight, by a chance that falls with what that one has counted (randomized
//! admission, Ben Basat, Einziger, Friedman and Kassner, INFOCOM 2017, in its form with small sets). So
//! the many keys that are asked for once do not push out the few that are asked for always.
//!
//! Only hashes are kept: neither does the path of hits allocate for it, nor does a key outlive its value.

#[cfg(test)]
mod tests;

use std::fmt;

use perf_core::sync::Mutex;

/// One look-up in so many is drawn.
const ONE_IN: u64 = 128;

/// Keys that are counted at most: 16 KiB.
pub(crate) const MAX_KEYS: usize = SETS * WAYS;
const SETS: usize = 256;
const WAYS: usize = 8;

/// After so many drawn look-ups all counts are halved, so that old ones fade.
const HALVED_AFTER: u32 = 100_000;

/// The keys that are asked for most.
///
/// # Cost
/// For a look-up that is not drawn one multiplication and one compare; for one that is, some ten
/// nanoseconds under a lock that nobody waits for.
pub(super) struct Hottest(Mutex<Counts>);

struct Counts {
    sets: Box<[[Place; WAYS]]>,
    drawn: u32,
}

#[derive(Clone, Copy, Default)]
struct Place {
    hash: u32,
    /// Zero while the place is free.
    count: u32,
}

/// Whether the look-up of this number is drawn. Multiples of the golden ratio lie evenly between 0 and
/// 1, and so do those of every n-th number: a program that asks for the same keys in the same order has
/// each of them drawn alike.
#[inline]
pub(super) fn is_drawn(number: u64) -> bool {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) < u64::MAX / ONE_IN
}

impl Hottest {
    pub(super) fn new() -> Self {
        let sets = vec![[Place::default(); WAYS]; SETS].into();
        Self(Mutex::new(Counts { sets, drawn: 0 }))
    }

    /// Counts a look-up that was drawn.
    #[cold]
    pub(super) fn take(&self, key_hash: u32) {
        // One that is left out counts for less than one that makes others wait.
        if let Some(mut counts) = self.0.try_lock() {
            counts.take(key_hash);
        }
    }

    /// Hashes of keys with how often they were drawn, in no order.
    pub(super) fn counts(&self) -> Vec<(u32, u32)> {
        let counts = self.0.lock();
        let places = counts.sets.iter().flatten().filter(|place| place.count > 0);
        places.map(|place| (place.hash, place.count)).collect()
    }
}

impl Counts {
    fn take(&mut self, hash: u32) {
        let set = &mut self.sets[hash as usize % SETS];
        if let Some(known) = set.iter_mut().find(|place| place.count > 0 && place.hash == hash) {
            known.count += 1;
        } else if let Some(least) = set.iter_mut().min_by_key(|place| place.count)
            && fastrand::u32(..=least.count) == 0
        {
            *least = Place { hash, count: least.count + 1 };
        }
        self.drawn += 1;
        if self.drawn >= HALVED_AFTER {
            self.sets.iter_mut().flatten().for_each(|place| place.count /= 2);
            self.drawn /= 2;
        }
    }
}

impl fmt::Debug for Hottest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hottest").finish_non_exhaustive()
    }
}
