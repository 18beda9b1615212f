use std::any::type_name;

use serde::de::Visitor;

use super::access::{Fields, Items, Variant};
use super::survey::{MAX_DEPTH, Refusal, State, Survey, Way};
use crate::bytes::fingerprint;

/// A deserializer that notes what is asked and answers with something plain. Its answers are in
/// `answers.rs`.
#[derive(Clone, Copy)]
pub(super) struct Probe<'s> {
    pub(super) survey: &'s Survey,
    /// Where in the type this is.
    place: u64,
    depth: usize,
    /// In a type that is being read already, further out: nothing new is noted, options are none and
    /// lists are empty, so that this comes to an end.
    is_inner: bool,
}

impl<'s> Probe<'s> {
    pub(super) fn root(survey: &'s Survey) -> Self {
        Self { survey, place: 0, depth: 0, is_inner: false }
    }

    /// A part of what is here.
    pub(super) fn part(self, kind: &str, name: &str) -> Self {
        let place = fingerprint::then(self.place, kind.as_bytes());
        let place = fingerprint::then(place, name.as_bytes());
        Self { place, depth: self.depth + 1, ..self }
    }

    pub(super) fn note(self, question: &[&str]) -> Result<(), Refusal> {
        if self.depth > MAX_DEPTH {
            self.survey.is_opaque.set(true);
            return Err(self.survey.refuse());
        }
        // Questions of an inner type are counted, and stand for what is known.
        let place = if self.is_inner { 0 } else { self.place };
        let question = if self.is_inner { &["inner"] } else { question };
        self.survey.note(place, question)
    }

    pub(super) fn leaf<T>(
        self,
        kind: &str,
        answer: impl FnOnce() -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.note(&[kind])?;
        answer().map_err(|_| self.survey.refuse())
    }

    /// The ways to go on from here, `count` in all.
    fn ways(self, count: usize) -> Vec<Way> {
        let places = self.survey.places.borrow();
        let tried = (!self.is_inner).then(|| places.get(&self.place).cloned()).flatten();
        tried.unwrap_or_else(|| vec![Way::default(); count])
    }

    fn tried(self, ways: Vec<Way>) {
        if !self.is_inner {
            let places = &self.survey.places;
            places.borrow_mut().insert(self.place, ways);
        }
    }

    /// An option or a list: with something in it, unless that was refused.
    pub(super) fn perhaps<V: Visitor<'static>>(
        self,
        visitor: V,
        with: impl FnOnce(V) -> Result<V::Value, Refusal>,
        without: impl FnOnce(V) -> Result<V::Value, Refusal>,
    ) -> Result<V::Value, Refusal> {
        let mut ways = self.ways(1);
        if self.is_inner || ways[0].state == State::Refused {
            return without(visitor);
        }
        let visit = self.survey.visit(|| with(visitor));
        ways[0] = Way { tries: ways[0].tries + 1, state: visit.state };
        if visit.result.is_err() {
            // Next time without, so that what comes after this is seen.
            self.survey.is_pending.set(true);
        }
        self.tried(ways);
        visit.result
    }

    /// A type with a name, which may contain itself.
    pub(super) fn named<V: Visitor<'static>>(
        self,
        visitor: V,
        read: impl FnOnce(Self, V) -> Result<V::Value, Refusal>,
    ) -> Result<V::Value, Refusal> {
        let name = type_name::<V>();
        let open = self.survey.open.borrow().iter().filter(|open| **open == name).count();
        if open > 2 {
            return Err(self.survey.refuse());
        }
        let length = self.survey.open.borrow().len();
        self.survey.open.borrow_mut().push(name);
        let result = read(Self { is_inner: self.is_inner || open > 0, ..self }, visitor);
        self.survey.open.borrow_mut().truncate(length);
        result
    }

    fn items<V: Visitor<'static>>(self, length: usize, visitor: V) -> Result<V::Value, Refusal> {
        let mut items = Items { probe: self, asked: 0, length };
        let visit = self.survey.visit(|| visitor.visit_seq(&mut items));
        if items.asked < length && visit.state == State::Refused {
            // There is no other order in which the items after the refused one could be seen.
            self.survey.is_opaque.set(true);
        }
        visit.result
    }

    pub(super) fn tuple<V: Visitor<'static>>(
        self,
        kind: &str,
        name: &str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.note(&[kind, name, &length.to_string()])?;
        self.named(visitor, |probe, visitor| probe.items(length, visitor))
    }

    pub(super) fn fields<V: Visitor<'static>>(
        self,
        name: &str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.note(&["struct", name])?;
        self.note(names)?;
        self.named(visitor, |probe, visitor| probe.read_fields(names, visitor))
    }

    fn read_fields<V: Visitor<'static>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        let owner = type_name::<V>();
        let is_alias = |field| self.survey.aliases.borrow().contains(&(owner, field));
        let ways = self.ways(names.len());
        let mut order: Vec<usize> = (0..names.len()).filter(|field| !is_alias(*field)).collect();
        // A refused field ends the pass: it comes last.
        order.sort_by_key(|field| (ways[*field].state.max(State::Done), ways[*field].tries));
        let mut fields = Fields { probe: self, names, order, ways, at: 0, in_value: false };
        let result = self.survey.visit(|| {
            let result = visitor.visit_map(&mut fields);
            let Fields { order, at, in_value, .. } = &fields;
            if result.is_err() && *at > 0 && !in_value {
                // Refused by its name: it has been there under another one.
                self.survey.aliases.borrow_mut().insert((owner, order[at - 1]));
                self.survey.is_pending.set(true);
                self.survey.refuse();
            }
            let is_untried = |field: &usize| fields.ways[*field].state == State::Untried;
            if !self.is_inner && order.iter().any(is_untried) {
                self.survey.is_pending.set(true);
            }
            result
        });
        self.tried(fields.ways);
        result.result
    }

    pub(super) fn variant<V: Visitor<'static>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        let owner = type_name::<V>();
        let end = self.survey.ends.borrow().get(owner).copied();
        let mut ways = self.ways(names.len());
        let next = if self.is_inner {
            end
        } else {
            let open = (0..names.len()).filter(|way| ways[*way].is_open());
            open.min_by_key(|way| ways[*way].tries).or(end)
        };
        let Some(next) = next else {
            if self.is_inner {
                // Another pass may know how this enum ends.
                self.survey.is_pending.set(true);
            }
            return Err(self.survey.refuse());
        };
        let probe = self.part("variant", names[next]);
        let visit = self.survey.visit(|| visitor.visit_enum(Variant { probe, name: names[next] }));
        if visit.result.is_ok() {
            self.survey.ends.borrow_mut().entry(owner).or_insert(next);
        }
        ways[next] = Way { tries: ways[next].tries + 1, state: visit.state };
        if !self.is_inner && ways.iter().any(Way::is_open) {
            self.survey.is_pending.set(true);
        }
        self.tried(ways);
        visit.result
    }
}
