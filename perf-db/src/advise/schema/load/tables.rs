use super::super::{Activity, ReplicaIdentity, Table, TableKind};
use super::unsigned;
use crate::error::DbError;
use crate::executor::Executor;
use crate::row::Row;
use crate::transaction::Transaction;

/// To ask for the size of a table waits while somebody holds it for himself, or is the next to.
const TABLES: &str = own!(
    "\
with held as materialized (
    select distinct relation from pg_locks
    where locktype = 'relation' and mode = 'AccessExclusiveLock'
        and database = (select oid from pg_database where datname = current_database())
)
select c.oid, n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind,
       case when c.relispartition then
           (select inhparent from pg_inherits where inhrelid = c.oid limit 1)
       end as partition_of,
       c.reltuples::float8 as rows,
       case
           when c.relkind not in ('r', 'm') then 0
           when c.oid in (select relation from held)
               then c.relpages::int8 * current_setting('block_size')::int8
           else coalesce(pg_table_size(c.oid), 0)
       end as bytes,
       c.relpages::int8 as pages,
       c.relreplident::text as replica_identity,
       count(*) over () as all_tables
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm', 'f') and c.relpersistence <> 't'
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by c.relkind = 'p' desc, c.relpages desc, c.oid
limit $1"
);

/// Before this version a table that was never analysed has no rows in no pages, as an empty one has;
/// from it on, -1.
const TELLS_UNKNOWN: i32 = 140_000;

/// The tables in the order of their names, still without what is in them, and how many there are
/// beyond.
pub(super) async fn load(
    look: &Transaction,
    version: i32,
    most: i64,
) -> Result<(Vec<Table>, u64), DbError> {
    let rows = look.query(TABLES, &[&most]).await?;
    let all: i64 = rows.first().map(|row| row.try_get("all_tables")).transpose()?.unwrap_or(0);
    let mut tables: Vec<Table> =
        rows.iter().map(|row| table(row, version)).collect::<Result<_, _>>()?;
    // Byte by byte, as they are found again; the server's order is that of its language.
    tables.sort_by(|a, b| (&*a.schema, &*a.name).cmp(&(&*b.schema, &*b.name)));
    let left_out = unsigned(all).saturating_sub(tables.len() as u64);
    Ok((tables, left_out))
}

fn table(row: &Row, version: i32) -> Result<Table, DbError> {
    let rows: f64 = row.try_get("rows")?;
    let pages: i64 = row.try_get("pages")?;
    Ok(Table {
        oid: row.try_get("oid")?,
        schema: row.try_get("schema")?,
        name: row.try_get("name")?,
        kind: match row.try_get::<_, &str>("kind")? {
            "p" => TableKind::Partitioned,
            "m" => TableKind::MaterializedView,
            "f" => TableKind::Foreign,
            _ => TableKind::Table,
        },
        partition_of: row.try_get("partition_of")?,
        rows: (rows > 0.0 || (rows == 0.0 && (pages > 0 || version >= TELLS_UNKNOWN)))
            .then_some(rows),
        bytes: unsigned(row.try_get("bytes")?),
        columns: Vec::new(),
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        replica_identity: match row.try_get::<_, &str>("replica_identity")? {
            "i" => ReplicaIdentity::Index,
            "f" => ReplicaIdentity::Full,
            "n" => ReplicaIdentity::Nothing,
            _ => ReplicaIdentity::Default,
        },
        activity: Activity::default(),
    })
}
