use std::fmt;

use perf_core::Fingerprint;
use perf_core::time::Duration;

use super::candidate::Candidate;
use crate::advise::Missing;

/// What came of an [`IndexSearch`](super::IndexSearch).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct IndexAdvice {
    /// The indexes that are worth it together, in the order in which they were chosen.
    pub suggested: Vec<Suggested>,
    /// The others, with the bar that each of them missed.
    pub rejected: Vec<Rejected>,
    /// What could not be looked at.
    pub missing: Vec<Missing>,
    /// How often the server was asked to plan a statement.
    pub explains: u64,
    /// How long it took.
    pub took: Duration,
    /// Whether time ran out before all was looked at.
    pub ran_out_of_time: bool,
}

/// An index that is worth it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Suggested {
    /// The index.
    pub candidate: Candidate,
    /// How that is known.
    pub proof: Proof,
    /// The statements that become cheaper, the greatest gain first.
    pub gains: Vec<Gain>,
    /// Its size, as far as it can be foretold.
    pub bytes: u64,
    /// What it adds to the write of a row, as a share of that write (pganalyze's formula).
    pub write_overhead: f64,
}

/// How it is known that an index is worth it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proof {
    /// The planner chose it when it was told that it is there.
    Planner,
    /// From the statistics of the columns.
    Statistics,
}

/// What one statement gains by an index.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Gain {
    /// The statement.
    pub statement: Fingerprint,
    /// Which one it is in the workload.
    pub(super) place: usize,
    /// Its cost without the index, in the planner's unit.
    pub before: f64,
    /// Its cost with it.
    pub after: f64,
}

impl Gain {
    /// The share of its cost that is saved.
    pub fn saving(&self) -> f64 {
        if self.before > 0.0 { (1.0 - self.after / self.before).clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// An index that was looked at and is not suggested.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rejected {
    /// The index.
    pub candidate: Candidate,
    /// Why not.
    pub why: Why,
}

/// The bar that a [`Rejected`] index missed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Why {
    /// The table is so small that it is read as quickly without.
    SmallTable {
        /// Its rows.
        rows: u64,
    },
    /// An index that is there has the same columns in front.
    Covered {
        /// Its name.
        by: String,
    },
    /// The statements that it would serve are cheap as they are.
    Cheap {
        /// The cost of the dearest.
        cost: f64,
        /// The least that is worth an index.
        least: f64,
    },
    /// The planner would not use it.
    Unused,
    /// It would save less than is worth an index.
    SavesLittle {
        /// The cost of the statement that it would serve best.
        before: f64,
        /// The cost with the index.
        after: f64,
        /// The share that must be saved, from 0 to 1.
        least_saving: f64,
    },
    /// Another one that is suggested does the work.
    Outdone {
        /// The statement that makes the other one.
        by: String,
    },
    /// An index that is there does as well when both are looked at on equal terms.
    NoBetter {
        /// Its name.
        than: String,
    },
    /// It would give an order in which few rows match: a limit is reached by chance.
    OrderOnly,
    /// Its condition holds for so many rows that an index of all rows is as good.
    MostRows,
    /// Keeping it up to date costs more than it saves.
    Writes {
        /// What it saves over the workload, in the planner's unit.
        saves: f64,
        /// What the writes of the same time cost more.
        costs: f64,
    },
    /// The server would not make it.
    Refused {
        /// Its code (SQLSTATE).
        code: String,
    },
    /// It is of an extension that is not in the database.
    NeedsExtension {
        /// The extension.
        name: &'static str,
    },
    /// Time ran out before.
    OutOfTime,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SmallTable { rows } => write!(f, "the table has {rows} rows only"),
            Self::Covered { by } => write!(f, "the index {by} has the same columns in front"),
            Self::Cheap { cost, least } => write!(
                f,
                "the statements that it would serve cost {cost:.0} at most, and {least:.0} is the \
                 least that is worth an index"
            ),
            Self::Unused => f.write_str("the planner would not use it"),
            Self::SavesLittle { before, after, least_saving } => write!(
                f,
                "it would take the cost of the statement that gains most from {before:.0} to \
                 {after:.0}, and {:.0} % must be saved",
                least_saving * 100.0
            ),
            Self::Outdone { by } => write!(f, "what is suggested does its work: {by}"),
            Self::NoBetter { than } => {
                write!(f, "the index {than} does as well when both are looked at on equal terms")
            }
            Self::OrderOnly => f.write_str(
                "it would be read in its order past rows that do not match, until a limit is \
                 reached by chance",
            ),
            Self::MostRows => f.write_str("its condition holds for most rows"),
            Self::Writes { saves, costs } => write!(
                f,
                "it would save {saves:.0} and cost the writes of the same time {costs:.0} more"
            ),
            Self::Refused { code } => write!(f, "the server would not make it ({code})"),
            Self::NeedsExtension { name } => {
                write!(f, "the extension {name} is not in this database")
            }
            Self::OutOfTime => f.write_str("time ran out before it was looked at"),
        }
    }
}
