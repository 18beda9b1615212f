use serde::de::{Deserializer, Visitor};

use super::access::{Entry, Items};
use super::probe::Probe;
use super::survey::Refusal;

macro_rules! leaves {
    ($($method:ident($kind:literal, $visit:ident($($answer:expr)?));)*) => {
        $(
            fn $method<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Refusal> {
                self.leaf($kind, || visitor.$visit($($answer)?))
            }
        )*
    };
}

impl Deserializer<'static> for Probe<'_> {
    type Error = Refusal;

    // One and not zero: `NonZero` types are common.
    leaves! {
        deserialize_bool("bool", visit_bool(false));
        deserialize_i8("i8", visit_i8(1));
        deserialize_i16("i16", visit_i16(1));
        deserialize_i32("i32", visit_i32(1));
        deserialize_i64("i64", visit_i64(1));
        deserialize_i128("i128", visit_i128(1));
        deserialize_u8("u8", visit_u8(1));
        deserialize_u16("u16", visit_u16(1));
        deserialize_u32("u32", visit_u32(1));
        deserialize_u64("u64", visit_u64(1));
        deserialize_u128("u128", visit_u128(1));
        deserialize_f32("f32", visit_f32(1.0));
        deserialize_f64("f64", visit_f64(1.0));
        deserialize_char("char", visit_char('a'));
        deserialize_str("text", visit_borrowed_str(""));
        deserialize_string("text", visit_borrowed_str(""));
        deserialize_bytes("bytes", visit_borrowed_bytes(b""));
        deserialize_byte_buf("bytes", visit_borrowed_bytes(b""));
        deserialize_unit("unit", visit_unit());
        deserialize_ignored_any("ignored", visit_unit());
    }

    fn deserialize_any<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.survey.is_opaque.set(true);
        self.leaf("any", || visitor.visit_unit())
    }

    fn deserialize_identifier<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.survey.is_opaque.set(true);
        self.leaf("identifier", || visitor.visit_borrowed_str(""))
    }

    fn deserialize_unit_struct<V: Visitor<'static>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.note(&["unit struct", name])?;
        self.leaf("unit", || visitor.visit_unit())
    }

    fn deserialize_newtype_struct<V: Visitor<'static>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.note(&["newtype", name])?;
        let part = self.part("newtype", "");
        self.survey
            .visit(|| part.named(visitor, |probe, visitor| visitor.visit_newtype_struct(probe)))
            .result
    }

    fn deserialize_option<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.note(&["option"])?;
        let with = |visitor: V| visitor.visit_some(self.part("some", ""));
        self.perhaps(visitor, with, |visitor| visitor.visit_none())
    }

    fn deserialize_seq<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.note(&["list"])?;
        let items = |length| Items { probe: self, asked: 0, length };
        let with = |visitor: V| visitor.visit_seq(items(1));
        self.perhaps(visitor, with, |visitor| visitor.visit_seq(items(0)))
    }

    fn deserialize_map<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.note(&["map"])?;
        let entry = |left| Entry { probe: self, left };
        let with = |visitor: V| visitor.visit_map(entry(1));
        self.perhaps(visitor, with, |visitor| visitor.visit_map(entry(0)))
    }

    fn deserialize_tuple<V: Visitor<'static>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.tuple("tuple", "", length, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'static>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.tuple("tuple struct", name, length, visitor)
    }

    fn deserialize_struct<V: Visitor<'static>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.fields(name, fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'static>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.note(&["enum", name])?;
        self.note(variants)?;
        self.named(visitor, |probe, visitor| probe.variant(variants, visitor))
    }

    /// The codecs that are not read by people: most types have one form for all of those.
    fn is_human_readable(&self) -> bool {
        false
    }
}
