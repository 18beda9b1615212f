use perf_core::finding::{Finding, FindingKind, Severity};

use super::Context;
use super::found::With;
use super::misestimate_cause::Cause;
use super::table::NodeTable;
use crate::advise::plan::show::count;
use crate::advise::plan::{Misestimate, Node, NodeId, NodeKind, Plan, Relationship};

/// From pev2: by what factor an estimate is wrong, badly wrong and hopelessly wrong.
const WRONG: f64 = 10.0;
const BADLY_WRONG: f64 = 100.0;
const HOPELESSLY_WRONG: f64 = 1_000.0;

/// Of fewer rows than this, on the larger side of the error, no plan would be another one.
const WORTH_ANOTHER_PLAN: f64 = 1_000.0;

/// A plan made for a number of rows that is far from the true one. Known of plans that were run
/// only, and told of the lowest node, where the error begins. Whatever time the node takes: others
/// pay for it.
pub(super) fn rule(plan: &Plan, id: NodeId, context: &Context<'_>) -> Option<Finding> {
    let node = plan.node(id);
    let wrong = plan.misestimate(id).filter(|wrong| wrong.factor >= WRONG)?;
    let rows = plan.rows(id)?;
    let expected = node.estimate.rows * node.actual?.loops;
    if rows.max(expected) < WORTH_ANOTHER_PLAN || !can_be_mended(node) {
        return None;
    }
    let comes_from_below = plan
        .children(id)
        .any(|(below, child)| gives_rows(child) && is_same(plan.misestimate(below), wrong));
    if comes_from_below {
        return None;
    }
    let table = NodeTable::of(node, context);
    let which = match &table {
        Some(table) => table.name(),
        None if node.kind == NodeKind::Aggregate => "group".to_owned(),
        None => "join".to_owned(),
    };
    let conditions = &node.conditions;
    let cause = Cause::of(node, table);
    // The statement's whole time hangs on its plan, but no one can say how much of it.
    let share = 0.0;
    let severity = match (context.matters(plan), wrong.factor) {
        (false, _) => Severity::Info,
        (true, factor) if factor >= HOPELESSLY_WRONG => Severity::Critical,
        (true, factor) if factor >= BADLY_WRONG => Severity::Warning,
        (true, _) => Severity::Info,
    };
    let which_way = if wrong.is_too_low { "more" } else { "fewer" };
    let finding = context
        .found(FindingKind::RowMisestimate, which, plan, (id, share))
        .at_least(severity)
        .evidence("rows expected", count(expected))
        .evidence("rows", count(rows))
        .evidence("factor", format!("{} times {which_way}", count(wrong.factor)))
        .with_condition("looked up", conditions.index.as_ref().or(conditions.recheck.as_ref()))
        .with_condition("filter", conditions.filter.as_ref())
        .with_condition("joined by", conditions.hash.as_ref().or(conditions.merge.as_ref()));
    Some(cause.advised(finding))
}

/// Whether the rows of its parent come of its own: a bitmap's are places, which the parent answers for.
fn gives_rows(child: &Node) -> bool {
    let is_bitmap =
        matches!(child.kind, NodeKind::BitmapIndexScan | NodeKind::BitmapAnd | NodeKind::BitmapOr);
    !is_bitmap && child.relationship != Relationship::InitPlan
}

fn is_same(below: Option<Misestimate>, wrong: Misestimate) -> bool {
    below.is_some_and(|it| it.is_too_low == wrong.is_too_low && it.factor >= WRONG)
}

/// Whether the planner looked at statistics for it, and did not guess for lack of any.
fn can_be_mended(node: &Node) -> bool {
    let is_join =
        matches!(node.kind, NodeKind::HashJoin | NodeKind::MergeJoin | NodeKind::NestedLoop);
    let is_scan = node.kind.is_table_scan() && node.relation.is_some();
    is_join
        || is_scan
        || (node.kind == NodeKind::Aggregate && !node.conditions.group_key.is_empty())
}
