//! Statements that differ only in their values have one fingerprint, and it holds none of them.

use perf_core::sql::{Dialect, Fingerprint, StatementKind};
use proptest::prelude::*;

#[track_caller]
fn is(sql: &str, expected: &str) {
    assert_eq!(Fingerprint::of(sql).text(), expected, "{sql}");
}

#[track_caller]
fn is_in_mysql(sql: &str, expected: &str) {
    assert_eq!(Fingerprint::of_dialect(Dialect::MySql, sql).text(), expected, "{sql}");
}

#[test]
fn values_become_placeholders() {
    is(
        "SELECT * FROM t WHERE a = 1 AND b = 'x' AND c = $3",
        "select * from t where a = ? and b = ? and c = ?",
    );
    is("select 1.5, .5, 1e10, 1E-3, 0x1F, 1_000", "select ?, ?, ?, ?, ?, ?");
    is("select -1, a - 1, a -1, (-1), -x", "select ?, a - ?, a - ?, (?), - x");
    is("select 'it''s', ''", "select ?, ?");
    is("select interval '1 day', date '2020-01-01'", "select interval ?, date ?");
    is("select true, null, current_date", "select true, null, current_date");
}

#[test]
fn lists_and_rows_collapse() {
    is("select 1 from t where id in (1, 2, 3)", "select ? from t where id in (?)");
    is("select 1 from t where id in ($1,$2)", "select ? from t where id in (?)");
    is(
        "insert into t (a, b) values (1, 'x'), (2, 'y'), (3, 'z')",
        "insert into t(a, b) values (?)",
    );
    is("insert into t values (1, now()), (2, now())", "insert into t values (?, now())");
    is("select array[1, 2, 3]", "select array[?]");
    is("select a, b from t where (a, b) = (1, 2)", "select a, b from t where (a, b) = (?)");
}

#[test]
fn lists_with_casts_nulls_and_defaults_collapse_too() {
    is(
        "select 1 from t where id in ($1::bigint, $2::bigint)",
        "select ? from t where id in (?::bigint)",
    );
    is(
        "select 1 from t where id in (cast($1 as int), cast($2 as int))",
        "select ? from t where id in (cast(? as int))",
    );
    is("insert into t values (1, null), (null, 2)", "insert into t values (?)");
    is("insert into t (a, b) values (default, 'x'), (3, true)", "insert into t(a, b) values (?)");
    is("select (a + 1), (a + 2) from t", "select (a + ?), (a + ?) from t");
    is(
        "select f(x, null), coalesce(a, null) from t",
        "select f(x, null), coalesce(a, null) from t",
    );
    is("(1,,1)", "(?,, ?)");
}

#[test]
fn arguments_are_no_list() {
    is("select f(1, 2, x), f($1), g(null, 3) from t", "select f(?, ?, x), f(?), g(null, ?) from t");
    is("select \"F\"(1, 2), f((1, 2), 3)", "select \"F\"(?, ?), f((?), ?)");
    is("insert into t values(f(1, 2)), (f(3, 4))", "insert into t values (f(?, ?))");
    is("select 1 from t where f(1, 2) in(3, 4)", "select ? from t where f(?, ?) in (?)");
    is("select 1 where a = any(array[1, 2])", "select ? where a = any(array[?])");
    is_in_mysql("select field(id, 3, 1, 2), f(1, 2)", "select field(id, ?), f(?)");
}

#[test]
fn two_spellings_of_unequal_are_one() {
    is("select 1 where a != 2 and b <> 3", "select ? where a <> ? and b <> ?");
    is_in_mysql("select 1 where a!=2", "select ? where a <> ?");
    is("select '!=', a !== b", "select ?, a !== b");
}

#[test]
fn a_sign_belongs_to_its_number_with_or_without_a_blank() {
    is("select x from t where id=-7", "select x from t where id = ?");
    is("select x from t where id = 7", "select x from t where id = ?");
    is("select x from t where a<>-1 and b>+2", "select x from t where a <> ? and b > ?");
    is("select a-1, a - 1, a@-1, a->>-1", "select a - ?, a - ?, a @- ?, a ->> ?");
}

#[test]
fn strings_of_every_form_are_values() {
    is(r"select E'it\'s -- no comment', 1", "select ?, ?");
    is(r"select 'c:\', 1", "select ?, ?");
    is("select $$it's$$, $tag$ $$ $tag$, 1", "select ?, ?, ?");
    is("select U&'d\\0061t' , B'101', x'ff', N'a'", "select ?, ?, ?, ?");
    is("select 'two'\n'lines'", "select ?");
    is("select E'a'\n  'b\\'secret', 1", "select ?, ?");
    is("select 0B1011, 0O4242, 0b1, 0x_ff", "select ?, ?, ?, ?");
}

#[test]
fn comments_go() {
    is("select /* a /* nested */ comment */ 1 -- and 'this'", "select ?");
    is("-- trace 42\nselect 1", "select ?");
    is("select 1 /*", "select ?");
    is("select a--b\n, 2", "select a, ?");
}

#[test]
fn quoted_identifiers_stay_as_they_are_and_others_fold() {
    is(
        r#"SELECT "Name", U&"\0061" FROM "Order Lines" O"#,
        r#"select "Name", U&"\0061" from "Order Lines" o"#,
    );
    is("select Größe from T", "select größe from t");
    is(r#"select "a""b" from t1"#, r#"select "a""b" from t1"#);
}

#[test]
fn layout_does_not_matter() {
    is("select\tcount( * )\n  from t ;", "select count(*) from t");
    is(
        "select a.b::int, x->>'k' from s.t where j @> '{}' and a<>2",
        "select a.b::int, x ->> ? from s.t where j @> ? and a <> ?",
    );
    is("select id from t where a = any ($1)", "select id from t where a = any(?)");
    is("select id from t where exists(select 1)", "select id from t where exists (select ?)");
}

#[test]
fn mysql_has_its_own_quotes_and_comments() {
    is_in_mysql("select `a b` from t where c = \"x\" # tail", "select `a b` from t where c = ?");
    is_in_mysql(r"select 'it\'s', @user, ?", "select ?, ?, ?");
    is_in_mysql("insert into t values (?, ?), (?, ?)", "insert into t values (?)");
    is_in_mysql("select x from t where id=? and d=@v", "select x from t where id = ? and d = ?");
    is_in_mysql("select x from t where id=# it's\n 1", "select x from t where id = ?");
    is_in_mysql("select a--'x\n'", "select a - ?");
    is_in_mysql(
        "select a from 2fa_code, 2024_sales where 1e5 < 2",
        "select a from 2fa_code, 2024_sales where ? < ?",
    );
    is("select 5 # 3", "select ? # ?");
}

#[test]
fn the_kind_is_what_the_statement_does() {
    let kind = |sql| Fingerprint::of(sql).kind();
    assert_eq!(kind("SELECT 1"), StatementKind::Read);
    assert_eq!(kind("(select 1) union (select 2)"), StatementKind::Read);
    assert_eq!(kind("with x as (select 1) select * from x"), StatementKind::Read);
    assert_eq!(kind("with x as (delete from t returning 1) select * from x"), StatementKind::Write);
    assert_eq!(kind("/* hi */ Insert into t values (1)"), StatementKind::Write);
    assert_eq!(kind("with x as (select 1) insert into t select * from x"), StatementKind::Write);
    assert_eq!(kind("explain analyze delete from t"), StatementKind::Write);
    assert_eq!(kind("explain delete from t"), StatementKind::Read);
    let reads = "with x as (select update from t for update) select replace(a, 'b', 'c') from x";
    assert_eq!(kind(reads), StatementKind::Read);
    assert_eq!(kind("begin"), StatementKind::Other);
    assert_eq!(kind(""), StatementKind::Other);
}

#[test]
fn a_static_text_and_its_copy_have_the_same_fingerprint() {
    const SQL: &str = "select name from users where id = 7";
    let (once, again) = (Fingerprint::of_static(SQL), Fingerprint::of_static(SQL));
    assert_eq!(once, again);
    assert_eq!(once, Fingerprint::of(SQL));
    assert_eq!(once.text().as_ptr(), again.text().as_ptr(), "remembered, not computed anew");
}

#[test]
fn fingerprints_are_the_same_on_every_machine() {
    assert_eq!(Fingerprint::of("select 1").id(), 0x02fb_7a5a_1a5a_9a58);
}

#[test]
fn the_time_is_linear_in_the_text() {
    let time = |sql: &str| {
        let started = perf_core::time::now();
        _ = Fingerprint::of(sql);
        started.elapsed()
    };
    let texts: [fn(usize) -> String; 5] = [
        |n| "(".repeat(n),
        |n| format!("{}1{}", "(".repeat(n), ")".repeat(n)),
        |n| "(1),".repeat(n),
        |n| format!("select 1 in ({})", "$1::int,".repeat(n)),
        |n| "(1,".repeat(n) + &")".repeat(n),
    ];
    for text in texts {
        // The best of many, because a machine with other work gives some of them a pause.
        let best = |n| (0..20).map(|_| time(&text(n))).min().expect("twenty times");
        let (short, long) = (best(4_000), best(64_000));
        assert!(long < short * 64, "16 times the text took {short:?} and {long:?}: {}", text(3));
    }
}

#[test]
fn a_very_long_statement_is_shortened_and_told_apart_all_the_same() {
    let columns = |last: &str| (0..2_000).map(|n| format!("c{n}, ")).collect::<String>() + last;
    let one = Fingerprint::of(&format!("select {} from t", columns("x")));
    let other = Fingerprint::of(&format!("select {} from t", columns("y")));
    assert!(one.text().len() <= 4_096 + '…'.len_utf8() && one.text().ends_with('…'));
    assert_ne!(one, other);
}

proptest! {
    #[test]
    fn no_input_panics_in_any_dialect(sql in "\\PC*") {
        _ = Fingerprint::of(&sql);
        _ = Fingerprint::of_dialect(Dialect::MySql, &sql);
    }

    #[test]
    fn no_mix_of_sql_marks_panics(sql in "([a$'\"`\\\\/*#?:@.0-9eEuU&xé;,()\\[\\] \n+-]|\\$\\$|--|/\\*|\\*/){0,40}") {
        _ = Fingerprint::of(&sql);
        _ = Fingerprint::of_dialect(Dialect::MySql, &sql);
    }

    #[test]
    fn a_fingerprint_of_a_fingerprint_is_itself(
        sql in "(select|from|a|b|,|\\(|\\)|=|1|'x'|\\$1|in|values| ){0,30}",
    ) {
        let once = Fingerprint::of(&sql);
        let twice = Fingerprint::of(once.text());
        prop_assert_eq!(twice.text(), once.text());
    }

    #[test]
    fn no_literal_is_left(secret in "[a-z]{8,12}", number in 100_000_000_u64..) {
        let quoted = [
            format!("'{secret}'"),
            format!("E'{secret}\\''"),
            format!("$${secret}$$"),
            format!("$q${secret}$q$"),
            format!("U&'{secret}'"),
        ];
        for text in quoted {
            let sql = format!("select {number}, {text} from t where a in ({text}, {number}) -- {secret}");
            let fingerprint = Fingerprint::of(&sql);
            prop_assert!(!fingerprint.text().contains(&secret), "{}", fingerprint);
            prop_assert!(!fingerprint.text().contains(&number.to_string()), "{}", fingerprint);
        }
        let in_mysql = [
            format!("'{secret}\\' {secret}'"),
            format!("\"{secret}\""),
            format!("x'{secret}'"),
            format!("1 # {secret} '\n"),
        ];
        for text in in_mysql {
            let sql = format!("select {number},{text},@{secret} from t where a={text} -- {secret}");
            let fingerprint = Fingerprint::of_dialect(Dialect::MySql, &sql);
            prop_assert!(!fingerprint.text().contains(&secret), "{}", fingerprint);
            prop_assert!(!fingerprint.text().contains(&number.to_string()), "{}", fingerprint);
        }
    }
}

#[test]
fn a_text_that_comes_again_has_the_fingerprint_of_its_first_time() {
    let texts = (0..10_000).map(|n| format!("select {n} from t where id = $1"));
    for text in texts.chain(["select 1".to_owned(), "select $1".to_owned(), String::new()]) {
        let (one, first, again) = (
            Fingerprint::of(&text),
            Fingerprint::of_repeated(&text),
            Fingerprint::of_repeated(&text),
        );
        assert_eq!((one.id(), one.text()), (first.id(), first.text()), "{text}");
        assert_eq!((one.kind(), one.text()), (again.kind(), again.text()), "{text}");
    }
}
