use super::super::bloat::Shape;
use crate::advise::schema::{Schema, TableKind};
use crate::error::DbError;
use crate::executor::Executor;
use crate::row::Row;
use crate::transaction::Transaction;

/// How a table or index lies on its pages, as of its last `vacuum` or `analyze`.
#[derive(Clone, Debug)]
pub(in super::super) struct Storage {
    pub(in super::super) oid: u32,
    /// The table, also of an index.
    pub(in super::super) table: u32,
    /// Without what is stored apart (TOAST).
    pub(in super::super) pages: u64,
    pub(in super::super) rows: f64,
    /// How full its pages are made, from 0 to 1.
    pub(in super::super) fill: f64,
    shapes: Vec<Shape>,
}

impl Storage {
    /// How the column with this number is stored; an index numbers its own from 1.
    pub(in super::super) fn shape(&self, column: i16) -> Option<Shape> {
        self.shapes.iter().find(|shape| shape.column == column).copied()
    }
}

/// What is smaller cannot have as much to spare.
const LEAST_BYTES: u64 = 100 * 1_024 * 1_024;

/// The largest are told, not all of a server's thousands.
const MOST: usize = 500;

/// The number of rows is of the same moment as that of the pages, so these are taken, and not the
/// size of today.
const STORAGE: &str = own!(
    "\
select c.oid, coalesce(i.indrelid, c.oid) as table_oid, c.relpages::int8 as pages,
       c.reltuples::float8 as rows,
       coalesce(
           (select option_value::float8 from pg_options_to_table(c.reloptions)
            where option_name = 'fillfactor'),
           case c.relkind when 'i' then 90 else 100 end) / 100 as fill,
       array_agg(a.attnum order by a.attnum) as numbers,
       array_agg(a.attalign::text order by a.attnum) as alignments,
       array_agg(a.attlen < 0 order by a.attnum) as variable
from pg_class c
left join pg_index i on i.indexrelid = c.oid
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.oid = any($1)
group by c.oid, i.indrelid, c.relpages, c.reltuples, c.reloptions, c.relkind
order by c.oid"
);

pub(super) async fn load(look: &Transaction, schema: &Schema) -> Result<Vec<Storage>, DbError> {
    let mut large: Vec<(u64, u32)> = Vec::new();
    for table in schema.tables.iter().filter(|table| table.kind != TableKind::Partitioned) {
        let indexes = table.indexes.iter().map(|index| (index.bytes, index.oid));
        large.extend(indexes.chain([(table.bytes, table.oid)]).filter(|(b, _)| *b >= LEAST_BYTES));
    }
    large.sort_unstable_by(|a, b| b.cmp(a));
    large.truncate(MOST);
    let numbers: Vec<u32> = large.into_iter().map(|(_, oid)| oid).collect();
    of(look, &numbers).await
}

pub(in super::super) async fn of(
    look: &Transaction,
    numbers: &[u32],
) -> Result<Vec<Storage>, DbError> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let rows = look.query(STORAGE, &[&numbers]).await?;
    let known = rows.iter().map(storage).filter(|storage| {
        // Pages and rows are there since the last `analyze` only.
        storage.as_ref().map_or(true, |storage| storage.pages > 0 && storage.rows >= 0.0)
    });
    known.collect()
}

fn storage(row: &Row) -> Result<Storage, DbError> {
    let numbers: Vec<i16> = row.try_get("numbers")?;
    let alignments: Vec<String> = row.try_get("alignments")?;
    let variable: Vec<bool> = row.try_get("variable")?;
    let shapes = numbers.into_iter().zip(alignments).zip(variable);
    let shape = |((column, alignment), is_variable): ((i16, String), bool)| Shape {
        column,
        alignment: match &*alignment {
            "d" => 8.0,
            "i" => 4.0,
            "s" => 2.0,
            _ => 1.0,
        },
        is_variable,
    };
    let pages: i64 = row.try_get("pages")?;
    Ok(Storage {
        oid: row.try_get("oid")?,
        table: row.try_get("table_oid")?,
        pages: u64::try_from(pages).unwrap_or_default(),
        rows: row.try_get("rows")?,
        fill: row.try_get("fill")?,
        shapes: shapes.map(shape).collect(),
    })
}
