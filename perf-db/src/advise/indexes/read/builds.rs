use std::collections::HashSet;

use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// Tables on which an index is being built just now.
#[derive(Debug, Default)]
pub(in super::super) struct Builds {
    tables: HashSet<u32>,
    /// Somebody builds an index, and this user may not see where.
    somewhere: bool,
}

impl Builds {
    pub(in super::super) fn may_be_on(&self, table: u32) -> bool {
        self.somewhere || self.tables.contains(&table)
    }
}

const BUILDS: &str = own!(
    "\
select relid from pg_stat_progress_create_index
where datid = (select oid from pg_database where datname = current_database())"
);

pub(super) async fn load(look: &Transaction) -> Result<Builds, DbError> {
    let mut builds = Builds::default();
    for row in look.query(BUILDS, &[]).await? {
        match row.try_get("relid")? {
            Some(table) => _ = builds.tables.insert(table),
            None => builds.somewhere = true,
        }
    }
    Ok(builds)
}
