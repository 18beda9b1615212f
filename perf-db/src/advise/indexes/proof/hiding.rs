use crate::advise::schema::written;
use crate::advise::{Missing, OWN};
use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// The functions of hypopg that hide an index from the planner. They hold for the connection, not
/// for the transaction, so what was hidden is shown again.
#[derive(Debug)]
pub(super) struct Hiding {
    schema: String,
}

const FIND: &str = own!(
    "\
select n.nspname::text as schema, e.extversion as version, exists (
           select from pg_proc p
           where p.proname = 'hypopg_hide_index' and p.pronamespace = e.extnamespace
       ) as can_hide
from pg_extension e join pg_namespace n on n.oid = e.extnamespace
where e.extname = 'hypopg'"
);

impl Hiding {
    pub(super) async fn find(
        look: &Transaction,
    ) -> Result<(Option<Self>, Option<Missing>), DbError> {
        let what = "proof that an index can go";
        let Some(row) = look.query_opt(FIND, &[]).await? else {
            let why = "without the extension hypopg no index can be hidden from the planner; it is \
                       told which plans read it instead";
            let missing = Missing::new(what, why).remedy("create extension hypopg");
            return Ok((None, Some(missing)));
        };
        if row.try_get("can_hide")? {
            return Ok((Some(Self { schema: row.try_get("schema")? }), None));
        }
        let version: &str = row.try_get("version")?;
        let why = format!(
            "hypopg {version} cannot hide an index from the planner, which came with 1.4; it is \
             told which plans read it instead"
        );
        let remedy =
            "install hypopg 1.4 or later, then: drop extension hypopg; create extension hypopg";
        Ok((None, Some(Missing::new(what, why).remedy(remedy))))
    }

    pub(super) async fn hide(&self, look: &Transaction, indexes: &[u32]) -> Result<(), DbError> {
        self.call(look, "hypopg_hide_index", indexes).await
    }

    pub(super) async fn show(&self, look: &Transaction, indexes: &[u32]) -> Result<(), DbError> {
        self.call(look, "hypopg_unhide_index", indexes).await
    }

    async fn call(&self, look: &Transaction, name: &str, indexes: &[u32]) -> Result<(), DbError> {
        let schema = written(&self.schema);
        let sql = format!("select {schema}.{name}(index) from unnest($1::oid[]) as index {OWN}");
        look.query(sql, &[&indexes]).await?;
        Ok(())
    }
}
