use perf_core::Finding;
use perf_core::finding::{FindingKind, Severity};
use perf_core::units;

use super::load::count;
use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// How old the oldest transaction number is that a database still needs.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Ages {
    /// The database.
    pub database: String,
    /// Transactions since the oldest one that is not frozen.
    pub transactions: u64,
    /// The same of the numbers for rows locked by several at once.
    pub multixacts: u64,
    /// What keeps them, where this is the database that was asked.
    pub oldest_table: Option<OldestTable>,
}

/// The table that vacuum has not frozen for the longest time.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct OldestTable {
    /// Its schema and name, in quotes where they need them.
    pub name: String,
    /// Transactions since.
    pub transactions: u64,
}

/// The server refuses new transactions here (pghero; PostgreSQL itself some millions earlier).
const END: u64 = 2_146_483_648;

/// What vacuum itself calls an emergency (PostgreSQL 14, `vacuum_failsafe_age`).
const OLD: u64 = 1_600_000_000;

/// So many before the end the server warns with each transaction (PostgreSQL 14). pghero's 10 million
/// leave a busy server an hour or two.
const CRITICAL_LEFT: u64 = 40_000_000;

const AGES: &str = own!(
    "\
    select datname::text as database, age(datfrozenxid)::bigint as transactions, \
        mxid_age(datminmxid)::bigint as multixacts, datname = current_database() as is_own \
    from pg_catalog.pg_database where age(datfrozenxid) < 2147483647 \
    order by greatest(age(datfrozenxid), mxid_age(datminmxid)) desc limit 1000"
);

/// With what is stored apart (TOAST), which is vacuumed with its table.
const OLDEST: &str = own!(
    "\
    select format('%I.%I', n.nspname, c.relname) as name, \
        greatest(age(c.relfrozenxid), age(t.relfrozenxid))::bigint as transactions \
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
        left join pg_catalog.pg_class t on t.oid = c.reltoastrelid \
    where c.relkind in ('r', 'm') and c.relpersistence <> 't' \
    order by greatest(age(c.relfrozenxid), age(t.relfrozenxid), mxid_age(c.relminmxid)) desc, name \
    limit 1"
);

pub(super) async fn read(look: &Transaction) -> Result<Vec<Ages>, DbError> {
    let mut all = Vec::new();
    for row in look.query(AGES, &[]).await? {
        let mut ages = Ages {
            database: row.try_get("database")?,
            transactions: count(&row, "transactions")?,
            multixacts: count(&row, "multixacts")?,
            oldest_table: None,
        };
        // The catalog of all tables is read only when somebody will want to know.
        if row.try_get("is_own")?
            && ages.is_old()
            && let Some(row) = look.query_opt(OLDEST, &[]).await?
        {
            let (name, transactions) = (row.try_get("name")?, count(&row, "transactions")?);
            ages.oldest_table = Some(OldestTable { name, transactions });
        }
        all.push(ages);
    }
    Ok(all)
}

impl Ages {
    fn is_old(&self) -> bool {
        severity(self.transactions).is_some() || severity(self.multixacts).is_some()
    }

    pub(super) fn findings(&self, own_database: &str) -> impl Iterator<Item = Finding> {
        let database = &self.database;
        let is_own = database == own_database;
        let which = [
            (database.clone(), "transactions", self.transactions),
            (format!("{database}:multixact"), "row locks by several", self.multixacts),
        ];
        which.into_iter().filter_map(move |(which, what, age)| {
            let subject = format!("the numbers for {what} of database {database}");
            let mut finding = Finding::new(FindingKind::Wraparound, which, subject)
                .severity(severity(age)?)
                .evidence("age of the oldest", units::count(age))
                .evidence("left", units::count(END.saturating_sub(age)));
            let place = if is_own { "" } else { "in that database " };
            if let Some(table) = &self.oldest_table {
                finding = finding
                    .evidence("oldest table", table.name.as_str())
                    .code(format!("vacuum (freeze) {};", table.name));
            }
            Some(finding.advice(format!(
                "{place}end long and prepared transactions, drop slots that nobody uses, and vacuum \
                 the oldest tables: at the end the server takes no more writes"
            )))
        })
    }
}

fn severity(age: u64) -> Option<Severity> {
    match age {
        age if END.saturating_sub(age) <= CRITICAL_LEFT => Some(Severity::Critical),
        OLD.. => Some(Severity::Warning),
        _ => None,
    }
}
