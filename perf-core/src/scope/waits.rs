use crate::time::Duration;

/// What a scope can wait for outside of its own code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitKind {
    Database,
    Cache,
    Outgoing,
}

/// Intervals that are still looked at; older ones lie too far back for most work to reach.
const RECENT: usize = 8;

/// The time during which a scope waited for something outside, each moment once.
///
/// Intervals come in the order of their ends. A moment that several of them cover counts for the
/// one that ended first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waits {
    totals: [Duration; 3],
    /// Apart from each other, earliest first.
    recent: [Interval; RECENT],
    length: usize,
}

/// From and to, since the scope was opened.
#[derive(Clone, Copy, Debug, Default)]
struct Interval {
    start: Duration,
    end: Duration,
}

impl Waits {
    pub(super) fn add(&mut self, kind: WaitKind, end: Duration, duration: Duration) {
        let mut merged = Interval { start: end.saturating_sub(duration), end };
        let start = merged.start;
        let (mut uncovered, mut right) = (Duration::ZERO, end);
        while self.length > 0 && self.recent[self.length - 1].end > start {
            let last = self.recent[self.length - 1];
            uncovered += right.saturating_sub(last.end);
            right = right.min(last.start);
            merged.start = merged.start.min(last.start);
            merged.end = merged.end.max(last.end);
            self.length -= 1;
        }
        uncovered += right.saturating_sub(start);
        self.totals[kind as usize] += uncovered;
        if self.length == RECENT {
            self.recent.rotate_left(1);
            self.length -= 1;
        }
        self.recent[self.length] = merged;
        self.length += 1;
    }

    pub(crate) fn total(&self, kind: WaitKind) -> Duration {
        self.totals[kind as usize]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::WaitKind::{Cache, Database, Outgoing};
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn totals(waits: &Waits) -> [u128; 3] {
        [Database, Cache, Outgoing].map(|kind| waits.total(kind).as_millis())
    }

    #[test]
    fn one_after_the_other_they_add_up() {
        let mut waits = Waits::default();
        waits.add(Database, ms(10), ms(4));
        waits.add(Cache, ms(20), ms(5));
        waits.add(Database, ms(30), ms(6));
        assert_eq!(totals(&waits), [10, 5, 0]);
    }

    #[test]
    fn at_once_each_moment_counts_for_the_one_that_ended_first() {
        let mut waits = Waits::default();
        waits.add(Database, ms(10), ms(10));
        waits.add(Outgoing, ms(12), ms(12));
        waits.add(Outgoing, ms(15), ms(13));
        assert_eq!(totals(&waits), [10, 0, 5]);
    }

    #[test]
    fn a_wait_around_others_counts_for_what_lies_between_them() {
        let mut waits = Waits::default();
        waits.add(Database, ms(10), ms(2));
        waits.add(Database, ms(20), ms(2));
        waits.add(Outgoing, ms(30), ms(30));
        assert_eq!(totals(&waits), [4, 0, 26]);
    }

    proptest! {
        #[test]
        fn no_moment_counts_twice(mut waited in prop::collection::vec((0..200_u64, 0..20_u64), 0..60)) {
            waited.sort_by_key(|&(start, length)| start + length);
            let mut waits = Waits::default();
            for &(start, length) in &waited {
                waits.add(Database, ms(start + length), ms(length));
            }
            let covered = (0..220).filter(|moment| {
                waited.iter().any(|(start, length)| (*start..start + length).contains(moment))
            });
            // Those of at most 20 ms reach back over at most eight others that lie apart.
            let (counted, covered) = (waits.total(Database).as_millis(), covered.count() as u128);
            prop_assert!(counted >= covered && counted <= covered + 20, "{counted} {covered}");
        }
    }
}
