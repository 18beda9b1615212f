use std::convert::Infallible;
use std::error::Error;

use perf_core::sync::Arc;
use perf_core::time::Duration;
use thiserror::Error;

/// Why a cache was not built.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The cache has no name to be reported under.
    #[error("the cache has an empty name: give name() a text")]
    EmptyName,
    /// There is no room for a single entry.
    #[error("max_bytes() is 0: give the cache a budget")]
    NoBudget,
    /// The URL of Redis cannot be read, or it asks for what this build cannot do, such as TLS.
    #[error(
        "the URL given to redis() is not one for this client: \
         write redis://[user:password@]host[:port][/database]"
    )]
    RedisUrl {
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Nobody answers at that address, or not as Redis does.
    #[error(
        "Redis at {address} does not answer: start it, correct the URL given to redis() \
         (REDIS_URL, if that is where you read it from), or leave redis() out to cache in this process alone"
    )]
    RedisUnreachable {
        /// Host and port, without user and password.
        address: String,
        /// What happened.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The prefix begins with `@`, as the names do that belong to the cache itself.
    #[error("prefix() begins with `@`, which is kept for the cache's own keys: choose another")]
    Prefix,
    /// Redis answers, but a cache cannot work with it: it is a replica, still loading or out of
    /// memory, or its ACL forbids scripts or the channel.
    #[error("Redis at {address} cannot be used as a cache now")]
    RedisUnusable {
        /// Host and port, without user and password.
        address: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Redis answers, but not to this user.
    #[error(
        "Redis at {address} refuses this client: correct user and password in the URL given to \
         redis() (REDIS_URL, if that is where you read it from)"
    )]
    RedisRefused {
        /// Host and port, without user and password.
        address: String,
        /// What Redis says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Redis speaks TLS, but this process does not believe that it is the right one.
    #[error("the certificate of Redis at {address} is not accepted")]
    RedisCertificate {
        /// Host and port, without user and password.
        address: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// What was given to `redis_ca()` is no certificate.
    #[error("what was given to redis_ca() cannot be used: give it the CA's certificate in PEM")]
    RedisCa {
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Redis answers, but what this process tells the others does not come back to it.
    #[error(
        "Redis does not carry this cache's messages: allow its user the channels that begin with `@` \
         and the commands SUBSCRIBE and PUBLISH"
    )]
    Backplane,
}

/// Why a load gave no value. `E` is the loader's own error.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError<E = Infallible> {
    /// The loader failed. All callers that waited for it share the error.
    #[error("the loader failed")]
    Failed(#[source] Arc<E>),
    /// The loader panicked.
    #[error("the loader panicked: {message}")]
    Panicked {
        /// The panic's message.
        message: Arc<str>,
    },
    /// The loader took longer than the policy's hard timeout and was stopped.
    #[error("the loader took longer than {limit:?}")]
    TimedOut {
        /// The hard timeout.
        limit: Duration,
    },
    /// The runtime that ran the loader was shut down.
    #[error("the loader was stopped with its runtime")]
    Stopped,
}

impl<E> LoadError<E> {
    /// The same error for another caller.
    pub(crate) fn share(&self) -> Self {
        match self {
            Self::Failed(error) => Self::Failed(error.clone()),
            Self::Panicked { message } => Self::Panicked { message: message.clone() },
            Self::TimedOut { limit } => Self::TimedOut { limit: *limit },
            Self::Stopped => Self::Stopped,
        }
    }
}
