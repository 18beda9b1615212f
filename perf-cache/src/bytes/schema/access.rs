use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::probe::Probe;
use super::survey::{Refusal, Way};

/// The items of a list or a tuple.
pub(super) struct Items<'s> {
    pub(super) probe: Probe<'s>,
    pub(super) asked: usize,
    pub(super) length: usize,
}

impl SeqAccess<'static> for Items<'_> {
    type Error = Refusal;

    fn next_element_seed<S: DeserializeSeed<'static>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refusal> {
        if self.asked == self.length {
            return Ok(None);
        }
        let item = self.probe.part("item", &self.asked.to_string());
        self.asked += 1;
        self.probe.survey.visit(|| seed.deserialize(item)).result.map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.length - self.asked)
    }
}

/// The one entry of a map.
pub(super) struct Entry<'s> {
    pub(super) probe: Probe<'s>,
    pub(super) left: usize,
}

impl MapAccess<'static> for Entry<'_> {
    type Error = Refusal;

    fn next_key_seed<S: DeserializeSeed<'static>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refusal> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.probe.survey.visit(|| seed.deserialize(self.probe.part("key", ""))).result.map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'static>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, Refusal> {
        self.probe.survey.visit(|| seed.deserialize(self.probe.part("value", ""))).result
    }
}

/// The fields of a struct, those last that were refused before.
pub(super) struct Fields<'s> {
    pub(super) probe: Probe<'s>,
    pub(super) names: &'static [&'static str],
    pub(super) order: Vec<usize>,
    pub(super) ways: Vec<Way>,
    pub(super) at: usize,
    /// Whether the value of the last name was asked for.
    pub(super) in_value: bool,
}

impl MapAccess<'static> for Fields<'_> {
    type Error = Refusal;

    fn next_key_seed<S: DeserializeSeed<'static>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refusal> {
        let Some(field) = self.order.get(self.at) else {
            return Ok(None);
        };
        self.at += 1;
        self.in_value = false;
        seed.deserialize(BorrowedStrDeserializer::new(self.names[*field])).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'static>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, Refusal> {
        self.in_value = true;
        let field = self.order[self.at - 1];
        let part = self.probe.part("field", self.names[field]);
        let visit = self.probe.survey.visit(|| seed.deserialize(part));
        self.ways[field] = Way { tries: self.ways[field].tries + 1, state: visit.state };
        visit.result
    }
}

/// One variant of an enum.
pub(super) struct Variant<'s> {
    pub(super) probe: Probe<'s>,
    pub(super) name: &'static str,
}

impl<'s> EnumAccess<'static> for Variant<'s> {
    type Error = Refusal;
    type Variant = Probe<'s>;

    fn variant_seed<S: DeserializeSeed<'static>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Probe<'s>), Refusal> {
        let variant = seed.deserialize(BorrowedStrDeserializer::new(self.name))?;
        Ok((variant, self.probe))
    }
}

impl VariantAccess<'static> for Probe<'_> {
    type Error = Refusal;

    fn unit_variant(self) -> Result<(), Refusal> {
        self.note(&["unit variant"])
    }

    fn newtype_variant_seed<S: DeserializeSeed<'static>>(
        self,
        seed: S,
    ) -> Result<S::Value, Refusal> {
        self.note(&["newtype variant"])?;
        self.survey.visit(|| seed.deserialize(self.part("newtype", ""))).result
    }

    fn tuple_variant<V: Visitor<'static>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.tuple("tuple variant", "", length, visitor)
    }

    fn struct_variant<V: Visitor<'static>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.fields("", fields, visitor)
    }
}
