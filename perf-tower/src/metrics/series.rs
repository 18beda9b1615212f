//! Series in the order of their labels, those with equal labels as one.
//!
//! Equal labels are rare but possible: two call sites in one line, a job named `_other` beside the
//! series for the rest. A scraper refuses a page that has a sample twice.

use perf_core::metric::Cumulative;

use super::text::Labels;

/// All series of one sort.
pub(super) struct AllSeries<'a, S> {
    sorted: Vec<(String, &'a S)>,
}

impl<'a, S> AllSeries<'a, S> {
    pub(super) fn new(all: impl IntoIterator<Item = &'a S>, labels: impl Fn(&S) -> Labels) -> Self {
        let mut sorted: Vec<_> = all.into_iter().map(|s| (labels(s).end(), s)).collect();
        sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
        Self { sorted }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Series<'_, 'a, S>> {
        let equal = |one: &(String, &S), other: &(String, &S)| one.0 == other.0;
        self.sorted.chunk_by(equal).map(|same| Series { same })
    }
}

/// One series of the page: nearly always one of the snapshot.
pub(super) struct Series<'s, 'a, S> {
    same: &'s [(String, &'a S)],
}

impl<'s, 'a, S> Series<'s, 'a, S> {
    pub(super) fn labels(&self) -> &'s str {
        self.same.first().map_or("", |(labels, _)| labels)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &'a S> + 's {
        self.same.iter().map(|(_, series)| *series)
    }

    pub(super) fn sum(&self, of: impl Fn(&S) -> u64) -> u64 {
        self.all().map(of).sum()
    }

    pub(super) fn counts<const N: usize>(
        &self,
        of: impl Fn(&S) -> &Cumulative<N>,
    ) -> Cumulative<N> {
        self.all().fold(Cumulative::default(), |sum, series| sum.and(of(series)))
    }
}
