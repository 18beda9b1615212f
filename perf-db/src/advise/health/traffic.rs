use perf_core::Finding;
use perf_core::finding::{FindingKind, Severity};
use perf_core::units;

use super::load::count;
use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// Pages that a database asked for, since the server counts.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Traffic {
    /// Pages found in the server's own cache.
    pub hits: u64,
    /// Pages read from the system, which may have had them in its own.
    pub reads: u64,
    /// The tables that were read the most, with their indexes.
    pub most_read: Vec<String>,
}

/// pghero's `cache_hit_rate_threshold`, and postgresqltuner's second step.
const GOOD_RATE: f64 = 0.99;
const BAD_RATE: f64 = 0.90;

/// Pages before the rate says anything: a new server has read everything once. Own choice.
const LEAST_PAGES: f64 = 100_000.0;

const TRAFFIC: &str = own!(
    "\
    select blks_hit, blks_read from pg_catalog.pg_stat_database where datname = current_database()"
);

const MOST_READ: &str = own!(
    "\
    select format('%I.%I', schemaname, relname) as name \
    from pg_catalog.pg_statio_user_tables \
    where coalesce(heap_blks_read, 0) + coalesce(idx_blks_read, 0) > 0 \
    order by coalesce(heap_blks_read, 0) + coalesce(idx_blks_read, 0) desc, name limit 3"
);

pub(super) async fn read(look: &Transaction) -> Result<Option<Traffic>, DbError> {
    let Some(row) = look.query_opt(TRAFFIC, &[]).await? else { return Ok(None) };
    let mut traffic = Traffic {
        hits: count(&row, "blks_hit")?,
        reads: count(&row, "blks_read")?,
        most_read: Vec::new(),
    };
    for row in look.query(MOST_READ, &[]).await? {
        traffic.most_read.push(row.try_get(0)?);
    }
    Ok(Some(traffic))
}

impl Traffic {
    pub(super) fn finding(&self, database: &str) -> Option<Finding> {
        let pages = self.hits as f64 + self.reads as f64;
        let rate = self.hits as f64 / pages.max(1.0);
        let severity = match rate {
            _ if pages < LEAST_PAGES => return None,
            rate if rate >= GOOD_RATE => return None,
            rate if rate >= BAD_RATE => Severity::Warning,
            _ => Severity::Critical,
        };
        let kind = FindingKind::BufferHitRate;
        let mut finding = Finding::new(kind, database, format!("the cache of database {database}"))
            .severity(severity)
            .evidence("found in the cache", format!("{:.1} %", rate * 100.0))
            .evidence("pages read", units::count(self.reads));
        if !self.most_read.is_empty() {
            finding = finding.evidence("most read", self.most_read.join(", "));
        }
        Some(finding.advice(
            "read fewer pages, by indexes for the statements on these tables, or raise shared_buffers",
        ))
    }
}
