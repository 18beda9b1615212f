//! The forms of a value in bytes.

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Codec {
    /// MessagePack with the names of fields: small, quick, and read by tools in every language.
    #[default]
    MessagePack,
    /// JSON: the largest, and readable in `redis-cli`. Numbers that are not finite have no form in it.
    #[cfg(feature = "json")]
    Json,
    /// [postcard](https://postcard.jamesmunns.com/wire-format): the smallest and quickest, without
    /// names. Types that describe themselves (`serde_json::Value`, `#[serde(untagged)]`,
    /// `#[serde(flatten)]`, `skip_serializing_if`) have no form in it and are always loaded again.
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
