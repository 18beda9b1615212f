use super::name_group::{NameGroup, NameGroups, NameKind};
use super::query_group::{QueryGroup, QueryGroups};
use super::timeline::{Timeline, What};
use super::waits::{WaitKind, Waits};
use crate::event::{
    CacheEvent, CacheOutcome, CacheTier, CallEvent, CallSite, EventOutcome, PoolEvent, QueryEvent,
    SpanEvent,
};
use crate::finding::{Finding, Repetition};
use crate::sql::StatementKind;
use crate::time::{self, Duration, Instant};

/// A wait for a connection that was there already is none.
const SHORTEST_WAIT: Duration = Duration::from_micros(10);

/// How often one statement from one place makes an N+1 in a test, where data sets are small.
const REPETITIONS_IN_TESTS: u64 = 3;

/// What was done in one scope.
///
/// Counters are exact. Statements are grouped by fingerprint and call site, the first 64 groups of
/// a scope; later ones only count, and an N+1 among them is not found.
#[derive(Clone, Debug, Default)]
pub struct Work {
    pub(super) elapsed: Duration,
    pub(crate) groups: QueryGroups,
    pub(crate) names: NameGroups,
    pub(super) timeline: Timeline,
    pub(super) waits: Waits,
    reads: u64,
    writes: u64,
    others: u64,
    rows: u64,
    query_time: Duration,
    pool_time: Duration,
    cache_hits: u64,
    cache_loads: u64,
    calls: u64,
    call_time: Duration,
}

impl Work {
    pub(super) fn lasting(elapsed: Duration) -> Self {
        Self { elapsed, ..Self::default() }
    }

    /// The counters, without what was kept one by one.
    pub(super) fn totals(&self) -> Self {
        let (groups, names) = (QueryGroups::default(), NameGroups::default());
        let (timeline, waits) = (Timeline::default(), self.waits.clone());
        Self { groups, names, timeline, waits, ..*self }
    }

    /// From the opening of the scope to its close.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Statements of every kind.
    pub fn queries(&self) -> u64 {
        self.reads + self.writes + self.others
    }

    /// Statements that read.
    pub fn reads(&self) -> u64 {
        self.reads
    }

    /// Statements that change data.
    pub fn writes(&self) -> u64 {
        self.writes
    }

    /// Rows returned or changed by all statements.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The sum of all statements' durations; more than the elapsed time when they ran at once.
    pub fn query_time(&self) -> Duration {
        self.query_time
    }

    /// The sum of all waits for a connection.
    pub fn pool_time(&self) -> Duration {
        self.pool_time
    }

    /// Values that a cache had, in any tier.
    pub fn cache_hits(&self) -> u64 {
        self.cache_hits
    }

    /// Values that no tier of a cache had, so that a loader ran.
    pub fn cache_loads(&self) -> u64 {
        self.cache_loads
    }

    /// Requests to other services.
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// The sum of all durations of requests to other services.
    pub fn call_time(&self) -> Duration {
        self.call_time
    }

    /// Statements by fingerprint and call site, in the order of their first use.
    pub fn query_groups(&self) -> &[QueryGroup] {
        self.groups.as_slice()
    }

    /// Caches, pools and targets of calls, in the order of their first use; the first 32.
    pub fn name_groups(&self) -> &[NameGroup] {
        self.names.as_slice()
    }

    /// N+1 and repeated statements by the rule for tests: three of one kind are enough.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self
            .groups
            .repetitions(REPETITIONS_IN_TESTS)
            .map(|(kind, group)| {
                Repetition::of(kind, group, self.elapsed).finding("this scope", self.elapsed, None)
            })
            .collect();
        crate::finding::rank(&mut findings);
        findings
    }

    pub(crate) fn add_query(&mut self, event: &QueryEvent, opened: Instant) {
        match event.fingerprint.kind() {
            StatementKind::Read => self.reads += 1,
            StatementKind::Write => self.writes += 1,
            StatementKind::Other => self.others += 1,
        }
        self.rows = self.rows.saturating_add(event.rows);
        self.query_time = self.query_time.saturating_add(event.duration);
        let rows = u32::try_from(event.rows).unwrap_or(u32::MAX);
        let what = self.groups.add(event).map(|group| What::Query { group, rows });
        let end = time::now() - opened;
        self.waits.add(WaitKind::Database, end, event.duration);
        self.timeline.add(end, event.duration, event.outcome, what);
    }

    pub(crate) fn add_cache(&mut self, event: &CacheEvent<'_>, opened: Instant) {
        let &CacheEvent { cache, tier, outcome, duration } = event;
        match (tier, outcome) {
            (CacheTier::Local | CacheTier::Remote, CacheOutcome::Hit | CacheOutcome::Stale) => {
                self.cache_hits += 1;
            }
            (CacheTier::Loader, CacheOutcome::Coalesced) => {}
            (CacheTier::Loader, _) => self.cache_loads += 1,
            _ => {}
        }
        let group = self.names.add(NameKind::Cache, cache, CallSite::NOWHERE, duration);
        if duration.is_zero() {
            return;
        }
        let end = time::now() - opened;
        // What a load waits for, it says itself.
        if tier == CacheTier::Remote || outcome == CacheOutcome::Coalesced {
            self.waits.add(WaitKind::Cache, end, duration);
        }
        let ended = match outcome {
            CacheOutcome::Error => EventOutcome::Error,
            _ => EventOutcome::Ok,
        };
        let what = group.map(|group| What::Cache { group, tier, outcome });
        self.timeline.add(end, duration, ended, what);
    }

    pub(crate) fn add_pool(&mut self, event: &PoolEvent<'_>, opened: Instant) {
        self.pool_time = self.pool_time.saturating_add(event.wait);
        let group = self.names.add(NameKind::Pool, event.pool, CallSite::NOWHERE, event.wait);
        if event.wait >= SHORTEST_WAIT {
            let end = time::now() - opened;
            self.waits.add(WaitKind::Database, end, event.wait);
            let what = group.map(|group| What::Pool { group });
            self.timeline.add(end, event.wait, event.outcome, what);
        }
    }

    pub(crate) fn add_call(&mut self, event: &CallEvent<'_>, opened: Instant) {
        self.calls += 1;
        self.call_time = self.call_time.saturating_add(event.duration);
        let end = time::now() - opened;
        self.waits.add(WaitKind::Outgoing, end, event.duration);
        let group = self.names.add(NameKind::Call, event.target, event.call_site, event.duration);
        let what = group.map(|group| What::Call { group });
        self.timeline.add(end, event.duration, event.outcome, what);
    }

    pub(crate) fn add_span(&mut self, event: &SpanEvent, opened: Instant) {
        let what = Some(What::Span { name: event.name });
        self.timeline.add(time::now() - opened, event.duration, event.outcome, what);
    }

    /// Gives up what only the judgement of repetitions needs, and room for more.
    pub(crate) fn shrink(&mut self) {
        self.groups.shrink();
        self.names.shrink();
        self.timeline.shrink();
    }

    pub(crate) fn has_steps(&self) -> bool {
        !self.timeline.entries().is_empty()
    }

    /// Gives up the single steps; the groups stay.
    pub(crate) fn forget_steps(&mut self) {
        self.timeline.forget();
    }

    /// Memory held, about.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.groups.bytes() + self.names.bytes() + self.timeline.bytes()
    }
}
