//! What is known as text, in columns that line up: a [`Snapshot`], a finding, what one scope did.
//!
//! With names of usual length no line is longer than 120 characters, but for findings.

mod columns;
mod findings;
mod redis;
mod routes;
mod text;
mod waterfall;
mod work;

use std::fmt;

use self::columns::Columns;
use self::text::{place, shortened};
use crate::metric::Latency;
use crate::recorder::{BreakerState, CacheState, CacheStats, Reloads};
use crate::snapshot::Snapshot;
use crate::time::Duration;
use crate::units::{bytes, duration, millis, percent};

/// Rows of a table, and findings; the snapshot itself has all.
const MAX_ROWS: usize = 20;

/// Characters of a statement in a table.
const STATEMENT_WIDTH: usize = 40;

/// Characters of a route or another name.
const NAME_WIDTH: usize = 40;

/// Characters of a call site.
const PLACE_WIDTH: usize = 26;

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests: u64 = self.routes.iter().map(|route| route.requests).sum();
        let per_second = requests as f64 / self.observed.as_secs_f64().max(f64::MIN_POSITIVE);
        let errors: u64 = self.routes.iter().map(|route| route.errors).sum();
        let cancelled: u64 = self.routes.iter().map(routes::cancelled).sum();
        let given_up =
            if cancelled > 0 { format!(", {cancelled} cancelled") } else { String::new() };
        writeln!(
            f,
            "{requests} requests in {}, {per_second:.1} per second, {errors} errors{given_up}",
            duration(self.observed)
        )?;
        routes::latencies(&self.routes).write("Routes, slowest first", f)?;
        routes::splits(&self.routes).write("Where the time goes, most time first", f)?;
        routes::streams(&self.routes).write("Streams", f)?;
        routes::bodies(&self.routes).write("Bodies", f)?;
        queries(self).write("Queries, most time first", f)?;
        caches(self).write("Caches", f)?;
        cache_states(self).write("What caches hold in this process", f)?;
        redis::backplanes(self).write("How caches hear of other processes", f)?;
        redis::nodes(self).write("Redis behind caches", f)?;
        freshness(self).write("How often what caches load or serve had changed", f)?;
        pools(self).write("Pools", f)?;
        pool_uses(self).write("Who holds connections, most time first", f)?;
        servers(self).write("Servers of databases with replicas", f)?;
        calls(self).write("Outgoing calls, most time first", f)?;
        dropped(self, f)?;
        findings::write(&self.findings, f)
    }
}

fn queries(snapshot: &Snapshot) -> Columns {
    let mut columns =
        Columns::new([], ["total ms", "calls", "mean ms", "p95 ms", "rows", "errors"])
            .texts(["call site", "statement"]);
    for query in snapshot.queries.iter().take(MAX_ROWS) {
        let Latency { count, mean, p95, .. } = query.duration;
        columns.row([
            millis(query.duration.total()),
            count.to_string(),
            millis(mean),
            millis(p95),
            query.rows.to_string(),
            query.errors.to_string(),
            place(query.call_site, PLACE_WIDTH),
            shortened(&query.statement, STATEMENT_WIDTH),
        ]);
    }
    columns.left_out(snapshot.queries.len().saturating_sub(MAX_ROWS))
}

fn caches(snapshot: &Snapshot) -> Columns {
    let mut columns = Columns::new(["cache"], ["look-ups", "hit rate", "local hits"]).numbers([
        "redis hits",
        "loads",
        "waited",
        "errors",
        "mean load ms",
        "spared s/min",
    ]);
    for cache in snapshot.caches.iter().take(MAX_ROWS) {
        let (local, remote, loader) = (&cache.local, &cache.remote, &cache.loader);
        columns.row([
            shortened(&cache.cache, NAME_WIDTH),
            cache.lookups.to_string(),
            format!("{:.1} %", cache.hit_rate * 100.0),
            local.hits.to_string(),
            remote.hits.to_string(),
            (loader.hits + loader.misses).to_string(),
            loader.coalesced.to_string(),
            (local.errors + remote.errors + loader.errors).to_string(),
            millis(loader.duration.mean),
            seconds(cache.spared.per_minute),
        ]);
    }
    columns.left_out(snapshot.caches.len().saturating_sub(MAX_ROWS))
}

fn cache_states(snapshot: &Snapshot) -> Columns {
    let mut columns = Columns::new(["cache"], ["entries", "size", "budget", "evictions"])
        .numbers(["redis breaker", "waiting changes", "hits with twice", "s/min per MiB"]);
    let known = || snapshot.caches.iter().filter_map(|cache| Some((cache, cache.state.as_ref()?)));
    for (cache, state) in known().take(MAX_ROWS) {
        columns.row([
            shortened(&cache.cache, NAME_WIDTH),
            state.entries.to_string(),
            bytes(state.bytes),
            bytes(state.max_bytes),
            state.evictions.to_string(),
            state.breaker.map_or("-", BreakerState::as_str).to_owned(),
            state.waiting_changes.to_string(),
            gain_of_twice(state).map_or("-".to_owned(), |gain| format!("{:+.1} %", gain * 100.0)),
            cache.spared.per_minute_and_mib.map_or("-".to_owned(), seconds),
        ]);
    }
    columns.left_out(known().count().saturating_sub(MAX_ROWS))
}

/// Of those caches alone that have compared something.
fn freshness(snapshot: &Snapshot) -> Columns {
    let mut columns = Columns::new(["cache"], ["loads sampled", "of expired", "unchanged"])
        .numbers(["hits audited", "stale", "audits failed"]);
    let state = |cache: &'_ CacheStats| {
        let state = cache.state.as_ref()?;
        (state.reloads.expired > 0 || state.audits.is_some()).then_some(())?;
        Some((state.reloads, state.audits.unwrap_or_default()))
    };
    let known = || snapshot.caches.iter().filter_map(|cache| Some((cache, state(cache)?)));
    for (cache, (reloads, audits)) in known().take(MAX_ROWS) {
        let Reloads { sampled, expired, unchanged, .. } = reloads;
        let counts = [sampled, expired, unchanged, audits.audited, audits.stale, audits.failed];
        let name = shortened(&cache.cache, NAME_WIDTH);
        columns.row([name].into_iter().chain(counts.map(|n| n.to_string())));
    }
    columns.left_out(known().count().saturating_sub(MAX_ROWS))
}

/// A time in seconds, for a column that says so.
fn seconds(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64())
}

/// What twice the budget would add to the hit rate.
fn gain_of_twice(state: &CacheState) -> Option<f64> {
    let of = |budget| state.predicted.iter().find(|rate| rate.max_bytes == budget);
    let (now, twice) = (of(state.max_bytes)?, of(state.max_bytes.checked_mul(2)?)?);
    Some(twice.hit_rate - now.hit_rate)
}

fn pools(snapshot: &Snapshot) -> Columns {
    let mut columns = Columns::new(["pool"], ["checkouts", "errors", "last in use", "max size"])
        .numbers(["wait p50 ms", "wait p95 ms", "wait max ms"]);
    for pool in snapshot.pools.iter().take(MAX_ROWS) {
        let Latency { count, p50, p95, max, .. } = pool.wait;
        let counts = [count, pool.errors, pool.in_use, pool.max_size].map(|n| n.to_string());
        let times = [p50, p95, max].map(millis);
        columns.row([shortened(&pool.pool, NAME_WIDTH)].into_iter().chain(counts).chain(times));
    }
    columns.left_out(snapshot.pools.len().saturating_sub(MAX_ROWS))
}

fn servers(snapshot: &Snapshot) -> Columns {
    let mut columns = Columns::new(["pool"], ["checkouts", "lag", "lag bytes"]).texts(["role"]);
    let known = || snapshot.pools.iter().filter_map(|pool| Some((pool, pool.server?)));
    for (pool, server) in known().take(MAX_ROWS) {
        columns.row([
            shortened(&pool.pool, NAME_WIDTH),
            pool.wait.count.to_string(),
            server.lag_text(),
            server.lag_bytes.to_string(),
            server.role.as_str().to_owned(),
        ]);
    }
    columns.left_out(known().count().saturating_sub(MAX_ROWS))
}

fn pool_uses(snapshot: &Snapshot) -> Columns {
    let mut columns =
        Columns::new([], ["held ms", "holds", "mean ms", "p95 ms", "busy", "open idle"])
            .numbers(["wait p95 ms"])
            .texts(["call site", "pool"]);
    let known = || snapshot.pool_uses.iter().filter(|site| site.hold.count > 0);
    for site in known().take(MAX_ROWS) {
        let Latency { count, mean, p95, .. } = site.hold;
        let held = site.hold.total();
        columns.row([
            millis(held),
            count.to_string(),
            millis(mean),
            millis(p95),
            percent(share(site.busy, held)),
            percent(share(site.idle_in_transaction, held)),
            millis(site.wait.p95),
            place(site.call_site, PLACE_WIDTH),
            shortened(&site.pool, NAME_WIDTH),
        ]);
    }
    columns.left_out(known().count().saturating_sub(MAX_ROWS))
}

fn share(part: Duration, whole: Duration) -> f64 {
    part.as_secs_f64() / whole.as_secs_f64().max(f64::MIN_POSITIVE)
}

fn calls(snapshot: &Snapshot) -> Columns {
    let mut columns =
        Columns::new(["target"], ["total ms", "calls", "errors", "mean ms", "p95 ms", "max ms"]);
    for call in snapshot.calls.iter().take(MAX_ROWS) {
        let Latency { count, mean, p95, max, .. } = call.duration;
        let [total, mean, p95, max] = [call.duration.total(), mean, p95, max].map(millis);
        let (count, errors) = (count.to_string(), call.errors.to_string());
        columns.row([shortened(&call.target, NAME_WIDTH), total, count, errors, mean, p95, max]);
    }
    columns.left_out(snapshot.calls.len().saturating_sub(MAX_ROWS))
}

fn dropped(snapshot: &Snapshot, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let dropped = &snapshot.dropped;
    let counts = [
        (dropped.routes, "scopes"),
        (dropped.queries, "queries"),
        (dropped.names, "cache, pool and call events"),
        (dropped.repetitions, "repetitions"),
    ];
    for (count, what) in counts.into_iter().filter(|&(count, _)| count > 0) {
        writeln!(f, "\n{count} {what} did not fit and are counted as _other")?;
    }
    let others = [
        (dropped.usages, "uses of a statement or a name by a route are not in its list"),
        (dropped.kept, "slow or sampled scopes were not kept for want of room"),
        (dropped.ungrouped_queries, "queries were too different to be looked at for an N+1"),
        (dropped.late_events, "events came after their scope had closed"),
    ];
    for (count, what) in others.into_iter().filter(|&(count, _)| count > 0) {
        writeln!(f, "\n{count} {what}")?;
    }
    Ok(())
}
