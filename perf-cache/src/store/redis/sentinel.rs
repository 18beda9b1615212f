//! Redis behind Sentinel: asks the sentinels anew for the primary each time one is needed.

use perf_core::sync::Arc;
use redis::sentinel::{SentinelClientBuilder, SentinelServerType};
use redis::{Client, ConnectionAddr, ConnectionInfo, RedisError, RedisResult, TlsMode};

use super::{CONNECT_LIMIT, Lost};

/// The sentinels of the URL, and what they watch.
#[derive(Clone)]
pub(super) struct Sentinels(Arc<Watched>);

struct Watched {
    nodes: Vec<ConnectionInfo>,
    master: String,
    database: i64,
    user: Option<String>,
    password: Option<String>,
}

impl Sentinels {
    pub(super) fn new(
        nodes: &[ConnectionInfo],
        master: &str,
        database: i64,
        query: &str,
    ) -> Result<Self, Lost> {
        let (mut user, mut password) = (None, None);
        for option in query.split('&').filter(|option| !option.is_empty()) {
            match option.split_once('=') {
                Some(("sentinel_user", value)) => user = Some(decode(value)?),
                Some(("sentinel_password", value)) => password = Some(decode(value)?),
                _ => return Err("the options are sentinel_user and sentinel_password".into()),
            }
        }
        let (nodes, master) = (nodes.to_vec(), decode(master)?);
        Ok(Self(Arc::new(Watched { nodes, master, database, user, password })))
    }

    pub(super) fn address(&self) -> String {
        let addresses = self.0.nodes.iter().map(|node| node.addr().to_string());
        let addresses = addresses.collect::<Vec<_>>().join(",");
        format!("{} (watched by the sentinels {addresses})", self.0.master)
    }

    pub(super) fn database(&self) -> i64 {
        self.0.database
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
