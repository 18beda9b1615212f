//! A [`Snapshot`] as text, in columns that line up.

mod columns;
mod findings;
mod text;

use std::fmt;

use self::columns::Columns;
use self::text::shortened;
use crate::metric::Latency;
use crate::snapshot::Snapshot;
use crate::units::{duration, millis};

/// Rows of a table, and findings; the snapshot itself has all.
const MAX_ROWS: usize = 20;

/// Characters of a statement in a table.
const STATEMENT_WIDTH: usize = 72;

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests: u64 = self.routes.iter().map(|route| route.requests).sum();
        let per_second = requests as f64 / self.observed.as_secs_f64().max(f64::MIN_POSITIVE);
        let errors: u64 = self.routes.iter().map(|route| route.errors).sum();
        writeln!(
            f,
            "{requests} requests in {}, {per_second:.1} per second, {errors} errors",
            duration(self.observed)
        )?;
        routes(self).write("Routes, slowest first", f)?;
        queries(self).write("Queries, most time first", f)?;
        caches(self).write("Caches", f)?;
        pools(self).write("Pools", f)?;
        calls(self).write("Outgoing calls, most time first", f)?;
        dropped(self, f)?;
        findings::write(&self.findings, f)
    }
}

fn routes(snapshot: &Snapshot) -> Columns {
    let mut columns =
        Columns::new(["route"], ["requests", "errors", "req/s", "p50 ms", "p95 ms", "p99 ms"])
            .numbers(["min ms", "max ms", "mean ms"]);
    for route in snapshot.routes.iter().take(MAX_ROWS) {
        let Latency { p50, p95, p99, min, max, mean, .. } = route.total;
        let counts = [route.requests.to_string(), route.errors.to_string()];
        let rate = [format!("{:.1}", route.per_second)];
        let times = [p50, p95, p99, min, max, mean].map(millis);
        columns.row([route.route.clone()].into_iter().chain(counts).chain(rate).chain(times));
    }
    columns.left_out(snapshot.routes.len().saturating_sub(MAX_ROWS))
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
            query.call_site.to_string(),
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
    ]);
    for cache in snapshot.caches.iter().take(MAX_ROWS) {
        let (local, remote, loader) = (&cache.local, &cache.remote, &cache.loader);
        columns.row([
            cache.cache.clone(),
            cache.lookups.to_string(),
            format!("{:.1} %", cache.hit_rate * 100.0),
            local.hits.to_string(),
            remote.hits.to_string(),
            (loader.hits + loader.misses).to_string(),
            loader.coalesced.to_string(),
            (local.errors + remote.errors + loader.errors).to_string(),
            millis(loader.duration.mean),
        ]);
    }
    columns.left_out(snapshot.caches.len().saturating_sub(MAX_ROWS))
}

fn pools(snapshot: &Snapshot) -> Columns {
    let mut columns = Columns::new(["pool"], ["checkouts", "errors", "last in use", "max size"])
        .numbers(["wait p50 ms", "wait p95 ms", "wait max ms"]);
    for pool in snapshot.pools.iter().take(MAX_ROWS) {
        let Latency { count, p50, p95, max, .. } = pool.wait;
        let counts = [count, pool.errors, pool.in_use, pool.max_size].map(|n| n.to_string());
        let times = [p50, p95, max].map(millis);
        columns.row([pool.pool.clone()].into_iter().chain(counts).chain(times));
    }
    columns.left_out(snapshot.pools.len().saturating_sub(MAX_ROWS))
}

fn calls(snapshot: &Snapshot) -> Columns {
    let mut columns =
        Columns::new(["target"], ["total ms", "calls", "errors", "mean ms", "p95 ms", "max ms"]);
    for call in snapshot.calls.iter().take(MAX_ROWS) {
        let Latency { count, mean, p95, max, .. } = call.duration;
        let [total, mean, p95, max] = [call.duration.total(), mean, p95, max].map(millis);
        let (count, errors) = (count.to_string(), call.errors.to_string());
        columns.row([call.target.clone(), total, count, errors, mean, p95, max]);
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
    match dropped.late_events {
        0 => Ok(()),
        late => writeln!(f, "\n{late} events came after their scope had closed"),
    }
}
