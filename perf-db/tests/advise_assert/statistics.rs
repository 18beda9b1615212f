//! The statistics of one server, given to another whose tables hold next to nothing.

use perf_db::advise::Explain;
use perf_db::advise::assert::ProductionStatistics;
use perf_db::advise::plan::NodeKind;
use perf_db::{Db, DbErrorKind, Executor, assert_no_seq_scan};

use super::{Case, panic_of};

/// Columns of all the sorts that have statistics of their own form.
const SCHEMA: &str = "
    create type mood as enum ('bad', 'fair', 'good');
    create domain price as numeric check (value > 0);
    create table orders (id bigint primary key, customer int, state varchar(20), mood mood,
        price price, at timestamptz, tags text[], ref uuid, data jsonb, paid bool, code char(3),
        \"Odd \"\"name\" text, span int4range);
    create index orders_customer on orders (customer);
    create index orders_open on orders (at) where state = 'open';
    create index orders_lower on orders (lower(state), customer);
    create table part (id int, at date) partition by range (at);
    create table part_1 partition of part for values from ('2026-01-01') to ('2026-06-01');
    create materialized view totals as select customer, sum(price) as total from orders group by 1";

fn rows(n: u32) -> String {
    format!(
        "insert into orders select n, n % 5000, case when n % 500 = 0 then 'open' when n % 2 = 0 \
         then 'a, \"b\"' else 'done' end, (array['bad', 'fair', 'good'])[n % 3 + 1]::mood, \
         (n % 97 + 1)::numeric / 4, '2026-01-01'::timestamptz + n * interval '1 min', \
         case when n % 7 = 0 then null else array['t' || n % 3, 'all'] end, \
         md5((n % 999)::text)::uuid, jsonb_build_object('n', n % 4), n % 9 = 0, 'x' || n % 7, \
         'secret ' || n % 40, int4range(n, n + 9) from generate_series(1, {n}) n; \
         insert into part select n, '2026-01-01'::date + n % 100 from generate_series(1, {n} / 10) n; \
         refresh materialized view totals; analyze"
    )
}

async fn production() -> Case {
    let case = Case::new(SCHEMA).await;
    case.database.sql(&rows(20_000)).unwrap();
    case
}

/// With autovacuum off, which would put the test's own statistics in their place.
async fn test_database() -> Case {
    let case = Case::new(SCHEMA).await;
    case.database.sql(&rows(10)).unwrap();
    case.database.sql("alter table orders set (autovacuum_enabled = off)").unwrap();
    case
}

const KNOWN: &str = "select coalesce(string_agg(format('%s.%s %s %s %s %s %s %s %s %s', tablename, \
     attname, inherited, null_frac, avg_width, n_distinct, correlation, most_common_vals, \
     most_common_freqs, histogram_bounds), E'\\n' order by tablename, attname, inherited), '') \
     from pg_stats where schemaname = 'public'";

#[tokio::test]
async fn what_was_exported_is_what_the_other_server_then_knows() {
    let (production, test) = (production().await, test_database().await);
    let exported = ProductionStatistics::export_with_values(&production.db).await.unwrap();
    let exported = ProductionStatistics::from_json(&exported.to_json()).unwrap();
    for _ in 0..2 {
        let loaded = exported.load(&test.db).await.unwrap();
        assert!(loaded.missing.is_empty(), "{:?}", loaded.missing);
        assert_eq!(loaded.relations, exported.relations());
        let known = production.database.sql(KNOWN).unwrap();
        let here = test.database.sql(KNOWN).unwrap();
        let other = here.lines().filter(|line| !known.lines().any(|known| known == *line));
        let other: Vec<_> = other.map(|line| &line[..line.len().min(60)]).collect();
        assert!(other.is_empty(), "{other:?}");
        assert_eq!(here.lines().count(), known.lines().count());
        assert!(known.lines().count() > 16);
    }
    for sql in [
        "select * from orders where state = 'open'",
        "select * from orders where customer < 50",
        "select * from orders where lower(state) = 'done'",
        "select * from orders where mood = 'good' and tags is null",
        "select * from orders where price < 3 or code = 'x3'",
        "select * from totals where customer = 7",
        "select * from part where at < '2026-01-11'",
    ] {
        let there = Explain::new(sql).run(&production.db).await.unwrap();
        let here = Explain::new(sql).run(&test.db).await.unwrap();
        let (there, here) = (there.root().estimate.rows, here.root().estimate.rows);
        assert!((there - here).abs() <= 1.0, "{sql}: {there} there and {here} here");
    }
}

#[tokio::test]
async fn a_small_table_is_taken_for_the_large_one_that_it_stands_for() {
    let (production, test) = (production().await, test_database().await);
    let (few, many) =
        ("select * from orders where customer = $1", "select * from orders where paid");
    let message = panic_of(async { assert_no_seq_scan!(test.db, few, &[&7]) }).await;
    assert!(message.contains("Seq Scan on public.orders reads the whole table"), "{message}");
    let statistics = ProductionStatistics::export(&production.db).await.unwrap();
    _ = statistics.load(&test.db).await.unwrap();
    assert_no_seq_scan!(test.db, few, &[&7]);
    panic_of(async { assert_no_seq_scan!(test.db, many) }).await;
}

#[tokio::test]
async fn no_value_is_in_the_text_unless_it_was_asked_for() {
    let production = production().await;
    let without = ProductionStatistics::export(&production.db).await.unwrap();
    assert!(!without.to_json().contains("secret"), "{}", without.to_json());
    let with = ProductionStatistics::export_with_values(&production.db).await.unwrap();
    assert!(with.to_json().contains("secret 7"));
    assert!(!format!("{with:?}").contains("secret"));
}

#[tokio::test]
async fn what_does_not_fit_is_named_and_the_rest_is_loaded() {
    let production = production().await;
    let test = Case::new(
        "create table orders (id bigint primary key, customer int, state int, paid bool); \
         insert into orders values (1, 1, 1, true)",
    )
    .await;
    let statistics = ProductionStatistics::export_with_values(&production.db).await.unwrap();
    let loaded = statistics.load(&test.db).await.unwrap();
    let missing = format!("{:?}", loaded.missing);
    for part in [
        "public.part is not there",
        "public.orders_customer is not there",
        "of 13 columns of public.orders are not there or have other types",
    ] {
        assert!(missing.contains(part), "{missing}");
    }
    assert!(loaded.columns >= 3, "{loaded:?}");
    assert!(!missing.contains("secret"));
    let plan = Explain::new("select * from orders").run(&test.db).await.unwrap();
    assert_eq!(plan.root().estimate.rows, 20_000.0);
}

#[tokio::test]
async fn an_empty_table_is_named_because_the_planner_looks_at_its_file() {
    let production = production().await;
    let test = Case::new(SCHEMA).await;
    let statistics = ProductionStatistics::export(&production.db).await.unwrap();
    let loaded = statistics.load(&test.db).await.unwrap();
    let missing = format!("{:?}", loaded.missing);
    assert!(missing.contains("public.orders is empty here"), "{missing}");
    let plan = Explain::new("select * from orders").set("enable_indexscan", "off");
    let plan = plan.run(&test.db).await.unwrap();
    assert_eq!(plan.root().kind, NodeKind::SeqScan);
    assert!(plan.root().estimate.rows < 1_000.0, "{}", plan.tree());
}

#[tokio::test]
async fn a_text_of_another_form_and_a_user_without_the_right_are_refused() {
    for text in ["", "{}", "[]", "{\"format\": 2, \"relations\": []}", "{\"format\": 1}"] {
        let error = ProductionStatistics::from_json(text).unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Settings);
        assert!(error.to_string().contains("export the statistics again"), "{error}");
    }
    let (production, test) = (production().await, test_database().await);
    let statistics = ProductionStatistics::export(&production.db).await.unwrap();
    let role = format!("plain_{}", test.database.name());
    test.database.sql(&format!("create role {role} login")).unwrap();
    let url = test.database.url().replace("postgres@", &format!("{role}@"));
    let error = statistics.load(&Db::connect(&url).await.unwrap()).await.unwrap_err();
    let version: i32 = {
        let sql = "select current_setting('server_version_num')::int";
        test.db.query_one(sql, &[]).await.unwrap().get(0)
    };
    match version >= 180_000 {
        true => assert_eq!(error.code(), Some("42501"), "{error:?}"),
        false => assert!(error.to_string().contains("only a superuser"), "{error}"),
    }
    test.database.sql(&format!("drop role {role}")).unwrap();
}
