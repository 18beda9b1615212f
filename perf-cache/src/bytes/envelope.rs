use std::panic::{AssertUnwindSafe, catch_unwind};

use perf_core::time::Duration;

use super::compression::Packed;
use super::head::{self, Coding};
use super::{Codec, Form, Unreadable, Unsealed, compression, schema};
use crate::fence::Stamp;
use crate::policy::MAX_TAGS;
use crate::value::CacheValue;

/// The flag of an envelope that says there is no value.
const ABSENT: u8 = 0x80;

/// What a value travels in: how long it lives, what it cost, what was in force when its load began.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Envelope {
    /// Tells this envelope from every other one under the same key.
    pub(crate) id: u64,
    pub(crate) created_unix_ms: u64,
    pub(crate) fresh_until_unix_ms: u64,
    pub(crate) stale_until_unix_ms: u64,
    /// Written in whole microseconds.
    pub(crate) load_cost: Duration,
    pub(crate) stamp: Stamp,
}

/// What an envelope holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Opened<V> {
    Value(V),
    /// It is known that there is no value.
    Absent,
}

impl Envelope {
    pub(crate) fn seal<V: CacheValue>(&self, value: &V, form: &Form) -> Result<Vec<u8>, Unsealed> {
        let limit = usize::try_from(form.max_payload_bytes).unwrap_or(usize::MAX);
        let written = catch_unwind(AssertUnwindSafe(|| form.codec.write(value, limit)));
        let payload = written.map_err(|_| Unsealed::Panicked)??;
        let packed = compression::pack(payload, form);
        self.close::<V>(form.codec, packed.flags, &packed)
    }

    pub(crate) fn seal_absent<V: CacheValue>(&self, form: &Form) -> Result<Vec<u8>, Unsealed> {
        self.close::<V>(form.codec, ABSENT, &Packed::default())
    }

    /// What is in an envelope whose payload has at most `cap` bytes, compressed or not.
    pub(crate) fn open<V: CacheValue>(
        bytes: &[u8],
        cap: u64,
    ) -> Result<(Self, Opened<V>), Unreadable> {
        let (envelope, coding, rest) = head::open(bytes)?;
        let codec = Codec::from_byte(coding.codec).ok_or(Unreadable::UnknownCodec)?;
        if coding.schema != schema::<V>() {
            return Err(Unreadable::OtherType);
        }
        let (length, payload) = rest.split_first_chunk().ok_or(Unreadable::Damaged)?;
        let length = u64::from_le_bytes(*length);
        if coding.flags == ABSENT {
            let nothing = length == 0 && payload.is_empty();
            return if nothing { Ok((envelope, Opened::Absent)) } else { Err(Unreadable::Damaged) };
        }
        if length > cap || payload.len() as u64 > cap {
            return Err(Unreadable::TooLarge);
        }
        let length = usize::try_from(length).map_err(|_| Unreadable::TooLarge)?;
        let payload = compression::unpack(payload, coding.flags, length)?;
        let read = catch_unwind(AssertUnwindSafe(|| codec.read(&payload)));
        let value = read.map_err(|_| Unreadable::Panicked)?.ok_or(Unreadable::Undecodable)?;
        Ok((envelope, Opened::Value(value)))
    }

    /// How many first bytes of an envelope [`read_head`](Self::read_head) needs.
    pub(crate) const fn head_length(tags: usize) -> usize {
        head::length(tags)
    }

    /// The id and the stamp of an envelope, from its first bytes. Whether the rest is undamaged, those
    /// cannot tell.
    pub(crate) fn read_head(bytes: &[u8]) -> Option<(u64, Stamp)> {
        let (envelope, _) = head::read(bytes)?;
        Some((envelope.id, envelope.stamp))
    }

    fn close<V: CacheValue>(
        &self,
        codec: Codec,
        flags: u8,
        packed: &Packed,
    ) -> Result<Vec<u8>, Unsealed> {
        if self.stamp.tags.len() > MAX_TAGS {
            return Err(Unsealed::TooManyTags);
        }
        let length = head::length(self.stamp.tags.len());
        let mut bytes = Vec::with_capacity(length + 8 + packed.payload.len());
        let coding = Coding { codec: codec.byte(), flags, schema: schema::<V>() };
        head::write(self, coding, &mut bytes);
        bytes.extend((packed.length as u64).to_le_bytes());
        bytes.extend_from_slice(&packed.payload);
        head::close(&mut bytes);
        Ok(bytes)
    }
}
