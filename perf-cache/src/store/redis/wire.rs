//! A notice as bytes on the channel.
//!
//! Format 1: `1`, what it is (1 byte), publisher and number (8 bytes each, little-endian), then
//!
//! | what | rest |
//! |---|---|
//! | `k` a key | the key |
//! | `t` a tag | the tag (8 bytes, little-endian), then its version |
//! | `a` all keys | the version |
//! | `r` a rule | the version, `:`, the pattern |
//! | `b` a beat | its own number (8 bytes, little-endian) |
//! | `p` a probe | nothing: a store that connects sees whether the channel works |
//!
//! Versions are decimal digits, because the script that gives one writes it behind what the client sent.

use perf_core::sync::Arc;

use crate::fence::{Rule, TagId, Version};
use crate::store::{Change, Notice, Ticket};

const FORMAT: u8 = b'1';
/// A version that a script has given has no more.
const MAX_DIGITS: usize = 20;

/// What a payload says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    Notice(Notice),
    Probe,
    /// Damaged, or of a later format.
    Unreadable,
}

pub(super) fn key(ticket: Ticket, key: &str) -> Vec<u8> {
    let mut bytes = head(b'k', ticket);
    bytes.extend(key.as_bytes());
    bytes
}

/// To be followed by the version.
pub(super) fn tag_head(ticket: Ticket, tag: TagId) -> Vec<u8> {
    let mut bytes = head(b't', ticket);
    bytes.extend(tag.0.to_le_bytes());
    bytes
}

/// To be followed by the version.
pub(super) fn all_head(ticket: Ticket) -> Vec<u8> {
    head(b'a', ticket)
}

/// To be followed by the version, a colon and the pattern.
pub(super) fn rule_head(ticket: Ticket) -> Vec<u8> {
    head(b'r', ticket)
}

pub(super) fn beat(ticket: Ticket, beat: u64) -> Vec<u8> {
    let mut bytes = head(b'b', ticket);
    bytes.extend(beat.to_le_bytes());
    bytes
}

pub(super) fn probe(publisher: u64) -> Vec<u8> {
    head(b'p', Ticket { publisher, number: 0 })
}

fn head(what: u8, ticket: Ticket) -> Vec<u8> {
    let mut bytes = vec![FORMAT, what];
    bytes.extend(ticket.publisher.to_le_bytes());
    bytes.extend(ticket.number.to_le_bytes());
    bytes
}

pub(super) fn read(bytes: &[u8]) -> Read {
    if matches!(bytes, [FORMAT, b'p', ..]) {
        return Read::Probe;
    }
    notice(bytes).map_or(Read::Unreadable, Read::Notice)
}

fn notice(mut bytes: &[u8]) -> Option<Notice> {
    let [format, what] = take(&mut bytes)?;
    if format != FORMAT {
        return None;
    }
    let publisher = u64::from_le_bytes(take(&mut bytes)?);
    let number = u64::from_le_bytes(take(&mut bytes)?);
    let change = match what {
        b'k' => Change::Key(text(bytes)?),
        b't' => {
            let tag = TagId(u64::from_le_bytes(take(&mut bytes)?));
            Change::Tag(tag, version(bytes)?)
        }
        b'a' => Change::All(version(bytes)?),
        b'r' => {
            let colon = bytes.iter().position(|byte| *byte == b':')?;
            let (digits, pattern) = (&bytes[..colon], &bytes[colon + 1..]);
            Change::Rule(Rule { version: version(digits)?, pattern: text(pattern)? })
        }
        b'b' => Change::Beat(u64::from_le_bytes(bytes.try_into().ok()?)),
        _ => return None,
    };
    Some(Notice { ticket: Ticket { publisher, number }, change })
}

/// A version as the scripts write it.
pub(super) fn version(digits: &[u8]) -> Option<Version> {
    let plain = digits.iter().all(u8::is_ascii_digit) && digits.len() <= MAX_DIGITS;
    let digits = plain.then(|| str::from_utf8(digits).ok())??;
    digits.parse().ok().map(Version)
}

fn text(bytes: &[u8]) -> Option<Arc<str>> {
    str::from_utf8(bytes).ok().map(Arc::from)
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*head)
}
