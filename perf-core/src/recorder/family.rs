//! All series of one kind: bounded, with one that takes what no longer fits.

use crate::event::Name;
use crate::table::Table;

/// The name of the series that counts for all series beyond a family's bound.
pub(crate) const OTHER: &str = "_other";

/// Where a series stands in its family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SeriesId(Option<usize>);

impl SeriesId {
    /// As one number, for an atomic.
    pub(crate) fn to_number(self) -> usize {
        self.0.unwrap_or(usize::MAX)
    }

    /// Whether it is the series for the rest.
    pub(crate) fn is_other(self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn from_number(number: usize) -> Self {
        Self((number != usize::MAX).then_some(number))
    }
}

#[derive(Debug)]
pub(crate) struct Family<K, S> {
    table: Table<K, S>,
    other: (K, S),
}

impl<K, S: Default> Family<K, S> {
    pub(crate) fn new(capacity: usize, other: K) -> Self {
        Self { table: Table::new(capacity), other: (other, S::default()) }
    }

    /// The series with this key, made when it is new.
    pub(crate) fn id(
        &self,
        hash: u64,
        is: impl Fn(&K) -> bool,
        key: impl FnOnce() -> K,
    ) -> SeriesId {
        SeriesId(self.table.place(hash, is, || (key(), S::default())))
    }

    /// Whether there is a series with this key.
    pub(crate) fn has(&self, hash: u64, is: impl Fn(&K) -> bool) -> bool {
        self.table.find(hash, is).is_some()
    }

    pub(crate) fn entry(&self, id: SeriesId) -> &(K, S) {
        id.0.and_then(|place| self.table.at(place)).unwrap_or(&self.other)
    }

    pub(crate) fn get(&self, id: SeriesId) -> &S {
        &self.entry(id).1
    }

    /// The key under which this key is counted: itself, or that of the series for the rest.
    pub(crate) fn known(&self, hash: u64, is: impl Fn(&K) -> bool) -> &K {
        self.table.find(hash, is).map_or(&self.other.0, |(key, _)| key)
    }

    /// Every series, and at the end the one for the rest when anything fell into it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(K, S)> {
        self.table.iter().chain((self.refused() > 0).then_some(&self.other))
    }

    /// How often a new series was refused.
    pub(crate) fn refused(&self) -> u64 {
        self.table.refused()
    }
}

impl<S: Default> Family<Name, S> {
    #[inline]
    pub(crate) fn named(&self, name: &Name) -> &S {
        match self.table.find(name.hash, |known| known == name) {
            Some((_, series)) => series,
            None => self.get(self.id(name.hash, |known| known == name, || name.clone())),
        }
    }
}
