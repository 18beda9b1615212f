use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a cache can hold: every type that is shared between threads and has a form in bytes.
///
/// Implemented for all such types; there is nothing to write but serde's derives. The form in bytes
/// is needed without Redis too, where it tells how much of the budget a value takes.
pub trait CacheValue: Serialize + DeserializeOwned + Send + Sync + 'static {}

impl<V: Serialize + DeserializeOwned + Send + Sync + 'static> CacheValue for V {}
