//! What Redis says, as one sentence: never with an address, a user, a key or a value in it.

use std::error::Error;
use std::io;

use perf_core::sync::Arc;
use redis::{ErrorKind, RedisError};

use super::trust;
use crate::store::StoreError;

impl From<&RedisError> for StoreError {
    fn from(error: &RedisError) -> Self {
        Self { reason: reason(error) }
    }
}

impl From<RedisError> for StoreError {
    fn from(error: RedisError) -> Self {
        Self::from(&error)
    }
}

pub(super) fn unexpected(what: &str) -> StoreError {
    StoreError { reason: format!("Redis answered {what} otherwise than the cache's scripts do") }
}

/// What a user needs, as `ACL SETUSER` takes it. `INFO` is for sweeps, `CLUSTER` for a cluster, `CLIENT`
/// for tracking.
macro_rules! rights {
    () => {
        "~PREFIX:* ~@PREFIX:* &@PREFIX:* +get +mget +getrange +set +del +unlink +exists +type +time \
         +pttl +pexpire +hset +hget +hdel +hlen +hgetall +scan +eval +evalsha +publish +subscribe \
         +ping +info +cluster|slots +client|tracking"
    };
}
#[cfg(test)]
pub(super) const RIGHTS: &str = rights!();

/// Whether it is this client that Redis does not let in.
pub(super) fn is_refusal(error: &RedisError) -> bool {
    matches!(error.code(), Some("NOAUTH" | "WRONGPASS"))
        || error.kind() == ErrorKind::AuthenticationFailed
}

/// Whether the key holds what is no text: a list, a hash, …
pub(super) fn is_wrong_type(error: &RedisError) -> bool {
    error.code() == Some("WRONGTYPE")
}

/// Whether a server that was the primary is not any more.
#[cfg(feature = "sentinel")]
pub(super) fn is_of_a_replica(error: &RedisError) -> bool {
    matches!(code(error), Some("READONLY" | "MASTERDOWN"))
}

/// Whether the server can be reached and says no.
pub(super) fn is_answer(error: &RedisError) -> bool {
    error.code().is_some()
}

/// Why the certificate of the server is no good, if it is not.
pub(super) fn distrust(error: &RedisError) -> Option<&'static str> {
    match cause(error) {
        Some(cause) => trust::distrust(cause),
        None => error.detail().and_then(trust::distrust_told),
    }
}

/// Whether the server ended the connection instead of answering.
pub(super) fn was_hung_up(error: &RedisError) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};

    cause(error).is_some_and(|cause| {
        matches!(cause.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
    })
}

fn cause(error: &RedisError) -> Option<&io::Error> {
    // The source is not the error itself but a pointer to it.
    let shared = error.source()?.downcast_ref::<Arc<dyn Error + Send + Sync>>()?;
    shared.as_ref().downcast_ref()
}

fn reason(error: &RedisError) -> String {
    if let Some(code) = code(error) {
        return match sentence(code) {
            Some(sentence) => sentence.to_owned(),
            None => format!("Redis answered with the error {code}"),
        };
    }
    if let Some(reason) = distrust(error) {
        return reason.to_owned();
    }
    match error.kind() {
        ErrorKind::Io => match cause(error) {
            Some(cause) => format!("the connection to Redis failed: {}", cause.kind()),
            None => "the connection to Redis failed".to_owned(),
        },
        _ => format!("Redis cannot be used: {}", error.category()),
    }
}

/// Before Redis 7 the error of a command within a script is only found in the text of the script's.
fn code(error: &RedisError) -> Option<&str> {
    const WITHIN: [&str; 5] = ["NOPERM", "READONLY", "OOM", "MISCONF", "NOREPLICAS"];
    let code = error.code()?;
    let detail = error.detail().unwrap_or_default();
    if code == "ERR" {
        let within = WITHIN.into_iter().find(|within| detail.contains(within));
        let permission = detail.contains("ACL failure").then_some("NOPERM");
        return within.or(permission).or(Some(code));
    }
    Some(code)
}

fn sentence(code: &str) -> Option<&'static str> {
    let sentence = match code {
        "NOPERM" => {
            concat!("the ACL of this Redis user forbids what the cache needs: ", rights!())
        }
        "READONLY" => "this Redis is a replica and takes no writes",
        "OOM" => "Redis has reached maxmemory and its policy evicts nothing",
        "LOADING" => "Redis is still loading its data",
        "MISCONF" => "Redis takes no writes because it cannot save them to its disk",
        "NOREPLICAS" => "Redis takes no writes because it has too few replicas",
        "MASTERDOWN" => "this Redis is a replica that has lost its primary",
        "CLUSTERDOWN" => "the Redis cluster is down",
        "BUSY" => "Redis is busy with somebody's script",
        "NOAUTH" | "WRONGPASS" => "Redis wants another user or password",
        "WRONGTYPE" => "a key holds what no cache has written",
        "CROSSSLOT" | "MOVED" | "ASK" => {
            "this Redis is part of a cluster: write redis+cluster:// in the URL"
        }
        _ => return None,
    };
    Some(sentence)
}
