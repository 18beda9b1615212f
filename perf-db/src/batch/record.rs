use tokio_postgres::types::ToSql;

use super::encoder::Values;

/// A row to be written: its values in the order of the columns.
///
/// Implemented for tuples of up to 16 values, for arrays, slices and vectors of values whose types
/// differ (`&(dyn ToSql + Sync)` or boxes), and for references to each of them. For a type of your own:
///
/// ```
/// use perf_db::batch::{Record, Values};
///
/// struct Product {
///     id: i64,
///     name: String,
/// }
///
/// impl Record for Product {
///     fn put(&self, values: &mut Values<'_>) {
///         values.push(&self.id);
///         values.push(&self.name);
///     }
/// }
/// ```
pub trait Record {
    /// Hands over each value, in the order of the columns.
    fn put(&self, values: &mut Values<'_>);
}

impl<R: Record + ?Sized> Record for &R {
    fn put(&self, values: &mut Values<'_>) {
        R::put(self, values);
    }
}

impl Record for [&(dyn ToSql + Sync)] {
    fn put(&self, values: &mut Values<'_>) {
        for value in self {
            values.push(*value);
        }
    }
}

impl<const N: usize> Record for [&(dyn ToSql + Sync); N] {
    fn put(&self, values: &mut Values<'_>) {
        self.as_slice().put(values);
    }
}

impl Record for Vec<&(dyn ToSql + Sync)> {
    fn put(&self, values: &mut Values<'_>) {
        self.as_slice().put(values);
    }
}

impl Record for Vec<Box<dyn ToSql + Sync + Send>> {
    fn put(&self, values: &mut Values<'_>) {
        for value in self {
            values.push(&**value);
        }
    }
}

macro_rules! record_of_tuple {
    ($($value:ident)+) => {
        impl<$($value: ToSql + Sync),+> Record for ($($value,)+) {
            fn put(&self, values: &mut Values<'_>) {
                #[expect(non_snake_case, reason = "a value is named as its type")]
                let ($($value,)+) = self;
                $(values.push($value);)+
            }
        }
    };
}

record_of_tuple!(A);
record_of_tuple!(A B);
record_of_tuple!(A B C);
record_of_tuple!(A B C D);
record_of_tuple!(A B C D E);
record_of_tuple!(A B C D E F);
record_of_tuple!(A B C D E F G);
record_of_tuple!(A B C D E F G H);
record_of_tuple!(A B C D E F G H I);
record_of_tuple!(A B C D E F G H I J);
record_of_tuple!(A B C D E F G H I J K);
record_of_tuple!(A B C D E F G H I J K L);
record_of_tuple!(A B C D E F G H I J K L M);
record_of_tuple!(A B C D E F G H I J K L M N);
record_of_tuple!(A B C D E F G H I J K L M N O);
record_of_tuple!(A B C D E F G H I J K L M N O P);
