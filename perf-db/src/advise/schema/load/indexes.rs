use super::super::{Index, IndexKey, Table};
use super::{Places, unsigned};
use crate::advise::OWN;
use crate::error::DbError;
use crate::executor::Executor;
use crate::row::Row;
use crate::transaction::Transaction;

/// From this version on a unique index can take nulls as equal.
const NULLS_NOT_DISTINCT: i32 = 150_000;

/// To write a definition, an expression or a predicate waits for its table, as asking for a size
/// does: what somebody holds for himself is left unwritten.
fn statement(version: i32) -> String {
    let nulls_are_equal = match version >= NULLS_NOT_DISTINCT {
        true => "i.indnullsnotdistinct",
        false => "false",
    };
    format!(
        "\
with held as materialized (
    select distinct relation from pg_locks
    where locktype = 'relation' and mode = 'AccessExclusiveLock'
        and database = (select oid from pg_database where datname = current_database())
), constraints as materialized (
    select distinct conindid from pg_constraint where contype in ('p', 'u', 'x', 'f')
)
select i.indrelid, i.indexrelid, c.relname::text as name, am.amname::text as method,
       i.indnkeyatts::int4 as keys, i.indkey::int2[] as columns, i.indclass::oid[] as classes,
       i.indcollation::oid[] as collations, i.indoption::int2[] as options,
       case when i.indexprs is not null and i.indrelid not in (select relation from held) then array(
           select case when i.indkey[place] = 0 then pg_get_indexdef(i.indexrelid, place + 1, false) end
           from generate_series(0, i.indnkeyatts - 1) place order by place)
       end as expressions,
       case when i.indpred is not null and i.indrelid not in (select relation from held)
           then pg_get_expr(i.indpred, i.indrelid) end as predicate,
       i.indpred is not null as is_partial,
       i.indisunique, i.indisprimary, {nulls_are_equal} as nulls_are_equal, i.indisvalid,
       i.indisreplident, i.indisclustered,
       i.indexrelid in (select conindid from constraints) or i.indisexclusion as is_of_constraint,
       case when c.relispartition then
           (select inhparent from pg_inherits where inhrelid = c.oid limit 1)
       end as partition_of,
       case
           when c.relkind <> 'i' then 0
           when c.oid in (select relation from held) or i.indrelid in (select relation from held)
               then c.relpages::int8 * current_setting('block_size')::int8
           else coalesce(pg_relation_size(c.oid), 0)
       end as bytes,
       coalesce(pg_stat_get_numscans(c.oid), 0) as scans,
       case when i.indrelid not in (select relation from held) then pg_get_indexdef(c.oid)
       end as definition
from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_am am on am.oid = c.relam
where i.indrelid = any($1) and i.indislive {OWN}"
    )
}

pub(super) async fn load(
    look: &Transaction,
    version: i32,
    numbers: &[u32],
    places: &Places,
    tables: &mut [Table],
) -> Result<(), DbError> {
    for row in look.query(statement(version), &[&numbers]).await? {
        if let Some(place) = places.get(&row.try_get("indrelid")?) {
            tables[*place].indexes.push(index(&row)?);
        }
    }
    for table in tables {
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(())
}

fn index(row: &Row) -> Result<Index, DbError> {
    let keys = usize::try_from(row.try_get::<_, i32>("keys")?).unwrap_or_default();
    let columns: Vec<i16> = row.try_get("columns")?;
    let classes: Vec<u32> = row.try_get("classes")?;
    let collations: Vec<u32> = row.try_get("collations")?;
    let options: Vec<i16> = row.try_get("options")?;
    let mut expressions: Vec<Option<String>> =
        row.try_get::<_, Option<_>>("expressions")?.unwrap_or_default();
    let keys_of = columns.iter().take(keys).enumerate().map(|(place, column)| {
        let option = options.get(place).copied().unwrap_or_default();
        IndexKey {
            column: (*column != 0).then_some(*column),
            expression: expressions.get_mut(place).and_then(Option::take),
            operator_class: classes.get(place).copied().unwrap_or_default(),
            collation: collations.get(place).copied().unwrap_or_default(),
            is_descending: option & 1 != 0,
            nulls_first: option & 2 != 0,
        }
    });
    let is_partial: bool = row.try_get("is_partial")?;
    let predicate: Option<String> = row.try_get("predicate")?;
    Ok(Index {
        oid: row.try_get("indexrelid")?,
        name: row.try_get("name")?,
        method: row.try_get("method")?,
        keys: keys_of.collect(),
        included: columns.iter().skip(keys).copied().collect(),
        // A partial index is one also while its condition cannot be written.
        predicate: predicate.or_else(|| is_partial.then(String::new)),
        is_unique: row.try_get("indisunique")?,
        is_primary: row.try_get("indisprimary")?,
        is_of_constraint: row.try_get("is_of_constraint")?,
        nulls_are_equal: row.try_get("nulls_are_equal")?,
        is_valid: row.try_get("indisvalid")?,
        is_replica_identity: row.try_get("indisreplident")?,
        is_clustered: row.try_get("indisclustered")?,
        partition_of: row.try_get("partition_of")?,
        bytes: unsigned(row.try_get("bytes")?),
        scans: unsigned(row.try_get("scans")?),
        definition: row.try_get::<_, Option<_>>("definition")?.unwrap_or_default(),
    })
}
