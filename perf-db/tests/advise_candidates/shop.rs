//! A shop whose tables have no index but their primary keys.

use std::time::Duration;

use perf_db::advise::candidates::{IndexAdvice, IndexSearch};
use perf_db::advise::{Advisor, Schema, Statement, Workload};
use testbed::Database;

pub(crate) const TABLES: &str = "
create table customer (
    id bigint primary key, email varchar(80) not null, name text not null, city text,
    deleted_at timestamptz, document jsonb);
insert into customer
    select n, 'u' || n || '@example.org', 'name ' || n, 'city ' || n % 50,
        case when n % 50 <> 0 then '2026-01-01'::timestamptz end, '{}'
    from generate_series(1, 10000) n;
create table orders (
    id bigint primary key, customer_id bigint not null, status text not null,
    placed timestamptz not null, total int not null, kind int not null, shop int not null,
    is_open boolean not null, note text, paid timestamp);
insert into orders
    select n, n % 400 + 1, (array['new', 'paid', 'sent', 'done'])[n % 4 + 1],
        '2026-01-01'::timestamptz - n * interval '1 minute', n * 7919 % 1000, n % 20, n * 31 % 90,
        n % 200 = 0, repeat(md5(n::text), 2), '2026-01-01'::timestamp - n * interval '1 minute'
    from generate_series(1, 60000) n;
create table tag (id int primary key, name text);
insert into tag select n, 'tag ' || n from generate_series(1, 400) n;
create table event (id bigint, at timestamptz not null, actor int) partition by range (at);
create table event_1 partition of event for values from ('2020-01-01') to ('2020-07-01');
create table event_2 partition of event for values from ('2020-07-01') to ('2021-01-01');
insert into event
    select n, '2020-01-01'::timestamptz + n * interval '8 minutes', n % 5000
    from generate_series(1, 60000) n;";

/// Drops what was made since the shop was.
pub(crate) const WITHOUT_INDEXES: &str = "
do $$ declare made text; begin
    for made in select indexrelid::regclass::text from pg_index
        join pg_class on pg_class.oid = indexrelid
        where relnamespace = 'public'::regnamespace and not indisprimary and not relispartition
    loop execute 'drop index ' || made; end loop;
end $$";

/// A database with the shop; with hypopg, or without.
pub(crate) fn shop(hypopg: bool) -> Database {
    let database = testbed::database();
    database.sql(TABLES).unwrap();
    if hypopg {
        database.sql("create extension hypopg").unwrap();
    }
    // For scans of an index alone the planner must know that the pages are visible to all, which
    // vacuum cannot say before what was committed has reached the disk.
    let unseen = "select count(*) from pg_class
        where relname in ('orders', 'customer') and relallvisible < relpages";
    for _ in 0..1_000 {
        database.sql("vacuum analyze").unwrap();
        if database.sql(unseen).unwrap() == "0" {
            return database;
        }
    }
    panic!("the rows of the shop do not become visible to all");
}

/// Statements that were each run a thousand times, for a second in all.
pub(crate) fn workload(texts: &[&str]) -> Workload {
    let statements =
        texts.iter().map(|text| Statement::new(text, 1_000, Duration::from_secs(1))).collect();
    Workload::counted(statements, Duration::from_secs(60))
}

pub(crate) struct Searched {
    pub(crate) schema: Schema,
    pub(crate) workload: Workload,
    pub(crate) advice: IndexAdvice,
}

/// What is found in these statements.
pub(crate) async fn search(database: &Database, texts: &[&str]) -> Searched {
    let workload = workload(texts);
    let advisor = Advisor::connect(database.url()).await.unwrap();
    let schema = advisor.schema().await.unwrap();
    // Not a limit that a busy machine reaches.
    let search = IndexSearch::new().budget(Duration::from_secs(600));
    let advice = search.run(&advisor, &schema, &workload).await.unwrap();
    assert!(!advice.ran_out_of_time);
    Searched { schema, workload, advice }
}

impl Searched {
    /// The statements that make what is suggested.
    pub(crate) fn code(&self) -> Vec<String> {
        let findings = self.advice.findings(&self.schema, &self.workload);
        findings.into_iter().filter_map(|finding| finding.remedy.code).collect()
    }
}
