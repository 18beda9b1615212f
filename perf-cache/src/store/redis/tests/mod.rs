//! Each test has a Redis of its own, which it may stop, flush or lock.

#[cfg(feature = "cluster")]
mod cluster;
mod connect;
mod fence;
mod gather;
mod info;
mod keys;
mod notices;
#[cfg(feature = "sentinel")]
mod sentinel;
mod sweep;
mod tracking;
mod versions;

use perf_core::sync::Arc;
use perf_core::time::Duration;
use redis::AsyncConnectionConfig;
use redis::aio::MultiplexedConnection;
use testbed::Redis;
use tokio::sync::mpsc;

use super::{RedisSettings, RedisStore};
use crate::store::{Heard, Ticket};

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(60);
/// What a busy machine may need for what takes a millisecond.
const PATIENCE: Duration = Duration::from_secs(20);
const TICKET: Ticket = Ticket { publisher: 7, number: 1 };
const PREFIX: &str = "shop";

fn server() -> Redis {
    Redis::start().expect("a private Redis")
}

async fn store(server: &Redis) -> Arc<RedisStore> {
    store_with(
        server,
        RedisSettings { prefix: PREFIX.to_owned(), tracking: false, ..RedisSettings::default() },
    )
    .await
}

async fn store_with(server: &Redis, settings: RedisSettings) -> Arc<RedisStore> {
    Arc::new(RedisStore::connect(&server.url(), settings).await.expect("a store"))
}

/// Somebody else's connection.
async fn other(server: &Redis) -> MultiplexedConnection {
    let client = redis::Client::open(server.url()).expect("the URL of the server");
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    client.get_multiplexed_async_connection_with_config(&config).await.expect("a connection")
}

async fn heard(receiver: &mut mpsc::Receiver<Heard>) -> Heard {
    let heard = tokio::time::timeout(PATIENCE, receiver.recv()).await;
    heard.expect("something is told").expect("the listener lives")
}

async fn until(mut done: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !done().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("what is waited for happens");
}

async fn listening(store: &Arc<RedisStore>) -> mpsc::Receiver<Heard> {
    use crate::store::Store as _;
    let mut receiver = Arc::clone(store).listen();
    assert_eq!(heard(&mut receiver).await, Heard::Opened);
    receiver
}
