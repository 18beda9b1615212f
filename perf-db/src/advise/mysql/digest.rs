use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use perf_core::Fingerprint;
use perf_core::sql::Dialect;
use perf_core::time::Duration;

use super::question::{Asker, Refusal, number, text};
use super::scope::Scope;
use crate::advise::Missing;
use crate::advise::statements::mean;

/// As many as the server keeps by itself (`performance_schema_digests_size`, MySQL manual 29.15).
const MOST: usize = 5_000;

/// Where a tenth of the time is not told apart, the rest says little.
const OVERFLOW_SHARE: f64 = 0.1;

/// A statement without its values, and what the server has counted of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Digest {
    /// The default schema of those who sent it; `None` where they had none.
    pub schema: Option<String>,
    /// The statement. The server keeps the first 1,024 bytes of it by default.
    pub fingerprint: Fingerprint,
    /// How often it was run.
    pub calls: u64,
    /// How long it ran in all.
    pub time: Duration,
    /// How long the longest run took.
    pub max: Duration,
    /// How often it failed.
    pub errors: u64,
    /// Warnings that it gave.
    pub warnings: u64,
    /// Rows that it returned.
    pub rows_sent: u64,
    /// Rows that it changed.
    pub rows_affected: u64,
    /// Rows that it looked at.
    pub rows_examined: u64,
    /// Temporary tables that the server made for it.
    pub temporary_tables: u64,
    /// How many of those it wrote to disk.
    pub disk_tables: u64,
    /// How often a sort did not fit into `sort_buffer_size` and was merged from disk.
    pub sort_passes: u64,
    /// How often a table was read without an index.
    pub without_index: u64,
    /// How often no index was good enough for a row of another table.
    pub without_good_index: u64,
}

/// What the statements of a report can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DigestOrder {
    /// Time in all.
    Time,
    /// Time of one run, on the average.
    Mean,
    /// Calls.
    Calls,
    /// Rows looked at.
    RowsExamined,
    /// Runs that read a table without a good index.
    FullScans,
    /// Temporary tables on disk.
    DiskTables,
    /// Sorts merged from disk.
    SortPasses,
    /// Failures.
    Errors,
}

impl Digest {
    /// How long one run takes on the average.
    pub fn mean(&self) -> Duration {
        mean(self.time, self.calls)
    }

    /// Runs that read a table without an index that is good for it.
    pub fn full_scans(&self) -> u64 {
        self.without_index.saturating_add(self.without_good_index).min(self.calls)
    }

    /// What names it in a key: the same on every server.
    pub(super) fn which(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{schema}.{}", self.fingerprint),
            None => self.fingerprint.to_string(),
        }
    }

    pub(super) fn weight(&self, order: DigestOrder) -> u128 {
        match order {
            DigestOrder::Time => self.time.as_nanos(),
            DigestOrder::Mean => self.mean().as_nanos(),
            DigestOrder::Calls => self.calls.into(),
            DigestOrder::RowsExamined => self.rows_examined.into(),
            DigestOrder::FullScans => self.full_scans().into(),
            DigestOrder::DiskTables => self.disk_tables.into(),
            DigestOrder::SortPasses => self.sort_passes.into(),
            DigestOrder::Errors => self.errors.into(),
        }
    }

    /// Two digests of the server that differ in what a fingerprint does not tell apart.
    fn add(&mut self, other: &Self) {
        self.time = self.time.saturating_add(other.time);
        self.max = self.max.max(other.max);
        let sums = [
            (&mut self.calls, other.calls),
            (&mut self.errors, other.errors),
            (&mut self.warnings, other.warnings),
            (&mut self.rows_sent, other.rows_sent),
            (&mut self.rows_affected, other.rows_affected),
            (&mut self.rows_examined, other.rows_examined),
            (&mut self.temporary_tables, other.temporary_tables),
            (&mut self.disk_tables, other.disk_tables),
            (&mut self.sort_passes, other.sort_passes),
            (&mut self.without_index, other.without_index),
            (&mut self.without_good_index, other.without_good_index),
        ];
        for (sum, more) in sums {
            *sum = sum.saturating_add(more);
        }
    }
}

/// The statements that were counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Digests {
    pub(super) list: Vec<Digest>,
    pub(super) observed: Duration,
    pub(super) time: Duration,
    /// The time of those that the server had no room to tell apart.
    overflow: Duration,
    /// Whether the server counts statements now.
    is_counting: bool,
}

impl Digests {
    pub(super) async fn load(asker: &mut Asker<'_>, scope: &Scope) -> Result<Self, Refusal> {
        let within = scope.of_digests();
        let totals = format!(
            "select cast(coalesce(sum(sum_timer_wait div 1000), 0) as unsigned), \
                    cast(coalesce(timestampdiff(microsecond, min(first_seen), now(6)), 0) as unsigned) \
             from performance_schema.events_statements_summary_by_digest \
             where digest is not null and {within}"
        );
        let total = asker.row(&totals, scope.parameters()).await?;
        let rest = "select cast(coalesce(sum(sum_timer_wait div 1000), 0) as unsigned) \
                    from performance_schema.events_statements_summary_by_digest \
                    where digest is null";
        let rest = asker.row(rest, Vec::new()).await?;
        let counting = "select count(*) from performance_schema.setup_consumers \
                        where name in ('statements_digest', 'global_instrumentation', \
                                       'thread_instrumentation') and enabled = 'YES'";
        let counting = asker.row(counting, Vec::new()).await?;
        let list = format!(
            "select schema_name, digest_text, count_star, sum_timer_wait div 1000, \
                    max_timer_wait div 1000, sum_errors, sum_warnings, sum_rows_sent, \
                    sum_rows_affected, sum_rows_examined, sum_created_tmp_tables, \
                    sum_created_tmp_disk_tables, sum_sort_merge_passes, sum_no_index_used, \
                    sum_no_good_index_used \
             from performance_schema.events_statements_summary_by_digest \
             where digest_text is not null and {within} \
             order by sum_timer_wait desc limit {MOST}"
        );
        let rows = asker.rows(&list, scope.parameters()).await?;
        let digests = rows.iter().map(|row| Digest {
            schema: text(row, 0),
            fingerprint: Fingerprint::of_dialect(Dialect::MySql, &text(row, 1).unwrap_or_default()),
            calls: number(row, 2),
            time: Duration::from_nanos(number(row, 3)),
            max: Duration::from_nanos(number(row, 4)),
            errors: number(row, 5),
            warnings: number(row, 6),
            rows_sent: number(row, 7),
            rows_affected: number(row, 8),
            rows_examined: number(row, 9),
            temporary_tables: number(row, 10),
            disk_tables: number(row, 11),
            sort_passes: number(row, 12),
            without_index: number(row, 13),
            without_good_index: number(row, 14),
        });
        Ok(Self {
            list: merged(digests),
            observed: Duration::from_micros(number(&total, 1)),
            time: Duration::from_nanos(number(&total, 0)),
            overflow: Duration::from_nanos(number(&rest, 0)),
            is_counting: number(&counting, 0) == 3,
        })
    }

    pub(super) fn missing(&self) -> Vec<Missing> {
        let mut missing = Vec::new();
        let known = self.time.as_secs_f64();
        let overflow = self.overflow.as_secs_f64();
        if overflow > OVERFLOW_SHARE * (known + overflow) {
            missing.push(
                Missing::new(
                    "statements that came late",
                    "the server had no room to tell all statements apart",
                )
                .remedy("performance_schema_digests_size = 20000  # below [mysqld] in my.cnf"),
            );
        }
        if !self.is_counting && !self.list.is_empty() {
            missing.push(Self::not_counting("new statements"));
        } else if !self.is_counting {
            missing.push(Self::not_counting("statements"));
        }
        missing
    }

    fn not_counting(what: &'static str) -> Missing {
        Missing::new(what, "the server does not count statements: a consumer is off").remedy(
            "update performance_schema.setup_consumers set enabled = 'YES' where name in \
             ('statements_digest', 'global_instrumentation', 'thread_instrumentation')",
        )
    }
}

/// With one for each schema and fingerprint, dearest first.
fn merged(digests: impl Iterator<Item = Digest>) -> Vec<Digest> {
    let mut places = HashMap::new();
    let mut merged: Vec<Digest> = Vec::new();
    for digest in digests {
        match places.entry((digest.schema.clone(), digest.fingerprint.id())) {
            Entry::Vacant(place) => {
                place.insert(merged.len());
                merged.push(digest);
            }
            Entry::Occupied(place) => merged[*place.get()].add(&digest),
        }
    }
    merged.sort_by_key(|digest| Reverse(digest.time));
    merged
}
