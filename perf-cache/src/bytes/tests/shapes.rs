use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::bytes::schema::survey::Survey;

macro_rules! shapes {
    ($($module:ident { $($item:item)* })*) => {
        $(mod $module {
            use super::*;
            $(
                #[derive(Deserialize, Serialize)]
                $item
            )*
        })*
    };
}

shapes! {
    plain { pub(super) struct Product { id: u32, price: Price } pub(super) struct Price { cents: u64 } }
    moved { pub(super) struct Price { cents: u64 } pub(super) struct Product { id: u32, price: Price } }
    gained { pub(super) struct Product { id: u32, price: Price, tax: u8 } pub(super) struct Price { cents: u64 } }
    within { pub(super) struct Product { id: u32, price: Price } pub(super) struct Price { cents: u64, tax: u8 } }
    retyped { pub(super) struct Product { id: u32, price: Price } pub(super) struct Price { cents: i64 } }
    renamed { pub(super) struct Product { id: u32, cost: Price } pub(super) struct Price { cents: u64 } }
    swapped { pub(super) struct Product { price: Price, id: u32 } pub(super) struct Price { cents: u64 } }
    optional { pub(super) struct Product { id: u32, price: Option<Price> } pub(super) struct Price { cents: u64 } }
    listed { pub(super) struct Product { id: u32, price: Vec<Price> } pub(super) struct Price { cents: u64 } }
}

fn shape<V: crate::CacheValue>() -> u64 {
    let (shape, is_complete) = Survey::of::<V>();
    assert!(is_complete, "{}", std::any::type_name::<V>());
    shape
}

#[test]
fn a_type_that_moved_to_another_module_keeps_its_shape() {
    assert_eq!(shape::<plain::Product>(), shape::<moved::Product>());
    assert_eq!(crate::bytes::schema::<plain::Product>(), crate::bytes::schema::<moved::Product>());
}

#[test]
fn a_shape_is_the_same_in_every_build() {
    assert_eq!(shape::<plain::Product>(), 17_464_383_797_874_701_552);
}

#[test]
fn every_change_of_a_field_is_another_shape() {
    let shapes = [
        shape::<plain::Product>(),
        shape::<gained::Product>(),
        shape::<within::Product>(),
        shape::<retyped::Product>(),
        shape::<renamed::Product>(),
        shape::<swapped::Product>(),
        shape::<optional::Product>(),
        shape::<listed::Product>(),
        shape::<plain::Price>(),
    ];
    assert_all_differ(&shapes);
}

shapes! {
    two { pub(super) enum State { Listed, Sold(u32) } }
    three { pub(super) enum State { Listed, Sold(u32), Gone } }
    inside { pub(super) enum State { Listed, Sold(u64) } }
    named { pub(super) enum State { Listed, Sold { at: u32 } } }
    longer { pub(super) enum State { Listed, Sold(u32, u32) } }
}

#[test]
fn every_change_of_a_variant_is_another_shape() {
    let shapes = [
        shape::<two::State>(),
        shape::<three::State>(),
        shape::<inside::State>(),
        shape::<named::State>(),
        shape::<longer::State>(),
        shape::<Option<two::State>>(),
        shape::<(two::State, inside::State)>(),
        shape::<(inside::State, two::State)>(),
    ];
    assert_all_differ(&shapes);
}

#[test]
fn plain_types_differ_by_their_kind() {
    let shapes = [
        shape::<u8>(),
        shape::<u32>(),
        shape::<i32>(),
        shape::<f32>(),
        shape::<bool>(),
        shape::<char>(),
        shape::<()>(),
        shape::<String>(),
        shape::<Vec<u8>>(),
        shape::<Vec<Vec<u8>>>(),
        shape::<[u8; 4]>(),
        shape::<[u8; 5]>(),
        shape::<(u8, u32)>(),
        shape::<BTreeMap<u8, u32>>(),
        shape::<BTreeMap<u32, u8>>(),
        shape::<Option<u8>>(),
        shape::<std::num::NonZeroU64>(),
    ];
    assert_all_differ(&shapes);
    assert_eq!(shape::<HashMap<u8, u32>>(), shape::<BTreeMap<u8, u32>>());
}

shapes! {
    tree {
        pub(super) enum Tree { Node(Box<Tree>, Vec<Tree>), Pair { left: Box<Tree>, tag: Tag }, Leaf(u8) }
        pub(super) struct Tag { of: Option<Box<Tree>>, name: String } }
    other_leaf {
        pub(super) enum Tree { Node(Box<Tree>, Vec<Tree>), Pair { left: Box<Tree>, tag: Tag }, Leaf(u16) }
        pub(super) struct Tag { of: Option<Box<Tree>>, name: String } }
    other_tag {
        pub(super) enum Tree { Node(Box<Tree>, Vec<Tree>), Pair { left: Box<Tree>, tag: Tag }, Leaf(u8) }
        pub(super) struct Tag { of: Option<Box<Tree>>, name: String, color: u8 } }
    list { pub(super) struct List { next: Option<Box<List>>, value: u8 } }
    chain { pub(super) struct Chain(Option<Box<Chain>>); }
    endless { pub(super) struct Endless { inner: Box<Endless> } }
}

#[test]
fn types_that_contain_themselves_have_a_shape() {
    let shapes = [
        shape::<tree::Tree>(),
        shape::<other_leaf::Tree>(),
        shape::<other_tag::Tree>(),
        shape::<tree::Tag>(),
        shape::<list::List>(),
        shape::<chain::Chain>(),
        shape::<endless::Endless>(),
    ];
    assert_all_differ(&shapes);
}

/// A text with rules, as an address or a date is.
#[derive(Serialize)]
struct Strict(String);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Letters;
        impl serde::de::Visitor<'_> for Letters {
            type Value = Strict;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Strict, E> {
                if text.is_empty() { Err(E::custom("empty")) } else { Ok(Strict(text.to_owned())) }
            }
        }
        deserializer.deserialize_str(Letters)
    }
}

shapes! {
    strict { pub(super) struct Order {
        first: Strict, second: Strict, other: Option<Strict>, all: Vec<Strict>, choice: Choice, last: u8,
    }
        pub(super) enum Choice { One(Strict), Two(Inner), Three }
        pub(super) struct Inner { strict: Strict, last: u8 } }
    strict_last { pub(super) struct Order {
        first: Strict, second: Strict, other: Option<Strict>, all: Vec<Strict>, choice: Choice, last: u16,
    }
        pub(super) enum Choice { One(Strict), Two(Inner), Three }
        pub(super) struct Inner { strict: Strict, last: u8 } }
    strict_inner { pub(super) struct Order {
        first: Strict, second: Strict, other: Option<Strict>, all: Vec<Strict>, choice: Choice, last: u8,
    }
        pub(super) enum Choice { One(Strict), Two(Inner), Three }
        pub(super) struct Inner { strict: Strict, last: u16 } }
}

#[test]
fn a_field_that_refuses_plain_values_hides_no_other_field() {
    let shapes =
        [shape::<strict::Order>(), shape::<strict_last::Order>(), shape::<strict_inner::Order>()];
    assert_all_differ(&shapes);
}

#[test]
fn what_stands_after_an_optional_part_that_refuses_is_seen() {
    type Row<T> = (Option<Strict>, Vec<Strict>, T);
    assert_all_differ(&[shape::<Row<u8>>(), shape::<Row<u16>>()]);
}

#[derive(Deserialize, Serialize)]
struct Aliased {
    #[serde(alias = "label", alias = "title")]
    name: String,
    #[serde(default)]
    count: u8,
}

#[test]
fn a_field_with_two_names_is_one_field() {
    shape::<Aliased>();
    shape::<Vec<Aliased>>();
}

#[derive(Deserialize, Serialize)]
struct Flat {
    id: u32,
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Untagged {
    Number(u32),
    Text(String),
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "kind")]
enum Tagged {
    Number { value: u32 },
    Text { value: String },
}

#[derive(Deserialize, Serialize)]
#[serde(try_from = "u32")]
struct Even(u32);

impl TryFrom<u32> for Even {
    type Error = String;
    fn try_from(number: u32) -> Result<Self, String> {
        if number.is_multiple_of(2) { Ok(Self(number)) } else { Err("odd".to_owned()) }
    }
}

#[test]
fn a_type_that_cannot_be_seen_through_is_known_by_its_name() {
    assert!(!Survey::of::<Flat>().1);
    assert!(!Survey::of::<Untagged>().1);
    assert!(!Survey::of::<Vec<Untagged>>().1);
    assert!(!Survey::of::<Tagged>().1);
    assert!(!Survey::of::<Even>().1);
    let schema = crate::bytes::schema::<Untagged>();
    assert_eq!(schema, crate::bytes::schema::<Untagged>());
    assert_ne!(schema, crate::bytes::schema::<Vec<Untagged>>());
}

#[test]
fn a_large_type_is_surveyed_in_bounded_time() {
    type Wide = [[[u8; 32]; 32]; 32];
    assert!(!Survey::of::<Wide>().1);
}

fn assert_all_differ(shapes: &[u64]) {
    for (place, shape) in shapes.iter().enumerate() {
        let first = shapes.iter().position(|other| other == shape);
        assert_eq!(first, Some(place), "two types have one shape");
    }
}
