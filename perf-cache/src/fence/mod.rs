//! What makes a kept value no longer good.

mod version;

pub(crate) use self::version::{Rule, Stamp, TagId, TagVersion, Version};
