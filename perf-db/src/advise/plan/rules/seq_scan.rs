use perf_core::finding::{Finding, FindingKind, Severity};
use perf_core::units;

use super::Context;
use super::found::{With, of, own_share};
use super::table::NodeTable;
use crate::advise::plan::show::count;
use crate::advise::plan::{NodeId, NodeKind, Plan};

/// From pgReviewer: rows read from which a sequential scan is a warning.
pub(super) const MANY_ROWS: f64 = 10_000.0;

/// From pgReviewer: rows read from which it is critical.
pub(super) const VERY_MANY_ROWS: f64 = 1_000_000.0;

/// From pev2: the share of rows thrown away that it marks red.
pub(super) const MOST_REMOVED: f64 = 0.90;

/// From RegreSQL: of a table as small as that, an index would be no quicker.
const SMALL_COST: f64 = 10.0;
const SMALL_PAGES: u64 = 10;

/// A large table that is read from end to end for few of its rows.
pub(super) fn rule(plan: &Plan, id: NodeId, context: &Context<'_>) -> Option<Finding> {
    let node = plan.node(id);
    let filter = node.conditions.filter.as_ref()?;
    if node.kind != NodeKind::SeqScan || node.estimate.total_cost < SMALL_COST {
        return None;
    }
    if node.buffers.as_ref().is_some_and(|buffers| buffers.asked() < SMALL_PAGES) {
        return None;
    }
    let table = NodeTable::of(node, context)?;
    let (read, removed) = match plan.rows_read(id) {
        Some(read) => (read, plan.rows_removed(id)?),
        // Of one loop and one worker, which is less than all.
        None => {
            let rows = table.rows()?;
            (rows, rows - node.estimate.rows)
        }
    };
    let removed_share = of(removed, read);
    if read < MANY_ROWS || removed_share < MOST_REMOVED {
        return None;
    }
    let share = plan.share(id);
    let finding = context
        .found(FindingKind::SeqScan, table.name(), plan, (id, share * removed_share))
        .evidence("rows read", count(read))
        .evidence("thrown away", units::percent(removed_share))
        .with(own_share(plan, id))
        .with_condition("filter", Some(filter))
        .advice(
            "create an index on the columns of this filter, so that the other rows need not be \
             read; where a missing_index finding names one, it is proven",
        );
    // By the rows alone; but where the time is known, what takes little of it is no more than worth
    // knowing.
    let by_rows = if read >= VERY_MANY_ROWS { Severity::Critical } else { Severity::Warning };
    Some(match plan.time_share(id) {
        Some(share) if share < 0.10 => finding,
        _ => finding.at_least(by_rows),
    })
}
