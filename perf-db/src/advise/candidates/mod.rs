//! Indexes that are not there and should be.
//!
//! Candidates come from the plans of the recorded statements: what they filter, join, sort and group
//! by. hypopg then tells the planner that they are there, and the cost of the whole workload before
//! and after decides; without hypopg the statistics of the columns do, and the finding says so.
//!
//! What it does not see: that a cost is not a time, statements that were not recorded, and values.
//! Plans are those for any value (generic), so an index that is worth it for a rare value only is
//! not found.

mod access;
mod advice;
mod candidate;
mod case;
mod condition;
mod costs;
mod estimate;
mod existing;
mod finding;
mod generate;
mod index_search;
mod planner;
mod pool;
mod price;
mod search;
mod trigram;

pub use self::advice::{Gain, IndexAdvice, Proof, Rejected, Suggested, Why};
pub use self::candidate::{Candidate, CandidateKey, Condition, KeyOf};
pub use self::index_search::IndexSearch;
