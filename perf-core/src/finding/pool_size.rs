use super::{Evidence, Finding, FindingKind, Impact, Remedy, Severity};
use crate::recorder::PoolStats;
use crate::units::percent;

/// The shares of open connections at which check_postgres warns and calls it critical (its action
/// `backends`).
const NEARLY_ALL: f64 = 0.90;
const ALMOST_NONE_LEFT: f64 = 0.95;

/// The finding about pools that together may ask for more connections than their server has, or a
/// server that has hardly any left. Who comes too late is refused, with code 53300.
pub(crate) fn pool_size(pool: &PoolStats) -> Option<Finding> {
    let connections = pool.connections?;
    let usable = connections.usable();
    let wanted = connections.instances.saturating_mul(pool.max_size);
    let share = connections.open as f64 / usable.max(1) as f64;
    if wanted <= usable && share < NEARLY_ALL {
        return None;
    }
    let each = (usable / connections.instances.max(1)).max(1);
    let advice = if wanted > usable {
        format!(
            "lower max_size to {each} or less in each instance, raise max_connections of the server, \
             or let pgbouncer share its connections out"
        )
    } else {
        "find who else has connections open (pg_stat_activity), raise max_connections of the \
         server, or let pgbouncer share its connections out"
            .to_owned()
    };
    let kind = FindingKind::PoolSize;
    Some(Finding {
        key: format!("{}:{}", kind.as_str(), pool.pool),
        kind,
        severity: match share {
            share if share >= ALMOST_NONE_LEFT => Severity::Critical,
            _ => Severity::Warning,
        },
        subject: format!("pool {}", pool.pool),
        evidence: vec![
            Evidence::new("max size", pool.max_size.to_string()),
            Evidence::new("instances", connections.instances.to_string()),
            Evidence::new("connections of the server", usable.to_string()),
            Evidence::new("of them open", percent(share)),
        ],
        call_sites: Vec::new(),
        // It costs nothing until it costs everything.
        impact: Impact::default(),
        remedy: Remedy { advice, code: None },
    })
}
