//! The part of an envelope that has its place: what it is, whose, how long, under which stamp.
//!
//! Format 2, integers little-endian, offsets in bytes:
//!
//! | at | what |
//! |---|---|
//! | 0 | `P` `C`, format, codec, flags, three zeros |
//! | 8 | fingerprint of all but itself |
//! | 16 | id |
//! | 24 | fingerprint of the type's shape |
//! | 32 | created, fresh until, stale until: Unix time in ms |
//! | 56 | load cost in us |
//! | 64 | version of the cache as a whole, version of the newest rule |
//! | 80 | number of tags (2 bytes), then the hash and the version of each |
//! | 82 + 16 per tag | length of the payload when it is not compressed, then the payload |
//!
//! Invariant: all that tells one envelope from another (id, times, fingerprint) is in the first
//! [`IDENTITY_LENGTH`] bytes. A value is published over those bytes of the one that it replaces.

use perf_core::time::Duration;

use super::Unreadable;
use super::envelope::Envelope;
use super::fingerprint;
use crate::fence::{Stamp, TagId, TagVersion, Version};
use crate::policy::MAX_TAGS;

/// How many first bytes tell an envelope from every other one. Less than its head, which has its tags too.
pub(crate) const IDENTITY_LENGTH: usize = 64;

const MAGIC: [u8; 2] = *b"PC";
const FORMAT: u8 = 2;
/// Where the fingerprint is.
const SEAL: std::ops::Range<usize> = 8..16;
/// Where the hash of the first tag is.
const TAGS: usize = 82;
const TAG_LENGTH: usize = 16;

/// How to read what follows the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Coding {
    pub(super) codec: u8,
    pub(super) flags: u8,
    /// The fingerprint of the type's shape.
    pub(super) schema: u64,
}

/// How many first bytes hold everything up to the version of the last tag.
pub(super) const fn length(tags: usize) -> usize {
    TAGS + TAG_LENGTH * tags
}

/// The head without its fingerprint, which [`close`] puts in when all the rest is there.
pub(super) fn write(envelope: &Envelope, coding: Coding, bytes: &mut Vec<u8>) {
    bytes.extend(MAGIC);
    bytes.extend([FORMAT, coding.codec, coding.flags, 0, 0, 0]);
    let cost = u64::try_from(envelope.load_cost.as_micros()).unwrap_or(u64::MAX);
    let numbers = [
        0,
        envelope.id,
        coding.schema,
        envelope.created_unix_ms,
        envelope.fresh_until_unix_ms,
        envelope.stale_until_unix_ms,
        cost,
        envelope.stamp.all.0,
        envelope.stamp.rules.0,
    ];
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    bytes.extend((envelope.stamp.tags.len() as u16).to_le_bytes());
    for TagVersion { tag, version } in &envelope.stamp.tags {
        bytes.extend(tag.0.to_le_bytes());
        bytes.extend(version.0.to_le_bytes());
    }
}

pub(super) fn close(bytes: &mut [u8]) {
    let seal = seal(bytes);
    bytes[SEAL].copy_from_slice(&seal.to_le_bytes());
}

/// What the head says, and what follows it. Nothing in there is believed before the fingerprint is
/// compared.
pub(super) fn open(bytes: &[u8]) -> Result<(Envelope, Coding, &[u8]), Unreadable> {
    if !bytes.starts_with(&MAGIC) {
        return Err(Unreadable::NotOurs);
    }
    if bytes.get(MAGIC.len()) != Some(&FORMAT) {
        return Err(Unreadable::OtherFormat);
    }
    if bytes.len() < length(0) || number(bytes, SEAL.start) != Some(seal(bytes)) {
        return Err(Unreadable::Damaged);
    }
    let (envelope, coding) = read(bytes).ok_or(Unreadable::Damaged)?;
    let payload = &bytes[length(envelope.stamp.tags.len())..];
    Ok((envelope, coding, payload))
}

/// What the head says; `None` when there is less of it than it says. Compares no fingerprint: the
/// first bytes of an envelope are enough.
pub(super) fn read(bytes: &[u8]) -> Option<(Envelope, Coding)> {
    let tags = usize::from(u16::from_le_bytes(*bytes.get(TAGS - 2..)?.first_chunk()?));
    let known = bytes.starts_with(&MAGIC) && bytes[2] == FORMAT && bytes[5..8] == [0; 3];
    if !known || tags > MAX_TAGS || bytes.len() < length(tags) {
        return None;
    }
    let (tags, _) = bytes[TAGS..length(tags)].as_chunks::<TAG_LENGTH>();
    let tag = |tag: &[u8; TAG_LENGTH]| {
        Some(TagVersion { tag: TagId(number(tag, 0)?), version: Version(number(tag, 8)?) })
    };
    let stamp = Stamp {
        all: Version(number(bytes, 64)?),
        rules: Version(number(bytes, 72)?),
        tags: tags.iter().map(tag).collect::<Option<_>>()?,
    };
    let coding = Coding { codec: bytes[3], flags: bytes[4], schema: number(bytes, 24)? };
    let envelope = Envelope {
        id: number(bytes, 16)?,
        created_unix_ms: number(bytes, 32)?,
        fresh_until_unix_ms: number(bytes, 40)?,
        stale_until_unix_ms: number(bytes, 48)?,
        load_cost: Duration::from_micros(number(bytes, 56)?),
        stamp,
    };
    Some((envelope, coding))
}

fn seal(bytes: &[u8]) -> u64 {
    let before = fingerprint::of(&bytes[..SEAL.start]);
    fingerprint::then(before, &bytes[SEAL.end..])
}

fn number(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
