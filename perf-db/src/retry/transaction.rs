use perf_core::CallSite;
use perf_core::sync::Arc;
use tokio::time::sleep;

use super::Retry;
use super::tries::Tries;
use crate::db::Db;
use crate::error::{DbError, DbErrorKind, Reason};
use crate::transaction::Transaction;

impl Db {
    /// Does the work in a transaction and commits it, again and again until nothing is in the way.
    ///
    /// ```no_run
    /// # async fn pay(db: &perf_db::Db, from: i64, to: i64, sum: i64) -> Result<(), perf_db::DbError> {
    /// use perf_db::{DbError, Executor, Retry};
    ///
    /// db.transaction_with_retry(Retry::new(), |transaction| async move {
    ///     let take = "update account set balance = balance - $2 where id = $1";
    ///     transaction.execute(take, &[&from, &sum]).await?;
    ///     let give = "update account set balance = balance + $2 where id = $1";
    ///     transaction.execute(give, &[&to, &sum]).await?;
    ///     Ok::<_, DbError>(())
    /// })
    /// .await
    /// # }
    /// ```
    ///
    /// The work is begun anew when a failure of this transaction [may not come
    /// again](DbError::is_retryable), whatever error the work itself makes of that, so it must not
    /// do outside the database what may not be done twice. `set transaction isolation level
    /// serializable` can be its first statement. The transaction is committed when the work has
    /// succeeded; the work must not keep it.
    ///
    /// # Errors
    /// That of the last try: what the work returned, or why there was no connection or no commit.
    /// A commit whose outcome is not known is not repeated unless
    /// [asked for](Retry::unknown_commits).
    ///
    /// # Cancel safety
    /// Dropping the future rolls the current try back, unless its commit was under way.
    #[track_caller]
    pub fn transaction_with_retry<T, E, F>(
        &self,
        policy: Retry,
        mut work: impl FnMut(Arc<Transaction>) -> F + Send,
    ) -> impl Future<Output = Result<T, E>> + Send
    where
        T: Send,
        E: From<DbError> + Send,
        F: Future<Output = Result<T, E>> + Send,
    {
        let call_site = CallSite::here();
        async move {
            let mut tries = Tries::new(policy);
            loop {
                let error = match self.once(call_site, &mut work).await {
                    Ok(value) => return Ok(value),
                    Err(Failed::ForGood(error)) => return Err(error),
                    Err(Failed::Unknown(error)) if !policy.unknown_commits => return Err(error),
                    Err(Failed::Unknown(error) | Failed::ByChance(error)) => error,
                };
                match tries.pause() {
                    Some(pause) => sleep(pause).await,
                    None => return Err(error),
                }
            }
        }
    }

    async fn once<T, E: From<DbError>, F: Future<Output = Result<T, E>>>(
        &self,
        call_site: CallSite,
        work: &mut impl FnMut(Arc<Transaction>) -> F,
    ) -> Result<T, Failed<E>> {
        let transaction = Arc::new(self.begin(call_site).await.map_err(Failed::of)?);
        let outcome = work(Arc::clone(&transaction)).await;
        let is_by_chance = transaction.is_worth_repeating();
        let Some(transaction) = Arc::into_inner(transaction) else {
            return Err(Failed::ForGood(DbError::from(Reason::Kept).into()));
        };
        match outcome {
            Ok(value) => match transaction.commit_at(call_site).await {
                Ok(()) => Ok(value),
                Err(error) if error.kind() == DbErrorKind::RolledBack && is_by_chance => {
                    Err(Failed::ByChance(error.into()))
                }
                Err(error) => Err(Failed::of(error)),
            },
            Err(error) => {
                // A connection that breaks at this is of no more use either way.
                _ = transaction.rollback_at(call_site).await;
                Err(if is_by_chance { Failed::ByChance(error) } else { Failed::ForGood(error) })
            }
        }
    }
}

/// Why a try came to nothing.
enum Failed<E> {
    /// The next one may succeed.
    ByChance(E),
    /// Or it has succeeded, and nobody knows.
    Unknown(E),
    /// The next one will fail as well.
    ForGood(E),
}

impl<E: From<DbError>> Failed<E> {
    fn of(error: DbError) -> Self {
        match error.kind() {
            DbErrorKind::UnknownCommit => Self::Unknown(error.into()),
            _ if error.is_retryable() => Self::ByChance(error.into()),
            _ => Self::ForGood(error.into()),
        }
    }
}
