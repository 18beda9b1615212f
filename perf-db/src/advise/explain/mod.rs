//! The plan of a statement, without leaving anything behind.
//!
//! What stands between a text and the data, from the first to the last:
//!
//! 1. The text is cut into tokens, and what is not one statement with a plan is refused unsent.
//! 2. It is sent behind `explain` by the protocol that takes one statement only: where the server
//!    reads strings by other rules than the lexer (`standard_conforming_strings = off`), a second
//!    one is refused by the server.
//! 3. It is run only when that was asked for, when no word of it writes or locks, and when nothing
//!    that it or its plan names is volatile.
//! 4. The transaction can only read, so that the server refuses what writes without being named: a
//!    cast, the check of a domain.
//! 5. It is rolled back, always.

mod both;
mod frame;
mod generic;
pub(crate) mod normalised;
mod plan_text;
mod refusal;
mod request;
mod run;
pub(crate) mod slow;
mod text;
mod volatile;

pub use self::both::BothPlans;
pub(crate) use self::refusal::Refusal;
pub use self::request::Explain;
pub use self::slow::SlowPlan;
pub(crate) use self::text::PLANNED_WORDS;
