use std::marker::PhantomData;

use crate::{CacheValue, Loading, Policy};

/// How a function tells apart what is kept from what is not.
pub trait Shape {
    /// What the function returns.
    type Returned;
    /// What is kept of it.
    type Value: CacheValue + Clone;

    /// What a cached value is returned as.
    fn wrap(value: Self::Value) -> Self::Returned;

    /// What is returned when another caller found that there is no value.
    fn absent() -> Option<Self::Returned> {
        None
    }

    /// Ends the loading with what the function's body returned.
    fn finish(
        returned: Self::Returned,
        loading: Loading<Self::Value>,
        policy: Policy,
    ) -> Self::Returned;
}

/// Stands for a return type. An inherent `shape` comes before [`PlainShape`]'s, so `Result` and
/// `Option` are known behind every alias.
#[derive(Debug)]
pub struct Returns<R>(PhantomData<fn() -> R>);

impl<R> Returns<R> {
    /// The return type `R`.
    #[expect(clippy::new_without_default, reason = "only generated code makes one")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<V: CacheValue + Clone, E> Returns<Result<V, E>> {
    /// `Ok` is kept.
    pub const fn shape(self) -> OkIsKept<V, E> {
        OkIsKept(PhantomData)
    }
}

impl<V: CacheValue + Clone> Returns<Option<V>> {
    /// `Some` is kept.
    pub const fn shape(self) -> SomeIsKept<V> {
        SomeIsKept(PhantomData)
    }
}

/// For every other type.
pub trait PlainShape<V> {
    /// All of it is kept.
    fn shape(self) -> AllIsKept<V>;
}

impl<V: CacheValue + Clone> PlainShape<V> for Returns<V> {
    fn shape(self) -> AllIsKept<V> {
        AllIsKept(PhantomData)
    }
}

/// The shape of a function that returns a `Result`.
#[derive(Debug)]
pub struct OkIsKept<V, E>(PhantomData<fn() -> (V, E)>);

/// The shape of a function that returns an `Option`.
#[derive(Debug)]
pub struct SomeIsKept<V>(PhantomData<fn() -> V>);

/// The shape of a function that returns something else.
#[derive(Debug)]
pub struct AllIsKept<V>(PhantomData<fn() -> V>);

impl<V: CacheValue + Clone, E> Shape for OkIsKept<V, E> {
    type Returned = Result<V, E>;
    type Value = V;

    fn wrap(value: V) -> Result<V, E> {
        Ok(value)
    }

    fn finish(returned: Result<V, E>, loading: Loading<V>, policy: Policy) -> Result<V, E> {
        match &returned {
            Ok(value) => _ = loading.finish(value.clone(), policy),
            Err(_) => loading.fail(),
        }
        returned
    }
}

impl<V: CacheValue + Clone> Shape for SomeIsKept<V> {
    type Returned = Option<V>;
    type Value = V;

    fn wrap(value: V) -> Option<V> {
        Some(value)
    }

    fn absent() -> Option<Option<V>> {
        Some(None)
    }

    fn finish(returned: Option<V>, loading: Loading<V>, policy: Policy) -> Option<V> {
        match &returned {
            Some(value) => _ = loading.finish(value.clone(), policy),
            None => loading.absent(),
        }
        returned
    }
}

impl<V: CacheValue + Clone> Shape for AllIsKept<V> {
    type Returned = V;
    type Value = V;

    fn wrap(value: V) -> V {
        value
    }

    fn finish(returned: V, loading: Loading<V>, policy: Policy) -> V {
        _ = loading.finish(returned.clone(), policy);
        returned
    }
}
