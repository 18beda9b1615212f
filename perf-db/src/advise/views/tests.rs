//! What is read of a text, and of texts that are none.

use super::query::Query;

fn read(sql: &str) -> Query<'_> {
    Query::read(sql).unwrap_or_else(|| panic!("{sql}"))
}

#[test]
fn the_columns_that_a_query_is_grouped_by_are_its_key() {
    for (sql, key) in [
        ("select a, count(*) from t group by a", Some("a")),
        ("select t.a, count(*) from t group by t.a", Some("a")),
        ("select a as b, count(*) from t group by a", Some("b")),
        ("select a b, count(*) from t group by a", Some("b")),
        ("select a as b, count(*) from t group by b", Some("b")),
        ("select count(*), a, b from t group by 2, 3 order by 1", Some("a b")),
        ("select \"A\", sum(x) from t group by \"A\" having sum(x) > 0", Some("A")),
        (
            "select date_trunc('day', at) as day, sum(x) from t group by date_trunc('day', at)",
            Some("day"),
        ),
        ("select date_trunc('day', at), sum(x) from t group by 1", Some("date_trunc")),
        ("select (select 1), a from t group by a limit 3;", Some("a")),
        ("with s as (select b from u group by b) select a, max(c) from s group by a", Some("a")),
        // Not all of them are in the answer, or rows are there more than once.
        ("select count(*) from t group by a", None),
        ("select lower(a), count(*) from t group by a", None),
        ("select a, count(*) from t group by rollup (a)", None),
        ("select a, unnest(b) from t group by a, b", None),
        ("select a, count(*) from t group by a union all select 1, 2", None),
        ("select a, count(*) from t group by 3", None),
        ("select a, count(*) from t group by 0", None),
        ("select a, count(*) from t group by 99999999999999999999", None),
        ("select count(*) from t", None),
    ] {
        let key = key.map(|key| key.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(read(sql).list.key, key, "{sql}");
    }
}

#[test]
fn a_view_demands_names_that_differ() {
    for (list, differ) in [
        ("a, count(*)", true),
        ("count(*), sum(a) filter (where a > 0), max(a) over ()", true),
        ("a + 1, b", true),
        ("case when a then b end, c", true),
        ("count(*), count(a)", false),
        ("count(*), a, count(b)", false),
        ("a + 1, a + 2", false),
        ("t.a, u.a", false),
        ("t.a, u.a as b", true),
        ("a, A", false),
        ("a, \"A\"", true),
        ("a is null, b is null", false),
        ("count(*) n, count(a) m", true),
    ] {
        assert_eq!(read(&format!("select {list} from t")).list.has_names, differ, "{list}");
    }
}

#[test]
fn an_aggregate_is_told_from_what_only_looks_like_one() {
    for (sql, is_aggregate) in [
        ("select count(*) from t", true),
        ("select COUNT (*) from t", true),
        ("select a from t group by a", true),
        ("select a from t where b = (select max(b) from t)", true),
        ("select count from t", false),
        ("select 'count(*)' from t", false),
        ("select sum(a) over () from t", false),
        ("select a, sum(b) over () from t group by a, b", true),
        ("select a from t -- group by a", false),
    ] {
        assert_eq!(read(sql).is_aggregate, is_aggregate, "{sql}");
    }
}

#[test]
fn a_parameter_counts_where_it_is_compared() {
    for (sql, compares) in [
        ("select count(*) from t where a = $1", true),
        ("select count(*) from t join u on u.a = $1", true),
        ("select count(*) from (select 1 from t where a = $1) x", true),
        ("select a from t group by a having count(*) > $1", true),
        ("select date_trunc($1, at), count(*) from t group by 1 limit $2", false),
        ("select count(*) from t where a = 1 limit $1", false),
    ] {
        assert_eq!(read(sql).compares_parameters, compares, "{sql}");
    }
}

#[test]
fn what_locks_or_stores_or_is_several_is_not_read() {
    for sql in [
        "",
        ";",
        "select count(*) into x from t",
        "select count(*) from t for update",
        "select count(*) from t for no key update of t",
        "select 1; select 2",
        "insert into t values (1)",
        "count(*)",
    ] {
        assert!(Query::read(sql).is_none(), "{sql}");
    }
}

#[test]
fn a_text_of_any_shape_is_read_to_its_end() {
    let pieces = [
        "select", "distinct", "from", "group by", "(", ")", "[", "]", ",", ".", "a", "\"b", "'c",
        "as", "1", "$1", "count", "with", "join", "case", "end", ";", "*", "::", "lateral", "only",
        "on",
    ];
    // Each pair after each other one: 27^4 would take too long.
    for first in pieces {
        for second in pieces {
            for third in pieces {
                let sql = format!(
                    "select {first} {second} from {third} {first} group by {third} {second}"
                );
                if let Some(query) = Query::read(&sql) {
                    _ = query.tables(&crate::advise::Schema::default());
                }
            }
        }
    }
    let deep = format!("select {}1{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(Query::read(&deep).is_some());
    let unclosed = format!("select count(*) from t group by {}", ")".repeat(100_000));
    assert!(Query::read(&unclosed).is_some());
}
