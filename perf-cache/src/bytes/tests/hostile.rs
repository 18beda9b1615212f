use super::{CAP, around, envelope, forms};
use crate::bytes::{Envelope, Form, Unreadable, head};

/// A fixed sequence of numbers that look random.
fn numbers() -> fastrand::Rng {
    fastrand::Rng::with_seed(3)
}

#[test]
fn random_bytes_with_the_right_beginning_are_never_a_value_and_never_a_panic() {
    let mut numbers = numbers();
    for _ in 0..20_000 {
        let mut bytes = b"PC\x02".to_vec();
        let length = numbers.usize(..300);
        bytes.extend((0..length).map(|_| numbers.u8(..)));
        assert!(Envelope::open::<Vec<String>>(&bytes, CAP).is_err());
        _ = Envelope::read_head(&bytes);
    }
}

#[test]
fn random_payloads_under_a_right_fingerprint_never_panic() {
    type Value = Vec<(Option<String>, Vec<u32>, bool)>;
    let mut numbers = numbers();
    let mut refused = 0;
    for _ in 0..20_000 {
        let length = numbers.usize(..60);
        let payload: Vec<u8> = (0..length).map(|_| numbers.u8(..)).collect();
        let declared = if numbers.bool() { length as u64 } else { numbers.u64(..2 * CAP) };
        let bytes = around::<Value>(numbers.u8(1..4), numbers.u8(..3), declared, &payload);
        refused += usize::from(Envelope::open::<Value>(&bytes, CAP).is_err());
    }
    assert!(refused > 15_000, "{refused} of 20,000 refused");
}

#[test]
fn a_number_of_tags_that_is_not_true_is_refused() {
    let sealed = envelope(1).seal(&7_u32, &Form::default()).unwrap();
    for lie in [0_u16, 2, 64, 65, u16::MAX] {
        let mut bytes = sealed.clone();
        bytes[80..82].copy_from_slice(&lie.to_le_bytes());
        head::close(&mut bytes);
        assert!(Envelope::open::<u32>(&bytes, CAP).is_err(), "{lie} tags");
        let head = Envelope::read_head(&bytes[..Envelope::head_length(1)]);
        assert!(head.is_none() || lie == 0, "{lie} tags");
    }
}

#[test]
fn a_length_beyond_the_cap_is_refused_before_anything_is_taken_for_it() {
    for flags in 0..3 {
        for length in [CAP + 1, u64::MAX] {
            let opened = Envelope::open::<String>(&around::<String>(1, flags, length, b"x"), CAP);
            assert_eq!(opened, Err(Unreadable::TooLarge));
        }
    }
    let bytes = envelope(0).seal(&"t".repeat(100), &Form::default()).unwrap();
    assert!(Envelope::open::<String>(&bytes, 102).is_ok());
    assert_eq!(Envelope::open::<String>(&bytes, 101), Err(Unreadable::TooLarge));
}

#[test]
fn a_value_that_grows_beyond_the_cap_when_decompressed_is_refused() {
    let text = "t".repeat(CAP as usize);
    for form in forms().into_iter().filter(|form| form.compression.is_some()) {
        let bytes = envelope(0).seal(&text, &form).unwrap();
        assert!(bytes.len() < 10_000);
        assert_eq!(Envelope::open::<String>(&bytes, CAP), Err(Unreadable::TooLarge));
        assert!(Envelope::open::<String>(&bytes, 2 * CAP).is_ok());
    }
}

#[test]
#[cfg(any(feature = "zstd", feature = "lz4"))]
fn a_bomb_that_declares_less_than_it_holds_is_refused() {
    let large = vec![0; 64 * CAP as usize];
    let bombs = [
        #[cfg(feature = "zstd")]
        (1, zstd::bulk::compress(&large, 3).unwrap()),
        #[cfg(feature = "lz4")]
        (2, lz4_flex::block::compress(&large)),
    ];
    for (flags, bomb) in bombs {
        for declared in [0, 1, 1_000, CAP] {
            let bytes = around::<String>(1, flags, declared, &bomb);
            assert_eq!(
                Envelope::open::<String>(&bytes, CAP),
                Err(Unreadable::Undecodable),
                "{declared} bytes declared"
            );
        }
    }
}

#[test]
#[cfg(any(feature = "zstd", feature = "lz4"))]
fn a_length_that_is_more_than_there_is_is_refused() {
    let text = rmp_serde::to_vec("tea tea tea tea tea tea").unwrap();
    let compressed = [
        #[cfg(feature = "zstd")]
        (1, zstd::bulk::compress(&text, 3).unwrap()),
        #[cfg(feature = "lz4")]
        (2, lz4_flex::block::compress(&text)),
    ];
    for (flags, payload) in compressed {
        let open = |length| {
            let bytes = around::<String>(1, flags, length, &payload);
            Envelope::open::<String>(&bytes, CAP).map(|_| ())
        };
        assert_eq!(open(text.len() as u64), Ok(()));
        assert_eq!(open(text.len() as u64 + 1), Err(Unreadable::Undecodable));
    }
}

#[test]
fn bytes_after_a_value_are_refused() {
    let payloads: &[(u8, &[u8])] = &[
        (1, &[7, 7]),
        (1, &[7, 0xc1]),
        #[cfg(feature = "json")]
        (2, b"7 7"),
        #[cfg(feature = "postcard")]
        (3, &[7, 7]),
    ];
    for (codec, payload) in payloads {
        let bytes = around::<u32>(*codec, 0, payload.len() as u64, payload);
        assert_eq!(Envelope::open::<u32>(&bytes, CAP), Err(Unreadable::Undecodable));
    }
}

#[test]
#[cfg(feature = "json")]
fn json_that_is_not_utf_8_is_refused() {
    let bytes = around::<String>(2, 0, 4, b"\"\xff\xfe\"");
    assert_eq!(Envelope::open::<String>(&bytes, CAP), Err(Unreadable::Undecodable));
}

#[test]
#[cfg(feature = "postcard")]
fn values_that_take_no_bytes_are_bounded_by_their_number() {
    // 2^63 units in ten bytes.
    let payload = [&[0x80; 9][..], &[1]].concat();
    let bytes = around::<Vec<()>>(3, 0, payload.len() as u64, &payload);
    assert_eq!(Envelope::open::<Vec<()>>(&bytes, CAP), Err(Unreadable::Undecodable));
}
