use super::query_group::{QueryGroup, QueryGroups};
use crate::event::{CacheEvent, CacheOutcome, CacheTier, CallEvent, PoolEvent, QueryEvent};
use crate::finding::{Finding, Repetition};
use crate::sql::StatementKind;
use crate::time::Duration;

/// How often one statement from one place makes an N+1 in a test, where data sets are small.
const REPETITIONS_IN_TESTS: u64 = 3;

/// What was done in one scope.
///
/// Counters are exact. Statements are grouped by fingerprint and call site, the first 64 groups of
/// a scope; later ones only count, and an N+1 among them is not found.
#[derive(Debug, Default)]
pub struct Work {
    pub(super) elapsed: Duration,
    pub(crate) groups: QueryGroups,
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

    pub(crate) fn add_query(&mut self, event: &QueryEvent) {
        match event.fingerprint.kind() {
            StatementKind::Read => self.reads += 1,
            StatementKind::Write => self.writes += 1,
            StatementKind::Other => self.others += 1,
        }
        self.rows = self.rows.saturating_add(event.rows);
        self.query_time = self.query_time.saturating_add(event.duration);
        self.groups.add(event);
    }

    pub(crate) fn add_cache(&mut self, event: &CacheEvent<'_>) {
        match (event.tier, event.outcome) {
            (CacheTier::Local | CacheTier::Remote, CacheOutcome::Hit | CacheOutcome::Stale) => {
                self.cache_hits += 1;
            }
            (CacheTier::Loader, CacheOutcome::Coalesced) => {}
            (CacheTier::Loader, _) => self.cache_loads += 1,
            _ => {}
        }
    }

    pub(crate) fn add_pool(&mut self, event: &PoolEvent<'_>) {
        self.pool_time = self.pool_time.saturating_add(event.wait);
    }

    pub(crate) fn add_call(&mut self, event: &CallEvent<'_>) {
        self.calls += 1;
        self.call_time = self.call_time.saturating_add(event.duration);
    }
}
