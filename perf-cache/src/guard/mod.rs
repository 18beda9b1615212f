//! SHIM until the branch `remote` is merged.
use std::fmt;

use perf_core::sync::Arc;
use perf_core::time::Duration;
use tokio::runtime::Handle;

use crate::fence::{Ledger, TagId};
use crate::store::{Base, Found, Generation, Lease, Store, StoreError, TagState};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unavailable;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Intent {
    Key(Arc<str>),
    Tag(TagId),
    All,
    Matching(Arc<str>),
}

pub(crate) trait Home: Send + Sync + 'static {
    fn ledger(&self) -> &Ledger;
    fn key_changed(&self, key: &str);
    fn rule_added(&self);
}

pub(crate) struct Remote {
    store: Arc<dyn Store>,
    limit: Duration,
    lease: Duration,
    runtime: Handle,
}

impl Remote {
    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }
    pub(crate) fn is_usable(&self) -> bool {
        true
    }
    async fn run<T>(
        &self,
        reply: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, Unavailable> {
        match tokio::time::timeout(self.limit, reply).await {
            Ok(Ok(t)) => Ok(t),
            _ => Err(Unavailable),
        }
    }
    pub(crate) async fn read(&self, keys: &[&str]) -> Result<Vec<Found>, Unavailable> {
        self.run(self.store.read(keys)).await
    }
    pub(crate) async fn read_head(
        &self,
        key: &str,
        n: usize,
    ) -> Result<Option<Vec<u8>>, Unavailable> {
        self.run(self.store.read_head(key, n)).await
    }
    pub(crate) async fn lease(&self, key: &str) -> Result<Lease, Unavailable> {
        self.run(self.store.lease(key, self.lease)).await
    }
    pub(crate) async fn publish(
        &self,
        key: &str,
        base: &Base,
        bytes: &[u8],
        keep: Duration,
    ) -> Result<bool, Unavailable> {
        self.run(self.store.publish(key, base, bytes, keep)).await
    }
    pub(crate) async fn tags(
        &self,
        tags: &[TagId],
        keep: Duration,
    ) -> Result<Vec<TagState>, Unavailable> {
        self.run(self.store.tags(tags, keep)).await
    }
    pub(crate) async fn reopen(
        &self,
        key: &str,
        generation: Generation,
    ) -> Result<crate::fence::Version, Unavailable> {
        let ticket = crate::store::Ticket { publisher: 0, number: 0 };
        self.run(self.store.reopen(key, generation, self.lease, ticket)).await
    }
    pub(crate) async fn tell(&self, intent: Intent) {
        let ticket = crate::store::Ticket { publisher: 0, number: 0 };
        if let Intent::Key(key) = intent {
            _ = self.run(self.store.remove(&key, ticket)).await;
        }
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").finish_non_exhaustive()
    }
}
