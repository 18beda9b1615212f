//! A message says where, what and why, and no value.

use perf_db::advise::assert::Claim;
use perf_db::{assert_index_supported, assert_max_rows_scanned, assert_no_seq_scan};

use super::{Case, panic_of};

const SCHEMA: &str = "create table person as select n as id, 'secret ' || n as name, n % 3 as shop \
                      from generate_series(1, 3000) n; analyze person";

#[tokio::test]
async fn a_message_names_the_statement_the_line_the_node_and_the_plan() {
    let case = Case::new(SCHEMA).await;
    let sql = "select id from person where name = 'secret 7' and shop = $1";
    let line = line!() + 1;
    let message = panic_of(async { assert_index_supported!(case.db, sql, &[&1]) }).await;
    for part in [
        &*format!("not so at perf-db/tests/advise_assert/messages.rs:{line}: an index finds the"),
        "select id from person where name = ? and shop = ?",
        "- Seq Scan on public.person reads the whole table for ((person.name = ?::text) and",
        "!! Seq Scan on public.person",
        "Filter: ",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(!message.contains("secret"), "{message}");
}

#[tokio::test]
async fn a_message_holds_no_value_of_a_measured_statement() {
    let case = Case::new(SCHEMA).await;
    let sql = "select id from person where name = 'secret 7'";
    let message = panic_of(async { assert_max_rows_scanned!(case.db, 10, sql) }).await;
    assert!(message.contains("the statement reads at most 10 rows"), "{message}");
    assert!(message.contains("- it reads 3\u{a0}000 rows"), "{message}");
    assert!(
        message.contains("reads 3\u{a0}000 rows and throws 2\u{a0}999 of them away"),
        "{message}"
    );
    assert!(!message.contains("secret"), "{message}");
    let message = panic_of(async { assert_no_seq_scan!(case.db, sql) }).await;
    assert!(message.contains("load the statistics of production first"), "{message}");
    assert!(!message.contains("secret"), "{message}");
}

#[tokio::test]
async fn what_the_server_refuses_is_said_with_its_reason_and_without_values() {
    let case = Case::new(SCHEMA).await;
    for (sql, reason) in [
        ("select nothing from person where name = 'secret'", "42703"),
        ("select 'secret'; commit", "it is more than one statement"),
        ("listen secret", "only select, insert, update"),
    ] {
        let message = panic_of(async { assert_index_supported!(case.db, sql) }).await;
        assert!(message.contains("it is not known: "), "{message}");
        assert!(message.contains(reason), "{message}");
        assert!(!message.contains("'secret'"), "{message}");
    }
}

/// The panic is one of the test's own line, so that the test runner points there.
#[tokio::test]
async fn a_claim_can_be_asked_for_without_a_panic() {
    let case = Case::new(SCHEMA).await;
    let sql = "select id from person where name = $1";
    let broken = Claim::IndexSupported.check(&case.db, sql, &[&"secret"]).await.unwrap_err();
    assert!(format!("{broken:?}").contains("messages.rs"), "{broken:?}");
    assert!(!format!("{broken:?} {broken}").contains("secret"));
    Claim::MaxRowsScanned(3_000).check(&case.db, sql, &[&"secret"]).await.unwrap();
}
