use perf_core::time::Duration;

use crate::bytes::{Envelope, Form, Opened, Unreadable};
use crate::fence::{Stamp, TagId, TagVersion, Version};

pub(super) const CAP: u64 = 1024 * 1024;

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

#[test]
fn every_field_survives_the_way_through_bytes() {
    for tags in [0, 1, 64] {
        let envelope = envelope(tags);
        let bytes = envelope.seal(&"tea".to_owned(), &Form::default()).unwrap();
        let opened = Envelope::open::<String>(&bytes, CAP);
        assert_eq!(opened, Ok((envelope.clone(), Opened::Value("tea".to_owned()))));
        let head = &bytes[..Envelope::head_length(tags)];
        assert_eq!(Envelope::read_head(head), Some((1, envelope.stamp)));
    }
}

#[test]
fn an_envelope_that_is_cut_or_changed_anywhere_is_refused() {
    let envelope = envelope(2);
    let sealed = envelope.seal(&7_u32, &Form::default()).unwrap();
    let absent = envelope.seal_absent::<u32>(&Form::default()).unwrap();
    for bytes in [sealed, absent] {
        assert!(Envelope::open::<u32>(&bytes, CAP).is_ok());
        for length in 0..bytes.len() {
            assert!(Envelope::open::<u32>(&bytes[..length], CAP).is_err(), "cut at {length}");
        }
        for place in 0..bytes.len() {
            for flip in 1..=255 {
                let mut bytes = bytes.clone();
                bytes[place] ^= flip;
                assert!(Envelope::open::<u32>(&bytes, CAP).is_err(), "byte {place} ^ {flip}");
            }
        }
    }
    assert_eq!(Envelope::open::<u32>(b"", CAP), Err(Unreadable::NotOurs));
}
