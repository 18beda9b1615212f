use super::{Evidence, Finding, FindingKind, Impact, Remedy, Severity};
use crate::recorder::QueryStats;
use crate::time::Duration;
use crate::units::duration;

/// A statement this slow on the average is worth a look (pghero's default).
const SLOW_MEAN: Duration = Duration::from_millis(20);

/// Fewer calls say little about the average.
const ENOUGH_CALLS: u64 = 20;

/// The finding about a statement that is slow by itself.
pub(crate) fn slow_query(query: &QueryStats, observed: Duration, all: Duration) -> Option<Finding> {
    let time = query.duration;
    if time.count < ENOUGH_CALLS || time.mean < SLOW_MEAN {
        return None;
    }
    let impact = Impact::new(time.total(), observed, all);
    let rows = query.rows as f64 / time.count as f64;
    let kind = FindingKind::SlowQuery;
    Some(Finding {
        key: format!("{}:{}", kind.as_str(), query.fingerprint),
        kind,
        severity: Severity::of_share(impact.share),
        subject: query.statement.clone(),
        evidence: vec![
            Evidence::new("mean", duration(time.mean)),
            Evidence::new("p95", duration(time.p95)),
            Evidence::new("calls", time.count.to_string()),
            Evidence::new("rows per call", format!("{rows:.1}")),
        ],
        call_sites: vec![query.call_site],
        impact,
        remedy: Remedy {
            advice: "look at its plan: explain (analyze, buffers) shows a scan that an index \
                     would spare, or rows that are read and thrown away"
                .to_owned(),
            code: None,
        },
    })
}
