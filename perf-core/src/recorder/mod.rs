//! Where all events and scopes end up: a bounded number of series, and findings from them.
//!
//! ```
//! use perf_core::{Label, Outcome, Recorder};
//!
//! let recorder = Recorder::builder().routes(100).build();
//! recorder.scope(Label::request("GET", "/orders/{id}")).close(Outcome::Ok);
//! let snapshot = recorder.snapshot();
//! assert_eq!(snapshot.routes[0].route, "GET /orders/{id}");
//! assert_eq!(snapshot.routes[0].requests, 1);
//! println!("{snapshot}");
//! ```
//!
//! Every family of series has a bound. What comes after it is full is counted in one series
//! named `_other`, and [`Dropped`](crate::snapshot::Dropped) says how often that happened.

mod builder;
mod cache;
mod cache_freshness;
mod cache_spared;
mod cache_state;
mod call;
mod columns;
mod connections;
mod exemplar;
mod failures;
mod family;
mod history;
mod kept;
mod observe;
mod place;
mod pool;
mod pool_use;
mod query;
mod redis_state;
mod repetition;
mod route;
mod series;
mod server_state;
mod skipped;
mod source;
mod told;
mod usage;

use std::fmt;

pub use builder::RecorderBuilder;
pub use cache::{CacheStats, TierStats};
pub use cache_freshness::{Audits, Reloads};
pub use cache_spared::Spared;
pub use cache_state::{BreakerState, CacheState, PredictedRate, TellState, register_cache};
pub use call::CallStats;
pub use columns::ColumnStats;
pub use connections::{ServerConnections, TellConnections, register_pool};
pub use exemplar::Exemplar;
pub use history::Point;
pub use kept::{Kept, KeptReason};
pub use observe::{AlreadyObserved, ClosedScope, Observe};
pub use pool::PoolStats;
pub use pool_use::PoolUseStats;
pub use query::QueryStats;
pub use redis_state::{Backplane, RedisNode};
pub use route::RouteStats;
pub use server_state::{ServerRole, ServerState, TellServer, register_server};
pub use skipped::SkipStats;
pub use usage::{Usage, UsageKind};

use self::family::SeriesId;
use self::route::{RouteKey, RouteSeries};
pub(crate) use self::series::{Closed, Series};
use self::told::Told;
use crate::scope::{self, Label, Scope, State, Work};
use crate::snapshot::Snapshot;
use crate::sync::{Arc, OnceLock};
use crate::time;

pub(crate) type RouteId = SeriesId;

/// The place where events and scopes are counted; see the [module](self). Cheap to clone.
#[derive(Clone)]
pub struct Recorder {
    series: Handle,
}

/// The global recorder needs no reference count, which threads would share.
#[derive(Clone)]
enum Handle {
    Global(&'static Series),
    Own(Arc<Series>),
}

impl Recorder {
    /// The recorder of the process, which everything uses that was not given another.
    #[inline]
    pub fn global() -> &'static Self {
        static GLOBAL: OnceLock<Recorder> = OnceLock::new();
        static SERIES: OnceLock<Series> = OnceLock::new();
        GLOBAL.get_or_init(|| {
            let series = SERIES.get_or_init(|| Self::builder().into_series());
            Self { series: Handle::Global(series) }
        })
    }

    /// A recorder of one's own: for a test, or for a part of the process.
    pub fn builder() -> RecorderBuilder {
        RecorderBuilder::default()
    }

    /// Opens a scope whose events and end are counted here.
    ///
    /// # Cost
    /// One allocation; the route is found by one probe of a table.
    #[inline]
    pub fn scope(&self, label: Label<'_>) -> Scope {
        Scope::of(self.open(label))
    }

    /// What a new scope under this label shares. Apart from the scope, which then is made where it
    /// is wanted, and not handed out through memory.
    fn open(&self, label: Label<'_>) -> Arc<State> {
        let route = self.route_id(label);
        if let Some(observer) = self.observer() {
            observer.opened(self.label(route));
        }
        self.route(route).open();
        Arc::new(State::open(self.clone(), route))
    }

    /// Whether scopes have been counted here under this label.
    ///
    /// For labels that a client could make up: what made them known decides how many there are.
    ///
    /// # Cost
    /// One probe of a table.
    pub fn knows(&self, label: Label<'_>) -> bool {
        self.series().routes.has(label.hash(), |key| key.is(label))
    }

    /// Whether the scope that runs now counts here under this label; one that counts under `unknown`
    /// is given the label first.
    ///
    /// For who opens scopes at several places that one piece of work may pass, and learns only at
    /// the inner one what it is about.
    ///
    /// # Cost
    /// Outside of every scope one look at a thread-local; inside, a comparison of names.
    pub fn joins_current(&self, unknown: Label<'_>, label: Label<'_>) -> bool {
        let found = scope::with_current(|scope| {
            if !scope.is_of(self) {
                return (false, false);
            }
            let routes = &self.series().routes;
            let key = &routes.entry(scope.route()).0;
            // Both may count in the series for the rest.
            let known = || routes.known(label.hash(), |key| key.is(label));
            (key.is(unknown), key.is(label) || std::ptr::eq(key, known()))
        });
        let (is_unknown, is_label) = found.unwrap_or_default();
        if is_unknown
            && !is_label
            && let Some(scope) = scope::current()
        {
            scope.relabel(self.route_id(label));
        }
        is_unknown || is_label
    }

    /// The route with this label, made when it is new.
    pub(crate) fn route_id(&self, label: Label<'_>) -> RouteId {
        self.series().routes.id(label.hash(), |key| key.is(label), || RouteKey::from(label))
    }

    /// Whether both count in the same place.
    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.series(), other.series())
    }

    /// What has been counted up to now, with findings.
    ///
    /// # Cost
    /// Merges every histogram: milliseconds for a thousand series, and no writer waits for it.
    pub fn snapshot(&self) -> Snapshot {
        let (series, now) = (self.series(), time::now());
        if series.ticks.is_due(now - series.started) {
            series.tick(now);
        }
        Snapshot::of(series, now)
    }

    /// Takes in a scope that has closed, and gives its work back where that is wanted.
    pub(crate) fn fold(
        &self,
        closed: &Closed<'_>,
        work: Option<Box<Work>>,
        wants_work: bool,
    ) -> Option<Box<Work>> {
        let series = self.series();
        let (key, route) = series.routes.entry(closed.route);
        route.close(closed);
        if let Some(observer) = self.observer() {
            observer.closed(&ClosedScope::new(key.label(), closed));
        }
        if let Some(work) = &work {
            series.fold(closed, work);
        }
        let since = closed.now - series.started;
        if series.ticks.is_due(since) {
            series.tick(closed.now);
        }
        let Some(reason) = route.kept.reason(closed, since) else { return work };
        let given_back = work.as_ref().filter(|_| wants_work).cloned();
        route.kept.keep(&series.budget, reason, key.label().to_string(), closed, work);
        given_back
    }

    /// The slowest of the last minutes and a sample of the others, of one route.
    ///
    /// `route` is a [`RouteStats::id`].
    pub fn kept_of(&self, route: &str) -> Vec<Arc<Kept>> {
        self.find(route).map_or_else(Vec::new, |route| route.kept.all())
    }

    /// The kept scope with this number, while it is kept.
    ///
    /// # Cost
    /// Looks through all that is kept.
    pub fn kept(&self, id: u64) -> Option<Arc<Kept>> {
        self.series().routes.iter().find_map(|(_, route)| route.kept.find(id))
    }

    /// What a route did in the last ten minutes, in steps of five seconds and more.
    ///
    /// `route` is a [`RouteStats::id`].
    pub fn history(&self, route: &str) -> Vec<Point> {
        self.find(route).map_or_else(Vec::new, |route| route.history.points())
    }

    fn find(&self, id: &str) -> Option<&RouteSeries> {
        let number = u64::from_str_radix(id, 16).ok()?;
        let mut routes = self.series().routes.iter();
        routes.find(|(key, _)| key.number == number).map(|(_, route)| route)
    }

    #[inline]
    fn series(&self) -> &Series {
        match &self.series {
            Handle::Global(series) => series,
            Handle::Own(series) => series,
        }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}
