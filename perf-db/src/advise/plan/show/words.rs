//! What is said of a plan and of each of its nodes, wherever it is shown.

use std::fmt::Write;

use perf_core::units;

use super::label::plain;
use crate::advise::plan::{Misestimate, Node, NodeId, Plan};

/// A factor from which an estimate is worth a word: the first step of pev2.
const WORTH_A_WORD: f64 = 10.0;

/// Keys that are shown of a sort or a group.
const MOST_KEYS: usize = 16;

/// How long the statement took, or what it would cost.
pub(super) fn head(plan: &Plan) -> String {
    let summary = plan.summary();
    let mut head = match plan.execution_time() {
        Some(time) => units::duration(time),
        None => format!("cost {}, not run", count(plan.root().estimate.total_cost)),
    };
    for (what, time) in
        [("planned", summary.planning_time), ("compiled", summary.jit.and_then(|jit| jit.time))]
    {
        if let Some(time) = time {
            // A `String` takes all that is written to it.
            let _ = write!(head, ", {what} in {}", units::duration(time));
        }
    }
    head
}

/// What [`own`] and the shares are of.
pub(super) fn measure(plan: &Plan) -> &'static str {
    if plan.execution_time().is_some() { "time" } else { "cost" }
}

/// A node's own time or cost.
pub(super) fn own(plan: &Plan, id: NodeId) -> String {
    match plan.exclusive_time(id) {
        _ if plan.node(id).is_never_executed() => "never run".to_owned(),
        Some(time) => units::duration(time),
        None => count(plan.exclusive_cost(id)),
    }
}

/// A node's name, with that of the subplan that it begins.
pub(super) fn name(plan: &Plan, id: NodeId) -> String {
    match &plan.node(id).subplan {
        Some(subplan) => format!("{}: {}", plain(subplan), plan.label(id)),
        None => plan.label(id),
    }
}

/// How many rows it gave, and how wrong the planner was; empty for one that was never run.
pub(super) fn rows(plan: &Plan, id: NodeId) -> String {
    let node = plan.node(id);
    let (Some(rows), Some(actual)) = (plan.rows(id), node.actual) else {
        return format!("{} rows expected", count(node.estimate.rows));
    };
    if node.is_never_executed() {
        return String::new();
    }
    let mut text = format!("{} rows", count(rows));
    if actual.loops > 1.0 {
        let _ = write!(text, " in {} loops", count(actual.loops));
    }
    match plan.misestimate(id) {
        Some(Misestimate { factor, is_too_low }) if factor >= WORTH_A_WORD => {
            let which = if is_too_low { "more" } else { "fewer" };
            let _ = write!(text, ", {} times {which} than expected", count(factor));
        }
        _ => (),
    }
    text
}

/// What else there is to say of a node.
pub(super) fn details(node: &Node) -> Vec<(&'static str, String)> {
    let conditions = &node.conditions;
    let texts = [
        ("Index Cond", &conditions.index),
        ("Recheck Cond", &conditions.recheck),
        ("Hash Cond", &conditions.hash),
        ("Merge Cond", &conditions.merge),
        ("Join Filter", &conditions.join_filter),
        ("One-Time Filter", &conditions.one_time_filter),
        ("Filter", &conditions.filter),
        ("Order By", &conditions.order_by),
    ];
    let mut details: Vec<_> = texts
        .into_iter()
        .filter_map(|(label, text)| text.as_ref().map(|text| (label, plain(&text.text()))))
        .collect();
    for (label, keys) in [("Sort Key", &conditions.sort_key), ("Group Key", &conditions.group_key)]
    {
        if !keys.is_empty() {
            let keys: Vec<String> = keys.iter().take(MOST_KEYS).map(|key| key.text()).collect();
            details.push((label, plain(&keys.join(", "))));
        }
    }
    let removed = node.removed;
    for (label, rows) in [
        ("Rows removed by filter, a loop", removed.by_filter),
        ("Rows removed by join filter, a loop", removed.by_join_filter),
        ("Rows removed by recheck, a loop", removed.by_recheck),
        ("Heap fetches", node.heap_fetches),
    ] {
        if let Some(rows) = rows.filter(|rows| *rows > 0.0) {
            details.push((label, count(rows)));
        }
    }
    memory(node, &mut details);
    details
}

fn memory(node: &Node, details: &mut Vec<(&'static str, String)>) {
    if let Some(sort) = &node.sort {
        let place = if sort.is_on_disk { "on disk" } else { "in memory" };
        let size = units::bytes(sort.space_bytes);
        details.push(("Sort", format!("{}, {size} {place}", plain(&sort.method))));
    }
    if let Some(hash) = node.hash.filter(|hash| hash.batches > 1 || hash.disk_bytes > Some(0)) {
        let batches = format!("{} batches, {}", hash.batches, units::bytes(hash.memory_bytes));
        details.push(("Hash", batches));
    }
    if node.heap_blocks.lossy > 0 {
        let blocks = node.heap_blocks;
        details.push(("Heap blocks", format!("{} exact, {} lossy", blocks.exact, blocks.lossy)));
    }
    if let Some(workers) = node.workers {
        let launched =
            workers.launched.map_or(String::new(), |there| format!(", {there} launched"));
        details.push(("Workers", format!("{} planned{launched}", workers.planned)));
    }
}

/// A number of rows, with its fraction where it is small.
pub(in crate::advise::plan) fn count(rows: f64) -> String {
    match rows {
        rows if rows > 0.0 && rows < 10.0 && rows.fract() != 0.0 => format!("{rows:.1}"),
        rows => units::count(rows.round() as u64),
    }
}
