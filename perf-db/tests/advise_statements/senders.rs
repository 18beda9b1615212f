//! A slow statement names every place that sends it.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use perf_core::{Label, Recorder, time};
use perf_db::advise::{Advisor, Statement, Workload};
use perf_db::{Db, Executor, Prepared};
use testbed::{Pgbouncer, Postgres};

use crate::Service;

fn statement<'a>(workload: &'a Workload, text: &str) -> &'a Statement {
    let found = workload.statements.iter().find(|s| s.fingerprint.text() == text);
    found.unwrap_or_else(|| panic!("{text}: {:#?}", workload.statements))
}

async fn workload(service: &Service) -> Workload {
    let statements = service.advisor.statements().await.unwrap();
    let (workload, missing) = service.advisor.workload(&statements, 1_000).await.unwrap();
    assert!(missing.is_empty(), "{missing:?}");
    workload
}

#[tokio::test]
async fn a_statement_names_each_place_that_sends_it_with_its_share_of_the_time() {
    let service = Service::start().await;
    let (db, sql) = (&service.db, "select name from product where id = $1");
    service
        .work(async {
            db.query(sql, &[&1]).await.unwrap();
            for id in 0..50 {
                db.query(sql, &[&id]).await.unwrap();
            }
        })
        .await;
    let workload = workload(&service).await;
    let statement = statement(&workload, "select name from product where id = ?");
    assert_eq!(statement.calls, 51);
    assert!(statement.query_id.is_some());
    let lines: Vec<u32> = statement.senders.iter().map(|sender| sender.call_site.line).collect();
    assert_eq!(lines.len(), 2, "{:?}", statement.senders);
    let whole: f64 = statement.senders.iter().map(|sender| sender.share).sum();
    assert!((whole - 1.0).abs() < 1e-9, "{whole}");
    assert!(statement.senders.is_sorted_by(|a, b| a.share >= b.share));
    assert!(statement.senders.iter().all(|s| s.call_site.file.ends_with("senders.rs")));
}

/// The server keeps the text of whoever sent the statement first.
#[tokio::test]
async fn a_statement_that_others_spell_otherwise_is_joined_by_the_servers_number() {
    let service = Service::start().await;
    let other = Db::connect(service.database.url()).await.unwrap();
    let first = "select product.name as n from public.product where (id = $1)";
    other.query(first, &[&1]).await.unwrap();
    let sql = "select name from product where id = $1";
    service.work(service.db.query(sql, &[&1])).await.unwrap();
    let workload = workload(&service).await;
    // Under the name that the service's own recorder has for it.
    let statement = statement(&workload, "select name from product where id = ?");
    assert_eq!(statement.calls, 2);
    assert_eq!(statement.senders.len(), 1);
    let known = workload.statements.iter().filter(|s| !s.senders.is_empty()).count();
    assert_eq!(known, 1);
}

#[tokio::test]
async fn texts_with_literals_and_lists_of_any_length_are_one_statement() {
    let service = Service::start().await;
    for count in 1..=20 {
        let ids: Vec<String> = (0..=count).map(|id| id.to_string()).collect();
        let sql = format!("select price from product where id in ({})", ids.join(", "));
        service.work(service.db.query(sql, &[])).await.unwrap();
    }
    let workload = workload(&service).await;
    let statement = statement(&workload, "select price from product where id in (?)");
    assert_eq!(statement.calls, 20);
    assert_eq!(statement.senders.len(), 1);
}

#[tokio::test]
async fn statements_that_the_service_sent_before_the_advisor_was_made_are_known() {
    let database = crate::database();
    database.sql("create table product (id int, name text)").unwrap();
    for prepared in [Prepared::Named, Prepared::Unnamed] {
        let db = Db::builder(database.url()).prepared(prepared).build().await.unwrap();
        let recorder = Recorder::builder().build();
        let sql = "select name from product where id = $1";
        let work = recorder.scope(Label::job("work"));
        work.run(db.query(sql, &[&1])).await.0.unwrap();
        let other = Db::connect(database.url()).await.unwrap();
        let first = "select product.name as n from public.product where (id = $1)";
        other.query(first, &[&1]).await.unwrap();
        let advisor = Advisor::of(&db).recorder(&recorder);
        let (workload, _) = advisor.own_workload(10);
        assert_eq!(statement(&workload, "select name from product where id = ?").calls, 1);
        let statements = advisor.statements().await.unwrap();
        let (workload, missing) = advisor.workload(&statements, 1_000).await.unwrap();
        assert!(missing.is_empty(), "{missing:?}");
        let statement = statement(&workload, "select name from product where id = ?");
        assert_eq!(statement.senders.len(), 1, "{prepared:?}");
    }
}

#[tokio::test]
async fn one_statement_that_cannot_be_asked_about_does_not_stop_the_others() {
    let service = Service::start().await;
    let other = Db::connect(service.database.url()).await.unwrap();
    service.database.sql("create table gone (id int)").unwrap();
    service.work(service.db.query("select id from gone where id = $1", &[&1])).await.unwrap();
    other.query("select price as p from public.product where id = $1", &[&1]).await.unwrap();
    let sql = "select price from product where id = $1";
    service.work(service.db.query(sql, &[&1])).await.unwrap();
    service.database.sql("drop table gone").unwrap();
    let workload = workload(&service).await;
    assert_eq!(statement(&workload, "select price from product where id = ?").senders.len(), 1);
    // Joined by its fingerprint.
    assert_eq!(statement(&workload, "select id from gone where id = ?").senders.len(), 1);
}

/// What a plan cannot be made for, and types that the driver does not know by itself.
#[tokio::test]
async fn writes_and_types_of_the_users_are_joined_and_nothing_is_written() {
    let service = Service::start().await;
    service
        .database
        .sql("create type mood as enum ('good', 'bad'); create table day (id serial, mood mood)")
        .unwrap();
    let insert = "insert into day (mood) values (($1::text)::mood)";
    service.work(service.db.execute(insert, &[&"good"])).await.unwrap();
    let filter = "select id from day where mood = any($1)";
    service.work(service.db.query(filter, &[&Option::<Vec<String>>::None])).await.unwrap_err();
    let cast = "select id from day where mood is not distinct from $1";
    _ = service.work(service.db.query(cast, &[&Option::<String>::None])).await;
    service.work(service.db.query("select id from product for update", &[])).await.unwrap();
    let workload = workload(&service).await;
    let insert = statement(&workload, "insert into day(mood) values ((?::text)::mood)");
    assert_eq!((insert.calls, insert.senders.len()), (1, 1));
    assert_eq!(statement(&workload, "select id from product for update").senders.len(), 1);
    assert_eq!(service.database.sql("select count(*) from day").unwrap(), "1");
    assert_eq!(service.database.sql("select last_value from day_id_seq").unwrap(), "1");
}

#[tokio::test]
async fn without_pg_stat_statements_there_is_what_this_process_has_sent() {
    let service = Service::start().await;
    service.database.sql("drop extension pg_stat_statements").unwrap();
    let sql = "select name from product where id = $1";
    for id in 0..9 {
        service.work(service.db.query(sql, &[&id])).await.unwrap();
    }
    service.work(service.db.query("select count(*) from product", &[])).await.unwrap();
    assert_eq!(service.advisor.own_workload(1).0.statements.len(), 1);
    let (workload, missing) = service.advisor.own_workload(10);
    assert!(missing.is_empty(), "{missing:?}");
    let [first, second] = &workload.statements[..] else { panic!("{workload:?}") };
    assert!(first.time >= second.time);
    let statement = statement(&workload, "select name from product where id = ?");
    assert_eq!((statement.calls, statement.rows), (9, 8));
    assert!(workload.time > statement.time && workload.observed > workload.time);
}

#[tokio::test]
async fn no_literal_is_shown() {
    let service = Service::start().await;
    let sql = "select name from product where name = 'secret'";
    service.work(service.db.query(sql, &[])).await.unwrap();
    let statements = service.advisor.statements().await.unwrap();
    let (workload, _) = service.advisor.workload(&statements, 1_000).await.unwrap();
    let (own, _) = service.advisor.own_workload(1_000);
    let findings = workload.findings(&statements);
    let shown = format!("{statements:?} {workload:?} {own:?} {findings:?} {:?}", service.advisor);
    assert!(shown.contains("where name = ?"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}

/// Which no fingerprint can know, since the text is the same.
#[tokio::test]
async fn tables_of_one_name_in_two_schemas_are_one_statement() {
    let service = Service::start().await;
    service
        .database
        .sql("create schema archive; create table archive.product (name text)")
        .unwrap();
    let sql = "select name from product";
    service.work(service.db.query(sql, &[])).await.unwrap();
    let transaction = service.db.transaction().await.unwrap();
    transaction.query("set local search_path to archive", &[]).await.unwrap();
    // Another text with the same fingerprint, since a prepared one keeps its table.
    service.work(transaction.query("select name from  product", &[])).await.unwrap();
    transaction.commit().await.unwrap();
    let statements = service.advisor.statements().await.unwrap();
    let same = statements.statements.iter().filter(|s| s.fingerprint.text() == sql).count();
    assert_eq!(same, 2);
    let (workload, _) = service.advisor.workload(&statements, 1_000).await.unwrap();
    let statement = statement(&workload, sql);
    assert_eq!((statement.calls, statement.senders.len()), (2, 2));
}

#[tokio::test]
async fn behind_a_pooler_in_transaction_mode_statements_are_joined_too() {
    let server = Postgres::start().unwrap();
    let pooler = Pgbouncer::start(&server, &[("default_pool_size", "2")]).unwrap();
    let database = server.database().unwrap();
    database.sql("create table product (id int, name text)").unwrap();
    let url = database.url().replace(&server.port().to_string(), &pooler.port().to_string());
    let db = Db::builder(&url).prepared(Prepared::Unnamed).build().await.unwrap();
    let recorder = Recorder::builder().build();
    let advisor = Advisor::of(&db).recorder(&recorder);
    let other = Db::connect(database.url()).await.unwrap();
    let first = "select product.name as n from public.product where (id = $1)";
    other.query(first, &[&1]).await.unwrap();
    let sql = "select name from product where id = $1";
    recorder.scope(Label::job("work")).run(db.query(sql, &[&1])).await.0.unwrap();
    let statements = advisor.statements().await.unwrap();
    let (workload, missing) = advisor.workload(&statements, 1_000).await.unwrap();
    assert!(missing.is_empty(), "{missing:?}");
    let statement = statement(&workload, "select name from product where id = ?");
    assert_eq!((statement.calls, statement.senders.len()), (2, 1));
}

#[tokio::test]
async fn after_a_migration_a_statement_is_joined_by_its_new_number() {
    let minutes = Rc::new(Cell::new(0));
    let hand = Rc::clone(&minutes);
    let (started, minute) = (Instant::now(), Duration::from_secs(60));
    let _following = time::testing::follow(move || started.elapsed() + minute * hand.get());
    let service = Service::start().await;
    let other = Db::connect(service.database.url()).await.unwrap();
    let (first, sql) = (
        "select price as p from public.product where (id = $1)",
        "select price from product where id = $1",
    );
    let mut numbers = Vec::new();
    for _ in 0..2 {
        // Not through `psql`, for which this thread would wait: the advisor's rollback is behind it.
        other.execute("drop table product", &[]).await.unwrap();
        other.execute("create table product (id int primary key, price int)", &[]).await.unwrap();
        other.query(first, &[&1]).await.unwrap();
        service.work(service.db.query(sql, &[&1])).await.unwrap();
        let statements = service.advisor.statements().await.unwrap();
        let (workload, _) = service.advisor.workload(&statements, 1_000).await.unwrap();
        let statement = statement(&workload, "select price from product where id = ?");
        assert_eq!(statement.senders.len(), 1);
        numbers.push(statement.query_id.unwrap());
        minutes.set(11);
    }
    let version: u32 = service.database.sql("show server_version_num").unwrap().parse().unwrap();
    // PostgreSQL 18 goes by the table's name, which is the same.
    assert!(numbers[0] != numbers[1] || version >= 180_000, "{numbers:?}");
}
