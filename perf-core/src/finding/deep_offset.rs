use super::{Evidence, Finding, FindingKind, Impact, Remedy, Severity};
use crate::recorder::QueryStats;
use crate::time::Duration;
use crate::units::percent;

/// To skip fewer rows than this costs a server less than the way there and back: about 0.1 µs a
/// row in memory.
const DEEP_ROWS: u64 = 1_000;

/// Where most rows are read to be shown, another way to page gains little.
const WORTH_SKIPS_PER_ROW: u64 = 10;

/// The finding about pages whose server spends its time on the rows in front of them.
pub(crate) fn deep_offset(
    query: &QueryStats,
    observed: Duration,
    all: Duration,
) -> Option<Finding> {
    let skipped = query.skipped?;
    if skipped.deepest < DEEP_ROWS || skipped.rows < WORTH_SKIPS_PER_ROW * query.rows {
        return None;
    }
    let of_read = skipped.rows as f64 / skipped.rows.saturating_add(query.rows) as f64;
    let impact = Impact::new(query.duration.total().mul_f64(of_read), observed, all);
    let kind = FindingKind::DeepOffset;
    let place = query.call_site;
    Some(Finding {
        key: format!("{}:{}:{place}", kind.as_str(), query.fingerprint),
        kind,
        severity: Severity::of_share(impact.share),
        subject: query.statement.clone(),
        evidence: vec![
            Evidence::new("rows skipped", skipped.rows.to_string()),
            Evidence::new("rows returned", query.rows.to_string()),
            Evidence::new("rows read for nothing", percent(of_read)),
            Evidence::new("deepest offset", skipped.deepest.to_string()),
        ],
        call_sites: vec![place],
        impact,
        remedy: Remedy {
            advice: "go from page to page by a Keyset of perf-db, which begins where the page \
                     before ended; or let nobody ask for pages as deep as that"
                .to_owned(),
            code: Some("Keyset::new(select, order).page(&db, parameters, cursor, size)".to_owned()),
        },
    })
}
