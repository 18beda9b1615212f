//! What cannot be looked at is said, with what mends it; the rest is there all the same.

use perf_db::advise::{Advisor, Missing, Statements};
use perf_db::{Db, Executor};
use testbed::Postgres;

use crate::Service;

async fn look(url: &str) -> Statements {
    Advisor::connect(url).await.unwrap().statements().await.unwrap()
}

fn about<'a>(statements: &'a Statements, what: &str) -> Option<&'a Missing> {
    statements.missing.iter().find(|missing| missing.what == what)
}

#[tokio::test]
async fn without_the_extension_it_says_how_to_create_it() {
    let database = crate::database();
    database.sql("drop extension pg_stat_statements").unwrap();
    let statements = look(database.url()).await;
    assert!(statements.statements.is_empty());
    let missing = about(&statements, "statements").unwrap();
    let remedy = missing.remedy.as_deref().unwrap();
    assert_eq!(remedy, "create extension pg_stat_statements");
    database.sql(remedy).unwrap();
    let statements = look(database.url()).await;
    assert!(about(&statements, "statements").is_none());
}

#[tokio::test]
async fn without_the_library_it_says_which_to_load_beside_the_others() {
    let server = Postgres::start_with(&[
        ("shared_preload_libraries", "auto_explain"),
        ("pg_stat_statements.max", "100"),
    ])
    .unwrap();
    let database = server.database().unwrap();
    let statements = look(database.url()).await;
    assert!(statements.statements.is_empty());
    let [missing] = &statements.missing[..] else { panic!("{:?}", statements.missing) };
    assert!(missing.why.contains("loaded"), "{missing:?}");
    assert_eq!(
        missing.remedy.as_deref().unwrap(),
        "alter system set shared_preload_libraries = 'auto_explain', 'pg_stat_statements'"
    );
    // Who may not see the libraries is not told to replace them.
    database.sql("create role reader login").unwrap();
    let statements = look(&database.url().replace("postgres@", "reader@")).await;
    let remedy = statements.missing[0].remedy.as_deref().unwrap();
    assert!(!remedy.contains("alter system"), "{remedy}");
}

#[tokio::test]
async fn settings_under_which_nothing_is_counted_are_named() {
    let settings = [("pg_stat_statements.track", "none"), ("compute_query_id", "off")];
    let server = Postgres::start_with(&settings).unwrap();
    let database = server.database().unwrap();
    let db = Db::connect(database.url()).await.unwrap();
    let advisor = Advisor::of(&db);
    let remedies = |statements: &Statements| -> Vec<String> {
        statements.missing.iter().filter_map(|missing| missing.remedy.clone()).collect()
    };
    let before = remedies(&advisor.statements().await.unwrap());
    for setting in ["pg_stat_statements.track = 'top'", "compute_query_id", "track_planning"] {
        assert!(before.iter().any(|remedy| remedy.contains(setting)), "{setting}: {before:?}");
    }
}

#[tokio::test]
async fn a_user_without_the_privilege_sees_his_own_statements_and_is_told_of_the_others() {
    let database = crate::database();
    let role = format!("Reader {}", database.name());
    database.sql(&format!("create role \"{role}\" login; create table t (id int)")).unwrap();
    database
        .sql(&format!("grant select on t to \"{role}\"; select id from t where id = 1"))
        .unwrap();
    let url = database.url().replace("postgres@", &format!("{}@", role.replace(' ', "%20")));
    let db = Db::connect(&url).await.unwrap();
    db.query("select id from t where id > $1", &[&1]).await.unwrap();
    let statements = Advisor::of(&db).statements().await.unwrap();
    let texts: Vec<&str> = statements.statements.iter().map(|s| s.fingerprint.text()).collect();
    assert!(texts.contains(&"select id from t where id > ?"), "{texts:?}");
    assert!(!texts.iter().any(|text| text.contains("insufficient")), "{texts:?}");
    assert!(statements.hidden > 0);
    let missing = about(&statements, "statements of other users").unwrap();
    let remedy = missing.remedy.as_deref().unwrap();
    assert_eq!(remedy, format!("grant pg_read_all_stats to \"{role}\""));
    database.sql(remedy).unwrap();
    let statements = Advisor::of(&db).statements().await.unwrap();
    assert_eq!(statements.hidden, 0);
    assert!(about(&statements, "statements of other users").is_none());
    let texts: Vec<&str> = statements.statements.iter().map(|s| s.fingerprint.text()).collect();
    assert!(texts.contains(&"select id from t where id = ?"), "{texts:?}");
    database.sql(&format!("drop owned by \"{role}\"")).unwrap();
    db.close(std::time::Duration::from_secs(5)).await;
    database.sql(&format!("drop role \"{role}\"")).unwrap();
}

#[tokio::test]
async fn a_text_that_cannot_be_converted_is_told_with_what_makes_it_forgotten() {
    let server = Postgres::start().unwrap();
    let database = server.database().unwrap();
    database
        .sql("create database bytes encoding 'SQL_ASCII' locale 'C' template template0")
        .unwrap();
    let (before, _) = database.url().rsplit_once('/').unwrap();
    let bytes = Db::connect(&format!("{before}/bytes")).await.unwrap();
    let statement = "do $$ begin \
        perform set_config('pg_stat_statements.track', 'all', false); \
        execute convert_from('\\x73656c65637420312061732022c4626322', 'SQL_ASCII'); end $$";
    bytes.execute(statement, &[]).await.unwrap();

    let statements = look(database.url()).await;
    assert!(statements.statements.is_empty());
    let missing = about(&statements, "statements").unwrap();
    assert!(missing.why.contains("encoding"), "{missing:?}");
    database.sql(missing.remedy.as_deref().unwrap()).unwrap();
    let statements = look(database.url()).await;
    assert!(about(&statements, "statements").is_none());
    assert!(!statements.statements.is_empty());
}

#[tokio::test]
async fn without_any_right_to_the_view_it_says_which_to_grant() {
    let database = crate::database();
    let role = format!("reader_{}", database.name());
    database
        .sql(&format!(
            "create role {role} login; revoke all on pg_stat_statements from public;
             revoke all on schema public from public"
        ))
        .unwrap();
    let url = database.url().replace("postgres@", &format!("{role}@"));
    let statements = look(&url).await;
    let missing = about(&statements, "statements").unwrap();
    database.sql(missing.remedy.as_deref().unwrap()).unwrap();
    let statements = look(&url).await;
    assert!(about(&statements, "statements").is_none(), "{:?}", statements.missing);
    database.sql(&format!("drop owned by {role}; drop role {role}")).unwrap();
}

#[tokio::test]
async fn an_extension_of_an_older_server_is_to_be_updated() {
    let database = crate::database();
    database
        .sql(
            "drop extension pg_stat_statements;
             create extension pg_stat_statements version '1.6'",
        )
        .unwrap();
    let statements = look(database.url()).await;
    let missing = about(&statements, "statements").unwrap();
    assert!(missing.why.contains("1.6"), "{missing:?}");
    database.sql(missing.remedy.as_deref().unwrap()).unwrap();
    assert!(about(&look(database.url()).await, "statements").is_none());
}

#[tokio::test]
async fn an_extension_in_a_schema_of_its_own_is_found() {
    let database = crate::database();
    database
        .sql(
            "drop extension pg_stat_statements; create schema \"My Stats\";
             create extension pg_stat_statements schema \"My Stats\"",
        )
        .unwrap();
    let db = Db::connect(database.url()).await.unwrap();
    db.query("select $1::int + 1", &[&1]).await.unwrap();
    let advisor = Advisor::of(&db);
    let statements = advisor.statements().await.unwrap();
    let found = statements.statements.iter().find(|s| s.fingerprint.text() == "select ?::int + ?");
    advisor.reset_statement(found.unwrap().query_id).await.unwrap();
    let statements = advisor.statements().await.unwrap();
    assert!(!statements.statements.iter().any(|s| s.fingerprint.text() == "select ?::int + ?"));
}

#[tokio::test]
async fn where_the_server_does_not_number_statements_equal_spellings_are_joined() {
    let service = Service::start().await;
    service.db.query("select price as p from public.product where id = $1", &[&1]).await.unwrap();
    service.db.query("select name from product where id = $1", &[&1]).await.unwrap();
    let off = format!("alter database {} set compute_query_id = off", service.database.name());
    service.database.sql(&off).unwrap();
    let db = Db::connect(service.database.url()).await.unwrap();
    let advisor = Advisor::of(&db).recorder(&service.recorder);
    service.work(db.query("select price from product where id = $1", &[&1])).await.unwrap();
    service.work(db.query("select name from product where id = $1", &[&1])).await.unwrap();
    let statements = advisor.statements().await.unwrap();
    let (workload, missing) = advisor.workload(&statements, 1_000).await.unwrap();
    let [missing] = &missing[..] else { panic!("{missing:?}") };
    assert!(missing.remedy.as_deref().unwrap().contains("compute_query_id"), "{missing:?}");
    let joined: Vec<&str> = workload
        .statements
        .iter()
        .filter(|statement| !statement.senders.is_empty())
        .map(|statement| statement.fingerprint.text())
        .collect();
    assert_eq!(joined, ["select name from product where id = ?"]);
}
