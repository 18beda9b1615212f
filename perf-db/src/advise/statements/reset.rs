use crate::advise::{Advisor, OWN};
use crate::error::{DbError, Reason};
use crate::executor::Executor;

const SCHEMA: &str = own!(
    "select quote_ident(n.nspname), (select oid from pg_database where datname = current_database()) \
     from pg_extension e join pg_namespace n on n.oid = e.extnamespace \
     where e.extname = 'pg_stat_statements'"
);

impl Advisor {
    /// Makes the server count the statements of this database from zero.
    ///
    /// The only thing that the advisor changes at a server; needs the right to run
    /// `pg_stat_statements_reset`, which superusers have. Others who look at the counters lose them
    /// too: to see what happens between two moments, take the difference of two snapshots instead.
    ///
    /// PostgreSQL 14 to 16 go on telling the age of all databases' counters, so that
    /// [`Statements::observed`](super::Statements::observed) is too long afterwards.
    ///
    /// # Errors
    /// When the extension is not there, the user may not, or the server cannot be asked.
    ///
    /// # Cancel safety
    /// Dropping the future leaves open whether they were reset.
    pub async fn reset_statements(&self) -> Result<(), DbError> {
        self.reset(0).await
    }

    /// Makes the server count one statement of this database from zero, of all users.
    ///
    /// # Errors
    /// As [`reset_statements`](Self::reset_statements), and when the number is 0, which would be all
    /// statements.
    ///
    /// # Cancel safety
    /// As [`reset_statements`](Self::reset_statements).
    pub async fn reset_statement(&self, query_id: i64) -> Result<(), DbError> {
        if query_id == 0 {
            return Err(Reason::Setting("0 is the query id of no statement").into());
        }
        self.reset(query_id).await
    }

    async fn reset(&self, query_id: i64) -> Result<(), DbError> {
        self.apart(async {
            // Not by a look, which only reads: to whichever server takes writes.
            let writer = self.db().write();
            let found = writer.query_opt(SCHEMA, &[]).await?;
            let found =
                found.ok_or_else(|| Reason::Setting("pg_stat_statements is not created in this database: create extension pg_stat_statements"))?;
            let (schema, database): (String, u32) = (found.try_get(0)?, found.try_get(1)?);
            let reset = format!("select {schema}.pg_stat_statements_reset(0::oid, $1, $2) {OWN}");
            writer.query(reset, &[&database, &query_id]).await?;
            Ok(())
        })
        .await
    }
}
