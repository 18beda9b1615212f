//! One connection that hears the channel, and with tracking every write to our keys.

use perf_core::sync::{Arc, AtomicBool, Ordering};
use redis::aio::{MultiplexedConnection, PubSub, SendError};
use redis::{
    AsyncConnectionConfig, Client, Msg, ProtocolVersion, PushInfo, PushKind, RedisError,
    RedisResult, Value, cmd, from_redis_value,
};
use tokio::sync::mpsc;

use futures_util::StreamExt;

use super::{CONNECT_LIMIT, RedisStore};

/// What a tracking connection keeps for a listener that is busy.
const ROOM: usize = 4096;

pub(super) enum Ear {
    Channel(Box<PubSub>),
    Tracking {
        pushes: mpsc::Receiver<PushInfo>,
        overflowed: Arc<AtomicBool>,
        /// Closed when it is dropped.
        _connection: MultiplexedConnection,
    },
}

pub(super) enum Sound {
    Payload(Vec<u8>),
    /// The full names of keys that were written or removed.
    Touched(Vec<Vec<u8>>),
    /// All keys are gone.
    Flushed,
}

impl Ear {
    pub(super) async fn open(store: &RedisStore) -> RedisResult<Self> {
        let opening = async {
            let client = store.link.listener().await?;
            match store.own {
                None => Self::channel(&client, store).await,
                Some(_) => Self::tracking(&client, store).await,
            }
        };
        match tokio::time::timeout(CONNECT_LIMIT, opening).await {
            Ok(ear) => ear,
            Err(_) => Err(RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut))),
        }
    }

    async fn channel(client: &Client, store: &RedisStore) -> RedisResult<Self> {
        let mut connection = client.get_async_pubsub().await?;
        connection.subscribe(store.names.channel()).await?;
        Ok(Self::Channel(Box::new(connection)))
    }

    async fn tracking(client: &Client, store: &RedisStore) -> RedisResult<Self> {
        let info = client.get_connection_info().clone();
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings))?;
        let (sender, pushes) = mpsc::channel(ROOM);
        let overflowed = Arc::new(AtomicBool::new(false));
        let full = Arc::clone(&overflowed);
        let push = move |push: PushInfo| {
            sender.try_send(push).map_err(|_| {
                full.store(true, Ordering::Release);
                SendError
            })
        };
        let config = AsyncConnectionConfig::new().set_response_timeout(None).set_push_sender(push);
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        let mut tracking = cmd("CLIENT");
        tracking.arg("TRACKING").arg("ON").arg("BCAST").arg("PREFIX").arg(store.names.values());
        tracking.exec_async(&mut connection).await?;
        connection.subscribe(store.names.channel()).await?;
        Ok(Self::Tracking { pushes, overflowed, _connection: connection })
    }

    /// `None` when the connection broke, or something that came was lost for want of room.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub(super) async fn next(&mut self) -> Option<Sound> {
        match self {
            Self::Channel(connection) => {
                let message = connection.on_message().next().await?;
                Some(Sound::Payload(message.get_payload_bytes().to_vec()))
            }
            Self::Tracking { pushes, overflowed, .. } => loop {
                let push = pushes.recv().await?;
                if overflowed.load(Ordering::Acquire) || push.kind == PushKind::Disconnection {
                    return None;
                }
                if let Some(sound) = sound(push) {
                    return Some(sound);
                }
            },
        }
    }
}

fn sound(mut push: PushInfo) -> Option<Sound> {
    match push.kind {
        PushKind::Message => {
            let message = Msg::from_push_info(push)?;
            Some(Sound::Payload(message.get_payload_bytes().to_vec()))
        }
        PushKind::Invalidate => match push.data.pop()? {
            Value::Nil => Some(Sound::Flushed),
            names => Some(Sound::Touched(from_redis_value(names).ok()?)),
        },
        _ => None,
    }
}
