//! Parameters are told apart by a hash that neither keeps nor reads much of them.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::BytesMut;
use perf_core::{Scope, Work};
use perf_db::postgres::types::{IsNull, Type, to_sql_checked};
use perf_db::{Db, Executor, ToSql};

/// How many of the values the recorder tells apart.
async fn differing(sql: &'static str, values: &[&(dyn ToSql + Sync)]) -> usize {
    let database = testbed::database();
    let db = Db::connect(database.url()).await.unwrap();
    let send = async {
        for value in values {
            db.query(sql, &[*value]).await.unwrap();
        }
    };
    let ((), work): ((), Work) = Scope::named("parameters").run(send).await;
    work.query_groups()[0].differing_parameters()
}

#[tokio::test]
async fn values_are_told_apart() {
    assert_eq!(differing("select $1::int4", &[&1, &2, &1, &3]).await, 3);
    let null = None::<&str>;
    let texts: &[&(dyn ToSql + Sync)] = &[&"", &null, &"None", &"a", &"b"];
    assert_eq!(differing("select $1::text", texts).await, 5);
}

#[tokio::test]
async fn large_values_are_told_apart_by_their_beginning() {
    let mut early = "x".repeat(1_000_000);
    let late = early.clone() + "y";
    let text = "select length($1::text)";
    assert_eq!(differing(text, &[&early, &late]).await, 1);
    early.replace_range(100..101, "y");
    assert_eq!(differing(text, &[&early, &late]).await, 2);
}

/// Counts how often it is asked for another piece of its text.
struct Endless(AtomicUsize);

impl fmt::Debug for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for _ in 0..1_000_000 {
            self.0.fetch_add(1, Ordering::Relaxed);
            f.write_str("again ")?;
        }
        Ok(())
    }
}

impl ToSql for Endless {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        1.to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INT4
    }

    to_sql_checked!();
}

#[tokio::test]
async fn no_more_than_4_kib_of_a_value_are_read() {
    let value = Endless(AtomicUsize::new(0));
    differing("select $1::int4", &[&value]).await;
    assert_eq!(value.0.load(Ordering::Relaxed), 4_096_usize.div_ceil(6));
}
