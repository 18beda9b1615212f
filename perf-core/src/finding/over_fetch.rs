use super::{Evidence, Finding, FindingKind, Impact, Remedy, Severity};
use crate::recorder::QueryStats;
use crate::time::Duration;
use crate::units::{bytes, percent};

/// A column may be read in one case of ten; after so many answers it is likely to have come up.
const ENOUGH_ANSWERS: u64 = 30;

/// Less fits into the packet that is sent anyway (1,448 bytes of payload on Ethernet).
const WORTH_BYTES: u64 = 1_024;

const WORTH_SHARE: f64 = 0.3;

/// Of a network of 1 Gbit/s. The server's reading and this process's decoding come on top, so the
/// impact is the least that it can be.
const BYTES_PER_SECOND: f64 = 125e6;

/// The finding about a call site that fetches columns and never reads them.
pub(crate) fn over_fetch(query: &QueryStats, observed: Duration, all: Duration) -> Option<Finding> {
    let columns = query.columns.as_ref()?;
    let share = columns.unread_bytes as f64 / columns.all_bytes.max(1) as f64;
    let is_known = columns.sampled_answers >= ENOUGH_ANSWERS;
    if !is_known || columns.unread_bytes < WORTH_BYTES || share < WORTH_SHARE {
        return None;
    }
    let wire = columns.unread_bytes as f64 * query.duration.count as f64 / BYTES_PER_SECOND;
    let impact = Impact::new(Duration::from_secs_f64(wire), observed, all);
    let kind = FindingKind::OverFetch;
    let place = query.call_site;
    Some(Finding {
        key: format!("{}:{}:{place}", kind.as_str(), query.fingerprint),
        kind,
        severity: Severity::of_share(impact.share),
        subject: query.statement.clone(),
        evidence: vec![
            Evidence::new("never read", columns.unread.join(", ")),
            Evidence::new("bytes of an answer never read", bytes(columns.unread_bytes)),
            Evidence::new("share of the answer", percent(share)),
            Evidence::new("answers looked at", columns.sampled_answers.to_string()),
        ],
        call_sites: vec![place],
        impact,
        remedy: Remedy {
            advice:
                "name the columns that are read in place of the others; the time above is that \
                     on a wire of 1 Gbit/s alone"
                    .to_owned(),
            code: None,
        },
    })
}
