//! What is not explained, and what is not run.

use perf_db::advise::Explain;
use perf_db::{DbErrorKind, Executor};

use super::Case;

/// Each text with a piece of the sentence that refuses it.
const NEVER: [(&str, &str); 34] = [
    ("", "it is empty"),
    (" ;; -- nothing", "it is empty"),
    ("/* one /* two */ three */", "it is empty"),
    ("select 1; select 2", "more than one statement"),
    ("select 1; drop table item", "more than one statement"),
    ("select ';'; delete from item", "more than one statement"),
    ("select $$;$$ ; delete from item", "more than one statement"),
    ("select $tag$ $$ ; $tag$; commit", "more than one statement"),
    ("select 1 /* ; */; /* */ commit", "more than one statement"),
    ("select E'\\''; delete from item; --'", "more than one statement"),
    ("select \";\" ; rollback", "more than one statement"),
    ("begin", "begins or ends a transaction"),
    ("commit", "begins or ends a transaction"),
    ("rollback;", "begins or ends a transaction"),
    ("/* select */ COMMIT", "begins or ends a transaction"),
    ("-- select 1\ncommit and chain", "begins or ends a transaction"),
    ("/* /* */ select */ end", "begins or ends a transaction"),
    ("abort work", "begins or ends a transaction"),
    ("start transaction read only", "begins or ends a transaction"),
    ("prepare transaction 'one'", "begins or ends a transaction"),
    ("commit; select 1", "more than one statement"),
    ("savepoint one", "has no plan for it"),
    ("explain select 1", "has no plan for it"),
    ("explain (analyze) delete from item", "has no plan for it"),
    ("copy item to stdout", "has no plan for it"),
    ("copy item from program 'true'", "has no plan for it"),
    ("create table other as select 1", "has no plan for it"),
    ("execute one", "has no plan for it"),
    ("set role other", "has no plan for it"),
    ("do $$ begin delete from item; end $$", "has no plan for it"),
    ("call settle()", "has no plan for it"),
    ("vacuum item", "has no plan for it"),
    ("lock table item", "has no plan for it"),
    ("(analyze) delete from item", "has no plan for it"),
];

/// What is planned and not run.
const NOT_RUN: [(&str, &str); 31] = [
    ("insert into item (id) values (0)", "it writes or locks rows"),
    ("update item set name = ''", "it writes or locks rows"),
    ("delete from item", "it writes or locks rows"),
    ("DELETE /* select */ FROM item", "it writes or locks rows"),
    ("with gone as (delete from item returning id) select * from gone", "it writes or locks"),
    ("with one as (select 1) delete from item", "it writes or locks rows"),
    ("with a as materialized (update item set name = '' returning id) table a", "it writes"),
    ("with recursive a as (select 1) insert into item (id) select 0 from a", "it writes or locks"),
    ("select id into other from item", "it writes or locks rows"),
    ("select id from item for update", "it writes or locks rows"),
    ("select id from item for no key update skip locked", "it writes or locks rows"),
    ("select id from item FOR /* a */ SHARE", "it writes or locks rows"),
    ("select id from item for key share", "it writes or locks rows"),
    ("select noisy(shop) from item", "(noisy)"),
    ("select public.noisy (shop) from item", "(noisy)"),
    ("select \"noisy\"(shop) from item", "(noisy)"),
    ("select NOISY/* of the shop */(shop) from item", "(noisy)"),
    ("select loud(1)", "(loud)"),
    ("select shop from seen", "(loud)"),
    ("select noisy_sum(shop) from item", "(noisy_sum)"),
    ("select * from noisy(1)", "(noisy)"),
    ("select (select max(noisy(id::int)) from item)", "(noisy)"),
    ("select id from item where noisy(shop) = 1 order by id", "(noisy)"),
    ("select id from item order by noisy(shop)", "(noisy)"),
    ("select nextval('number')", "(nextval)"),
    ("select setval('number', 7)", "(setval)"),
    ("select pg_sleep(0)", "(pg_sleep)"),
    ("select pg_advisory_lock(7)", "(pg_advisory_lock)"),
    ("select set_config('role', 'other', false)", "(set_config)"),
    ("values (nextval('number'))", "(nextval)"),
    ("select U&\"no\\0069sy\"(1)", "cannot be told what it calls"),
];

const RUN: [&str; 14] = [
    "select ';', $$ ; commit $$, 'it''s; --' -- ; commit",
    "select 1 /* ; delete from item /* ; */ ; */",
    "select 1;",
    "select 1 ; /* done */ ;;",
    "(select 1)",
    "((select 1) union all (select 2))",
    "values (1), (2)",
    "table item",
    "with a as (select 1) select * from a",
    "select quiet(shop), now(), count(*) from item group by shop",
    "select random(), clock_timestamp() from item",
    "select \"id\" as \"update\" from item",
    "select 'delete from item' from item where name like '%update%'",
    "select id, name from item where at < current_timestamp order by id limit 5",
];

#[tokio::test]
async fn what_has_no_plan_is_refused_in_one_sentence() {
    let case = Case::new().await;
    let before = case.count("select count(*) from item").await;
    for (sql, sentence) in NEVER {
        for explain in [Explain::new(sql), Explain::new(sql).analyze().even_if_it_writes()] {
            let error = explain.run(&case.db).await.unwrap_err();
            assert_eq!(error.kind(), DbErrorKind::Unexplainable, "{sql}: {error:?}");
            assert!(error.to_string().contains(sentence), "{sql}: {error}");
        }
    }
    assert_eq!(case.count("select count(*) from item").await, before);
}

#[tokio::test]
async fn what_may_do_more_than_read_is_planned_and_not_run() {
    let case = Case::new().await;
    let before = case.count("select count(*) from item").await;
    for (sql, sentence) in NOT_RUN {
        Explain::new(sql).run(&case.db).await.unwrap();
        let error = Explain::new(sql).analyze().run(&case.db).await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Unexplainable, "{sql}: {error:?}");
        assert!(error.to_string().contains(sentence), "{sql}: {error}");
    }
    assert_eq!(case.count("select count(*) from item").await, before);
    assert_eq!(case.count("select count(*) from log").await, 0);
    assert_eq!(case.count("select last_value + is_called::int from number").await, 1);
    let lock = "select count(*) from pg_locks where locktype = 'advisory'";
    assert_eq!(case.count(lock).await, 0);
}

#[tokio::test]
async fn what_only_reads_is_run() {
    let case = Case::new().await;
    for sql in RUN {
        let plan = Explain::new(sql).analyze().run(&case.db).await.unwrap();
        assert!(plan.is_analyzed(), "{}", plan.tree());
    }
}

#[tokio::test]
async fn long_texts_and_those_with_a_nul_are_refused_before_they_are_sent() {
    let case = Case::new().await;
    let long = format!("select '{}'", "x".repeat(1 << 20));
    let error = Explain::new(long).run(&case.db).await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::Unexplainable);
    assert!(error.to_string().contains("it has 1048585 bytes"), "{error}");
    let error = Explain::new("select '\0'").run(&case.db).await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::Parameters);
    let error = Explain::new("select $1::int").analyze().run(&case.db).await.unwrap_err();
    assert!(error.to_string().contains("its parameters have no values"), "{error}");
}

/// The second lock: a cast has a function without a name in the text or in the plan.
#[tokio::test]
async fn what_is_called_without_being_named_is_refused_by_the_server() {
    let case = Case::new().await;
    case.database
        .sql(
            "create type odd as (n int); \
             create function odd(int) returns odd volatile language plpgsql as \
             $$ begin perform nextval('number'); insert into log values ('cast'); \
             return row($1); end $$; \
             create cast (int as odd) with function odd(int) as implicit; \
             create function takes(odd) returns int immutable language plpgsql as 'begin return ($1).n; end'; \
             create function less(int, int) returns bool volatile language plpgsql as \
             $$ begin insert into log values ('operator'); return true; end $$; \
             create operator <<< (leftarg = int, rightarg = int, function = less)",
        )
        .unwrap();
    let error = Explain::new("select takes(shop) from item").analyze().run(&case.db).await;
    let error = error.unwrap_err();
    assert!(error.code() == Some("25006") || error.to_string().contains("(odd)"), "{error:?}");
    let error = Explain::new("select shop <<< 7 from item").analyze().run(&case.db).await;
    assert!(error.unwrap_err().to_string().contains("(<<<)"));
    assert_eq!(case.count("select count(*) from log").await, 0);
    assert_eq!(case.count("select last_value + is_called::int from number").await, 1);
}

/// Pieces in any order, by which quotes and comments are opened and not closed, with every statement
/// that could be hidden in them.
#[tokio::test]
async fn no_heap_of_pieces_changes_anything() {
    let pieces = [
        "select 1",
        "'",
        "\"",
        "$$",
        "$a$",
        "/*",
        "*/",
        "--",
        "\n",
        ";",
        "\\'",
        "E'",
        "U&'",
        "U&\"",
        "delete from item",
        "commit",
        "drop table item",
        "select nextval('number')",
        "$1",
        "(",
        ")",
        "with a as (",
        "explain analyze",
        "insert into log values ('x')",
        ",",
        " ",
        "::text",
        "||",
        "select loud(1)",
        "from item",
        "rollback;",
        "begin;",
        "\\",
        "''",
        "union all",
        "for update",
    ];
    let case = Case::new().await;
    let name = case.database.name();
    let mut random = fastrand::Rng::with_seed(7);
    for strings in ["on", "off"] {
        let set = format!("alter database {name} set standard_conforming_strings = {strings}");
        case.database.sql(&set).unwrap();
        let db = perf_db::Db::connect(case.database.url()).await.unwrap();
        let mut explained = 0;
        for _ in 0..150 {
            let text: String = std::iter::once("select 1 ")
                .chain((0..random.usize(1..9)).map(|_| pieces[random.usize(..pieces.len())]))
                .collect();
            for explain in [Explain::new(text.clone()), Explain::new(text).analyze()] {
                explained += u32::from(explain.run(&db).await.is_ok());
            }
        }
        assert!(explained > 0);
    }
    assert_eq!(case.count("select count(*) from item").await, 1_000);
    assert_eq!(case.count("select count(*) from log").await, 0);
    assert_eq!(case.count("select last_value + is_called::int from number").await, 1);
    let open = "select count(*) from pg_stat_activity where datname = current_database() \
                and state like 'idle in%'";
    assert_eq!(case.count(open).await, 0);
}

/// The server may read strings by other rules than the lexer: what looks like one statement is two.
#[tokio::test]
async fn a_second_statement_that_only_the_server_sees_is_not_run() {
    let case = Case::new().await;
    case.database
        .sql(&format!(
            "alter database {} set standard_conforming_strings = off",
            case.database.name()
        ))
        .unwrap();
    let db = perf_db::Db::connect(case.database.url()).await.unwrap();
    for sql in [
        "select $1::int, '\\' || '; delete from item; --'",
        "select $1::int, '\\' || '; commit; delete from item; --'",
        "select '\\' || '; delete from item; --'",
        "select '\\' || '; commit; delete from item; --'",
    ] {
        let error = Explain::new(sql).run(&db).await.unwrap_err();
        assert_eq!(error.code(), Some("42601"), "{error:?}");
        assert!(!format!("{error:?}").contains("delete from item"), "{error:?}");
        assert_eq!(db.query("select id from item", &[]).await.unwrap().len(), 1_000);
    }
}
