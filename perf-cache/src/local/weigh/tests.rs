//! Weights beside what the counting allocator says.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, LinkedList, VecDeque};
use std::ops::RangeInclusive;
use std::time::Duration;

use perf_core::alloc::{self, Counting};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{heap, shared};

#[global_allocator]
static ALLOCATOR: Counting = Counting::system();

const EXACT: RangeInclusive<f64> = 0.9..=1.1;

#[derive(Clone, Serialize)]
struct Product {
    id: u64,
    name: String,
    tags: Vec<String>,
    price: Option<Box<Price>>,
}

#[derive(Clone, Serialize)]
struct Price {
    cents: u64,
    currency: [u8; 3],
    rebates: (u32, u32),
}

#[derive(Clone, Serialize)]
enum Shape {
    Point,
    Circle(f64),
    Polygon { corners: Vec<(f64, f64)> },
    Group(Vec<Shape>),
}

#[derive(Clone, Serialize)]
struct Id(u32);

#[derive(Clone, Serialize)]
struct Flat {
    kind: String,
    #[serde(flatten)]
    price: Price,
    #[serde(serialize_with = "as_millis")]
    age: Duration,
}

fn as_millis<S: Serializer>(age: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u128(age.as_millis())
}

/// A clone has no spare capacity, so what it asks for is what the value holds.
#[track_caller]
fn assert_weight<V: Clone + Serialize>(value: V, factor: RangeInclusive<f64>) {
    let before = alloc::so_far();
    let copy = value.clone();
    let held = alloc::so_far() - before;
    // The allocator adds 8 bytes, and up to 15 to the next multiple of 16.
    let least = (held.bytes + 8 * held.count) as f64 * factor.start();
    let most = (held.bytes + 23 * held.count) as f64 * factor.end();
    let (weight, name) = (heap(&copy), std::any::type_name::<V>());
    assert!((least..=most).contains(&(weight as f64)), "{name}: {weight} for {held:?}");
}

fn text(length: usize) -> String {
    "x".repeat(length)
}

fn price(cents: u64) -> Price {
    Price { cents, currency: *b"EUR", rebates: (1, 2) }
}

fn product(id: u64) -> Product {
    let tags = (0..id % 4).map(|tag| format!("tag number {tag}")).collect();
    let price = id.is_multiple_of(2).then(|| Box::new(price(id)));
    Product { id, name: text(40), tags, price }
}

#[test]
fn small_numbers_and_absent_values_weigh_their_size_in_memory() {
    assert_weight(vec![0_u64; 1000], EXACT);
    assert_weight(vec![0_u8; 100_000], EXACT);
    assert_weight(vec![None::<[u64; 4]>; 1000], EXACT);
    assert_weight(vec![None::<Box<u64>>; 1000], EXACT);
    assert_weight(vec![(1_u8, 2_u64, 3_u16); 1000], EXACT);
    assert_weight(vec![Some(false); 1000], EXACT);
    assert_weight(vec![Some(3_u32); 1000], EXACT);
    assert_weight(vec![Duration::from_secs(1); 1000], EXACT);
}

#[test]
fn text_weighs_its_length() {
    assert_weight(text(100_000), EXACT);
    assert_weight((0..500).map(|n| text(20 + n % 50)).collect::<Vec<_>>(), EXACT);
    assert_weight(text(1000).into_boxed_str(), EXACT);
    assert_weight(vec![vec![7_u8; 100]; 300], EXACT);
    assert_weight(vec![Some(text(30)); 300], EXACT);
    assert_weight((text(100), text(200), 7_u32), EXACT);
    assert_weight([text(100), text(200)], EXACT);
}

#[test]
fn what_is_boxed_is_an_allocation_of_its_own() {
    assert_weight(Box::new(price(1)), EXACT);
    assert_weight(Some(Box::new(price(1))), EXACT);
    assert_weight(Some(Box::new([1_u64; 32])), EXACT);
    assert_weight((0..100).map(|n| Box::new(price(n))).collect::<Vec<_>>(), EXACT);
    assert_weight(Box::new(Box::new([0_u64; 8])), EXACT);
    assert_weight(vec![1_u64; 1000].into_boxed_slice(), EXACT);
}

#[test]
fn structs_and_enums_in_a_row_are_measured_by_where_their_fields_lie() {
    assert_weight((0..300).map(product).collect::<Vec<_>>(), EXACT);
    assert_weight((0..1000).map(Id).collect::<Vec<_>>(), 0.9..=2.1);
    let polygon = |n| Shape::Polygon { corners: vec![(1.0, 2.0); n] };
    let shapes: Vec<Shape> = (0..200)
        .map(|n| match n % 3 {
            0 => Shape::Point,
            1 => Shape::Circle(1.0),
            _ => polygon(n),
        })
        .collect();
    assert_weight(shapes.clone(), EXACT);
    assert_weight(Shape::Group(vec![Shape::Group(shapes), polygon(50)]), EXACT);
    // Nothing says how much larger than its tag an enum is.
    assert_weight(vec![Shape::Point; 100], 0.03..=1.1);
}

#[test]
fn tables_and_trees_weigh_their_unused_places_too() {
    for count in [1, 3, 10, 100, 1000, 1800] {
        let keys = || (0..count).map(|n| format!("key number {n:06}"));
        assert_weight(keys().zip(0_u32..).collect::<HashMap<_, _>>(), EXACT);
        assert_weight((0..count).collect::<HashSet<u32>>(), 0.8..=1.4);
        assert_weight(keys().map(|key| (key, product(3))).collect::<HashMap<_, _>>(), 0.85..=1.15);
        let mut tree = BTreeMap::new();
        keys().for_each(|key| _ = tree.insert(key, 1_u64));
        assert_weight(tree, 0.85..=1.15);
        let mut set = BTreeSet::new();
        (0..count).for_each(|n| _ = set.insert(n as u64));
        assert_weight(set, 0.85..=1.3);
    }
    assert_weight((0..1000_u64).collect::<VecDeque<_>>(), EXACT);
    assert_weight((0..1000_u64).collect::<LinkedList<_>>(), 0.9..=1.25);
}

#[test]
fn json_weighs_what_its_arrays_and_objects_take() {
    let row =
        |n| json!({"id": n, "name": text(40), "tags": ["one tag", "another tag"], "none": null});
    assert_weight((0..200).map(row).collect::<Value>(), 0.85..=1.15);
    assert_weight(json!({ "a": 1 }), 0.85..=1.15);
}

#[test]
fn flattened_fields_and_wrapped_ones_weigh_nothing_more() {
    let flat = Flat { kind: text(100), price: price(3), age: Duration::from_secs(3) };
    assert_weight(flat.clone(), EXACT);
    assert_weight(vec![flat; 100], 0.85..=1.1);
}

#[test]
fn what_holds_nothing_weighs_nothing() {
    assert_eq!(heap(&7_u64), 0);
    assert_eq!(heap(&String::new()), 0);
    assert_eq!(heap(&Vec::<u64>::new()), 0);
    assert_eq!(heap(&[[1_u64; 4]; 4]), 0);
    assert_eq!(heap(&HashMap::<u64, u64>::new()), 0);
}

#[test]
fn a_value_that_cannot_be_walked_through_weighs_what_was_seen() {
    struct Panics(String);
    impl Serialize for Panics {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            panic!("no form in bytes for {}", self.0)
        }
    }
    #[derive(Serialize)]
    struct Endless {
        next: Option<Box<Endless>>,
    }
    assert!(shared(&(text(1000), Panics(text(1)))) > 1000);
    let deep = (0..1000).fold(None, |next, _| Some(Box::new(Endless { next })));
    assert!((1000..8000).contains(&heap(&deep)), "{}", heap(&deep));
}
