use std::fmt;

use crate::sync::{Arc, Mutex, Weak};

/// Who is asked for the state of one cache or server: the first of those that live.
pub(super) struct Source<T: ?Sized>(Mutex<Option<Weak<T>>>);

impl<T: ?Sized> Source<T> {
    pub(super) fn set(&self, teller: Weak<T>) {
        let mut source = self.0.lock();
        if source.as_ref().is_none_or(|source| source.strong_count() == 0) {
            *source = Some(teller);
        }
    }

    /// Without the lock: what the teller does for its answer is its own affair.
    pub(super) fn teller(&self) -> Option<Arc<T>> {
        self.0.lock().clone()?.upgrade()
    }
}

impl<T: ?Sized> Default for Source<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: ?Sized> fmt::Debug for Source<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}
