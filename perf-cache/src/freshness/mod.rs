//! How often values change, learned by comparing: what a load brings with what it replaces, and what a
//! hit has served with what the loader would give.
//!
//! Both are samples, few enough that their cost cannot be seen; nothing that is compared is stored.

mod auditor;
mod likeness;
mod reloading;
mod spaced;
#[cfg(test)]
mod tests;

pub(crate) use self::auditor::{Auditor, Found};
pub(crate) use self::likeness::{Likeness, likeness};
pub(crate) use self::reloading::Reloading;
