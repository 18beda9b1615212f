//! The plan of a statement, without leaving anything behind.

mod both;
mod frame;
mod generic;
pub(crate) mod normalised;
mod plan_text;
mod refusal;
mod request;
pub(crate) mod slow;
mod text;
mod volatile;

pub use self::both::BothPlans;
pub(crate) use self::refusal::Refusal;
pub use self::request::Explain;
pub use self::slow::SlowPlan;
