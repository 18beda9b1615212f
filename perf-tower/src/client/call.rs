use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Extensions, HeaderMap, Method, Uri};
use perf_core::scope::InScope;
use perf_core::sync::{Arc, OnceLock};
use perf_core::time::{self, Instant};
use perf_core::{CallEvent, CallSite, EventOutcome, FutureExt, Name};

use super::Attempts;
use super::names::Names;
use super::target::Target;
use crate::Route;

/// What a layer and all its services share.
#[derive(Clone, Default)]
pub(super) struct Calls {
    names: Arc<Names>,
    route: Option<Arc<RouteFn>>,
}

type RouteFn = dyn Fn(&Uri) -> Option<Route> + Send + Sync;

impl Calls {
    pub(super) fn route(
        mut self,
        route: impl Fn(&Uri) -> Option<Route> + Send + Sync + 'static,
    ) -> Self {
        self.route = Some(Arc::new(route));
        self
    }

    /// Begins the call that a request makes.
    pub(super) fn begin(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Call {
        let route = extensions.get::<Route>().copied();
        let route = route.or_else(|| self.route.as_ref().and_then(|route| route(uri)));
        Call::begin(Recording {
            target: self.names.name(&Target::new(method, uri, headers, route)),
            call_site: extensions.get::<CallSite>().copied(),
            attempt: extensions.get::<Attempts>().map_or(1, Attempts::next),
            started: time::now(),
            outcome: Arc::default(),
        })
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls").finish_non_exhaustive()
    }
}

/// A call that has begun. Its owner moves from the service to the future to the body; it is recorded
/// once, when it ends, and as cancelled when it is dropped before and has not failed.
pub(super) struct Call {
    outcome: Arc<OnceLock<EventOutcome>>,
    /// Dropped inside the scope that was current at the beginning, which is all that it is a
    /// future for; the outcome is shared because a future in a scope cannot be reached.
    _recording: InScope<Recording>,
}

impl Call {
    fn begin(recording: Recording) -> Self {
        Self { outcome: Arc::clone(&recording.outcome), _recording: recording.in_current_scope() }
    }

    /// Says that the call has failed, however it goes on.
    pub(super) fn fail(&self) {
        self.set(EventOutcome::Error);
    }

    pub(super) fn end(self, outcome: EventOutcome) {
        self.set(outcome);
    }

    fn set(&self, outcome: EventOutcome) {
        // The first one stays.
        _ = self.outcome.set(outcome);
    }
}

struct Recording {
    target: Name,
    call_site: Option<CallSite>,
    attempt: u32,
    started: Instant,
    outcome: Arc<OnceLock<EventOutcome>>,
}

impl Future for Recording {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let outcome = self.outcome.get().copied().unwrap_or(EventOutcome::Cancelled);
        let event = CallEvent::new(&self.target, self.started.elapsed(), outcome);
        let event = event.attempt(self.attempt);
        match self.call_site {
            Some(call_site) => event.call_site(call_site).record(),
            None => event.record(),
        }
    }
}
