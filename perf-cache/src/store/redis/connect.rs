use std::error::Error;

use perf_core::sync::Arc;
use perf_core::time::Duration;
use redis::{RedisError, cmd};

use super::ear::Ear;
use super::link::Link;
use super::names::Names;
use super::script::Scripts;
use super::target::Target;
use super::tracking::Own;
use super::{CONNECT_LIMIT, RedisSettings, RedisStore, failure, wire};
use crate::BuildError;
use crate::store::StoreError;

const ONLY_TLS: &str = "the connection was closed before an answer came: where Redis takes TLS alone, \
     write rediss in place of redis";
const NO_TLS: &str =
    "no answer in TLS came: where Redis speaks none, write redis in place of rediss";

/// Why a store was not opened.
enum Refused {
    Client(RedisError),
    Unreachable(RedisError),
    Distrusted(&'static str),
    Unusable(StoreError),
}

impl RedisStore {
    /// Connects within 2 s, and sees whether scripts and the channel work.
    ///
    /// # Errors
    /// When the URL or the prefix cannot be used, or Redis cannot be used now.
    pub(crate) async fn connect(url: &str, settings: RedisSettings) -> Result<Self, BuildError> {
        if settings.prefix.starts_with('@') {
            return Err(BuildError::Prefix);
        }
        let target = Target::parse(url, &settings.trust)
            .map_err(|source| BuildError::RedisUrl { source })?;
        let address = target.address();
        if settings.tracking && target.is_cluster() {
            let source = "tracking is for one Redis: on a cluster each primary would track alone";
            return Err(BuildError::RedisUnusable { address, source: source.into() });
        }
        let is_tls = target.is_tls();
        let opened = tokio::time::timeout(CONNECT_LIMIT, Self::open(target, &settings)).await;
        Err(match opened {
            Ok(Ok(store)) => return Ok(store),
            Ok(Err(Refused::Client(error))) => {
                BuildError::RedisRefused { address, source: error.into() }
            }
            Ok(Err(Refused::Unreachable(error))) => {
                let source = unanswered(error, is_tls);
                BuildError::RedisUnreachable { address, source }
            }
            Ok(Err(Refused::Distrusted(reason))) => {
                BuildError::RedisCertificate { address, source: reason.into() }
            }
            Ok(Err(Refused::Unusable(error))) => {
                BuildError::RedisUnusable { address, source: error.reason.into() }
            }
            Err(_) if is_tls => BuildError::RedisUnreachable { address, source: NO_TLS.into() },
            Err(late) => BuildError::RedisUnreachable { address, source: late.into() },
        })
    }

    async fn open(target: Target, settings: &RedisSettings) -> Result<Self, Refused> {
        let (database, is_cluster) = (target.database(), target.is_cluster());
        let link = Link::open(target).await?;
        let store = Self {
            link,
            names: Names::new(&settings.prefix, database),
            scripts: Scripts::new(),
            gather: (!is_cluster).then(Arc::default),
            own: settings.tracking.then(Own::default),
        };
        store.write().await?;
        store.world_now().await.map_err(Refused::Unusable)?;
        store.hear_myself().await?;
        Ok(store)
    }

    /// A replica, or a server without memory, answers everything else when the world is there already.
    async fn write(&self) -> Result<(), RedisError> {
        let mut set = cmd("SET");
        set.arg(self.names.probe()).arg("").arg("PX").arg(1);
        self.link.query(&set).await
    }

    /// A proxy or an ACL may let commands through and no subscription, and nobody would notice.
    async fn hear_myself(&self) -> Result<(), RedisError> {
        // The other nodes of a cluster hear of a new subscription a little later.
        const AGAIN: Duration = Duration::from_millis(100);
        let mut ear = Ear::open(self).await?;
        let mut publish = cmd("PUBLISH");
        publish.arg(self.names.channel()).arg(wire::probe(fastrand::u64(..)));
        loop {
            self.link.query::<()>(&publish).await?;
            match tokio::time::timeout(AGAIN, ear.next()).await {
                Ok(Some(_)) => return Ok(()),
                Ok(None) => {
                    return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
                }
                Err(_) => {}
            }
        }
    }
}

impl From<RedisError> for Refused {
    fn from(error: RedisError) -> Self {
        if let Some(reason) = failure::distrust(&error) {
            Self::Distrusted(reason)
        } else if failure::is_refusal(&error) {
            Self::Client(error)
        } else if failure::is_answer(&error) {
            Self::Unusable(error.into())
        } else {
            Self::Unreachable(error)
        }
    }
}

/// Whoever speaks TLS alone hangs up at once on those who do not; Redis without it waits for more.
fn unanswered(error: RedisError, is_tls: bool) -> Lost {
    if is_tls && error.is_timeout() {
        NO_TLS.into()
    } else if !is_tls && failure::was_hung_up(&error) {
        ONLY_TLS.into()
    } else {
        error.into()
    }
}

impl From<&'static str> for StoreError {
    fn from(reason: &'static str) -> Self {
        Self { reason: reason.to_owned() }
    }
}

/// What went wrong before there was an address.
pub(super) type Lost = Box<dyn Error + Send + Sync>;
