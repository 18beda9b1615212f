//! Whose time it is.
//!
//! The server's times are averages over loops and hold the time of what is below. So:
//!
//! - A node's time is its average times its loops. Below a Gather all processes count loops while
//!   they run side by side, so that it is divided by their number.
//! - A node's own time is its time without its children's, and never below zero.
//! - An InitPlan or a `with` query is listed below one node and runs within another, the first that
//!   asks for it; its time is taken from that one: see [`init_plans`].

use perf_core::time::Duration;

use super::Plan;
use super::init_plans;
use super::node::{Node, NodeId};

/// Times of all nodes, in seconds.
#[derive(Clone, Debug)]
pub(super) struct Times {
    /// Empty where the plan tells no times.
    nodes: Vec<NodeTime>,
    /// What shares are of.
    whole: f64,
}

/// Times of one node, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NodeTime {
    pub(super) total: f64,
    pub(super) exclusive: f64,
    /// How many ran it side by side.
    processes: f64,
    /// The Gather that it is below, within the same subplan.
    pub(super) gather: Option<NodeId>,
}

impl Times {
    pub(super) fn of(nodes: &[Node], execution: Option<Duration>) -> Self {
        let is_timed = |node: &Node| node.actual.is_some_and(|it| it.total_time.is_some());
        if !nodes.iter().any(is_timed) {
            return Self { nodes: Vec::new(), whole: 0.0 };
        }
        let mut times = Vec::<NodeTime>::with_capacity(nodes.len());
        for node in nodes {
            let (processes, gather) = processes(node, nodes, &times);
            let total = node.actual.map_or(0.0, |actual| {
                let once = actual.total_time.unwrap_or_default().as_secs_f64();
                once * actual.loops / processes
            });
            let total = if total.is_finite() { total } else { 0.0 };
            times.push(NodeTime { total, exclusive: 0.0, processes, gather });
        }
        round_down(nodes, &mut times);
        for (place, node) in nodes.iter().enumerate() {
            if let (Some(NodeId(parent)), false) = (node.parent, node.is_init_plan()) {
                times[parent].exclusive -= times[place].total;
            }
        }
        init_plans::charge(nodes, &mut times);
        for time in &mut times {
            time.exclusive = time.exclusive.max(0.0);
        }
        let sum: f64 = times.iter().map(|time| time.exclusive).sum();
        let whole = execution.unwrap_or_default().as_secs_f64().max(sum);
        Self { nodes: times, whole }
    }
}

/// Takes from children what their parent had no time for, as far as it can come of rounding: an
/// average of 1 µs over a thousand loops may be half of that.
fn round_down(nodes: &[Node], times: &mut [NodeTime]) {
    const HALF_A_MICROSECOND: f64 = 0.5e-6;
    for (place, node) in nodes.iter().enumerate() {
        times[place].exclusive = times[place].total;
        let children = || node.children.iter().filter(|child| !nodes[child.0].is_init_plan());
        let slack = |NodeId(child): &NodeId, times: &[NodeTime]| {
            let loops = nodes[*child].actual.map_or(0.0, |actual| actual.loops);
            let time = times[*child];
            (HALF_A_MICROSECOND * loops / time.processes).min(time.total)
        };
        let sum: f64 = children().map(|child| times[child.0].total).sum();
        let excess = sum - times[place].total;
        let all: f64 = children().map(|child| slack(child, times)).sum();
        if excess > 0.0 && all > 0.0 {
            let part = (excess / all).min(1.0);
            for child in children() {
                let rounded = part * slack(child, times);
                times[child.0].total -= rounded;
            }
        }
    }
}

/// How many processes run this node side by side, and below which Gather.
fn processes(node: &Node, nodes: &[Node], times: &[NodeTime]) -> (f64, Option<NodeId>) {
    let Some(above) = node.parent else { return (1.0, None) };
    let parent = &nodes[above.0];
    // Before the workers start, and so by the leader alone.
    if node.is_init_plan() {
        return (1.0, None);
    }
    if !parent.kind.is_gather() {
        return (times[above.0].processes, times[above.0].gather);
    }
    let launched = parent.workers.and_then(|workers| workers.launched).unwrap_or(0);
    let most = f64::from(launched) + 1.0;
    let loops = |node: &Node| node.actual.map_or(0.0, |actual| actual.loops);
    // Not always one more than the workers: the leader may stay out of it, or have no time for it.
    let each_once = loops(node) / loops(parent);
    let processes = if each_once.is_finite() && each_once > 0.0 { each_once } else { most };
    (processes.clamp(1.0, most), Some(above))
}

impl Plan {
    /// Time of a node with all that is below it, over all its loops; `None` where the plan does not
    /// tell.
    pub fn total_time(&self, id: NodeId) -> Option<Duration> {
        self.times.nodes.get(id.0).map(|time| duration(time.total))
    }

    /// Time of a node itself, over all its loops; `None` where the plan does not tell.
    pub fn exclusive_time(&self, id: NodeId) -> Option<Duration> {
        self.times.nodes.get(id.0).map(|time| duration(time.exclusive))
    }

    /// The share of the statement's time that a node itself takes, from 0 to 1; `None` where the
    /// plan does not tell.
    pub fn time_share(&self, id: NodeId) -> Option<f64> {
        let time = self.times.nodes.get(id.0)?;
        Some(share(time.exclusive, self.times.whole))
    }

    /// The share of the statement's time that a node takes with all that is below it, from 0 to 1;
    /// `None` where the plan does not tell.
    pub fn total_time_share(&self, id: NodeId) -> Option<f64> {
        let time = self.times.nodes.get(id.0)?;
        Some(share(time.total, self.times.whole))
    }

    /// The time that the statement ran; `None` where the plan does not tell.
    pub fn execution_time(&self) -> Option<Duration> {
        match self.times.nodes.is_empty() {
            true => self.summary().execution_time,
            false => Some(duration(self.times.whole)),
        }
    }

    /// How many processes ran a node side by side: more than 1 only below a Gather.
    pub fn processes(&self, id: NodeId) -> f64 {
        self.times.nodes.get(id.0).map_or(1.0, |time| time.processes)
    }
}

pub(super) fn share(part: f64, whole: f64) -> f64 {
    match whole > 0.0 {
        true => (part / whole).clamp(0.0, 1.0),
        false => 0.0,
    }
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
