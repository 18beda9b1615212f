use std::thread;

use super::{Scope, current};
use crate::alloc::{self, Allocations};

/// A scope that is entered until this is dropped.
pub(super) struct Entered<'a> {
    scope: &'a mut Scope,
    was_panicking: bool,
    allocated: Allocations,
}

impl<'a> Entered<'a> {
    #[inline]
    pub(super) fn new(scope: &'a mut Scope) -> Self {
        current::swap(&mut scope.state);
        Self { scope, was_panicking: thread::panicking(), allocated: alloc::so_far() }
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        current::swap(&mut self.scope.state);
        if thread::panicking() && !self.was_panicking {
            // A runtime catches the panic and drops the scope later, when nothing unwinds any more.
            self.scope.has_panicked = true;
        } else if let Some(state) = &self.scope.state {
            state.notes.add_allocations(alloc::so_far() - self.allocated);
        }
    }
}
