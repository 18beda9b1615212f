use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::{CAP, envelope, forms};
use crate::bytes::{Codec, Envelope, Form, Opened, Unreadable, Unsealed};

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Product {
    id: u64,
    name: String,
    prices: BTreeMap<String, (i64, i8)>,
    picture: Option<Vec<u8>>,
    state: State,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
enum State {
    Listed,
    Sold(u32, char),
    Moved { to: Box<State>, weight: f64 },
}

fn state() -> impl Strategy<Value = State> {
    let leaf = prop_oneof![
        Just(State::Listed),
        any::<(u32, char)>().prop_map(|(count, mark)| State::Sold(count, mark)),
    ];
    leaf.prop_recursive(8, 16, 1, |inner| {
        (inner, -1e9..1e9).prop_map(|(to, weight)| State::Moved { to: Box::new(to), weight })
    })
}

prop_compose! {
    fn product()(
        id in any::<u64>(),
        name in any::<String>(),
        prices in any::<BTreeMap<String, (i64, i8)>>(),
        picture in any::<Option<Vec<u8>>>(),
        state in state(),
    ) -> Product {
        Product { id, name, prices, picture, state }
    }
}

proptest! {
    #[test]
    fn what_goes_in_comes_out_in_every_form(product in product(), tags in 0..=64_usize) {
        for form in forms() {
            let bytes = envelope(tags).seal(&product, &form).unwrap();
            let (opened, value) = Envelope::open::<Product>(&bytes, CAP).unwrap();
            prop_assert_eq!(opened, envelope(tags));
            prop_assert_eq!(value, Opened::Value(product.clone()), "{:?}", form);
        }
    }
}

/// A value that takes no byte of its own.
#[derive(Deserialize, Serialize)]
struct Chain(Option<Box<Chain>>);

#[derive(Deserialize, Serialize)]
struct Nested {
    inner: Option<Box<Nested>>,
}

#[derive(Deserialize, Serialize)]
enum Tree {
    Leaf,
    Node(Box<Tree>),
}

#[test]
fn a_value_that_is_nested_too_deep_is_not_read_back() {
    let nested = |depth| {
        let nest = |inner, _| Nested { inner: Some(Box::new(inner)) };
        (0..depth).fold(Nested { inner: None }, nest)
    };
    let tree = |depth| (0..depth).fold(Tree::Leaf, |inner, _| Tree::Node(Box::new(inner)));
    for form in forms() {
        let nested = |depth| {
            let bytes = envelope(0).seal(&nested(depth), &form).unwrap();
            Envelope::open::<Nested>(&bytes, CAP).map(|_| ())
        };
        let tree = |depth| {
            let bytes = envelope(0).seal(&tree(depth), &form).unwrap();
            Envelope::open::<Tree>(&bytes, CAP).map(|_| ())
        };
        assert_eq!(nested(30), Ok(()), "{form:?}");
        assert_eq!(nested(300), Err(Unreadable::Undecodable), "{form:?}");
        assert_eq!(tree(30), Ok(()), "{form:?}");
        assert_eq!(tree(300), Err(Unreadable::Undecodable), "{form:?}");
    }
}

#[test]
fn a_type_that_goes_down_without_reading_anything_does_not_overflow_the_stack() {
    for (codec, payload) in [(1, b"\x01".to_vec()), (2, b"1".to_vec()), (3, vec![1; 100_000])] {
        let bytes = super::around::<Chain>(codec, 0, payload.len() as u64, &payload);
        assert!(Envelope::open::<Chain>(&bytes, CAP).is_err());
    }
}

/// Panics where its name says.
#[derive(Debug, PartialEq)]
struct Panics {
    when_written: bool,
}

impl Serialize for Panics {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        assert!(!self.when_written, "as planned");
        serializer.serialize_u32(7)
    }
}

impl<'de> Deserialize<'de> for Panics {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(deserializer)?;
        assert_ne!(number, 7, "as planned");
        Ok(Self { when_written: false })
    }
}

#[test]
fn a_panic_in_the_code_of_a_type_is_an_error_of_its_value() {
    for form in forms() {
        let sealed = envelope(0).seal(&Panics { when_written: true }, &form);
        assert_eq!(sealed, Err(Unsealed::Panicked));
        let sealed = envelope(0).seal(&Panics { when_written: false }, &form).unwrap();
        assert_eq!(Envelope::open::<Panics>(&sealed, CAP), Err(Unreadable::Panicked));
    }
}

#[test]
fn a_value_larger_than_its_form_allows_is_not_written() {
    for form in forms() {
        let form = Form { max_payload_bytes: 1_000, ..form };
        assert!(envelope(0).seal(&"t".repeat(900), &form).is_ok());
        assert_eq!(envelope(0).seal(&"t".repeat(1_100), &form), Err(Unsealed::TooLarge));
    }
}

#[test]
fn a_value_without_a_form_in_bytes_is_not_written() {
    /// Refuses.
    #[derive(Deserialize)]
    struct Refuses;
    impl Serialize for Refuses {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no"))
        }
    }
    assert_eq!(envelope(0).seal(&Refuses, &Form::default()), Err(Unsealed::Unencodable));
}

#[test]
fn what_stands_for_a_codec_in_redis_never_changes() {
    let mut bytes: Vec<u8> = forms().iter().map(|form| form.codec.byte()).collect();
    bytes.dedup();
    let known: &[u8] = match (cfg!(feature = "json"), cfg!(feature = "postcard")) {
        (true, true) => &[1, 2, 3],
        (true, false) => &[1, 2],
        (false, true) => &[1, 3],
        (false, false) => &[1],
    };
    assert_eq!(bytes, known);
    for form in forms() {
        assert_eq!(Codec::from_byte(form.codec.byte()), Some(form.codec));
    }
}

/// In a codec without names, `[0]` without its size would be `[]` with the size 1.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Skips {
    #[serde(default, skip_serializing_if = "is_zero")]
    size: u8,
    bytes: Vec<u8>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

#[test]
fn a_field_that_is_left_out_never_makes_another_value() {
    for form in forms() {
        for size in [0, 1] {
            let value = Skips { size, bytes: vec![0] };
            let sealed = envelope(0).seal(&vec![Some(value)], &form);
            if form.codec.byte() == 3 && size == 0 {
                assert_eq!(sealed, Err(Unsealed::Unencodable));
            } else {
                let value = Opened::Value(vec![Some(Skips { size, bytes: vec![0] })]);
                assert_eq!(
                    Envelope::open::<Vec<Option<Skips>>>(&sealed.unwrap(), CAP),
                    Ok((envelope(0), value))
                );
            }
        }
    }
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Wrapped(Option<u8>);

/// What comes back is what went in, or nothing went in; tells whether anything did.
fn is_kept<V: crate::CacheValue + Clone + PartialEq + std::fmt::Debug>(
    value: &V,
    form: &Form,
) -> bool {
    let Ok(sealed) = envelope(0).seal(value, form) else { return false };
    let opened = Envelope::open::<V>(&sealed, CAP).unwrap();
    assert_eq!(opened.1, Opened::Value(value.clone()), "{form:?}");
    true
}

#[test]
fn an_option_of_nothing_never_comes_back_as_nothing() {
    for form in forms() {
        let has_one_null = form.codec.byte() != 3;
        assert_eq!(is_kept(&Some(None::<u8>), &form), !has_one_null);
        assert_eq!(is_kept(&Some(()), &form), !has_one_null);
        assert_eq!(is_kept(&vec![Some(Wrapped(None))], &form), !has_one_null);
        assert!(is_kept(&Some(Some(7_u8)), &form));
        assert!(is_kept(&Some(Some(Wrapped(Some(7)))), &form));
        assert!(is_kept(&Some(vec![None::<u8>]), &form));
        assert!(is_kept(&None::<Option<u8>>, &form));
        assert!(is_kept(&(Wrapped(None), ()), &form));
    }
}

#[test]
fn a_number_that_is_not_finite_never_comes_back_as_nothing() {
    for form in forms() {
        let is_json = form.codec.byte() == 2;
        assert_eq!(is_kept(&Some(f64::INFINITY), &form), !is_json);
        assert_eq!(is_kept(&vec![f32::NEG_INFINITY], &form), !is_json);
        assert!(is_kept(&Some(f64::MIN_POSITIVE), &form));
    }
}
