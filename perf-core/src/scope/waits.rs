use crate::time::Duration;

/// What a scope can wait for outside of its own code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitKind {
    Database,
    Cache,
    Outgoing,
}

/// Intervals that are looked at one by one; older ones are one.
const RECENT: usize = 8;

/// The time during which a scope waited for something outside, each moment once.
///
/// Intervals come in the order of their ends. A moment that several of them cover counts for the
/// one that ended first. Exact, but for a wait that begins amid waits that lie more than eight
/// back: how much of it they cover is then told by how much they cover on the average.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waits {
    totals: [Duration; 3],
    /// Apart from each other, earliest first.
    recent: [Interval; RECENT],
    length: usize,
}

/// From and to, since the scope was opened, and how much of that was waited for.
#[derive(Clone, Copy, Debug, Default)]
struct Interval {
    start: Duration,
    end: Duration,
    covered: Duration,
}

impl Interval {
    /// What was not waited for, of the part from `start` on.
    fn gaps_from(&self, start: Duration) -> Duration {
        let gaps = (self.end - self.start).saturating_sub(self.covered);
        if start <= self.start || gaps.is_zero() {
            return gaps;
        }
        let part = (self.end - start).as_secs_f64() / (self.end - self.start).as_secs_f64();
        gaps.mul_f64(part).min(gaps)
    }
}

impl Waits {
    pub(super) fn add(&mut self, kind: WaitKind, end: Duration, duration: Duration) {
        let start = end.saturating_sub(duration);
        let mut merged = Interval { start, end, covered: Duration::ZERO };
        let (mut uncovered, mut right) = (Duration::ZERO, end);
        while self.length > 0 && self.recent[self.length - 1].end > start {
            let last = self.recent[self.length - 1];
            uncovered += right.saturating_sub(last.end) + last.gaps_from(start);
            right = right.min(last.start);
            merged.start = merged.start.min(last.start);
            merged.end = merged.end.max(last.end);
            merged.covered += last.covered;
            self.length -= 1;
        }
        uncovered += right.saturating_sub(start);
        merged.covered += uncovered;
        self.totals[kind as usize] += uncovered;
        if self.length == RECENT {
            let [oldest, next, ..] = &mut self.recent;
            next.start = oldest.start;
            next.covered += oldest.covered;
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

    #[test]
    fn a_wait_around_very_many_others_counts_for_what_lies_between_them_too() {
        let mut waits = Waits::default();
        (1..=100).for_each(|n| waits.add(Database, ms(n * 10), ms(2)));
        waits.add(Outgoing, ms(1_000), ms(1_000));
        assert_eq!(totals(&waits), [200, 0, 800]);
        waits.add(Cache, ms(1_010), ms(1_010));
        assert_eq!(totals(&waits), [200, 10, 800]);
    }

    #[test]
    fn a_wait_that_begins_amid_very_many_others_counts_for_about_what_they_leave() {
        let mut waits = Waits::default();
        (1..=100).for_each(|n| waits.add(Database, ms(n * 10), ms(2)));
        waits.add(Outgoing, ms(1_000), ms(500));
        assert!(totals(&waits)[2].abs_diff(400) <= 2, "{:?}", totals(&waits));
    }

    proptest! {
        #[test]
        fn no_moment_counts_twice(mut waited in prop::collection::vec((0..2_000_u64, 0..500_u64), 0..60)) {
            // Some around all that was before, none that begins amid what lies far back.
            waited.sort_by_key(|&(start, length)| start + length);
            for (place, (start, length)) in waited.iter_mut().enumerate() {
                if place % 10 == 9 {
                    (*start, *length) = (0, *start + *length);
                } else {
                    let short = (*length).min(20);
                    (*start, *length) = (*start + *length - short, short);
                }
            }
            let mut waits = Waits::default();
            for &(start, length) in &waited {
                waits.add(Database, ms(start + length), ms(length));
            }
            let covered = (0..2_500).filter(|moment| {
                waited.iter().any(|(start, length)| (*start..start + length).contains(moment))
            });
            let (counted, covered) = (waits.total(Database).as_millis(), covered.count() as u128);
            // Those of at most 20 ms may begin amid the few that reach back over eight others.
            prop_assert!(counted.abs_diff(covered) <= 20, "{counted} {covered}");
        }
    }
}
