#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[doc(hidden)]
pub mod attribute;
mod builder;
mod bytes;
mod cache;
mod cached;
mod claim;
mod error;
mod expiry;
mod fence;
mod fetch;
mod flight;
mod freshness;
#[cfg(all(feature = "cluster", any(test, fuzzing)))]
#[doc(hidden)]
pub mod fuzzing;
mod guard;
mod hottest;
mod installed;
mod invalidate;
mod jitter;
mod keep;
mod key;
mod load;
mod local;
mod look;
#[cfg(doctest)]
mod moving;
mod parked;
mod policy;
mod state;
mod store;
mod tag_versions;
#[cfg(feature = "testing")]
pub mod testing;
mod value;

pub use builder::CacheBuilder;
pub use bytes::{Codec, Compression};
pub use cache::Cache;
pub use cached::Cached;
pub use claim::{Claim, Loading};
pub use error::{BuildError, LoadError};
pub use fence::Pattern;
pub use key::{Key, escape};
pub use load::{Batcher, Loaded, Previous, Warmed};
pub use local::LocalStore;
/// ```
/// # use perf_cache::cached;
/// #[cached(ttl = "10m", key = "square:{number}")]
/// fn square(number: u64) -> u64 {
///     number * number
/// }
/// assert_eq!(square(12), 144);
/// ```
pub use perf_cache_macros::cached;
pub use perf_cache_macros::{invalidates, key};
pub use perf_core::CacheTier;
pub use policy::Policy;
pub use value::CacheValue;
