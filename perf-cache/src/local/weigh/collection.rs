//! What collections take for their elements.

use std::any::type_name;
use std::mem;
use std::ptr;

use serde::Serialize;
use serde::ser;

use super::layout::{Collection, Layout, behind_references};
use super::serializer::{Halt, Tally, Walker};

/// Farther from each other, two values are not in one block of memory.
const FAR: usize = 1 << 16;

/// Where the parts of one value lie, which bounds its size from below.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    low: usize,
    high: usize,
    align: usize,
}

impl Seen {
    pub(super) fn note(&mut self, address: usize, size: usize, align: usize) {
        if self.low == 0 {
            (self.low, self.high) = (address, address + size);
        } else if address.abs_diff(self.low) < FAR {
            self.low = self.low.min(address);
            self.high = self.high.max(address + size);
        }
        self.align = self.align.max(align);
    }

    /// A value of which the size is known and the place is not.
    #[inline]
    pub(super) fn number(&mut self, size: usize) {
        if self.low == 0 {
            self.high = self.high.max(size);
            self.align = self.align.max(size);
        }
    }

    pub(super) fn size(&self) -> usize {
        (self.high - self.low).next_multiple_of(self.align.max(1))
    }
}

/// The elements of a collection, or its keys, or its values.
#[derive(Debug, Default)]
struct Elements {
    name: &'static str,
    layout: Option<Layout>,
    count: usize,
    largest: usize,
    align: usize,
    /// Number and place of the first and the last one whose place is known.
    first: Option<(usize, usize)>,
    last: (usize, usize),
    lies_inside: bool,
}

impl Elements {
    /// Whether elements of this type hold nothing.
    fn expect<T>(&mut self) -> bool {
        let (name, is_reference) = behind_references(type_name::<T>());
        self.name = type_name::<T>();
        self.layout = Layout::of(name);
        is_reference && self.layout.is_some_and(|layout| layout.flat)
    }

    fn visit<T: Serialize + ?Sized>(&mut self, tally: &mut Tally, value: &T) -> Result<(), Halt> {
        if !ptr::eq(self.name, type_name::<T>()) {
            self.meet(tally, value);
        }
        let number = self.count;
        self.count += 1;
        if self.layout.is_some_and(|layout| layout.flat) {
            return Ok(());
        }
        if self.layout.is_some() {
            return tally.visit(value);
        }
        tally.seen = Seen::default();
        let walked = tally.visit(value);
        let seen = tally.seen;
        self.largest = self.largest.max(seen.size());
        self.align = self.align.max(seen.align);
        if seen.low != 0 {
            self.first.get_or_insert((number, seen.low));
            self.last = (number, seen.low);
        }
        walked
    }

    fn meet<T: ?Sized>(&mut self, tally: &Tally, value: &T) {
        let (name, is_reference) = behind_references(type_name::<T>());
        self.name = type_name::<T>();
        self.layout = Layout::of(name);
        if !is_reference {
            self.lies_inside = tally.is_inside(ptr::from_ref(value).addr());
            self.largest = self.largest.max(size_of_val(value));
            self.align = self.align.max(align_of_val(value));
        }
    }

    fn size(&self) -> usize {
        self.layout.map_or(self.largest, |layout| layout.size)
    }

    fn align(&self) -> usize {
        self.layout.map_or(self.align, |layout| layout.align).max(1)
    }

    /// From one element to the next where they lie in a row.
    fn stride(&self) -> usize {
        let Some((number, place)) = self.first else { return self.size() };
        let steps = self.last.0 - number;
        if self.layout.is_some() || steps == 0 || self.last.1 < place {
            return self.size();
        }
        let stride = (self.last.1 - place).div_ceil(steps).next_multiple_of(self.align());
        if stride < FAR { stride.max(self.size()) } else { self.size() }
    }
}

/// A list or a set.
pub(super) struct Sequence<'t> {
    tally: &'t mut Tally,
    collection: Collection,
    elements: Elements,
    outer: Seen,
}

impl<'t> Sequence<'t> {
    pub(super) fn new(walker: Walker<'t>) -> Self {
        let collection = match Collection::of(walker.name) {
            // An array of JSON is a list, though its objects are trees.
            Some(Collection::Tree) if walker.name.starts_with("serde_json") => Collection::Vec,
            Some(collection) => collection,
            None => Collection::Vec,
        };
        let outer = mem::take(&mut walker.tally.seen);
        Self { tally: walker.tally, collection, elements: Elements::default(), outer }
    }

    /// Whether items of this type need not be looked at.
    pub(super) fn expect<T>(&mut self) -> bool {
        self.elements.expect::<T>()
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.elements.count += count;
    }
}

impl ser::SerializeSeq for Sequence<'_> {
    type Ok = ();
    type Error = Halt;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Halt> {
        self.elements.visit(self.tally, value)
    }

    fn end(self) -> Result<(), Halt> {
        self.tally.seen = self.outer;
        let Elements { count, lies_inside, .. } = self.elements;
        let (size, align) = (self.elements.size(), self.elements.align());
        if lies_inside || count == 0 {
            return Ok(());
        }
        match self.collection {
            Collection::Vec | Collection::Ring => {
                self.tally.allocate(count.saturating_mul(self.elements.stride()));
            }
            Collection::Hash => table(self.tally, count, size),
            Collection::Tree => tree(self.tally, count, size, align),
            Collection::List => (0..count).for_each(|_| {
                self.tally.allocate(2 * size_of::<usize>() + size);
            }),
        }
        Ok(())
    }
}

/// A map, or a value whose fields come as if they were entries of one.
pub(super) struct Map<'t> {
    tally: &'t mut Tally,
    collection: Collection,
    keys: Elements,
    values: Elements,
    is_record: bool,
    outer: Seen,
}

impl<'t> Map<'t> {
    pub(super) fn new(tally: &'t mut Tally, collection: Collection) -> Self {
        let (keys, values) = (Elements::default(), Elements::default());
        let outer = mem::take(&mut tally.seen);
        Self { tally, collection, keys, values, is_record: false, outer }
    }
}

impl ser::SerializeMap for Map<'_> {
    type Ok = ();
    type Error = Halt;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Halt> {
        // serde's derive gives names of fields so, and no map does.
        if type_name::<T>() == "str" {
            if !self.is_record {
                self.is_record = true;
                self.tally.seen = self.outer;
            }
            return Ok(());
        }
        self.keys.visit(self.tally, key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Halt> {
        if self.is_record {
            return self.tally.visit(value);
        }
        self.values.visit(self.tally, value)
    }

    fn end(self) -> Result<(), Halt> {
        if self.is_record {
            return Ok(());
        }
        self.tally.seen = self.outer;
        let count = self.keys.count;
        if count == 0 {
            return Ok(());
        }
        let align = self.keys.align().max(self.values.align());
        let pair = (self.keys.size() + self.values.size()).next_multiple_of(align);
        match self.collection {
            Collection::Tree => tree(self.tally, count, pair, align),
            _ => table(self.tally, count, pair),
        }
        Ok(())
    }
}

/// The standard library's hash table: a power of two of buckets, of which one in eight stays empty, and
/// a byte for each beside it.
fn table(tally: &mut Tally, count: usize, size: usize) {
    const GROUP: usize = 16;
    let buckets = match count {
        0..4 => 4,
        4..8 => 8,
        _ => (count.saturating_mul(8) / 7).next_power_of_two(),
    };
    tally.allocate(buckets.saturating_mul(size).saturating_add(buckets + 2 * GROUP - 1));
}

/// The standard library's B-tree, filled in order as every decoder does: six of eleven places of each
/// node are taken, and a seventh element stands in the node above.
fn tree(tally: &mut Tally, count: usize, size: usize, align: usize) {
    const PLACES: usize = 11;
    let node = (size_of::<usize>() + 4 + PLACES * size).next_multiple_of(align.max(8));
    let leaves = if count <= PLACES { 1 } else { count.div_ceil(7).max(2) };
    let inner = if leaves == 1 { 0 } else { (leaves / 6).max(1) };
    (0..leaves).for_each(|_| tally.allocate(node));
    (0..inner).for_each(|_| tally.allocate(node + (PLACES + 1) * size_of::<usize>()));
}
