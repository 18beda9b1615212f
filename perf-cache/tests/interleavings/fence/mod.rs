//! `src/fence`, as its `mod.rs` puts it together.

#[path = "../../../src/fence/known.rs"]
mod known;
#[path = "../../../src/fence/ledger.rs"]
mod ledger;
#[path = "../../../src/fence/pattern.rs"]
mod pattern;
#[path = "../../../src/fence/rules.rs"]
mod rules;
#[path = "../../../src/fence/verdict.rs"]
mod verdict;
#[path = "../../../src/fence/version.rs"]
mod version;

pub(crate) use self::ledger::Ledger;
pub(crate) use self::verdict::{Authority, Birth, Epoch, StampVerdict, TagsSince, Verdict};
pub(crate) use self::version::{Rule, Stamp, TagId, TagVersion, Version};
