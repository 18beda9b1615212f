use perf_core::time::Duration;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, ErrorKind, RedisError};
use tokio::runtime::Handle;

use super::{RemoteSettings, RemoteTier};
use crate::BuildError;

/// How long a new cache waits for its Redis.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

impl RemoteTier {
    pub(crate) async fn connect(url: &str, settings: RemoteSettings) -> Result<Self, BuildError> {
        let client =
            Client::open(url).map_err(|error| BuildError::RedisUrl { source: error.into() })?;
        let address = client.get_connection_info().addr().to_string();
        let connection = match tokio::time::timeout(CONNECT_LIMIT, greet(client)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) if is_refusal(&error) => {
                let source = error.into();
                return Err(BuildError::RedisRefused { address, source });
            }
            Ok(Err(error)) => {
                let source = error.into();
                return Err(BuildError::RedisUnreachable { address, source });
            }
            Err(late) => {
                let source = late.into();
                return Err(BuildError::RedisUnreachable { address, source });
            }
        };
        Ok(Self { connection, settings, runtime: Handle::current() })
    }
}

async fn greet(client: Client) -> Result<ConnectionManager, RedisError> {
    // No retries inside the manager: a command would wait for all of them. It fails at once
    // instead, and the next command finds the following attempt under way. The time limit of an
    // operation is ours, because it must cover the wait for a connection too.
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(0)
        .set_connection_timeout(Some(CONNECT_LIMIT))
        .set_response_timeout(None);
    let mut connection = ConnectionManager::new_with_config(client, config).await?;
    redis::cmd("PING").exec_async(&mut connection).await?;
    Ok(connection)
}

fn is_refusal(error: &RedisError) -> bool {
    let denied = matches!(error.code(), Some("NOAUTH" | "WRONGPASS" | "NOPERM"));
    denied || error.kind() == ErrorKind::AuthenticationFailed
}
