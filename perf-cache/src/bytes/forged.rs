//! Envelopes whose fingerprint is right and whose payload is anything, for tests.

use perf_core::time::Duration;

use super::{Codec, Envelope, Form, head, schema};
use crate::CacheValue;
use crate::fence::{Stamp, TagId, TagVersion, Version};

const CAP: u64 = 64 * 1024;

pub(super) fn envelope(tags: usize) -> Envelope {
    let tag = |number| TagVersion { tag: TagId(number), version: Version(u64::MAX - number) };
    Envelope {
        id: 1,
        created_unix_ms: 2,
        fresh_until_unix_ms: 3,
        stale_until_unix_ms: u64::MAX,
        load_cost: Duration::from_micros(5),
        stamp: Stamp {
            all: Version(6),
            rules: Version(7),
            tags: (0..tags as u64).map(|number| tag(8 + number)).collect(),
        },
    }
}

/// An envelope around a payload that no value of `V` need have.
pub(super) fn around<V: CacheValue>(codec: u8, flags: u8, length: u64, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let coding = head::Coding { codec, flags, schema: schema::<V>() };
    head::write(&envelope(1), coding, &mut bytes);
    bytes.extend(length.to_le_bytes());
    bytes.extend_from_slice(payload);
    head::close(&mut bytes);
    bytes
}

/// Opens the input as it is, and as the payload of a good envelope: its first bytes choose the codec, the
/// flags and the length.
pub(crate) fn fuzz(input: &[u8]) {
    as_it_is(input);
    let Some(([codec, flags, kind, more], payload)) = input.split_first_chunk() else { return };
    let length = payload.len() as u64 + u64::from(*more);
    let (codec, flags) = (codec % 4, flags % 4);
    match kind % 4 {
        0 => as_payload::<String>(codec, flags, length, payload),
        1 => as_payload::<Vec<(Option<i16>, Box<[u8]>)>>(codec, flags, length, payload),
        2 => as_payload::<std::collections::BTreeMap<u32, Result<char, ()>>>(
            codec, flags, length, payload,
        ),
        _ => as_payload::<Vec<Vec<Vec<bool>>>>(codec, flags, length, payload),
    }
}

fn as_it_is(input: &[u8]) {
    _ = Envelope::read_head(input);
    _ = Envelope::open::<String>(input, CAP);
    let mut sealed = input.to_vec();
    if sealed.len() >= head::length(0) {
        sealed[..3].copy_from_slice(b"PC\x02");
        head::close(&mut sealed);
        _ = Envelope::open::<String>(&sealed, CAP);
    }
}

/// What was read is written again and read again.
fn as_payload<V: CacheValue + PartialEq + std::fmt::Debug>(
    codec: u8,
    flags: u8,
    length: u64,
    payload: &[u8],
) {
    let bytes = around::<V>(codec, flags, length, payload);
    let Ok((envelope, super::Opened::Value(value))) = Envelope::open::<V>(&bytes, CAP) else {
        return;
    };
    let codec = Codec::from_byte(codec).expect("it was read by this codec");
    let form = Form { codec, ..Form::default() };
    let again = envelope.seal(&value, &form).expect("it was read, so it can be written");
    let reopened = Envelope::open::<V>(&again, 16 * CAP).expect("it was written by us");
    assert_eq!(reopened, (envelope, super::Opened::Value(value)));
}
