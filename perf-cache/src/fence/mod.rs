//! What makes a kept value no longer good.
//!
//! A load takes a [`Stamp`] of what is in force before it begins; what is invalidated later has a
//! greater version, so the stamp tells for ever after whether the value is still good. In this process
//! that costs one number: the [`Ledger`] has an epoch that changes with everything it learns, and a
//! value that was seen good in the present epoch needs no closer look.

mod known;
mod ledger;
mod pattern;
mod rules;
#[cfg(test)]
mod tests;
mod verdict;
mod version;

pub(crate) use self::ledger::Ledger;
pub use self::pattern::Pattern;
pub(crate) use self::verdict::{Authority, Birth, Epoch, StampVerdict, TagsSince, Verdict};
pub(crate) use self::version::{Rule, Stamp, TagId, TagVersion, Version};
