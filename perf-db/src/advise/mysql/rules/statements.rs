use perf_core::finding::{Impact, Severity};
use perf_core::time::Duration;
use perf_core::{Finding, FindingKind, units};

use crate::advise::mysql::digest::{Digest, Digests};

/// A statement this slow on the average is worth a look (pghero's default).
const SLOW_MEAN: Duration = Duration::from_millis(20);

/// Fewer calls say little about a statement (as in what a recorder finds).
const ENOUGH_CALLS: u64 = 20;

/// Or so much time in all.
const ENOUGH_TIME: Duration = Duration::from_secs(60);

/// A statement that takes this share of all time is heavy (pev2 turns yellow here).
const HEAVY_SHARE: f64 = 0.10;

/// A server that has done this little has no heavy statements.
const HEAVY_TIME: Duration = Duration::from_secs(1);

/// Rows looked at in one run, from which on an index is worth it (pg_qualstats' default).
const MANY_ROWS: u64 = 1_000;

/// Rows looked at for each that is returned or changed.
const ROWS_FOR_ONE: u64 = 100;

/// The share of runs that makes something a habit of the statement.
const OFTEN: f64 = 0.10;

pub(super) fn findings(digests: &Digests) -> Vec<Finding> {
    let worth = digests.list.iter().filter(|digest| {
        // What asks the server about itself is slow by its nature, and nobody can give it an index.
        let text = digest.fingerprint.text();
        (digest.calls >= ENOUGH_CALLS || digest.time >= ENOUGH_TIME)
            && !["show", "explain"].iter().any(|word| text.starts_with(word))
    });
    let all = worth.flat_map(|digest| {
        let is_slow = slow_query(digest, digests);
        let scan = full_scan(digest, digests);
        let heavy = if is_slow.is_none() { heavy_statement(digest, digests) } else { None };
        let examined = if scan.is_none() { rows_examined(digest, digests) } else { None };
        [is_slow, heavy, scan, examined, temporary_files(digest, digests)]
    });
    all.flatten().collect()
}

fn slow_query(digest: &Digest, digests: &Digests) -> Option<Finding> {
    (digest.mean() >= SLOW_MEAN).then(|| {
        finding(FindingKind::SlowQuery, digest, digests)
            .evidence("longest", units::duration(digest.max))
            .evidence("rows per call", per_call(digest.rows_sent + digest.rows_affected, digest))
            .advice(
                "look at its plan: explain shows a table that is read whole, or rows that are \
                 read and thrown away",
            )
    })
}

fn heavy_statement(digest: &Digest, digests: &Digests) -> Option<Finding> {
    let impact = impact(digest, digests);
    (impact.share >= HEAVY_SHARE && digest.time >= HEAVY_TIME).then(|| {
        finding(FindingKind::HeavyStatement, digest, digests).advice(
            "it is quick and sent often: send it less, by a cache, a join or one statement for \
             many values",
        )
    })
}

fn full_scan(digest: &Digest, digests: &Digests) -> Option<Finding> {
    let often = digest.full_scans() as f64 >= OFTEN * digest.calls as f64;
    let many = digest.rows_examined / digest.calls.max(1) >= MANY_ROWS;
    (often && many).then(|| {
        let reason = match digest.without_index >= digest.without_good_index {
            true => {
                "give the columns of its conditions an index: explain names the table that is \
                     read whole (type ALL)"
            }
            false => {
                "give the columns that it joins by an index: none is good for each row of the \
                      other table (Range checked for each record)"
            }
        };
        finding(FindingKind::FullScan, digest, digests)
            .evidence("runs without a good index", share(digest.full_scans(), digest.calls))
            .evidence("rows examined per call", per_call(digest.rows_examined, digest))
            .evidence("rows per call", per_call(digest.rows_sent + digest.rows_affected, digest))
            .advice(reason)
    })
}

fn rows_examined(digest: &Digest, digests: &Digests) -> Option<Finding> {
    let wanted = (digest.rows_sent.saturating_add(digest.rows_affected)).max(digest.calls);
    let many = digest.rows_examined / digest.calls.max(1) >= MANY_ROWS;
    (many && digest.rows_examined / wanted.max(1) >= ROWS_FOR_ONE).then(|| {
        finding(FindingKind::RowsExamined, digest, digests)
            .evidence("rows examined per call", per_call(digest.rows_examined, digest))
            .evidence("rows per call", per_call(digest.rows_sent + digest.rows_affected, digest))
            .advice(
                "its index finds many more rows than it needs: give it one with all columns of its \
                 conditions, those compared by = first; where it adds rows up, keep the sums in a \
                 table of their own",
            )
    })
}

fn temporary_files(digest: &Digest, digests: &Digests) -> Option<Finding> {
    let tables = digest.disk_tables as f64 >= OFTEN * digest.calls as f64 && digest.disk_tables > 0;
    let sorts = digest.sort_passes as f64 >= OFTEN * digest.calls as f64 && digest.sort_passes > 0;
    (tables || sorts).then(|| {
        let advice = match tables {
            true => {
                "it makes temporary tables on disk: sort and group by fewer and shorter \
                     columns, leave text and blob columns out, or give it an index in that order; \
                     then look at tmp_table_size"
            }
            false => {
                "it sorts on disk: sort fewer rows and columns, give it an index in that \
                      order, or set sort_buffer_size higher for its session"
            }
        };
        finding(FindingKind::TemporaryFiles, digest, digests)
            .evidence("temporary tables on disk", units::count(digest.disk_tables))
            .evidence("temporary tables", units::count(digest.temporary_tables))
            .evidence("sorts merged from disk", units::count(digest.sort_passes))
            .advice(advice)
    })
}

fn finding(kind: FindingKind, digest: &Digest, digests: &Digests) -> Finding {
    let impact = impact(digest, digests);
    let found = Finding::new(kind, digest.which(), digest.fingerprint.text())
        .severity(Severity::of_share(impact.share))
        .impact(impact)
        .evidence("mean", units::duration(digest.mean()))
        .evidence("calls", units::count(digest.calls))
        .evidence("share of all time", units::percent(impact.share));
    match &digest.schema {
        Some(schema) => found.evidence("database", schema),
        None => found,
    }
}

fn impact(digest: &Digest, digests: &Digests) -> Impact {
    Impact::new(digest.time, digests.observed, digests.time)
}

fn per_call(count: u64, digest: &Digest) -> String {
    format!("{:.1}", count as f64 / digest.calls.max(1) as f64)
}

fn share(part: u64, whole: u64) -> String {
    units::percent(part as f64 / whole.max(1) as f64)
}
