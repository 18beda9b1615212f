#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[doc(hidden)]
pub mod attribute;
mod builder;
mod cache;
mod claim;
mod codec;
mod envelope;
mod error;
mod expiry;
mod fence;
mod fingerprint;
mod flight;
mod installed;
mod keep;
mod load;
mod local;
mod look_up;
mod parked;
mod policy;
mod remote;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod value;

pub use builder::CacheBuilder;
pub use cache::Cache;
pub use claim::{Claim, Loading};
pub use error::{BuildError, LoadError};
pub use fence::Pattern;
/// ```
/// # use perf_cache::cached;
/// #[cached(ttl = "10m", key = "square:{number}")]
/// fn square(number: u64) -> u64 {
///     number * number
/// }
/// assert_eq!(square(12), 144);
/// ```
pub use perf_cache_macros::cached;
pub use policy::Policy;
pub use value::CacheValue;
