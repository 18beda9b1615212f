/// Asserts that an index finds the rows of a statement: with sequential scans turned off the server
/// has a plan in which no table, and no index, is read from end to end and filtered.
///
/// ```no_run
/// # async fn test(db: perf_db::Db) {
/// use perf_db::assert_index_supported;
///
/// assert_index_supported!(db, "select id from orders where customer = $1", &[&7_i64]);
/// assert_index_supported!(db, "delete from basket where at < now() - interval '1 day'");
/// # }
/// ```
///
/// It says that an index *can* serve the statement, whatever the size of the tables; whether the
/// planner takes it in production, its statistics decide: see
/// [`assert_no_seq_scan!`](crate::assert_no_seq_scan). The statement is not run.
///
/// An index finds rows when it is asked for the first of its keys, or is partial and the statement
/// meets its condition; one that only gives the order does not. A table that is read as a whole,
/// without a condition on its own rows, is no fault: `select count(*)`, or the larger side of a join
/// that needs all of it.
///
/// # Panics
/// With the statement, the node at fault and the plan, without values, when that is not so, or when
/// the server does not explain the statement.
#[macro_export]
macro_rules! assert_index_supported {
    ($db:expr, $sql:expr $(,)?) => {
        $crate::assert_index_supported!($db, $sql, &[])
    };
    ($db:expr, $sql:expr, $parameters:expr $(,)?) => {
        $crate::__assert_claim!($db, IndexSupported, $sql, $parameters)
    };
}

/// Asserts that a statement reads at most so many rows of tables, those among them that it throws
/// away, over all loops.
///
/// ```no_run
/// # async fn test(db: perf_db::Db) {
/// use perf_db::assert_max_rows_scanned;
///
/// let sql = "select id from orders where customer = $1 order by id limit 20";
/// assert_max_rows_scanned!(db, 20, sql, &[&7_i64]);
/// # }
/// ```
///
/// The statement is run without parallel workers, and what it writes is rolled back; numbers that it
/// takes from sequences are gone. Servers before PostgreSQL 18 round the rows of a loop, so a node of many loops can be off by
/// half a row each. Have the table analysed (`analyze orders`) once it has its rows, else the plan
/// depends on when autovacuum comes by.
///
/// # Panics
/// As [`assert_index_supported!`](crate::assert_index_supported).
#[macro_export]
macro_rules! assert_max_rows_scanned {
    ($db:expr, $rows:expr, $sql:expr $(,)?) => {
        $crate::assert_max_rows_scanned!($db, $rows, $sql, &[])
    };
    ($db:expr, $rows:expr, $sql:expr, $parameters:expr $(,)?) => {
        $crate::__assert_claim!($db, MaxRowsScanned($rows), $sql, $parameters)
    };
}

/// Asserts that a statement sorts, hashes and keeps its rows in memory: that it writes no temporary
/// file.
///
/// ```no_run
/// # async fn test(db: perf_db::Db) {
/// use perf_db::assert_no_spill;
///
/// assert_no_spill!(db, "select name from customer order by name");
/// # }
/// ```
///
/// The statement is run as by [`assert_max_rows_scanned!`](crate::assert_max_rows_scanned), with
/// the `work_mem` of the session.
///
/// # Panics
/// As [`assert_index_supported!`](crate::assert_index_supported).
#[macro_export]
macro_rules! assert_no_spill {
    ($db:expr, $sql:expr $(,)?) => {
        $crate::assert_no_spill!($db, $sql, &[])
    };
    ($db:expr, $sql:expr, $parameters:expr $(,)?) => {
        $crate::__assert_claim!($db, NoSpill, $sql, $parameters)
    };
}

/// Asserts that the planner reads no table from end to end for a statement.
///
/// ```no_run
/// # async fn test(db: perf_db::Db, exported: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use perf_db::advise::assert::ProductionStatistics;
/// use perf_db::assert_no_seq_scan;
///
/// ProductionStatistics::from_json(exported)?.load(&db).await?;
/// assert_no_seq_scan!(db, "select id from orders where customer = $1", &[&7_i64]);
/// # Ok(())
/// # }
/// ```
///
/// The planner chooses by its statistics, and rightly reads a small table from end to end: load
/// those of production first, with
/// [`ProductionStatistics`](crate::advise::assert::ProductionStatistics), which says what they
/// cannot tell. The statement is not run.
///
/// # Panics
/// As [`assert_index_supported!`](crate::assert_index_supported).
#[macro_export]
macro_rules! assert_no_seq_scan {
    ($db:expr, $sql:expr $(,)?) => {
        $crate::assert_no_seq_scan!($db, $sql, &[])
    };
    ($db:expr, $sql:expr, $parameters:expr $(,)?) => {
        $crate::__assert_claim!($db, NoSeqScan, $sql, $parameters)
    };
}

/// By a method, so that `db` can be a value or a reference, and is not moved.
#[doc(hidden)]
#[macro_export]
macro_rules! __assert_claim {
    ($db:expr, $claim:ident $(($most:expr))?, $sql:expr, $parameters:expr) => {{
        use $crate::advise::assert::Check as _;
        let claim = $crate::advise::assert::Claim::$claim $(($most))?;
        if let Err(broken) = $db.perf_db_check(claim, $sql, $parameters).await {
            panic!("{broken}");
        }
    }};
}
