use serde::Serialize;

use super::waits::{WaitKind, Waits};
use crate::time::Duration;
use crate::units::serialize_millis;

/// Where the time of one scope went, or of many together; the parts add up to the whole.
///
/// What is outside of the code's own time and of the scheduler's is divided among database, cache
/// and outgoing calls by the time that each was waited for; a moment with several waits counts for
/// the one that ended first. What no event covers is the rest: timers, locks, streams, a client
/// that reads slowly, and statements that are sent around the SDK.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Split {
    /// In the code: the time for which the scope's future and body were polled.
    #[serde(rename = "cpu_ms", serialize_with = "serialize_millis")]
    pub cpu: Duration,
    /// Waiting for statements and for connections.
    #[serde(rename = "database_ms", serialize_with = "serialize_millis")]
    pub database: Duration,
    /// Waiting for a remote cache, or for another caller's load.
    #[serde(rename = "cache_ms", serialize_with = "serialize_millis")]
    pub cache: Duration,
    /// Waiting for other services.
    #[serde(rename = "outgoing_ms", serialize_with = "serialize_millis")]
    pub outgoing: Duration,
    /// Between being woken and being polled: the runtime had no thread free.
    #[serde(rename = "scheduler_ms", serialize_with = "serialize_millis")]
    pub scheduler: Duration,
    /// Everything else.
    #[serde(rename = "rest_ms", serialize_with = "serialize_millis")]
    pub rest: Duration,
}

/// A [`Split`] as the path of every request wants it: in nanoseconds, in the order of its fields.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SplitNanos(pub(crate) [u64; 6]);

impl SplitNanos {
    #[inline]
    pub(crate) fn new(elapsed: u64, cpu: u64, scheduler: u64, waits: Option<&Waits>) -> Self {
        let cpu = cpu.min(elapsed);
        let scheduler = scheduler.min(elapsed - cpu);
        let waiting = elapsed - cpu - scheduler;
        let [database, cache, outgoing] = waits.map_or([0; 3], |waits| fitted(waits, waiting));
        let rest = waiting.saturating_sub(database + cache + outgoing);
        Self([cpu, database, cache, outgoing, scheduler, rest])
    }
}

impl From<SplitNanos> for Split {
    fn from(SplitNanos(parts): SplitNanos) -> Self {
        let [cpu, database, cache, outgoing, scheduler, rest] = parts.map(Duration::from_nanos);
        Self { cpu, database, cache, outgoing, scheduler, rest }
    }
}

impl Split {
    /// All parts together: the elapsed time.
    pub fn whole(&self) -> Duration {
        self.parts().into_iter().map(|(_, part)| part).sum()
    }

    /// Each part with its name, in the order in which they are shown.
    pub fn parts(&self) -> [(&'static str, Duration); 6] {
        [
            ("cpu", self.cpu),
            ("database", self.database),
            ("cache", self.cache),
            ("outgoing", self.outgoing),
            ("scheduler", self.scheduler),
            ("rest", self.rest),
        ]
    }
}

/// The waits for database, cache and outgoing calls, in proportion where they are longer than the
/// time that was spent waiting: a statement is also polled, and its time in the code is counted as
/// such.
fn fitted(waits: &Waits, waiting: u64) -> [u64; 3] {
    let each = [WaitKind::Database, WaitKind::Cache, WaitKind::Outgoing]
        .map(|kind| u64::try_from(waits.total(kind).as_nanos()).unwrap_or(u64::MAX));
    let all = each.into_iter().fold(0, u64::saturating_add);
    if all <= waiting {
        return each;
    }
    let scale = waiting as f64 / all as f64;
    let mut left = waiting;
    each.map(|wait| {
        // Rounding must not make the parts longer than the whole.
        let part = ((wait as f64 * scale).round() as u64).min(left);
        left -= part;
        part
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(
        elapsed: Duration,
        cpu: Duration,
        scheduler: Duration,
        waits: Option<&Waits>,
    ) -> Split {
        let [elapsed, cpu, scheduler] =
            [elapsed, cpu, scheduler].map(|part| part.as_nanos() as u64);
        SplitNanos::new(elapsed, cpu, scheduler, waits).into()
    }

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn waited(database: u64, outgoing: u64) -> Waits {
        let mut waits = Waits::default();
        waits.add(WaitKind::Database, ms(database), ms(database));
        waits.add(WaitKind::Outgoing, ms(database + outgoing), ms(outgoing));
        waits
    }

    #[test]
    fn what_no_event_covers_is_the_rest() {
        let split = split(ms(100), ms(10), ms(5), Some(&waited(40, 20)));
        assert_eq!((split.cpu, split.scheduler), (ms(10), ms(5)));
        assert_eq!((split.database, split.outgoing, split.rest), (ms(40), ms(20), ms(25)));
        assert_eq!(split.whole(), ms(100));
    }

    #[test]
    fn waits_longer_than_the_waiting_are_fitted_into_it() {
        let split = split(ms(100), ms(70), ms(0), Some(&waited(40, 20)));
        assert_eq!((split.database, split.outgoing, split.rest), (ms(20), ms(10), ms(0)));
        assert_eq!(split.whole(), ms(100));
    }

    #[test]
    fn no_part_is_longer_than_the_whole() {
        let split = split(ms(10), ms(20), ms(30), None);
        assert_eq!((split.cpu, split.scheduler, split.whole()), (ms(10), ms(0), ms(10)));
    }

    proptest! {
        #[test]
        fn the_parts_are_the_whole(
            elapsed in 0..10_000_000_000_u64,
            cpu in 0..5_000_000_000_u64,
            scheduler in 0..5_000_000_000_u64,
            waits in prop::array::uniform3((0..10_000_000_000_u64, 0..10_000_000_000_u64)),
        ) {
            let mut ends = waits;
            ends.sort_unstable();
            let mut waited = Waits::default();
            for ((end, wait), kind) in
                ends.into_iter().zip([WaitKind::Database, WaitKind::Cache, WaitKind::Outgoing])
            {
                waited.add(kind, Duration::from_nanos(end), Duration::from_nanos(wait));
            }
            let [elapsed, cpu, scheduler] = [elapsed, cpu, scheduler].map(Duration::from_nanos);
            let split = split(elapsed, cpu, scheduler, Some(&waited));
            prop_assert_eq!(split.whole(), elapsed, "{:?}", split);
        }
    }
}
