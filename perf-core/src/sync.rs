//! The one door for locks and atomics, so that a model checker can stand behind it.
//!
//! ```
//! use perf_core::sync::Mutex;
//!
//! let counter = Mutex::new(1);
//! *counter.lock() += 1;
//! assert_eq!(*counter.lock(), 2);
//! ```

use std::sync::TryLockError;
pub use std::sync::atomic::{
    AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering,
};
pub use std::sync::{Arc, MutexGuard, OnceLock, Weak};

/// A mutex without poisoning: a panic elsewhere never becomes a second panic here.
///
/// Everything the SDK guards stays consistent between two statements, so the value left by a
/// panicking thread is as good as any.
#[derive(Debug, Default)]
pub struct Mutex<T> {
    inner: std::sync::Mutex<T>,
}

impl<T> Mutex<T> {
    /// A mutex that holds `value`.
    pub const fn new(value: T) -> Self {
        Self { inner: std::sync::Mutex::new(value) }
    }

    /// Blocks until the value is free.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The value, which nobody else can lock meanwhile.
    pub fn get_mut(&mut self) -> &mut T {
        self.inner.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The value if it is free now.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        match self.inner.try_lock() {
            Ok(value) => Some(value),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}
