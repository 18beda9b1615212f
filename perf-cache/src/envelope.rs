//! What a value travels in: how it was encoded, how long it lives, what it cost.
//!
//! Format 1, integers little-endian: `P` `C`, format (1 byte), codec (1), fingerprint of all that
//! follows (8), schema fingerprint (8), created and logical expiry (8 each, Unix time in ms), load
//! cost (8, us), number of tags (2), per tag its hash and version (8 each), then the payload.

use perf_core::time::Duration;

use crate::codec;
use crate::fingerprint;
use crate::value::CacheValue;

const MAGIC: [u8; 2] = *b"PC";
const FORMAT: u8 = 1;
/// The length of what the fingerprint does not cover, itself included.
const HEAD: usize = 12;
const MAX_TAGS: u16 = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) created_unix_ms: u64,
    pub(crate) expires_unix_ms: u64,
    pub(crate) load_cost: Duration,
    pub(crate) tags: Vec<TagVersion>,
}

/// The version that a tag had when the load began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TagVersion {
    pub(crate) tag: u64,
    pub(crate) version: u64,
}

impl Envelope {
    /// `None` when the value has no form in this codec.
    pub(crate) fn seal<V: CacheValue>(&self, value: &V) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend(MAGIC);
        bytes.extend([FORMAT, codec::ID]);
        bytes.extend([0; 8]);
        bytes.extend(codec::schema::<V>().to_le_bytes());
        bytes.extend(self.created_unix_ms.to_le_bytes());
        bytes.extend(self.expires_unix_ms.to_le_bytes());
        let cost = u64::try_from(self.load_cost.as_micros()).unwrap_or(u64::MAX);
        bytes.extend(cost.to_le_bytes());
        let tags = u16::try_from(self.tags.len()).ok()?;
        bytes.extend(tags.to_le_bytes());
        for tag in &self.tags {
            bytes.extend(tag.tag.to_le_bytes());
            bytes.extend(tag.version.to_le_bytes());
        }
        codec::write(value, &mut bytes).ok()?;
        let (head, covered) = bytes.split_at_mut(HEAD);
        head[HEAD - 8..].copy_from_slice(&fingerprint::of(covered).to_le_bytes());
        Some(bytes)
    }

    /// `None` for everything that [`seal`](Self::seal) of this version and type did not write.
    pub(crate) fn open<V: CacheValue>(bytes: &[u8]) -> Option<(Self, V)> {
        let mut rest = bytes;
        let known = take::<2>(&mut rest)? == MAGIC
            && take::<1>(&mut rest)? == [FORMAT]
            && take::<1>(&mut rest)? == [codec::ID]
            && number(&mut rest)? == fingerprint::of(rest)
            && number(&mut rest)? == codec::schema::<V>();
        if !known {
            return None;
        }
        let mut envelope = Self {
            created_unix_ms: number(&mut rest)?,
            expires_unix_ms: number(&mut rest)?,
            load_cost: Duration::from_micros(number(&mut rest)?),
            tags: Vec::new(),
        };
        let tags = u16::from_le_bytes(take(&mut rest)?);
        if tags > MAX_TAGS {
            return None;
        }
        for _ in 0..tags {
            let (tag, version) = (number(&mut rest)?, number(&mut rest)?);
            envelope.tags.push(TagVersion { tag, version });
        }
        Some((envelope, codec::read(rest)?))
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*head)
}

fn number(bytes: &mut &[u8]) -> Option<u64> {
    take(bytes).map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_survives_the_way_through_bytes() {
        let envelope = Envelope {
            created_unix_ms: 1,
            expires_unix_ms: u64::MAX,
            load_cost: Duration::from_micros(1_500),
            tags: vec![TagVersion { tag: 7, version: 9 }],
        };
        let bytes = envelope.seal(&"tea".to_owned()).expect("a text has bytes");
        assert_eq!(Envelope::open::<String>(&bytes), Some((envelope, "tea".to_owned())));
    }

    #[test]
    fn bytes_that_would_decode_as_another_type_are_refused() {
        let envelope = Envelope {
            created_unix_ms: 1,
            expires_unix_ms: 2,
            load_cost: Duration::ZERO,
            tags: Vec::new(),
        };
        let bytes = envelope.seal(&7_u32).expect("a number has bytes");
        assert!(Envelope::open::<u32>(&bytes).is_some());
        assert_eq!(Envelope::open::<u64>(&bytes), None);
    }
}
