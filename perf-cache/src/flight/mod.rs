//! One load per key at a time, and no load that outlives an invalidation.
//!
//! A load is a flight. The caller that finds none for its key leads one and holds a [`Lead`]; those
//! that come while it is in the air follow it and hold a [`Follow`]. A lead that is dropped before
//! it lands ends its flight as abandoned: its followers board again, and one of them leads.
//!
//! Invariants, all kept under the lock of a key's stripe:
//! 1. A flight that is in the table may still store its value; one that is not may not.
//!    A [`fence`](Flights::fence) takes it out, so what it loaded reaches only those who had asked
//!    before.
//!    Neither may one that was overtaken by the invalidation of a tag, a pattern or everything: whoever
//!    boards next takes it out, and what it stores is judged by the epoch in which it began.
//! 2. A flight lands once: it leaves the table, its value is stored and its outcome set in one step.
//! 3. A detached flight whose last follower leaves is out of the table before its task is stopped. A task
//!    that leads many flights is stopped with the last of them; until then it loads what nobody keeps.
//! 4. The table holds no more flights than there are callers waiting and loads running.

mod follow;
mod lead;
mod outcome;
mod table;
mod task;
#[cfg(test)]
mod tests;
mod watch;

pub(crate) use follow::Follow;
pub(crate) use lead::Lead;
pub(crate) use outcome::Outcome;
pub(crate) use table::{Boarding, Flights, Pace};
pub(crate) use task::Task;
pub(crate) use watch::Watch;
