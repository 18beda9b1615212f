use std::collections::VecDeque;

use perf_core::time::{Duration, Instant};

use super::WriteMark;

/// At one measurement a second more than eight minutes; after that the older half is thinned out.
const MAX_POSITIONS: usize = 512;

/// Where the primary was when, by this process's own clock.
///
/// The lag of a replica is the time since the primary was where the replica is now. That needs no
/// agreement between clocks, does not call an idle primary's replica late, and goes on growing when
/// the replica no longer receives anything.
#[derive(Debug, Default)]
pub(super) struct History(VecDeque<(Instant, WriteMark)>);

impl History {
    /// Notes that the primary had come this far at a moment, which must be taken before it was asked.
    pub(super) fn note(&mut self, at: Instant, position: WriteMark) {
        if self.0.back().is_some_and(|&(_, last)| last > position) {
            // Another primary, whose log parted from the old one.
            self.0.clear();
        }
        if let [.., (_, before), (last_at, last)] = self.0.make_contiguous()
            && *before == position
            && *last == position
        {
            // Nothing was written: the first and the last moment of that are enough.
            *last_at = at;
            return;
        }
        self.0.push_back((at, position));
        if self.0.len() > MAX_POSITIONS {
            let mut place = 0;
            self.0.retain(|_| {
                place += 1;
                place > MAX_POSITIONS / 2 || place % 2 == 0
            });
        }
    }

    /// For how long, at most, a server that has replayed up to `position` has been behind.
    pub(super) fn lag(&self, position: WriteMark, now: Instant) -> Option<Duration> {
        let covered = self.0.iter().rev().find(|&&(_, written)| written <= position);
        covered.map(|&(at, _)| now - at)
    }

    /// Bytes of log between `position` and the last known one of the primary.
    pub(super) fn bytes_behind(&self, position: WriteMark) -> u64 {
        let written = self.0.back().map_or(0, |(_, written)| written.to_number());
        written.saturating_sub(position.to_number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(number: u64) -> WriteMark {
        WriteMark::from_number(number)
    }

    fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    #[test]
    fn a_replica_of_an_idle_primary_is_not_late() {
        let (mut history, start) = (History::default(), perf_core::time::now());
        for second in 0..100 {
            history.note(start + seconds(second), mark(7));
        }
        assert_eq!(history.lag(mark(7), start + seconds(99)), Some(Duration::ZERO));
        assert_eq!(history.0.len(), 2);
    }

    #[test]
    fn the_lag_is_the_time_since_the_primary_was_where_the_replica_is() {
        let (mut history, start) = (History::default(), perf_core::time::now());
        for second in 0..10 {
            history.note(start + seconds(second), mark(100 * second));
        }
        let now = start + seconds(10);
        assert_eq!(history.lag(mark(350), now), Some(seconds(7)));
        assert_eq!(history.lag(mark(900), now), Some(seconds(1)));
        assert_eq!(history.bytes_behind(mark(350)), 550);
        assert_eq!(history.bytes_behind(mark(5_000)), 0);
    }

    #[test]
    fn a_replica_behind_all_that_is_known_has_no_known_lag() {
        let mut history = History::default();
        let now = perf_core::time::now();
        assert_eq!(history.lag(mark(5), now), None);
        history.note(now, mark(10));
        assert_eq!(history.lag(mark(5), now), None);
    }

    #[test]
    fn the_history_is_bounded_and_knows_old_moments_less_exactly() {
        let (mut history, start) = (History::default(), perf_core::time::now());
        for second in 0..10_000 {
            history.note(start + seconds(second), mark(second));
        }
        assert!(history.0.len() <= MAX_POSITIONS);
        let lag = history.lag(mark(9_990), start + seconds(10_000)).unwrap();
        assert_eq!(lag, seconds(10));
    }

    #[test]
    fn the_log_of_another_primary_begins_anew() {
        let (mut history, start) = (History::default(), perf_core::time::now());
        history.note(start, mark(900));
        history.note(start + seconds(1), mark(500));
        assert_eq!(history.lag(mark(600), start + seconds(3)), Some(seconds(2)));
    }
}
