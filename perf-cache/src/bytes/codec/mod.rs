//! The forms of a value in bytes.

mod faithful;
#[cfg(feature = "json")]
mod json;
mod limited;
mod message_pack;
#[cfg(feature = "postcard")]
mod postcard;

use self::limited::Limited;
use super::Unsealed;
use crate::value::CacheValue;

/// How values are turned into bytes for Redis.
///
/// Processes that use different codecs on one Redis read each other's values, as long as both are built
/// with both features; otherwise they take them for misses and load again.
///
/// A value that a codec would give back as another one is not written to Redis, and is kept in the local
/// tier alone: `Some(None)` and `Some(())` in MessagePack and JSON, a number that is not finite in JSON, a
/// field left out by `skip_serializing_if` in postcard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Codec {
    /// MessagePack with the names of fields: small, quick, and read by tools in every language.
    #[default]
    MessagePack,
    /// JSON: the largest, and readable in `redis-cli`.
    #[cfg(feature = "json")]
    Json,
    /// [postcard](https://postcard.jamesmunns.com/wire-format): the smallest and quickest, without
    /// names. Types with `#[serde(flatten)]` are not written in it; types that describe themselves
    /// (`serde_json::Value`, `#[serde(untagged)]`, `#[serde(tag = "…")]`) are not read back. The cache
    /// goes on without Redis for those: choose another codec.
    #[cfg(feature = "postcard")]
    Postcard,
}

impl Codec {
    /// Stands for the codec in the envelope.
    pub(super) fn byte(self) -> u8 {
        match self {
            Self::MessagePack => 1,
            #[cfg(feature = "json")]
            Self::Json => 2,
            #[cfg(feature = "postcard")]
            Self::Postcard => 3,
        }
    }

    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::MessagePack),
            #[cfg(feature = "json")]
            2 => Some(Self::Json),
            #[cfg(feature = "postcard")]
            3 => Some(Self::Postcard),
            _ => None,
        }
    }

    /// The payload, of at most `limit` bytes.
    pub(super) fn write<V: CacheValue>(self, value: &V, limit: usize) -> Result<Vec<u8>, Unsealed> {
        let mut payload = Limited::new(limit);
        let is_written = match self {
            Self::MessagePack => message_pack::write(value, &mut payload),
            #[cfg(feature = "json")]
            Self::Json => json::write(value, &mut payload),
            #[cfg(feature = "postcard")]
            Self::Postcard => postcard::write(value, &mut payload),
        };
        payload.finish(is_written)
    }

    /// `None` for everything that is not exactly one value.
    pub(super) fn read<V: CacheValue>(self, payload: &[u8]) -> Option<V> {
        match self {
            Self::MessagePack => message_pack::read(payload),
            #[cfg(feature = "json")]
            Self::Json => json::read(payload),
            #[cfg(feature = "postcard")]
            Self::Postcard => postcard::read(payload),
        }
    }
}
