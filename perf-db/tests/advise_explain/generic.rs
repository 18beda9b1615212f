//! The plan for all values, on servers that have a word for it and on those that have not.

use perf_db::advise::Explain;
use perf_db::{DbErrorKind, Executor};

use super::Case;

#[tokio::test]
async fn a_statement_without_values_has_the_plan_for_all_values() {
    let case = Case::new().await;
    for sql in [
        "select name from item where id = $1",
        "select count(*) from item where shop = $1 and at > now() - interval $2 limit $3;",
        "select name from item where id = any($1) -- a comment",
        "update item set name = $2 where id = $1",
        "with gone as (delete from item where id = $1 returning id) select * from gone",
        "(select id from item where shop = $1 for update)",
    ] {
        let plan = Explain::new(sql).run(&case.db).await.unwrap();
        assert!(plan.tree().to_string().contains("= ?") || sql.contains("any"), "{}", plan.tree());
        assert!(!plan.is_analyzed());
    }
}

#[tokio::test]
async fn a_text_that_takes_no_parameters_there_is_refused_softly() {
    let case = Case::new().await;
    for sql in [
        "select extract($1 from at) from item",
        "select id from item where $1 $2",
        "select xmlelement(name $1)",
    ] {
        let error = Explain::new(sql).run(&case.db).await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Unexplainable, "{sql}: {error:?}");
        assert!(error.to_string().contains("as pg_stat_statements has written it"), "{error}");
    }
    let names = "select count(*) from pg_prepared_statements where name like 'perf_db%'";
    assert_eq!(case.count(names).await, 0);
    let transaction = case.db.transaction().await.unwrap();
    Explain::new("select extract($1 from at) from item").run(&transaction).await.unwrap_err();
    transaction.query("select 1", &[]).await.unwrap();
    transaction.commit().await.unwrap();
}

/// Its own trouble is told as it is.
#[tokio::test]
async fn a_mistake_in_the_text_is_not_laid_to_its_parameters() {
    let case = Case::new().await;
    for (sql, code) in [
        ("select id form item where id = $1", "42601"),
        ("select nothing from item where id = $1", "42703"),
        ("select id from nowhere where id = $1", "42P01"),
    ] {
        let error = Explain::new(sql).run(&case.db).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (DbErrorKind::Statement, Some(code)), "{sql}");
    }
}

/// Constants in all the places where a statement has them.
const CORPUS: [&str; 42] = [
    "select 1",
    "select id from item where id = 7",
    "select id from item where id in (1, 2, 3)",
    "select id from item where id = any(array[1, 2])",
    "select id from item where name like 'a%' escape '!'",
    "select id from item where at > now() - interval '1 day'",
    "select id from item where at > timestamp '2026-01-01' + interval '1' day",
    "select id from item where at::date = date '2026-01-01'",
    "select id from item where at between '2026-01-01' and '2026-02-01'",
    "select id, 'text' as label, 7 as number, null as nothing, true as yes from item",
    "select name || ' ' || 7 from item",
    "select count(*) filter (where shop > 3) from item",
    "select shop, count(*) from item group by 1 having count(*) > 5 order by 2 desc",
    "select id from item order by shop, 1 limit 5 offset 10",
    "select id from item fetch first 5 rows only",
    "select case when shop = 1 then 'one' when shop = 2 then 'two' else 'many' end from item",
    "select coalesce(name, 'none') from item",
    "select substring(name from 1 for 3), left(name, 2), overlay(name placing 'x' from 1) from item",
    "select date_trunc('day', at) from item",
    "select cast('7' as int), '7'::int, int '7'",
    "select id from item where (id, shop) = (1, 2)",
    "select id from item where (id, shop) in ((1, 2), (3, 4))",
    "select * from (values (1, 'a'), (2, 'b')) as v (id, name)",
    "select generate_series(1, 10)",
    "select id from item where exists (select 1 from item i where i.id = item.id and i.shop = 3)",
    "with a as (select id from item where shop = 3 limit 5) select * from a where id > 2",
    "insert into item (id, name) values (5001, 'new')",
    "insert into item (id, name) values (5002, 'a'), (5003, 'b')",
    "insert into item (id) values (7) on conflict (id) do update set name = 'again'",
    "update item set name = 'other', shop = shop + 1 where id = 7",
    "delete from item where id = 4711",
    "select id from item where id = 7 for update",
    "select '{\"a\": 1}'::jsonb -> 'a', '{\"a\": [1]}'::jsonb #>> '{a,0}'",
    "select array[1, 2, 3] && array[3], row(1, 'a')",
    "select id from item where not (shop = 3) and shop is distinct from 4",
    "select lag(id, 2) over (partition by shop order by id rows 3 preceding) from item",
    "select percentile_cont(0.5) within group (order by shop) from item",
    "select id from item tablesample system (10) repeatable (3)",
    "select at at time zone 'UTC' from item",
    "select position('a' in name), trim(both 'x' from name) from item",
    "select -7, +7, - 7.5e3, 2 ^ 3, 7 % 2",
    "select e'a\\n', U&'\\0061', B'101', X'1F'",
];

/// As the server itself writes them down, for want of values.
#[tokio::test]
async fn statements_as_pg_stat_statements_has_them_are_planned() {
    let case = Case::new().await;
    case.database.sql("create extension if not exists pg_stat_statements").unwrap();
    for sql in CORPUS {
        case.database.sql(sql).unwrap();
    }
    case.database.sql("select extract(year from at), extract('month' from at) from item").unwrap();
    let seen = "select s.query from pg_stat_statements s join pg_database d on d.oid = s.dbid \
                where d.datname = current_database() and s.query ~* '^(select|insert|update|delete|with) ' \
                and s.query !~ 'pg_stat_statements|into log|\\$1 [+]' order by 1";
    let rows = case.db.query(seen, &[]).await.unwrap();
    let texts: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(texts.len() >= CORPUS.len(), "{texts:#?}");
    let (mut planned, mut refused) = (0, Vec::new());
    for text in texts {
        match Explain::new(text.clone()).run(&case.db).await {
            Ok(_) => planned += 1,
            Err(error) if error.kind() == DbErrorKind::Unexplainable => refused.push(text),
            Err(error) => panic!("{text}: {error:?}"),
        }
    }
    // Of these nobody can tell the types, or they are no SQL.
    let odd = ["extract", "generate_series(", "percentile_cont", "array[", "+$2"];
    for text in &refused {
        assert!(odd.iter().any(|odd| text.contains(odd)), "{text}");
    }
    assert!(planned >= CORPUS.len() - odd.len(), "{planned} planned, refused: {refused:#?}");
}

#[tokio::test]
async fn the_plan_for_a_frequent_value_differs_from_that_for_all() {
    let case = Case::new().await;
    case.database
        .sql(
            "create table task as select n as id, case when n % 1000 = 0 then 'open' else 'done' \
             end as state from generate_series(1, 20000) n; \
             create index on task (state); analyze task",
        )
        .unwrap();
    let sql = "select id from task where state = $1";
    let both = Explain::new(sql).parameters(&[&"done"]).run_both(&case.db).await.unwrap();
    assert!(both.differ(), "{}{}", both.custom.tree(), both.generic.tree());
    assert!(both.custom_cost() > both.generic_cost());
    let both = Explain::new(sql).parameters(&[&"open"]).run_both(&case.db).await.unwrap();
    assert!(both.custom_cost() * 2.0 < both.generic_cost());
    let same = Explain::new("select id from task where state = 'open'").run_both(&case.db).await;
    assert!(!same.unwrap().differ());
    let error = Explain::new(sql).run_both(&case.db).await.unwrap_err();
    assert!(error.to_string().contains("have no values"), "{error}");
}
