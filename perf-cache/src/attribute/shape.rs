use std::marker::PhantomData;

use crate::CacheValue;

/// What is done with what a body returned.
#[derive(Debug)]
#[non_exhaustive]
pub enum Kept<V> {
    /// Kept.
    Value(V),
    /// Kept for as long as the policy keeps nothings.
    Nothing(V),
    /// Told to those who wait, and not kept.
    Absent,
    /// Those who wait run their own bodies.
    Failed,
}

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

    /// What is kept of what the body returned.
    fn keep(returned: &Self::Returned) -> Kept<Self::Value>;
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
    /// `None` is kept too.
    pub const fn with_nothing(self) -> NoneIsKept<V> {
        NoneIsKept(PhantomData)
    }

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

    fn keep(returned: &Result<V, E>) -> Kept<V> {
        match returned {
            Ok(value) => Kept::Value(value.clone()),
            Err(_) => Kept::Failed,
        }
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

    fn keep(returned: &Option<V>) -> Kept<V> {
        match returned {
            Some(value) => Kept::Value(value.clone()),
            None => Kept::Absent,
        }
    }
}

impl<V: CacheValue + Clone> Shape for AllIsKept<V> {
    type Returned = V;
    type Value = V;

    fn wrap(value: V) -> V {
        value
    }

    fn keep(returned: &V) -> Kept<V> {
        Kept::Value(returned.clone())
    }
}

impl<V: CacheValue + Clone, E> Returns<Result<Option<V>, E>>
where
    Option<V>: CacheValue,
{
    /// `Ok(None)` is kept for a time of its own.
    pub const fn with_nothing(self) -> OkNoneIsKept<V, E> {
        OkNoneIsKept(PhantomData)
    }
}

/// The shape of a function whose `None` is kept.
#[derive(Debug)]
pub struct NoneIsKept<V>(PhantomData<fn() -> V>);

/// The shape of a function whose `Ok(None)` is kept for a time of its own.
#[derive(Debug)]
pub struct OkNoneIsKept<V, E>(PhantomData<fn() -> (V, E)>);

impl<V: CacheValue + Clone> Shape for NoneIsKept<V>
where
    Option<V>: CacheValue,
{
    type Returned = Option<V>;
    type Value = Option<V>;

    fn wrap(value: Option<V>) -> Option<V> {
        value
    }

    fn keep(returned: &Option<V>) -> Kept<Option<V>> {
        match returned {
            Some(_) => Kept::Value(returned.clone()),
            None => Kept::Nothing(None),
        }
    }
}

impl<V: CacheValue + Clone, E> Shape for OkNoneIsKept<V, E>
where
    Option<V>: CacheValue,
{
    type Returned = Result<Option<V>, E>;
    type Value = Option<V>;

    fn wrap(value: Option<V>) -> Result<Option<V>, E> {
        Ok(value)
    }

    fn keep(returned: &Result<Option<V>, E>) -> Kept<Option<V>> {
        match returned {
            Ok(Some(value)) => Kept::Value(Some(value.clone())),
            Ok(None) => Kept::Nothing(None),
            Err(_) => Kept::Failed,
        }
    }
}
