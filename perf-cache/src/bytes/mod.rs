//! SHIM until the branch `bytes` is merged.
use std::any::type_name;

use perf_core::time::Duration;

use crate::fence::{Stamp, TagId, TagVersion, Version};
use crate::value::CacheValue;
use crate::{codec, fingerprint};

pub(crate) const HEAD_LENGTH: usize = 64;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Envelope {
    pub(crate) id: u64,
    pub(crate) created_unix_ms: u64,
    pub(crate) fresh_until_unix_ms: u64,
    pub(crate) stale_until_unix_ms: u64,
    pub(crate) load_cost: Duration,
    pub(crate) stamp: Stamp,
}

pub(crate) enum Opened<V> {
    Value(V),
    Absent,
}

#[derive(Debug)]
pub(crate) struct Unreadable;
#[derive(Debug)]
pub(crate) struct Unsealed;
#[derive(Debug, Default)]
pub(crate) struct Form;

impl Envelope {
    pub(crate) fn seal<V: CacheValue>(&self, value: &V, _: &Form) -> Result<Vec<u8>, Unsealed> {
        let mut bytes = self.head(0, fingerprint::of(type_name::<V>().as_bytes()));
        codec::write(value, &mut bytes).map_err(|_| Unsealed)?;
        Ok(bytes)
    }
    pub(crate) fn seal_absent<V: CacheValue>(&self, _: &Form) -> Result<Vec<u8>, Unsealed> {
        Ok(self.head(1, fingerprint::of(type_name::<V>().as_bytes())))
    }
    fn head(&self, absent: u8, schema: u64) -> Vec<u8> {
        let mut bytes = b"PC2".to_vec();
        bytes.push(absent);
        for n in [
            self.id,
            self.created_unix_ms,
            self.fresh_until_unix_ms,
            self.stale_until_unix_ms,
            self.load_cost.as_micros() as u64,
            self.stamp.all.0,
            self.stamp.rules.0,
            schema,
            self.stamp.tags.len() as u64,
        ] {
            bytes.extend(n.to_le_bytes());
        }
        for t in &self.stamp.tags {
            bytes.extend(t.tag.0.to_le_bytes());
            bytes.extend(t.version.0.to_le_bytes());
        }
        bytes
    }
    pub(crate) fn open<V: CacheValue>(
        bytes: &[u8],
        _cap: u64,
    ) -> Result<(Self, Opened<V>), Unreadable> {
        let inner = || {
            let rest = bytes.strip_prefix(b"PC2")?;
            let (absent, mut rest) = rest.split_first()?;
            let mut n = || {
                let (h, r) = rest.split_first_chunk::<8>()?;
                rest = r;
                Some(u64::from_le_bytes(*h))
            };
            let id = n()?;
            let mut e = Envelope {
                id,
                created_unix_ms: n()?,
                fresh_until_unix_ms: n()?,
                stale_until_unix_ms: n()?,
                load_cost: Duration::from_micros(n()?),
                stamp: Stamp { all: Version(n()?), rules: Version(n()?), tags: vec![] },
            };
            if n()? != fingerprint::of(type_name::<V>().as_bytes()) {
                return None;
            }
            for _ in 0..n()?.min(64) {
                e.stamp.tags.push(TagVersion { tag: TagId(n()?), version: Version(n()?) });
            }
            let opened =
                if *absent == 1 { Opened::Absent } else { Opened::Value(codec::read(rest)?) };
            Some((e, opened))
        };
        inner().ok_or(Unreadable)
    }
    pub(crate) fn head_length(tags: usize) -> usize {
        4 + 9 * 8 + 16 * tags
    }
    pub(crate) fn read_head(head: &[u8]) -> Option<(u64, Stamp)> {
        let n = |at: usize| Some(u64::from_le_bytes(*head.get(4 + at * 8..)?.first_chunk()?));
        if !head.starts_with(b"PC2") {
            return None;
        }
        let mut tags = Vec::new();
        for i in 0..n(8)? as usize {
            tags.push(TagVersion { tag: TagId(n(9 + 2 * i)?), version: Version(n(10 + 2 * i)?) });
        }
        Some((n(0)?, Stamp { all: Version(n(5)?), rules: Version(n(6)?), tags }))
    }
    pub(crate) fn id_of(head: &[u8]) -> Option<u64> {
        let rest = head.strip_prefix(b"PC2")?;
        Some(u64::from_le_bytes(*rest[1..].first_chunk()?))
    }
}
