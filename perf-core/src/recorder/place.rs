//! Where an event is counted, and under which name.

use super::cache::CacheSeries;
use super::cache_state::TellState;
use super::call::CallSeries;
use super::connections::TellConnections;
use super::pool::PoolSeries;
use super::pool_use::PoolUseSeries;
use super::query::QuerySeries;
use super::route::RouteSeries;
use super::server_state::TellServer;
use super::{Recorder, RouteId};
use crate::event::{CallSite, FetchEvent, Name, QueryEvent, SkipEvent};
use crate::scope::Label;
use crate::sql::Fingerprint;
use crate::sync::Weak;
use crate::table;
use crate::time::Duration;

impl Recorder {
    pub(crate) fn label(&self, id: RouteId) -> Label<'_> {
        self.series().routes.entry(id).0.label()
    }

    pub(crate) fn route(&self, id: RouteId) -> &RouteSeries {
        self.series().routes.get(id)
    }

    pub(crate) fn query(&self, event: &QueryEvent) -> &QuerySeries {
        let queries = &self.series().queries;
        let key = || (event.fingerprint.clone(), event.call_site);
        queries.get(queries.id(query_hash(event), |key| is_of(event, key), key))
    }

    /// Statements beyond the bound share a series, which has no columns.
    pub(crate) fn fetched(&self, event: &FetchEvent<'_>) {
        if let Some(series) = self.own_series(&event.fingerprint, event.call_site) {
            series.columns.count(event);
        }
    }

    /// As little is known of what statements beyond the bound skip.
    pub(crate) fn skipped(&self, event: &SkipEvent) {
        if let Some(series) = self.own_series(&event.fingerprint, event.call_site) {
            series.skipped.count(event.rows);
        }
    }

    fn own_series(&self, fingerprint: &Fingerprint, call_site: CallSite) -> Option<&QuerySeries> {
        let query = QueryEvent::new(fingerprint.clone(), call_site, Duration::ZERO);
        let queries = &self.series().queries;
        let key = || (query.fingerprint.clone(), call_site);
        let id = queries.id(query_hash(&query), |key| is_of(&query, key), key);
        (!id.is_other()).then(|| queries.get(id))
    }

    /// Under which statement and call site the event was counted.
    pub(crate) fn query_key(&self, event: &QueryEvent) -> &(Fingerprint, CallSite) {
        self.series().queries.known(query_hash(event), |key| is_of(event, key))
    }

    pub(crate) fn cache_name(&self, name: &Name) -> &Name {
        self.series().caches.known(name.hash, |known| known == name)
    }

    pub(crate) fn pool_name(&self, name: &Name) -> &Name {
        self.series().pools.known(name.hash, |known| known == name)
    }

    pub(crate) fn call_name(&self, name: &Name) -> &Name {
        self.series().calls.known(name.hash, |known| known == name)
    }

    #[inline]
    pub(crate) fn cache(&self, name: &Name) -> &CacheSeries {
        self.series().caches.named(name)
    }

    /// Names beyond the bound share a series, whose state would be that of any one of them.
    pub(crate) fn cache_source(&self, name: &Name, cache: Weak<dyn TellState>) {
        let caches = &self.series().caches;
        let id = caches.id(name.hash, |known| known == name, || name.clone());
        if !id.is_other() {
            caches.get(id).source.set(cache);
        }
    }

    pub(crate) fn server_source(&self, name: &Name, server: Weak<dyn TellServer>) {
        let pools = &self.series().pools;
        let id = pools.id(name.hash, |known| known == name, || name.clone());
        if !id.is_other() {
            pools.get(id).server.set(server);
        }
    }

    pub(crate) fn connections_source(&self, name: &Name, teller: Weak<dyn TellConnections>) {
        let pools = &self.series().pools;
        let id = pools.id(name.hash, |known| known == name, || name.clone());
        if !id.is_other() {
            pools.get(id).connections.set(teller);
        }
    }

    pub(crate) fn pool(&self, name: &Name) -> &PoolSeries {
        self.series().pools.named(name)
    }

    pub(crate) fn pool_use(&self, pool: &Name, call_site: CallSite) -> &PoolUseSeries {
        let uses = &self.series().pool_uses;
        let hash = table::hash(&(pool.hash, call_site));
        let is = |(known, place): &(Name, CallSite)| *place == call_site && known == pool;
        uses.get(uses.id(hash, is, || (pool.clone(), call_site)))
    }

    pub(crate) fn call(&self, name: &Name) -> &CallSeries {
        self.series().calls.named(name)
    }

    pub(crate) fn count_late(&self) {
        self.series().late_events.add(1);
    }
}

fn query_hash(event: &QueryEvent) -> u64 {
    table::hash(&(event.fingerprint.id(), event.call_site))
}

fn is_of(event: &QueryEvent, (fingerprint, call_site): &(Fingerprint, CallSite)) -> bool {
    *fingerprint == event.fingerprint && *call_site == event.call_site
}
