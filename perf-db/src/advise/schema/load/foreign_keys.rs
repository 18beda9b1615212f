use super::super::{ForeignKey, Table};
use super::Places;
use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// Without those that a part has from its partitioned table, or that stand for the parts of the
/// table that is referred to.
const FOREIGN_KEYS: &str = own!(
    "\
select conrelid, conname::text as name, conkey, confrelid, confkey
from pg_constraint
where contype = 'f' and conparentid = 0 and conrelid = any($1)
order by conrelid, conname"
);

pub(super) async fn load(
    look: &Transaction,
    numbers: &[u32],
    places: &Places,
    tables: &mut [Table],
) -> Result<(), DbError> {
    for row in look.query(FOREIGN_KEYS, &[&numbers]).await? {
        let Some(place) = places.get(&row.try_get("conrelid")?) else { continue };
        tables[*place].foreign_keys.push(ForeignKey {
            name: row.try_get("name")?,
            columns: row.try_get("conkey")?,
            target: row.try_get("confrelid")?,
            target_columns: row.try_get("confkey")?,
        });
    }
    Ok(())
}
