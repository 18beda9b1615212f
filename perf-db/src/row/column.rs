use std::fmt::Display;

use tokio_postgres::Column;

/// How a column of a [`Row`](super::Row) is named: by its name, or by its place from 0.
///
/// Cannot be implemented outside this crate.
pub trait ColumnIndex: Display + sealed::Sealed {
    /// The place among these columns.
    #[doc(hidden)]
    fn place(&self, columns: &[Column]) -> Option<usize>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for usize {}
    impl Sealed for str {}
    impl<T: Sealed + ?Sized> Sealed for &T {}
}

impl ColumnIndex for usize {
    fn place(&self, columns: &[Column]) -> Option<usize> {
        (*self < columns.len()).then_some(*self)
    }
}

/// The first column of this name; where there is none, the first whose name differs in the case of
/// ASCII letters only, because PostgreSQL folds names that are not quoted.
impl ColumnIndex for str {
    fn place(&self, columns: &[Column]) -> Option<usize> {
        let of = |is_it: fn(&str, &str) -> bool| columns.iter().position(|c| is_it(c.name(), self));
        of(|name, wanted| name == wanted).or_else(|| of(|a, b| a.eq_ignore_ascii_case(b)))
    }
}

impl<T: ColumnIndex + ?Sized> ColumnIndex for &T {
    fn place(&self, columns: &[Column]) -> Option<usize> {
        (**self).place(columns)
    }
}
