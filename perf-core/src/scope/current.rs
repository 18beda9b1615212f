//! Which scope the current thread works for.

use std::cell::RefCell;
use std::mem;

use super::state::State;
use crate::event::Event;
use crate::recorder::Recorder;
use crate::sync::Arc;

thread_local! {
    static CURRENT: RefCell<Option<Arc<State>>> = const { RefCell::new(None) };
}

/// Makes `scope` the current one until the guard is dropped; the outer one waits in its place.
#[inline]
pub(super) fn enter(scope: &mut Option<Arc<State>>) -> Entered<'_> {
    swap(scope);
    Entered { outer: scope }
}

pub(super) struct Entered<'a> {
    outer: &'a mut Option<Arc<State>>,
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        swap(self.outer);
    }
}

pub(crate) fn current() -> Option<Arc<State>> {
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}

/// Looks at the current scope, if there is one.
pub(crate) fn with_current<T>(look: impl FnOnce(&State) -> T) -> Option<T> {
    CURRENT.try_with(|current| current.borrow().as_deref().map(look)).ok().flatten()
}

/// Shows the recorder of the current scope, or the global one.
pub(crate) fn with_recorder(look: impl Fn(&Recorder)) {
    if with_current(|scope| look(&scope.recorder)).is_none() {
        look(Recorder::global());
    }
}

/// Brings an event to the current scope and its recorder, or to the global recorder.
#[inline]
pub(crate) fn hand_in(event: &impl Event) {
    let in_scope = CURRENT.try_with(|current| {
        let current = current.borrow();
        let scope = current.as_ref()?;
        event.count(&scope.recorder);
        scope.append(event);
        Some(scope.recorder.observer().map(|_| scope.recorder.clone()))
    });
    // Outside of the borrow: an observer may open a scope of its own. At the end of a thread its locals are
    // gone, and so is every scope.
    match in_scope.ok().flatten() {
        Some(observed) => observed.iter().for_each(|recorder| show(event, recorder)),
        None => {
            event.count(Recorder::global());
            show(event, Recorder::global());
        }
    }
}

#[inline]
fn show(event: &impl Event, recorder: &Recorder) {
    if let Some(observer) = recorder.observer() {
        event.show(recorder, observer);
    }
}

#[inline]
pub(super) fn swap(scope: &mut Option<Arc<State>>) {
    // The destructors of other thread locals may run after ours; there is no scope then.
    _ = CURRENT.try_with(|current| mem::swap(&mut *current.borrow_mut(), scope));
}
