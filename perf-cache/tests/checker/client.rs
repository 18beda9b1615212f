use std::time::Duration;

use perf_cache::{Cache, Policy};

use crate::database::{self, Target};
use crate::history::Value;

/// A node's cache, ours or the one that it is compared with.
#[derive(Clone)]
pub(crate) enum Client {
    Ours(Cache),
    Moka(moka::future::Cache<String, Value>),
}

impl Client {
    pub(crate) async fn get(&self, key: &str) -> Option<Value> {
        match self {
            Self::Ours(cache) => cache.get::<Value>(key).await.map(|value| *value),
            Self::Moka(cache) => cache.get(key).await,
        }
    }

    pub(crate) async fn load<L>(&self, key: &str, ttl: Duration, load: L) -> Result<Value, String>
    where
        L: Future<Output = Value> + Send + 'static,
    {
        match self {
            Self::Ours(cache) => {
                let loaded = cache.get_or_load(key, policy(key, ttl), || load).await;
                loaded.map(|value| *value).map_err(|error| error.to_string())
            }
            Self::Moka(cache) => Ok(cache.get_with(key.to_owned(), load).await),
        }
    }

    pub(crate) async fn insert(&self, key: &str, ttl: Duration, value: Value) {
        match self {
            Self::Ours(cache) => _ = cache.insert(key, value, policy(key, ttl)).await,
            Self::Moka(cache) => cache.insert(key.to_owned(), value).await,
        }
    }

    pub(crate) async fn invalidate(&self, target: &Target) {
        match (self, target) {
            (Self::Ours(cache), Target::Key(key)) => cache.invalidate(key).await,
            (Self::Ours(cache), Target::Tag(tag)) => cache.invalidate_tag(tag).await,
            (Self::Ours(cache), Target::Matching(pattern)) => {
                cache.invalidate_matching(pattern.as_str()).await;
            }
            (Self::Ours(cache), Target::All) => cache.invalidate_all().await,
            (Self::Moka(cache), Target::Key(key)) => cache.invalidate(key).await,
            (Self::Moka(cache), _) => cache.invalidate_all(),
        }
    }
}

fn policy(key: &str, ttl: Duration) -> Policy {
    Policy::ttl(ttl).tags(database::tags(key))
}
