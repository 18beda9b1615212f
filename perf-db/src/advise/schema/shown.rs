//! Indexes as they are shown: expressions and conditions may hold what is secret, as the one customer
//! that a partial index is for.

use std::fmt;

use perf_core::Fingerprint;

use super::{Index, IndexKey};

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index")
            .field("oid", &self.oid)
            .field("name", &self.name)
            .field("method", &self.method)
            .field("keys", &self.keys)
            .field("included", &self.included)
            .field("predicate", &self.predicate.as_deref().map(without_literals))
            .field("is_unique", &self.is_unique)
            .field("is_valid", &self.is_valid)
            .field("is_of_constraint", &self.is_of_constraint)
            .field("bytes", &self.bytes)
            .field("scans", &self.scans)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexKey")
            .field("column", &self.column)
            .field("expression", &self.expression.as_deref().map(without_literals))
            .field("operator_class", &self.operator_class)
            .field("collation", &self.collation)
            .field("is_descending", &self.is_descending)
            .field("nulls_first", &self.nulls_first)
            .finish()
    }
}

fn without_literals(sql: &str) -> String {
    Fingerprint::of(sql).text().to_owned()
}
