//! `src/flight`, as its `mod.rs` puts it together.

#[path = "../../../src/flight/follow.rs"]
mod follow;
#[path = "../../../src/flight/lead.rs"]
mod lead;
#[path = "../../../src/flight/outcome.rs"]
mod outcome;
#[path = "../../../src/flight/table.rs"]
mod table;
#[path = "../../../src/flight/task.rs"]
mod task;

pub(crate) use follow::Follow;
pub(crate) use lead::Lead;
pub(crate) use outcome::Outcome;
pub(crate) use table::{Boarding, Flights, Pace};
pub(crate) use task::Task;
