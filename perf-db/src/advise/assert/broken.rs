use std::error::Error;
use std::fmt::{self, Write};

use perf_core::finding::Severity;
use perf_core::{CallSite, Fingerprint};

use super::Claim;
use super::rules::Fault;
use crate::advise::plan::Plan;
use crate::error::DbError;

/// Why a [`Claim`] about a plan does not hold: what the macros panic with. Holds no values of the
/// statement.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BrokenClaim {
    message: String,
}

impl BrokenClaim {
    pub(super) fn new(claim: Claim, statement: &Fingerprint, call_site: CallSite) -> Self {
        Self { message: format!("not so at {call_site}: {claim}\n\n    {statement}\n\n") }
    }

    pub(super) fn shown_by(mut self, plan: &Plan, faults: &[Fault]) -> Self {
        let mut tree = plan.tree();
        for fault in faults {
            let node = fault.node.map_or_else(String::new, |id| plan.label(id) + " ");
            self.line(&format!("- {node}{}", fault.sentence));
            if let Some(node) = fault.node {
                tree = tree.flag(node, Severity::Critical);
            }
        }
        self.line("");
        self.line(tree.to_string().trim_end());
        self
    }

    pub(super) fn not_known(mut self, error: &DbError) -> Self {
        let mut causes = error.to_string();
        let mut cause = error.source();
        while let Some(source) = cause {
            let _ = write!(causes, ": {source}");
            cause = source.source();
        }
        self.line(&format!("- it is not known: {causes}"));
        self
    }

    fn line(&mut self, line: &str) {
        // A `String` takes all that is written to it.
        let _ = writeln!(self.message, "{line}");
    }
}

/// As people read it, since `unwrap` shows this form.
impl fmt::Debug for BrokenClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
