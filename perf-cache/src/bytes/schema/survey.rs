use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::de;

use super::probe::Probe;
use crate::bytes::fingerprint;
use crate::value::CacheValue;

/// One pass sees one variant of each enum, and of each struct what comes before the first refused field.
const MAX_PASSES: usize = 256;
/// A type that never ends, such as an enum all of whose variants contain it, stays pending for ever.
const MAX_IDLE_PASSES: usize = 16;
const MAX_QUESTIONS: usize = 20_000;
pub(super) const MAX_DEPTH: usize = 64;

/// What has been found out about a type.
///
/// The same type always gives the same survey: what is asked next depends on nothing but the answers, and
/// types' full names only serve to find them again.
#[derive(Default)]
pub(in crate::bytes) struct Survey {
    /// Each place in the type together with what was asked there.
    facts: RefCell<BTreeSet<u64>>,
    /// What was tried at each place with several ways.
    pub(super) places: RefCell<BTreeMap<u64, Vec<Way>>>,
    /// The variant with which an enum ends, by the enum's visitor.
    pub(super) ends: RefCell<BTreeMap<&'static str, usize>>,
    /// Second names of fields, by the struct's visitor.
    pub(super) aliases: RefCell<BTreeSet<(&'static str, usize)>>,
    /// The named types that are being read, by their visitors.
    pub(super) open: RefCell<Vec<&'static str>>,
    questions: Cell<usize>,
    /// How often something was refused.
    pub(super) refusals: Cell<usize>,
    /// Whether another pass would find more.
    pub(super) is_pending: Cell<bool>,
    /// Whether there is something that no pass can see.
    pub(super) is_opaque: Cell<bool>,
}

/// One of several ways to go on: a variant of an enum, a field of a struct.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) tries: usize,
    pub(super) state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    #[default]
    Untried,
    /// All that is there has been seen.
    Done,
    /// There is more to see.
    Pending,
    /// All that is there has been seen, but it refuses plain values.
    Refused,
}

impl Way {
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Untried | State::Pending)
    }
}

impl Survey {
    /// The fingerprint of the shape, and whether it is the whole shape.
    pub(in crate::bytes) fn of<V: CacheValue>() -> (u64, bool) {
        let survey = Self::default();
        let mut last_progress = (0, survey.progress());
        for pass in 0..MAX_PASSES {
            survey.is_pending.set(false);
            survey.open.borrow_mut().clear();
            let read = || survey.visit(|| V::deserialize(Probe::root(&survey))).state;
            let state = catch_unwind(AssertUnwindSafe(read));
            if state.is_err() {
                survey.is_opaque.set(true);
            }
            if state.is_err() || !survey.is_pending.get() || survey.is_exhausted() {
                break;
            }
            if survey.progress() != last_progress.1 {
                last_progress = (pass, survey.progress());
            } else if pass - last_progress.0 >= MAX_IDLE_PASSES {
                break;
            }
        }
        let is_complete =
            !survey.is_opaque.get() && !survey.is_pending.get() && !survey.is_exhausted();
        let facts = survey.facts.into_inner();
        let shape = facts.iter().fold(0, |hash, fact| fingerprint::then(hash, &fact.to_le_bytes()));
        (shape, is_complete)
    }

    /// Notes what was asked at a place.
    pub(super) fn note(&self, place: u64, question: &[&str]) -> Result<(), Refusal> {
        self.questions.set(self.questions.get() + 1);
        if self.is_exhausted() {
            return Err(self.refuse());
        }
        let fact =
            question.iter().fold(place, |hash, word| fingerprint::then(hash, word.as_bytes()));
        self.facts.borrow_mut().insert(fact);
        Ok(())
    }

    pub(super) fn refuse(&self) -> Refusal {
        self.refusals.set(self.refusals.get() + 1);
        Refusal
    }

    /// Reads one part. A part that refuses although nothing in it did has rules that cannot be seen.
    pub(super) fn visit<T>(&self, read: impl FnOnce() -> Result<T, Refusal>) -> Visit<T> {
        let was_pending = self.is_pending.replace(false);
        let refusals = self.refusals.get();
        let result = read();
        let is_pending = self.is_pending.get();
        self.is_pending.set(was_pending || is_pending);
        if result.is_err() && self.refusals.get() == refusals {
            self.is_opaque.set(true);
            self.refuse();
        }
        let state = match &result {
            _ if is_pending => State::Pending,
            Ok(_) => State::Done,
            Err(_) => State::Refused,
        };
        Visit { result, state }
    }

    fn progress(&self) -> [usize; 3] {
        let (ends, aliases) = (self.ends.borrow().len(), self.aliases.borrow().len());
        [self.facts.borrow().len(), ends, aliases]
    }

    fn is_exhausted(&self) -> bool {
        self.questions.get() > MAX_QUESTIONS
    }
}

/// How the reading of one part went.
pub(super) struct Visit<T> {
    pub(super) result: Result<T, Refusal>,
    pub(super) state: State,
}

/// Something was not accepted.
#[derive(Debug)]
pub(super) struct Refusal;

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plain value was refused")
    }
}

impl std::error::Error for Refusal {}

impl de::Error for Refusal {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}
