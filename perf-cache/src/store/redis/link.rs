use std::fmt;

use perf_core::sync::{Arc, Mutex};
#[cfg(feature = "sentinel")]
use perf_core::sync::{AtomicBool, Ordering};
#[cfg(feature = "sentinel")]
use perf_core::time::Duration;
use redis::{Client, Cmd, FromRedisValue, RedisError, RedisResult, cmd};
use tokio::runtime::Handle;
#[cfg(feature = "sentinel")]
use tokio::sync::Notify;
use tokio::sync::watch;

use super::connection::Connection;
#[cfg(feature = "sentinel")]
use super::failure;
#[cfg(feature = "sentinel")]
use super::sentinel::Sentinels;
use super::target::Target;

/// Between two questions to the sentinels who the primary is.
#[cfg(feature = "sentinel")]
const ASK_AGAIN: Duration = Duration::from_millis(200);

/// The connection that commands go over, which can be replaced at any time.
///
/// There are no retries inside: a command that finds the connection broken fails at once, and the next
/// one finds the following attempt under way.
#[derive(Clone)]
pub(super) struct Link {
    inner: Arc<Inner>,
}

struct Inner {
    target: Target,
    current: Mutex<Connection>,
    /// Counts replacements; listeners replace theirs with it.
    replaced: watch::Sender<u64>,
    /// Where the primary listens that the sentinels have named last.
    #[cfg(feature = "sentinel")]
    primary: Mutex<String>,
    #[cfg(feature = "sentinel")]
    asking: AtomicBool,
    runtime: Handle,
}

impl Link {
    /// The caller bounds how long it takes.
    pub(super) async fn open(target: Target) -> RedisResult<Self> {
        #[cfg(feature = "sentinel")]
        let mut primary = String::new();
        let connection = match &target {
            Target::One(client) => Connection::manager(client).await?,
            #[cfg(feature = "cluster")]
            Target::Cluster(seeds) => Connection::Cluster(seeds.connect().await?),
            #[cfg(feature = "sentinel")]
            Target::Sentinel(sentinels) => {
                let client = sentinels.primary().await?;
                primary = client.get_connection_info().addr().to_string();
                Connection::manager(&client).await?
            }
        };
        let inner = Inner {
            target,
            current: Mutex::new(connection),
            replaced: watch::Sender::new(0),
            #[cfg(feature = "sentinel")]
            primary: Mutex::new(primary),
            #[cfg(feature = "sentinel")]
            asking: AtomicBool::new(false),
            runtime: Handle::current(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub(super) fn connection(&self) -> Connection {
        self.inner.current.lock().clone()
    }

    pub(super) fn runtime(&self) -> &Handle {
        &self.inner.runtime
    }

    pub(super) fn target(&self) -> &Target {
        &self.inner.target
    }

    pub(super) fn replaced(&self) -> watch::Receiver<u64> {
        self.inner.replaced.subscribe()
    }

    pub(super) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let result = command.query_async(&mut self.connection()).await;
        if let Err(error) = &result {
            self.look_at(error);
        }
        result
    }

    /// Only sentinels know whether the primary is another one now; everything else mends itself.
    pub(super) fn look_at(&self, error: &RedisError) {
        #[cfg(feature = "sentinel")]
        {
            let moved = failure::is_of_a_replica(error);
            if moved || error.is_unrecoverable_error() || error.is_io_error() {
                Inner::ask_sentinels(&self.inner);
            }
        }
        #[cfg(not(feature = "sentinel"))]
        let _ = error;
    }

    /// Replaces the connections. Does not wait for the new ones.
    pub(super) fn replace(&self) {
        let inner = &self.inner;
        let _runtime = inner.runtime.enter();
        match &inner.target {
            Target::One(client) => inner.put(Connection::manager_later(client)),
            #[cfg(feature = "cluster")]
            Target::Cluster(seeds) => inner.put(Ok(Connection::Cluster(seeds.connect_later()))),
            #[cfg(feature = "sentinel")]
            Target::Sentinel(_) => Inner::ask_sentinels(inner),
        }
    }

    /// Sees to it that commands and the channel go to the primary of now. Never ends.
    pub(super) async fn watch(&self) {
        #[cfg(feature = "sentinel")]
        if let Target::Sentinel(sentinels) = &self.inner.target {
            let changed = Notify::new();
            let follow = async {
                loop {
                    changed.notified().await;
                    self.inner.follow(sentinels).await;
                }
            };
            tokio::join!(sentinels.watch(&changed), follow);
        }
        std::future::pending().await
    }

    /// Where to listen.
    pub(super) async fn listener(&self) -> RedisResult<Client> {
        match &self.inner.target {
            Target::One(client) => Ok(client.as_ref().clone()),
            #[cfg(feature = "cluster")]
            Target::Cluster(seeds) => match self.connection() {
                Connection::Cluster(connection) => seeds.listener(connection).await,
                Connection::One(_) => unreachable_listener(),
            },
            #[cfg(feature = "sentinel")]
            Target::Sentinel(sentinels) => sentinels.primary().await,
        }
    }
}

#[cfg(feature = "cluster")]
fn unreachable_listener() -> RedisResult<Client> {
    Err((redis::ErrorKind::Client, "a cluster without its connection").into())
}

impl Inner {
    fn put(&self, connection: RedisResult<Connection>) {
        match connection {
            Ok(connection) => {
                *self.current.lock() = connection.clone();
                self.replaced.send_modify(|times| *times += 1);
                // A connection that is made when it is needed is not made by a command that gave up.
                let ping = async move {
                    let mut connection = connection;
                    let _ = cmd("PING").exec_async(&mut connection).await;
                };
                self.runtime.spawn(ping);
            }
            Err(error) => tracing::debug!(%error, "no new connection to Redis"),
        }
    }

    #[cfg(feature = "sentinel")]
    fn go_to(&self, primary: &Client) {
        *self.primary.lock() = primary.get_connection_info().addr().to_string();
        self.put(Connection::manager_later(primary));
    }

    /// Replaces the connections if the primary is another one.
    #[cfg(feature = "sentinel")]
    async fn follow(&self, sentinels: &Sentinels) {
        // A replica that becomes the primary is named before it knows.
        for _ in 0..5 {
            match sentinels.primary().await {
                Ok(client) => {
                    let address = client.get_connection_info().addr().to_string();
                    if *self.primary.lock() != address {
                        self.go_to(&client);
                    }
                    return;
                }
                Err(error) => tracing::debug!(%error, "no sentinel knows the primary"),
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
    }

    #[cfg(feature = "sentinel")]
    fn ask_sentinels(inner: &Arc<Self>) {
        let Target::Sentinel(sentinels) = &inner.target else {
            return;
        };
        if inner.asking.swap(true, Ordering::AcqRel) {
            return;
        }
        let (sentinels, asking) = (sentinels.clone(), Arc::clone(inner));
        inner.runtime.spawn(async move {
            match sentinels.primary().await {
                Ok(client) => asking.go_to(&client),
                Err(error) => tracing::debug!(%error, "no sentinel knows the primary"),
            }
            tokio::time::sleep(ASK_AGAIN).await;
            asking.asking.store(false, Ordering::Release);
        });
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}
