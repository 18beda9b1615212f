//! All series of a recorder, and how a scope that has closed is folded into them.

use super::cache::CacheSeries;
use super::call::CallSeries;
use super::family::Family;
use super::history::Ticks;
use super::kept::Budget;
use super::pool::PoolSeries;
use super::pool_use::PoolUseSeries;
use super::query::QuerySeries;
use super::repetition::{RepetitionKey, RepetitionSeries};
use super::route::{RouteKey, RouteSeries};
use super::usage::{UsageKey, UsageSeries};
use super::{Observe, RouteId, Told};
use crate::event::{CallSite, Name};
use crate::finding::CallPattern;
use crate::metric::Counter;
use crate::scope::{Notes, Outcome, SplitNanos, Work};
use crate::sql::Fingerprint;
use crate::sync::OnceLock;
use crate::table::{self, Table};
use crate::time::{Duration, Instant};

pub(crate) struct Series {
    pub(crate) started: Instant,
    pub(crate) repetitions_at: u64,
    pub(crate) routes: Family<RouteKey, RouteSeries>,
    pub(crate) queries: Family<(Fingerprint, CallSite), QuerySeries>,
    pub(crate) caches: Family<Name, CacheSeries>,
    pub(crate) pools: Family<Name, PoolSeries>,
    pub(crate) pool_uses: Family<(Name, CallSite), PoolUseSeries>,
    pub(crate) calls: Family<Name, CallSeries>,
    pub(crate) repetitions: Table<RepetitionKey, RepetitionSeries>,
    pub(crate) call_patterns: Table<(RouteId, CallPattern), RepetitionSeries>,
    pub(crate) usages: Table<UsageKey, UsageSeries>,
    pub(crate) budget: Budget,
    pub(super) ticks: Ticks,
    pub(crate) ungrouped: Counter,
    pub(crate) late_events: Counter,
    pub(super) observer: OnceLock<Box<dyn Observe>>,
    pub(crate) told: Told,
}

/// A scope that has just closed.
pub(crate) struct Closed<'a> {
    pub(crate) route: RouteId,
    pub(crate) outcome: Outcome,
    pub(crate) now: Instant,
    pub(crate) elapsed: Duration,
    pub(crate) split: SplitNanos,
    pub(crate) notes: &'a Notes,
}

impl Series {
    pub(super) fn fold(&self, closed: &Closed<'_>, work: &Work) {
        let &Closed { route, elapsed, .. } = closed;
        if work.groups.left_out() > 0 {
            self.ungrouped.add(work.groups.left_out());
        }
        for group in work.query_groups() {
            let key = UsageKey::query(route, group);
            if let Some(usage) = self.usages.value(key.hash(), &key) {
                usage.count(group.count(), group.time());
            }
        }
        for group in work.name_groups() {
            let key = UsageKey::named(route, group);
            if let Some(usage) = self.usages.value(key.hash(), &key) {
                usage.count(group.count(), group.time());
            }
        }
        for (kind, group) in work.groups.repetitions(self.repetitions_at) {
            let key = RepetitionKey::new(kind, route, group);
            if let Some(repetition) = self.repetitions.value(key.hash(), &key) {
                repetition.count(group.count(), group.time(), group.longest(), elapsed);
            }
        }
        for shown in CallPattern::all_in(work, self.repetitions_at) {
            let hash = table::hash(&(route, shown.pattern.id()));
            let key = (route, shown.pattern);
            if let Some(pattern) = self.call_patterns.value(hash, &key) {
                pattern.count(shown.times, shown.time, shown.longest, elapsed);
            }
        }
    }

    /// Ends a step of every route's history.
    pub(super) fn tick(&self, now: Instant) {
        let step = now - self.ticks.step(self.started, now);
        for (_, route) in self.routes.iter() {
            route.history.take(route.totals(), step, now - self.started);
            route.kept.turn(&self.budget, now);
        }
    }
}
