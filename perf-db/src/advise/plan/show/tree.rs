use std::fmt;

use perf_core::finding::Severity;
use perf_core::units;

use super::{Flags, words};
use crate::advise::plan::{NodeId, Plan};

/// Deeper nodes are not moved further to the right, so that a chain of nodes has no square of
/// blanks.
const DEEPEST: usize = 40;

/// Columns in front of a node's name.
const MARGIN: usize = 32;

const BAR_CELLS: f64 = 10.0;

/// A [`Plan`] as text: a line a node with its own time, its share as a bar, its rows and how wrong
/// the planner was about them; then its conditions, without values.
///
/// Of a plan that was not run the share is that of the planner's cost.
#[derive(Clone, Debug)]
pub struct Tree<'a> {
    plan: &'a Plan,
    flags: Flags,
}

impl Plan {
    /// The plan as text, for a terminal.
    pub fn tree(&self) -> Tree<'_> {
        Tree { plan: self, flags: Flags::default() }
    }
}

impl Tree<'_> {
    /// Marks a node: `!` for a warning, `!!` for what is critical. The gravest mark stays.
    #[must_use]
    pub fn flag(mut self, id: NodeId, severity: Severity) -> Self {
        self.flags.raise(id, severity);
        self
    }

    fn line(&self, f: &mut fmt::Formatter<'_>, id: NodeId, depth: usize) -> fmt::Result {
        let plan = self.plan;
        let share = plan.share(id);
        let flag = match self.flags.of(id) {
            Some(Severity::Critical) => "!!",
            Some(Severity::Warning) => "!",
            Some(_) => "·",
            None => "",
        };
        let own = words::own(plan, id);
        write!(f, "{own:>9}  {:>5}  {:<10} {flag:>2} ", units::percent(share), bar(share))?;
        let indent = 2 * depth.min(DEEPEST);
        write!(f, "{:indent$}{}", "", words::name(plan, id))?;
        match words::rows(plan, id) {
            rows if rows.is_empty() => writeln!(f)?,
            rows => writeln!(f, "  ({rows})")?,
        }
        for (label, value) in words::details(plan.node(id)) {
            writeln!(f, "{:indent$}{label}: {value}", "", indent = MARGIN + indent + 2)?;
        }
        Ok(())
    }
}

impl fmt::Display for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", words::head(self.plan))?;
        writeln!(f, "{:>9}  {:>5}", words::measure(self.plan), "share")?;
        for (id, depth) in self.plan.depths() {
            self.line(f, id, depth)?;
        }
        Ok(())
    }
}

fn bar(share: f64) -> String {
    const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
    let eighths = (share * BAR_CELLS * 8.0).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(EIGHTHS[eighths % 8 - 1]);
    }
    bar
}
