use perf_core::finding::{Finding, FindingKind, Severity};
use perf_core::units;

use super::Context;
use super::found::{With, of, own_share};
use super::table::NodeTable;
use crate::advise::plan::show::count;
use crate::advise::plan::{NodeId, NodeKind, Plan};

/// From pev2: shares of rows fetched from the table that it marks orange and red.
const MANY: f64 = 0.40;
const MOST: f64 = 0.90;

/// Fewer fetches than this cost less than a vacuum.
const WORTH_A_VACUUM: f64 = 1_000.0;

/// An index-only scan that looks rows up in the table, because the server does not know that all see
/// them. Known of plans that were run only.
pub(super) fn rule(plan: &Plan, id: NodeId, context: &Context<'_>) -> Option<Finding> {
    let node = plan.node(id);
    let fetches = node.heap_fetches.filter(|_| node.kind == NodeKind::IndexOnlyScan)?;
    let fetched = of(fetches, plan.rows_read(id)?.max(fetches));
    if fetches < WORTH_A_VACUUM || fetched < MANY {
        return None;
    }
    let table = NodeTable::of(node, context)?;
    let index = node.index.as_deref().unwrap_or_default();
    let which = format!("{}:{index}", table.name());
    let share = plan.share(id) * fetched;
    let finding = context
        .found(FindingKind::HeapFetches, which, plan, (id, share))
        .evidence("rows fetched from the table", count(fetches))
        .evidence("of the rows read", units::percent(fetched))
        .with(own_share(plan, id))
        .advice(
            "vacuum the table, and have autovacuum do it sooner where it is written often \
             (autovacuum_vacuum_insert_scale_factor, autovacuum_vacuum_scale_factor)",
        )
        .code(format!("vacuum {}", table.written()));
    Some(match fetched >= MOST && plan.share(id) >= 0.10 {
        true => finding.at_least(Severity::Warning),
        false => finding,
    })
}
