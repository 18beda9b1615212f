//! Takes the time of InitPlans and `with` queries from the nodes that they run within.

use std::collections::HashMap;

use super::NodeKind;
use super::node::{Node, NodeId};
use super::time::NodeTime;

/// Nodes that are looked at for one InitPlan: a bound, so that many of them stay linear.
const MOST_CANDIDATES: usize = 64;

/// Times have thousandths of a millisecond, and averages of them were multiplied.
const ROUNDING: f64 = 0.98;

pub(super) fn charge(nodes: &[Node], times: &mut [NodeTime]) {
    if !nodes.iter().any(Node::is_init_plan) {
        return;
    }
    let scans = cte_scans(nodes);
    let mentions = mentions(nodes);
    for (place, node) in nodes.iter().enumerate().filter(|(_, node)| node.is_init_plan()) {
        let total = times[place].total;
        match node.computes_cte() {
            Some(name) => {
                let scans = scans.get(name).map_or(&[][..], Vec::as_slice);
                // What the scans had no time for is the end of its workers, whom the node waits for
                // that it is listed below. But one that changes rows is run to its end after all
                // others, and within none.
                let last = node.parent.filter(|_| node.kind != NodeKind::ModifyTable);
                take_from_all(scans, last, total, times);
            }
            None => take_from_one(place, total, nodes, &mentions, times),
        }
    }
}

/// From the scans of a `with` query: the one that asks for a row first waits for it, so that those
/// with the most time of their own pay first.
fn take_from_all(scans: &[NodeId], last: Option<NodeId>, total: f64, times: &mut [NodeTime]) {
    let mut payers = scans.to_vec();
    payers.sort_by(|a, b| times[b.0].exclusive.total_cmp(&times[a.0].exclusive));
    let mut left = total;
    for NodeId(payer) in payers.into_iter().chain(last) {
        let paid = times[payer].exclusive.max(0.0).min(left);
        times[payer].exclusive -= paid;
        left -= paid;
    }
}

/// From the node that asks for an InitPlan: the first that names it and was busy for long enough.
/// Without `verbose` that may be one that does not say so.
fn take_from_one(
    place: usize,
    total: f64,
    nodes: &[Node],
    mentions: &HashMap<&str, Vec<NodeId>>,
    times: &mut [NodeTime],
) {
    let Some(owner) = nodes[place].parent else { return };
    let name = nodes[place].subplan.as_deref().unwrap_or_default();
    let named = results(name).filter_map(|result| mentions.get(result)).flatten();
    // Before workers start, their leader computes what they will ask for.
    let named = named.map(|id| times[id.0].gather.filter(|gather| *gather >= owner).unwrap_or(*id));
    let named: Vec<NodeId> = named.take(MOST_CANDIDATES).collect();
    let below = std::iter::successors(Some(owner), |id| busiest(*id, nodes, times));
    let candidates: Vec<NodeId> = named.into_iter().chain(below.take(MOST_CANDIDATES)).collect();
    let can_pay = |id: &&NodeId| times[id.0].exclusive >= total * ROUNDING;
    let by_time = |a: &&NodeId, b: &&NodeId| times[a.0].exclusive.total_cmp(&times[b.0].exclusive);
    let payer = candidates.iter().find(can_pay).or_else(|| candidates.iter().max_by(by_time));
    if let Some(NodeId(payer)) = payer {
        times[*payer].exclusive -= total;
    }
}

/// The child within whose time something was computed that its parent had no time for.
fn busiest(id: NodeId, nodes: &[Node], times: &[NodeTime]) -> Option<NodeId> {
    let children = nodes[id.0].children.iter().take(MOST_CANDIDATES);
    let children = children.filter(|child| !nodes[child.0].is_init_plan());
    children.max_by(|a, b| times[a.0].total.total_cmp(&times[b.0].total)).copied()
}

fn cte_scans(nodes: &[Node]) -> HashMap<&str, Vec<NodeId>> {
    let mut scans: HashMap<&str, Vec<NodeId>> = HashMap::new();
    for (place, node) in nodes.iter().enumerate() {
        // A recursive query reads its own last round by its name too.
        if let (NodeKind::CteScan, Some(name)) = (&node.kind, &node.cte) {
            scans.entry(name).or_default().push(NodeId(place));
        }
    }
    scans
}

/// By what name other nodes ask for an InitPlan: `$0` and `$1` for `InitPlan 1 (returns $0,$1)`;
/// from PostgreSQL 17 on `InitPlan 1`.
fn results(name: &str) -> impl Iterator<Item = &str> {
    let returns = name.split_once("(returns ").map(|(_, returns)| returns.trim_end_matches(')'));
    let whole = returns.is_none().then_some(name);
    returns.into_iter().flat_map(|returns| returns.split(',')).chain(whole)
}

/// Which nodes ask for which InitPlan.
fn mentions(nodes: &[Node]) -> HashMap<&str, Vec<NodeId>> {
    let mut mentions: HashMap<&str, Vec<NodeId>> = HashMap::new();
    for (place, node) in nodes.iter().enumerate() {
        for text in node.conditions.all().map(|condition| condition.raw()) {
            for name in names(text) {
                let nodes = mentions.entry(name).or_default();
                if nodes.last() != Some(&NodeId(place)) {
                    nodes.push(NodeId(place));
                }
            }
        }
    }
    mentions
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    let parameters = text.match_indices('$').map(|(at, _)| {
        let digits = text[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        &text[at..at + 1 + digits]
    });
    let plans = text.match_indices("(InitPlan ").map(|(at, _)| {
        let name = &text[at + 1..];
        name.split(')').next().unwrap_or(name)
    });
    parameters.chain(plans)
}
