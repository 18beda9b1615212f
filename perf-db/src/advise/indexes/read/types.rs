use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// A column of a foreign key that has another type than the one it refers to.
#[derive(Debug)]
pub(in super::super) struct TypeMismatch {
    pub(in super::super) table: u32,
    pub(in super::super) foreign_key: String,
    pub(in super::super) column: i16,
    /// Whether the server compares them by converting the referring one.
    pub(in super::super) is_converted: bool,
}

/// A domain is compared as its base, `varchar` as `text`. The operator that a foreign key is checked
/// by takes the referring column on its right.
const MISMATCHES: &str = own!(
    "\
with columns as (
    select c.conrelid, c.conname, pair.number, pair.operator,
           coalesce(nullif(ft.typbasetype, 0), ft.oid) as referring,
           coalesce(nullif(tt.typbasetype, 0), tt.oid) as target
    from pg_constraint c
    cross join unnest(c.conkey, c.confkey, c.conpfeqop) as pair (number, target_number, operator)
    join pg_attribute f on f.attrelid = c.conrelid and f.attnum = pair.number
    join pg_attribute t on t.attrelid = c.confrelid and t.attnum = pair.target_number
    join pg_type ft on ft.oid = f.atttypid
    join pg_type tt on tt.oid = t.atttypid
    where c.contype = 'f' and c.conparentid = 0 and f.atttypid <> t.atttypid
)
select conrelid, conname::text as name, number,
       o.oprright <> referring and not exists (
           select from pg_cast
           where castsource = referring and casttarget = o.oprright and castmethod = 'b'
       ) as is_converted
from columns join pg_operator o on o.oid = operator
where referring <> target and not exists (
    select from pg_cast
    where castmethod = 'b'
        and ((castsource = referring and casttarget = target)
            or (castsource = target and casttarget = referring)))
order by conrelid, conname, number
limit 1000"
);

pub(super) async fn load(look: &Transaction) -> Result<Vec<TypeMismatch>, DbError> {
    let rows = look.query(MISMATCHES, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(TypeMismatch {
                table: row.try_get("conrelid")?,
                foreign_key: row.try_get("name")?,
                column: row.try_get("number")?,
                is_converted: row.try_get("is_converted")?,
            })
        })
        .collect()
}
