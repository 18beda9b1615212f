use crate::sync::OnceLock;

/// Memory that is taken when it is first written to.
#[derive(Debug)]
pub(super) struct Slot<T> {
    inner: OnceLock<Box<T>>,
}

impl<T> Slot<T> {
    pub(super) const fn empty() -> Self {
        Self { inner: OnceLock::new() }
    }

    #[inline]
    pub(super) fn get(&self) -> Option<&T> {
        self.inner.get().map(Box::as_ref)
    }
}

impl<T: Default> Slot<T> {
    #[inline]
    pub(super) fn filled(&self) -> &T {
        self.get().unwrap_or_else(|| self.fill())
    }

    // Out of line, to keep small what the callers of every record take in.
    #[cold]
    #[inline(never)]
    fn fill(&self) -> &T {
        self.inner.get_or_init(Box::default)
    }
}
