use std::collections::HashMap;
use std::fmt;

use perf_core::finding::Severity;
use perf_core::units;

use super::label::plain;
use super::node::{Node, NodeId};
use super::{Misestimate, Plan};

/// Deeper nodes are not moved further to the right, so that a chain of nodes has no square of
/// blanks.
const DEEPEST: usize = 40;

const BAR_CELLS: f64 = 10.0;

/// A factor from which an estimate is worth a word: the first step of pev2.
const WORTH_A_WORD: f64 = 10.0;

/// A [`Plan`] as text: a line a node with its own time, its share as a bar, its rows and how wrong
/// the planner was about them; then its conditions, without values.
///
/// Of a plan that was not run the share is that of the planner's cost.
#[derive(Clone, Debug)]
pub struct Tree<'a> {
    plan: &'a Plan,
    flags: HashMap<NodeId, Severity>,
}

impl<'a> Tree<'a> {
    pub(super) fn of(plan: &'a Plan) -> Self {
        Self { plan, flags: HashMap::new() }
    }

    /// Marks a node: `!` for a warning, `!!` for what is critical. The gravest mark stays.
    #[must_use]
    pub fn flag(mut self, id: NodeId, severity: Severity) -> Self {
        let flag = self.flags.entry(id).or_insert(severity);
        *flag = (*flag).max(severity);
        self
    }

    fn head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let summary = self.plan.summary();
        match self.plan.execution_time() {
            Some(time) => write!(f, "{}", units::duration(time))?,
            None => write!(f, "cost {:.0}, not run", self.plan.root().estimate.total_cost)?,
        }
        if let Some(time) = summary.planning_time {
            write!(f, ", planned in {}", units::duration(time))?;
        }
        if let Some(time) = summary.jit.and_then(|jit| jit.time) {
            write!(f, ", compiled in {}", units::duration(time))?;
        }
        writeln!(f)?;
        let what = if self.plan.execution_time().is_some() { "time" } else { "cost" };
        writeln!(f, "{what:>9}  {:>5}  {:10}", "share", "")
    }

    fn line(&self, f: &mut fmt::Formatter<'_>, id: NodeId, depth: usize) -> fmt::Result {
        let node = self.plan.node(id);
        let share = self.plan.share(id);
        let own = match self.plan.exclusive_time(id) {
            _ if node.is_never_executed() => "never run".to_owned(),
            Some(time) => units::duration(time),
            None => format!("{:.0}", self.plan.exclusive_cost(id)),
        };
        let flag = match self.flags.get(&id) {
            Some(Severity::Critical) => "!!",
            Some(Severity::Warning) => "!",
            Some(_) => "·",
            None => "",
        };
        write!(f, "{own:>9}  {:>5}  {:<10} {flag:>2} ", units::percent(share), bar(share))?;
        write!(f, "{:indent$}", "", indent = 2 * depth.min(DEEPEST))?;
        if let Some(subplan) = &node.subplan {
            write!(f, "{}: ", plain(subplan))?;
        }
        write!(f, "{}", self.plan.label(id))?;
        self.rows(f, id)?;
        writeln!(f)?;
        self.details(f, node, depth)
    }

    fn rows(&self, f: &mut fmt::Formatter<'_>, id: NodeId) -> fmt::Result {
        let node = self.plan.node(id);
        let (Some(rows), Some(actual)) = (self.plan.rows(id), node.actual) else {
            return write!(f, "  ({} rows expected)", count(node.estimate.rows));
        };
        if node.is_never_executed() {
            return Ok(());
        }
        write!(f, "  ({} rows", count(rows))?;
        if actual.loops > 1.0 {
            write!(f, " in {} loops", count(actual.loops))?;
        }
        match self.plan.misestimate(id) {
            Some(Misestimate { factor, is_too_low }) if factor >= WORTH_A_WORD => {
                let which = if is_too_low { "more" } else { "fewer" };
                write!(f, ", {} times {which} than expected", count(factor))?;
            }
            _ => (),
        }
        f.write_str(")")
    }

    fn details(&self, f: &mut fmt::Formatter<'_>, node: &Node, depth: usize) -> fmt::Result {
        for (label, value) in details(node) {
            // 9 + 2 + 5 + 2 + 10 + 1 + 2 + 1 columns stand before the label of a node.
            let indent = 32 + 2 * (depth.min(DEEPEST) + 1);
            writeln!(f, "{:indent$}{label}: {}", "", plain(&value))?;
        }
        Ok(())
    }
}

impl fmt::Display for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head(f)?;
        let mut depths = Vec::<usize>::with_capacity(self.plan.nodes().len());
        for (id, node) in self.plan.nodes() {
            let depth = node.parent.map_or(0, |parent| depths[parent.0] + 1);
            depths.push(depth);
            self.line(f, id, depth)?;
        }
        Ok(())
    }
}

/// What else there is to say of a node, without values.
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
        .filter_map(|(label, text)| text.as_ref().map(|text| (label, text.text())))
        .collect();
    for (label, keys) in [("Sort Key", &conditions.sort_key), ("Group Key", &conditions.group_key)]
    {
        if !keys.is_empty() {
            let keys: Vec<String> = keys.iter().take(16).map(|key| key.text()).collect();
            details.push((label, keys.join(", ")));
        }
    }
    let removed = node.removed;
    let per_loop = [
        ("Rows removed by filter, a loop", removed.by_filter),
        ("Rows removed by join filter, a loop", removed.by_join_filter),
        ("Rows removed by recheck, a loop", removed.by_recheck),
        ("Heap fetches", node.heap_fetches),
    ];
    for (label, rows) in per_loop {
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
        details.push(("Sort", format!("{}, {size} {place}", sort.method)));
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
            workers.launched.map_or("".to_owned(), |there| format!(", {there} launched"));
        details.push(("Workers", format!("{} planned{launched}", workers.planned)));
    }
}

/// A number of rows, with its fraction where it is small.
pub(super) fn count(rows: f64) -> String {
    match rows {
        rows if rows > 0.0 && rows < 10.0 && rows.fract() != 0.0 => format!("{rows:.1}"),
        rows => units::count(rows.round() as u64),
    }
}

fn bar(share: f64) -> String {
    const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
    let eighths = (share * BAR_CELLS * 8.0).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    if eighths % 8 > 0 {
        bar.push(EIGHTHS[eighths % 8 - 1]);
    }
    bar
}
