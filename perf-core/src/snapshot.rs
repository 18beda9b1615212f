//! What a recorder has counted at one moment; text by `Display`, JSON by serde.

use std::collections::HashMap;

use serde::Serialize;

use crate::event::CallSite;
use crate::finding::{self, Finding, Repetition};
use crate::recorder::{
    CacheStats, CallStats, PoolStats, PoolUseStats, QueryStats, RouteStats, Series,
};
use crate::sync::Ordering;
use crate::time::{Duration, Instant};
use crate::units::serialize_millis;

/// Everything a [`Recorder`](crate::Recorder) knows, in the order in which one reads it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// How long the recorder had been counting.
    #[serde(rename = "observed_ms", serialize_with = "serialize_millis")]
    pub observed: Duration,
    /// Routes and jobs, slowest 95th percentile first.
    pub routes: Vec<RouteStats>,
    /// Statements by call site, those with the most time in all first.
    pub queries: Vec<QueryStats>,
    /// Caches, by name.
    pub caches: Vec<CacheStats>,
    /// Pools of connections, by name.
    pub pools: Vec<PoolStats>,
    /// Pools by call site, those that held connections longest in all first.
    pub pool_uses: Vec<PoolUseStats>,
    /// Requests to other services, those with the most time in all first.
    pub calls: Vec<CallStats>,
    /// What costs time and what to do about it, dearest first.
    pub findings: Vec<Finding>,
    /// What the recorder could not keep.
    pub dropped: Dropped,
}

/// How often a bound was met: what the figures above do not hold, or hold under `_other`.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Dropped {
    /// Scopes whose route was counted as `_other`.
    pub routes: u64,
    /// Statements counted as `_other`.
    pub queries: u64,
    /// Cache, pool and call events counted as `_other`.
    pub names: u64,
    /// Repetitions of statements and patterns of calls that became no finding of their own.
    pub repetitions: u64,
    /// Uses of a statement or a name by a route that its list does not show.
    pub usages: u64,
    /// Scopes that were worth keeping whole and for which there was no room.
    pub kept: u64,
    /// Statements of scopes that sent more than 64 different ones; an N+1 among them is not found.
    pub ungrouped_queries: u64,
    /// Events that came after their scope had closed; only the series have them.
    pub late_events: u64,
}

impl Snapshot {
    pub(crate) fn of(series: &Series, now: Instant) -> Self {
        let observed = now - series.started;
        let mut routes = routes(series, observed);
        routes.sort_by(|a, b| b.total.p95.cmp(&a.total.p95).then_with(|| a.route.cmp(&b.route)));

        let mut queries: Vec<QueryStats> = series
            .queries
            .iter()
            .map(|((fingerprint, call_site), query)| query.stats(fingerprint, *call_site))
            .collect();
        queries.sort_by_key(|query| std::cmp::Reverse(query.duration.total()));

        let mut caches: Vec<CacheStats> =
            series.caches.iter().map(|(name, cache)| cache.stats(name, observed)).collect();
        caches.sort_by(|a, b| a.cache.cmp(&b.cache));

        let mut pools: Vec<PoolStats> =
            series.pools.iter().map(|(name, pool)| pool.stats(name)).collect();
        pools.sort_by(|a, b| a.pool.cmp(&b.pool));

        let mut pool_uses: Vec<PoolUseStats> = series
            .pool_uses
            .iter()
            .map(|((pool, call_site), site)| site.stats(pool, *call_site))
            .collect();
        pool_uses.sort_by_key(|site| std::cmp::Reverse(site.hold.total()));

        let mut calls: Vec<CallStats> =
            series.calls.iter().map(|(name, call)| call.stats(name)).collect();
        calls.sort_by_key(|call| std::cmp::Reverse(call.duration.total()));

        let all: Duration = routes.iter().map(|route| route.total.total()).sum();
        let mut findings: Vec<Finding> = series
            .repetitions
            .iter()
            .map(|(key, repetition)| {
                let subject = series.routes.entry(key.route).0.label().to_string();
                let repetition = Repetition {
                    kind: key.kind,
                    fingerprint: &key.fingerprint,
                    call_site: key.call_site,
                    parameters_unknown: key.parameters_unknown,
                    seen: repetition.total(),
                };
                repetition.finding(&subject, observed, Some(all))
            })
            .collect();
        findings.extend(series.call_patterns.iter().map(|((route, pattern), seen)| {
            let subject = series.routes.entry(*route).0.label().to_string();
            pattern.finding(&seen.total(), &subject, observed, all)
        }));
        let known = queries.iter().filter(|query| query.call_site != CallSite::NOWHERE);
        findings.extend(known.clone().filter_map(|q| finding::slow_query(q, observed, all)));
        findings.extend(known.clone().filter_map(|q| finding::over_fetch(q, observed, all)));
        findings.extend(known.filter_map(|query| finding::deep_offset(query, observed, all)));
        findings.extend(caches.iter().filter_map(|c| finding::low_hit_rate(c, observed, all)));
        findings.extend(caches.iter().filter_map(|c| finding::useless_cache(c, observed, all)));
        let waits = |pool| finding::pool_wait(pool, &pool_uses, observed, all);
        findings.extend(pools.iter().filter_map(waits));
        findings.extend(pools.iter().filter_map(finding::pool_size));
        findings.extend(pool_uses.iter().filter_map(|u| finding::long_hold(u, observed, all)));
        let idle = |site| finding::idle_in_transaction(site, observed, all);
        findings.extend(pool_uses.iter().filter_map(idle));
        findings.extend(caches.iter().flat_map(|c| finding::redis(c, observed, all)));
        findings.extend(caches.iter().filter_map(|c| finding::ttl_too_short(c, observed, all)));
        findings.extend(caches.iter().filter_map(finding::stale_hits));
        let mut findings = finding::merged(findings);
        findings.extend(series.told.beside(&findings, observed, all));
        finding::rank(&mut findings);

        let names = series.caches.refused()
            + series.pools.refused()
            + series.pool_uses.refused()
            + series.calls.refused();
        let dropped = Dropped {
            routes: series.routes.refused(),
            queries: series.queries.refused(),
            names,
            repetitions: series.repetitions.refused() + series.call_patterns.refused(),
            usages: series.usages.refused(),
            kept: series.budget.refused.load(Ordering::Relaxed),
            ungrouped_queries: series.ungrouped.value(),
            late_events: series.late_events.value(),
        };
        Self { observed, routes, queries, caches, pools, pool_uses, calls, findings, dropped }
    }
}

/// The routes in no order, each with what it uses.
fn routes(series: &Series, observed: Duration) -> Vec<RouteStats> {
    let known = series.routes.iter().filter(|(_, route)| !route.is_deserted());
    let (mut routes, mut places) = (Vec::new(), HashMap::new());
    for (key, route) in known {
        places.insert(key.number, routes.len());
        routes.push(route.stats(key, observed));
    }
    for (key, usage) in series.usages.iter() {
        let route = series.routes.entry(key.route).0.number;
        if let Some(&place) = places.get(&route) {
            routes[place].uses.push(usage.stats(key));
        }
    }
    for route in &mut routes {
        route.uses.sort_by(|a, b| b.time.cmp(&a.time).then_with(|| a.what.cmp(&b.what)));
    }
    routes
}
