//! A serializer that refuses what would come back as another value.
//!
//! Some codecs lose something without an error: MessagePack and JSON have one null, so that `Some(None)`
//! comes back as `None`; JSON writes null for a number that is not finite; postcard writes no names, so that
//! the fields after one that `skip_serializing_if` left out are read into the wrong places. A value that
//! is not written is kept in the local tier alone; one that changes in Redis would be a wrong answer.

use serde::ser::{self, Error, Serialize, Serializer};

/// What a codec loses.
#[derive(Clone, Copy)]
pub(super) struct Losses {
    /// That an option holds something, when that is nothing itself.
    pub(super) nested_none: bool,
    /// Numbers that are not finite.
    pub(super) not_finite: bool,
    /// Which field of a struct was left out.
    pub(super) left_out: bool,
}

pub(super) struct Faithful<T> {
    inner: T,
    losses: Losses,
    is_in_some: bool,
}

impl<T> Faithful<T> {
    pub(super) fn new(inner: T, losses: Losses) -> Self {
        Self { inner, losses, is_in_some: false }
    }

    /// A part of this.
    fn part<U>(&self, inner: U) -> Faithful<U> {
        Faithful::new(inner, self.losses)
    }

    fn refuse_none<E: Error>(&self) -> Result<(), E> {
        if self.is_in_some && self.losses.nested_none {
            return Err(E::custom("an option of nothing"));
        }
        Ok(())
    }

    fn refuse_unless<E: Error>(&self, is_finite: bool) -> Result<(), E> {
        if self.losses.not_finite && !is_finite {
            return Err(E::custom("a number that is not finite"));
        }
        Ok(())
    }
}

impl<T: Serialize + ?Sized> Serialize for Faithful<&T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.inner.serialize(Faithful {
            inner: serializer,
            losses: self.losses,
            is_in_some: self.is_in_some,
        })
    }
}

macro_rules! plain {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {
        $(
            fn $method(self, $($argument: $type),*) -> Result<S::Ok, S::Error> {
                self.inner.$method($($argument),*)
            }
        )*
    };
}

macro_rules! compound {
    ($($method:ident -> $compound:ident($($argument:ident: $type:ty),*);)*) => {
        $(
            fn $method(self, $($argument: $type),*) -> Result<Faithful<S::$compound>, S::Error> {
                let losses = self.losses;
                self.inner.$method($($argument),*).map(|inner| Faithful::new(inner, losses))
            }
        )*
    };
}

impl<S: Serializer> Serializer for Faithful<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Faithful<S::SerializeSeq>;
    type SerializeTuple = Faithful<S::SerializeTuple>;
    type SerializeTupleStruct = Faithful<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Faithful<S::SerializeTupleVariant>;
    type SerializeMap = Faithful<S::SerializeMap>;
    type SerializeStruct = Faithful<S::SerializeStruct>;
    type SerializeStructVariant = Faithful<S::SerializeStructVariant>;

    plain! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_i128(value: i128);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_u128(value: u128);
        serialize_char(value: char);
        serialize_str(value: &str);
        serialize_bytes(value: &[u8]);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    compound! {
        serialize_seq -> SerializeSeq(length: Option<usize>);
        serialize_tuple -> SerializeTuple(length: usize);
        serialize_tuple_struct -> SerializeTupleStruct(name: &'static str, length: usize);
        serialize_tuple_variant -> SerializeTupleVariant(
            name: &'static str,
            index: u32,
            variant: &'static str,
            length: usize
        );
        serialize_map -> SerializeMap(length: Option<usize>);
        serialize_struct -> SerializeStruct(name: &'static str, length: usize);
        serialize_struct_variant -> SerializeStructVariant(
            name: &'static str,
            index: u32,
            variant: &'static str,
            length: usize
        );
    }

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        self.refuse_unless(value.is_finite())?;
        self.inner.serialize_f32(value)
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        self.refuse_unless(value.is_finite())?;
        self.inner.serialize_f64(value)
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.refuse_none()?;
        self.inner.serialize_none()
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.refuse_none()?;
        self.inner.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.refuse_none()?;
        self.inner.serialize_unit_struct(name)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let value = Faithful { is_in_some: true, ..self.part(value) };
        self.inner.serialize_some(&value)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        // Takes no byte of its own: nothing in here is nothing in the option around it.
        let value = Faithful { is_in_some: self.is_in_some, ..self.part(value) };
        self.inner.serialize_newtype_struct(name, &value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = self.part(value);
        self.inner.serialize_newtype_variant(name, index, variant, &value)
    }

    fn collect_str<T: std::fmt::Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

macro_rules! parts {
    ($($compound:ident: $method:ident;)*) => {
        $(
            impl<S: ser::$compound> ser::$compound for Faithful<S> {
                type Ok = S::Ok;
                type Error = S::Error;

                fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
                    let value = self.part(value);
                    self.inner.$method(&value)
                }

                fn end(self) -> Result<S::Ok, S::Error> {
                    self.inner.end()
                }
            }
        )*
    };
}

parts! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
}

impl<S: ser::SerializeMap> ser::SerializeMap for Faithful<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        let key = self.part(key);
        self.inner.serialize_key(&key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        let value = self.part(value);
        self.inner.serialize_value(&value)
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}

macro_rules! structs {
    ($($compound:ident;)*) => {
        $(
            impl<S: ser::$compound> ser::$compound for Faithful<S> {
                type Ok = S::Ok;
                type Error = S::Error;

                fn serialize_field<T: Serialize + ?Sized>(
                    &mut self,
                    name: &'static str,
                    value: &T,
                ) -> Result<(), S::Error> {
                    let value = self.part(value);
                    self.inner.serialize_field(name, &value)
                }

                fn skip_field(&mut self, name: &'static str) -> Result<(), S::Error> {
                    if self.losses.left_out {
                        return Err(S::Error::custom("a field that is left out"));
                    }
                    self.inner.skip_field(name)
                }

                fn end(self) -> Result<S::Ok, S::Error> {
                    self.inner.end()
                }
            }
        )*
    };
}

structs! {
    SerializeStruct;
    SerializeStructVariant;
}
