//! Redis Cluster: its connection, its primaries, and a node to listen at.

use perf_core::sync::Arc;
use perf_core::time::Duration;
use redis::cluster::{ClusterClient, ClusterConfig};
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{Route, RoutingInfo, SingleNodeRoutingInfo, SlotAddr};
use redis::{
    Client, Cmd, ConnectionAddr, ConnectionInfo, FromRedisValue, RedisResult, Value, cmd,
    from_redis_value_ref,
};

use super::CONNECT_LIMIT;
use super::trust::Trust;

/// Redirections after slots have moved; the caller's time limit ends all of them.
const RETRIES: u32 = 3;
const LEAST_WAIT_MS: u64 = 10;
const LONGEST_WAIT_MS: u64 = 100;

/// The nodes of the URL.
#[derive(Clone)]
pub(super) struct Seeds {
    client: Arc<ClusterClient>,
    nodes: Arc<[ConnectionInfo]>,
}

/// A primary: where it listens, as it tells itself, and the slots that it serves.
pub(super) struct Primary {
    address: Option<(String, u16)>,
    pub(super) slots: Vec<(u16, u16)>,
}

impl Seeds {
    #[cfg_attr(
        not(feature = "tls"),
        expect(unused_mut, unused_variables, reason = "nobody is to be trusted")
    )]
    pub(super) fn new(nodes: &[ConnectionInfo], trust: &Trust) -> RedisResult<Self> {
        let mut builder = ClusterClient::builder(nodes.iter().cloned())
            .retries(RETRIES)
            .min_retry_wait(LEAST_WAIT_MS)
            .max_retry_wait(LONGEST_WAIT_MS)
            .connection_timeout(CONNECT_LIMIT);
        #[cfg(feature = "tls")]
        if let Some(certificates) = trust.certificates() {
            builder = builder.certs(certificates);
        }
        Ok(Self { client: Arc::new(builder.build()?), nodes: nodes.into() })
    }

    pub(super) fn first(&self) -> &ConnectionInfo {
        &self.nodes[0]
    }

    pub(super) fn address(&self) -> String {
        let addresses = self.nodes.iter().map(|node| node.addr().to_string());
        addresses.collect::<Vec<_>>().join(",")
    }

    pub(super) async fn connect(&self) -> RedisResult<ClusterConnection> {
        self.client.get_async_connection().await
    }

    /// Connects in the background.
    pub(super) fn connect_later(&self) -> ClusterConnection {
        self.client.get_pending_async_connection_with_config(ClusterConfig::new())
    }

    /// A node at random: those of the URL may be gone while the cluster lives, and a node that the
    /// others have lost would keep us deaf.
    pub(super) async fn listener(&self, connection: ClusterConnection) -> RedisResult<Client> {
        let mut addresses: Vec<ConnectionAddr> =
            self.nodes.iter().map(|node| node.addr().clone()).collect();
        let known = tokio::time::timeout(Duration::from_millis(500), primaries(connection)).await;
        if let Ok(Ok(primaries)) = known {
            let known = primaries.into_iter().filter_map(|primary| primary.address);
            let first = addresses[0].clone();
            addresses.extend(known.map(|(host, port)| like(&first, host, port)));
        }
        let chosen = addresses.swap_remove(fastrand::usize(..addresses.len()));
        Client::open(self.nodes[0].clone().set_addr(chosen))
    }
}

impl Primary {
    pub(super) fn address(&self) -> Option<String> {
        self.address.as_ref().map(|(host, port)| format!("{host}:{port}"))
    }

    /// By a slot, not by an address: what a node calls itself may be out of reach for us.
    pub(super) fn route(&self) -> RoutingInfo {
        let slot = self.slots.first().map_or(0, |(first, _)| *first);
        let route = Route::new(slot, SlotAddr::Master);
        RoutingInfo::SingleNode(SingleNodeRoutingInfo::SpecificNode(route))
    }
}

/// The answer of one node, which is not looked at for an error before it is here.
pub(super) async fn ask<T: FromRedisValue>(
    mut connection: ClusterConnection,
    node: &Primary,
    command: Cmd,
) -> RedisResult<T> {
    let answer = connection.route_command(command, node.route()).await?;
    Ok(T::from_redis_value(answer.extract_error()?)?)
}

/// All primaries that serve slots, in the order of these.
pub(super) async fn primaries(mut connection: ClusterConnection) -> RedisResult<Vec<Primary>> {
    let mut slots = cmd("CLUSTER");
    slots.arg("SLOTS");
    let random = RoutingInfo::SingleNode(SingleNodeRoutingInfo::RandomPrimary);
    read(connection.route_command(slots, random).await?)
}

/// What `CLUSTER SLOTS` says.
pub(super) fn read(ranges: Value) -> RedisResult<Vec<Primary>> {
    let mut found: Vec<(Value, Primary)> = Vec::new();
    for range in Vec::<Vec<Value>>::from_redis_value(ranges)? {
        let [first, last, Value::Array(node), ..] = range.as_slice() else {
            continue;
        };
        let range = (from_redis_value_ref(first)?, from_redis_value_ref(last)?);
        // The third is the node's name, which no two share.
        let name = node.get(2).cloned().unwrap_or_default();
        match found.iter_mut().find(|(known, _)| *known == name) {
            Some((_, primary)) => primary.slots.push(range),
            None => {
                let primary = Primary { address: address(node), slots: vec![range] };
                found.push((name, primary));
            }
        }
    }
    let mut primaries: Vec<_> = found.into_iter().map(|(_, primary)| primary).collect();
    for primary in &mut primaries {
        primary.slots.sort_unstable();
    }
    primaries.sort_unstable_by(|one, other| one.slots.cmp(&other.slots));
    Ok(primaries)
}

fn address(node: &[Value]) -> Option<(String, u16)> {
    let host: String = from_redis_value_ref(node.first()?).ok()?;
    let port = from_redis_value_ref(node.get(1)?).ok()?;
    (!host.is_empty() && host != "?").then_some((host, port))
}

fn like(known: &ConnectionAddr, host: String, port: u16) -> ConnectionAddr {
    match known {
        ConnectionAddr::TcpTls { insecure, tls_params, .. } => ConnectionAddr::TcpTls {
            host,
            port,
            insecure: *insecure,
            tls_params: tls_params.clone(),
        },
        _ => ConnectionAddr::Tcp(host, port),
    }
}
