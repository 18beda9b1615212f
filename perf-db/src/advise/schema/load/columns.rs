use std::collections::HashMap;

use super::super::{Column, ColumnStatistics, Table, TableKind};
use super::Places;
use crate::error::DbError;
use crate::executor::Executor;
use crate::row::Row;
use crate::transaction::Transaction;

/// Whether a type can be sorted is asked once for each type: a domain is its base, an array is its
/// elements, and what is stored as another type (`varchar` as `text`) is that type.
const COLUMNS: &str = own!(
    "\
with recursive columns as materialized (
    select attrelid, attnum, attname::text as name, atttypid, atttypmod, attnotnull
    from pg_attribute
    where attrelid = any($1) and attnum > 0 and not attisdropped
), types (type, base, depth) as (
    select distinct atttypid, atttypid, 0 from columns
    union all
    select types.type, case when t.typtype = 'd' then t.typbasetype else t.typelem end, depth + 1
    from types join pg_type t on t.oid = types.base
    where depth < 32 and (t.typtype = 'd' or (t.typcategory = 'A' and t.typelem <> 0))
), sortable as materialized (
    select distinct on (types.type) types.type, exists (
        select from pg_opclass
        where opcmethod = 403 and opcdefault and (
            opcintype = t.oid
            or (t.typtype = 'e' and opcintype = 'anyenum'::regtype)
            or (t.typtype = 'r' and opcintype = 'anyrange'::regtype)
            or (t.typtype = 'm' and opcintype = to_regtype('anymultirange'))
            or opcintype in (
                select casttarget from pg_cast
                where castsource = t.oid and castmethod = 'b' and castcontext = 'i'))
    ) as is_sortable
    from types join pg_type t on t.oid = types.base
    order by types.type, depth desc
)
select attrelid, attnum, name, atttypid, format_type(atttypid, atttypmod) as type_name,
       not attnotnull as is_nullable, coalesce(is_sortable, false) as is_sortable
from columns left join sortable on sortable.type = columns.atttypid
order by attrelid, attnum"
);

/// Rows of columns that the user may not read are not there.
const STATISTICS: &str = own!(
    "\
select schemaname::text as schema, tablename::text as name, attname::text as column, inherited,
       null_frac::float8 as null_share, n_distinct::float8 as distinct,
       avg_width as width_bytes, correlation::float8 as correlation
from pg_stats
where schemaname !~ '^pg_' and schemaname <> 'information_schema'"
);

pub(super) async fn load(
    look: &Transaction,
    numbers: &[u32],
    places: &Places,
    tables: &mut [Table],
) -> Result<(), DbError> {
    for row in look.query(COLUMNS, &[&numbers]).await? {
        if let Some(place) = places.get(&row.try_get("attrelid")?) {
            tables[*place].columns.push(column(&row)?);
        }
    }
    Ok(())
}

fn column(row: &Row) -> Result<Column, DbError> {
    Ok(Column {
        number: row.try_get("attnum")?,
        name: row.try_get("name")?,
        type_oid: row.try_get("atttypid")?,
        type_name: row.try_get("type_name")?,
        is_nullable: row.try_get("is_nullable")?,
        is_sortable: row.try_get("is_sortable")?,
        statistics: None,
    })
}

/// Of a table with parts there are two samples: one of itself and one of all of it. That of a
/// partitioned table is of all of it.
pub(super) async fn load_statistics(
    look: &Transaction,
    tables: &mut [Table],
) -> Result<(), DbError> {
    let rows = look.query(STATISTICS, &[]).await?;
    let mut samples: HashMap<(&str, &str), Vec<&Row>> = HashMap::new();
    for row in &rows {
        samples.entry((row.try_get("schema")?, row.try_get("name")?)).or_default().push(row);
    }
    for table in tables {
        let is_whole = table.kind == TableKind::Partitioned;
        let of_table = samples.remove(&(&*table.schema, &*table.name)).unwrap_or_default();
        for row in of_table {
            let name: &str = row.try_get("column")?;
            let column = table.columns.iter_mut().find(|column| column.name == name);
            if let Some(column) = column
                && row.try_get::<_, bool>("inherited")? == is_whole
            {
                column.statistics = Some(statistics(row)?);
            }
        }
    }
    Ok(())
}

fn statistics(row: &Row) -> Result<ColumnStatistics, DbError> {
    let width_bytes: i32 = row.try_get("width_bytes")?;
    Ok(ColumnStatistics {
        null_share: row.try_get("null_share")?,
        distinct: row.try_get("distinct")?,
        width_bytes: u32::try_from(width_bytes).unwrap_or_default(),
        correlation: row.try_get("correlation")?,
    })
}
