use std::any::type_name;
use std::fmt;
use std::mem;
use std::ptr;

use serde::ser::{self, Serialize, Serializer};

use super::allocation;
use super::collection::{Map, Seen, Sequence};
use super::layout::{Collection, Layout, behind_references, pointer};

/// The codec reads nothing back that is nested deeper.
const MAX_DEPTH: usize = 128;

/// What has been seen of a value.
#[derive(Debug)]
pub(super) struct Tally {
    bytes: usize,
    depth: usize,
    /// What lies in the block of memory that is being walked through.
    pub(super) seen: Seen,
    /// Where the innermost value lies whose place is known: what is in there is counted already.
    extent: (usize, usize),
}

/// One value's turn.
pub(super) struct Walker<'t> {
    pub(super) tally: &'t mut Tally,
    /// The name of its type.
    pub(super) name: &'static str,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self { bytes: 0, depth: 0, seen: Seen::default(), extent: (0, 0) }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn allocate(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(allocation(bytes));
    }

    pub(super) fn is_inside(&self, address: usize) -> bool {
        (self.extent.0..self.extent.1).contains(&address)
    }

    /// Adds what a value holds besides itself.
    pub(super) fn visit<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Halt> {
        let (name, is_reference) = behind_references(type_name::<T>());
        let address = ptr::from_ref(value).addr();
        let extent = self.extent;
        let is_sized = size_of::<&T>() == size_of::<usize>();
        if !is_reference && is_sized && !self.is_on_stack(address) {
            self.seen.note(address, size_of_val(value), align_of_val(value));
            if !mem::needs_drop::<T>() {
                return Ok(());
            }
            self.extent = (address, address + size_of_val(value));
        }
        if self.depth == MAX_DEPTH {
            return Err(Halt);
        }
        self.depth += 1;
        let walked = match pointer(name) {
            Some((inner, header)) => self.follow(value, inner, header),
            None => value.serialize(Walker { tally: self, name }),
        };
        self.depth -= 1;
        self.extent = extent;
        walked
    }

    /// Adds what a pointer points to.
    fn follow<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        mut name: &'static str,
        mut header: usize,
    ) -> Result<(), Halt> {
        while let Some((inner, next)) = pointer(name) {
            self.allocate(header + size_of::<usize>());
            (name, header) = (inner, next);
        }
        let outer = mem::take(&mut self.seen);
        let extent = mem::take(&mut self.extent);
        let walked = value.serialize(Walker { tally: self, name });
        self.extent = extent;
        let seen = mem::replace(&mut self.seen, outer);
        let size = Layout::of(name).map_or(seen.size(), |layout| layout.size);
        // Nothing seen means text or a slice, which has counted itself.
        self.allocate(if size == 0 { 0 } else { header + size });
        walked
    }

    /// Text or bytes outside of the value that holds them.
    fn block(&mut self, bytes: &[u8]) {
        let address = bytes.as_ptr().addr();
        if !self.is_inside(address) && !self.is_on_stack(address) {
            self.allocate(bytes.len());
        }
    }

    /// Whether something was made while walking, like the wrappers of `serialize_with`: it lies on the
    /// stack between the tally and here.
    fn is_on_stack(&self, address: usize) -> bool {
        let here = 0_u8;
        let (low, high) = (ptr::from_ref(&here).addr(), ptr::from_ref(self).addr());
        (low..high).contains(&address)
    }
}

/// The value cannot be walked through to its end.
#[derive(Debug)]
pub(super) struct Halt;

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value cannot be weighed")
    }
}

impl std::error::Error for Halt {}

impl ser::Error for Halt {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Numbers have no memory of their own; their sizes matter where their place is not known.
macro_rules! numbers {
    ($($method:ident: $type:ty,)*) => {$(
        #[inline]
        fn $method(self, _: $type) -> Result<(), Halt> {
            self.tally.seen.number(size_of::<$type>());
            Ok(())
        }
    )*};
}

impl<'t> Serializer for Walker<'t> {
    type Ok = ();
    type Error = Halt;
    type SerializeSeq = Sequence<'t>;
    type SerializeTuple = Fields<'t>;
    type SerializeTupleStruct = Fields<'t>;
    type SerializeTupleVariant = Fields<'t>;
    type SerializeMap = Map<'t>;
    type SerializeStruct = Fields<'t>;
    type SerializeStructVariant = Fields<'t>;

    numbers! {
        serialize_bool: bool, serialize_char: char, serialize_f32: f32, serialize_f64: f64,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32,
        serialize_u64: u64, serialize_u128: u128,
    }

    fn serialize_str(self, text: &str) -> Result<(), Halt> {
        self.serialize_bytes(text.as_bytes())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Halt> {
        self.tally.block(bytes);
        Ok(())
    }

    /// What is formatted is not held.
    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Result<(), Halt> {
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Halt> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Halt> {
        self.tally.visit(value)
    }

    fn serialize_unit(self) -> Result<(), Halt> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Halt> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Halt> {
        self.tally.seen.number(1);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Halt> {
        self.tally.visit(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Halt> {
        self.tally.visit(value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Sequence<'t>, Halt> {
        Ok(Sequence::new(self))
    }

    fn collect_seq<I>(self, items: I) -> Result<(), Halt>
    where
        I: IntoIterator,
        I::Item: Serialize,
    {
        let mut sequence = Sequence::new(self);
        let mut items = items.into_iter();
        if sequence.expect::<I::Item>() {
            sequence.skip(items.count());
        } else {
            items
                .try_for_each(|item| ser::SerializeSeq::serialize_element(&mut sequence, &item))?;
        }
        ser::SerializeSeq::end(sequence)
    }

    fn serialize_tuple(self, _: usize) -> Result<Fields<'t>, Halt> {
        Ok(Fields { tally: self.tally })
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Fields<'t>, Halt> {
        Ok(Fields { tally: self.tally })
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Fields<'t>, Halt> {
        Ok(Fields { tally: self.tally })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Map<'t>, Halt> {
        let collection = Collection::of(self.name).unwrap_or(Collection::Hash);
        Ok(Map::new(self.tally, collection))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'t>, Halt> {
        Ok(Fields { tally: self.tally })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Fields<'t>, Halt> {
        Ok(Fields { tally: self.tally })
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// Values that lie within the one they belong to.
pub(super) struct Fields<'t> {
    tally: &'t mut Tally,
}

macro_rules! fields {
    ($($trait:ident::$method:ident($($name:ty)?),)*) => {$(
        impl ser::$trait for Fields<'_> {
            type Ok = ();
            type Error = Halt;

            #[inline]
            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $(_: $name,)?
                value: &T,
            ) -> Result<(), Halt> {
                self.tally.visit(value)
            }

            fn end(self) -> Result<(), Halt> {
                Ok(())
            }
        }
    )*};
}

fields! {
    SerializeTuple::serialize_element(),
    SerializeTupleStruct::serialize_field(),
    SerializeTupleVariant::serialize_field(),
    SerializeStruct::serialize_field(&'static str),
    SerializeStructVariant::serialize_field(&'static str),
}
