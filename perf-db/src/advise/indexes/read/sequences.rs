use super::super::super::Missing;
use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// A sequence that gives a column its numbers.
#[derive(Debug)]
pub(in super::super) struct Sequence {
    pub(in super::super) schema: String,
    pub(in super::super) name: String,
    pub(in super::super) table: u32,
    pub(in super::super) column: i16,
    /// The last number given; `None` before the first one.
    pub(in super::super) last: Option<i64>,
    /// The highest number that it gives.
    pub(in super::super) most: i64,
    pub(in super::super) is_descending: bool,
}

/// Those of identity and serial columns, which belong to them, and those of a column's default. To
/// ask for the last number waits while somebody changes the sequence, and a replica has none of those
/// that are not logged.
const SEQUENCES: &str = own!(
    "\
with uses as (
    select objid as sequence, refobjid as table_oid, refobjsubid as number
    from pg_depend
    where classid = 'pg_class'::regclass and refclassid = 'pg_class'::regclass
        and deptype in ('a', 'i') and refobjsubid > 0
    union
    select d.refobjid, a.adrelid, a.adnum
    from pg_depend d join pg_attrdef a on a.oid = d.objid
    where d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass
        and d.deptype = 'n'
)
select n.nspname::text as schema, c.relname::text as name, table_oid, number::int2 as number,
       s.seqmax as most, s.seqincrement < 0 as is_descending,
       has_sequence_privilege(c.oid, 'select, usage') as is_readable,
       case
           when has_sequence_privilege(c.oid, 'select, usage')
               and (c.relpersistence = 'p' or not pg_is_in_recovery()) and c.oid not in (
               select relation from pg_locks
               where locktype = 'relation' and relation is not null
                   and mode in ('AccessExclusiveLock', 'ShareRowExclusiveLock'))
               then pg_sequence_last_value(c.oid)
       end as last
from uses
join pg_class c on c.oid = uses.sequence and c.relkind = 'S' and c.relpersistence <> 't'
join pg_namespace n on n.oid = c.relnamespace
join pg_sequence s on s.seqrelid = c.oid
where not s.seqcycle
order by 1, 2, 3, 4"
);

pub(super) async fn load(look: &Transaction) -> Result<(Vec<Sequence>, Option<Missing>), DbError> {
    let mut sequences = Vec::new();
    let mut unreadable: Vec<String> = Vec::new();
    for row in look.query(SEQUENCES, &[]).await? {
        let schema: String = row.try_get("schema")?;
        if !row.try_get::<_, bool>("is_readable")? {
            unreadable.push(schema);
            continue;
        }
        sequences.push(Sequence {
            schema,
            name: row.try_get("name")?,
            table: row.try_get("table_oid")?,
            column: row.try_get("number")?,
            last: row.try_get("last")?,
            most: row.try_get("most")?,
            is_descending: row.try_get("is_descending")?,
        });
    }
    Ok((sequences, missing(&mut unreadable)))
}

fn missing(unreadable: &mut Vec<String>) -> Option<Missing> {
    let count = unreadable.len();
    unreadable.dedup();
    let schema = unreadable.first()?;
    let why = format!("the user may not read {count} of the sequences");
    let remedy = format!(
        "grant select on all sequences in schema {} to current_user",
        super::super::super::schema::written(schema)
    );
    Some(Missing::new("sequences near their end", why).remedy(remedy))
}
