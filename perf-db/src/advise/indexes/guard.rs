//! Indexes that are never proposed to be dropped, whatever the counters say.

use super::covers::supports;
use crate::advise::schema::{Index, Table};

/// Whether something other than speed needs this very index: a constraint, replication, `cluster`,
/// or the partitioned index that it is a part of.
pub(super) fn is_bound(index: &Index) -> bool {
    index.is_primary
        || index.is_of_constraint
        || index.is_replica_identity
        || index.is_clustered
        || index.partition_of.is_some()
}

/// Whether the index is needed though nobody may have read it yet: it keeps keys apart, or a change
/// of the table that is referred to would read this table from end to end without it.
pub(super) fn is_needed_unread(index: &Index, table: &Table) -> bool {
    is_bound(index)
        || index.is_unique
        || table.foreign_keys.iter().any(|key| supports(index, key, table))
}
