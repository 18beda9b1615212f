use std::borrow::Cow;
use std::fmt;

use http::request::Parts;
use perf_core::sync::{Arc, AtomicU64, Ordering};

use crate::Authorize;

/// What a [`PerfLayer`](super::PerfLayer) does beyond recording everything.
#[derive(Clone, Default)]
pub(super) struct Settings {
    pub(super) route_by: Option<RouteBy>,
    pub(super) server_timing: Option<Authorize>,
    pub(super) skip: Vec<Box<str>>,
    pub(super) rates: Vec<Rate>,
}

type RouteBy = Arc<dyn Fn(&Parts) -> Option<Cow<'static, str>> + Send + Sync>;

/// What the application said about one request.
#[derive(Default)]
pub(super) struct Told {
    pub(super) route: Option<Cow<'static, str>>,
    pub(super) shows_timing: bool,
}

/// One in so many requests to these templates.
#[derive(Clone)]
pub(super) struct Rate {
    pub(super) one_in: u64,
    pub(super) templates: Vec<Box<str>>,
    pub(super) seen: Arc<AtomicU64>,
}

impl Settings {
    /// Whether the application wants to look at requests.
    pub(super) fn asks(&self) -> bool {
        self.route_by.is_some() || self.server_timing.is_some()
    }

    pub(super) fn ask(&self, request: &Parts) -> Told {
        Told {
            route: self.route_by.as_ref().and_then(|route_by| route_by(request)),
            shows_timing: self.server_timing.as_ref().is_some_and(|who| who.allows(request)),
        }
    }

    pub(super) fn records(&self, template: Option<&str>) -> bool {
        let Some(template) = template else { return true };
        let is_in = |templates: &[Box<str>]| templates.iter().any(|known| **known == *template);
        if is_in(&self.skip) {
            return false;
        }
        let rate = self.rates.iter().find(|rate| is_in(&rate.templates));
        rate.is_none_or(Rate::is_due)
    }
}

impl Rate {
    fn is_due(&self) -> bool {
        let seen = self.seen.fetch_add(1, Ordering::Relaxed);
        seen.checked_rem(self.one_in) == Some(0)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("skip", &self.skip).finish_non_exhaustive()
    }
}
