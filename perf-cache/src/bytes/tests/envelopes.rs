use super::{CAP, around, envelope, forms};
use crate::bytes::{Envelope, Form, IDENTITY_LENGTH, Opened, Unreadable, Unsealed, head};

#[test]
fn every_field_survives_the_way_through_bytes() {
    for tags in [0, 1, 64] {
        let envelope = envelope(tags);
        let bytes = envelope.seal(&"tea".to_owned(), &Form::default()).unwrap();
        let opened = Envelope::open::<String>(&bytes, CAP);
        assert_eq!(opened, Ok((envelope.clone(), Opened::Value("tea".to_owned()))));

        let absent = envelope.seal_absent::<String>(&Form::default()).unwrap();
        let opened = Envelope::open::<String>(&absent, CAP);
        assert_eq!(opened, Ok((envelope.clone(), Opened::Absent)));

        let head = &bytes[..Envelope::head_length(tags)];
        assert_eq!(Envelope::read_head(head), Some((1, envelope.stamp)));
        assert_eq!(Envelope::read_head(&head[..head.len() - 1]), None);
    }
}

#[test]
fn the_bytes_of_a_format_never_change() {
    let bytes = envelope(1).seal(&7_u32, &Form::default()).unwrap();
    let numbers = |numbers: &[u64]| -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    };
    assert_eq!(bytes[..8], *b"PC\x02\x01\0\0\0\0");
    assert_eq!(bytes[16..24], numbers(&[1]));
    assert_eq!(bytes[32..80], numbers(&[2, 3, u64::MAX, 5, 6, 7]));
    assert_eq!(bytes[80..82], [1, 0]);
    assert_eq!(bytes[82..98], numbers(&[8, u64::MAX - 8]));
    assert_eq!(bytes[98..], [1, 0, 0, 0, 0, 0, 0, 0, 7]);
}

#[test]
fn more_tags_than_a_head_can_hold_are_refused_when_it_is_written() {
    let sealed = envelope(65).seal(&7_u32, &Form::default());
    assert_eq!(sealed, Err(Unsealed::TooManyTags));
}

#[test]
fn envelopes_with_different_ids_differ_in_the_bytes_that_a_value_is_published_over() {
    let one = envelope(1);
    let other = Envelope { id: 2, ..one.clone() };
    let head = |envelope: &Envelope| {
        envelope.seal(&7_u32, &Form::default()).unwrap()[..IDENTITY_LENGTH].to_vec()
    };
    assert_eq!(head(&one), head(&one.clone()));
    assert_ne!(head(&one), head(&other));
    // Without the fingerprint as well, which is allowed to meet another one.
    assert_ne!(head(&one)[16..], head(&other)[16..]);
}

#[test]
fn an_envelope_that_is_cut_or_changed_anywhere_is_refused() {
    let text = "tea ".repeat(20);
    for form in forms() {
        let sealed = envelope(2).seal(&text, &form).unwrap();
        let absent = envelope(2).seal_absent::<String>(&form).unwrap();
        for bytes in [sealed, absent] {
            assert!(Envelope::open::<String>(&bytes, CAP).is_ok());
            for length in 0..bytes.len() {
                let cut = Envelope::open::<String>(&bytes[..length], CAP);
                assert!(cut.is_err(), "cut at {length}");
            }
            for place in 0..bytes.len() {
                for bit in 0..8 {
                    let mut bytes = bytes.clone();
                    bytes[place] ^= 1 << bit;
                    let changed = Envelope::open::<String>(&bytes, CAP);
                    assert!(changed.is_err(), "bit {bit} of byte {place}");
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_reason() {
    let open = |bytes: &[u8]| Envelope::open::<u32>(bytes, CAP).map(|_| ()).unwrap_err();
    let sealed = envelope(1).seal(&7_u32, &Form::default()).unwrap();
    assert_eq!(open(b""), Unreadable::NotOurs);
    assert_eq!(open(b"a text of somebody else"), Unreadable::NotOurs);
    assert_eq!(open(b"PC"), Unreadable::OtherFormat);

    let mut next = sealed.clone();
    next[2] = 3;
    head::close(&mut next);
    assert_eq!(open(&next), Unreadable::OtherFormat);

    assert_eq!(open(&sealed[..sealed.len() - 1]), Unreadable::Damaged);
    assert_eq!(around::<u32>(1, 0, 1, &[7]), sealed, "what other tests change is a true envelope");
}

#[test]
fn a_codec_or_compression_that_is_not_known_here_is_a_reason_of_its_own() {
    let open = |codec, flags| Envelope::open::<u32>(&around::<u32>(codec, flags, 1, &[7]), CAP);
    assert!(open(1, 0).is_ok());
    assert_eq!(open(9, 0), Err(Unreadable::UnknownCodec));
    assert_eq!(open(1, 0x40), Err(Unreadable::OtherFormat));
    assert_eq!(open(1, 0x80), Err(Unreadable::Damaged), "absent, with a payload");
    #[cfg(not(feature = "json"))]
    assert_eq!(open(2, 0), Err(Unreadable::UnknownCodec));
    #[cfg(not(feature = "zstd"))]
    assert_eq!(open(1, 1), Err(Unreadable::UnknownCodec));
}

#[test]
fn a_value_of_another_type_is_refused_though_its_bytes_would_decode() {
    let bytes = envelope(0).seal(&7_u32, &Form::default()).unwrap();
    assert!(Envelope::open::<u32>(&bytes, CAP).is_ok());
    assert_eq!(Envelope::open::<u64>(&bytes, CAP), Err(Unreadable::OtherType));
    let absent = envelope(0).seal_absent::<u32>(&Form::default()).unwrap();
    assert_eq!(Envelope::open::<u64>(&absent, CAP), Err(Unreadable::OtherType));
}
