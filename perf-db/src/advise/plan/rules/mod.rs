//! What is wrong with a plan: one file a rule, each a function of the plan and of what is known
//! around it.
//!
//! Of a plan that was not run (`explain` without `analyze`) the rules look at the planner's own
//! numbers; fewer of them can then say anything, and what they say is marked as estimated.

mod context;
mod deep_offset;
mod found;
mod hash_on_disk;
mod heap_fetches;
mod inefficient_index;
mod jit_time;
mod lossy_bitmap;
mod memory;
mod misestimate_cause;
mod nested_loop;
mod order_by_limit;
mod planning_time;
mod row_misestimate;
mod seq_scan;
mod sort_on_disk;
mod table;
mod trigger_time;
mod workers_not_launched;

use std::collections::HashMap;

use perf_core::Finding;

pub use self::context::Context;
use super::{NodeId, Plan};

/// A finding, and the node of the plan that it is about.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NodeFinding {
    /// Where in the plan; the root for what the whole statement suffers from.
    pub node: NodeId,
    /// What is wrong there.
    pub finding: Finding,
}

type Rule = fn(&Plan, NodeId, &Context<'_>) -> Option<Finding>;

/// About one node.
const OF_NODES: &[Rule] = &[
    seq_scan::rule,
    inefficient_index::rule,
    order_by_limit::rule,
    row_misestimate::rule,
    sort_on_disk::rule,
    hash_on_disk::rule,
    nested_loop::rule,
    lossy_bitmap::rule,
    heap_fetches::rule,
    deep_offset::rule,
    workers_not_launched::rule,
];

/// About the whole.
const OF_PLANS: &[Rule] = &[planning_time::rule, jit_time::rule, trigger_time::rule];

impl Plan {
    /// What is wrong with this plan, in the order of its nodes.
    ///
    /// Of findings with the same key, as of a table that is read twice, the one that costs most is
    /// left.
    ///
    /// # Cost
    /// Linear in the number of nodes: see the bench `plan_analysis`.
    pub fn findings(&self, context: &Context<'_>) -> Vec<NodeFinding> {
        let of_plan = OF_PLANS.iter().filter_map(|rule| {
            rule(self, NodeId::ROOT, context)
                .map(|finding| NodeFinding { node: NodeId::ROOT, finding })
        });
        let of_nodes = self.nodes().flat_map(|(node, _)| {
            OF_NODES.iter().filter_map(move |rule| {
                rule(self, node, context).map(|finding| NodeFinding { node, finding })
            })
        });
        dearest_of_each_key(of_plan.chain(of_nodes))
    }
}

fn dearest_of_each_key(all: impl Iterator<Item = NodeFinding>) -> Vec<NodeFinding> {
    let mut places = HashMap::<String, usize>::new();
    let mut kept = Vec::<NodeFinding>::new();
    for new in all {
        let place = *places.entry(new.finding.key.clone()).or_insert(kept.len());
        match kept.get_mut(place) {
            None => kept.push(new),
            Some(old) if weight(&new.finding) > weight(&old.finding) => *old = new,
            Some(_) => (),
        }
    }
    kept
}

fn weight(finding: &Finding) -> impl PartialOrd + use<> {
    (finding.impact.per_minute, finding.severity)
}
