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
mod call;
mod failures;
mod family;
mod pool;
mod query;
mod repetition;
mod route;

use std::fmt;

pub use builder::RecorderBuilder;
pub use cache::{CacheStats, TierStats};
pub use call::CallStats;
pub use pool::PoolStats;
pub use query::QueryStats;
pub use route::RouteStats;

use self::cache::CacheSeries;
use self::call::CallSeries;
use self::family::{Family, SeriesId};
use self::pool::PoolSeries;
use self::query::QuerySeries;
use self::repetition::{RepetitionKey, RepetitionSeries};
use self::route::{RouteKey, RouteSeries};
use crate::event::{CallSite, Name, QueryEvent};
use crate::metric::Counter;
use crate::scope::{Label, Outcome, Scope, Work};
use crate::snapshot::Snapshot;
use crate::sql::Fingerprint;
use crate::sync::{Arc, OnceLock};
use crate::table::{self, Table};
use crate::time::{self, Duration, Instant};

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

pub(crate) struct Series {
    pub(crate) started: Instant,
    pub(crate) repetitions_at: u64,
    pub(crate) routes: Family<RouteKey, RouteSeries>,
    pub(crate) queries: Family<(Fingerprint, CallSite), QuerySeries>,
    pub(crate) caches: Family<Name, CacheSeries>,
    pub(crate) pools: Family<Name, PoolSeries>,
    pub(crate) calls: Family<Name, CallSeries>,
    pub(crate) repetitions: Table<RepetitionKey, RepetitionSeries>,
    pub(crate) ungrouped: Counter,
    pub(crate) late_events: Counter,
}

impl Recorder {
    /// The recorder of the process, which everything uses that was not given another.
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
    pub fn scope(&self, label: Label<'_>) -> Scope {
        let route = self.series().routes.id(
            table::hash(&(label.method, label.name)),
            |key| key.is(label),
            || RouteKey::from(label),
        );
        Scope::open(self.clone(), route)
    }

    /// What has been counted up to now, with findings.
    ///
    /// # Cost
    /// Merges every histogram: milliseconds for a thousand series, and no writer waits for it.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(self.series(), time::now())
    }

    pub(crate) fn route(&self, id: RouteId) -> &RouteSeries {
        self.series().routes.get(id)
    }

    pub(crate) fn query(&self, event: &QueryEvent) -> &QuerySeries {
        let queries = &self.series().queries;
        let same = |(fingerprint, call_site): &(Fingerprint, CallSite)| {
            *fingerprint == event.fingerprint && *call_site == event.call_site
        };
        let hash = table::hash(&(event.fingerprint.id(), event.call_site));
        queries.get(queries.id(hash, same, || (event.fingerprint.clone(), event.call_site)))
    }

    pub(crate) fn cache(&self, name: &Name) -> &CacheSeries {
        self.series().caches.named(name)
    }

    pub(crate) fn pool(&self, name: &Name) -> &PoolSeries {
        self.series().pools.named(name)
    }

    pub(crate) fn call(&self, name: &Name) -> &CallSeries {
        self.series().calls.named(name)
    }

    pub(crate) fn count_late(&self) {
        self.series().late_events.add(1);
    }

    /// Takes in a scope that has closed.
    pub(crate) fn fold(
        &self,
        route: RouteId,
        outcome: Outcome,
        elapsed: Duration,
        work: Option<&Work>,
    ) {
        let series = self.series();
        series.routes.get(route).close(outcome, elapsed);
        let Some(work) = work else { return };
        if work.groups.left_out() > 0 {
            series.ungrouped.add(work.groups.left_out());
        }
        for (kind, group) in work.groups.repetitions(series.repetitions_at) {
            let key = RepetitionKey::new(kind, route, group);
            let make = || (key.clone(), RepetitionSeries::default());
            let place = series.repetitions.place(key.hash(), |known| *known == key, make);
            if let Some((_, repetition)) = place.and_then(|place| series.repetitions.at(place)) {
                repetition.count(group, elapsed);
            }
        }
    }

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
