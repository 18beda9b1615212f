//! Which nodes of a plan break a claim.

use perf_core::units;

use super::indexes::Indexes;
use crate::advise::plan::{Node, NodeId, NodeKind, Plan};

/// Nodes that are named; the plan shows the rest.
const MOST_NAMED: usize = 3;

/// What is wrong with a node, or with the whole.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) node: Option<NodeId>,
    /// Goes on after the name of the node.
    pub(super) sentence: String,
}

impl Fault {
    fn of(node: NodeId, sentence: impl Into<String>) -> Self {
        Self { node: Some(node), sentence: sentence.into() }
    }

    fn of_all(sentence: impl Into<String>) -> Self {
        Self { node: None, sentence: sentence.into() }
    }
}

/// Tables and indexes that are read from end to end and filtered, in a plan that was made without
/// sequential scans wherever there is another way.
pub(super) fn unsupported(plan: &Plan, indexes: &Indexes) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (id, node) in plan.nodes() {
        let conditions = &node.conditions;
        let (what, condition) = match node.kind {
            NodeKind::SeqScan => ("table", &conditions.filter),
            // The nearest rows first, of which as many are read as are asked for.
            NodeKind::IndexScan if conditions.order_by.is_some() => continue,
            _ if indexes.narrows(plan, id) => continue,
            _ if conditions.filter.is_some() => ("index", &conditions.filter),
            _ => ("index", &conditions.index),
        };
        if let Some(condition) = condition {
            faults.push(Fault::of(id, format!("reads the whole {what} for {condition}")));
        }
    }
    let reads_nothing = !plan.nodes().any(|(_, node)| node.relation.is_some());
    let never = |node: &Node| {
        let filter = node.conditions.one_time_filter.as_ref();
        filter.is_some_and(|filter| filter.text().eq_ignore_ascii_case("false"))
    };
    if reads_nothing && plan.nodes().any(|(_, node)| never(node)) {
        faults.push(Fault::of_all(
            "for these values no row can be found, so that no table is read and nothing is shown: \
             give others",
        ));
    }
    faults
}

/// Rows of tables, thrown away or not. A bitmap's rows count where the table is read.
pub(super) fn rows_scanned(plan: &Plan, most: u64) -> Vec<Fault> {
    let is_scan = |node: &Node| node.kind.is_table_scan() || node.kind == NodeKind::ForeignScan;
    let scans = plan.nodes().filter(|(_, node)| is_scan(node));
    let mut scans: Vec<(NodeId, f64)> =
        scans.filter_map(|(id, _)| Some((id, plan.rows_read(id)?))).collect();
    let rows = scans.iter().map(|(_, rows)| rows).sum::<f64>().round();
    if rows <= most as f64 {
        return Vec::new();
    }
    scans.sort_by(|one, two| two.1.total_cmp(&one.1));
    let mut faults = vec![Fault::of_all(format!("it reads {} rows", units::count(rows as u64)))];
    faults.extend(scans.iter().take(MOST_NAMED).filter(|(_, rows)| *rows >= 1.0).map(
        |&(id, rows)| {
            let removed = plan.rows_removed(id).unwrap_or(0.0).round() as u64;
            let rows = units::count(rows.round() as u64);
            let removed = units::count(removed);
            Fault::of(id, format!("reads {rows} rows and throws {removed} of them away"))
        },
    ));
    faults
}

/// Nodes that wrote temporary files.
pub(super) fn spills(plan: &Plan) -> Vec<Fault> {
    let written = |node: &Node| node.buffers.as_ref().map_or(0, |buffers| buffers.temp_written);
    let mut faults = Vec::new();
    for (id, node) in plan.nodes() {
        let below: u64 = plan.children(id).map(|(_, child)| written(child)).sum();
        let own = written(node).saturating_sub(below);
        let sort = node.sort.as_ref().filter(|sort| sort.is_on_disk);
        if let Some(sort) = sort {
            let size = units::bytes(sort.space_bytes);
            faults.push(Fault::of(id, format!("sorts on disk, {size} of it")));
        } else if own > 0 {
            let pages = units::count(own);
            faults.push(Fault::of(id, format!("writes {pages} pages of temporary files")));
        }
    }
    faults
}

/// Tables that the planner reads from end to end, with what it takes their size for.
pub(super) fn seq_scans(plan: &Plan) -> Vec<Fault> {
    let scans = plan.nodes().filter(|(_, node)| node.kind == NodeKind::SeqScan);
    let fault = |(id, node): (NodeId, &Node)| {
        let rows = units::count(node.estimate.rows.round() as u64);
        let cost = units::count(node.estimate.total_cost.round() as u64);
        let sentence = format!(
            "reads the whole table; the planner expects {rows} rows of it at a cost of {cost}, \
             which is right for a small table: load the statistics of production first"
        );
        Fault::of(id, sentence)
    };
    scans.map(fault).collect()
}
