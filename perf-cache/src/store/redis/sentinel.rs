//! Redis behind Sentinel: asks the sentinels anew for the primary each time one is needed.

use futures_util::StreamExt;
use perf_core::sync::Arc;
use perf_core::time::Duration;
use redis::aio::PubSub;
use redis::sentinel::{SentinelClientBuilder, SentinelServerType};
use redis::{
    Client, ConnectionAddr, ConnectionInfo, RedisConnectionInfo, RedisError, RedisResult, TlsMode,
};
use tokio::sync::Notify;

use super::trust::Trust;
use super::{CONNECT_LIMIT, Lost};
use crate::jitter::jittered;

const WATCH_AGAIN: Duration = Duration::from_secs(1);
const WATCH_ANOTHER: Duration = Duration::from_secs(30);

/// The sentinels of the URL, and what they watch.
#[derive(Clone)]
pub(super) struct Sentinels(Arc<Watched>);

struct Watched {
    nodes: Vec<ConnectionInfo>,
    master: String,
    database: i64,
    user: Option<String>,
    password: Option<String>,
    #[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "nobody is to be trusted"))]
    trust: Trust,
}

impl Sentinels {
    pub(super) fn new(
        nodes: &[ConnectionInfo],
        master: &str,
        database: i64,
        query: &str,
        trust: &Trust,
    ) -> Result<Self, Lost> {
        let (mut user, mut password) = (None, None);
        for option in query.split('&').filter(|option| !option.is_empty()) {
            match option.split_once('=') {
                Some(("sentinel_user", value)) => user = Some(decode(value)?),
                Some(("sentinel_password", value)) => password = Some(decode(value)?),
                _ => return Err("the options are sentinel_user and sentinel_password".into()),
            }
        }
        let (nodes, master, trust) = (nodes.to_vec(), decode(master)?, trust.clone());
        Ok(Self(Arc::new(Watched { nodes, master, database, user, password, trust })))
    }

    pub(super) fn first(&self) -> &ConnectionInfo {
        &self.0.nodes[0]
    }

    pub(super) fn address(&self) -> String {
        let addresses = self.0.nodes.iter().map(|node| node.addr().to_string());
        let addresses = addresses.collect::<Vec<_>>().join(",");
        format!("{} (watched by the sentinels {addresses})", self.0.master)
    }

    pub(super) fn database(&self) -> i64 {
        self.0.database
    }

    /// Notifies when the primary may be another one. Never ends.
    ///
    /// Sentinels demote the old primary about ten seconds after they have made a new one. Until then it
    /// takes writes, which the new one never sees.
    pub(super) async fn watch(&self, changed: &Notify) {
        let first = fastrand::usize(..self.0.nodes.len());
        for node in self.0.nodes.iter().cycle().skip(first) {
            let subscribing = tokio::time::timeout(CONNECT_LIMIT, self.subscribe(node));
            if let Ok(Ok(mut sentinel)) = subscribing.await {
                // It may have changed while nobody watched.
                changed.notify_one();
                let mut messages = sentinel.on_message();
                // A sentinel may be cut off and tell nothing for that.
                while let Ok(Some(message)) =
                    tokio::time::timeout(WATCH_ANOTHER, messages.next()).await
                {
                    if self.is_ours(message.get_payload_bytes()) {
                        changed.notify_one();
                    }
                }
            }
            tokio::time::sleep(jittered(WATCH_AGAIN)).await;
        }
    }

    async fn subscribe(&self, node: &ConnectionInfo) -> RedisResult<PubSub> {
        let mut settings = RedisConnectionInfo::default();
        if let Some(user) = &self.0.user {
            settings = settings.set_username(user);
        }
        if let Some(password) = &self.0.password {
            settings = settings.set_password(password);
        }
        let client = Client::open(node.clone().set_redis_settings(settings))?;
        let mut connection = client.get_async_pubsub().await?;
        connection.subscribe("+switch-master").await?;
        Ok(connection)
    }

    /// What is told begins with the name of the master and a blank.
    fn is_ours(&self, told: &[u8]) -> bool {
        told.strip_prefix(self.0.master.as_bytes()).is_some_and(|rest| rest.starts_with(b" "))
    }

    /// The primary of now.
    pub(super) async fn primary(&self) -> RedisResult<Client> {
        let addresses = self.0.nodes.iter().map(|node| node.addr().clone());
        let master = SentinelServerType::Master;
        let mut builder = SentinelClientBuilder::new(addresses, &self.0.master, master)?
            .set_client_to_redis_db(self.0.database);
        let redis = self.0.nodes[0].redis_settings();
        if let Some(user) = redis.username() {
            builder = builder.set_client_to_redis_username(user);
        }
        if let Some(password) = redis.password() {
            builder = builder.set_client_to_redis_password(password);
        }
        if matches!(self.0.nodes[0].addr(), ConnectionAddr::TcpTls { .. }) {
            builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
        }
        #[cfg(feature = "tls")]
        if let Some(certificates) = self.0.trust.certificates() {
            builder = builder
                .set_client_to_redis_certificates(certificates.clone())
                .set_client_to_sentinel_certificates(certificates);
        }
        if let Some(user) = &self.0.user {
            builder = builder.set_client_to_sentinel_username(user);
        }
        if let Some(password) = &self.0.password {
            builder = builder.set_client_to_sentinel_password(password);
        }
        let mut client = builder.build()?;
        match tokio::time::timeout(CONNECT_LIMIT, client.async_get_client()).await {
            Ok(client) => client,
            Err(_) => Err(RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut))),
        }
    }
}

/// `%2F` and the like.
fn decode(text: &str) -> Result<String, Lost> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let (digits, tail) = rest.split_first_chunk::<2>().ok_or("a % stands alone")?;
        let digits = str::from_utf8(digits).map_err(|_| "a % stands alone")?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| "a % stands alone")?);
        rest = tail;
    }
    String::from_utf8(bytes).map_err(|_| "a part is not UTF-8".into())
}
