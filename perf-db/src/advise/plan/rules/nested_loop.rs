use perf_core::finding::{Finding, FindingKind, Severity};
use perf_core::units;

use super::Context;
use super::found::With;
use super::seq_scan::VERY_MANY_ROWS;
use super::table::NodeTable;
use crate::advise::plan::show::count;
use crate::advise::plan::{NodeId, NodeKind, Plan};

/// From pgReviewer: rounds from which a nested loop is worth a look.
const MANY_ROUNDS: f64 = 1_000.0;

/// Rows that a round may read for nothing: an index descends past about as many.
const FEW_ROWS: f64 = 10.0;

/// Factor from which the number of rounds came as a surprise: the first step of pev2.
const SURPRISE: f64 = 10.0;

/// A nested loop whose inner side reads many rows in each of many rounds.
pub(super) fn rule(plan: &Plan, id: NodeId, context: &Context<'_>) -> Option<Finding> {
    let node = plan.node(id);
    if node.kind != NodeKind::NestedLoop {
        return None;
    }
    let (outer, inner) = (plan.outer(id)?, plan.inner(id)?);
    let scan = scan(plan, inner);
    // What makes rows of a row has nothing to look them up in.
    if matches!(
        plan.node(scan).kind,
        NodeKind::FunctionScan
            | NodeKind::TableFunctionScan
            | NodeKind::ValuesScan
            | NodeKind::ProjectSet
    ) {
        return None;
    }
    let rounds = match plan.node(inner).actual {
        Some(actual) => actual.loops,
        None => plan.node(outer).estimate.rows,
    };
    let rows = rows_of_a_round(plan, id, inner, scan, context)?;
    let all = rounds * rows;
    let is_by_index = plan.node(scan).conditions.index.is_some();
    // By an index it is many only where another way to join would have read the table once.
    let enough = if is_by_index { VERY_MANY_ROWS } else { MANY_ROUNDS * FEW_ROWS };
    if rounds < MANY_ROUNDS || rows < FEW_ROWS || all < enough {
        return None;
    }
    let table = NodeTable::of(plan.node(scan), context);
    let which = match &table {
        Some(table) => table.name(),
        None => plan.node(scan).kind.to_string(),
    };
    let below = match plan.is_analyzed() {
        true => plan.total_time_share(inner).unwrap_or(0.0),
        false => plan.share(inner) + if scan == inner { 0.0 } else { plan.share(scan) },
    };
    let share = (below + plan.share(id)).min(1.0);
    let mut finding = context
        .found(FindingKind::NestedLoop, which, plan, (id, share))
        .evidence("rounds", count(rounds))
        .evidence("rows looked at in each", count(rows))
        .evidence("inner side", plan.label(scan))
        .evidence("share", format!("{} of the statement", units::percent(share)))
        .with_condition("join filter", node.conditions.join_filter.as_ref());
    let surprise = plan.misestimate(outer).filter(|it| it.is_too_low && it.factor >= SURPRISE);
    if let Some(surprise) = surprise {
        let factor = count(surprise.factor);
        finding = finding.evidence("rounds expected", format!("{factor} times fewer"));
    }
    let finding = match (is_by_index, surprise) {
        (_, Some(_)) => finding.advice(
            "mend the estimate of the outer side (see row_misestimate): with the true number of \
             rows the planner would join by a hash",
        ),
        (false, None) => finding.advice(
            "create an index on the columns that the inner side is joined by, or join by an \
             equality, which can be hashed",
        ),
        (true, None) => finding.advice(
            "join fewer rows: filter the outer side first, or give the index of the inner side the \
             columns of its filter too",
        ),
    };
    let time_is_small = plan.is_analyzed() && share < 0.10;
    Some(match all >= VERY_MANY_ROWS && !is_by_index {
        _ if time_is_small => finding,
        true => finding.at_least(Severity::Warning),
        false => finding,
    })
}

/// What the inner side reads: past nodes that only keep or pass on its rows.
fn scan(plan: &Plan, inner: NodeId) -> NodeId {
    const MOST: usize = 8;
    let below = |id: &NodeId| {
        let passes_on = matches!(
            plan.node(*id).kind,
            NodeKind::Materialize
                | NodeKind::Memoize
                | NodeKind::SubqueryScan
                | NodeKind::Gather
                | NodeKind::Result
                | NodeKind::Limit
        );
        if passes_on { plan.outer(*id) } else { None }
    };
    std::iter::successors(Some(inner), below).take(MOST).last().unwrap_or(inner)
}

/// Rows that one round looks at: those that were read, or read again from memory.
fn rows_of_a_round(
    plan: &Plan,
    id: NodeId,
    inner: NodeId,
    scan: NodeId,
    context: &Context<'_>,
) -> Option<f64> {
    let node = plan.node(scan);
    if let (Some(actual), Some(side)) = (node.actual, plan.node(inner).actual) {
        let removed = node.removed.by_filter.unwrap_or(0.0);
        // What is kept is read once, and looked at in each round.
        let thrown_away = if actual.loops < side.loops { 0.0 } else { removed };
        let join = plan.node(id);
        let loops = join.actual.map_or(0.0, |actual| actual.loops);
        let by_join = join.removed.by_join_filter.unwrap_or(0.0) * loops / side.loops.max(1.0);
        return Some((side.rows + thrown_away).max(by_join));
    }
    let table = NodeTable::of(node, context);
    let is_whole = node.kind == NodeKind::SeqScan && scan == inner;
    let of_table = table.filter(|_| is_whole).and_then(|table| table.rows());
    Some(of_table.unwrap_or(plan.node(inner).estimate.rows))
}
