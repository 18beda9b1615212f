//! Statements by fingerprint and call site, and pools of connections.

use perf_core::recorder::{PoolStats, QueryStats};

use super::super::buckets;
use super::super::series::AllSeries;
use super::super::summary::summary;
use super::super::text::{Kind, Labels, Metric, Text};
use super::failures;

static DURATION: Metric = Metric {
    name: "db_client_operation_duration_seconds",
    kind: Kind::Histogram,
    unit: "seconds",
    help: "From the moment a statement had a connection to its last row.",
};
static ROWS: Metric = Metric {
    name: "perf_db_rows",
    kind: Kind::Counter,
    unit: "",
    help: "Rows returned or changed.",
};
static FAILURES: Metric = Metric {
    name: "perf_db_failures",
    kind: Kind::Counter,
    unit: "",
    help: "Statements that failed, and those given up before they ended.",
};
static WAIT: Metric = Metric {
    name: "db_client_connection_wait_time_seconds",
    kind: Kind::Histogram,
    unit: "seconds",
    help: "How long callers waited for a connection of the pool.",
};
static USE: Metric = Metric {
    name: "db_client_connection_use_time_seconds",
    kind: Kind::Histogram,
    unit: "seconds",
    help: "How long callers held the connections that they have given back.",
};
static USED: Metric = Metric {
    name: "perf_db_connections_used",
    kind: Kind::Gauge,
    unit: "",
    help: "Connections in use at the last checkout.",
};
static MOST: Metric = Metric {
    name: "db_client_connection_max",
    kind: Kind::Gauge,
    unit: "",
    help: "Connections that the pool may hold.",
};
static POOL_FAILURES: Metric = Metric {
    name: "perf_db_connection_failures",
    kind: Kind::Counter,
    unit: "",
    help: "Checkouts that failed, time-outs among them, and those given up.",
};

pub(super) fn write_queries(text: &mut Text, queries: &[QueryStats]) {
    let all = AllSeries::new(queries, |query| {
        Labels::default()
            .and("db_query_summary", summary(&query.statement))
            .and("fingerprint", &query.fingerprint)
            .and("call_site", query.call_site)
    });
    text.family(&DURATION, |samples| {
        for query in all.iter() {
            let counts = query.counts(|query| &query.duration.cumulative);
            samples.histogram(query.labels(), &buckets::DATABASE, &counts, &[]);
        }
    });
    text.family(&ROWS, |samples| {
        for query in all.iter() {
            samples.number(query.labels(), None, query.sum(|query| query.rows));
        }
    });
    failures(text, &FAILURES, &all, |query| (query.errors, query.cancelled));
}

pub(super) fn write_pools(text: &mut Text, pools: &[PoolStats]) {
    let labels =
        |pool: &PoolStats| Labels::default().and("db_client_connection_pool_name", &pool.pool);
    let all = AllSeries::new(pools, labels);
    text.family(&WAIT, |samples| {
        for pool in all.iter() {
            let counts = pool.counts(|pool| &pool.wait.cumulative);
            samples.histogram(pool.labels(), &buckets::DATABASE, &counts, &[]);
        }
    });
    text.family(&USE, |samples| {
        for pool in all.iter() {
            let counts = pool.counts(|pool| &pool.hold.cumulative);
            samples.histogram(pool.labels(), &buckets::DATABASE, &counts, &[]);
        }
    });
    for (metric, of) in
        [(&USED, (|pool| pool.in_use) as fn(&PoolStats) -> u64), (&MOST, |pool| pool.max_size)]
    {
        text.family(metric, |samples| {
            for pool in all.iter() {
                samples.number(pool.labels(), None, pool.sum(of));
            }
        });
    }
    failures(text, &POOL_FAILURES, &all, |pool| (pool.errors, pool.cancelled));
}
